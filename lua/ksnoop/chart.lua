--- Histograms as people see them: a line with a bar for each bucket, or several beside each other.
local bucket = require "ksnoop.bucket"
local grid = require "ksnoop.grid"
local human = require "ksnoop.human"
local terminal = require "ksnoop.terminal"

local chart = {}

local BAR, SHORT_BAR, MOST = 40, 10, 32 -- MOST: lines of one histogram

local function bar(n, most, width)
  local len = math.floor(tonumber(n) / math.max(tonumber(most), 1) * width + 0.5)
  return terminal.paint("bar", ("#"):rep(math.max(len, n > 0 and 1 or 0)))
end

-- A bound with so many digits; what has no unit is written out.
local function bound(v, unit, digits)
  if unit == "dur" or unit == "size" then
    return human[unit](v, digits)
  end
  return human.value(v, unit)
end

local function label(low, high, unit, digits)
  if low == -math.huge then
    return "below " .. bound(high, unit, digits)
  elseif high - low == 1 then
    return bound(low, unit, digits)
  elseif unit == "dur" or unit == "size" then
    return bound(low, unit, digits) .. ".." .. bound(high, unit, digits)
  end
  return bound(low, unit, digits) .. ".." .. bound(high - 1, unit, digits)
end

-- What is printed of fine buckets: fewer, wider ones that each hold some of them whole.
local function coarser(buckets, lowest, highest)
  if highest - lowest < MOST then
    return buckets, function(number) return number end
  elseif buckets.coarse then
    return bucket.log2(), buckets.coarse
  elseif buckets.step then
    local factor, scale = 1, 1
    while (highest - lowest) / factor >= MOST - 1 do -- 1, 2, 5, 10, 20, ...
      scale = factor == 5 * scale and 10 * scale or scale
      factor = factor == scale and 2 * scale or factor == 2 * scale and 5 * scale or scale
    end
    return bucket.linear(buckets.step * factor),
      function(number) return math.floor(number / factor) end
  end
  return buckets, function(number) return number end
end

