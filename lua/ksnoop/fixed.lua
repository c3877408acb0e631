--- Numbers whose sum does not depend on the order of adding: a whole part of 64 bits and a
--- fraction, counted in 2^-62. Whole numbers are exact up to 63 bits; past that they wrap, as C's
--- do. Of a fraction nothing is rounded that a double of at least 2^-10 has.
local ffi = require "ffi"
local core = require "ksnoop.core"

local floor = math.floor
local int64, uint64 = ffi.typeof "int64_t", ffi.typeof "uint64_t"
local ONE = 2 ^ 62
local LIMIT = 2 ^ 63

local fixed = {
  --- What a fraction has to stay below.
  ONE = ffi.cast(int64, ONE),
}

--- Splits a number: its whole part, rounded down, and its fraction. nil: it has no place in 64 bits
--- with a sign, or is no number.
function fixed.split(v)
  if type(v) == "number" then
    if not (v >= -LIMIT and v < LIMIT) then
      return nil
    end
    local whole = floor(v)
    if whole == v then
      return whole, 0
    elseif v >= 0 then
      return whole, (v - whole) * ONE
    end
    -- v + 1 would be rounded where v is small; this is not.
    local low = fixed.ONE + ffi.cast(int64, (v - (whole + 1)) * ONE)
    if low == fixed.ONE then
      return whole + 1, 0
    end
    return whole, low
  elseif type(v) == "boolean" then -- a _Bool
    return v and 1 or 0, 0
  elseif ffi.istype(int64, v) then
    return v, 0
  elseif ffi.istype(uint64, v) and v < 0x8000000000000000ULL then
    return ffi.cast(int64, v), 0
  end
  return nil
end

--- So many times such a number, times being a whole one.
function fixed.times(whole, low, times)
  local product = tonumber(low) / ONE * times -- below `times`; exact where the fraction is short
  local more = floor(product)
  return ffi.cast(int64, whole) * times + more, ffi.cast(int64, (product - more) * ONE)
end

--- The number again: cdata only where a double would round a whole one.
function fixed.join(whole, low)
  if low == 0 then
    return core.exact(whole)
  end
  return tonumber(whole) + tonumber(low) / ONE
end

return fixed
