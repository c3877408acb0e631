--- ks.test: what a script's probes make of events that are made up, without a kernel and its
--- privileges. Predicates and captures are evaluated by the engine that needs no BPF.
local ffi = require "ffi"
local core = require "ksnoop.core"
local errors = require "ksnoop.error"
local limits = require "ksnoop.limits"
local printed = require "ksnoop.printed"
local report = require "ksnoop.report"
local schema = require "ksnoop.schema"
local terminal = require "ksnoop.terminal"
local words = require "ksnoop.words"

local C = core.C
local test = {}

local MS = 1000000

-- What goes wrong with an event is said with its number.
local function refuse(at, i, fields)
  fields.message = ("event %d: %s"):format(i, fields.message)
  errors.raise(at, fields)
end

local function refuse_core(at, i)
  local hint = ffi.string(core.error.hint)
  refuse(at, i, { message = ffi.string(core.error.message), hint = hint ~= "" and hint or nil })
end

-- A text for what is a number is a constant: "2ms", "ENOENT", "-EIO".
local function set_constant(self, hit, i, path, text)
  local ok, v = pcall(words.const, self.trace, text, self.at)
  if not ok then
    refuse(self.at, i, { message = ("'%s' is a number, and '%s' stands for none"):format(path,
      core.safe(text)), hint = errors.is(v) and v.message or nil })
  elseif C.ks_hit_number(hit, path, v, core.error) < 0 then
    refuse_core(self.at, i)
  end
end

