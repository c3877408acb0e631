--- ks.format: types that a script shows, and reads, by functions of its own. The core's text has a
--- hole for each such value (core/formats.h); here they are filled.
local ffi = require "ffi"
local core = require "ksnoop.core"
local errors = require "ksnoop.error"
local grid = require "ksnoop.grid"
local limits = require "ksnoop.limits"
local schema = require "ksnoop.schema"

local C = core.C
local format = {}

-- What each trace has, by the core's address of it: rows { name =, show =, parse =, at = } by the
-- index that holes say and 1; and showing, the value that a function is given just now.
local given, any = {}, false

local function key_of(handle)
  return tonumber(ffi.cast("uintptr_t", handle))
end

local function of(handle)
  return given[key_of(handle)]
end

--- ks.format("struct x", function(v) return text end, function(text) return bytes end)
function format.define(trace, name, show, parse, at)
  if type(name) ~= "string" then
    errors.raise(at, { message = ("a type's name is a string, not a %s"):format(type(name)) })
  elseif type(show) ~= "function" then
    errors.raise(at, {
      message = ("ks.format takes a function that shows a value, not a %s"):format(type(show)),
      hint = ("ks.format(%q, function(v) return ... end)"):format(name),
    })
  elseif parse ~= nil and type(parse) ~= "function" then
    errors.raise(at, {
      message = ("ks.format takes a function that reads a text, not a %s"):format(type(parse)),
    })
  end
  for _, p in ipairs(trace.probes) do
    if p.defined or p.refused then
      errors.raise(at, {
        message = ("ks.format comes before the probes' tables, and %q has its own"):format(p.place),
        hint = "move it up: what a type looks like is settled when a table is read",
      })
    end
  end
  schema.text(at, "a type's name", name)
  local index = C.ks_format(trace.handle, name, parse ~= nil, core.error)
  if index < 0 then
    errors.raise_core(at, core.error, name)
  end
  local key = key_of(trace.handle)
  given[key] = given[key] or { rows = {} }
  given[key].rows[index + 1] = { name = name, show = show, parse = parse, at = at }
  any = true
end

--- A trace that is closed has none: its address may be another's.
function format.forget(handle)
  given[key_of(handle)] = nil
end

--- Has a trace any? Else nothing of what follows needs to be called.
function format.has(handle)
  return any and of(handle) ~= nil
end

local function wrong(row, which, what, hint)
  errors.raise(row.at, { message = ("%s of ks.format %q %s"):format(which, row.name, what),
    hint = hint })
end

-- A column's text with spaces: to the left of it, or to the right for a negative width.
local function pad(text, width)
  return grid.pad(text, width)
end

-- What the function makes of a value; nil: nothing.
local function shown(state, row, v, json)
  local before = state.showing
  state.showing = v
  local text = limits.script(row.show, v)
  state.showing = before
  if text == nil then
    return nil
  elseif type(text) ~= "string" then
    wrong(row, "the function", ("returned a %s"):format(type(text)),
      "a string, or nil for the usual way")
  end
  return json and core.json_string(text) or core.safe(text)
end

--- Fills the holes of a text.
--- json: it is JSON
--- lend: gives the value of a BTF type that lies so many bytes behind the start of what the text is
--- of; nil when there are not so many bytes
--- view: the text is of this view alone. If a function is being asked about it, that one is not
--- asked again.
function format.fill(handle, text, json, lend, view)
  if not text:find("\1", 1, true) then
    return text
  end
  local state = of(handle)
  local bare = view ~= nil and rawequal(view, state.showing)
  local function fill(hole)
    local head, body = hole:match "^\1([^\2]*)\2(.*)\3$"
    local kind = head and head:sub(1, 1)
    if kind == "l" then
      return "\1"
    elseif kind == "w" then
      return pad(body:gsub("%b\1\3", fill), tonumber(head:sub(2)) or 0)
    end
    local index, id, at, keep = (head or ""):match "^f(%d+);(%d+);(%d+);(%d+)$"
    local row, filled = index and state.rows[index + 1], nil
    if not row then
      return hole -- of a name in BTF that is none
    elseif bare then
      bare = false -- what lies in it may well be shown by functions
    else
      local v = lend(tonumber(id), tonumber(at))
      filled = v ~= nil and shown(state, row, v, json) or nil
    end
    return filled and body:sub(1, keep) .. filled or (body:gsub("%b\1\3", fill))
  end
  return (text:gsub("%b\1\3", fill))
end

-- A whole number as the bytes of one of that size; nil when it does not fit.
local function bytes_of(n, size)
  if size > 8 or bit.band(size, size - 1) ~= 0 then
    return nil
  end
  local word = ffi.new "uint64_t[1]"
  if type(n) == "number" then
    if n % 1 ~= 0 or n < -2 ^ (size * 8 - 1) or n >= 2 ^ (size * 8) then
      return nil
    end
    word[0] = n < 0 and ffi.cast("uint64_t", ffi.cast("int64_t", n)) or ffi.cast("uint64_t", n)
  elseif size == 8 then
    word[0] = ffi.cast("uint64_t", n)
  else
    local exact = core.exact(n)
    return type(exact) == "number" and bytes_of(exact, size) or nil
  end
  return ffi.string(word, size)
end

local wanted = ffi.new "struct ks_literal"

-- Asks the script what the literal stands for that the core wants to know.
local function tell(handle)
  if C.ks_literal(handle, wanted) < 0 then
    errors.raise(nil, { message = "the core asks about a literal, and not about which" })
  end
  local row, size = of(handle).rows[wanted.format + 1], wanted.size
  local text = ffi.string(wanted.text, wanted.len)
  local v = row.parse(text)
  local bytes = v
  if type(v) == "number" or ffi.istype("int64_t", v) or ffi.istype("uint64_t", v) then
    bytes = bytes_of(v, size)
    if not bytes then
      wrong(row, "the second function", ("returned %s for '%s'"):format(tostring(v), text),
        ("that is no number of %d bytes"):format(size))
    end
  elseif v ~= nil and type(v) ~= "string" then
    wrong(row, "the second function", ("returned a %s for '%s'"):format(type(v), text),
      ("a string of %d bytes, a number, or nil for what is no such text"):format(size))
  elseif v and #v ~= size then
    wrong(row, "the second function", ("returned %d bytes for '%s'"):format(#v, text),
      ("the type has %d"):format(size))
  end
  if C.ks_literal_bytes(handle, bytes, core.error) < 0 then
    errors.raise_core(row.at, core.error)
  end
end

--- Calls f(probe, text, core.error), one of the core's that take expressions, and again when the
--- script had to tell what a literal in them stands for.
--- @return what f returned: an integer below 0 or NULL with core.error
function format.compile(handle, f, probe, text)
  local r
  repeat
    r = f(probe, text, core.error)
    local failed = r == nil or type(r) == "number" and r < 0
    local asks = failed and core.error.kind == C.KS_ELITERAL
    if asks then
      tell(handle)
    end
  until not asks
  return r
end

return format
