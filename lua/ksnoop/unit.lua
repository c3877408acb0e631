--- Durations and sizes as people write them: "5s", "200ms", "4M", or plain numbers.
local unit = {}

local seconds = { ns = 1e-9, us = 1e-6, ms = 1e-3, s = 1, m = 60, h = 3600 }
local bytes = { [""] = 1, K = 1024, M = 1024 ^ 2, G = 1024 ^ 3 }

local function parse(value, factors, default)
  if type(value) == "number" then
    return value >= 0 and value < math.huge and value or nil
  end
  if type(value) ~= "string" then
    return nil
  end
  local number, suffix = value:match "^(%d+%.?%d*)(%a*)$"
  local factor = number and factors[suffix == "" and default or suffix]
  local n = factor and tonumber(number) * factor
  return n and n < math.huge and n or nil -- hundreds of digits are no number
end

--- Seconds, or nil: "5s", "1.5ms", "2m"; a number is seconds.
function unit.duration(value)
  return parse(value, seconds, "s")
end

--- Bytes, or nil: "64K", "4M"; a number is bytes.
function unit.size(value)
  local n = parse(value, bytes, "")
  return n and n == math.floor(n) and n or nil
end

--- 12345 as "12,345".
function unit.count(n)
  local s = ("%.0f"):format(n)
  local left = #s % 3
  local head = s:sub(1, left)
  local tail = s:sub(left + 1):gsub("(%d%d%d)", ",%1")
  return left == 0 and tail:sub(2) or head .. tail
end

return unit
