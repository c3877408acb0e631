--- The values of ks.stats and ks.hist: what one key's numbers come to.
local core = require "ksnoop.core"
local fixed = require "ksnoop.fixed"

local figure = {}

local mt = {}
mt.__index = mt

--- The value that so many percent of all are not above: the last whole number of its bucket, so
--- that it is exact where a bucket holds one number. nil: there are none.
function mt:p(percent)
  local wanted, seen = tonumber(self.count) * percent / 100, 0
  for i, b in ipairs(self.buckets) do
    seen = seen + tonumber(b[3])
    if seen >= wanted and seen > 0 or i == #self.buckets then
      return b[2] - 1
    end
  end
end

-- A histogram: its buckets as { low, high, count }, from the lowest; high is not in it.
local function from_buckets(value, histograms, row, buckets)
  local numbers, counts = histograms:of(row)
  local list = {}
  for i, number in ipairs(numbers) do
    local low, high = buckets.bounds(number)
    list[i] = { low, high, core.exact(counts[number]) }
  end
  value.buckets, value.numbers = list, numbers
  value.min = list[1] and list[1][1]
  value.max = list[1] and list[#list][2] - 1
  return setmetatable(value, mt)
end

--- What a row of a store comes to: count, sum, samples (hits), avg, min, max, of nothing the last
--- three nil; of a histogram min and max are bounds, and there are buckets and p(percent).
function figure.new(cell, histograms, row, buckets)
  local sum, count = fixed.join(cell.sum, cell.sum_low), core.exact(cell.count)
  local value = { count = count, sum = sum, samples = core.exact(cell.samples) }
  if cell.count ~= 0 then
    value.avg = tonumber(sum) / tonumber(count)
  end
  if histograms then
    return from_buckets(value, histograms, row, buckets)
  elseif cell.count ~= 0 then
    value.min, value.max = fixed.join(cell.min, cell.min_low), fixed.join(cell.max, cell.max_low)
  end
  return value
end

return figure
