--- What sessions.lua said, as Markdown: a table for each of the questions' sides.

local asked = require "spec.bench.questions"
local judge = require "spec.bench.judge"

local markdown = {}

--- A table: the head's words, and rows of as many cells; the first column is text, the others numbers.
function markdown.table(head, rows)
  local lines = { "| " .. table.concat(head, " | ") .. " |", "|---" .. ("|--:"):rep(#head - 1) .. "|" }
  for _, row in ipairs(rows) do
    local cells = {}
    for i = 1, #head do
      cells[i] = tostring(row[i] or ""):gsub("|", "\\|")
    end
    lines[#lines + 1] = "| " .. table.concat(cells, " | ") .. " |"
  end
  return table.concat(lines, "\n")
end

--- 12345678 -> "12 345 678"
function markdown.number(v, digits)
  local text = ("%." .. (digits or 0) .. "f"):format(v)
  local whole, rest = text:match "^(-?%d+)(.*)$"
  local parts = whole:reverse():gsub("(%d%d%d)", "%1 "):reverse()
  return (parts:gsub("^ ", ""):gsub("^%- ", "-")) .. rest
end

local number = markdown.number

--- Reads what each machine of a kernel printed: { TOOL = what judge.parse makes of its machine's text }, and why there
--- is none of a machine. texts: { { tools = {...}, text = ... } or { tools = {...}, why = ... } }
function markdown.read(texts)
  local found = {}
  for _, each in ipairs(texts) do
    local result, why = nil, each.why
    if each.text then
      result, why = judge.parse(each.text)
    end
    for _, tool in ipairs(each.tools) do
      found[tool] = result or { values = {}, reasons = {}, lost = why }
    end
  end
  return found
end

-- A value, or nil and why there is none.
local function value(found, row, what, tool)
  local result = found[tool.name]
  if not result then
    return nil, "it was not run"
  end
  local v = result.values[("%s/%s %s"):format(row.name, what, tool.name)]
  return v, result.reasons[("%s/call %s"):format(row.name, tool.name)] or result.lost or nil
end

--- ns that a traced call takes more than an untraced one, or nil and why it is not known.
function markdown.added(found, row, tool)
  local v, why = value(found, row, "call", tool)
  local untraced = v and found[tool.name].values["untraced/call none"]
  return v and untraced and v - untraced, why
end

--- What programs take more than empty ones, or nil and why it is not known. bcc's are kprobes, as many as ran.
function markdown.program(found, row, tool)
  local v, why = value(found, row, "program", tool)
  local kinds = row.kind
  if v and tool.use == "bcc" then
    kinds = "kprobe" .. (",kprobe"):rep(value(found, row, "runs", tool) - 1)
  end
  for kind in kinds:gmatch "[^,]+" do
    local empty = v and found[tool.name].values["empty-" .. kind .. "/program limit"]
    v = empty and v - empty
  end
  return v, why
end

-- Was this question put to the tool? bcc and ftrace have no choice of kprobes; what comes behind the kernel is the
-- same with and without an option of ours.
function markdown.is_asked(row, tool)
  return not (tool.options and row.beyond)
    and not ((tool.use == "bcc" or tool.use == "ftrace") and row.kind == "kprobe")
end

-- Collects why there is nothing of a row and a tool. A tool of which there is nothing at all has one note.
local function notes_of(found)
  local notes, seen = {}, {}
  return notes, function(row, tool, why)
    local lost = not found[tool.name] or found[tool.name].lost
    local about = lost and tool.title or ("%s, %s"):format(row.title, tool.title)
    if not seen[about] then
      seen[about] = true
      notes[#notes + 1] = ("%s: %s"):format(about, why or "nothing came of it")
    end
  end
end

-- Who takes less than ksnoop, and by which word of the page's last part: "hits" if it is the counter of hits that
-- makes the difference, else the row's own. values: by tool.
local function ahead(row, tools, values)
  local ours, lean = values.ours, values["no-hits"]
  local words, who = {}, {}
  for _, tool in ipairs(ours and tools or {}) do
    local v = values[tool.name]
    if v and tool.use ~= "ours" and v < ours - 0.5 then
      local word = lean and v >= lean - 0.5 and "hits" or row.ahead or "not explained"
      if not who[word] then
        words[#words + 1], who[word] = word, {}
      end
      table.insert(who[word], tool.title)
    end
  end
  for i, word in ipairs(words) do
    words[i] = ("%s: %s"):format(word, table.concat(who[word], ", "))
  end
  return table.concat(words, "; ")
end

-- A row for each question; reasons why a tool has no value go into notes.
local function rows_of(found, tools, pick, accept, show)
  local rows, notes, note = {}, notes_of(found)
  for _, row in ipairs(asked.rows) do
    local cells, values = { row.title }, {}
    for _, tool in ipairs(accept(row) and tools or {}) do
      local v, why = pick(found, row, tool)
      values[tool.name] = v
      cells[#cells + 1] = v and show(v) or "-"
      if not v and markdown.is_asked(row, tool) then
        note(row, tool, why)
      end
    end
    cells[#cells + 1] = ahead(row, tools, values)
    rows[#rows + 1] = accept(row) and cells or nil
  end
  return rows, notes
end

local function titles(first, tools)
  local head = { first }
  for _, tool in ipairs(tools) do
    head[#head + 1] = tool.title
  end
  head[#head + 1] = "who takes less, and why (see the end)"
  return head
end

local function with_notes(text, notes)
  if #notes > 0 then
    text = text .. "\n\nDid not run:\n\n- " .. table.concat(notes, "\n- ")
  end
  return text
end

local function in_kernel(row)
  return not row.beyond
end

--- The whole traced call.
function markdown.calls(found, tools)
  local rows, notes = rows_of(found, tools, markdown.added, in_kernel, number)
  return with_notes(markdown.table(titles("instructions a call more than untraced", tools), rows), notes)
end

--- The programs alone.
function markdown.programs(found, tools)
  local with = {}
  for _, tool in ipairs(tools) do
    with[#with + 1] = tool.use ~= "ftrace" and tool or nil
  end
  local rows, notes = rows_of(found, with, markdown.program, in_kernel, number)
  return with_notes(markdown.table(titles("instructions in the programs", with), rows), notes)
end

--- Events: what reached the output, and what that took in user space.
function markdown.events(found, tools)
  local rows, notes, note = {}, notes_of(found)
  for _, row in ipairs(asked.rows) do
    for _, tool in ipairs(row.events and tools or {}) do
      local offered = value(found, row, "offered", tool)
      local shown, why = value(found, row, "shown", tool)
      if offered and shown then
        local cpu, bytes = value(found, row, "cpu", tool), value(found, row, "bytes", tool)
        local each = shown > 0 and cpu / shown
        rows[#rows + 1] = { row.title, tool.title, number(offered), ("%.1f %%"):format(shown / offered * 100),
          each and number(each) or "-", each and number(1e9 / each) or "-", each and number(bytes / shown) or "-" }
      elseif tool.use ~= "limit" and markdown.is_asked(row, tool) then -- clang's loader shows nothing
        note(row, tool, why)
      end
    end
  end
  return with_notes(markdown.table({ "question", "tool", "events", "shown", "instructions an event shown",
    "events a second at 1 GIPS", "bytes of output an event" }, rows), notes)
end

-- Who takes less than ksnoop until the first event, of what; disk: as in starts.
local function less_at_start(found, tools, disk)
  local row, parts = { name = "first" }, {}
  local function all(tool)
    return tonumber(((disk[tool.name] or {}).all or ""):match "^[%d.]+")
  end
  for _, each in ipairs { { "at", "first event" }, { "user", "user" }, { "system", "system" },
    { "wall", "start to end" }, { "rss", "RSS" }, { all, "with libraries" } } do
    local names = {}
    local function of(tool)
      if type(each[1]) == "function" then
        return each[1](tool)
      end
      return (value(found, row, each[1], tool))
    end
    local ours = of(asked.by_tool.ours)
    for _, tool in ipairs(ours and tools or {}) do
      local v = of(tool)
      names[#names + 1] = v and v < ours and tool.title or nil
    end
    parts[#parts + 1] = #names > 0 and ("%s: %s"):format(each[2], table.concat(names, ", ")) or nil
  end
  return #parts > 0 and "\n\nLess than ksnoop takes: " .. table.concat(parts, "; ") .. "." or ""
end

--- How long until the first event. disk: by tool { program =, all = }, as texts.
function markdown.starts(found, tools, disk)
  local rows, notes = {}, {}
  for _, tool in ipairs(tools) do
    local row = { name = "first" }
    local at = value(found, row, "at", tool)
    if at then
      local function of(what)
        return value(found, row, what, tool)
      end
      rows[#rows + 1] = { tool.title, number(at, 1), number(of "user", 1), number(of "system", 1),
        number(of "wall", 1), number(of "rss" / 1024, 1),
        (disk[tool.name] or {}).program or "-", (disk[tool.name] or {}).all or "-" }
    elseif not tool.options then
      local result = found[tool.name] or {}
      notes[#notes + 1] = ("%s: %s"):format(tool.title,
        (result.reasons or {})["first/at " .. tool.name] or result.lost or "it was not run")
    end
  end
  return with_notes(markdown.table({ "tool", "first event, ms", "user, ms", "system, ms", "start to end, ms",
    "RSS, MiB", "program, MB", "with libraries, MB (files)" }, rows) .. less_at_start(found, tools, disk), notes)
end

return markdown
