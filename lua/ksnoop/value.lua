--- Structs, unions and arrays as scripts see them: views on bytes, typed by BTF. What a member is
--- becomes code when the member is asked for first.
local ffi = require "ffi"
local access = require "ksnoop.access"
local core = require "ksnoop.core"
local errors = require "ksnoop.error"
local format = require "ksnoop.format"
local lease = require "ksnoop.lease"

local C = core.C
local PLACE, TIME, THERE, COUNT, BYTES = lease.PLACE, lease.TIME, lease.THERE, lease.COUNT,
  lease.BYTES
local floor = math.floor
local lua_type = type

local value = {}

-- What a view's code begins with: a borrowed view looks on its clock, a copy has its own bytes.
local heads = {
  borrowed = { ("if v[%q] ~= clock[0] then return over() end"):format(TIME),
    ("v[%q]"):format(PLACE), ("v[%q]"):format(TIME) },
  kept = { "", ("cast(bytes, v[%q])"):format(BYTES), "0" },
}
local shared = { clock = lease.clock, over = lease.over, bytes = ffi.typeof "const uint8_t *",
  floor = floor, min = math.min }

local function type_name(types, id)
  return core.text(function(buf, n) return C.ks_type_name(types, id, buf, n) end)
end

local function as_table(p)
  return { name = ffi.string(p.name), kind = p.kind, shape = p.shape, bit = p.bit, bits = p.bits,
    is_signed = p.is_signed, is_char = p.is_char, offset = p.offset, size = p.size,
    type_id = p.type_id, count = p.count }
end

local function whole_of(types, id, at)
  local whole = ffi.new "struct ks_part"
  if C.ks_type_whole(types, id, whole, core.error) < 0 then
    errors.raise_core(at, core.error)
  end
  return as_table(whole)
end

-- The parts of a type as tables: its members, or one element.
local function parts_of(types, id, at)
  local e, cap = core.error, 64
  local list = ffi.new("struct ks_part[?]", cap)
  local n = C.ks_type_parts(types, id, list, cap, e)
  if n > cap then
    list = ffi.new("struct ks_part[?]", n)
    n = C.ks_type_parts(types, id, list, n, e)
  end
  if n < 0 then
    errors.raise_core(at, e)
  end
  local parts = {}
  for i = 0, n - 1 do
    parts[i + 1] = as_table(list[i])
  end
  return parts
end

local function no_part(type, what, hint)
  errors.raise(errors.script(), { message = type.name .. " " .. what, hint = hint })
end

local function missing(type, part, there)
  no_part(type, ("was captured up to byte %d: '%s' lies behind"):format(there, part))
end

-- The statements that return a part of a view of one kind ("borrowed" or "kept"), of which `left`
-- bytes are there; how many of them it takes; what makes the values that are in it.
local function reading(type, kind, part, whole)
  if part.kind == C.KS_CHARS then -- as much as is there
    return ("local s = cast(chars, p + %d) return string(s, strnlen(s, %s))"):format(part.offset,
      part.size > 0 and ("min(left, %d)"):format(part.size) or "left"), math.min(part.size, 1)
  elseif part.kind ~= C.KS_VALUE then
    local body, need = access.scalar(part, whole)
    return body, need - part.offset
  end
  local there = part.size > 0 and ("min(left, %d)"):format(part.size) or "left"
  local inner, count = value.of_part(type, part)
  if not count then -- as many as there are
    count = inner.stride > 0 and ("floor(left / %d)"):format(inner.stride) or 0
  end
  return ("return make(p + %d, %s, %s, %s)"):format(part.offset, heads[kind][3], there, count),
    math.min(part.size, 1), inner[kind]
end

local function compile(head, text, own)
  for name, v in pairs(shared) do
    own[name] = v
  end
  return access.compile(head, text, own)
end

-- Reads a member.
local function member(type, kind, part)
  local body, need, make = reading(type, kind, part, type.size)
  return compile("v", ([[
    %s
    local left = v[%q] - %d
    if left < %d then return missing(v[%q]) end
    local p = %s
    %s]]):format(heads[kind][1], THERE, part.offset, need, THERE, heads[kind][2], body), {
      make = make,
      missing = function(there) return missing(type, part.name, there) end,
    })
end

