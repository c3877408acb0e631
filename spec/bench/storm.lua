--- Inside the machine: a storm of hits on the functions that are called most, and what it leaves of a task that wants
--- to wake up every millisecond.
---
---     spec/vm/run -k 6.12 --timeout 1200 -- luajit spec/bench/storm.lua [FUNCTIONS]
---
--- Prints how often that task woke up with the probes on, beside how often while they were paused in between, and how
--- long the governor takes. A host with other work takes its time from both alike; still no test: it takes minutes.
local inside = require "spec.bench.inside"

local functions = tonumber(arg[1] or 200)
local tracing = "/sys/kernel/tracing/"

io.stdout:setvbuf "line"

local spill = inside.spill

local function sh(command)
  return inside.output(command .. " 2>&1")
end

-- The functions that are called most, of those that ksnoop takes: by ftrace's own trace of a moment.
local function busiest(most)
  spill(tracing .. "buffer_size_kb", "8192")
  spill(tracing .. "current_tracer", "function")
  os.execute "usleep 300000"
  spill(tracing .. "tracing_on", "0")
  local calls, list, taken, n, all = {}, {}, {}, 0, 0
  for line in io.lines(tracing .. "trace") do
    local name = line:match ": ([%w_.]+) <%-"
    if name then
      list[#list + 1] = not calls[name] and name or nil
      calls[name] = (calls[name] or 0) + 1
      all = all + 1
    end
  end
  spill(tracing .. "current_tracer", "nop")
  spill(tracing .. "buffer_size_kb", "1")
  spill(tracing .. "tracing_on", "1")
  table.sort(list, function(a, b) return calls[a] > calls[b] end)
  local asked = table.concat(list, " ", 1, math.min(#list, 2 * most))
  for name, can in sh("ksnoop -f json explain " .. asked):gmatch '{"name":"([^"]+)","module":[^,]*,"traceable":(%l+)' do
    if can == "true" and #taken < most then
      taken[#taken + 1], n = name, n + calls[name]
    end
  end
  print(("load: %d functions; the %d busiest that can be traced have %.0f %% of all calls"):format(#list, #taken,
    100 * n / all))
  return taken
end

-- Processes, files, pipes and memory, all the time; and the task.
spill("/tmp/load", [[
while :; do
  dd if=/dev/zero of=/tmp/storm bs=512 count=200 2>/dev/null
  cat /tmp/storm /proc/self/stat | wc -c >/dev/null
done]])
local started = sh "sh /tmp/load >/dev/null 2>&1 & echo $!; build/guest/tick /tmp/ticks >/dev/null 2>&1 & echo $!"

local head = [[
local ks = require "ksnoop"
local ffi = require "ffi"
ffi.cdef "struct timespec { long s, ns; }; int clock_gettime(int, struct timespec *);"
local t, ticks = ffi.new "struct timespec", ffi.new "int64_t[1]"
local function now()
  ffi.C.clock_gettime(1, t)
  return tonumber(t.s) + tonumber(t.ns) / 1e9
end
local function ticked()
  local f = io.open "/tmp/ticks"
  ffi.copy(ticks, f:read(8), 8)
  f:close()
  return tonumber(ticks[0])
end
]]
local names = busiest(functions)
local probe = 'local n, probes = ks.count "func", {}\n'
for first = 1, #names, 50 do -- one probe takes 64 places
  probe = ('%sprobes[#probes + 1] = ks.probe { "%s" } { n }\n'):format(probe,
    table.concat(names, '", "', first, math.min(first + 49, #names)))
end

local function run(options, script)
  spill("/tmp/storm.lua", head .. script)
  print((sh(("ksnoop %s /tmp/storm.lua"):format(options))))
end

local alone = [[
local before, begun = ticked(), now()
ks.at_end(function() print(("%.0f ticks a second"):format((ticked() - before) / (now() - begun))) end)
]]
print "not traced:"
run("-q -D 5s", 'ks.probe "sys:sethostname" { ks.count {} }\n' .. alone)
print "all of them, and paused every other half of a second:"
run("-q --no-governor -D 10s", probe .. [[
local on, rates, hits = true, { [true] = {}, [false] = {} }, {}
local before, begun = ticked(), now()
ks.every("500ms", function()
  local n, time = ticked(), now()
  table.insert(rates[on], (n - before) / (time - begun))
  on = not on
  for _, p in ipairs(probes) do
    if on then p:resume() else p:pause() end
  end
  before, begun = ticked(), now()
end)
ks.at_end(function()
  local function mean(list)
    local sum = 0
    for _, v in ipairs(list) do sum = sum + v end
    return sum / #list
  end
  local traced, paused, all = mean(rates[true]), mean(rates[false]), 0
  for _, p in ipairs(probes) do
    all = all + tonumber(p:counters().hits)
  end
  print(("%.0f ticks a second traced, %.0f paused: %.0f %%; %d hits"):format(traced, paused, 100 * traced / paused,
    all))
end)
]])
print "the governor, where 5 % of a processor are too much:"
run("-q --budget 5% -D 60s", probe .. [[
local begun
ks.after("1ms", function() begun = now() end)
ks.at_end(function() print(("after %.2f s"):format(now() - begun)) end)
]])
print "not traced:"
run("-q -D 5s", 'ks.probe "sys:sethostname" { ks.count {} }\n' .. alone)
os.execute("kill " .. started:gsub("\n", " "))
