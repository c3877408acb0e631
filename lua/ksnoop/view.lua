--- Events as scripts see them: names for the bytes of a record, read when asked for.
local bit = require "bit"
local ffi = require "ffi"
local core = require "ksnoop.core"
local errors = require "ksnoop.error"

local C = core.C
local cast, exact = ffi.cast, core.exact

local pointer = {}
for _, bits in ipairs { "8", "16", "32", "64" } do
  for _, name in ipairs { "int" .. bits .. "_t", "uint" .. bits .. "_t" } do
    pointer[name] = ffi.typeof("const " .. name .. " *")
  end
end

-- bytes -> value, for a field that could be read
local function reader(f, start)
  local off, kind = f.offset, f.kind
  if f.unit == C.KS_TIME then
    local u64 = pointer.uint64_t
    return function(bytes) return tonumber(cast(u64, bytes + off)[0] - start) end
  elseif kind == C.KS_CHARS then
    local size = f.size
    return function(bytes)
      local s = ffi.string(bytes + off, size)
      return s:match "^[^%z]*"
    end
  elseif kind == C.KS_BYTES then
    local size = f.size
    return function(bytes) return ffi.string(bytes + off, size) end
  elseif kind == C.KS_STR then
    local i32, most = pointer.int32_t, f.size - 6 -- without length, NUL, and what tells of a cut
    return function(bytes)
      local n = cast(i32, bytes + off)[0] - 1
      return ffi.string(bytes + off + 4, math.max(math.min(n, most), 0))
    end
  end
  local signed = f.is_signed or kind == C.KS_PTR
  local ctype = pointer[("%sint%d_t"):format(signed and "" or "u", f.size * 8)]
  if kind == C.KS_BOOL then
    return function(bytes) return cast(ctype, bytes + off)[0] ~= 0 end
  elseif f.size == 8 then
    return function(bytes) return exact(cast(ctype, bytes + off)[0]) end
  end
  return function(bytes) return cast(ctype, bytes + off)[0] end
end

local view = {}

--- Makes the events of one variant of a probe: tables whose fields are those of the record they
--- are put over.
--- @param trace cdata struct ks_trace, started
--- @param variant cdata struct ks_variant
--- @param start uint64_t the trace's start on the boot clock
--- @param place string the probe's place, for messages
--- @param hidden string|nil a field that is not the script's
--- @return function over(record) returns the event of a record, good until the next call
function view.new(trace, variant, start, place, hidden)
  local readers, current, bytes, live = {}, nil, nil, nil
  local u8 = pointer.uint8_t

  for i = 0, C.ks_field_count(variant) - 1 do
    local f = C.ks_field(variant, i)
    local name, nil_bit = core.string(f.name), f.nil_bit
    if name == hidden then
      readers[name] = nil
    elseif f.kind == C.KS_FUNC then
      readers[name] = function() return core.string(C.ks_record_func(trace, current)) end
    elseif f.kind == C.KS_INET or f.kind == C.KS_PATH then -- as text: it prints, compares, is a key
      readers[name] = function()
        if nil_bit >= 0 and bit.band(current.nils, bit.lshift(1ULL, nil_bit)) ~= 0 then
          return nil
        end
        return core.text(function(buf, n) return C.ks_text(trace, current, i, nil, buf, n) end)
      end
    elseif nil_bit < 0 then
      readers[name] = reader(f, start)
    else
      local read, mask = reader(f, start), bit.lshift(1ULL, nil_bit)
      readers[name] = function(b)
        if bit.band(current.nils, mask) ~= 0 then
          return nil
        end
        return read(b)
      end
    end
  end

  local function unknown(name)
    local e = ffi.new "struct ks_error"
    if C.ks_field_index(variant, tostring(name), e) >= 0 then
      errors.raise(errors.caller(3), {
        message = ("events of %s carry no '%s'"):format(place, name),
        hint = "name it in capture = { ... }",
      })
    end
    errors.raise_core(errors.caller(3), e)
  end

  local mt = {
    __index = function(event, name)
      local read = readers[name]
      if not read then
        unknown(name)
      end
      if not rawequal(event, live) then
        errors.raise(errors.caller(2), {
          message = "this event is over: it lasts until its function returns",
          hint = "keep the values you need, not the event",
        })
      end
      return read(bytes)
    end,
    __newindex = function()
      errors.raise(errors.caller(2), { message = "an event can't be changed" })
    end,
  }
  -- A new table each time: one that a script kept must not show another event.
  return function(record)
    current = record
    bytes = record and cast(u8, record)
    live = record and setmetatable({}, mt) or nil
    return live
  end
end

return view
