--- ks.probe: a place, the table that belongs to it, and what is done with its events.
local ffi = require "ffi"
local core = require "ksnoop.core"
local errors = require "ksnoop.error"
local output = require "ksnoop.output"
local schema = require "ksnoop.schema"
local sink = require "ksnoop.sink"
local view = require "ksnoop.view"
local words = require "ksnoop.words"

local C = core.C
local mt = {}
mt.__index = mt

local probe = {}

--- A probe that waits for its table.
--- @param trace table see loop.lua
function probe.new(trace, place, at)
  if type(place) ~= "string" then
    errors.raise(at, { message = ("a place is a string, not a %s"):format(type(place)) })
  end
  local e = core.error
  local handle = C.ks_probe(trace.handle, schema.text(at, "a place", place), e)
  if handle == nil then
    errors.raise_core(at, e)
  end
  return setmetatable({
    trace = trace,
    place = place,
    name = core.string(C.ks_probe_name(handle)),
    at = at,
    handle = handle,
    wheres = {},
    writers = {},
    rejected = 0,
    undecodable = 0,
    cut_by_exit = 0,
  }, mt)
end

local function add_where(self, where)
  if type(where) == "function" then
    self.wheres[#self.wheres + 1] = where
  elseif type(where) ~= "string" then
    errors.raise(self.at, {
      message = ("where is a string or a function, not a %s"):format(type(where)),
    })
  elseif C.ks_where(self.handle, schema.text(self.at, "where", where), core.error) < 0 then
    errors.raise_core(self.at, core.error, where)
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
    if type(text) ~= "string" then
      errors.raise(self.at, { message = ("a capture is a string, not a %s"):format(type(text)) })
    elseif C.ks_capture(self.handle, schema.text(self.at, "a capture", text), core.error) < 0 then
      errors.raise_core(self.at, core.error, text)
    end
  end
end

-- A function sink's events carry what the probe captures; without a list, all arguments.
local function function_sink(self, f)
  return function()
    if output.waiting() then -- what it prints comes behind what was printed before
      output.flush()
    end
    f(self.event)
  end
end

local function add_sinks(self, sinks, captured)
  if #sinks == 0 then
    sinks = { sink.print() }
    sinks[1].at = self.at
  end
  for _, s in ipairs(sinks) do
    if type(s) == "function" then
      if not captured and C.ks_capture_default(self.handle, core.error) < 0 then
        errors.raise_core(self.at, core.error)
      end
      self.writers[#self.writers + 1] = function_sink(self, s)
      self.has_functions = true
    elseif sink.is(s) then
      local format = self.trace.options.format
      local write, hidden = s:bind(self.handle, format, captured)
      if format == "text" or not self.has_json then -- all of an event's JSON is one object
        self.writers[#self.writers + 1] = write
      end
      self.has_json = true
      self.hidden = hidden or self.hidden
    else
      errors.raise(self.at, {
        message = ("a sink is a function or made by ks.print, not a %s"):format(type(s)),
      })
    end
  end
end

--- Gives the probe its table; once.
function mt:define(t, at)
  self.at = at or self.at
  if type(t) ~= "table" then
    errors.raise(self.at, {
      message = ("ks.probe %q needs a table behind it, not a %s"):format(self.place, type(t)),
    })
  end
  self.trace:must_not_run(self.at)
  if self.defined then
    errors.raise(self.at, { message = ("ks.probe %q has its table already"):format(self.place) })
  end
  self.refused = true -- until all of it is right
  schema.keys(self.at, "ks.probe", t, { "where", "capture", "with" })
  if t.with ~= nil then
    words.with(self.handle, t.with, self.at)
  end
  if t.capture ~= nil then
    add_captures(self, t.capture)
  end
  local wheres = t.where
  if type(wheres) ~= "table" then
    wheres = { wheres }
  end
  for _, where in ipairs(schema.list(self.at, "where", wheres)) do
    add_where(self, where)
  end
  if self.trace.options.pid then
    add_where(self, "pid == " .. self.trace.options.pid)
  end
  add_sinks(self, schema.list(self.at, "ks.probe", t), t.capture ~= nil)
  self.has_functions = self.has_functions or #self.wheres > 0
  self.defined, self.refused = true, false
  return self
end

--- Makes the event; needs the captures to be all there and the trace to be started.
function mt:begin()
  self.over = view.new(self.handle, C.ks_start_time(self.trace.handle), self.hidden)
end

--- Takes one record through the Lua predicates and the sinks. Whether it was delivered.
function mt:deliver(record)
  self.event = self.over(record, self.has_functions)
  for i = 1, #self.wheres do
    if not self.wheres[i](self.event) then
      self.rejected = self.rejected + 1
      return false
    end
  end
  for i = 1, #self.writers do
    self.writers[i](record)
  end
  return true
end

--- What happened to every hit; the manual, "Accounting", says what each means. nil: not known.
function mt:counters()
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
    filtered = known(c.filtered),
    faults = known(c.faults),
    unmatched = known(c.unmatched),
    matched = known(c.matched),
    lost = known(c.lost),
    nils = known(c.nils),
    delivered = events - self.rejected - self.undecodable - self.cut_by_exit,
    rejected = self.rejected,
    undecodable = self.undecodable,
    cut_by_exit = self.cut_by_exit,
  }
end

return probe