local function set_value(self, hit, i, path, v)
  local r
  if type(v) == "string" then
    r = C.ks_hit_text(hit, path, v, #v, core.error)
    if r < 0 and core.error.kind == C.KS_ELITERAL then
      return set_constant(self, hit, i, path, v)
    end
  else
    r = C.ks_hit_number(hit, path, v, core.error)
  end
  if r < 0 then
    refuse_core(self.at, i)
  end
end

local set

-- The members of a table, in the order of their names: what fails first is always the same.
local function set_members(self, hit, i, path, t)
  local names = {}
  for name in pairs(t) do
    if type(name) == "string" or type(name) == "number" and path ~= "" then
      if type(name) == "string" then
        schema.text(self.at, ("event %d: a name"):format(i), name)
      end
      names[#names + 1] = name
    elseif name ~= 1 then
      refuse(self.at, i, { message = ("an entry is named by a %s"):format(type(name)),
        hint = 'an event is { "vfs_read", count = 100, ... }' })
    end
  end
  table.sort(names, function(a, b) return tostring(a) < tostring(b) end)
  for _, name in ipairs(names) do
    set(self, hit, i, path == "" and name or path .. "." .. name, t[name])
  end
end

-- Lists count from 1, elements from 0.
local function elements(list)
  local t = {}
  for name, v in pairs(list) do
    t[type(name) == "number" and name - 1 or name] = v
  end
  return t
end

function set(self, hit, i, path, v)
  local kind = type(v)
  if kind == "table" and next(v) == nil then
    if C.ks_hit_zeros(hit, path, core.error) < 0 then
      refuse_core(self.at, i)
    end
  elseif kind == "table" then
    set_members(self, hit, i, path, elements(v))
  elseif kind == "boolean" then
    set_value(self, hit, i, path, v and 1 or 0)
  elseif kind == "number" and v % 1 == 0 and math.abs(v) < 2 ^ 63 or kind == "string"
    or ffi.istype("int64_t", v) or ffi.istype("uint64_t", v) then
    set_value(self, hit, i, path, v)
  else
    refuse(self.at, i, { message = ("%s can't be %s"):format(path,
      kind == "number" and tostring(v) or "a " .. kind),
      hint = "values are whole numbers, true and false, texts, and tables of members" })
  end
end

-- When an event ended: as it says, else so that it began a millisecond after the last one's end.
local function time_of(self, event)
  local function ns(v)
    return ffi.cast("int64_t", type(v) == "string" and words.const(self.trace, v, self.at) or v)
  end
  self.clock = event.time ~= nil and ns(event.time) or self.clock + MS + ns(event.elapsed or 0)
  return self.clock
end

-- One probe's variant and one event that hits it.
local function try(self, probe, variant, hit, event, i)
  limits.watch(probe.name)
  set_members(self, hit, i, "", event)
  self.time = self.time or time_of(self, event)
  set(self, hit, i, "time", self.time)
  local record = ffi.new "const struct ks_record *[1]"
  local verdict = C.ks_hit_run(hit, record, core.error)
  local counts, fed = self.counts, probe.fed
  if verdict == -2 then
    refuse_core(self.at, i)
  end
  fed.hits = fed.hits + 1
  if verdict == -1 then
    counts.faults, fed.faults = counts.faults + 1, fed.faults + 1
  elseif verdict == 0 then
    counts.filtered, fed.filtered = counts.filtered + 1, fed.filtered + 1
  else
    fed.matched = fed.matched + 1 -- also for a function that asks now
    if probe:receiver(variant)(record[0]) then
      counts.delivered = counts.delivered + 1
    else
      counts.filtered, probe.rejected = counts.filtered + 1, probe.rejected + 1
    end
  end
end

local function no_place(self, i, place)
  local places = {}
  for _, p in ipairs(self.trace.probes) do
    places[#places + 1] = p.place
  end
  refuse(self.at, i, { message = ("no probe is at '%s'"):format(core.safe(place)),
    hint = core.nearest(place, places) or "probes are at " .. table.concat(places, ", ") })
end

local function feed(self, event, i)
  if type(event) ~= "table" or type(event[1]) ~= "string" then
    refuse(self.at, i, { message = "this is no event",
      hint = 'one is a table, { "vfs_read", count = 100, ... }' })
  end
  schema.text(self.at, ("event %d: its place"):format(i), event[1])
  local found = false
  self.time = nil
  for _, probe in ipairs(self.trace.probes) do
    for k = 0, C.ks_variant_count(probe.handle) - 1 do
      local variant = C.ks_variant(probe.handle, k)
      local hit = variant ~= nil and C.ks_hit(variant, event[1], core.error) or nil
      if hit ~= nil then
        hit = ffi.gc(hit, C.ks_hit_free)
        try(self, probe, variant, hit, event, i)
        C.ks_hit_free(ffi.gc(hit, nil))
        found = true
      elseif variant ~= nil and core.error.kind ~= C.KS_EABSENT then
        refuse_core(self.at, i)
      end
    end
  end
  if not found then
    no_place(self, i, event[1])
  end
end

-- What aggregations have, in the order of their definition.
local function rows_of(trace)
  local all = {}
  for i, a in ipairs(trace.aggs) do
    all[i] = {}
    for key, value in a:rows() do
      table.insert(all[i], { key = key, value = value })
    end
  end
  return all
end

local function run(self, define, events)
  define()
  self.trace:check()
  for _, probe in ipairs(self.trace.probes) do
    probe.fed = { hits = 0, filtered = 0, faults = 0, matched = 0 }
  end
  for i, event in ipairs(events) do
    if not self.trace.stopping then
      feed(self, event, i)
    end
  end
  self.trace.stopping = true
  for _, f in ipairs(self.trace.endings) do
    limits.watch "ks.at_end"
    f()
  end
  self.counts.rows = rows_of(self.trace)
  for _, f in ipairs(report.untold(self.trace)) do
    f()
  end
end

--- Runs what a function defines on events.
--- @param trace table a fresh one, which the function's probes go to; the caller closes it
--- @param define function
--- @param events table { { place, name = value, ... }, ... }
--- @return table text, rows, delivered, filtered, faults
function test.run(trace, define, events, at)
  local self = { trace = trace, at = at, clock = ffi.new "int64_t",
    counts = { delivered = 0, filtered = 0, faults = 0 } }
  trace.in_lua = true -- aggregations too: no kernel adds anything up
  local ok, e, text = printed(terminal.plainly, run, self, define, events)
  limits.watch "the script" -- not the name of a probe that is gone soon
  if not ok then
    error(e, 0)
  end
  self.counts.text = text
  return self.counts
end

return test
