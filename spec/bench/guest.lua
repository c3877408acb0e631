--- Inside the machine: runs every row and prints what each took. luajit spec/bench/guest.lua COUNT
--
--     @bench NAME SIDE VALUE     side: ours, limit, twin; nanoseconds a hit, which are instructions
--     @bench NAME SIDE ! WHY     it did not run
--     @bench end
--
-- The empty programs' rows are empty-KIND, side limit.

local inside = require "spec.bench.inside"
local plan = require "spec.bench.rows"

local count = arg[1]
local bench = inside.bench

local say, slurp, spill = inside.say, inside.slurp, inside.spill

-- Runs a command; its output is in /tmp/out, its errors in /tmp/err.
local function runs(command)
  os.remove "/tmp/hits"
  return os.execute(command .. " >/tmp/out 2>/tmp/err </dev/null") == 0
end

-- The first line that a tool said went wrong.
local function why()
  for line in slurp("/tmp/err"):gmatch "[^\n]+" do
    if not line:find "^%s" and not line:find "^libbpf" and not line:find "^%-%-" then
      return line
    end
  end
  return "it failed without a word"
end

-- What hits counted of the programs whose name fits: nanoseconds a hit of all of them together. Those
-- that hardly ran are told of other things than hits: of tasks' ends.
local function measured(fits)
  local sum
  for name, hits, least in slurp("/tmp/hits"):gmatch "(%S+) (%d+) (%S+) %S+\n" do
    if fits(name) and tonumber(hits) > 100 then
      -- A few more are the tools' own, at most one in a hundred.
      if tonumber(hits) < tonumber(count) or tonumber(hits) > count * 1.01 then
        return nil, ("%s ran %s times, not %s"):format(name, hits, count)
      end
      sum = (sum or 0) + tonumber(least)
    end
  end
  return sum, "no program ran"
end

local function report(name, side, value, reason)
  if value then
    say(name, side, ("%.2f"):format(value))
  else
    say(name, side, "!", reason)
  end
end

local hits = ("%shits %s >/tmp/hits"):format(bench, count)

-- Did the probe do what the row says? The numbers of another question are worth nothing.
local function honest(row)
  local summary = slurp("/tmp/out"):match '{"type":"summary".*' or ""
  local matched, faults, lost = summary:match '"matched":(%d+)', summary:match '"faults":(%d+)',
    summary:match '"lost":(%d+)'
  if not matched or not faults then
    return false, "no summary"
  elseif tonumber(faults) > 0 or tonumber(lost) > 0 then
    return false, ("%s faults, %s lost"):format(faults, lost)
  elseif (tonumber(matched) >= tonumber(count)) ~= (row.accepts or row.counts or false) then
    return false, ("%s hits matched"):format(matched)
  end
  return true
end

local function ours(row)
  spill("/tmp/bench.lua", 'local ks = require "ksnoop"\n' .. row.script .. "\n")
  if not runs(("ksnoop -f json %s -c '%s' /tmp/bench.lua"):format(row.no_hits and "--no-hits" or "",
      hits)) then
    return nil, why()
  end
  local good, reason = honest(row)
  if not good then
    return nil, reason
  end
  return measured(function(name) return name:find "^ks_" end)
end

-- program: or several, with commas between
local function clang(object, program, accepts)
  if not runs(("%sload %s%s.bpf.o %s '%s'"):format(bench, bench, object, program, hits)) then
    return nil, why()
  end
  local events = tonumber(slurp("/tmp/out"):match "events (%d+)" or 0)
  if (events >= tonumber(count)) ~= (accepts or false) then
    return nil, ("%d events"):format(events)
  end
  return measured(function(name)
    for one in program:gmatch "[^,]+" do
      if one:sub(1, 15) == name then
        return true
      end
    end
  end)
end