-- Reads an element by its index.
local function element(type, kind)
  local body, need, make = reading(type, kind, type.element, type.stride)
  return compile("v, i", ([[
    %s
    if not (i >= 0 and i < v[%q] and floor(i) == i) then return outside(i, v[%q]) end
    local left = v[%q] - i * %d
    if left < %d then return missing(i, v[%q]) end
    local p = %s + i * %d
    %s]]):format(heads[kind][1], COUNT, COUNT, THERE, type.stride, need, THERE, heads[kind][2],
      type.stride, body), {
      make = make,
      missing = function(i, there) return missing(type, i, there) end,
      outside = function(i, count)
        no_part(type, ("has no element %s"):format(tostring(i)),
          count > 0 and ("its elements are 0 to %d"):format(count - 1) or "it is empty")
      end,
    })
end

local function unknown(type, name)
  if type.element then
    no_part(type, ("has no element '%s'"):format(core.safe(tostring(name))),
      "elements are counted from 0: a[0]")
  end
  local names = {}
  for i, part in ipairs(type.parts) do
    names[i] = part.name
  end
  no_part(type, ("has no member '%s'"):format(core.safe(tostring(name))),
    core.nearest(tostring(name), names))
end

local function single() return 1 end

-- Members' readers by name, each made when it is asked for.
local function members(type, kind)
  return setmetatable({ [" type"] = function() return type end, [" weight"] = single }, {
    __index = function(readers, name)
      local part = type.by_name[name]
      if part then
        readers[name] = member(type, kind, part)
        return readers[name]
      end
    end,
  })
end

local function next_member(state)
  local type, v = state.type, state.v
  local there = v[THERE]
  repeat
    state.i = state.i + 1
    local part = type.parts[state.i]
    -- What was not captured is left out.
    local first = part and type.by_name[part.name] == part -- of two with one name
    if first and part.offset + math.max(part.size, 1) <= there then
      return part.name, v[part.name]
    end
  until not part
end

local function next_element(v, i)
  i = i + 1
  if i < v[COUNT] and (i + 1) * v[" type"].stride <= v[THERE] then
    return i, v[i]
  end
end

local place_of

-- The metatable of a type's views of one kind.
local function behaviour(type, kind)
  local mt = {
    __newindex = function()
      errors.raise(errors.script(), { message = "a value can't be changed" })
    end,
    __tostring = function(v) return value.text(type, v) end,
  }
  if type.element then
    local read
    mt.__index = function(v, i)
      local n = lua_type(i) ~= "string" and tonumber(i)
      if n then
        read = read or place_of(type, v) and element(type, kind)
        return read(v, n)
      end
      return i == " type" and type or unknown(type, i)
    end
    mt.__len = function(v)
      return v[COUNT]
    end
    mt.__pairs = function(v) return next_element, v, -1 end
    mt.__ipairs = mt.__pairs
  else
    local readers = members(type, kind)
    mt.__index = function(v, name)
      local read = rawget(readers, name)
      if not read then
        place_of(type, v) -- raises when it is over
        read = readers[name]
      end
      if read then
        return read(v)
      end
      return unknown(type, name)
    end
    mt.__pairs = function(v) return next_member, { type = type, v = v, i = 0 } end
  end
  return mt
end

local made, lent = {}, {} -- by BTF and type id

--- What values of a type are: { borrowed =, kept = } make views of it, by place, time, bytes there
--- and elements: of bytes that somebody else has, or of a copy of its own.
--- elements: they are arrays of that type, whose length the type does not say
function value.of(trace, types, id, elements)
  local key = ("%s %d %s"):format(tostring(types), id, elements and "[]" or "")
  if made[key] then
    return made[key]
  end
  local at = errors.script()
  local whole = whole_of(types, id, at)
  local type = { trace = trace, types = types, id = id, elements = elements or false,
    name = type_name(types, id) .. (elements and "[]" or ""), size = whole.size, by_name = {} }
  if elements then
    type.element, type.stride = whole, whole.size
    type.is_text = whole.is_char
  else
    type.parts = parts_of(types, id, at)
    if whole.shape == C.KS_ARRAY then
      type.element, type.stride = type.parts[1], type.parts[1].size
    end
    for _, part in ipairs(type.parts) do
      type.by_name[part.name] = type.by_name[part.name] or part
    end
  end
  type.borrowed = ffi.metatype(ffi.typeof(
    "struct { const uint8_t *$; int64_t $; uint32_t $, $; }", PLACE, TIME, THERE, COUNT),
    behaviour(type, "borrowed"))
  local copy = ffi.metatype(ffi.typeof("struct { uint32_t $, $; uint8_t $[?]; }", THERE, COUNT,
    BYTES), behaviour(type, "kept"))
  function type.kept(place, _, there, count)
    local v = ffi.new(copy, there, there, count)
    ffi.copy(v[BYTES], place, there)
    return v
  end
  made[key] = type
  return type
