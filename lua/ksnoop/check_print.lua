--- What ksnoop check writes: breaks, what first() takes, the table; or JSON.
local core = require "ksnoop.core"
local csv = require "ksnoop.csv"
local grid = require "ksnoop.grid"
local output = require "ksnoop.output"
local script = require "ksnoop.script"
local unit = require "ksnoop.unit"

local show = {}

--- The order of breaks: by place, and what has none last.
function show.before(a, b)
  local x, y = a.line or math.huge, b.line or math.huge
  if x ~= y then
    return x < y
  end
  x, y = a.pos or 0, b.pos or 0
  if x ~= y then
    return x < y
  end
  return a.order < b.order
end

-- Values of several kernels, the same together: in order, with the kernels' names.
local function together(lists, text_of)
  local order, by = {}, {}
  for k, list in ipairs(lists) do
    for _, v in ipairs(list) do
      local text = text_of(v)
      if not by[text] then
        by[text] = {}
        order[#order + 1] = text
      end
      if by[text][#by[text]] ~= k then
        table.insert(by[text], k)
      end
    end
  end
  return order, by
end

local function names(kernels, numbers)
  local list = {}
  for i, k in ipairs(numbers) do
    list[i] = kernels[k].label
  end
  return table.concat(list, ", ")
end

-- An error without its hint, which may be another on each kernel.
local function bare(e)
  local hint = e.hint
  e.hint = nil
  local text = script.text_of(e)
  e.hint = hint
  return text
end

local function say_breaks(lines, results, kernels)
  local lists, all = {}, {}
  for k, r in ipairs(results) do
    lists[k] = r.breaks
    for _, e in ipairs(r.breaks) do
      e.shown, e.order = bare(e), #all
      all[#all + 1] = e
    end
  end
  table.sort(all, show.before)
  for _, text in ipairs((together({ all }, function(e) return e.shown end))) do
    lines[#lines + 1] = text
    local hints = {}
    for k, list in ipairs(lists) do
      hints[k] = {}
      for _, e in ipairs(list) do
        hints[k][#hints[k] + 1] = e.shown == text and (e.hint or "") or nil
      end
    end
    local order, by = together(hints, tostring)
    for _, hint in ipairs(order) do
      lines[#lines + 1] = "on " .. names(kernels, by[hint])
        .. (hint ~= "" and "\nhint: " .. core.safe(hint) or "")
    end
    lines[#lines] = lines[#lines] .. "\n"
  end
end

local function say_picks(lines, results, kernels)
  local lists = {}
  for k, r in ipairs(results) do
    lists[k] = r.picks
  end
  local heads = together(lists, function(p)
    return (p.file and ("%s:%d: "):format(p.file, p.line) or "") .. p.of
  end)
  for _, head in ipairs(heads) do
    lines[#lines + 1] = core.safe(head)
    local here, rows = {}, {}
    for k, list in ipairs(lists) do
      here[k] = {}
      for _, p in ipairs(list) do
        if (p.file and ("%s:%d: "):format(p.file, p.line) or "") .. p.of == head then
          table.insert(here[k], p)
        end
      end
    end
    local order, by = together(here, function(p) return p.taken or "none of them" end)
    for i, taken in ipairs(order) do
      rows[i] = { "  " .. names(kernels, by[taken]) .. ":", core.safe(taken) }
    end
    grid.add(lines, rows, { true, true })
    lines[#lines] = lines[#lines] .. "\n"
  end
end

local function json(v)
  return v == nil and "null" or type(v) == "number" and ("%d"):format(v)
    or type(v) == "boolean" and tostring(v) or core.json_string(v)
end

local function json_break(e)
  local at = e.at or {}
  local has_text = e.text and e.len > 0
  return ('{"file":%s,"line":%s,"message":%s,"hint":%s,"text":%s,"pos":%s,"len":%s,"code":%d}')
    :format(json(at.file), json(e.line), json(e.message), json(e.hint),
    json(has_text and e.text or nil), json(has_text and e.pos or nil),
    json(has_text and e.len or nil), e.code)
end

local function say_json(one, kernels)
  for k, r in ipairs(one.results) do
    local breaks, picks = {}, {}
    for i, e in ipairs(r.breaks) do
      breaks[i] = json_break(e)
    end
    for i, p in ipairs(r.picks) do
      picks[i] = ('{"file":%s,"line":%s,"of":%s,"taken":%s}'):format(json(p.file), json(p.line),
        json(p.of), json(p.taken))
    end
    output.write(('{"type":"check","script":%s,"btf":%s,"kernel":%s,"fits":%s,"breaks":[%s],'
      .. '"first":[%s]}\n'):format(json(one.path), json(kernels[k].btf), json(kernels[k].release),
      json(#breaks == 0), table.concat(breaks, ","), table.concat(picks, ",")))
  end
end

local heads = { "script", "btf", "kernel", "fits", "file", "line", "message", "hint" }

-- A row for each break; one with the rest empty where it fits.
local function say_csv(one, kernels)
  local rows = {}
  for k, r in ipairs(one.results) do
    local kernel = kernels[k]
    for _, e in ipairs(r.breaks) do
      rows[#rows + 1] = { one.path, kernel.btf, kernel.release, false, e.at and e.at.file, e.line,
        e.message, e.hint }
    end
    rows[#rows + 1] = #r.breaks == 0 and { one.path, kernel.btf, kernel.release, true } or nil
  end
  output.write(csv.table(rows, #heads))
end

--- Writes what stands above all.
function show.begin(options)
  if options.format == "csv" then
    output.write(csv.line(heads) .. "\n")
  end
end

--- Writes what came of one script.
--- one: { path =, results = }, results: for each kernel { breaks =, picks = }
function show.script(one, kernels, options)
  if options.format == "json" then
    return say_json(one, kernels)
  elseif options.format == "csv" then
    return say_csv(one, kernels)
  end
  local lines = {}
  say_breaks(lines, one.results, kernels)
  if not options.quiet then
    say_picks(lines, one.results, kernels)
  end
  output.write(#lines > 0 and table.concat(lines, "\n") .. "\n" or "")
end

--- Writes the table of scripts and kernels.
--- all: { path =, results = } for each script
function show.table(all, kernels)
  local lines, rows, lefts = {}, { { "script" } }, { true }
  for k, kernel in ipairs(kernels) do
    rows[1][k + 1], lefts[k + 1] = kernel.label, true
  end
  for i, one in ipairs(all) do
    local row = { core.safe(one.path) }
    for k, r in ipairs(one.results) do
      local n = #r.breaks
      row[k + 1] = n == 0 and "fits" or unit.count(n) .. (n == 1 and " break" or " breaks")
    end
    rows[i + 1] = row
  end
  grid.add(lines, rows, lefts)
  output.write(table.concat(lines, "\n") .. "\n")
end

return show
