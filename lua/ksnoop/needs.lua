--- The option `needs` of a recipe: what a kernel must have for it, since when kernels do, and which
--- recipe to use on those that have not.
local core = require "ksnoop.core"
local errors = require "ksnoop.error"
local schema = require "ksnoop.schema"
local words = require "ksnoop.words"

local C = core.C
local needs = {}

local example = 'needs = { { "tp:contention_begin", since = "5.19", instead = "mutexes" } }'

-- One of them: places or types of which one is enough, and what to say where none is there.
local function read_one(at, v)
  if type(v) == "string" then
    v = { v }
  elseif type(v) ~= "table" then
    errors.raise(at, { message = ("what a recipe needs is a place or a table, not a %s"):format(
      type(v)), hint = example })
  end
  schema.keys(at, "what a recipe needs", v, { "since", "instead" })
  local one = { any = schema.list(at, "what a recipe needs", v), since = v.since,
    instead = v.instead }
  for _, what in ipairs { one.since or "", one.instead or "", unpack(one.any) } do
    if type(what) ~= "string" then
      errors.raise(at, { hint = example,
        message = ("what a recipe needs is said in strings, and this is a %s"):format(type(what)) })
    end
    schema.text(at, "what a recipe needs", what)
  end
  if #one.any == 0 then
    errors.raise(at, { message = "a need names nothing", hint = example })
  end
  return one
end

--- Reads what a recipe's table says; nil is nothing.
function needs.read(at, t)
  if t == nil then
    return {}
  elseif type(t) ~= "table" then
    errors.raise(at, { message = ("needs is a list, not a %s"):format(type(t)), hint = example })
  end
  schema.keys(at, "needs", t, {})
  local list = schema.list(at, "needs", t)
  for i, v in ipairs(list) do
    list[i] = read_one(at, v)
  end
  return list
end

local function has_any(trace, one, at)
  for _, what in ipairs(one.any) do
    if words.has(trace, what, at) then
      return true
    end
  end
  return false
end

-- Since when, and what instead; nil: nothing is known.
local function hint_of(one)
  local parts = {}
  parts[1] = one.since and ("kernels have it since %s"):format(core.safe(one.since))
  parts[#parts + 1] = one.instead
    and ("the nearest recipe that works is %s"):format(core.safe(one.instead))
  return #parts > 0 and table.concat(parts, "; ") or nil
end

--- Raises what the trace's kernel has not, as an error with exit code 3.
--- @param name string the recipe's
function needs.check(list, trace, name, at)
  if #list > 0 then
    trace:open()
  end
  for _, one in ipairs(list) do
    if not has_any(trace, one, at) then
      errors.raise(at, {
        message = ("%s needs %s, which this kernel has not"):format(name,
          core.safe(table.concat(one.any, " or "))),
        hint = hint_of(one),
        kind = tonumber(C.KS_EABSENT),
        code = 3,
      })
    end
  end
end

return needs
