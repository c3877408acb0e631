--- How a trace grows: the steps that scale.lua measures, and what came out as Markdown.

local judge = require "spec.bench.judge"
local markdown = require "spec.bench.markdown"

local scale = {
  captures = { 1, 3, 10, 30, 100 },
  probes = { 1, 8, 32, 64 },
  rows = { 10, 1000, 100000, 1000000 },
}

--- Patterns for so many functions. A kernel without kprobe.multi needs a program for each.
function scale.functions(kernel)
  local steps = { { name = "1", globs = { "vfs_read" } }, { name = "100", globs = { "vfs_*" } } }
  if kernel == "6.1" then
    steps[#steps + 1] = { name = "400", globs = { "tcp_*" }, max = 1000 }
  else
    steps[#steps + 1] = { name = "1000", globs = { "tcp_*", "ext4_*" } }
    steps[#steps + 1] = { name = "10000", globs = { "a*", "b*", "c*", "d*", "e*", "f*" } }
  end
  return steps
end

local function cell(result, name, column, digits)
  local v = result.values[name .. " " .. column]
  return v and markdown.number(v, digits) or "-"
end

-- The tables of one machine's text.
function scale.tables(text)
  local result, why = judge.parse(text)
  if not result then
    return "It did not run: " .. why
  end
  local parts = {}
  local function add(title, head, names, make)
    local rows, notes = {}, {}
    for _, name in ipairs(names) do
      rows[#rows + 1] = make(name, name:match "/(.*)")
      for _, each in ipairs { name .. " call", name .. " wall", name .. " shown", "k" .. name .. " call" } do
        local reason = result.reasons[each]
        notes[#notes + 1] = reason and ("%s: %s"):format(name:match "/(.*)", reason)
      end
    end
    parts[#parts + 1] = ("### %s\n\n%s%s"):format(title, markdown.table(head, rows),
      #notes > 0 and "\n\nDid not run:\n\n- " .. table.concat(notes, "\n- ") or "")
  end
  local function names(what, list)
    local all = {}
    for i, n in ipairs(list) do
      all[i] = ("%s/%s"):format(what, ("%d"):format(n))
    end
    return all
  end
  local untraced = result.values["untraced call"]
  local function added(name, column)
    local v = result.values[name .. " " .. column]
    return v and markdown.number(v - untraced) or "-"
  end
  local functions = {}
  for name in text:gmatch "@bench (functions/%d+) wall" do
    functions[#functions + 1] = name
  end
  add("Functions of one probe", { "about", "functions", "start to end, ms", "processor, ms", "RSS, KiB" }, functions,
    function(name, step)
      return { step, cell(result, name, "functions"), cell(result, name, "wall", 1), cell(result, name, "cpu", 1),
        cell(result, name, "rss") }
    end)
  add("Rows of an aggregation", { "keys", "instructions a hit, cheapest batch", "on average, with new keys",
    "rows read at the end", "memory in use more, MiB", "RSS, KiB", "ksnoop's processor time, ms" },
    names("rows", scale.rows), function(name, step)
      return { step, added(name, "call"), added(name, "mean"), cell(result, name, "shown"),
        cell(result, name, "memory", 1), cell(result, name, "rss"), cell(result, name, "cpu", 1) }
    end)
  add("Captures of one probe", { "captures", "instructions a hit", "events shown", "ksnoop's processor time, ms" },
    names("captures", scale.captures), function(name, step)
      return { step, added(name, "call"), cell(result, name, "shown"), cell(result, name, "cpu", 1) }
    end)
  add("Probes on one function, all rejecting", { "probes", "instructions a call", "by kprobes" },
    names("probes", scale.probes), function(name, step)
      return { step, added(name, "call"), added("k" .. name, "call") }
    end)
  return table.concat(parts, "\n\n")
end

return scale
