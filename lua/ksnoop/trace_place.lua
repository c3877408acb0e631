--- Where `ksnoop trace` puts its probes, and what each side of a function shows.
local ffi = require "ffi"
local core = require "ksnoop.core"
local errors = require "ksnoop.error"
local narrow = require "ksnoop.narrow"
local values = require "ksnoop.trace_values"

local C = core.C
local place = {}

-- A function as C declares it. Raises when there is none.
local function prototype(trace, r)
  local text = core.text(function(buf, n)
    return C.ks_info(trace.handle, r.name, C.KS_PROTOTYPES, buf, n, ffi.new "int[1]", core.error)
  end)
  if not text then
    core.error.pos, core.error.len = r.from - 1, #r.name
    errors.raise_core(nil, core.error, r.text)
  end
  return text
end

-- The type that it returns, or what stands in front of its name.
local function returned(text, r)
  return text:sub(1, text:find(r.name .. "(", 1, true) - 1)
end

-- The names of its arguments, in order.
local function argument_names(text, r)
  local list = {}
  local inner = text:match("^%b()", text:find(r.name .. "(", 1, true) + #r.name):sub(2, -2)
  inner = inner:gsub("%b()", function(group) return (group:gsub(",", " ")) end)
  for argument in inner:gmatch "[^,]+" do
    list[#list + 1] = argument:match "%(%*+([%w_]+)" or argument:match " ?%**([%w_]+)$"
  end
  return inner == "void" and {} or list
end

-- Structs and floating point are not returned where a number is.
local function is_readable(type)
  return not (type:find "^struct [^*]*$" or type:find "^union [^*]*$" or type:find "^float $"
    or type:find "^double $" or type:find "^long double $")
end

--- A probe that waits for its values.
--- @param kind string "probe" or "call"
--- @param prefix string "" or "return:"
--- @param captures string what the names of its captures begin with
function place.new(trace, r, kind, prefix, captures)
  local ok, p = pcall(trace.add, trace, prefix .. r.name, nil, kind)
  if not ok then
    if errors.is(p) then -- its place counts in the name with the prefix
      p.text, p.pos, p.len = r.text, r.from - 1, #r.name
    end
    error(p, 0)
  end
  p.is_named = trace.options.format ~= "text"
  return values.prepare(p, captures)
end

--- What a FUNC asks of its entry and of its return, as lists of values; asks: is anything compared?
--- @return table { entry =, back =, asks = }
function place.sides(trace, r)
  local sides = { entry = {}, back = {}, asks = false }
  local type = returned(prototype(trace, r), r)
  for _, v in ipairs(r.values or {}) do
    table.insert(v.is_return and sides.back or sides.entry, v)
    sides.asks = sides.asks or v.op ~= nil
    if v.is_return and type == "void " then
      errors.raise(nil, { message = ("%s returns nothing"):format(r.name), text = r.text,
        pos = v.from - 1, len = #v.base })
    end
  end
  if not r.values and not is_readable(type) then
    io.stderr:write(("ksnoop: what %s returns can't be read: a %s\n"):format(r.name,
      type:gsub(" $", "")))
  elseif not r.values and type ~= "void " then
    sides.back[1] = { base = "return", path = "", shown = "return", is_return = true }
  end
  return sides
end

--- All arguments as values: the core's own list of them, which has numbers and pointers, and
--- between these, as whole values, the others, and those that are called as a built-in value is.
function place.arguments(trace, r, p)
  local list, known, rest = {}, {}, {}
  if C.ks_capture_default(p.handle, core.error) < 0 then
    errors.raise_core(nil, core.error)
  end
  local variant = C.ks_variant(p.handle, 0)
  for i = 0, C.ks_field_count(variant) - 1 do
    local f = C.ks_field(variant, i)
    if f.in_args then
      rest[#rest + 1] = core.string(f.name)
      known[rest[#rest]] = true
    end
  end
  for _, name in ipairs(argument_names(prototype(trace, r), r)) do
    list[#list + 1] = { base = name, path = "", shown = name, captured = known[name] and name,
      is_whole = not known[name] }
    known[name] = nil
  end
  for _, name in ipairs(rest) do -- of what is around it
    if known[name] then
      list[#list + 1] = { base = name, path = "", shown = name, captured = name }
    end
  end
  return list
end

--- Adds values, and what they are compared with.
function place.fill(r, p, list)
  for _, v in ipairs(list) do
    values.add(r, p, v)
    if v.op then
      values.ask(r, p, v)
    end
  end
end

--- Keeps a probe to what the options say.
function place.narrow(trace, p)
  narrow.to_tasks(trace, p.handle)
  narrow.to_where(trace, p.handle)
end

--- Adds a capture of our own.
function place.capture(p, text)
  if C.ks_capture(p.handle, text, core.error) < 0 then
    errors.raise_core(nil, core.error)
  end
end

--- Says on stderr what each probe captures.
function place.explain(trace)
  for _, p in ipairs(trace.probes) do
    for i = 0, C.ks_variant_count(p.handle) - 1 do
      local variant = C.ks_variant(p.handle, i)
      local text = variant ~= nil and core.text(function(buf, n)
        return C.ks_dump(variant, C.KS_LAYOUT, buf, n, core.error)
      end)
      io.stderr:write(text and ("Debug: %s:\n%s\n"):format(p.name, text) or "")
    end
  end
end

return place
