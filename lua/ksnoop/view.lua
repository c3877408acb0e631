--- Events as scripts see them: names for the bytes of a record, read when asked for.
local ffi = require "ffi"
local access = require "ksnoop.access"
local core = require "ksnoop.core"
local errors = require "ksnoop.error"
local format = require "ksnoop.format"
local lease = require "ksnoop.lease"
local value = require "ksnoop.value"

local C = core.C
local THERE, BYTES = lease.THERE, lease.BYTES
local SLICE = ffi.sizeof "struct ks_slice"
local NILS = ffi.offsetof("struct ks_record", "nils")
local HEAD = ffi.sizeof "struct ks_record" -- where a weight lies

local bytes_t = ffi.typeof "const uint8_t *"
local u4_t = ffi.typeof "const uint32_t *"
local record_t = ffi.typeof "const struct ks_record *"

local view = { copies = 0 } -- copies: that were made, which need their trace for good
local record_of

-- What an event's code begins with, and what it gives to a value inside as its time.
local heads = {
  borrowed = { "if cast(i64, v) ~= clock[0] then return over() end local p = place[0]",
    "clock[0]" },
  kept = { ("local p = cast(bytes, v[%q])"):format(BYTES), "0" },
}
local shared = { clock = lease.clock, place = lease.place, over = lease.over, bytes = bytes_t }

