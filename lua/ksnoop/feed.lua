--- The way of one event into an aggregation in Lua, as one function without loops, which LuaJIT
--- compiles together with the loop over events.
local ffi = require "ffi"
local access = require "ksnoop.access"
local core = require "ksnoop.core"
local errors = require "ksnoop.error"
local human = require "ksnoop.human"
local key = require "ksnoop.key"
local view = require "ksnoop.view"

local C = core.C
local feed = {}

--- When a time slot began, as people and as machines are told; without a trace since then.
--- @param ns number since the trace's start, or before
function feed.slot_texts(trace, ns)
  if not trace.now then
    return human.dur(ns)
  end
  local wall = C.ks_start_wall(trace.handle) + ffi.cast("int64_t", ns)
  local text = os.date("%H:%M:%S", tonumber(wall / 1000000000ULL))
  local rest = tonumber(wall % 1000000000ULL)
  return rest > 0 and ("%s.%06.0f"):format(text, math.floor(rest / 1000)) or text,
    human.digits(wall)
end

-- A stack in JSON, from the text that a script has it as: a frame a line.
local function stack_json(text)
  local frames = {}
  for frame in text:gmatch "[^\n]+" do
    frames[#frames + 1] = core.json_string(frame)
  end
  return "[" .. table.concat(frames, ",") .. "]"
end

-- A part of a key as a printer shows it, where the bare value would say less.
local function texts(self, column, e, v)
  if column.is_slot then
    return feed.slot_texts(self.trace, v)
  elseif v == nil or column.f then
    return nil
  end
  local _, is_event = view.is(e)
  if is_event then
    local name = column.field or column.name
    local text, kind = view.text(e, name, column.spec), view.kind(e, name)
    local json
    if kind == C.KS_STACK or kind == C.KS_USTACK then
      return text, stack_json(v)
    elseif kind == C.KS_PTR then
      json = '"' .. human.specs.x(v) .. '"'
    end
    return text ~= tostring(v) and text or nil, json
  end
  local spec = human.specs[column.spec]
  return spec and type(v) ~= "string" and type(v) ~= "boolean" and spec(v) or nil
end

local function wrong_value(self, v)
  errors.raise(self.at, {
    message = ("the value of ks.%s is a %s, not a number"):format(self.kind, type(v)),
  })
end

local function wrong_key(self, column, v)
  errors.raise(self.at, {
    message = ("the key '%s' of ks.%s is a %s: it takes a number, a string or a boolean"):format(
      column.name, self.kind, type(v)),
    hint = 'ks.text(e, "name") makes a text of any value',
  })
end

local function no_time(self)
  errors.raise(self.at, { message = "over needs events with a time, and this has none" })
end

-- A test's value as the kernel adds it: with 64 bits, of which a sum has no more than that.
local function wrapped(store, v)
  if ffi.istype("uint64_t", v) then
    store.is_unsigned = true
    return ffi.cast("int64_t", v)
  end
  return v
end

--- Makes the function that adds an event, or a table with the same names, to self.store.
function feed.new(self)
  local lines, atoms, values = {}, {}, {}
  local function add(line, ...)
    lines[#lines + 1] = line:format(...)
  end
  for i, c in ipairs(self.keys) do
    if c.is_slot then
      add("local v%d = e.time or no_time(self) v%d = floor(v%d / %d) * %d", i, i, i, self.over_ns,
        self.over_ns)
    elseif c.f then
      add("local v%d = keys[%d].f(e)", i, i)
    else
      add("local v%d = e[%q]", i, c.field or c.name)
    end
    add("local a%d = v%d", i, i)
    add("if type(a%d) ~= 'string' or byte(a%d) == 0 then", i, i)
    add("local t%d = type(a%d)", i, i)
    add("if t%d == 'table' or t%d == 'function' then wrong_key(self, keys[%d], v%d) end", i, i, i,
      i)
    add("a%d = atom(a%d) end", i, i)
    atoms[i], values[i] = ("piece(a%d)"):format(i), ("v%d"):format(i)
  end
  if self.value_column then
    add(self.value_column.f and "local v = self.value_column.f(e)" or "local v = e[%q]",
      self.value_column.name)
    add "if type(v) == 'string' or type(v) == 'table' or type(v) == 'function' then"
    add "wrong_value(self, v) end"
    if self.trace.in_lua and not self.in_lua and self.kind ~= "hist" then
      add "if type(v) == 'cdata' then v = wrapped(self.store, v) end"
    end
  end
  add("local id = %s", #self.keys == 0 and "''" or #self.keys == 1 and "a1"
    or table.concat(atoms, " .. "))
  add "local store = self.store"
  if #self.keys > 0 then
    add("if not store.index[id] then fresh(e, id%s) end", ", " .. table.concat(values, ", "))
  end
  add "local w = trace.sampled and type(e) == 'cdata' and e[' weight'] or 1"
  add(self.value_column and "store:add(id, v, w)" or "store:count(id, w)")
  return access.compile("e", table.concat(lines, "\n"), {
    self = self,
    trace = self.trace,
    keys = self.keys,
    type = type,
    floor = math.floor,
    byte = string.byte,
    atom = key.atom,
    piece = key.piece,
    no_time = no_time,
    wrong_key = wrong_key,
    wrong_value = wrong_value,
    wrapped = wrapped,
    -- A key that was not there before: how is it shown?
    fresh = function(e, _, ...)
      local store = self.store
      if store.size < store.max then
        for i, c in ipairs(self.keys) do
          local v = select(i, ...)
          local text, json = texts(self, c, e, v)
          store:show(i, key.atom(v), text, json)
        end
      end
    end,
  })
end

return feed
