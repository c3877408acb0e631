--- Where there are too many hits: sampling and rates, to the last hit, and the governor.
local guest = require "spec.kernel.guest"
local json = require "dkjson"

local CALLS = 20000

-- Six times the spread of how many of n are drawn: chance is outside of it once in 500 million runs.
local function likely(n, one_in, drawn)
  local spread = math.sqrt(n / one_in * (1 - 1 / one_in))
  assert.is_true(math.abs(drawn - n / one_in) <= 6 * spread, ("%d of %d are one in %d"):format(drawn, n, one_in))
end

-- The rows of an aggregation by its title, and of those without keys the value.
local function rows_of(out)
  local found = {}
  for _, r in ipairs(out.rows) do
    found[r.name] = r.rows
  end
  return found
end

describe("one in so many", function()
  local out, c, rows

  setup(function()
    out = guest.json(("-c 'build/guest/umask %d 2'"):format(CALLS), [[
      ks.probe "__x64_sys_umask" { sample = "1/10", ks.count { title = "lua", by = function(e) return e.cpu end },
        ks.count { title = "count" }, ks.sum { "7", title = "sum" },
        ks.stats { "cpu + 1", by = "cpu", title = "stats" }, ks.hist { "cpu + 1", title = "hist" },
        ks.print "{weight}" }
      ks.probe "__x64_sys_umask" { sample = "1/100", where = "comm == 'umask'", ks.count { title = "hundred" } }
      ks.call "__x64_sys_umask" { sample = "1/10", where = "elapsed >= 0", ks.count { title = "calls" } }
      ks.span { open = "__x64_sys_umask", close = "return:__x64_sys_umask", sample = "1/10",
        ks.count { title = "spans" } }
      ks.probe "__x64_sys_umask" { sample = "1/1", ks.count { title = "all" } }]])
    c, rows = out.summary.probes, rows_of(out)
  end)

  it("is so many of what the predicates let pass, and all are counted", function()
    for name, p in pairs(c) do
      guest.identity(p, CALLS)
      likely(p.matched + p.sampled, name == "__x64_sys_umask#2" and 100
        or name == "__x64_sys_umask#4" and 1 or 10, p.matched)
      assert.are.equal(0, p.filtered)
    end
  end)

  it("stands for the others in each event and each aggregation, in the kernel and in Lua", function()
    local p = c.__x64_sys_umask
    assert.are.equal(p.delivered, #out.event)
    for _, e in ipairs(out.event) do
      assert.are.equal(10, e.weight)
    end
    assert.are.same({ { key = {}, value = 10 * p.matched, samples = p.matched } }, rows.count)
    assert.are.same({ { key = {}, value = 70 * p.matched, samples = p.matched } }, rows.sum)
    local by_cpu, counted = {}, 0
    for _, e in ipairs(out.event) do
      by_cpu[e.cpu] = (by_cpu[e.cpu] or 0) + 1
    end
    for _, r in ipairs(rows.lua) do
      assert.are.same({ 10 * r.samples, by_cpu[r.key.key] }, { r.value, r.samples })
      counted = counted + r.samples
    end
    assert.are.equal(p.delivered, counted)
    for _, r in ipairs(rows.stats) do
      local v, cpu = r.value, r.key.cpu + 1
      assert.are.same({ 10 * r.samples, 10 * r.samples * cpu, cpu, cpu, cpu }, { v.count, v.sum, v.min, v.max, v.avg })
    end
    local hist, in_buckets = rows.hist[1], 0
    for _, b in ipairs(hist.value.buckets) do
      in_buckets = in_buckets + b[3]
    end
    assert.are.same({ 10 * p.matched, p.matched, 10 * p.matched }, { hist.value.count, hist.samples, in_buckets })
    assert.are.equal(100 * c["__x64_sys_umask#2"].matched, rows.hundred[1].value)
    assert.are.equal(c["__x64_sys_umask#4"].matched, rows.all[1].value)
  end)

  it("of calls and spans is drawn where they begin: each end finds its beginning", function()
    for title, name in pairs { calls = "__x64_sys_umask#3", spans = "__x64_sys_umask -> return:__x64_sys_umask" } do
      local p = c[name]
      assert.are.equal(p.opened, p.closed + p.reopened + p.gone + p.open)
      assert.are.equal(p.closed, p.matched + p.sampled)
      assert.are.equal(10 * p.matched, rows[title][1].value)
    end
  end)

  it("is shown as what it is, and of what is open only what was drawn", function()
    local code, text, err = guest.ksnoop("-c 'build/guest/spans open 2000 2000'", [[
      local s = ks.span { sample = "1/10",
        open = { "sys:getsid", key = "arg(pid)", where = "comm == 'spans'", capture = { "tid" } },
        close = { "sys:getpgid", key = "arg(pid)" }, function() end }
      local open = ks.count { title = "open" }
      ks.probe "sys:getsid" { sample = "1/10", where = "comm == 'spans'", ks.hist { "tid", by = "comm" },
        ks.stats "tid", ks.count { "comm", title = "named" } }
      ks.at_end(function()
        for e in s:open() do open(e) end
        open:print()
        print("counters", s:counters().opened, s:counters().open)
      end)]])
    assert.are.equal(0, code, err)
    local estimate, samples = text:match "open\n +COUNT +SAMPLES\n +~([%d,]+) +([%d,]+)\n"
    estimate, samples = tonumber((estimate:gsub(",", ""))), tonumber((samples:gsub(",", "")))
    assert.are.equal(10 * samples, estimate)
    likely(2000, 10, samples)
    assert.matches("counters\t2000\t2000\n", text)
    assert.matches("\n  comm=spans\n.- ~[%d,]+  |#+\n  count ~[%d,]+  samples %d+  avg ", text)
    assert.matches("\n +COUNT +AVG +MIN +MAX +SUM +SAMPLES\n +~[%d,]+ +[%d.,]+ +[%d,]+ +[%d,]+ +~[%d,]+ +%d+\n", text)
    assert.matches("\nnamed\n +COUNT +SAMPLES +COMM\n +~[%d,]+ +%d+ +spans\n", text)
    assert.matches(" left out by sampling", err)
  end)
end)

describe("so many in a time", function()
  it("stand for all, with what is left over at the end", function()
    local out = guest.json(("-c 'build/guest/umask %d 2'"):format(CALLS), [[
      ks.probe "__x64_sys_umask" { rate = "1000/s", ks.count { title = "count" }, ks.sum { "3", title = "sum" },
        ks.print {} }
      ks.call "__x64_sys_umask" { rate = "1000/s", where = "elapsed >= 0", ks.count { title = "calls" } }
      ks.probe "__x64_sys_umask" { rate = "1000/s", sample = "1/4", ks.count { title = "both" } }]])
    local c, rows, sum, by_cpu = out.summary.probes, rows_of(out), 0, {}
    for _, p in pairs(c) do
      guest.identity(p, CALLS)
    end
    local p = c.__x64_sys_umask
    for _, e in ipairs(out.event) do
      sum = sum + e.weight
      local cpu = by_cpu[e.cpu] or { first = e.time, n = 0 }
      cpu.n, cpu.last, by_cpu[e.cpu] = cpu.n + 1, e.time, cpu
    end
    assert.are.same({ p.matched, p.matched + p.sampled }, { #out.event, sum + p.remainder })
    assert.are.same({ { key = {}, value = sum, samples = p.matched } }, rows.count)
    assert.are.equal(3 * sum, rows.sum[1].value)
    -- A tenth of a second's worth may come at once.
    for _, cpu in pairs(by_cpu) do
      assert.is_true(cpu.n <= 101 + (cpu.last - cpu.first) / 1e6, cpu.n)
    end
    local calls, both = c["__x64_sys_umask#2"], c["__x64_sys_umask#3"]
    assert.are.equal(calls.matched + calls.sampled, rows.calls[1].value + calls.remainder)
    assert.are.equal(calls.opened, calls.closed)
    assert.are.equal(0, (rows.both[1].value + both.remainder) % 4)
    -- What chance let pass is all that the rate divides up.
    likely(both.matched + both.sampled, 4, (rows.both[1].value + both.remainder) / 4)
  end)
end)

describe("the governor", function()
  it("pauses a storm, also while Lua is busy and in the middle of calls, and nothing else", function()
    local storm = [[
      local ffi = require "ffi"
      ffi.cdef "int usleep(unsigned);"
      local p = ks.probe "__x64_sys_umask" { ks.count "stack" } -- which is so dear that a slow machine is busy, too
      ks.call "hrtimer_nanosleep" { where = "elapsed >= 0 && comm == 'sleep'", function() end }
      -- In here until it is paused, for up to half a minute: no hit between two looks.
      ks.after("10ms", function()
        for _ = 1, 60 do
          local before = p:counters().hits
          ffi.C.usleep(500000)
          if before > 0 and p:counters().hits == before then
            return print "paused meanwhile"
          end
        end
      end)]]
    guest.spill("/tmp/storm.lua", 'local ks = require "ksnoop"\n' .. storm)
    guest.spill("/tmp/quiet.lua", [[
      local ks = require "ksnoop"
      ks.probe "sys:getsid" {}
      ks.every("200ms", function() local t = os.clock() + 0.1 while os.clock() < t do end end)]])
    guest.spill("/tmp/free.lua", [[
      local ks = require "ksnoop"
      ks.probe "__x64_sys_umask" { ks.count "cpu" }]])
    guest.spill("/tmp/sleepers", "for i in 1 2 3; do sleep 100000 & echo $!; done >/tmp/asleep; wait")
    local _, out = guest.sh [[
      build/guest/umask 1000000000 2 & storm=$!
      ksnoop --budget 1% -D 6s /tmp/quiet.lua >/tmp/quiet 2>&1 & quiet=$!
      ksnoop --budget 1% --no-governor -D 6s /tmp/free.lua >/tmp/free 2>&1 & free=$!
      ksnoop -f json --budget 1% -c "sh /tmp/sleepers" /tmp/storm.lua >/tmp/storm 2>/tmp/storm.err
      echo "storm $?"
      kill -0 $storm && echo "alive"
      wait $quiet; echo "quiet $?"
      wait $free; echo "free $?"
      kill $storm $(cat /tmp/asleep)]]
    local said = guest.slurp "/tmp/storm.err"
    assert.matches("storm 6\nalive\nquiet 0\nfree 0\n", out)
    assert.matches("paused meanwhile\n", said)
    assert.matches("ksnoop: tracing cost about [%d,]+ %% of a processor for 3 s, and may cost 1 %%: "
      .. "all probes are paused\nksnoop: most of it was __x64_sys_umask, [%d,]+ hits a second\nhint: ", said)
    local c = json.decode(guest.slurp("/tmp/storm"):match '{"type":"summary".*', 1, json.null).probes
    for _, p in pairs(c) do
      guest.identity(p)
    end
    local p = c.hrtimer_nanosleep
    assert.are.equal(p.opened, p.closed + p.reopened + p.gone + p.open)
    assert.are.equal(0, p.unmatched)
    -- In the storm a beginning may find another of our programs at work on its CPU.
    assert.is_true(p.open + p.unopened >= 3, ("%d open, %d unopened"):format(p.open, p.unopened))
    assert.are.equal(0, guest.leftovers())
  end)
end)