-- A variant's fields as tables, in order and by name; how many bytes they take.
local function fields_of(variant, hidden)
  local list, by_name, size = {}, {}, ffi.sizeof "struct ks_record"
  for i = 0, C.ks_field_count(variant) - 1 do
    local f = C.ks_field(variant, i)
    local field = { index = i, name = core.string(f.name), kind = f.kind, unit = f.unit, bits = 0,
      is_signed = f.is_signed, offset = f.offset, size = f.size, type_id = f.type_id,
      nil_bit = f.nil_bit, count = f.count, is_slice = f.is_slice }
    size = math.max(size, f.offset + f.size)
    if field.name ~= hidden then
      list[#list + 1] = field
      by_name[field.name] = field
    end
  end
  return list, by_name, size
end

local function start_of(event)
  return (tostring(ffi.cast("uint64_t", event.start)))
end

local function value_reading(event, kind, f, names)
  local types, offset = C.ks_types(event.variant), f.offset
  local inner = value.of(event.trace, types, f.type_id, f.is_slice)
  local count, there = f.count, f.size
  if f.is_slice then
    count = ("min(cast(u4, p + %d)[0], %d)"):format(offset, count)
    offset = offset + SLICE
    there = ("%s * %d"):format(count, inner.stride)
    if inner.is_text then
      return ("local s = cast(chars, p + %d) return string(s, strnlen(s, %s))"):format(offset,
        count)
    end
  end
  names.make = inner[kind]
  return ("return make(p + %d, %s, %s, %s)"):format(offset, heads[kind][2], there, count)
end

local function lend(trace, variant, record, size, is_kept)
  local types, place = C.ks_types(variant), ffi.cast(bytes_t, record)
  return function(id, at)
    return value.lend(trace, types, id, place + at, size - at, is_kept)
  end
end

-- The statements that return a field's value; adds to names what only they use.
local function reading(event, kind, f, names)
  if f.unit == C.KS_TIME then
    return ("return tonumber(cast(u8, p + %d)[0] - %s)"):format(f.offset, start_of(event))
  elseif f.kind == C.KS_FUNC then
    function names.func(p)
      return core.string(C.ks_point_func(event.trace, ffi.cast(u4_t, p + f.offset)[0]))
    end
    return "return func(p)"
  elseif f.kind == C.KS_VALUE then
    return value_reading(event, kind, f, names)
  end
  local body = access.scalar(f, f.offset + f.size)
  if body then
    return body
  end
  -- As text, whatever its spec: it prints, compares and is a key.
  function names.text(p)
    local record = ffi.cast(record_t, p)
    local text = core.text4(C.ks_text, event.trace, record, f.index, "")
    if f.kind ~= C.KS_CHANGES or not format.has(event.trace) then
      return text
    end
    return format.fill(event.trace, text, false,
      lend(event.trace, event.variant, record, event.size, kind == "kept"))
  end
  return "return text(p)"
end

local function reader(event, kind, f)
  local names = {}
  local body = reading(event, kind, f, names)
  local is_nil = f.nil_bit < 0 and ""
    or ("if band(cast(u4, p + %d)[0], %d) ~= 0 then return nil end"):format(
      NILS + math.floor(f.nil_bit / 32) * 4, 2 ^ (f.nil_bit % 32))
  for name, v in pairs(shared) do
    names[name] = v
  end
  return access.compile("v", ("%s %s %s"):format(heads[kind][1], is_nil, body), names)
end

local function unknown(event, name)
  local e = ffi.new "struct ks_error"
  if C.ks_field_index(event.variant, tostring(name), e) >= 0 then
    errors.raise(errors.script(), {
      message = ("events of %s carry no '%s'"):format(event.place, name),
      hint = "name it in capture = { ... }",
    })
  end
  errors.raise_core(errors.script(), e)
end

local function behaviour(event, kind)
  local readers = { [" type"] = function() return event end }
  for _, f in ipairs(event.fields) do
    readers[f.name] = reader(event, kind, f)
  end
  -- For how many hits it stands, for aggregations: 1 where none are left out.
  readers[" weight"] = readers.weight and event.by_name.weight.offset == HEAD and readers.weight
    or function() return 1 end
  local function next_field(state)
    state.i = state.i + 1
    local f = event.fields[state.i]
    if f then
      return f.name, state.v[f.name]
    end
  end
  return {
    __index = function(v, name)
      local read = readers[name]
      if read then
        return read(v)
      end
      record_of(event, v) -- raises when it is over
      return unknown(event, name)
    end,
    __newindex = function()
      errors.raise(errors.script(), { message = "an event can't be changed" })
    end,
    __pairs = function(v) return next_field, { v = v, i = 0 } end,
    __tostring = function(v)
      local words = {}
      for i, f in ipairs(event.fields) do
        words[i] = f.name .. "=" .. view.text(v, f.name)
      end
      return table.concat(words, " ")
    end,
  }
end

local taken = 0

-- A type of pointers that have a metatable. What they would point to is never defined: so there is
-- no way to follow them or to count with them.
local function ticket_type(mt)
  local name, ok
  repeat
    taken = taken + 1
    name = ("struct ks_ticket_%d"):format(taken)
    ffi.cdef(name .. ";")
    ok = pcall(ffi.metatype, name, mt) -- not when this state knew another ksnoop before
  until ok
  return ffi.typeof(name .. " *")
end

--- Makes the events of one variant of a probe.
--- @param trace cdata struct ks_trace, started
--- @param variant cdata struct ks_variant
--- @param start uint64_t the trace's start on the boot clock
--- @param place string the probe's place, for messages
--- @param hidden string|nil a field that is not the script's
--- @return table ticket, the type of an event that lasts as lease.lua says: cast(ticket, clock[0]);
--- kept(record), which makes one with bytes of its own
function view.new(trace, variant, start, place, hidden)
  local event = { trace = trace, variant = variant, place = place, start = start }
  event.fields, event.by_name, event.size = fields_of(variant, hidden)
  event.ticket = ticket_type(behaviour(event, "borrowed"))
  local copy
  function event.kept(record)
    copy = copy or ffi.metatype(ffi.typeof("struct { double $; uint8_t $[?]; }", THERE, BYTES),
      behaviour(event, "kept"))
    local v = ffi.new(copy, event.size, event.size)
    ffi.copy(v[BYTES], record, event.size)
    return v
  end
  return event
end

-- An event's record, while there is one.
function record_of(event, v)
  if ffi.istype(event.ticket, v) then
    if ffi.cast("int64_t", v) ~= lease.clock[0] then
      lease.over()
    end
    return ffi.cast(record_t, lease.place[0])
  end
  return ffi.cast(record_t, v[BYTES])
end

-- What an event or value is made of; nil: it is neither.
local function type_of(v)
  if type(v) ~= "cdata" then
    return nil
  end
  local ok, t = pcall(function() return v[" type"] end)
  return ok and type(t) == "table" and t or nil
end

--- A copy of an event or a value, which lasts.
function view.copy(v)
  local t = type_of(v)
  if not t then
    return v
  elseif not t.fields then
    view.copies = view.copies + 1
    return value.copy(t, v)
  end
  local record = record_of(t, v)
  view.copies = view.copies + 1
  return ffi.istype(t.ticket, v) and t.kept(record) or v
end

local sizes = setmetatable({}, { __mode = "k" }) -- of records, by trace and variant

-- How many bytes a variant's records have.
local function size_of(trace, variant)
  local key = tostring(variant)
  local known = sizes[trace] or {}
  sizes[trace] = known
  if not known[key] then
    known[key] = select(3, fields_of(variant))
  end
  return known[key]
end

--- What gives a script's functions the values in a record: see format.fill. They last as events do.
function view.lender(trace, record)
  local variant = C.ks_record_variant(trace, record)
  return lend(trace, variant, record, size_of(trace, variant), false)
end

local function field(t, name)
  return t.by_name[name] or unknown(t, name)
end

--- How a printer shows a field of an event, or a member, an element or all of a value.
--- spec: as in a template; nil: the field's own
function view.text(v, name, spec)
  local t = type_of(v)
  if not t.fields then
    return value.text(t, v, name, spec)
  end
  local record = record_of(t, v)
  local f = field(t, name)
  if spec and not value.fits(f, spec) then
    value.check(f, spec, C.ks_fits(t.trace, t.variant, f.index, spec, core.error))
  end
  local text = core.text4(C.ks_text, t.trace, record, f.index, spec)
  if not format.has(t.trace) then
    return text
  end
  return format.fill(t.trace, text, false,
    lend(t.trace, t.variant, record, t.size, not ffi.istype(t.ticket, v)))
end

--- Why a field of an event is nil, "EFAULT"; nil when it is not.
function view.why(v, name)
  local t = type_of(v)
  local why = core.string(C.ks_why(t.trace, record_of(t, v), field(t, name).index))
  return why ~= "" and why or nil
end

--- The kind of an event's field (enum ks_field_kind).
function view.kind(v, name)
  local t = type_of(v)
  return field(t, name).kind
end

--- Is this an event, or also a value?
function view.is(v)
  local t = type_of(v)
  return t ~= nil, t ~= nil and t.fields ~= nil
end

return view