-- Text to instructions: the clock counts them.
local function compile(times)
  local i = 0
  if not runs(("%scompile /sys/kernel/btf/vmlinux %d"):format(bench, times)) then
    say("compile-1 ours !", why())
    return
  end
  for ns, text in slurp("/tmp/out"):gmatch "(%d+) ([^\n]+)" do
    i = i + 1
    say(("compile-%d ours"):format(i), ns, text)
  end
end

-- Milliseconds of wall and processor time, of ksnoop and of the least loader.
local function multi(plan_of)
  local globs = {}
  for i, glob in ipairs(plan_of.globs) do
    globs[i] = ("'%s'"):format(glob)
  end
  local function took(command)
    if not runs(bench .. "took " .. command) then
      return nil, why()
    end
    return slurp("/tmp/out"):match "^(%S+) (%S+) %d+\n$"
  end
  local function tell(side, wall, cpu)
    report("multi-wall", side, tonumber(wall), cpu)
    report("multi-cpu", side, wall and tonumber(cpu), cpu)
  end
  -- The first run of each is for the caches.
  local least = ("%smulti %d %s"):format(bench, plan_of.count, table.concat(globs, " "))
  took(least)
  tell("limit", took(least))
  local functions, link = slurp("/tmp/err"):match "(%d+) (%S+)\n"
  report("multi-functions", "limit", tonumber(functions), "no link")
  report("multi-link", "limit", tonumber(link), "no link")
  spill("/tmp/bench.lua", 'local ks = require "ksnoop"\n' .. plan_of.script .. "\n")
  took "ksnoop -q -D 10ms /tmp/bench.lua"
  tell("ours", took "ksnoop -q -D 10ms /tmp/bench.lua")
end

-- Whole runs of ksnoop, while a shell reads a byte now and then: programs that start meanwhile leave the
-- kernel work that it does in whoever runs.
local function starts(list)
  os.execute("(while :; do read -n 1 x </dev/zero; usleep 10000; done) "
    .. ">/dev/null 2>&1 & echo $! >/tmp/reader")
  for _, start in ipairs(list) do
    if start.cpu[os.getenv "KSNOOP_VM"] then
      spill("/tmp/start.lua", 'local ks = require "ksnoop"\n' .. (start.script or "") .. "\n")
      local ok, least, most = true, math.huge, 0
      for _ = 1, 3 do -- the least: interrupts that fall into a run only make it more, and the first run warms up
        ok = ok and runs(bench .. "took " .. start.command)
        local cpu, rss = slurp("/tmp/out"):match "^%S+ (%S+) (%d+)\n$"
        least, most = math.min(least, tonumber(cpu) or least), math.max(most, tonumber(rss) or 0)
      end
      report("start-" .. start.name, "cpu", ok and least, why())
      report("start-" .. start.name, "rss", ok and most, why())
    end
  end
  os.execute("kill " .. slurp "/tmp/reader")
end

starts(plan.starts)
spill("/proc/sys/kernel/bpf_stats_enabled", "1")
for _, kind in ipairs(plan.kinds) do
  report("empty-" .. kind, "limit", clang("limit", "empty_" .. kind))
end
for _, row in ipairs(plan.rows) do
  report(row.name, "ours", ours(row))
  report(row.name, "twin", clang("twin", row.twin, row.accepts))
  if row.limit then
    report(row.name, "limit", clang("limit", row.limit, row.accepts))
  end
end
compile(plan.compile.times)
if arg[2] == "all" then
  for _, name in ipairs(plan.helpers) do
    -- What these put into the ring are events too.
    local rings = name == "submit" or name == "output"
    report("helper-" .. name, "limit", clang("helpers", "helper_" .. name, rings))
  end
  for _, body in ipairs(plan.steps.bodies) do
    for _, step in ipairs(plan.steps) do
      if plan.steps.has[body.name][step[1]] then
        report(("step-%s-%s"):format(body.name, step[1]), "limit",
          clang("steps", ("%s_%s"):format(body.name, step[1]), body.accepts))
      end
    end
  end
  multi(plan.multi)
end
say "end"
