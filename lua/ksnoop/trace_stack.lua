--- `ksnoop trace --stack a b c`: calls of c that b led to, in calls of b that a led to. What the
--- outer calls were entered with is shown once, when c is entered; what all returned, the innermost
--- first, when a returns.
local ffi = require "ffi"
local core = require "ksnoop.core"
local errors = require "ksnoop.error"
local layout = require "ksnoop.trace_layout"
local output = require "ksnoop.output"
local place = require "ksnoop.trace_place"
local values = require "ksnoop.trace_values"

local C = core.C
local stack = {}

-- What an outer function captures where it is entered, found out in a trace of its own: texts of
-- captures, those of where, and what is shown.
local function of_entry(trace, r, level)
  local loop = require "ksnoop.loop" -- which a trace is made by: not while this file is loaded
  local o = trace.options
  local scratch = loop.new { format = "text", btf = o.btf, tracefs = o.tracefs }
  scratch:open()
  local ok, result = pcall(function()
    local sides = place.sides(scratch, r)
    local p = place.new(scratch, r, "probe", "", ("o%dv"):format(level))
    local asks, list = {}, r.values and sides.entry or place.arguments(scratch, r, p)
    p.texts = { ("t%d=time"):format(level), ("cpu%d=cpu"):format(level) }
    for _, v in ipairs(list) do
      v.captured = nil -- by a name that another level may have as well
      values.add(r, p, v)
      if v.op then
        asks[#asks + 1] = values.ask(r, p, v)
      end
    end
    return { texts = p.texts, shown = p.shown, asks = asks, sides = sides }
  end)
  scratch:close()
  if not ok then
    error(result, 0)
  end
  return result
end

local function raise(r)
  local e = core.error
  e.pos, e.len = r.from - 1, #r.name
  errors.raise_core(nil, e, r.text)
end

-- Keeps a probe to what happens in calls of the first n functions. levels: of_entry's, what is
-- asked and captured there; nil: nothing.
local function around(p, requests, n, levels)
  for i = 1, n do
    local r, level = requests[i], levels and levels[i] or { asks = {}, texts = {} }
    local outer = C.ks_within(p.handle, ffi.new("const char *[1]", { r.name }), 1, core.error)
    if outer == nil then
      raise(r)
    end
    for _, text in ipairs(level.asks) do
      if C.ks_end_where(outer, text, core.error) < 0 then
        raise(r)
      end
    end
    for _, text in ipairs(level.texts) do
      if C.ks_end_capture(outer, text, core.error) < 0 then
        raise(r)
      end
    end
  end
  if n > 0 and C.ks_within_ready(p.handle, core.error) < 0 then
    raise(requests[1])
  end
  for i = 1, levels and n or 0 do
    for _, text in ipairs(levels[i].texts) do
      place.capture(p, (text:match "^[%w_]+"))
    end
  end
end

-- A function that reads a number of a record, of a variant.
local function reader(variant, name, ctype)
  local f = C.ks_field(variant, C.ks_field_index(variant, name, core.error))
  local offset, type = f.offset, ffi.typeof(ctype)
  return function(record)
    return ffi.cast(type, ffi.cast("const char *", record) + offset)[0]
  end
end

-- Functions that read when the first n functions were entered, and on which CPU.
local function times(variant, n)
  local list = {}
  for i = 1, n do
    list[i] = { time = reader(variant, "t" .. i, "const uint64_t *"),
      cpu = reader(variant, "cpu" .. i, "const uint32_t *") }
  end
  return list
end

-- Where the last function is entered: shows what led there, as far as it is not shown yet, and it.
local function at_entry(trace, requests, levels, chains)
  local n, last = #requests, requests[#requests]
  local p = place.new(trace, last, "probe", "", "v")
  around(p, requests, n - 1, levels)
  place.narrow(trace, p)
  local sides = place.sides(trace, last)
  if not last.values or #sides.entry > 0 then
    local list = last.values and sides.entry or place.arguments(trace, last, p)
    for i = #list, 1, -1 do -- the core's list has what the outer calls captured, too
      if list[i].captured and (list[i].captured:match "^t%d+$" or list[i].captured:match "^cpu%d+$"
        or list[i].captured:match "^o%d+v") then
        table.remove(list, i)
      end
    end
    place.fill(last, p, list)
  end
  function p.receiver(_, variant)
    local own = layout.writer(trace, variant, p.shown)
    local list, outer = times(variant, n - 1), {}
    for i = 1, n - 1 do
      outer[i] = values.showers(trace.handle, variant, levels[i].shown)
    end
    return function(record)
      local chain = chains[record.tid]
      local known = chain ~= nil
      for i = 1, n - 1 do
        local time = list[i].time(record)
        known = known and chain[i] == time
        if not known then
          if i == 1 or not chain then
            chain = { returns = {} }
            chains[record.tid] = chain
          end
          chain[i] = time
          if #levels[i].shown > 0 or not requests[i].values then
            output.write(layout.text(time, list[i].cpu(record), record.pid, requests[i].name,
              outer[i], record))
          end
        end
      end
      chain.reached = record.time
      if #p.shown > 0 or not last.values then
        output.write(own(record))
      end
      return true
    end
  end
  p.defined = true
end

-- Where the i-th function returns: keeps what it shows until the first one does. Of the outer ones
-- those calls count in which the last one was entered meanwhile.
local function at_return(trace, requests, i, back, chains)
  local n, r = #requests, requests[i]
  local is_last = i == n
  local p = place.new(trace, r, is_last and "probe" or "call", is_last and "return:" or "", "v")
  around(p, requests, i - 1)
  place.narrow(trace, p)
  if not is_last then
    place.capture(p, "began=entry(time)")
  end
  place.fill(r, p, back)
  function p.receiver(_, variant)
    local own = layout.writer(trace, variant, p.shown)
    local began = not is_last and reader(variant, "began", "const uint64_t *")
    return function(record)
      local chain = chains[record.tid]
      if not chain or (began and began(record) > chain.reached) then
        return false
      end
      chain.returns[i] = #p.shown > 0 and own(record) or nil
      if i == 1 then
        for k = n, 1, -1 do
          output.write(chain.returns[k] or "")
        end
        chains[record.tid] = nil
      end
      return true
    end
  end
  p.defined = true
end

--- Defines the probes for several functions, the outermost first.
--- @param requests table request.read's
function stack.define(trace, requests)
  if trace.options.format ~= "text" then
    errors.raise(nil, { message = "--stack prints text",
      hint = "a script prints such calls in any format: examples/led_to.lua" })
  end
  local levels, backs, any = {}, {}, false
  local chains = {} -- by thread: when the calls that it is in were entered, what returned, when
  -- the last function was reached
  for i, r in ipairs(requests) do
    levels[i] = of_entry(trace, r, i)
    backs[i] = levels[i].sides.back
    any = any or #backs[i] > 0
  end
  at_entry(trace, requests, levels, chains)
  for i = #requests, 1, -1 do
    if any and (i == 1 or #backs[i] > 0) then
      at_return(trace, requests, i, backs[i], chains)
    end
  end
end

return stack
