--- Inside the machine: what ksnoop takes as a trace grows. luajit spec/bench/scale.lua
--
--     @bench TABLE/STEP COLUMN VALUE    or  @bench TABLE/STEP COLUMN ! WHY    of scale_tables.lua

local inside = require "spec.bench.inside"
local steps = require "spec.bench.scale_tables"
local say, output = inside.say, inside.output

local bench = inside.bench
local ksnoop = "build/ksnoop --no-governor --callback-timeout 10m "

local function script(text)
  inside.spill("/tmp/bench.lua", 'local ks = require "ksnoop"\n' .. text .. "\n")
end

local function available()
  return tonumber(inside.slurp("/proc/meminfo"):match "MemAvailable: *(%d+)") / 1024
end

-- Runs the script, with calls of vfs_read meanwhile, and tells what each takes.
local function calls(name, programs, how)
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
  say(name, "shown", inside.slurp("/tmp/out"):match "SHOWN (%d+)" or "-1")
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

inside.stats(false)
say("untraced", "call", (output(bench .. "calls 4000"):match "%S+"))
for _, n in ipairs(steps.captures) do
  local captures = {}
  for i = 1, n do
    captures[i] = ('"c%d=count+%d"'):format(i, i)
  end
  script(('local n = 0 ks.probe "vfs_read" { where = "count == 1", capture = { %s }, function(e) n = n + e.c1 - 1 end }'
    .. ' ks.at_end(function() print("SHOWN " .. n) end)'):format(table.concat(captures, ", ")))
  calls("captures/" .. n, 1, "4000")
end
for _, n in ipairs(steps.probes) do
  script(('for i = 1, %d do ks.probe "vfs_read" { where = "count == " .. 4096 + i, capture = {} } end'):format(n))
  calls("probes/" .. n, n, "4000")
end
for _, n in ipairs(steps.rows) do
  script(('local c = ks.count { "buf", max = %d } ks.probe "vfs_read" { where = "count == 1", c }'
    .. ' ks.at_end(function() local n = 0 for _ in c:rows() do n = n + 1 end print("SHOWN " .. n) end)'):format(2 * n))
  calls("rows/" .. n, 1, ("%d %d"):format(math.max(4000, 2 * n), n))
end
for _, step in ipairs(steps.functions(os.getenv "KSNOOP_VM")) do
  attach(step)
end
say "end"
