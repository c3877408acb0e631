--- Numbers as people read them: sizes, durations, thousands. As core/format.c has them for events.
local ffi = require "ffi"

local human = {}

--- All digits of a whole number, also of a 64-bit one; of another as many as tell it apart.
function human.digits(v)
  if type(v) == "cdata" then
    return (tostring(v):match "^-?%d+")
  elseif v % 1 == 0 and math.abs(v) <= 2 ^ 64 then
    return ("%.0f"):format(v)
  end
  return ("%.17g"):format(v)
end

-- At most so many digits that say something; "1.0" is "1" when there are only two.
local function rounded(d, digits)
  local decimals = math.max(0, digits - 1 - math.floor(math.log10(math.max(d, 1)) + 1e-9))
  local s = ("%." .. decimals .. "f"):format(d)
  return decimals > 0 and s:gsub("%.?0+$", "") or s
end

local function scaled(v, factor, limit, names)
  local d, i = v, 1
  while d >= (i == 1 and factor or limit) and i < #names do
    d, i = d / factor, i + 1
  end
  return d, names[i], i == 1
end

--- Bytes: 512, 4.0K, 17M. digits: at most that many, and no zeros behind the point: 4K.
function human.size(v, digits)
  local n = tonumber(v)
  local d, name, plain = scaled(math.abs(n), 1024, 1023.5, { "", "K", "M", "G", "T", "P", "E" })
  local sign = n < 0 and "-" or ""
  if plain then
    return sign .. (d % 1 == 0 and ("%.0f"):format(d) or ("%.1f"):format(d))
  elseif digits then
    return sign .. rounded(d, digits) .. name
  end
  return sign .. (d < 9.95 and "%.1f" or "%.0f"):format(d) .. name
end

--- Nanoseconds: 830ns, 1.20ms, 15.3s. digits: as above.
function human.dur(v, digits)
  local n = tonumber(v)
  local d, name, plain = scaled(math.abs(n), 1000, 999.5, { "ns", "us", "ms", "s" })
  local sign = n < 0 and "-" or ""
  if digits then
    return sign .. rounded(d, digits) .. name
  end
  return sign .. ((plain or d >= 99.95) and "%.0f" or d >= 9.995 and "%.1f" or "%.2f"):format(d)
    .. name
end

--- A number with its thousands apart, a fraction with three decimals at most.
function human.number(v)
  if type(v) == "cdata" or v % 1 == 0 then
    local digits = human.digits(v)
    local sign, rest = digits:match "^(-?)(%d+)$"
    if not rest then
      return digits
    end
    local head = #rest % 3
    local groups = rest:sub(head + 1):gsub("(%d%d%d)", ",%1")
    return sign .. (head == 0 and groups:sub(2) or rest:sub(1, head) .. groups)
  end
  local d = math.abs(v)
  if d == math.huge then -- a bound of what has none
    return tostring(v)
  elseif d >= 1000 then -- what is behind the point says nothing any more
    return human.number(v < 0 and math.ceil(v - 0.5) or math.floor(v + 0.5))
  end
  return d < 0.001 and ("%.3g"):format(v) or (("%.3f"):format(v):gsub("%.?0+$", ""))
end

local function hexadecimal(v)
  if type(v) == "number" then
    v = v < 0 and ffi.cast("uint64_t", ffi.cast("int64_t", v)) or ffi.cast("uint64_t", v)
  end
  return "0x" .. bit.tohex(ffi.cast("uint64_t", v)):gsub("^0+(.)", "%1")
end

--- The specs of templates that numbers in rows have.
human.specs = { size = human.size, dur = human.dur, x = hexadecimal }

--- A number in a unit, "size" or "dur", or without one.
function human.value(v, of)
  return (human.specs[of] or human.number)(v)
end

local estimates = { count = true, sum = true }

--- What stands in front of a figure ("count", "max", "p99") of sampled hits: counts and sums are
--- estimates.
function human.mark(figure, sampled)
  return sampled and estimates[figure] and "~" or ""
end

return human
