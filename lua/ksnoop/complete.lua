--- ksnoop complete: what could stand at the end of a command line, as doc/completion asks.
local ffi = require "ffi"
local core = require "ksnoop.core"
local library = require "ksnoop.library"
local output = require "ksnoop.output"

local C = core.C
local complete = {}

-- What stands behind an option: words to choose from; true: anything; nil: nothing.
local options = {
  ["--btf"] = true,
  ["--budget"] = true,
  ["--buffer"] = true,
  ["--callback-timeout"] = { "inf" },
  ["--color"] = { "always", "auto", "never" },
  ["--command"] = true,
  ["--count"] = true,
  ["--dump"] = { "tokens", "tree", "layout", "ir", "bpf", "log" },
  ["--duration"] = true,
  ["--eval"] = true,
  ["--format"] = { "text", "json", "csv" },
  ["--max-errors"] = { "inf" },
  ["--max-lua-mem"] = true,
  ["--max-probes"] = true,
  ["--output"] = true,
  ["--pages"] = true,
  ["--pid"] = true,
  ["--ready-fd"] = true,
  ["--tid"] = true,
  ["--tracefs"] = true,
  ["--where"] = true,
}
local flags = { "--debug", "--fail-on-loss", "--force", "--help", "--helper-reads", "--no-governor",
  "--no-hits", "--quiet", "--self", "--sort", "--stack", "--unbuffered", "--verbose", "--version" }
local short = { ["-c"] = "--command", ["-D"] = "--duration", ["-e"] = "--eval", ["-f"] = "--format",
  ["-n"] = "--count", ["-o"] = "--output", ["-p"] = "--pid", ["-P"] = "--pages", ["-t"] = "--tid" }

-- What stands behind a command: "functions", "types", "recipes", or nothing.
local commands = {
  check = "recipes",
  doctor = "nothing",
  explain = "functions",
  help = "nothing",
  info = "functions",
  run = "recipes",
  stubs = "types",
  test = "nothing",
  trace = "functions",
  type = "types",
}

-- Prints those of a list that begin with a word, each behind what is already there.
local function offer(list, word, there)
  table.sort(list)
  for _, candidate in ipairs(list) do
    if candidate:sub(1, #word) == word then
      output.write((there or "") .. candidate .. "\n")
    end
  end
end

local function keys(t, more)
  local list = {}
  for name in pairs(t) do
    list[#list + 1] = name
  end
  for _, name in ipairs(more or {}) do
    list[#list + 1] = name
  end
  return list
end

-- A word with what a glob means taken literally.
local function literally(word)
  return (word:gsub("[%*%?%[%]\\]", "\\%0"))
end

local function functions(trace, word)
  trace:open()
  local count = ffi.new "int[1]"
  local names = core.text(function(buf, n)
    return C.ks_info(trace.handle, literally(word) .. "*", C.KS_NAMES, buf, n, count, core.error)
  end, word == "" and 2 ^ 20 or 2 ^ 16) -- all names of a kernel have 0.9 MB
  output.write(names or "")
end

-- Of lines such as "struct file: 232 bytes, 15 members" the name, which does without a kind.
local function types(trace, word)
  if not word:match "^[%w_][%w_]+$" then
    return -- of nothing all: tens of thousands, which nobody reads
  end
  trace:open()
  local lines = core.text(function(buf, n)
    return C.ks_type(trace.handle, word .. "*", false, buf, n, core.error)
  end)
  local seen = {}
  for name in (lines or ""):gmatch "([%w_]+): [^\n]*\n" do
    if not seen[name] then
      seen[name] = true
      output.write(name .. "\n")
    end
  end
end

-- The first word that is no option and no option's value; and the option whose value the last word
-- is. bash makes three words of --option=value.
local function read(words)
  local first, of
  for i = 1, #words - 1 do
    local word = words[i]
    if of and word ~= "=" then
      of = nil
    elseif word ~= "=" and word:match "^%-" then
      local name = short[word] or word
      of = options[name] and name
    elseif word ~= "=" then
      first = first or word
    end
  end
  return first, of
end

--- Prints what the last of the words could be, a candidate a line; the shell adds files.
--- @param trace table not open yet
--- @param words table what was typed behind `ksnoop`, the last one perhaps empty or a beginning
--- @param program string the path of the program that runs
function complete.run(trace, words, program)
  local word = words[#words] or ""
  local first, of = read(words)
  local there, name, value = word:match "^((%-%-[%w-]+)=)(.*)$"
  if of or options[name] then
    local values = options[of or name]
    offer(type(values) == "table" and values or {}, value or word:gsub("^=", ""), there)
  elseif word:match "^%-" then
    offer(keys(options, flags), word)
  elseif not first then
    offer(keys(commands), word)
    if #word >= 2 then
      functions(trace, word)
    end
  elseif first == "help" then
    offer({ "options" }, word)
  elseif commands[first] == "recipes" then
    offer(library.names(program), word)
  elseif commands[first] == "functions" or not (commands[first] or first:match "%.lua$") then
    functions(trace, word) -- a first word that is no command is a function to trace
  elseif commands[first] == "types" then
    types(trace, word)
  end
end

return complete
