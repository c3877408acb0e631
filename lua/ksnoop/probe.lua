--- ks.probe: a place, the table that belongs to it, and what is done with its events.
local ffi = require "ffi"
local later = require "ksnoop.later"
local absent = require "ksnoop.absent"
local agg = later "ksnoop.agg"
local core = require "ksnoop.core"
local csv = require "ksnoop.csv"
local deliver = require "ksnoop.deliver"
local ending = require "ksnoop.ending"
local errors = require "ksnoop.error"
local format = require "ksnoop.format"
local limits = require "ksnoop.limits"
local narrow = require "ksnoop.narrow"
local sample = require "ksnoop.sample"
local schema = require "ksnoop.schema"
local sink = require "ksnoop.sink"
local view = require "ksnoop.view"
local within = later "ksnoop.within"
local words = require "ksnoop.words"

local C = core.C
local mt = {}
mt.__index = mt

local probe = {}

--- A probe that waits for its table.
--- @param trace table see loop.lua
--- @param places string|table one place, or a list of them
--- @param kind string "probe" or "call", as in ks.probe, which it is when nothing is said
function probe.new(trace, places, at, kind)
  kind = kind or "probe"
  places = ending.places(at, places, kind)
  local e = core.error
  local make = kind == "call" and C.ks_call or C.ks_probe
  local handle = make(trace.handle, ffi.new("const char *[?]", #places, places), #places, e)
  if handle == nil then
    errors.raise_core(at, e, #places == 1 and places[1] or nil)
  end
  if at and C.ks_probe_source(handle, at.file, at.line, e) < 0 then
    errors.raise_core(at, e)
  end
  return probe.wrap(trace, handle, {
    word = "ks." .. kind,
    place = table.concat(places, ", "),
    name = core.string(C.ks_probe_name(handle)),
    at = at,
  })
end

--- A probe that waits for its table, of one of the core's.
--- @param self table word, place, name, at; more: options besides a probe's own
function probe.wrap(trace, handle, self)
  self.trace, self.handle = trace, handle
  self.wheres = {}
  -- { f =, takes_event =, lends = }: what takes an event, or else its record, of which it may give
  -- values to functions of the script's
  self.sinks = {}
  self.events = {} -- what makes them, by variant
  self.rejected, self.undecodable, self.cut_by_exit = 0, 0, 0
  self.broken = false -- was an error in its table collected?
  return setmetatable(self, mt)
end

--- The options of every probe, and more.
function probe.options(more)
  local list = { "where", "capture", "with", "within", "sample", "rate", "keep", "emit" }
  for _, name in ipairs(more or {}) do
    list[#list + 1] = name
  end
  return list
end

-- Adds one of its texts. While errors are collected, the others are read nevertheless.
local function part(self, add, ...)
  local ok, e = self.trace:try(add, self, ...)
  self.broken = self.broken or not ok
  return ok, e
end

--- Says which hits are looked at: before anything is captured.
function probe.sample(self, t)
  part(self, function() self.sampled = sample.add(self.handle, t, self.at) end)
  self.trace.sampled = self.trace.sampled or self.sampled
end

local function add_where(self, where)
  if type(where) == "function" then
    self.wheres[#self.wheres + 1] = where
  elseif type(where) ~= "string" then
    errors.raise(self.at, {
      message = ("where is a string or a function, not a %s"):format(type(where)),
    })
  elseif format.compile(self.trace.handle, C.ks_where, self.handle,
    schema.text(self.at, "where", where)) < 0 then
    errors.raise_core(self.at, core.error, where)
  end
end

local function add_capture(self, text)
  if type(text) ~= "string" then
    errors.raise(self.at, { message = ("a capture is a string, not a %s"):format(type(text)) })
  elseif format.compile(self.trace.handle, C.ks_capture, self.handle,
    schema.text(self.at, "a capture", text)) < 0 then
    errors.raise_core(self.at, core.error, text)
  end
end

-- Texts that name a capture which is wrong are not wrong themselves.
local function lack(self, text)
  text = tostring(text):match "^[^|]*"
  local name = text:match "^%s*([%a_][%w_]*)%s*=[^=]"
  if name then
    self.trace.lacking[name] = true
    return
  end
  for word in text:gmatch "[%a_][%w_]*" do -- it is the name of one of these
    self.trace.lacking[word] = true
  end
end

local function add_captures(self, captures)
  if type(captures) == "string" then
    captures = { captures }
  elseif type(captures) ~= "table" then
    errors.raise(self.at, {
      message = ("capture is a list of strings, not a %s"):format(type(captures)),
    })
  end
  schema.keys(self.at, "capture", captures, {})
  for _, text in ipairs(schema.list(self.at, "capture", captures)) do
    if not part(self, add_capture, text) then
      lack(self, text)
    end
  end
end

local function add_sink(self, s, captured)
  if type(s) == "function" then
    if not captured and C.ks_capture_default(self.handle, core.error) < 0 then
      errors.raise_core(self.at, core.error)
    end
    -- Its events carry what the probe captures; without a list, all arguments.
    self.sinks[#self.sinks + 1] = { f = s, takes_event = true }
  elseif sink.is(s) then
    local as = self.trace.options.format
    local write, hidden = s:bind(self.trace.handle, self.handle, as, captured,
      as == "csv" and csv.of(self.trace))
    if as == "text" or not self.is_data then -- all of an event's data is one object, or one row
      self.sinks[#self.sinks + 1] = { f = write, lends = format.has(self.trace.handle) }
    end
    self.is_data = true
    self.hidden = hidden or self.hidden
  elseif agg.is(s) and self.keeps then
    errors.raise(self.at, {
      message = "an aggregation would add up what goes out alone: it is of no probe with keep",
      hint = "one more probe at the same place, without keep, adds up all hits" })
  elseif agg.is(s) then
    if s.trace ~= self.trace then
      errors.raise(self.at, { message = "this aggregation is of another trace: a test is one",
        hint = "make it in the function that ks.test is given" })
    end
    local add = s:bind(self.trace.handle, self.handle, captured, #self.wheres > 0)
    -- What is made up is all there.
    s.sampled = s.sampled or self.sampled and not self.trace.in_lua
    if add then -- else the kernel does it
      self.sinks[#self.sinks + 1] = { f = add, takes_event = true }
    end
  elseif s ~= absent then
    errors.raise(self.at, {
      message = ("a sink is a function or made by ks.print, ks.count and the like, not a %s")
        :format(type(s)),
    })
  end
end

local MOST = 60000 -- bytes that a task keeps; a record has more than one

-- The flight recorder: keep = how many records, emit = when they go out.
local function add_recorder(self, keep, emit)
  local function refuse(message, hint)
    errors.raise(self.at, { message = message, hint = hint })
  end
  if keep == nil and emit == nil then
    return
  elseif keep == nil then
    refuse("emit says when kept records go out, and none are kept", 'keep = 64, emit = "..."')
  elseif type(keep) ~= "number" or keep < 1 or keep % 1 ~= 0 or keep > MOST then
    refuse(("keep is how many records of each task are kept, not %s"):format(
      type(keep) == "number" and tostring(keep) or "a " .. type(keep)),
      ("a whole number from 1 on, of records that have %d bytes together"):format(MOST))
  elseif emit == nil then
    refuse("records are kept, and nothing says when they go out",
      ('keep = %d, emit = "retval < 0"'):format(keep))
  elseif type(emit) ~= "string" then
    refuse(("emit is a string, not a %s"):format(type(emit)), "it decides in the kernel")
  elseif C.ks_keep(self.handle, keep, core.error) < 0
    or format.compile(self.trace.handle, C.ks_emit, self.handle,
      schema.text(self.at, "emit", emit)) < 0 then
    errors.raise_core(self.at, core.error, emit)
  end
  self.keeps = true
end

local function add_sinks(self, sinks, captured)
  sinks = sink.parts(sinks)
  if #sinks == 0 then
    sinks = { sink.print() }
    sinks[1].at = self.at
  end
  for _, s in ipairs(sinks) do
    local ok, e
    repeat -- where errors are collected, of a template all
      ok, e = part(self, add_sink, s, captured)
      s = not ok and sink.is(s) and s:without(e)
    until not s
  end
  if #self.sinks == 0 and not self.broken then -- all of them in the kernel
    C.ks_no_events(self.handle)
    self.aggregates = true
  end
end

--- Gives it what its other texts are to know of: $names, and the calls that hits must lie in.
function probe.around(self, t)
  words.constants(self.handle, self.trace.params, self.at)
  if t.with ~= nil then
    words.with(self.handle, t.with, self.at)
  end
  if t.within ~= nil then
    within.add(self.trace.handle, self.handle, t.within, self.at)
  end
end

local function read(self, t)
  if type(t) ~= "table" then
    errors.raise(self.at, {
      message = ("%s %q needs a table behind it, not a %s"):format(self.word, self.place, type(t)),
    })
  end
  self.trace:must_not_run(self.at)
  if self.defined then
    errors.raise(self.at, {
      message = ("%s %q has its table already"):format(self.word, self.place),
    })
  end
  self.refused = true -- until all of it is right
  limits.ours()
  schema.keys(self.at, self.word, t, probe.options(self.more))
  if not self.more then -- a span's come before its ends
    probe.around(self, t)
  end
  if not self.more then
    probe.sample(self, t)
  end
  if t.capture ~= nil then
    add_captures(self, t.capture)
  end
  local wheres = t.where
  if type(wheres) ~= "table" then
    wheres = { wheres }
  end
  for _, where in ipairs(schema.list(self.at, "where", wheres)) do
    part(self, add_where, where)
  end
  if not self.more then -- of a span they are asked for where it opens
    narrow.to_tasks(self.trace, self.handle)
  end
  part(self, function() narrow.to_where(self.trace, self.handle) end)
  part(self, add_recorder, t.keep, t.emit)
  add_sinks(self, schema.list(self.at, self.word, t), t.capture ~= nil)
  limits.done()
  self.defined, self.refused = true, self.broken
end

--- Gives the probe its table; once.
function mt:define(t, at)
  self.at = at or self.at
  self.trace.lacking = {}
  part(self, read, t)
  return self
end

--- What takes the records of one variant: deliver.lua's function.
function mt:receiver(variant)
  local trace, i = self.trace.handle, C.ks_variant_index(variant)
  if not self.events[i] then
    local event = view.new(trace, variant, C.ks_start_time(trace), self.place, self.hidden)
    self.events[i] = deliver.new(event, self.wheres, self.sinks)
  end
  return self.events[i]
end

--- What a person should know of where the probe is; nil for nothing.
function mt:said_of_points()
  local left = ffi.new "uint32_t[1]"
  local points = C.ks_probe_points(self.handle, left)
  if left[0] > 0 then
    return ("%s: on %d functions; %d that match have not what its texts ask for"):format(self.name,
      points, left[0])
  end
end

-- The core's half is gone with its trace; only a test's is before the script is.
local function must_live(self)
  if not self.trace.handle then
    errors.raise(errors.caller(3), {
      message = ("the test that %q was in is over"):format(self.place),
      hint = "ask for it in the test's function, or in its ks.at_end" })
  end
end

--- While paused, hits are not counted, nor anything done with them; what is in the ring already
--- comes. Also before the trace runs: then it begins so.
function mt:pause()
  must_live(self)
  C.ks_switch(self.handle, false)
end

--- Ends a pause.
function mt:resume()
  must_live(self)
  C.ks_switch(self.handle, true)
end

-- The same of events that are made up: nothing is lost, and nobody knows of beginnings.
local function fed_counters(self)
  local fed = self.fed or { hits = 0, filtered = 0, faults = 0, matched = 0, unmatched = 0 }
  return {
    hits = fed.hits, recursion = 0, suppressed = 0, self = 0, sampled = 0, filtered = fed.filtered,
    faults = fed.faults, unmatched = fed.unmatched, matched = fed.matched, lost = 0, aggregated = 0,
    delivered = fed.matched - self.rejected, rejected = self.rejected, undecodable = 0,
    cut_by_exit = 0, opened = fed.opened, closed = fed.closed, reopened = fed.reopened,
    gone = fed.gone, full = fed.full, unopened = fed.unopened, open = fed.open,
    unfollowed = fed.unfollowed,
  }
end

--- What happened to every hit; the manual, "Accounting", says what each means. nil: not known.
function mt:counters()
  must_live(self)
  if self.trace.in_lua then
    return fed_counters(self)
  end
  local c = ffi.new "struct ks_counters"
  C.ks_counters(self.handle, c)
  local known = function(v)
    v = tonumber(v)
    return v >= 0 and v or nil
  end
  local events = tonumber(c.delivered)
  return {
    hits = known(c.hits),
    recursion = known(c.recursion),
    suppressed = known(c.suppressed),
    self = known(c.self),
    sampled = known(c.sampled),
    remainder = known(c.remainder),
    filtered = known(c.filtered),
    faults = known(c.faults),
    unmatched = known(c.unmatched),
    matched = known(c.matched),
    lost = known(c.lost),
    nils = known(c.nils),
    aggregated = self.aggregates and known(c.matched) or 0,
    delivered = events - self.rejected - self.undecodable - self.cut_by_exit,
    opened = known(c.opened),
    closed = known(c.closed),
    reopened = known(c.reopened),
    gone = known(c.gone),
    full = known(c.full),
    unopened = known(c.unopened),
    open = known(c.open),
    unfollowed = known(c.unfollowed),
    overwritten = known(c.overwritten),
    kept = known(c.kept),
    rejected = self.rejected,
    undecodable = self.undecodable,
    cut_by_exit = self.cut_by_exit,
  }
end

return probe
