--- Options of a trace that both the command line and ks.options have, and how their values are
--- read.
local core = require "ksnoop.core"
local unit = require "ksnoop.unit"

local options = {}

local function number(v)
  local n = type(v) == "string" and v:match "^%d+$" and tonumber(v) or v
  return type(n) == "number" and n % 1 == 0 and n >= 1 and n < 2 ^ 31 and n or nil
end

local function counted(shown, v)
  return ("%s takes a number from 1 on, not '%s'"):format(shown, v)
end

local function yes_no(shown, v)
  return ("%s is true or false, not '%s'"):format(shown, v)
end

local function boolean(v)
  if type(v) == "boolean" then
    return v
  end
end

-- read(v): the value, nil for what is none; wrong(shown, v): the message, and a hint
local rows = {
  buffer = {
    read = function(v)
      local n = unit.size(v)
      return n and n >= 1 and n <= 2 ^ 31 and n or nil
    end,
    wrong = function(_, v)
      return ("'%s' is no size of a ring buffer"):format(v), "such as 64K, 4M or 1G: a power of two"
    end,
  },
  budget = {
    read = function(v)
      local n = tonumber(type(v) == "string" and v:match "^(%d+%.?%d*)%%?$" or v)
      return n and n >= 1 and n <= 100000 and math.floor(n) or nil
    end,
    wrong = function(_, v)
      return ("'%s' is no share of a processor"):format(v),
        "such as 50% (the default) or 200%, from 1% on"
    end,
  },
  color = {
    read = function(v)
      return (v == "auto" or v == "always" or v == "never") and v or nil
    end,
    wrong = function(shown, v)
      return ("%s is auto, always or never, not '%s'"):format(shown, v),
        core.nearest(v, { "auto", "always", "never" })
    end,
  },
  callback_timeout = {
    read = function(v)
      local s = v == "inf" and math.huge or unit.duration(v)
      return s and s >= 0.01 and s or nil
    end,
    wrong = function(_, v)
      return ("'%s' is no time for a function"):format(v),
        "such as 500ms or 5s, from 10ms on; or inf"
    end,
  },
  count = { read = number, wrong = counted },
  duration = {
    read = function(v)
      local s = unit.duration(v)
      return s and s > 0 and s or nil
    end,
    wrong = function(_, v) return ("'%s' is no duration"):format(v), "such as 5s, 100ms or 2m" end,
  },
  fail_on_loss = { read = boolean, wrong = yes_no },
  max_errors = {
    read = function(v)
      local n = v == "inf" and math.huge or tonumber(v)
      return n and n >= 1 and n or nil
    end,
    wrong = function(_, v)
      return ("'%s' is no number of errors"):format(v), "a number from 1 on, or inf"
    end,
  },
  max_lua_mem = {
    read = function(v)
      local n = unit.size(v)
      return n and n >= 2 ^ 24 and n <= 2 ^ 40 and n or nil
    end,
    wrong = function(_, v)
      return ("'%s' is no size of memory"):format(v), "such as 64M or 2G, from 16M on"
    end,
  },
  max_probes = { read = number, wrong = counted },
  no_governor = { read = boolean, wrong = yes_no },
  no_hits = { read = boolean, wrong = yes_no },
  pid = { read = number, wrong = counted },
  self = { read = boolean, wrong = yes_no },
  sort = { read = boolean, wrong = yes_no },
  tid = { read = number, wrong = counted },
  unbuffered = { read = boolean, wrong = yes_no },
  where = {
    read = function(v)
      return type(v) == "string" and v:find "%S" and not v:find "%z" and v or nil
    end,
    wrong = function(shown, v)
      return ("%s takes an expression, not '%s'"):format(shown, v), "such as 'pid > 100'"
    end,
  },
}

--- Their names, sorted.
options.names = {}
for name in pairs(rows) do
  options.names[#options.names + 1] = name
end
table.sort(options.names)

--- Reads a value. shown: what the option is called where it was given.
--- @return value, or nil, message, hint
function options.read(name, v, shown)
  local value = rows[name].read(v)
  if value == nil then
    return nil, rows[name].wrong(shown, core.safe(tostring(v)))
  end
  return value
end

return options
