--- A stream of tables, for -f csv: all events are rows of one, whose columns are those of all
--- probes; each print of an aggregation is another. An empty line ends a table.
local ffi = require "ffi"
local core = require "ksnoop.core"
local format = require "ksnoop.format"
local output = require "ksnoop.output"
local view = require "ksnoop.view"

local C = core.C
local csv = {}
local mt = {}
mt.__index = mt

--- A cell, between quotes where it must be (RFC 4180).
function csv.cell(s)
  return s:find '[",\r\n]' and '"' .. s:gsub('"', '""') .. '"' or s
end

--- A line of cells, without its end.
function csv.line(cells)
  local parts = {}
  for i, s in ipairs(cells) do
    parts[i] = csv.cell(s)
  end
  return table.concat(parts, ",")
end

--- Rows of texts as a table, the first of them the heads. nil, true and false: "", "true", "false";
--- n: how many columns
function csv.table(rows, n)
  local lines = {}
  for i, row in ipairs(rows) do
    local cells = {}
    for k = 1, n do
      cells[k] = row[k] == nil and "" or tostring(row[k])
    end
    lines[i] = csv.line(cells) .. "\n"
  end
  return table.concat(lines)
end

--- The stream of a trace.
function csv.of(trace)
  trace.csv = trace.csv or setmetatable({
    probes = {}, -- whose events are rows
    names = nil, -- of the events' columns, once they are known; by the core's name for each:
    numbers = nil,
    rows = {}, -- by the point that a record is from: ks_columns, and what it refers to
    begun = nil, -- the table that the next line belongs to
  }, mt)
  return trace.csv
end

--- A probe whose events are written. handle: the core's; given again at once it is the same
function mt:add(handle)
  if self.probes[#self.probes] ~= handle then
    self.probes[#self.probes + 1] = handle
  end
end

-- A capture may be called as what all events have.
local function id_of(f)
  return (f.in_args and "args." or "") .. core.string(f.name)
end

-- Calls use(field, index) for each field of a variant that is shown.
local function each_field(variant, use)
  for i = 0, C.ks_field_count(variant) - 1 do
    local f = C.ks_field(variant, i)
    if f.in_args or f.kind ~= C.KS_FUNC then
      use(f, i)
    end
  end
end

-- What all events have comes first.
local function find_columns(self)
  local common, captures, seen = {}, {}, {}
  for _, handle in ipairs(self.probes) do
    for i = 0, C.ks_variant_count(handle) - 1 do
      local variant = C.ks_variant(handle, i)
      if variant ~= nil then
        each_field(variant, function(f)
          if not seen[id_of(f)] then
            seen[id_of(f)] = true
            table.insert(f.in_args and captures or common, { id_of(f), core.string(f.name) })
          end
        end)
      end
    end
  end
  self.names, self.numbers = { "probe" }, {}
  for _, list in ipairs { common, captures } do
    for _, column in ipairs(list) do
      self.numbers[column[1]] = #self.names - 1
      self.names[#self.names + 1] = column[2]
    end
  end
end

--- The next table begins. what: "events", or nil for one that nothing is added to later
function mt:begin(what)
  if self.begun ~= nil then
    output.write "\n"
  end
  self.begun = what or false
end

--- The heads of the events' table, if there is one.
function mt:head()
  if not self.names then
    find_columns(self)
  end
  if #self.probes > 0 then
    self:begin "events"
    output.write(csv.line(self.names) .. "\n")
  end
end

local function row_of(self, trace, record)
  local variant, n = C.ks_record_variant(trace, record), #self.names - 1
  local fields = ffi.new("int32_t[?]", n)
  for i = 0, n - 1 do
    fields[i] = -1
  end
  each_field(variant, function(f, i) fields[self.numbers[id_of(f)]] = i end)
  local row = { fields = fields, columns = ffi.new("struct ks_columns", trace, fields, n),
    place_alone = ffi.new("struct ks_columns", trace, fields, 0) }
  self.rows[record.point] = row
  return row
end

-- The same as the core's, where the script's functions show something.
local function filled(self, row, trace, record)
  local lend = view.lender(trace, record)
  local parts = { core.text(function(buf, n)
    return C.ks_csv(row.place_alone, record, buf, n)
  end):match "^(.*)\n" }
  for i = 0, #self.names - 2 do
    local text = row.fields[i] < 0 and ""
      or core.text3(C.ks_csv_cell, trace, record, row.fields[i])
    parts[#parts + 1] = csv.cell(format.fill(trace, text, true, lend))
  end
  output.write(table.concat(parts, ",") .. "\n")
end

--- What writes the events of a trace of the core's as rows.
function mt:writer(trace)
  return function(record)
    if self.begun ~= "events" then
      self:head()
    end
    local row = self.rows[record.point] or row_of(self, trace, record)
    if format.has(trace) then
      filled(self, row, trace, record)
    else
      output.fill(C.ks_csv, row.columns, record)
    end
  end
end

return csv
