--- The rows of an aggregation for people: tables, histograms, a script's own template.
local chart = require "ksnoop.chart"
local core = require "ksnoop.core"
local grid = require "ksnoop.grid"
local human = require "ksnoop.human"
local over = require "ksnoop.rows_over"
local terminal = require "ksnoop.terminal"

local rows_text = {}

local value_columns = {
  count = { "count" },
  sum = { "sum" },
  stats = { "count", "avg", "min", "max", "sum" },
}

local function figure(set, value, name)
  local mark = human.mark(name or set.kind, set.sampled)
  if set.kind == "count" or name == "count" then
    return mark .. human.number(type(value) == "table" and value.count or value)
  end
  return mark .. human.value(type(value) == "table" and value[name] or value, set.unit)
end

-- All rows, with that of the keys that found no room.
local function all_rows(set)
  local rows = {}
  for i, row in ipairs(set.rows) do
    rows[i] = row
  end
  if set.other ~= nil then
    rows[#rows + 1] = { texts = { "(other)" }, value = set.other, samples = set.other_samples }
  end
  return rows
end

-- A table: the figures on the left, where they stand below each other however long the keys are.
local function add_table(out, set)
  local names = value_columns[set.kind]
  local head, lefts, before = {}, {}, #names + (set.sampled and 1 or 0)
  for i, name in ipairs(names) do
    head[i] = terminal.paint("head", name:upper())
  end
  head[before] = set.sampled and terminal.paint("head", "SAMPLES") or head[before]
  for i, name in ipairs(set.names) do
    head[before + i], lefts[before + i] = terminal.paint("head", core.safe(name):upper()), true
  end
  local lines = { head }
  for _, row in ipairs(all_rows(set)) do
    local line = {}
    for i, name in ipairs(names) do
      line[i] = figure(set, row.value, name)
    end
    line[before] = set.sampled and human.number(row.samples) or line[before]
    for i in ipairs(set.names) do
      line[before + i] = row.texts[i] or ""
    end
    lines[#lines + 1] = line
  end
  if set.series then
    over.add_lines(out, set, lines, lefts, function(most)
      return figure(set, most)
    end)
  else
    grid.add(out, lines, lefts)
  end
end

local function key_text(set, row, without)
  local words = {}
  for i, name in ipairs(set.names) do
    if row.texts[i] and i ~= without then
      words[#words + 1] = row.texts[i] == "(other)" and row.texts[i]
        or name .. "=" .. row.texts[i]:gsub("\n", " < ")
    end
  end
  return table.concat(words, "  ")
end

local function add_maps(out, set)
  over.add_maps(out, set, function(row)
    return #set.names > 0 and key_text(set, row) or nil
  end)
  if set.other ~= nil then
    out[#out + 1] = "\n  (other)"
    chart.add(out, set.other, set.buckets, set.unit, set.sampled)
  end
end

local function add_histograms(out, set)
  if set.series then
    return add_maps(out, set)
  end
  for i, row in ipairs(all_rows(set)) do
    if #set.names > 0 then
      out[#out + 1] = (i > 1 and "\n" or "") .. "  " .. key_text(set, row)
    end
    chart.add(out, row.value, set.buckets, set.unit, set.sampled)
  end
end

-- Rows that differ only in one key, together: { text =, rows = }, in order.
local function groups(set, part)
  local list, by_text = {}, {}
  for _, row in ipairs(set.rows) do
    local text = key_text(set, row, part)
    if not by_text[text] then
      by_text[text] = { text = text, rows = {} }
      list[#list + 1] = by_text[text]
    end
    table.insert(by_text[text].rows, row)
  end
  return list
end

local function compare_histograms(out, set, part)
  for i, group in ipairs(groups(set, part)) do
    local names, values = {}, {}
    for k, row in ipairs(group.rows) do
      names[k], values[k] = row.texts[part]:gsub("\n.*", ""), row.value
    end
    if group.text ~= "" then
      out[#out + 1] = (i > 1 and "\n" or "") .. "  " .. group.text
    end
    chart.compare(out, names, values, set.buckets, set.unit, set.sampled)
  end
end

-- A line for the other keys, a column for each value of the one that is compared.
local function compare_table(out, set, part)
  local columns, seen = {}, {}
  for _, row in ipairs(set.rows) do
    local text = row.texts[part]
    if not seen[text] then
      columns[#columns + 1], seen[text] = text, true
    end
  end
  local name = set.kind == "stats" and "avg" or set.kind
  local lines = { {} }
  for _, group in ipairs(groups(set, part)) do
    local line = {}
    for _, row in ipairs(group.rows) do
      line[row.texts[part]] = figure(set, row.value, name)
    end
    for c, text in ipairs(columns) do
      line[c], lines[1][c] = line[text] or "-",
        terminal.paint("head", (text:gsub("\n.*", "")))
    end
    line[#columns + 1], lines[1][#columns + 1] = group.text, ""
    lines[#lines + 1] = line
  end
  grid.add(out, lines, { [#columns + 1] = true })
end

local function more(n, one, many)
  return human.number(n) .. " " .. (n == 1 and one or many)
end

--- The rows as lines below their title.
--- compare: the number of a key whose values stand beside each other; nil: none
--- template: of rows (row_template.lua), instead of the usual form; nil: none
function rows_text.text(set, compare, template)
  local out = {}
  if #set.rows == 0 and set.other == nil then
    out[1] = "  " .. terminal.paint("aside", "(nothing)")
  elseif template then
    for _, row in ipairs(all_rows(set)) do
      out[#out + 1] = template(set, row)
    end
  elseif compare then
    (set.kind == "hist" and compare_histograms or compare_table)(out, set, compare)
  else
    (set.kind == "hist" and add_histograms or add_table)(out, set)
  end
  if not template then
    table.insert(out, 1, terminal.paint("title", core.safe(set.title)))
    if set.left > 0 then
      out[#out + 1] = "  " .. terminal.paint("aside", "("
        .. more(set.left, "more key)", "more keys)"))
    end
    if set.unread > 0 then
      out[#out + 1] = "  " .. terminal.paint("aside", "("
        .. more(set.unread, "value was", "values were") .. " not readable)")
    end
  end
  return table.concat(out, "\n") .. "\n"
end

return rows_text
