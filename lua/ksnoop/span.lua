--- ks.span: two ends with places and keys of their own, and a probe where it closes.
local ffi = require "ffi"
local core = require "ksnoop.core"
local ending = require "ksnoop.ending"
local errors = require "ksnoop.error"
local narrow = require "ksnoop.narrow"
local hits = require "ksnoop.test_hits"
local probe = require "ksnoop.probe"
local schema = require "ksnoop.schema"
local view = require "ksnoop.view"

local C = core.C
local span = {}

local MAX = 10240 -- that are open at a time, without max

local words = {
  options = { "key", "where", "capture" },
  hint = "where of the span itself may be a function",
}

local function end_of(at, side, t)
  local e = ending.parse(at, "an end in '" .. side .. "'", "span's end", t, words)
  if e.key ~= nil and type(e.key) ~= "string" then
    errors.raise(at, { message = ("key is a string, not a %s"):format(type(e.key)) })
  end
  e.key = e.key and schema.text(at, "key", e.key)
  return e
end

-- One END or a list of them: what has only tables in it is a list.
local function ends_of(at, side, t)
  if t == nil then
    errors.raise(at, {
      message = ("ks.span has no '%s'"):format(side),
      hint = ('%s = { "place", key = "expression" }, or several of these in a list'):format(side),
    })
  end
  local list = type(t) == "table" and schema.list(at, side, t) or {}
  if type(list[1]) ~= "table" then
    return { end_of(at, side, t) }
  end
  schema.keys(at, side, t, {})
  for i, e in ipairs(list) do
    list[i] = end_of(at, side, e)
  end
  return list
end

-- Which text is it that an error of an end is in?
local function failed(at, e)
  local text = nil
  if core.error.len > 0 then
    text = e.key and core.error.pos + core.error.len <= #e.key and e.key or e.places[1]
    if #e.places == 1 and core.error.kind ~= C.KS_ETYPE and core.error.kind ~= C.KS_ENAME then
      text = e.places[1]
    end
  end
  errors.raise_core(at, core.error, text)
end

local function add_end(self, opens, e)
  local places, count = ending.given(e)
  local handle = C.ks_span_end(self.handle, opens, places, count, e.key, core.error)
  if handle == nil then
    failed(self.at, e)
  end
  ending.fill(self.at, self.trace.handle, handle, e)
end

-- Only whether there are such places: what else such an end says needs one where the span opens.
local function look_for(self, e)
  local places, count = ending.given(e)
  if C.ks_probe(self.trace.handle, places, count, core.error) == nil then
    errors.raise_core(self.at, core.error, count == 1 and e.places[1] or nil)
  end
end

-- All ends; while errors are collected, those that are right after one that is wrong as well.
local function add_ends(self, opens, closes)
  local whole = true
  for _, e in ipairs(opens) do
    whole = self.trace:try(add_end, self, true, e) and whole
  end
  local opened = whole
  for _, e in ipairs(closes) do
    local ok
    if opened then
      ok = self.trace:try(add_end, self, false, e)
    else
      ok = self.trace:try(look_for, self, e)
    end
    whole = ok and whole
  end
  return whole
end

local function max_of(at, max)
  if max == nil then
    return 0
  elseif type(max) ~= "number" or max < 1 or max % 1 ~= 0 or max >= 2 ^ 32 then
    errors.raise(at, {
      message = ("max is how many can be open at a time, not %s"):format(core.safe(tostring(max))),
      hint = "a whole number from 1 on; without it 10240",
    })
  end
  return max
end

-- Records of what is open now: a function that gives the next one, NULL or nil when there is none.
local function records(self)
  if self.fed then -- a test's
    local list, i = hits.opened(self), 0
    return function()
      i = i + 1
      return list[i]
    end
  end
  local opened = self.trace.now and C.ks_span_opened(self.handle, core.error)
  if not self.trace.now then
    errors.raise(errors.script(), { message = "nothing is open before the trace runs" })
  elseif opened == nil then
    errors.raise_core(errors.script(), core.error)
  end
  opened = ffi.gc(opened, C.ks_opened_free)
  return function() return C.ks_opened_next(opened) end
end

-- What is open now, one after the other, as events that last.
local function open(self)
  local trace, next_record = self.trace, records(self)
  return function()
    local record = next_record()
    if record == nil then
      return nil
    end
    local variant = C.ks_record_variant(trace.handle, record)
    local id = record.point
    self.rows[id] = self.rows[id]
      or view.new(trace.handle, variant, C.ks_start_time(trace.handle), self.place, nil)
    return self.rows[id].kept(record)
  end
end

--- Makes a span of its table and adds it to the trace's probes.
--- @param trace table see loop.lua
--- @param t table open, close, max, and what a probe has
function span.new(trace, t, at)
  if type(t) ~= "table" then
    errors.raise(at, { message = ("ks.span takes a table, not a %s"):format(type(t)) })
  end
  schema.keys(at, "ks.span", t, probe.options { "open", "close", "max" })
  local opens, closes = ends_of(at, "open", t.open), ends_of(at, "close", t.close)
  local max = max_of(at, t.max)
  local handle = C.ks_span(trace.handle, max, core.error)
  if handle == nil then
    errors.raise_core(at, core.error)
  end
  local self = probe.wrap(trace, handle, {
    word = "ks.span",
    place = "open -> close",
    at = at,
    open = open,
    max = max == 0 and MAX or max,
    rows = {}, -- what makes events of what is open, by the number of the point where it opened
    refused = true,
    more = { "open", "close", "max" },
  })
  trace.probes[#trace.probes + 1] = self -- as the core has it among its own now
  if at and C.ks_probe_source(handle, at.file, at.line, core.error) < 0 then
    errors.raise_core(at, core.error)
  end
  probe.around(self, t)
  probe.sample(self, t) -- the weight comes before what the ends capture
  for _, e in ipairs(opens) do
    for _, text in ipairs(narrow.tasks(trace.options)) do
      e.where[#e.where + 1] = text
    end
  end
  if not add_ends(self, opens, closes) then
    return self
  end
  if C.ks_span_ready(handle, core.error) < 0 then
    errors.raise_core(at, core.error)
  end
  self.name = core.string(C.ks_probe_name(handle))
  self.place = self.name
  return self:define(t, at)
end

return span
