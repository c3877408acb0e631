--- What a script says of an aggregation: its value, its keys and how they are kept.
local bucket = require "ksnoop.bucket"
local column = require "ksnoop.column"
local core = require "ksnoop.core"
local errors = require "ksnoop.error"
local human = require "ksnoop.human"
local schema = require "ksnoop.schema"
local unit = require "ksnoop.unit"

local definition = {}

local MAX_KEYS, MAX_PARTS = 10240, 8
local options_of = {
  count = { "by", "over", "max", "title" },
  sum = { "by", "over", "max", "title" },
  stats = { "by", "over", "max", "title" },
  hist = { "by", "over", "max", "title", "step", "error" },
}

-- The names of a list's named entries, sorted. They are functions: a string has its name in it.
local function named_functions(what, by, at)
  local names = {}
  for name, v in pairs(by) do
    if type(name) == "string" then
      names[#names + 1] = name
      if type(v) ~= "function" then
        errors.raise(at, {
          message = ("the key '%s' of ks.%s is a %s, not a function"):format(core.safe(name),
            what:sub(4), type(v)),
          hint = type(v) == "string" and ('write it as "%s=%s"'):format(name, v) or nil,
        })
      end
    end
  end
  table.sort(names)
  return names
end

-- The list of keys, from `by`; of ks.count the main entry is a key.
local function keys_of(what, main, by, at)
  if main ~= nil and by ~= nil then
    errors.raise(at, { message = "the key of ks.count is given twice, before by and in it",
      hint = 'several keys are by = { "k1", "k2" }' })
  end
  by = by == nil and main or by
  if type(by) ~= "table" then
    by = { by }
  end
  local list, keys, names = schema.list(at, "by", by), {}, named_functions(what, by, at)
  local n = #list + #names
  if n > MAX_PARTS then
    errors.raise(at, { message = ("a key of more than %d parts"):format(MAX_PARTS) })
  end
  for i, v in ipairs(list) do
    keys[i] = column.new(at, what, "a key", v, n == 1 and "key" or "key" .. i)
    if n > 1 and not keys[i].f and not keys[i].named then
      errors.raise(at, { message = "one of several keys needs a name", text = v, pos = 0, len = #v,
        hint = ("write it as name=%s"):format(v) })
    end
  end
  for _, name in ipairs(names) do
    keys[#keys + 1] = column.new(at, what, "a key", by[name], name)
  end
  return keys
end

local function time_slot(what, over, keys, at)
  local seconds = unit.duration(over)
  local ns = seconds and math.floor(seconds * 1e9 + 0.5)
  if not ns or ns < 1 or ns >= 2 ^ 62 then
    errors.raise(at, {
      message = ("over of %s takes a time, not %s"):format(what, core.safe(tostring(over))),
      hint = 'such as "1s", "100ms", or seconds as a number',
    })
  end
  table.insert(keys, 1, { name = "time", is_slot = true })
  return ns
end

local function check_names(keys, at)
  local seen = { value = true }
  for _, c in ipairs(keys) do
    if seen[c.name] then
      errors.raise(at, {
        message = c.name == "value" and "a key can't be called value: that is what rows have"
          or ("two keys are called '%s'"):format(c.name),
        text = c.text, pos = 0, len = c.text and #c.text or 0,
        hint = c.text and ("another name is given as name=%s"):format(c.expr),
      })
    end
    seen[c.name] = true
  end
end

local function max_of(what, max, at)
  if max == nil then
    return MAX_KEYS
  elseif type(max) ~= "number" or max % 1 ~= 0 or max < 1 or max > 2 ^ 24 then
    errors.raise(at, {
      message = ("max of %s is a number of keys, not %s"):format(what, core.safe(tostring(max))),
      hint = "from 1 to 16777216; what finds no room is counted as (other)",
    })
  end
  return max
end

-- A step: a number, or a text with a unit as expressions have them.
local function step_of(step, at)
  local n = type(step) == "string" and not step:match "^%d+$" and unit.duration(step)
  n = n and math.floor(n * 1e9 + 0.5) or unit.size(step)
  if not n or n < 1 or n > 2 ^ 53 then
    errors.raise(at, {
      message = ("step of ks.hist is a whole number from 1 on, not %s"):format(
        core.safe(tostring(step))),
      hint = 'such as 10, "4K" or "1ms"',
    })
  end
  return n
end

local function error_of(v, at)
  local n = type(v) == "string" and v:match "^(%d+%.?%d*)%%$"
  n = n and tonumber(n) / 100 or type(v) == "number" and v or nil
  if not n or n < 0.001 or n > 0.5 then
    errors.raise(at, {
      message = ("error of ks.hist is from 0.1%% to 50%%, not %s"):format(core.safe(tostring(v))),
      hint = 'such as "1%": buckets are then so narrow that their middle is off by no more',
    })
  end
  return n
end

local function buckets_of(self, options, at)
  if options.step ~= nil and options.error ~= nil then
    errors.raise(at, { message = "ks.hist takes step or error, not both",
      hint = "step makes buckets of one width, error of one precision" })
  elseif options.step ~= nil then
    self.step = step_of(options.step, at)
    return bucket.linear(self.step)
  elseif options.error ~= nil then
    self.sub_bits = bucket.sub_bits(error_of(options.error, at))
    return bucket.log_linear(self.sub_bits)
  end
  return bucket.log2()
end

--- The keys' names in a line.
function definition.names(self)
  local names = {}
  for i, c in ipairs(self.keys) do
    names[i] = c.name
  end
  return table.concat(names, ", ")
end

-- "sum of retval by pid, comm (t.lua:3)"
local function title(self, at)
  local words = { self.kind }
  if self.value_column then
    words[#words + 1] = "of " .. (self.value_column.own and self.value_column.name
      or self.value_column.expr or "a function")
  end
  if #self.keys > 0 then
    local names = {}
    for i, c in ipairs(self.keys) do
      names[i] = c.name
    end
    words[#words + 1] = "by " .. table.concat(names, ", ")
  end
  if at then
    words[#words + 1] = ("(%s:%d)"):format(at.file:match "[^/]*$", at.line)
  end
  return table.concat(words, " ")
end

--- Reads what stands behind ks.count and the like; raises on what is wrong.
--- @return table kind, keys and value_column (column.lua), in_lua, buckets, title, unit; and, for
--- the kernel's half, value, by (texts), max, step, sub_bits, over_ns
function definition.read(kind, options, at)
  local what = "ks." .. kind
  if options == nil then
    options = {}
  elseif type(options) == "string" or type(options) == "function" then
    options = { options }
  elseif type(options) ~= "table" then
    errors.raise(at, { message = ("%s takes a string, a function or a table, not a %s"):format(what,
      type(options)) })
  end
  schema.keys(at, what, options, options_of[kind])
  local list = schema.list(at, what, options)
  if #list > 1 then
    errors.raise(at, { message = ("%s takes one %s, not %d"):format(what,
      kind == "count" and "key" or "value", #list), hint = 'several keys are by = { "k1", "k2" }' })
  elseif kind ~= "count" and #list == 0 then
    errors.raise(at, { message = what .. " needs a value",
      hint = ('such as %s "retval"'):format(what) })
  end
  local self = { kind = kind, by = {}, in_lua = false }
  if kind ~= "count" then
    self.value_column = column.new(at, what, "the value", list[1], "value")
    self.value, self.unit = self.value_column.text, self.value_column.spec
    if self.unit and not human.specs[self.unit] then
      errors.raise(at, { message = ("'%s' is no way to show a number of ks.%s"):format(self.unit,
        kind), hint = "behind | come size, dur or x" })
    end
    if self.value_column.expr == "elapsed" and not self.unit then
      self.unit = "dur"
    end
  end
  self.keys = keys_of(what, kind == "count" and list[1] or nil, options.by, at)
  for i, c in ipairs(self.keys) do
    self.by[i] = c.text
    self.in_lua = self.in_lua or c.f ~= nil
  end
  self.in_lua = self.in_lua or self.value_column ~= nil and self.value_column.f ~= nil
  self.over_ns = options.over ~= nil and time_slot(what, options.over, self.keys, at) or nil
  check_names(self.keys, at)
  self.max = max_of(what, options.max, at)
  self.buckets = kind == "hist" and buckets_of(self, options, at) or nil
  if options.title ~= nil and type(options.title) ~= "string" then
    errors.raise(at, { message = ("a title is a string, not a %s"):format(type(options.title)) })
  end
  self.title = options.title or title(self, at)
  return self
end

--- Why two aggregations can't be merged; nil: they can.
function definition.differ(a, b)
  if a.kind ~= b.kind then
    return ("one is ks.%s, the other ks.%s"):format(a.kind, b.kind)
  elseif definition.names(a) ~= definition.names(b) then
    return ("the keys of one are %s, those of the other %s"):format(
      definition.names(a) ~= "" and definition.names(a) or "none",
      definition.names(b) ~= "" and definition.names(b) or "none")
  elseif a.step ~= b.step or a.sub_bits ~= b.sub_bits then
    return "their histograms have other buckets"
  elseif a.over_ns ~= b.over_ns then
    return "their time slots differ"
  end
end

return definition
