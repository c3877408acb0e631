--- Tables that stand for ENDs: places, and texts of the moment there, all for the kernel.
local ffi = require "ffi"
local core = require "ksnoop.core"
local errors = require "ksnoop.error"
local format = require "ksnoop.format"
local schema = require "ksnoop.schema"

local C = core.C
local ending = {}

--- Places as a list of strings; one or several.
--- @param kind string what has none, for messages
function ending.places(at, places, kind)
  if type(places) == "string" then
    places = { places }
  elseif type(places) ~= "table" then
    errors.raise(at, { message = ("a place is a string, not a %s"):format(type(places)) })
  end
  schema.keys(at, "a list of places", places, {})
  local list = schema.list(at, "a list of places", places)
  for i, place in ipairs(list) do
    if type(place) ~= "string" then
      errors.raise(at, { message = ("a place is a string, not a %s"):format(type(place)) })
    end
    list[i] = schema.text(at, "a place", place)
  end
  if #list == 0 then
    errors.raise(at, { message = ("a %s needs a place"):format(kind), hint = 'such as "vfs_read"',
      value = places })
  end
  return list
end

-- A text or a list of texts.
local function texts(at, what, v, hint)
  if type(v) == "string" then
    v = { v }
  elseif type(v) == "function" then
    errors.raise(at, {
      message = ("%s is decided in the kernel: it is a string, not a function"):format(what),
      hint = hint,
    })
  elseif type(v) ~= "table" then
    errors.raise(at, { message = ("%s is a string or a list, not a %s"):format(what, type(v)) })
  end
  schema.keys(at, what, v, {})
  local list = schema.list(at, what, v)
  for i, text in ipairs(list) do
    if type(text) ~= "string" then
      errors.raise(at, { message = ("%s is a string, not a %s"):format(what, type(text)) })
    end
    list[i] = schema.text(at, what, text)
  end
  return list
end

--- An END as a table: "place" is { "place" }.
--- @param what string what it is an end of, for messages
--- @param kind string the same for what has no place: "span's end"
--- @param t any what the script says
--- @param words table { options = the names it may have, hint = of a where that is a function }
--- @return table { places =, where = {}, capture = {} } and the other options as they are
function ending.parse(at, what, kind, t, words)
  if type(t) == "string" then
    t = { t }
  elseif type(t) ~= "table" then
    errors.raise(at, { message = ("%s is a place or a table, not a %s"):format(what, type(t)) })
  end
  schema.keys(at, what, t, words.options)
  local e = { places = ending.places(at, schema.list(at, what, t), kind) }
  for _, name in ipairs(words.options) do
    e[name] = t[name]
  end
  e.where = t.where ~= nil and texts(at, "where of an end", t.where, words.hint) or {}
  e.capture = t.capture ~= nil and texts(at, "capture of an end", t.capture, words.hint) or {}
  return e
end

--- Its places as the core takes them, and how many.
function ending.given(e)
  return ffi.new("const char *[?]", #e.places, e.places), #e.places
end

--- Gives its texts to the core's end.
function ending.fill(at, trace, handle, e)
  for _, text in ipairs(e.where) do
    if format.compile(trace, C.ks_end_where, handle, text) < 0 then
      errors.raise_core(at, core.error, text)
    end
  end
  for _, text in ipairs(e.capture) do
    if format.compile(trace, C.ks_end_capture, handle, text) < 0 then
      errors.raise_core(at, core.error, text)
    end
  end
end

return ending
