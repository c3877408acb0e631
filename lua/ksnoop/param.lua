--- ks.param.KIND { default, "about", min =, max =, choices = }: what a recipe can be given, and how
--- it is read, from a script or from a command line.
local core = require "ksnoop.core"
local errors = require "ksnoop.error"
local schema = require "ksnoop.schema"
local unit = require "ksnoop.unit"

local param = {}
local mt = {}

local count = 0 -- so that parameters can be told in the order in which they were written

local function text(v)
  return type(v) == "string" and v ~= "" and not v:find "%z" and v or nil
end

-- A text as expressions have it; nil when its quotes leave no way.
local function quoted(v)
  local quote = not v:find("'", 1, true) and "'" or not v:find('"', 1, true) and '"'
  return quote and quote .. v .. quote
end

local function decimal(v)
  return ("%.0f"):format(v)
end

local function integer(v)
  local n = type(v) == "number" and v or type(v) == "string"
    and (v:match "^%-?%d+$" or v:match "^%-?0x%x+$") and tonumber(v)
  return n and n % 1 == 0 and math.abs(n) <= 2 ^ 53 and n or nil
end

-- "1,2" is a list of integers, unless the default says that texts are meant.
local function from_words(v, p)
  local list, numbers = {}, true
  for word in (v == "" and "" or v .. ","):gmatch "([^,]*)," do
    list[#list + 1] = word
    numbers = numbers and integer(word) ~= nil
  end
  if numbers and not (p.value and type(p.value[1]) == "string") then
    for i, word in ipairs(list) do
      list[i] = integer(word)
    end
  end
  return list
end

local function list_of(v, p)
  if type(v) == "string" then
    v = from_words(v, p)
  end
  if type(v) ~= "table" then
    return nil
  end
  local first, n = type(v[1]), 0
  for _ in pairs(v) do
    n = n + 1
  end
  for _, entry in ipairs(v) do
    local good = type(entry) == "number" and integer(entry)
      or type(entry) == "string" and text(entry) and quoted(entry)
    -- Those of the default, if it has any, say which kind is meant.
    local kind = p.value and p.value[1] ~= nil and type(p.value[1]) or first
    if not good or type(entry) ~= first or first ~= kind then
      return nil
    end
  end
  return n == #v and v or nil
end

local function list_literal(list)
  local parts = {}
  for i, v in ipairs(list) do
    parts[i] = type(v) == "number" and decimal(v) or quoted(v)
  end
  return "(" .. table.concat(parts, ", ") .. (#parts == 1 and ",)" or ")")
end

local function choice(v)
  return type(v) == "string" and text(v) and quoted(v) and v or nil
end

local words = { ["true"] = true, yes = true, ["false"] = false, no = false }

-- read(v, p): the value, nil for what is none; a, such: for messages; literal(value): what $name is
-- in expressions, without it there is none; ranged: may have min and max; chosen: may have choices
local kinds = {
  boolean = {
    a = "true or false",
    read = function(v)
      if type(v) == "boolean" then
        return v
      end
      return words[v]
    end,
    literal = tostring,
  },
  choice = { a = "one of its choices", read = choice, literal = quoted, chosen = true },
  duration = {
    a = "a duration",
    such = "such as 5ms, 2s or 1m",
    read = function(v)
      local s = unit.duration(v)
      return s and s < 2 ^ 33 and s or nil
    end,
    literal = function(v) return ("%.0fns"):format(math.floor(v * 1e9 + 0.5)) end,
    ranged = true,
  },
  func = {
    a = "the name of a function",
    such = "such as vfs_read, or another place",
    read = function(v) return text(v) and quoted(v) and v or nil end,
    literal = quoted,
  },
  integer = {
    a = "a whole number",
    such = "such as 10, -1 or 0x1f",
    read = integer,
    literal = decimal,
    ranged = true,
  },
  list = {
    a = "a list of whole numbers or of texts",
    such = "in a script { 1, 2 }, on the command line 1,2",
    read = list_of,
    literal = list_literal,
    ranged = true,
    chosen = true,
  },
  size = {
    a = "a size",
    such = "such as 512, 64K or 4M",
    read = function(v)
      local n = unit.size(v)
      return n and n <= 2 ^ 53 and n or nil
    end,
    literal = decimal,
    ranged = true,
  },
  string = {
    a = "a text",
    such = "without NUL bytes, and with quotes of one kind",
    read = function(v)
      return type(v) == "string" and not v:find "%z" and quoted(v) and v or nil
    end,
    literal = quoted,
  },
  type = {
    a = "the name of a type",
    such = "such as struct bio",
    read = function(v) return text(v) and quoted(v) and v or nil end,
    literal = quoted,
  },
  where = { a = "an expression", such = "such as count > 4096", read = text },
}

local kind_names = {}
for name in pairs(kinds) do
  kind_names[#kind_names + 1] = name
end
table.sort(kind_names)

-- As a person writes it.
local function shown(v)
  if type(v) == "table" then
    local parts = {}
    for i, entry in ipairs(v) do
      parts[i] = tostring(entry)
    end
    return table.concat(parts, ",")
  end
  return tostring(v)
end

-- A value that is none of those accepted, for a message: a table by its entries, the first of many.
local function said(v)
  if type(v) ~= "table" then
    return "'" .. core.safe(shown(v)) .. "'"
  end
  local parts, n = {}, 0
  for name, entry in pairs(v) do
    n = n + 1
    local named = name == n and "" or core.safe(tostring(name)) .. " = "
    local one = type(entry) == "string" and "'" .. core.safe(entry) .. "'"
      or type(entry) == "table" and "{...}" or core.safe(tostring(entry))
    parts[#parts + 1] = n <= 8 and named .. one or nil
  end
  return n == 0 and "{}" or "{ " .. table.concat(parts, ", ") .. (n > 8 and ", ... }" or " }")
end

local function range(p)
  return p.min ~= nil and p.max ~= nil and ("from %s to %s"):format(shown(p.min), shown(p.max))
    or p.min ~= nil and "at least " .. shown(p.min)
    or p.max ~= nil and "at most " .. shown(p.max) or nil
end

-- Why a value that could be read is none of those that are accepted, and which are; nil: it is one.
local function refused(p, value)
  for _, v in ipairs(type(value) == "table" and value or { value }) do
    if type(v) == "number" and (p.low and v < p.low or p.high and v > p.high) then
      return range(p)
    elseif p.choices then
      local known = false
      for _, one in ipairs(p.choices) do
        known = known or one == v
      end
      if not known then
        local names = {}
        for i, one in ipairs(p.choices) do
          names[i] = tostring(one)
        end
        return "one of " .. table.concat(names, ", "),
          type(v) == "string" and core.nearest(v, names) or nil
      end
    end
  end
end

--- Reads what a parameter was given; raises what is wrong.
--- @param p table what ks.param made
--- @param what string what it is called in messages
--- @return the value as the recipe has it
function param.read(p, what, v, at)
  local kind = kinds[p.kind]
  local value = kind.read(v, p)
  if value == nil then
    errors.raise(at, {
      message = ("%s is %s, not %s"):format(what, kind.a, said(v)),
      hint = p.choices and "one of " .. shown(p.choices):gsub(",", ", ") or range(p) or kind.such,
    })
  end
  local accepted, near = refused(p, value)
  if accepted then
    errors.raise(at, {
      message = ("%s is %s, not %s"):format(what, accepted, said(v)),
      hint = near,
    })
  end
  return value
end

--- What $name is in expressions: a text, or nil for what has no place there.
function param.literal(p, value)
  local literal = kinds[p.kind].literal
  return literal and value ~= nil and literal(value) or nil
end

--- Must it be given?
function param.is_required(p)
  return p.value == nil and p.kind ~= "where"
end

--- Its line in --help: name, kind, default, what it is for and what is accepted.
function param.help(p, name)
  local limits = p.choices and shown(p.choices):gsub(",", ", ") or range(p)
  return { name, p.kind, param.is_required(p) and "(needed)" or p.value == nil and ""
    or shown(p.default), p.about .. (limits and " (" .. limits .. ")" or "") }
end

--- Is this a parameter?
function param.is(v)
  return getmetatable(v) == mt
end

local function bound(p, what, side, v, at)
  local n = v
  if v ~= nil then
    n = kinds[p.kind == "list" and "integer" or p.kind].read(v)
    if n == nil then
      errors.raise(at, { message = ("%s of %s is %s, not '%s'"):format(side, what,
        kinds[p.kind].a, core.safe(tostring(v))), hint = kinds[p.kind].such })
    end
  end
  return n
end

-- Which of the options does this kind have?
local function check_options(kind, what, t, at)
  schema.keys(at, what, t, { "min", "max", "choices" })
  if not kinds[kind].ranged and (t.min ~= nil or t.max ~= nil) then
    errors.raise(at, { message = what .. " has no min or max",
      hint = "they are for durations, integers, lists and sizes" })
  elseif not kinds[kind].chosen and t.choices ~= nil then
    errors.raise(at, { message = what .. " has no choices", hint = "ks.param.choice has" })
  elseif kind == "choice" and t.choices == nil then
    errors.raise(at, { message = what .. " needs choices",
      hint = 'such as choices = { "read", "write" }' })
  elseif t.choices ~= nil and (type(t.choices) ~= "table" or #t.choices == 0
    or not list_of(t.choices, {})) then
    errors.raise(at, { message = ("choices of %s are a list of texts or numbers"):format(what) })
  end
end

local function new(kind, t, at)
  local what = "ks.param." .. kind
  if type(t) ~= "table" then
    errors.raise(at, { message = ("%s takes a table, not a %s"):format(what, type(t)),
      hint = ('%s { default, "what it is for" }'):format(what) })
  end
  check_options(kind, what, t, at)
  if t[1] == nil then
    errors.raise(at, { message = what .. " has no default",
      hint = "false, but of a boolean, is for one that must be given" })
  elseif type(t[2]) ~= "string" then
    errors.raise(at, { message = what .. " needs a text that says what it is for",
      hint = ('%s { default, "what it is for" }'):format(what) })
  elseif #t > 2 then
    errors.raise(at, { message = ("%s takes a default and a text, not %d entries"):format(what,
      #t) })
  end
  count = count + 1
  local p = { kind = kind, default = t[1], about = t[2], min = t.min, max = t.max,
    choices = t.choices, order = count }
  p.low, p.high = bound(p, what, "min", t.min, at), bound(p, what, "max", t.max, at)
  if t[1] ~= false or kind == "boolean" then
    p.value = param.read(p, "the default of " .. what, t[1], at)
  end
  return setmetatable(p, mt)
end

--- ks.param, a function for each kind.
param.kinds = setmetatable({}, {
  __index = function(_, name)
    errors.raise(errors.script(), {
      message = ("there is no ks.param.%s"):format(core.safe(tostring(name))),
      hint = type(name) == "string" and core.nearest(name, kind_names)
        or "kinds are " .. table.concat(kind_names, ", "),
    })
  end,
})
for _, kind in ipairs(kind_names) do
  param.kinds[kind] = function(t)
    return new(kind, t, errors.caller(2))
  end
end

return param
