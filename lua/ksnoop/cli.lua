--- The ksnoop program's policy: what the words of the command line do.
local ffi = require "ffi"
local later = require "ksnoop.later"
local check = later "ksnoop.check"
local complete = later "ksnoop.complete"
local core = require "ksnoop.core"
local doctor = later "ksnoop.doctor"
local errors = require "ksnoop.error"
local explain = later "ksnoop.explain"
local guard = require "ksnoop.guard"
local kernels = later "ksnoop.kernels"
local ks = require "ksnoop"
local library = later "ksnoop.library"
local limits = require "ksnoop.limits"
local modules = require "ksnoop.modules"
local output = require "ksnoop.output"
local ready = later "ksnoop.ready"
local recipe = later "ksnoop.recipe"
local runner = later "ksnoop.runner"
local script = require "ksnoop.script"
local shared = require "ksnoop.options"
local stubs = later "ksnoop.stubs"
local terminal = require "ksnoop.terminal"
local tracing = later "ksnoop.trace"

local C = core.C
local cli = {}

local stages = { tokens = C.KS_TOKENS, tree = C.KS_TREE, layout = C.KS_LAYOUT, ir = C.KS_IR,
  bpf = C.KS_BPF, log = C.KS_LOG }

local nearest, usage = core.nearest, script.usage

-- The options of main.c are strings; here they get their meaning.
local function options(raw)
  local o = {
    format = raw.format or "text",
    btf = raw.btf,
    tracefs = raw.tracefs,
    helper_reads = raw["helper-reads"],
    command = raw.command,
    quiet = raw.quiet,
    dump = raw.dump,
    stack = raw.stack,
    debug = raw.debug or raw.verbose,
    output = raw.output,
    force = raw.force or false,
  }
  if o.force and not o.output then
    usage("--force is for the file of --output", "it replaces one that is there")
  end
  if o.tracefs and not o.btf then
    usage("--tracefs goes with --btf",
      "the running kernel's own tracefs is found where it is mounted")
  end
  if o.format ~= "text" and o.format ~= "json" and o.format ~= "csv" then
    usage(("there is no format '%s'"):format(core.safe(o.format)),
      nearest(o.format, { "text", "json", "csv" }) or "formats are text, json and csv")
  end
  if o.dump and not stages[o.dump] then
    local names = { "tokens", "tree", "layout", "ir", "bpf", "log" }
    usage(("there is no stage '%s'"):format(o.dump), nearest(o.dump, names)
      or "stages are " .. table.concat(names, ", "))
  end
  for _, name in ipairs(shared.names) do
    local option = name:gsub("_", "-")
    if raw[option] ~= nil then
      local message, hint
      o[name], message, hint = shared.read(name, raw[option], "--" .. option)
      if o[name] == nil then
        usage(message, hint)
      end
    end
  end
  if raw["ready-fd"] then
    o.ready_fd = tonumber(raw["ready-fd"]:match "^%d%d?%d?%d?$")
    if not o.ready_fd then
      usage(("--ready-fd takes the number of a descriptor, not '%s'"):format(
        core.safe(raw["ready-fd"])), "such as --ready-fd 3, with 3>FILE behind the command")
    end
  end
  if raw.pages then
    local n = tonumber(raw.pages:match "^%d+$")
    if not n or n < 1 or n > 2 ^ 19 or bit.band(n, n - 1) ~= 0 then
      usage(("--pages takes a power of two, not '%s'"):format(core.safe(raw.pages)),
        "such as 16: pages of the ring buffer for each CPU")
    elseif o.buffer then
      usage("--pages and --buffer are both the size of the ring buffer", "give one of them")
    end
    o.pages = n
  end
  return o
end

-- The exit code of what came to this one (0): 5 when the output can't be written; a closed pipe has
-- had enough.
local function written(code)
  if not output.flush() and output.failed.os ~= 32 then
    io.stderr:write("ksnoop: ", ffi.string(output.failed.message), "\n")
    return 5
  end
  return code or 0
end

local function dump(trace, stage)
  trace:compile()
  local first = true
  for _, p in ipairs(trace.probes) do
    for i = 0, C.ks_variant_count(p.handle) - 1 do
      local variant = C.ks_variant(p.handle, i)
      if variant ~= nil then
        local text = core.text(function(buf, n)
          return C.ks_dump(variant, stage, buf, n, core.error)
        end)
        if not text then
          errors.raise_core(p.at, core.error)
        end
        output.write(("%s%s:\n%s"):format(first and "" or "\n", p.name, text))
        first = false
      end
    end
  end
  output.flush()
  return 0
end

-- os.exit ends the trace in order, while it runs.
local function exit_by_trace(trace)
  local exit = os.exit
  os.exit = function(code, ...) -- luacheck: ignore 122
    if not trace.now then
      exit(code, ...)
    end
    ks.stop(code == false and 1 or code ~= true and code or 0)
    trace:leave()
  end
