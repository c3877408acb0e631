--- Events that are made up, as hits: the values of a table, by the names of arguments, of members
--- behind them and of what expressions have built in.
local ffi = require "ffi"
local core = require "ksnoop.core"
local errors = require "ksnoop.error"
local schema = require "ksnoop.schema"
local words = require "ksnoop.words"

local C = core.C
local made = {}

local address = ffi.new "uint64_t[1]"

-- What goes wrong with an event is said with its number.
function made.refuse(at, i, fields)
  fields.message = ("event %s: %s"):format(i, fields.message)
  errors.raise(at, fields)
end

function made.refuse_core(at, i)
  local hint = ffi.string(core.error.hint)
  made.refuse(at, i, { message = ffi.string(core.error.message),
    hint = hint ~= "" and hint or nil })
end

-- A text for what is a number is a constant: "2ms", "ENOENT", "-EIO".
local function set_constant(self, hit, i, path, text)
  local ok, v = pcall(words.const, self.trace, text, self.at)
  if not ok then
    made.refuse(self.at, i, { message = ("'%s' is a number, and '%s' stands for none"):format(path,
      core.safe(text)), hint = errors.is(v) and v.message or nil })
  elseif C.ks_hit_number(hit, path, v, core.error) < 0 then
    made.refuse_core(self.at, i)
  end
end

local function set_value(self, hit, i, path, v)
  local r
  if type(v) == "string" then
    r = C.ks_hit_text(hit, path, v, #v, core.error)
    if r < 0 and core.error.kind == C.KS_ELITERAL then
      return set_constant(self, hit, i, path, v)
    end
  else
    r = C.ks_hit_number(hit, path, v, core.error)
  end
  if r < 0 then
    made.refuse_core(self.at, i)
  end
end

local set

-- The members of a table, in the order of their names: what fails first is always the same.
local function set_members(self, hit, i, path, t)
  local names = {}
  for name in pairs(t) do
    if type(name) == "string" or type(name) == "number" and path ~= "" then
      if type(name) == "string" then
        schema.text(self.at, ("event %s: a name"):format(i), name)
      end
      names[#names + 1] = name
    elseif type(name) ~= "number" then
      made.refuse(self.at, i, { message = ("an entry is named by a %s"):format(type(name)),
        hint = 'an event is { "vfs_read", count = 100, ... }' })
    end
  end
  table.sort(names, function(a, b) return tostring(a) < tostring(b) end)
  for _, name in ipairs(names) do
    set(self, hit, i, path == "" and name or path .. "." .. name, t[name])
  end
end

-- Lists count from 1, elements from 0.
local function elements(list)
  local t = {}
  for name, v in pairs(list) do
    t[type(name) == "number" and name - 1 or name] = v
  end
  return t
end

-- One table is one object, in all events: what points to it has the same address each time.
local function set_table(self, hit, i, path, v)
  address[0] = self.addresses[v] or 0
  local r = C.ks_hit_memory(hit, path, address, core.error)
  if r < 0 then
    made.refuse_core(self.at, i)
  elseif r == 1 then
    self.addresses[v] = ffi.cast("uint64_t", address[0])
  end
  if not self.setting[v] then -- else it points to itself
    self.setting[v] = true
    set_members(self, hit, i, path, elements(v))
    self.setting[v] = nil
  end
end

local function set_stack(self, hit, i, frames)
  for k, v in ipairs(frames) do
    if type(v) ~= "number" and not ffi.istype("uint64_t", v) then
      made.refuse(self.at, i, { message = ("frame %d of the stack is a %s"):format(k, type(v)),
        hint = "stack = { address, ... }, the innermost first" })
    end
  end
  if C.ks_hit_stack(hit, ffi.new("uint64_t[?]", #frames, frames), #frames, core.error) < 0 then
    made.refuse_core(self.at, i)
  end
end

function set(self, hit, i, path, v)
  local kind = type(v)
  if kind == "table" and path == "stack" then
    set_stack(self, hit, i, v)
  elseif kind == "table" then
    set_table(self, hit, i, path, v)
  elseif kind == "boolean" then
    set_value(self, hit, i, path, v and 1 or 0)
  elseif kind == "number" and v % 1 == 0 and math.abs(v) < 2 ^ 63 or kind == "string"
    or ffi.istype("int64_t", v) or ffi.istype("uint64_t", v) then
    set_value(self, hit, i, path, v)
  else
    made.refuse(self.at, i, { message = ("%s can't be %s"):format(path,
      kind == "number" and tostring(v) or "a " .. kind),
      hint = "values are whole numbers, true and false, texts, and tables of members" })
  end
end

--- A number of ns, or what a text stands for: "2ms".
function made.ns(self, v)
  return ffi.cast("int64_t", type(v) == "string" and words.const(self.trace, v, self.at) or v)
end

--- Gives a hit what an event says, but for its time.
--- @param self table trace, at; addresses and setting, of tables: see test_hits.lua
--- @param i string which event it is, for messages
function made.fill(self, hit, i, event)
  set_members(self, hit, i, "", event)
  if event.pid ~= nil and event.tid == nil then
    set(self, hit, i, "tid", event.pid)
  end
end

--- Gives it a number.
function made.set(self, hit, i, name, v)
  set(self, hit, i, name, v)
end

return made
