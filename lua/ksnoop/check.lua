--- ksnoop check: what of scripts breaks on which kernel, told by their types alone.
local ffi = require "ffi"
local core = require "ksnoop.core"
local errors = require "ksnoop.error"
local guard = require "ksnoop.guard"
local ks = require "ksnoop"
local loop = require "ksnoop.loop"
local modules = require "ksnoop.modules"
local printed = require "ksnoop.printed"
local script = require "ksnoop.script"
local shared = require "ksnoop.options"
local show = require "ksnoop.check_print"

local C = core.C
local check = {}

local ENOUGH = {} -- what os.exit raises in a script

-- Runs a script, its globals apart from ours, and compiles what it defines.
local function define(trace, chunk, words)
  local exit, before = os.exit, modules.loaded()
  os.exit = function() error(ENOUGH, 0) end -- luacheck: ignore 122
  setfenv(chunk, setmetatable({}, { __index = _G }))
  local ok, e = guard.call(function()
    script.build(chunk(), words)
  end)
  os.exit = exit -- luacheck: ignore 122
  modules.unload(before)
  if not ok and e ~= ENOUGH then
    trace:try(script.fail, e)
  end
  if #trace.breaks == 0 and not (trace.tested and #trace.probes == 0) then
    trace:try(trace.check, trace)
  end
  if #trace.breaks == 0 and #trace.probes > 0 then -- programs of parts would say nothing new
    trace:try(trace.compile, trace)
  end
end

local pick = ffi.new "struct ks_pick"

-- What the core's first() took, and ks.first, each once: { file, line, of, taken }.
local function picks_of(trace)
  local list, seen = {}, {}
  local function add(file, line, of, taken)
    local id = table.concat({ file or "", line or 0, of, taken or "" }, "\0")
    if not seen[id] then
      seen[id] = true
      list[#list + 1] = { file = file, line = line, of = of, taken = taken }
    end
  end
  for _, one in ipairs(trace.picks) do
    local places = table.concat(one.places, '", "')
    add(one.at and one.at.file, one.at and one.at.line, ('ks.first { "%s" }'):format(places),
      one.taken)
  end
  local i = 0
  while trace.handle and C.ks_pick(trace.handle, i, pick) do
    local text, file = core.string(pick.text), core.string(pick.file)
    add(file, file and (errors.line_of(file, pick.line, text) or pick.line),
      text:sub(pick.pos + 1, pick.pos + pick.len), ffi.string(pick.taken, pick.taken_len))
    i = i + 1
  end
  return list
end

-- Where a break is, as its text is shown.
local function line_of(e)
  local at = e.at
  return at and (e.text and e.len > 0 and errors.line_of(at.file, at.line, e.text) or at.line)
end

-- One script on one kernel: { breaks =, picks = }.
local function read(path, words, kernel, options)
  local o = { format = "text", btf = kernel.btf, tracefs = kernel.tracefs }
  for _, name in ipairs(shared.names) do
    o[name] = options[name]
  end
  local trace = loop.new(o)
  trace.breaks = {}
  local good, chunk = trace:try(script.load, path)
  if good then
    local ok, e = printed(ks._in, trace, define, trace, chunk, words)
    if not ok then
      trace:close()
      error(e, 0)
    end
  end
  local result = { breaks = trace.breaks, picks = picks_of(trace) }
  for i, e in ipairs(result.breaks) do
    e.order, e.line = i, line_of(e)
  end
  table.sort(result.breaks, show.before)
  trace:close()
  return result
end

-- Does it depend on a kernel's types whether this is wrong?
local function of_types(e)
  return e.code ~= 2 or e.kind == C.KS_ENAME or e.kind == C.KS_ETYPE
end

local function identity(e)
  return table.concat({ e.at and e.at.file or "", e.at and e.at.line or 0, e.text or e.message,
    e.text and e.pos or 0 }, "\0")
end

-- 0: it fits everywhere; 2: the text is wrong on every kernel; 3: it breaks somewhere. Of one
-- kernel a name that it has not is no mistake in the text: another may have it.
local function code_of(results)
  local times, code = {}, 0
  for _, r in ipairs(results) do
    local here = {}
    for _, e in ipairs(r.breaks) do
      code = code == 0 and 3 or code
      local id = identity(e)
      if e.code == 2 and not here[id] and (#results > 1 or not of_types(e)) then
        here[id] = true
        times[id] = (times[id] or 0) + 1
        code = times[id] == #results and 2 or code
      end
    end
  end
  return code
end

--- Checks scripts on kernels and writes what came of it.
--- @param scripts table { { path =, words = }, ... }
--- @param kernels table of kernels.lua
--- @param options table of the command line
--- @param program string the path of ksnoop itself
--- @return number the exit code
function check.run(scripts, kernels, options, program)
  local code = 0
  modules.refuse_bytecode()
  show.begin(options)
  for _, one in ipairs(scripts) do
    modules.set_paths(one.path, program)
    one.results = {}
    for k, kernel in ipairs(kernels) do
      one.results[k] = read(one.path, one.words, kernel, options)
    end
    local mine = code_of(one.results)
    code = (code == 2 or mine == 2) and 2 or math.max(code, mine)
    show.script(one, kernels, options)
  end
  if options.format == "text" then
    show.table(scripts, kernels)
  end
  return code
end

return check