end

-- Runs a chunk, which defines a trace, and then the trace. path: of its file; nil: it is none.
-- asks(ok, e): answers instead when the chunk is done, if given; e: what it returned, or what is
-- wrong.
local function run_chunk(trace, chunk, path, words, program, asks)
  local o = trace.options
  modules.refuse_bytecode()
  modules.set_paths(path, program)
  if o.format ~= "text" then
    script.print_aside()
  end
  local ok, e = guard.call(chunk)
  if asks then
    return asks(ok, e)
  elseif ok then
    ok, e = guard.call(function() return script.build(e, words) end)
  end
  if not ok then
    script.fail(e)
  end
  if trace.tested and #trace.probes == 0 then -- that was all it wanted
    return written()
  end
  exit_by_trace(trace)
  trace:check()
  if o.dump then
    return dump(trace, stages[o.dump])
  end
  return trace:run()
end

-- Of a file's types all can be traced, so that an answer by them needs no privileges.
local function without_privileges(o)
  if o.btf then
    return
  end
  o.btf = "/sys/kernel/btf/vmlinux"
  local events = io.open "/sys/kernel/tracing/events"
  if events then
    o.tracefs = "/sys/kernel/tracing"
    events:close()
  end
end

-- shown: what the command line calls it; nil: the path
local function run_script(trace, path, words, program, shown)
  local asks = false
  for _, word in ipairs(words) do
    asks = asks or word == "--help" or word == "-h"
  end
  if not asks then
    script.check_words(words)
    return run_chunk(trace, script.load(path), path, words, program)
  end
  local chunk = script.load(path)
  without_privileges(trace.options)
  return run_chunk(trace, chunk, path, words, program, function(ok, e)
    if ok then
      output.write(recipe.help(recipe.is(e) and e or nil, path, shown))
      return written()
    end
    local question = recipe.question(path)
    if question ~= "" then
      output.write(question .. "\n")
    end
    script.fail(e)
  end)
end

