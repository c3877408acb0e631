--- ksnoop test: files of tests, which call ks.test; on a machine without a test framework.
local core = require "ksnoop.core"
local csv = require "ksnoop.csv"
local errors = require "ksnoop.error"
local guard = require "ksnoop.guard"
local ks = require "ksnoop"
local loop = require "ksnoop.loop"
local modules = require "ksnoop.modules"
local output = require "ksnoop.output"
local script = require "ksnoop.script"

local runner = {}

-- A value as a person reads it; tables to a depth.
local function shown(v, depth)
  if type(v) == "string" then
    return ("%q"):format(v):gsub("\\\n", "\\n")
  elseif type(v) ~= "table" or depth == 0 then
    return tostring(v)
  end
  local parts, names = {}, {}
  for name in pairs(v) do
    names[#names + 1] = name
  end
  table.sort(names, function(a, b) return tostring(a) < tostring(b) end)
  for i, name in ipairs(names) do
    parts[i] = (type(name) == "number" and "" or tostring(name) .. " = ")
      .. shown(v[name], depth - 1)
  end
  return #parts == 0 and "{}" or "{ " .. table.concat(parts, ", ") .. " }"
end

local function same(a, b)
  if type(a) ~= "table" or type(b) ~= "table" then
    return a == b
  end
  for name, v in pairs(a) do
    if not same(v, b[name]) then
      return false
    end
  end
  for name in pairs(b) do
    if a[name] == nil then
      return false
    end
  end
  return true
end

local function differ(expected, got, message)
  error((message and message .. "\n" or "") .. "expected " .. shown(expected, 5) .. "\nbut got  "
    .. shown(got, 5), 3)
end

-- Lua's assert, and the two of busted's that compare: a file may run in either.
local asserts = setmetatable({
  equal = function(expected, got, message)
    if expected ~= got then
      differ(expected, got, message)
    end
  end,
  same = function(expected, got, message)
    if not same(expected, got) then
      differ(expected, got, message)
    end
  end,
}, {
  __call = function(_, v, message, ...)
    if not v then
      error(message == nil and "assertion failed!" or message, type(message) == "string" and 2 or 0)
    end
    return v, message, ...
  end,
})

-- Runs f as one test; report(name, what is wrong or nil).
local function try(name, f, report)
  local ok, e = guard.call(f, function(e)
    if type(e) ~= "string" or errors.is(e) or e:match "^[^\n]-:%d+: " then
      return e
    end
    local at = errors.script()
    return at and ("%s:%d: %s"):format(at.file, at.line, e) or e
  end)
  local text
  if not ok then
    local _, why = pcall(script.fail, e)
    text = script.text_of(why)
  end
  report(name, text)
  return ok
end

-- What a file sees besides Lua's own names.
local function environment(report)
  local names, tests = {}, { count = 0 }
  local function it(name, f)
    tests.count = tests.count + 1
    names[#names + 1] = tostring(name)
    try(table.concat(names, " "), f, report)
    table.remove(names)
  end
  local function describe(name, f)
    names[#names + 1] = tostring(name)
    local ok, e = pcall(f)
    table.remove(names)
    if not ok then
      error(e, 0)
    end
  end
  local env = { describe = describe, it = it, assert = asserts }
  return setmetatable(env, { __index = _G }), tests
end

-- A file is a test itself as far as it lies outside of its tests.
local function run_file(path, chunk, report)
  local env, tests = environment(report)
  setfenv(chunk, env)
  local failed
  try("the file itself", chunk, function(name, why)
    failed = why
    if why or tests.count == 0 then
      report(name, why)
    end
  end)
  return failed == nil or path
end

local function no_probes(trace)
  if #trace.probes > 0 then
    errors.raise(trace.probes[1].at, { message = "a file of tests defines its probes in ks.test",
      hint = "ks.test(function() ... end, { { place, name = value, ... }, ... })" })
  end
end

local function say_text(test, label)
  local name = ("%s: %s%s"):format(test.file, test.name, label and " (" .. label .. ")" or "")
  output.write((test.why and "failed  " or "passed  ") .. core.safe(name) .. "\n")
  if test.why then
    output.write("    " .. test.why:gsub("\n", "\n    ") .. "\n")
  end
end

local function say_csv(test, kernel)
  output.write(csv.table({ { test.file, test.name, kernel.btf, test.why == nil, test.why } }, 5))
end

local function say_json(test, kernel)
  output.write(('{"type":"test","file":%s,"test":%s,"btf":%s,"passed":%s,"message":%s}\n'):format(
    core.json_string(test.file), core.json_string(test.name), core.json_string(kernel.btf),
    tostring(test.why == nil), test.why and core.json_string(test.why) or "null"))
end

--- Runs files, each on each kernel's types, and writes what came of every test.
--- @param files table paths
--- @param kernels table of kernels.lua
--- @param options table of the command line
--- @param program string the path of ksnoop itself
--- @return number the exit code: 1 when a test failed
function runner.run(files, kernels, options, program)
  local passed, failed = 0, 0
  modules.refuse_bytecode()
  if options.format ~= "text" then
    script.print_aside()
  end
  for _, path in ipairs(files) do
    script.load(path) -- what can't be read at all is said before anything runs
  end
  if options.format == "csv" then
    output.write "file,test,btf,passed,message\n"
  end
  local exit = os.exit
  os.exit = function() error("os.exit ends no test", 2) end -- luacheck: ignore 122
  for _, path in ipairs(files) do
    modules.set_paths(path, program)
    for _, kernel in ipairs(kernels) do
      local before = modules.loaded()
      local trace = loop.new { format = "text", btf = kernel.btf, tracefs = kernel.tracefs }
      local function report(name, why)
        local test = { file = path, name = name, why = why }
        passed, failed = passed + (why and 0 or 1), failed + (why and 1 or 0)
        if options.format == "json" then
          say_json(test, kernel)
        elseif options.format == "csv" then
          say_csv(test, kernel)
        elseif why or not options.quiet then
          say_text(test, #kernels > 1 and kernel.label or nil)
        end
      end
      local chunk = script.load(path)
      ks._in(trace, run_file, path, chunk, report)
      if #trace.probes > 0 then
        try("the file itself", function() no_probes(trace) end, report)
      end
      trace:close()
      modules.unload(before)
    end
  end
  os.exit = exit -- luacheck: ignore 122
  if options.format == "text" then
    output.write(("%d passed, %d failed\n"):format(passed, failed))
  end
  return failed > 0 and 1 or 0
end

return runner
