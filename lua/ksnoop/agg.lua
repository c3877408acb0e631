--- ks.count, ks.sum, ks.stats, ks.hist: sinks that keep numbers by key instead of events. Of
--- strings alone the kernel aggregates (agg_kernel.lua), with a function among them Lua does, event
--- by event.
local core = require "ksnoop.core"
local definition = require "ksnoop.agg_definition"
local errors = require "ksnoop.error"
local feed = require "ksnoop.feed"
local format = require "ksnoop.format"
local kernel = require "ksnoop.agg_kernel"
local key = require "ksnoop.key"
local limits = require "ksnoop.limits"
local schema = require "ksnoop.schema"
local show = require "ksnoop.agg_print"
local sorted = require "ksnoop.sorted"
local store = require "ksnoop.store"

local C = core.C
local agg = {}
local mt = {}
mt.__index = mt

--- What stands for a key that could not be read, and for all that found no room.
local UNREAD, OTHER = "(unreadable)", "(other)"

local function empty_store(self)
  return store.new(self.kind, #self.keys, self.max, self.buckets)
end

local builtin = { pid = true, tid = true, uid = true, gid = true, cpu = true, comm = true,
  time = true, cgroup = true, current = true, elapsed = true, func = true, caller = true,
  stack = true, ustack = true }

-- In the kernel a key may be called what entry(comm) is about; as a capture, which it is in a test,
-- it may not, and gets a name that only this one asks for.
local function rename(c)
  if c.expr and not c.own and builtin[c.name] and c.expr ~= c.name then
    c.field = "key_" .. c.name
    c.capture = c.field .. "=" .. c.text
  end
end

--- Makes an aggregation; the trace prints it at its end if the script never does.
--- kind: "count", "sum", "stats", "hist"; options: as the script wrote them
function agg.new(trace, kind, options, at)
  local self = setmetatable(definition.read(kind, options, at), mt)
  self.trace, self.at = trace, at
  if trace.in_lua then
    for _, c in ipairs(self.keys) do
      rename(c)
    end
  end
  self.store = empty_store(self)
  self.add = feed.new(self)
  trace.aggs[#trace.aggs + 1] = self
  return self
end

--- Is this one?
function agg.is(v)
  return getmetatable(v) == mt
end

local function capture(self, probe, c)
  if c.capture and format.compile(self.trace.handle, C.ks_capture, probe, c.capture) < 0 then
    local e = core.error
    e.pos = math.max(0, e.pos - (#c.capture - #c.text))
    errors.raise_core(self.at, e, c.text)
  end
end

-- What a value of the probe's counts, when the script does not say it.
local function unit_of(probe, name)
  for i = 0, C.ks_variant_count(probe) - 1 do
    local variant = C.ks_variant(probe, i)
    local field = variant ~= nil and C.ks_field_index(variant, name, core.error) or -1
    if field >= 0 then
      return C.ks_field(variant, field).unit == C.KS_DURATION and "dur" or nil
    end
  end
end

--- Binds to one probe of a trace. captured: does the probe name its own captures? filtered: a
--- function of the script's turns some of its events down, so that the kernel can't count them.
--- Returns a function that takes the probe's events, or nil when the kernel does it all.
function mt:bind(trace, probe, captured, filtered)
  self.bound = true
  local strings_alone = not self.in_lua and not filtered
  if strings_alone and not self.trace.in_lua then
    kernel.bind(self, trace, probe)
    self.in_kernel = true
    return nil
  end
  if not captured and not strings_alone and C.ks_capture_default(probe, core.error) < 0 then
    errors.raise_core(self.at, core.error)
  end
  for _, c in ipairs(self.keys) do
    capture(self, probe, c)
  end
  if self.value_column then
    capture(self, probe, self.value_column)
    self.unit = self.unit or unit_of(probe, self.value_column.name)
  end
  return self.add
end

--- Adds an event, or a table that has the names: strings are its fields.
function mt:__call(e)
  self.add(e)
end

-- All that was counted until now, in the kernel and in Lua; with take nothing of it stays there.
local function gather(self, take)
  local all = self.store
  limits.ours()
  if self.in_kernel and self.trace.now then
    all = take and all or all:like():merge(all)
    all.unread = all.unread + kernel.read(self, take, function(...)
      all:put(...)
    end)
  end
  if take then
    self.store = empty_store(self)
  end
  limits.done()
  return all
end

--- A snapshot, and begins anew: every event is in exactly one. The snapshot is an aggregation too,
--- which nothing is added to any more but by merge or a call.
function mt:take()
  local snapshot = {}
  for name, v in pairs(self) do
    snapshot[name] = v
  end
  self.told, self.trace.took = true, true
  snapshot.in_kernel, snapshot.bound = false, false
  snapshot.store = gather(self, true)
  setmetatable(snapshot, mt)
  snapshot.add = feed.new(snapshot)
  return snapshot
end

--- Adds all that another aggregation of the same form has. Returns itself.
function mt:merge(other)
  if not agg.is(other) then
    errors.raise(errors.caller(2), {
      message = ("merge takes an aggregation, not a %s"):format(type(other)),
    })
  end
  local why = definition.differ(self, other)
  if why then
    errors.raise(errors.caller(2), { message = "these can't be merged: " .. why })
  end
  local all = gather(other)
  limits.ours()
  self.store:merge(all)
  limits.done()
  self.sampled = self.sampled or other.sampled
  return self
end

--- The value of a key, given as rows gives it, or nil.
function mt:get(...)
  local parts, n = { ... }, select("#", ...)
  if n == 1 and #self.keys ~= 1 and type(parts[1]) == "table" then
    parts, n = parts[1], #self.keys
  end
  if n ~= #self.keys then
    errors.raise(errors.caller(2), {
      message = ("get takes the %d values of a key, not %d"):format(#self.keys, n),
      hint = #self.keys > 0 and "in the order of by: " .. definition.names(self) or nil,
    })
  end
  local all, atoms = gather(self), {}
  for i = 1, n do
    atoms[i] = key.atom(parts[i])
  end
  local value = all:get(all:id(atoms))
  if value == nil and n > 0 and parts[1] == OTHER then
    return all:other()
  end
  for i = 1, n do
    atoms[i] = atoms[i] == UNREAD and key.UNREAD or atoms[i]
  end
  return value == nil and all:get(all:id(atoms)) or value
end

local orders = { "value", "key", "-key" }

local function check_order(at, what, options)
  local sort, limit = options.sort, options.limit
  if sort ~= nil and sort ~= "value" and sort ~= "key" and sort ~= "-key" then
    errors.raise(at, {
      message = ("%s can't be sorted by '%s'"):format(what, core.safe(tostring(sort))),
      hint = type(sort) == "string" and core.nearest(sort, orders)
        or "orders are value (the largest first), key and -key",
    })
  elseif limit ~= nil and (type(limit) ~= "number" or limit < 0 or limit % 1 ~= 0) then
    errors.raise(at, { message = ("%s takes a limit of whole rows, not %s"):format(what,
      core.safe(tostring(limit))) })
  end
end

-- A part of a key as scripts have it; atoms nil: of all that found no room.
local function script_part(atoms, i)
  if not atoms then
    return OTHER
  elseif atoms[i] == key.UNREAD then
    return UNREAD
  end
  return key.value(atoms[i])
end

-- A key as scripts have it.
local function script_key(self, atoms)
  if #self.keys == 1 then
    return script_part(atoms, 1)
  end
  local values = {}
  for i, c in ipairs(self.keys) do
    local v = script_part(atoms, i)
    values[i], values[c.name] = v, v
  end
  return values
end

--- for key, value in agg:rows { limit =, sort = "value" | "key" | "-key" } do
function mt:rows(options)
  local at = errors.caller(2)
  options = options or {}
  schema.keys(at, "rows", options, { "limit", "sort" })
  check_order(at, "rows", options)
  local all = gather(self)
  limits.ours()
  local ids, atoms = sorted.ids(all, options.sort or self.over_ns and "key" or "value")
  limits.done()
  local n, i = math.min(#ids, options.limit or #ids), 0
  return function()
    i = i + 1
    if i <= n then
      return script_key(self, atoms(i)), all:get(ids[i])
    elseif i == n + 1 and n == #ids and all:other() ~= nil then
      return script_key(self, nil), all:other()
    end
  end
end

--- Prints. options: [1] a template for rows, limit, sort, as = "text" | "json" | "csv" | "folded",
--- compare = a key's name, to = a file. Returns itself.
function mt:print(options)
  local at = errors.caller(2)
  if type(options) == "string" then
    options = { options }
  end
  options = show.options(self, options or {}, at)
  check_order(at, "print", options)
  self.told = true
  local all = gather(self)
  limits.ours()
  show.print(self, all, options, at)
  limits.done()
  return self
end

--- Is there anything to say at the end that the script did not ask for?
function mt:untold()
  return not self.told and (self.bound or self.store.size > 0)
end

return agg
