--- What scripts add to expressions, and what they ask about this kernel: ks.define, ks.const,
--- ks.has, ks.first, and the option `with`.
local ffi = require "ffi"
local core = require "ksnoop.core"
local errors = require "ksnoop.error"
local limits = require "ksnoop.limits"
local schema = require "ksnoop.schema"
local std = require "ksnoop.std"

local C = core.C
local words = {}

local function string_of(at, what, s)
  if type(s) ~= "string" then
    errors.raise(at, { message = ("%s is a string, not a %s"):format(what, type(s)) })
  end
  return schema.text(at, what, s)
end

--- Gives a trace the words of std.lua.
function words.load(trace)
  for _, word in ipairs(std) do
    words.define(trace, word[1], word[2])
  end
end

--- ks.define("f(x, y)", "expression")
function words.define(trace, head, expr, at)
  string_of(at, "a word", head)
  string_of(at, "what a word stands for", expr)
  local e = core.error
  trace.constants = {}
  if C.ks_define(trace.handle, head, expr, e) < 0 then
    local inside = e.pos > #head
    e.pos = inside and e.pos - #head - 1 or e.pos
    errors.raise_core(at, e, inside and expr or head)
  end
end

local value, is_unsigned = ffi.new "int64_t[1]", ffi.new "bool[1]"

--- ks.const "expression": a number, or cdata when no number is that exact.
function words.const(trace, expr, at)
  local known = trace.constants[expr]
  if known == nil then
    string_of(at, "a constant", expr)
    limits.ours()
    if C.ks_const(trace.handle, expr, value, is_unsigned, core.error) < 0 then
      errors.raise_core(at, core.error, expr)
    end
    known = core.exact(is_unsigned[0] and ffi.cast("uint64_t", value[0]) or value[0])
    limits.done()
    trace.constants[expr] = known -- it may be asked for at every event
  end
  return known
end

--- ks.has "struct x.member"
function words.has(trace, what, at)
  string_of(at, "what ks.has looks for", what)
  limits.ours()
  local answer = C.ks_has(trace.handle, what, core.error)
  if answer < 0 then
    errors.raise_core(at, core.error, what)
  end
  limits.done()
  return answer == 1
end

--- ks.first { place, ... }: the first that this kernel has, or nil
function words.first(trace, places, at)
  if type(places) ~= "table" then
    errors.raise(at, { message = ("ks.first takes a list, not a %s"):format(type(places)) })
  end
  schema.keys(at, "ks.first", places, {})
  places = schema.list(at, "ks.first", places)
  for _, place in ipairs(places) do
    string_of(at, "a place", place)
  end
  local taken
  for _, place in ipairs(places) do
    taken = taken or words.has(trace, place, at) and place or nil
  end
  trace.none = not taken and places or nil
  table.insert(trace.picks, { at = at, places = places, taken = taken })
  return taken
end

-- A value of Lua's as expressions have it.
local function literal(at, name, v)
  local kind = type(v)
  if kind == "number" and v % 1 == 0 and v > -2 ^ 63 and v < 2 ^ 63 then
    return ("%.0f"):format(v)
  elseif kind == "number" then
    errors.raise(at, {
      message = ("$%s can't be %s"):format(name, tostring(v)),
      hint = "expressions have whole numbers of 64 bits",
    })
  elseif kind == "boolean" then
    return tostring(v)
  elseif kind == "cdata" and (ffi.istype("int64_t", v) or ffi.istype("uint64_t", v)) then
    return (tostring(v):gsub("U?LL$", ""))
  elseif kind == "string" then
    schema.text(at, "$" .. name, v)
    local quote = not v:find("'", 1, true) and "'" or '"'
    if v:find(quote, 1, true) then
      errors.raise(at, {
        message = ("$%s has quotes of both kinds, and a text can have one"):format(name),
      })
    end
    return quote .. v .. quote
  end
  errors.raise(at, { message = ("$%s can't be a %s"):format(name, kind) })
end

local function list(at, name, t)
  local parts = {}
  for key in pairs(t) do
    if type(key) ~= "number" then
      errors.raise(at, { message = ("$%s is a list, and '%s' a name"):format(name, tostring(key)) })
    end
  end
  for i, v in ipairs(schema.list(at, "$" .. name, t)) do
    parts[i] = literal(at, name, v)
  end
  return "(" .. table.concat(parts, ", ") .. (#parts == 1 and ",)" or ")")
end

--- Gives a probe $name for each { name, text } of a list (what its recipe was given); nil: none.
function words.constants(probe, params, at)
  for _, c in ipairs(params or {}) do
    if C.ks_with(probe, c[1], c[2], core.error) < 0 then
      errors.raise_core(at, core.error, c[2])
    end
  end
end

--- The option `with` of a probe: { name = value }, for $name in its expressions.
function words.with(probe, t, at)
  if type(t) ~= "table" then
    errors.raise(at, { message = ("with is a table of values, not a %s"):format(type(t)) })
  end
  local names = {}
  for name in pairs(t) do
    if type(name) ~= "string" then
      errors.raise(at, {
        message = "with has an entry without a name",
        hint = "with = { min = 4096 } is for $min",
      })
    end
    names[#names + 1] = schema.text(at, "a name in with", name)
  end
  table.sort(names)
  for _, name in ipairs(names) do
    local v = t[name]
    local text = type(v) == "table" and list(at, name, v) or literal(at, name, v)
    if C.ks_with(probe, name, text, core.error) < 0 then
      errors.raise_core(at, core.error, text)
    end
  end
end

return words
