--- The rows of an aggregation with time slots, for people: a line over time for each key; of
--- histograms a map of time and value.
local chart = require "ksnoop.chart"
local grid = require "ksnoop.grid"
local human = require "ksnoop.human"
local series = require "ksnoop.series"
local terminal = require "ksnoop.terminal"

local rows_over = {}

local LEAST = 8 -- columns of a picture, however narrow the terminal is

-- When the first and the last slot began. That is where the kernel's clock is even, and people's
-- need not be: what is behind the point says little.
local function span(set, width)
  local keep = set.series.slot >= 1e9 and "" or "%1"
  local first = set.first:gsub("(%.%d%d%d)%d+$", keep)
  local last = set.last:gsub("(%.%d%d%d)%d+$", keep)
  return ("%s to %s, %s a column"):format(first, last, human.dur(width, 3))
end

-- The number that a line is drawn of.
local function height(set, value)
  return tonumber(set.kind == "stats" and value.avg or value)
end

-- One row's line, as high as its own highest, nothing where nothing came; and what that is.
local function line_of(set, cells, columns)
  local low, high = 0, 0
  for _, value in pairs(cells) do
    low, high = math.min(low, height(set, value)), math.max(high, height(set, value))
  end
  local marks, line = terminal.heights(), {}
  for i = 1, columns do
    line[i] = cells[i] == nil and " "
      or terminal.mark(marks, high > low and (height(set, cells[i]) - low) / (high - low) or 0)
  end
  return terminal.paint("bar", table.concat(line)), high
end

--- Adds a table of what rows come to, with a line behind each.
--- rows: lists of texts, the first of them the heads; the row i + 1 is that of set.rows[i]
--- lefts: the columns that begin on the left; shown: the text of a number
function rows_over.add_lines(out, set, rows, lefts, shown)
  if set.series.count == 0 then -- none had room
    return grid.add(out, rows, lefts)
  end
  local narrow, taken = {}, 0
  grid.add(narrow, rows, lefts)
  for _, line in ipairs(narrow) do
    taken = math.max(taken, grid.width(line) + 8) -- and what stands below MOST
  end
  local cells, columns, width = series.columns(set.series, math.max(LEAST, set.width - taken - 2))
  local last = #rows[1] + 1
  rows[1][last], rows[1][last + 1], lefts[last + 1] = terminal.paint("head", "MOST"), "", true
  for i in ipairs(set.rows) do
    local line, most = line_of(set, cells[i], columns)
    rows[i + 1][last], rows[i + 1][last + 1] = shown(most), line
  end
  grid.add(out, rows, lefts)
  out[#out + 1] = "  " .. span(set, width)
end

--- Adds a map for each row. title: what stands above that of a row, nil for nothing
function rows_over.add_maps(out, set, title)
  local maps, margin = {}, 0
  for i, row in ipairs(set.rows) do
    maps[i] = chart.map(row.value, set.buckets, set.unit, set.sampled)
    margin = math.max(margin, maps[i].margin)
  end
  local cells, columns, width = series.columns(set.series, math.max(LEAST, set.width - margin))
  for i, row in ipairs(set.rows) do
    local above = title(row)
    if above then
      out[#out + 1] = (i > 1 and "\n" or "") .. "  " .. above
    end
    local most = maps[i].add(out, cells[i], columns)
    out[#out + 1] = ("  %s, %s is %s"):format(span(set, width),
      terminal.shades[#terminal.shades], most)
    out[#out + 1] = "  " .. chart.summary(row.value, set.unit, set.sampled)
  end
end

return rows_over
