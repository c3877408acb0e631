--- The library of recipes as its specs and its page see it: what stands at the head of each file, and what of a sample
--- is the same in every run.
local library = {}

--- The names of all recipes, sorted.
function library.names()
  local names = {}
  local pipe = io.popen "ls lua/ksnoop/recipes"
  for file in pipe:lines() do
    names[#names + 1] = file:match "^(.*)%.lua$"
  end
  pipe:close()
  table.sort(names)
  return names
end

function library.path(name)
  return "lua/ksnoop/recipes/" .. name .. ".lua"
end

--- The head of a recipe: its question (the line with ---), then what `Model:`, `New:` and `Needs:` say, then behind an
--- empty comment a sample, of which the first line is the command.
--- @return table question, model, new, needs, command, sample; what is not there is nil
function library.head(name)
  local head, field, sample = {}, nil, {}
  local file = assert(io.open(library.path(name))) -- closed at once: workloads would inherit it
  local text = file:read "*a"
  file:close()
  for line in text:gmatch "([^\n]*)\n" do
    local question, said = line:match "^%-%-%- (.*)$", line:match "^%-%-%s?(.*)$"
    if not said then
      break
    elseif question then
      head.question = question
    elseif said == "" or field == "sample" then
      if field == "sample" then
        sample[#sample + 1] = said:gsub("^  ", "")
      end
      field = "sample"
    else
      local word, rest = said:match "^(%u%l+): (.*)$"
      field = word and word:lower() or field
      if field then
        head[field] = word and rest or head[field] .. " " .. said
      end
    end
  end
  head.command = sample[1] and sample[1]:match "^%$ (.*)$"
  head.sample = table.concat(sample, "\n", 2)
  return head
end

local units = { ns = true, us = true, ms = true, s = true, m = true, h = true, K = true, M = true, G = true }

--- A line of output without what differs between runs and between kernels: numbers, times, addresses, the length of
--- bars, the functions of a stack.
function library.mask(line)
  if line:find "^%s*[%w_.]+%+0x%x+" then
    return "FRAME"
  elseif line:find "^%s*%S+%.%.%S+%s+%d+%s+|" or line:find "^%s*%d[%d.]*%a*%s+%d+%s+|" then
    return "BUCKET"
  end
  line = line:gsub("%+0x%x+", ""):gsub("0x%x+", "N"):gsub("%d[%d.,:]*", "N"):gsub("N(%a+)", function(unit)
    return units[unit] and "N" or nil
  end)
  return (line:gsub("%s+", " "):gsub("^ ", ""):gsub(" $", ""))
end

local function begins_one(lines, start)
  for line in pairs(lines) do
    if line:sub(1, #start) == start then
      return true
    end
  end
  return false
end

--- The lines of a sample that a text does not have, masked; of a line that was cut, behind "...", what is there.
--- varies: a pattern of lines that need not be there, or nil
function library.missing(sample, text, varies)
  local there, missing = {}, {}
  for line in text:gmatch "[^\n]+" do
    there[library.mask(line)] = true
  end
  for line in sample:gmatch "[^\n]+" do
    local cut = line:match "^(.*) %.%.%.$"
    local found = line == "..." or cut and begins_one(there, library.mask(cut)) or there[library.mask(line)]
    if not found and not (varies and line:find(varies)) then
      missing[#missing + 1] = line
    end
  end
  return missing
end

--- The order of the page, the most asked for first.
library.groups = {
  { "Processes", "execs", "exits", "signals", "capabilities" },
  { "Files and file systems", "opens", "slow_files", "fs_latency", "fsyncs", "fsync_io", "mounts" },
  { "Disks", "block_io", "block_latency" },
  { "Network", "tcp_connections", "tcp_lifetimes", "tcp_states", "tcp_retransmits", "drops", "udp_drops", "dns" },
  { "CPUs and locks", "run_queue", "off_cpu", "interrupts", "lock_waits", "mutexes" },
  { "Memory", "page_faults", "reclaim", "oom_kills" },
  { "Any function, any object", "slow", "failing", "failure_times", "callers", "lifetimes", "follow", "module_loads" },
}

local intro = [[
# The library

Questions that people ask of a kernel, each answered by a recipe that is installed with ksnoop. `ksnoop run opens` runs
one, `ksnoop run opens --help` says what it can be told, and a script uses it by `require "opens" { ... }`. With
`-f json` they print for machines.

Made by `make library` from the heads of [lua/ksnoop/recipes](../lua/ksnoop/recipes). The outputs are those of Linux
6.1; `make test` compares them with what the recipes print on 5.10, 6.1, 6.12 and 7.2.
]]

--- The page doc/library.md, a text.
function library.page()
  local lines = { intro }
  for _, group in ipairs(library.groups) do
    lines[#lines + 1] = ("## %s\n"):format(group[1])
    for i = 2, #group do
      local name, head = group[i], library.head(group[i])
      lines[#lines + 1] = ("### %s\n\n**%s**\n"):format(name, head.question)
      lines[#lines + 1] = ("- Model: %s\n- New: %s\n- Needs: %s\n"):format(head.model, head.new, head.needs)
      lines[#lines + 1] = ("```\n$ %s\n%s\n```\n"):format(head.command, head.sample)
    end
  end
  return (table.concat(lines, "\n"):gsub("\n+$", "\n"))
end

local LINES = 14 -- of a sample

--- What was printed, as a sample: a list of lines of so many bytes. In the place of what is too much stands "...".
function library.cut(text, width)
  local lines = {}
  for line in text:gmatch "([^\n]*)\n" do
    if #lines == LINES then
      lines[#lines + 1] = "..."
      break
    elseif #line > width then
      line = line:sub(1, width):gsub("%s+%S*$", "") .. " ..."
    end
    lines[#lines + 1] = line:gsub(" +$", "")
  end
  return lines
end

-- As the end of a recipe's head.
local function sample_of(text)
  local lines = library.cut(text, 120)
  for i, line in ipairs(lines) do
    lines[i] = ("--   " .. line):gsub(" +$", "")
  end
  return table.concat(lines, "\n")
end

--- Writes what spec/kernel/library_spec.lua left in a folder into the heads of the recipes.
function library.refresh(folder)
  for _, name in ipairs(library.names()) do
    local printed = io.open(("%s/%s.txt"):format(folder, name))
    local file = assert(io.open(library.path(name)))
    local text = file:read "*a"
    file:close()
    if printed then
      local head, rest = text:match "^(.-\n)(local .*)$"
      head = head:gsub("\n%-%-\n.*$", "\n")
      file = assert(io.open(library.path(name), "w"))
      file:write(head, "--\n", sample_of(printed:read "*a"), "\n", rest)
      file:close()
      printed:close()
    end
  end
end

return library
