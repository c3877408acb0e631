--- Every hit is accounted for, exactly, against what the workload itself counted.
local guest = require "spec.kernel.guest"

-- A consumer that can't keep up: it sleeps 1 ms for every 50 events.
local slow = [[
local ffi = require "ffi"
ffi.cdef "int usleep(unsigned);"
local n = 0
ks.probe "%s" {
  capture = {},
  function()
    n = n + 1
    if n %% 50 == 0 then
      ffi.C.usleep(1000)
    end
  end,
}
]]

local function calls(out)
  return tonumber(out.stderr:match "calls (%d+)")
end

local function overload(place, command)
  local out = guest.json(("--buffer 64K -c '%s'"):format(command), slow:format(place))
  local c = out.summary.probes[place]
  guest.identity(c, calls(out))
  assert.are.equal(0, c.filtered)
  assert.is_true(c.lost > 1000, "lost " .. c.lost)
  assert.is_true(c.delivered > 1000, "delivered " .. c.delivered)
  return c, out
end

describe("the counters of a probe, against the workload's own count", function()
  it("hold to the last hit when the ring overflows", function()
    overload("__x64_sys_umask", "build/guest/umask 50000")
  end)

  it("hold with two CPUs at once", function()
    overload("__x64_sys_umask", "build/guest/umask 50000 2")
  end)

  it("hold for hits in interrupts", function()
    overload("timerfd_tmrproc", "build/guest/timers 13 4000")
    -- By the time that these expire the program sleeps: the interrupt meets an idle CPU, process 0.
    local out = guest.json("-c 'build/guest/timers 1 2000'", 'ks.probe "timerfd_tmrproc" {}')
    local elsewhere = 0
    for _, e in ipairs(out.event) do
      elsewhere = elsewhere + (e.pid == 0 and 1 or 0)
    end
    guest.identity(out.summary.probes.timerfd_tmrproc, calls(out))
    assert.is_true(elsewhere >= 1000, "in idle tasks: " .. elsewhere)
  end)

  for _, size in ipairs { "4K", "64K", "1M" } do
    it("hold at every size of ring: " .. size, function()
      local out = guest.json(("--buffer %s -c 'build/guest/umask 20000 2'"):format(size),
        slow:format "__x64_sys_umask")
      guest.identity(out.summary.probes.__x64_sys_umask, calls(out))
    end)
  end

  it("hold while calls go on when the trace ends", function()
    for n = 1, 8 do
      local summary, events = guest.sums(("--buffer 64K -D %dms"):format(10 + n * 18), [[
        os.execute "build/guest/umask 300000000 2>/dev/null & echo $! >/tmp/pid"
        ks.probe "__x64_sys_umask" {}
      ]])
      os.execute "kill $(cat /tmp/pid)"
      local c = summary.probes.__x64_sys_umask
      guest.identity(c)
      assert.are.equal(0, c.filtered)
      assert.are.equal(c.delivered, events)
      assert.is_true(events > 0)
    end
  end)

  it("say in the stream where events were lost, and how many", function()
    local out = guest.json("--buffer 4K -c 'build/guest/umask 20000'", 'ks.probe "__x64_sys_umask" {}')
    local lost = 0
    for _, o in ipairs(out.loss) do
      lost = lost + o.lost
    end
    assert.are.equal(out.summary.probes.__x64_sys_umask.lost, lost)
    assert.is_true(lost > 0)
  end)

  it("leave hits and filtered unknown under --no-hits, and the rest exact", function()
    local out = guest.json("--no-hits -c 'build/guest/umask 5000'",
      [[ks.probe "__x64_sys_umask" { where = "regs->di < 256" }]])
    local c = out.summary.probes.__x64_sys_umask
    assert.are.equal(guest.null, c.hits)
    assert.are.equal(guest.null, c.filtered)
    assert.are.equal(2560, c.matched) -- 5000 calls with 0 to 511 in turn: 9 x 256, and 256 of the last 392
    assert.are.equal(c.matched, c.lost + c.delivered)
  end)
end)
