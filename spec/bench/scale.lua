--- Inside the machine: what ksnoop takes as a trace grows. luajit spec/bench/scale.lua [TABLE...]
--
-- TABLE: only these of captures, probes, rows, functions.
--
--     @bench TABLE/STEP COLUMN VALUE    or  @bench TABLE/STEP COLUMN ! WHY    of scale_tables.lua

local inside = require "spec.bench.inside"
local steps = require "spec.bench.scale_tables"
local say, output = inside.say, inside.output

local bench = inside.bench
local ksnoop = "build/ksnoop --no-governor --callback-timeout 10m --max-lua-mem 1G "

local function script(text)
  inside.spill("/tmp/bench.lua", 'local ks = require "ksnoop"\n' .. text .. "\n")
end

local function available()
  return tonumber(inside.slurp("/proc/meminfo"):match "MemAvailable: *(%d+)") / 1024
end

-- Runs the script, with calls of vfs_read meanwhile, and tells what each takes. shows: it prints SHOWN and a number at
-- its end.
local function calls(name, programs, how, shows)
  local before = available()
  local pid = inside.start(ksnoop .. "/tmp/bench.lua")
  inside.stats(true)
  local there = os.execute(("%shits wait %d 2>/dev/null"):format(bench, programs)) == 0
  inside.settle(pid)
  inside.stats(false)
  if not there or os.execute("kill -0 " .. pid .. " 2>/dev/null") ~= 0 then
    say(name, "call", "!", inside.why())
    return
  end
  local least, mean = output(bench .. "calls " .. how):match "(%S+) (%S+)"
  say(name, "call", least)
  say(name, "mean", mean)
  inside.settle(pid)
  say(name, "memory", ("%.1f"):format(before - available()))
  say(name, "rss", inside.slurp(("/proc/%s/status"):format(pid)):match "VmHWM:%s*(%d+)")
  local cpu = inside.cpu_of(pid)
  inside.stop(pid, "TERM")
  say(name, "cpu", ("%.2f"):format(cpu / 1e6))
  if shows then
    local shown = inside.slurp("/tmp/out"):match "SHOWN (%d+)"
    say(name, "shown", shown or "!", shown and "" or inside.why())
  end
end

local function attach(step)
  local name = "functions/" .. step.name
  local globs = {}
  for _, glob in ipairs(step.globs) do
    globs[#globs + 1] = ("%q"):format(glob)
  end
  script(([[
    local C, ffi = require "ksnoop.core".C, require "ffi"
    local p = ks.probe { %s } { where = "false", capture = {} }
    local left = ffi.new "uint32_t[1]"
    ks.at_end(function() print("POINTS " .. C.ks_probe_points(p.handle, left)) end)]]):format(
    table.concat(globs, ", ")))
  local command = ("%stook %s --max-probes %d -D 10ms /tmp/bench.lua 2>/tmp/err"):format(bench, ksnoop,
    step.max or 100)
  for _ = 1, 2 do -- the first run is for the caches
    local wall, cpu, rss = output(command):match "^(%S+) (%S+) (%d+)\n$"
    if _ == 2 and wall then
      say(name, "functions", inside.slurp("/tmp/err"):match "POINTS (%d+)" or "-1")
      say(name, "wall", wall)
      say(name, "cpu", cpu)
      say(name, "rss", rss)
    elseif _ == 2 then
      say(name, "wall", "!", inside.why())
    end
  end
end

local function captures(n)
  local list = {}
  for i = 1, n do
    list[i] = ('"c%d=count+%d"'):format(i, i)
  end
  script(('local n = 0 ks.probe "vfs_read" { where = "count == 1", capture = { %s }, function(e) n = n + e.c1 - 1 end }'
    .. ' ks.at_end(function() print("SHOWN " .. n) end)'):format(table.concat(list, ", ")))
  calls("captures/" .. n, 1, "4000", true)
end

-- A trampoline takes about 38 programs, whoever asks; a breakpoint takes any number.
local function probes(n)
  for place, prefix in pairs { probes = "", kprobes = "kprobe:" } do
    script(('for i = 1, %d do ks.probe "%svfs_read" { where = "count == " .. 4096 + i, capture = {} } end'):format(n,
      prefix))
    calls(("%s/%d"):format(place, n), n, "4000")
  end
end

-- Taken, not only read, so that ksnoop does not print what is left at the end.
local function rows(n)
  script(('local c = ks.count { "buf", max = %d } ks.probe "vfs_read" { where = "count == 1", c }'
    .. ' ks.at_end(function() local n = 0 for _ in c:take():rows() do n = n + 1 end print("SHOWN " .. n) end)')
    :format(2 * n))
  calls("rows/" .. n, 1, ("%d %d"):format(math.max(4000, 2 * n), n), true)
end

local asked, any = {}, false
for _, name in ipairs(arg) do
  asked[name], any = true, true
end

inside.stats(false)
say("untraced", "call", (output(bench .. "calls 4000"):match "%S+"))
for _, each in ipairs {
  { "captures", captures, steps.captures }, { "probes", probes, steps.probes }, { "rows", rows, steps.rows },
  { "functions", attach, steps.functions(os.getenv "KSNOOP_VM") },
} do
  for _, step in ipairs((not any or asked[each[1]]) and each[3] or {}) do
    each[2](step)
  end
end
say "end"