-- The values of an option that may be given more than once, in the order written.
local function values_of(raw, option)
  local list = {}
  for i = 1, #raw, 2 do
    if raw[i] == option then
      list[#list + 1] = raw[i + 1]
    end
  end
  return list
end

-- ksnoop -e 'LUA' [NAME=VALUE ...]
local function run_inline(trace, words, raw, program)
  for _, word in ipairs(words) do
    if not word:match "^[%a_][%w_]*=" then
      usage(("what is '%s'?"):format(core.safe(word)),
        "the text behind -e is the script; behind it stand parameters alone, as name=value")
    end
  end
  local chunk = script.inline(table.concat(values_of(raw, "eval"), "\n"))
  return run_chunk(trace, chunk, nil, words, program)
end

local function run_recipe(trace, words, program)
  local name = table.remove(words, 1)
  if not name or name == "--help" or name == "-h" then
    output.write(library.list(program, trace.options.format))
    return written()
  end
  return run_script(trace, library.find(name, program), words, program, "run " .. name)
end

-- Scripts, and behind each its parameters.
local function scripts_of(words, program)
  local scripts = {}
  for _, word in ipairs(words) do
    if word:match "^[%a_][%w_]*=" and scripts[1] then
      table.insert(scripts[#scripts].words, word)
    elseif word:match "^%-." then
      usage(("what is '%s'?"):format(word))
    else
      local path = word:match "%.lua$" and word or library.find(word, program)
      scripts[#scripts + 1] = { path = path, words = {} }
    end
  end
  return scripts
end

local function check_scripts(trace, words, program, raw)
  local scripts = scripts_of(words, program)
  if #scripts == 0 then
    usage("ksnoop check needs a script", "such as ksnoop check opens.lua --btf vmlinux-6.1")
  end
  return written(check.run(scripts, kernels.read(raw), trace.options, program))
end

local function run_tests(trace, words, program, raw)
  if #words == 0 then
    usage("ksnoop test needs a file", "such as ksnoop test slow_spec.lua")
  end
  return written(runner.run(words, kernels.read(raw), trace.options, program))
end

-- Says what a call of the core's found wrong with one of several words; the others go on.
local function complain()
  output.flush()
  local hint = ffi.string(core.error.hint)
  io.stderr:write("ksnoop: ", core.safe(ffi.string(core.error.message)), "\n",
    hint ~= "" and "hint: " .. core.safe(hint) .. "\n" or "")
end

-- Writes what ask(word, i) says of each word, nil with core.error where there is nothing; failed():
-- the exit code then.
local function each_word(trace, words, ask, failed)
  local code = 0
  trace:open()
  for i, word in ipairs(words) do
    local text = ask(word, i)
    if text then
      output.write(text)
    else
      code = failed()
      complain()
    end
  end
  return written(code)
end

-- What has parts that have parts is no table.
local function refuse_csv(trace, command)
  if trace.options.format == "csv" then
    usage(("what ksnoop %s prints is no table"):format(command), "-f json has all of it")
  end
end

local function info(trace, words)
  refuse_csv(trace, "info")
  if #words == 0 then
    usage("ksnoop info needs the name of a function", "such as ksnoop info vfs_read 'tcp_*'")
  end
  local form = trace.options.format == "json" and C.KS_JSON or C.KS_PROTOTYPES
  local count = ffi.new "int[1]"
  return each_word(trace, words, function(word)
    return core.text(function(buf, n)
      return C.ks_info(trace.handle, word, form, buf, n, count, core.error)
    end, word:find "[*?%[]" and 2 ^ 18)
  end, function() return 3 end)
end

local function types(trace, words)
  refuse_csv(trace, "type")
  if #words == 0 then
    usage("ksnoop type needs the name of a type",
      "such as ksnoop type 'struct file' size_t 'struct tcp_*'")
  end
  local json = trace.options.format == "json"
  return each_word(trace, words, function(word, i)
    local text = core.text(function(buf, n)
      return C.ks_type(trace.handle, word, json, buf, n, core.error)
    end, 2 ^ 16)
    return text and i > 1 and not json and "\n" .. text or text
  end, function() return core.error.kind == C.KS_ESYNTAX and 2 or 3 end)
end

local function explain_words(trace, words)
  refuse_csv(trace, "explain")
  if #words == 0 then
    usage("ksnoop explain needs the name of a function", "such as ksnoop explain vfs_read")
  end
  trace:open()
  return written(explain.run(trace, words))
end

local function write_stubs(trace, words)
  if #words > 0 then
    trace:open()
  end
  stubs.write(trace, words)
  return written()
end

local function trace_functions(trace, words)
  tracing.define(trace, words)
  if trace.options.dump then
    return dump(trace, stages[trace.options.dump])
  end
  return trace:run()
end

local function complete_words(trace, words, program)
  complete.run(trace, words, program)
  return written()
end

local function ask_doctor(trace, words, program)
  if words[1] then
    usage(("what is '%s'?"):format(words[1]), "ksnoop doctor takes no words")
  end
  return written(doctor.run(trace, program))
end

-- By name; bcc's first: of those any beginning will do.
local commands = {
  { "info", info, true },
  { "trace", trace_functions, true },
  { "check", check_scripts },
  { "complete", complete_words },
  { "doctor", ask_doctor },
  { "explain", explain_words },
  { "run", run_recipe },
  { "stubs", write_stubs },
  { "test", run_tests },
  { "type", types },
}

-- The function of a command, and its name; nil when the word is none.
local function command_of(word)
  for _, exact in ipairs { true, false } do
    for _, c in ipairs(commands) do
      if word == c[1] or (not exact and c[3] and word ~= "" and c[1]:sub(1, #word) == word) then
        return c[2], c[1]
      end
    end
  end
end

-- A first word that is no command is a function to trace; when there is none either, it may have
-- been meant as a command.
local function trace_or_command(trace, words)
  local ok, e = pcall(trace_functions, trace, words)
  if ok then
    return e
  end
  local names, first = {}, words[1]
  for i, c in ipairs(commands) do
    names[i] = c[1]
  end
  local near = errors.is(e) and e.kind == C.KS_EABSENT and e.text == first and nearest(first, names)
  if near then
    usage(("there is no command or function '%s'"):format(core.safe(first)), near)
  end
  error(e, 0)
end

local function dispatch(trace, words, raw, program)
  local first = words[1]
  trace.options = options(raw)
  limits.apply(trace.options)
  if raw.output and C.ks_output_to(raw.output, trace.options.force, core.error) < 0 then
    trace.options.output = nil -- it is not ours
    errors.raise_core(nil, core.error)
  end
  terminal.decide(trace.options)
  trace.options.ready = ready.new(trace.options.ready_fd)
  if raw.eval then
    return run_inline(trace, words, raw, program)
  elseif not first then
    usage "what to trace?"
  elseif first:match "%.lua$" then
    table.remove(words, 1)
    return run_script(trace, first, words, program)
  end
  local command = command_of(first)
  if not command then
    return trace_or_command(trace, words)
  end
  table.remove(words, 1)
  return command(trace, words, program, raw)
end

--- Runs the command line; returns the exit code.
--- @param words table what is no option
--- @param raw table options by long name, values as written
--- @param program string the path of the program that runs
function cli.main(words, raw, program)
  local trace = ks._host()
  local ok, e = pcall(dispatch, trace, words, raw, program)
  trace:close()
  if not ok then
    output.flush()
    io.stderr:write(script.text_of(e), "\n")
    e = errors.is(e) and e.code or e == limits.NO_MEMORY and 71 or 70
  end
  if e ~= 0 and trace.options.output then -- the mistake corrected, it must not be in the way
    C.ks_output_undo(trace.options.output)
  end
  return e
end

return cli
