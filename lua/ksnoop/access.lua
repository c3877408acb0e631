--- Code that reads one value out of bytes: Lua generated for its kind, place and size, which LuaJIT
--- compiles to a load. Only numbers from BTF and from layouts get into it, never a name.
local bit = require "bit"
local ffi = require "ffi"
local core = require "ksnoop.core"

local C = core.C
local loadstring = loadstring -- a script may put its own there
local ours = debug.getinfo(1, "S").source -- generated code counts as ours in an error's stack

ffi.cdef "size_t strnlen(const char *s, size_t n);"

local access = {}

-- What generated code can use, by name.
local known = {
  cast = ffi.cast,
  string = ffi.string,
  strnlen = ffi.C.strnlen,
  tonumber = tonumber,
  max = math.max,
  min = math.min,
  band = bit.band,
  bor = bit.bor,
  lshift = bit.lshift,
  rshift = bit.rshift,
  arshift = bit.arshift,
  i64 = ffi.typeof "int64_t",
  u64 = ffi.typeof "uint64_t",
  chars = ffi.typeof "const char *",
  f4 = ffi.typeof "const float *",
  f8 = ffi.typeof "const double *",
}
for _, size in ipairs { 1, 2, 4, 8 } do
  known["s" .. size] = ffi.typeof(("const int%d_t *"):format(size * 8))
  known["u" .. size] = ffi.typeof(("const uint%d_t *"):format(size * 8))
end

-- v as a number where that is exact, else as it is.
local function exact(is_signed)
  return (is_signed and "if v <= 0x20000000000000LL and v >= -0x20000000000000LL"
    or "if v <= 0x20000000000000ULL") .. " then return tonumber(v) end return v"
end

local function integer(offset, size, is_signed)
  local load = ("cast(%s%d, p + %d)[0]"):format(is_signed and "s" or "u", size, offset)
  if size < 8 then
    return "return " .. load
  end
  return "local v = " .. load .. " " .. exact(is_signed)
end

-- The one load that reaches all of a bit-field and stays inside the whole: its size, where it
-- begins and the field's first bit in it. nil: there is none.
local function window(f, whole)
  local bytes = math.ceil((f.bit + f.bits) / 8)
  for _, size in ipairs { 1, 2, 4, 8 } do
    if size >= bytes and whole >= size then
      local from = math.min(f.offset, whole - size)
      return size, from, (f.offset - from) * 8 + f.bit
    end
  end
end

-- All bits of a field as an uint64_t, put together byte by byte.
local function gathered(f)
  local parts = {}
  for i = 0, math.ceil((f.bit + f.bits) / 8) - 1 do
    local up = 8 * i - f.bit
    parts[#parts + 1] = ("%s(u64(cast(u1, p + %d)[0]), %d)"):format(
      up < 0 and "rshift" or "lshift", f.offset + i, math.abs(up))
  end
  return "bor(" .. table.concat(parts, ", ") .. ", 0)"
end

local function bit_field(f, whole)
  local size, from, shift = window(f, whole)
  local value
  if size and size <= 4 and f.bits < 32 then
    value = ("cast(u%d, p + %d)[0]"):format(size, from)
    value = f.is_signed
        and ("arshift(lshift(%s, %d), %d)"):format(value, 32 - shift - f.bits, 32 - f.bits)
      or ("band(rshift(%s, %d), %d)"):format(value, shift, 2 ^ f.bits - 1)
    return ("return %s%s"):format(value, f.kind == C.KS_BOOL and " ~= 0" or ""), from + size
  end
  value = size and ("rshift(u64(cast(u%d, p + %d)[0]), %d)"):format(size, from, shift)
    or gathered(f)
  value = ("lshift(%s, %d)"):format(value, 64 - f.bits)
  value = (f.is_signed and "arshift(i64(%s), %d)" or "rshift(%s, %d)"):format(value, 64 - f.bits)
  local need = size and from + size or f.offset + math.ceil((f.bit + f.bits) / 8)
  if f.kind == C.KS_BOOL then
    return ("return %s ~= 0"):format(value), need
  end
  return ("local v = %s %s"):format(value, exact(f.is_signed)), need
end

--- The statements that return the value of a field or part whose bytes lie at p + its offset, p
--- being a const uint8_t *. nil: of such a kind there are none.
--- f: kind, offset, size, is_signed, and of a part bit and bits
--- whole: how many bytes behind p may be read
--- Also returns how many bytes behind p they read.
function access.scalar(f, whole)
  local kind, offset, size = f.kind, f.offset, f.size
  local form = function(text, ...)
    return text:format(...), offset + size
  end
  if f.bits > 0 then
    return bit_field(f, whole)
  elseif kind == C.KS_CHARS then
    return form("local s = cast(chars, p + %d) return string(s, strnlen(s, %d))", offset, size)
  elseif kind == C.KS_BYTES then
    return form("return string(p + %d, %d)", offset, size)
  elseif kind == C.KS_STR then -- without length, NUL, and what tells of a cut
    return form("return string(p + %d, max(min(cast(s4, p + %d)[0] - 1, %d), 0))", offset + 4,
      offset, size - 6)
  elseif kind == C.KS_BOOL then
    return form("return cast(u%d, p + %d)[0] ~= 0", size, offset)
  elseif kind == C.KS_FLOAT then
    return form("return cast(f%d, p + %d)[0]", size, offset)
  elseif kind == C.KS_INT or kind == C.KS_ENUM or kind == C.KS_PTR then
    return form("%s", integer(offset, size, f.is_signed or kind == C.KS_PTR))
  end
end

--- Makes a function of generated code.
--- head: its parameters; body: its statements; more: other names that they may use, with what
--- these stand for
function access.compile(head, body, more)
  local words, values, seen = {}, {}, {}
  for word in body:gmatch "[%a_][%w_]*" do -- those it has: a function can refer to 60 names
    local v = more[word] or known[word]
    if v and not seen[word] then
      seen[word] = true
      words[#words + 1], values[#values + 1] = word, v
    end
  end
  local text = ("local %s = ... return function(%s) %s end"):format(
    #words > 0 and table.concat(words, ", ") or "_", head, body)
  return assert(loadstring(text, ours))(unpack(values))
end

return access
