--- What the fuzzer begins with: luajit spec/fuzz/seeds.lua FOLDER
---
--- One file for each probe that the goldens, the listings and the examples make, for each of seeds.txt,
--- and for each text that a spec or a manual quotes, as compile.c reads them.
local folder = assert(arg[1], "usage: seeds.lua FOLDER")

local function read(path)
  local f = assert(io.open(path, "rb"))
  local text = f:read "*a"
  f:close()
  return text
end

local function paths(pattern)
  local list, pipe = {}, io.popen("ls " .. pattern)
  for path in pipe:lines() do
    list[#list + 1] = path
  end
  pipe:close()
  return list
end

-- Where compile.c has each function of the fixture.
local places, count = {}, 0
for name in read "spec/fuzz/compile.c":match "functions%[%] = (%b{})":gmatch '"([%w_]+)"' do
  places[name] = count
  count = count + 1
end

-- The options of compile.c.
local bits = { ["return"] = 1, self = 8, call = 32 }

-- A function by its number in compile.c, what is none by its name; "" for any.
local written = 0
local function seed(name, lines, options)
  local func = name:gsub("^return:", "")
  local is_place = name ~= "" and not places[func]
  options = bit.bor(options or 0, name:find "^return:" and bits["return"] or 0)
  local f = assert(io.open(("%s/seed_%04d"):format(folder, written), "wb"))
  f:write(string.char(65 + (places[func] or written % count), 64 + options), is_place and name or "",
    "\n", table.concat(lines, "\n"), "\n")
  f:close()
  written = written + 1
end

-- Words stand in front of all that a script makes after them.
local words = {}

-- An end, or a list of them, as lines.
local function add_ends(lines, letter, ends)
  if type(ends) ~= "table" or type(ends[1]) ~= "table" then
    ends = { ends }
  end
  for _, e in ipairs(ends) do
    e = type(e) == "table" and e or { e }
    lines[#lines + 1] = letter .. table.concat(e, ",") .. (letter == "n" and "" or ";" .. (e.key or ""))
    for _, of in ipairs { { "W", e.where }, { "C", e.capture } } do
      for _, text in ipairs(type(of[2]) == "table" and of[2] or { of[2] }) do
        lines[#lines + 1] = of[1] .. text
      end
    end
  end
end

-- The lines of one probe's table; nested tables are lists of captures or sinks.
local function lines_of(options)
  local lines = {}
  for i, word in ipairs(words) do
    lines[i] = word
  end
  for name, value in pairs(type(options.with) == "table" and options.with or {}) do
    lines[#lines + 1] = ("$%s=%s"):format(name, type(value) == "number" and value
      or ("'%s'"):format(tostring(value)))
  end
  local function add(letter, value)
    if type(value) == "string" then
      lines[#lines + 1] = letter .. value:gsub("\n", " ")
    elseif type(value) == "table" then
      for _, item in ipairs(value) do
        add(letter, item)
      end
    end
  end
  local within = options.within
  if type(within) == "string" then
    within = { within }
  end
  if within and not (within.where or within.capture) then -- each is a call of its own
    for _, e in ipairs(within) do
      add_ends(lines, "n", e)
    end
  else
    add_ends(lines, "n", within)
  end
  add_ends(lines, "o", options.open)
  add_ends(lines, "x", options.close)
  add("w", options.where)
  add("c", options.capture)
  local sinks = {}
  for _, sink in ipairs(options) do
    if type(sink) == "table" and sink.template then
      sinks[#sinks + 1] = sink.template
    end
  end
  add("t", sinks)
  if #sinks == 0 then
    lines[#lines + 1] = "d"
  end
  return lines
end

-- A ksnoop that only writes seeds; what it does not know takes anything and does nothing.
local nothing = setmetatable({}, { __call = function(self) return self end,
  __index = function(self) return self end })
local stub = setmetatable({}, { __index = function() return nothing end })

local function made(flags)
  return function(place)
    return function(options)
      seed(type(place) == "table" and table.concat(place, ",") or place, lines_of(options), flags)
      return nothing
    end
  end
end
stub.probe, stub.call = made(0), made(bits.call)

function stub.span(options)
  seed("span", lines_of(options))
  return nothing
end

-- Types come before the probes, and words may stand in between.
function stub.format(name, _, reads)
  words[#words + 1] = (reads and "f" or "F") .. name
end

function stub.define(head, expr)
  words[#words + 1] = ("D%s=%s"):format(head, expr)
end

function stub.const(expr)
  seed("", { "k" .. expr })
  return 1
end

function stub.has(what)
  seed("", { "h" .. what })
  return true
end

function stub.print(given)
  local list = type(given) == "table" and given or { given }
  return { template = table.concat(list) }
end

package.loaded.ksnoop = stub

for _, pattern in ipairs { "spec/golden/*.txt", "bpf/listings/*.txt", "examples/*.lua" } do
  for _, path in ipairs(paths(pattern)) do
    local chunk = loadstring(read(path):match "^(.-)\n==== " or read(path), path)
    if chunk then
      words = {}
      setfenv(chunk, setmetatable({ print = function() end }, { __index = _G }))
      pcall(chunk) -- what is not there in the stub ends it early: no harm
    end
  end
end

-- Written by hand.
for block in (read "spec/fuzz/seeds.txt" .. "\n"):gmatch "(.-)\n\n" do
  local head, body = block:match "^= ([^\n]+)\n(.*)$"
  local options, name = 0, head and head:match "%S+$" or ""
  for flag in (head or ""):sub(1, -#name - 1):gmatch "%S+" do
    options = options + bits[flag]
  end
  if head then
    seed(name, { body }, options)
  end
end

-- Quoted texts: each as a predicate, a capture and in a template's braces.
for _, path in ipairs { "spec/lua/errors_spec.lua", "spec/core/differential_spec.lua",
  "spec/kernel/reads_spec.lua", "spec/lua/words_spec.lua", "spec/support/expressions.lua" } do
  local text = read(path)
  for _, quotes in ipairs { '"([^"\n]+)"', "'([^'\n]+)'" } do
    for quoted in text:gmatch(quotes) do
      seed("", { "w" .. quoted, "c" .. quoted, "t{" .. quoted .. "}" })
    end
  end
end

-- Constants, which are computed while compiling: each operator on numbers of each kind.
local numbers = { "7", "-7", "0", "0x80000000", "0xffffffff", "5000000000", "-5000000000",
  "0x8000000000000000", "(1 < 2)" }
for op in ("+ - * / % & | ^ << >> == != < > <= >= && ||"):gmatch "%S+" do
  for _, a in ipairs(numbers) do
    local lines = {}
    for i, b in ipairs(numbers) do
      lines[i] = ("wpid %s (%s %s %s)"):format(({ "==", "+" })[i % 2 + 1], a, op, b)
    end
    seed("", lines)
  end
end
for _, text in ipairs { "-", "~", "!", "+", "- -", "!!", "~~" } do
  for i, number in ipairs(numbers) do
    seed("", { ("cx%d=%s%s ? 1 : %s"):format(i, text, number, number) })
  end
end

print(written .. " seeds")
