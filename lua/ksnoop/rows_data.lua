--- The rows of an aggregation for programs: JSON, CSV, folded lines. Numbers are exact there.
local core = require "ksnoop.core"
local csv = require "ksnoop.csv"
local human = require "ksnoop.human"
local key = require "ksnoop.key"

local rows_data = {}

-- null for what is no number: a histogram has no lowest value.
local function number(v)
  if v == nil or (type(v) == "number" and (v ~= v or v == math.huge or v == -math.huge)) then
    return "null"
  end
  return human.digits(v)
end

local function json_value(set, value)
  if type(value) ~= "table" then
    return number(value)
  elseif set.kind == "stats" then
    return ('{"count":%s,"sum":%s,"min":%s,"max":%s,"avg":%s}'):format(number(value.count),
      number(value.sum), number(value.min), number(value.max), number(value.avg))
  end
  local list = {}
  for i, b in ipairs(value.buckets) do
    list[i] = ("[%s,%s,%s]"):format(number(b[1]), number(b[2]), number(b[3]))
  end
  return ('{"count":%s,"sum":%s,"buckets":[%s]}'):format(number(value.count), number(value.sum),
    table.concat(list, ","))
end

local function json_key(set, row)
  local members = {}
  for i, name in ipairs(set.names) do
    local atom, v = row.atoms[i], row.jsons[i]
    if not v then
      local plain = key.value(atom)
      if atom == key.UNREAD then
        v = '{"error":"EFAULT"}'
      elseif type(plain) == "string" then
        v = core.json_string(plain)
      else
        v = type(plain) == "boolean" and tostring(plain) or number(plain)
        v = v == "null" and '"' .. tostring(plain) .. '"' or v -- inf and nan are no JSON
      end
    end
    members[i] = core.json_string(name) .. ":" .. v
  end
  return "{" .. table.concat(members, ",") .. "}"
end

--- One object in a line.
function rows_data.json(set)
  local list = {}
  for i, row in ipairs(set.rows) do
    list[i] = ('{"key":%s,"value":%s%s}'):format(json_key(set, row), json_value(set, row.value),
      set.sampled and ',"samples":' .. number(row.samples) or "")
  end
  return ('{"type":"rows","name":%s,"kind":"%s","rows":[%s],"other":%s,"left":%s,"unread":%s}\n')
    :format(core.json_string(set.title), set.kind, table.concat(list, ","),
      set.other ~= nil and json_value(set, set.other) or "null", number(set.left),
      number(set.unread))
end

local figures = {
  count = { "count" },
  sum = { "sum" },
  stats = { "count", "sum", "min", "max", "avg" },
}

local function csv_number(v)
  local s = number(v)
  return s == "null" and "" or s
end

-- The keys of a row, and behind them a figure each; of a histogram a line a bucket, with the
-- samples of all its buckets.
local function csv_rows(lines, set, texts, value, samples)
  local function line(...)
    local fields = {}
    for i in ipairs(set.names) do
      fields[i] = texts[i] or ""
    end
    for _, v in ipairs { ... } do
      fields[#fields + 1] = csv_number(v)
    end
    fields[#fields + 1] = set.sampled and csv_number(samples) or nil
    lines[#lines + 1] = csv.line(fields)
  end
  if type(value) ~= "table" then
    line(value)
  elseif set.kind == "stats" then
    line(value.count, value.sum, value.min, value.max, value.avg)
  else
    for _, b in ipairs(value.buckets) do
      line(b[1], b[2], b[3])
    end
  end
end

--- A line with the columns' names, then the rows.
function rows_data.csv(set)
  local head = {}
  for i, name in ipairs(set.names) do
    head[i] = name
  end
  for _, name in ipairs(figures[set.kind] or { "low", "high", "count" }) do
    head[#head + 1] = name
  end
  head[#head + 1] = set.sampled and "samples" or nil
  local lines = { csv.line(head) }
  for _, row in ipairs(set.rows) do
    local texts = {}
    for i, c in ipairs(set.columns) do -- a slot's time is a number, as that of events is
      texts[i] = c.is_slot and row.jsons[i] or row.texts[i]
    end
    csv_rows(lines, set, texts, row.value, row.samples)
  end
  if set.other ~= nil then
    csv_rows(lines, set, { "(other)" }, set.other, set.other_samples)
  end
  return table.concat(lines, "\n") .. "\n"
end

-- A function without the place in it, as flame graphs add them up.
local function frame(line)
  return (line:gsub("^([^%[].-)%+0x%x+$", "%1"):gsub("^([^%[].-)%+0x%x+( %[[^%[%]]+%])$", "%1%2"))
end

-- The lines of a stack's text are its frames, which begin with the outermost here.
local function folded_stack(text)
  local frames = {}
  for line in text:gmatch "[^\n]+" do
    table.insert(frames, 1, (frame(line):gsub(";", ":")))
  end
  return table.concat(frames, ";")
end

-- columns: of the keys; nil of what found no room
local function folded_line(columns, texts, value)
  local words = {}
  for i, text in ipairs(texts) do
    local column = columns[i] or {}
    if column.is_stack and column.spec == "fold" then
      words[#words + 1] = text
    elseif column.is_stack or text:find "\n" then
      words[#words + 1] = folded_stack(text)
    else
      words[#words + 1] = text:gsub(";", ":")
    end
    if column.is_stack and words[#words] == "" then -- a stack of no frames is no frame either
      words[#words] = nil
    end
  end
  local line = #words > 0 and table.concat(words, ";") or #texts > 0 and "(empty)" or "all"
  return line .. " " .. csv_number(value)
end

--- Keys with ; between them, and a number: what flame graphs are made of. Of ks.stats the sum, of
--- ks.hist the count.
function rows_data.folded(set)
  local lines = {}
  local function figure(value)
    return type(value) ~= "table" and value or set.kind == "stats" and value.sum or value.count
  end
  for i, row in ipairs(set.rows) do
    lines[i] = folded_line(set.columns, row.texts, figure(row.value))
  end
  if set.other ~= nil then
    lines[#lines + 1] = folded_line({}, { "(other)" }, figure(set.other))
  end
  return #lines > 0 and table.concat(lines, "\n") .. "\n" or ""
end

return rows_data