-- Counts by the number of a line's bucket; what these buckets are; the first and last of them.
local function lines_of(values, buckets)
  local lowest, highest = math.huge, -math.huge
  for _, value in ipairs(values) do
    lowest = math.min(lowest, value.numbers[1] or lowest)
    highest = math.max(highest, value.numbers[#value.numbers] or highest)
  end
  local wide, number_of = coarser(buckets, lowest, highest)
  local counts, most = {}, {}
  for i, value in ipairs(values) do
    counts[i], most[i] = {}, 0
    for k, number in ipairs(value.numbers) do
      local line = number_of(number)
      counts[i][line] = (counts[i][line] or 0) + value.buckets[k][3]
      most[i] = math.max(most[i], tonumber(counts[i][line]))
    end
  end
  return { counts = counts, most = most, buckets = wide, first = number_of(lowest),
    last = number_of(highest), number_of = number_of }
end

-- As many digits as tell each bound from the next.
local function labels(lines, unit)
  local list
  for digits = 2, 9 do
    local seen, clash = {}, false
    list = {}
    for number = lines.first, lines.last do
      local low, high = lines.buckets.bounds(number)
      local text = bound(low, unit, digits)
      clash, seen[text] = clash or seen[text], true
      list[number] = label(low, high, unit, digits)
    end
    if not clash then
      break
    end
  end
  return list
end

local percentiles = { 50, 90, 99 }

local function count(n, sampled)
  return human.mark("count", sampled) .. human.number(n)
end

--- What a histogram comes to, in a line: its count, average, percentiles and maximum. These but the
--- average are bounds: no more than this. sampled: the count is an estimate, of so many hits.
function chart.summary(value, unit, sampled)
  local words = { "count " .. count(value.count, sampled), "avg " .. bound(value.avg, unit, 3) }
  if sampled then
    table.insert(words, 2, "samples " .. human.number(value.samples))
  end
  for _, percent in ipairs(percentiles) do
    words[#words + 1] = ("p%d %s"):format(percent, bound(value:p(percent), unit, 2))
  end
  words[#words + 1] = "max " .. bound(value.max, unit, 2)
  return table.concat(words, "  ")
end

--- Adds the lines of one histogram.
function chart.add(out, value, buckets, unit, sampled)
  local lines = lines_of({ value }, buckets)
  local names, rows = labels(lines, unit), {}
  for number = lines.first, lines.last do
    local n = lines.counts[1][number] or 0
    rows[#rows + 1] = { names[number], count(n, sampled), "|" .. bar(n, lines.most[1], BAR) }
  end
  grid.add(out, rows, { [3] = true })
  out[#out + 1] = "  " .. chart.summary(value, unit, sampled)
end

-- How many of a histogram fall into each of such lines.
local function counts_in(lines, value)
  local counts = {}
  for k, number in ipairs(value.numbers) do
    local line = lines.number_of(number)
    counts[line] = (counts[line] or 0) + value.buckets[k][3]
  end
  return counts
end

--- A map of one histogram over time: value upwards, time to the right, the darker the more.
--- @return table margin (columns beside the map); add(out, cells, columns), which adds its lines
--- and returns how many the darkest stands for, as a text. cells: histograms by column
function chart.map(value, buckets, unit, sampled)
  local lines = lines_of({ value }, buckets)
  local names, labels_width, counts_width = labels(lines, unit), 0, 0
  for number = lines.first, lines.last do
    labels_width = math.max(labels_width, grid.width(names[number]))
    counts_width = math.max(counts_width, #count(lines.counts[1][number] or 0, sampled))
  end
  local map = { margin = labels_width + counts_width + 8 } -- with what stands between
  function map.add(out, cells, columns)
    local counts, most, rows = {}, 0, {}
    for column, cell in pairs(cells) do
      counts[column] = counts_in(lines, cell)
      for _, n in pairs(counts[column]) do
        most = math.max(most, tonumber(n))
      end
    end
    for number = lines.last, lines.first, -1 do
      local marks = {}
      for column = 1, columns do
        local n = counts[column] and counts[column][number]
        marks[column] = n and terminal.mark(terminal.shades, tonumber(n) / most) or " "
      end
      rows[#rows + 1] = { names[number], count(lines.counts[1][number] or 0, sampled),
        "|" .. terminal.paint_map(marks) .. "|" }
    end
    grid.add(out, rows, { [3] = true })
    return count(most, sampled)
  end
  return map
end

--- Adds the lines of several histograms, beside each other below their names.
function chart.compare(out, names, values, buckets, unit, sampled)
  local lines = lines_of(values, buckets)
  local texts, rows = labels(lines, unit), { { "" } }
  local lefts = {}
  for i, name in ipairs(names) do
    lefts[2 * i + 1] = true
    rows[1][2 * i], rows[1][2 * i + 1] = "", terminal.paint("head", name)
  end
  for number = lines.first, lines.last do
    local row = { texts[number] }
    for i in ipairs(values) do
      local n = lines.counts[i][number] or 0
      row[2 * i] = count(n, sampled)
      row[2 * i + 1] = grid.pad("|" .. bar(n, lines.most[i], SHORT_BAR), -SHORT_BAR - 1)
    end
    rows[#rows + 1] = row
  end
  local function figures(name, of)
    local row = { name }
    for i, value in ipairs(values) do
      row[2 * i], row[2 * i + 1] = "", of(value)
    end
    rows[#rows + 1] = row
  end
  figures("count", function(v) return count(v.count, sampled) end)
  for _, percent in ipairs(percentiles) do
    figures("p" .. percent, function(v) return bound(v:p(percent), unit, 2) end)
  end
  figures("max", function(v) return bound(v.max, unit, 2) end)
  grid.add(out, rows, lefts)
end

return chart
