--- The C core, by FFI: one declaration (cdef.lua, extracted from core/ksnoop.h), one handle.
local ffi = require "ffi"

local ABI = 19
local EXACT = 2 ^ 53

ffi.cdef(require "ksnoop.cdef")

-- Inside the ksnoop program the symbols are its own; as a rock they are in a module beside us.
local function find()
  if pcall(function() return ffi.C.ks_abi end) then
    return ffi.C
  end
  local path, tried = package.searchpath("ksnoop.native", package.cpath)
  if not path then
    error("ksnoop: the native half of the module is not installed:" .. tried, 0)
  end
  return ffi.load(path)
end

local C = find()

if C.ks_abi() ~= ABI then
  error(("ksnoop: the Lua half speaks version %d, the native half %d: install both from one place")
    :format(ABI, C.ks_abi()), 0)
end

local core = { C = C, error = ffi.new "struct ks_error" }

local cap = 4096 -- a new one is filled with zeros
local scratch = ffi.new("char[?]", cap)

--- What fill(a, b, c, d, buf, cap) writes; it returns the length it needs, as core.text's. Makes no
--- closure, so that LuaJIT can compile who calls it.
function core.text4(fill, a, b, c, d)
  local n = tonumber(fill(a, b, c, d, scratch, cap))
  if n >= cap then
    cap = n * 2
    scratch = ffi.new("char[?]", cap)
    n = tonumber(fill(a, b, c, d, scratch, cap))
  end
  return ffi.string(scratch, n)
end

--- The same of fill(a, b, c, buf, cap).
function core.text3(fill, a, b, c)
  local n = tonumber(fill(a, b, c, scratch, cap))
  if n >= cap then
    cap = n * 2
    scratch = ffi.new("char[?]", cap)
    n = tonumber(fill(a, b, c, scratch, cap))
  end
  return ffi.string(scratch, n)
end

--- Calls fill(buf, cap), which returns the length it needs, with as much room as that is.
--- @param room integer|nil bytes it may well need: what needs long is then not asked twice
--- @return string|nil text, nil when fill returned (size_t)-1
function core.text(fill, room)
  if room and room > cap then
    cap = room
    scratch = ffi.new("char[?]", cap)
  end
  local n = tonumber(fill(scratch, cap))
  if n >= 2 ^ 63 then
    return nil
  end
  if n >= cap then
    cap = n * 2
    scratch = ffi.new("char[?]", cap)
    n = tonumber(fill(scratch, cap))
  end
  return ffi.string(scratch, n)
end

--- A C string, or nil for NULL.
function core.string(p)
  return p ~= nil and ffi.string(p) or nil
end

--- "did you mean x?" for a word among candidates, or nil.
function core.nearest(word, candidates)
  local e = ffi.new "struct ks_error"
  C.ks_nearest(word, table.concat(candidates, " "), e)
  local hint = ffi.string(e.hint)
  return hint ~= "" and hint or nil
end

--- A 64-bit value as a number when that is exact, else as it is.
function core.exact(v)
  local n = tonumber(v)
  if n <= EXACT and n >= -EXACT and v == ffi.cast("int64_t", n) then -- 2^53 + 1 rounds to 2^53
    return n
  end
  return v
end

--- Bytes from a kernel, made safe for a terminal.
function core.safe(s)
  return core.text(function(buf, n) return C.ks_safe_string(s, #s, buf, n) end)
end

--- A string as JSON.
function core.json_string(s)
  return '"' .. core.text(function(buf, n) return C.ks_json_string(s, #s, buf, n) end) .. '"'
end

return core
