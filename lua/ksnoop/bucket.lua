--- How histograms number their buckets. The kernel's programs number them alike, so that rows of
--- both halves are of one histogram. Histograms count whole numbers: 2.7 is 2.
local ffi = require "ffi"
local core = require "ksnoop.core"

local floor, band, rshift = math.floor, bit.band, bit.rshift
local EXACT = 2 ^ 53
local INT = 2 ^ 63

local bucket = {}

-- A double's exponent, without what math.log would round.
local both = ffi.new "union { double number; int32_t half[2]; }"

local function exponent(v) -- of a number from 1 on: floor(log2(v))
  both.number = v
  return band(rshift(both.half[1], 20), 2047) - 1023
end

local int64, uint64 = ffi.typeof "int64_t", ffi.typeof "uint64_t"

local function is_negative(v)
  return ffi.istype(int64, v) and v < 0
end

-- The same of a 64-bit integer, which as a double could become the next power of two.
local function exponent_of_integer(v)
  local high = tonumber(rshift(ffi.cast(uint64, v), 32))
  if high > 0 then
    return exponent(high) + 32
  end
  local low = tonumber(band(ffi.cast(uint64, v), 0xffffffffULL))
  return low > 0 and exponent(low) or -1
end

--- Powers of two: -1 for what is negative, 0 for 0, k for 2^(k-1) up to and without 2^k.
function bucket.log2()
  return {
    kind = "log2",
    --- The number of a value's bucket. nil: it can't be told.
    of = function(v)
      if type(v) == "number" then
        return v >= 1 and exponent(v) + 1 or v >= 0 and 0 or v < 0 and -1 or nil
      end
      return is_negative(v) and -1 or exponent_of_integer(v) + 1
    end,
    --- What a bucket holds: from the first number up to and without the second.
    bounds = function(b)
      if b < 0 then
        return -math.huge, 0
      elseif b == 0 then
        return 0, 1
      end
      return 2 ^ (b - 1), 2 ^ b
    end,
  }
end

--- Each power of two in 2^sub_bits equal parts: a bucket is at most 2^-sub_bits of its values wide,
--- so that its middle is off by at most half of that.
function bucket.log_linear(sub_bits)
  local parts = 2 ^ sub_bits
  return {
    kind = "log_linear",
    sub_bits = sub_bits,
    of = function(v)
      local e, mantissa
      if type(v) == "number" then
        if v < parts or v ~= v then
          return v >= 0 and floor(v) or v < 0 and -1 or nil
        end
        e = exponent(v)
        mantissa = floor(v / 2 ^ (e - sub_bits))
      elseif is_negative(v) then
        return -1
      elseif ffi.cast(uint64, v) < parts then
        return tonumber(v)
      else
        e = exponent_of_integer(v)
        mantissa = tonumber(rshift(ffi.cast(uint64, v), e - sub_bits))
      end
      return (e - sub_bits + 1) * parts + mantissa - parts
    end,
    bounds = function(b)
      if b < 0 then
        return -math.huge, 0
      elseif b < parts then
        return b, b + 1
      end
      local scale = 2 ^ (floor(b / parts) - 1)
      local low = (b % parts + parts) * scale
      return low, low + scale
    end,
    --- The power of two that a bucket lies in, numbered as bucket.log2 does.
    coarse = function(b)
      return b < 0 and -1 or b < parts and (b > 0 and exponent(b) + 1 or 0)
        or floor(b / parts) + sub_bits
    end,
  }
end

--- Equal parts: b holds b * step up to and without (b + 1) * step.
function bucket.linear(step)
  return {
    kind = "linear",
    step = step,
    of = function(v)
      if type(v) ~= "number" then
        local n = core.exact(v)
        if type(n) ~= "number" then -- C divides towards 0
          local q = v / step
          n = core.exact(is_negative(v) and q * step ~= v and q - 1 or q)
          return type(n) == "number" and n or nil
        end
        v = n
      end
      local b = floor(v / step)
      return b <= EXACT and b >= -EXACT and b or nil
    end,
    bounds = function(b)
      local low = b * step
      if low < EXACT and low > -EXACT or low >= INT or low < -INT then
        return low, low + step
      end
      low = ffi.cast(int64, b) * step
      return core.exact(low), core.exact(low + step)
    end,
  }
end

--- How many bits of sub-buckets keep the middle of a bucket so close to its values: 0.01 is 1%.
function bucket.sub_bits(relative_error)
  local s = 0
  while 2 ^ -(s + 1) > relative_error do
    s = s + 1
  end
  return s
end

return bucket