end

--- A trace that is closed has none: the addresses of its types may be another's.
function value.forget(trace)
  for key, type in pairs(made) do
    if type.trace == trace then
      made[key] = nil
    end
  end
  lent = {}
end

--- The type of a part that is a value itself, and how many elements it has; nil: as many as there
--- are bytes.
function value.of_part(type, part)
  if part.shape == C.KS_ARRAY and part.count == 0 then
    local one = parts_of(type.types, part.type_id, errors.script())[1]
    return value.of(type.trace, type.types, one.type_id, true)
  end
  return value.of(type.trace, type.types, part.type_id), part.count
end


--- A value of a type for a function of the script's: a view, or what a number is in Lua.
--- place: where its bytes lie; left: how many may be read there
--- is_kept: they may be gone when the view still is there, which then gets a copy
--- nil: it has more bytes than that
function value.lend(trace, types, id, place, left, is_kept)
  local key = ("%s %d"):format(tostring(types), id)
  local t = lent[key]
  if not t then
    t = whole_of(types, id, errors.script())
    if t.shape == C.KS_SCALAR then
      t.read = access.compile("p", access.scalar(t, t.size), {})
    else
      t.type = value.of(trace, types, id)
    end
    lent[key] = t
  end
  if t.size > left then
    return nil
  elseif t.read then
    return t.read(place)
  elseif is_kept then
    return t.type.kept(place, 0, t.size, 0)
  end
  return t.type.borrowed(place, lease.clock[0], t.size, 0)
end

local u8 = ffi.typeof "const uint8_t *"

-- Where a view's bytes lie, while they are there.
function place_of(type, v)
  if ffi.istype(type.borrowed, v) then
    if v[TIME] ~= lease.clock[0] then
      lease.over()
    end
    return v[PLACE]
  end
  return ffi.cast(u8, v[BYTES])
end

--- A copy of a view, which lasts; of a copy itself.
function value.copy(type, v)
  local place = place_of(type, v)
  return ffi.istype(type.borrowed, v) and type.kept(place, 0, v[THERE], v[COUNT]) or v
end

-- The part that a name or an index stands for, and how many bytes behind the whole's start it lies.
local function part_of(type, v, name)
  if type.element then
    local _ = v[name] -- says what is wrong
    return type.element, name * type.stride
  end
  local part = type.by_name[name] or unknown(type, name)
  return part, part.offset
end

--- Is it known that what a table stands for can be shown by a spec?
function value.fits(what, spec)
  return what.specs and what.specs[spec]
end

--- Notes what the core said of that, or raises it.
function value.check(what, spec, answer)
  if answer < 0 then
    errors.raise_core(errors.script(), core.error, spec)
  end
  what.specs = what.specs or {}
  what.specs[spec] = true
end

--- How a printer shows a view, or its member or element `name`.
--- spec: as in a template, or nil
function value.text(type, v, name, spec)
  local place, there, shown, part = place_of(type, v), v[THERE], type, nil
  if name ~= nil then
    local offset
    part, offset = part_of(type, v, name)
    if part.bits > 0 then -- as an integer of its type
      place, there = ffi.cast(u8, ffi.new("int64_t[1]", v[name])), part.size
    else
      place, there = place + offset, math.max(there - offset, 0)
      there = part.size > 0 and math.min(there, part.size) or there
    end
    shown = part.kind == C.KS_VALUE and value.of_part(type, part)
      or { id = part.type_id, elements = false }
  end
  if spec and not value.fits(part or type, spec) then
    value.check(part or type, spec, C.ks_value_fits(type.trace, type.types, shown.id,
      shown.elements, spec, core.error))
  end
  local text = core.text(function(buf, n)
    return C.ks_value_text(type.trace, type.types, shown.id, shown.elements, place, there, spec,
      buf, n)
  end)
  if not format.has(type.trace) then
    return text
  end
  local is_kept = not ffi.istype(type.borrowed, v)
  return format.fill(type.trace, text, false, function(id, at)
    return value.lend(type.trace, type.types, id, place + at, there - at, is_kept)
  end, name == nil and v or nil)
end

return value
