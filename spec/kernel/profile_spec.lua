--- profile:HZ: samples of tasks whose share of the CPUs is known.
local guest = require "spec.kernel.guest"

local HZ = 99

-- Runs a busy task under a script; returns what guest.json does, with its CPU and how many ticks its time had.
local function spin(how, ms, script)
  local out = guest.json(("-c 'build/guest/spin %s %d'"):format(how, ms), script)
  local ns, cpu = out.stderr:match "cpu (%d+) ns on CPU (%d+)"
  out.ticks, out.cpu = tonumber(ns) / 1e9 * HZ, tonumber(cpu)
  return out
end

local function sum(rows)
  local n = rows.other ~= guest.null and rows.other or 0
  for _, row in ipairs(rows.rows) do
    n = n + row.value
  end
  return n
end

-- A machine that is stopped for a while makes fewer ticks of the same time, but never more.
local function is_its_time(samples, out)
  assert.is_true(samples > 0 and samples <= 1.2 * out.ticks + 2,
    ("%d samples in the time of %d ticks"):format(samples, out.ticks))
end

describe("profile:HZ", function()
  it("samples every CPU, and gives nearly all of one to the task that is busy there", function()
    local out = spin("user", 1000, ([[
      ks.probe "profile:%d" { ks.count { by = { "cpu", "comm", "pid" } }, ks.count { by = "comm" } }
      ks.probe "profile:%d" { capture = {} }]]):format(HZ, HZ))
    local c, second = out.summary.probes["profile:" .. HZ], out.summary.probes["profile:" .. HZ .. "#2"]
    guest.identity(c)
    guest.identity(second)
    assert.are.equal(guest.null, c.recursion)
    assert.are.equal(c.matched, c.aggregated)
    assert.are.equal(c.matched, sum(out.rows[1]))
    assert.are.equal(c.matched, sum(out.rows[2]))
    assert.are.equal(second.matched, #out.event)
    local own, cpus = 0, {}
    for _, row in ipairs(out.rows[1].rows) do
      cpus[row.key.cpu] = true
      if row.key.comm == "spinner" then
        assert.are.equal(out.cpu, row.key.cpu)
        own = own + row.value
      end
    end
    for cpu = 0, out.cpu do
      assert.is_true(cpus[cpu], "no sample of CPU " .. cpu)
    end
    is_its_time(own, out)

    local first, last, all, its = nil, nil, 0, 0
    for _, e in ipairs(out.event) do
      if e.comm == "spinner" then
        first, last = first or e.time, e.time
        assert.are.equal(out.cpu, e.cpu)
        its = its + 1
      end
    end
    for _, e in ipairs(out.event) do
      all = all + (e.cpu == out.cpu and e.time >= first and e.time <= last and 1 or 0)
    end
    assert.is_true(its >= 0.8 * all, ("%d of %d"):format(its, all))
    is_its_time(its, out)
  end)

  it("has the stacks of both sides, of which one may be empty", function()
    local script = ([[
      local on = ks.count { by = { "comm", "stack", "ustack" } }
      ks.probe "profile:%d" { where = "comm == 'spinner'", on, ks.count { by = "stack(1)" }, function() end }
      ks.at_end(function() on:print() on:print { as = "folded", to = "/tmp/folded" } end)]]):format(HZ)
    -- How many samples of it have a text in a stack, and how many there are.
    local function found(out, key, text)
      local n, c = 0, out.summary.probes["profile:" .. HZ]
      guest.identity(c)
      assert.are.equal(c.matched, sum(out.rows[1]))
      assert.are.equal(c.matched, sum(out.rows[2]))
      assert.are.equal(0, c.nils)
      is_its_time(c.matched, out)
      for _, row in ipairs(out.rows[1].rows) do
        n = n + (table.concat(row.key[key], "\n"):find(text) and row.value or 0)
      end
      local folded = 0
      for line in guest.slurp "/tmp/folded":gmatch "[^\n]+" do
        local way, value = line:match "^(spinner;.*) (%d+)$"
        assert.is_truthy(way, line)
        assert.is_falsy(way:find(";;", 1, true) or way:find ";$", line)
        folded = folded + value
      end
      assert.are.equal(c.matched, folded)
      return n, c.matched
    end
    local n, all = found(spin("user", 700, script), "ustack", "^spinning")
    assert.is_true(n >= 0.8 * all, ("%d of %d"):format(n, all))
    n, all = found(spin("kernel", 700, script), "stack", "vfs_read")
    assert.is_true(n >= 0.5 * all, ("%d of %d"):format(n, all))
  end)

  it("leaves nothing behind, and takes what the sysctl lets it", function()
    assert.are.equal(0, guest.leftovers())
    local most = tonumber((select(2, guest.sh "cat /proc/sys/kernel/perf_event_max_sample_rate")))
    assert.are.equal(0, (guest.ksnoop("-q -D 20ms", ('ks.probe "profile:%d" { ks.count {} }'):format(most))))
    guest.sh "echo 1000 > /proc/sys/kernel/perf_event_max_sample_rate"
    local code, _, err = guest.ksnoop("-q -D 20ms", 'ks.probe "profile:1001" {}')
    guest.sh(("echo %d > /proc/sys/kernel/perf_event_max_sample_rate"):format(most))
    assert.are.equal(2, code)
    assert.is_truthy(err:find("1001 samples a second on each CPU are more than 1000", 1, true), err)
    assert.is_truthy(err:find("kernel.perf_event_max_sample_rate", 1, true), err)
  end)

  it("samples the CPUs that are there when it starts", function()
    local out = guest.json("-D 500ms", ([[
      os.execute "echo 0 > /sys/devices/system/cpu/cpu1/online"
      ks.probe "profile:%d" { ks.count { by = "cpu" } }
      ks.after("100ms", function() os.execute "echo 1 > /sys/devices/system/cpu/cpu1/online" end)
    ]]):format(HZ))
    guest.sh "echo 1 > /sys/devices/system/cpu/cpu1/online"
    assert.are.equal("1\n", (select(2, guest.sh "cat /sys/devices/system/cpu/cpu1/online")))
    assert.are.equal(1, #out.rows[1].rows)
    assert.are.equal(0, out.rows[1].rows[1].key.cpu)
    guest.identity(out.summary.probes["profile:" .. HZ])
  end)
end)
