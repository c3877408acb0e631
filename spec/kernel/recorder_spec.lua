--- keep and emit: the last records of each task, which go out when a condition comes true. The workload's calls are
--- known one by one, and so is what becomes of each.
local guest = require "spec.kernel.guest"

local old = guest.kernel:match "^5" -- there a hash holds what tasks keep

-- What becomes of the calls of one task, of which each `every`th fails.
local function expected(tasks, calls, every, keep)
  local times, rest = math.floor(calls / every), calls % every
  return { matched = tasks * calls, emitted = tasks * times * math.min(keep, every),
    kept = tasks * math.min(keep, rest),
    overwritten = tasks * (times * math.max(0, every - keep) + math.max(0, rest - keep)) }
end

-- Every event comes in the order of its task: the last `keep` up to a call that fails, then those up to the next.
local function check_events(events, tasks, calls, every, keep, name)
  local seen, n, last = {}, 0, {}
  for _, e in ipairs(events) do
    local number = e.args[name]
    local task, i = math.floor(number / 1e6), number % 1e6
    local first = i - (i - 1) % every -- of those up to this failing one
    local before = seen[task] or 0
    assert.is_true(before == 0 or e.time >= last[task])
    last[task] = e.time
    if before % every == 0 then -- a new lot
      assert.are.equal(first + math.max(0, every - keep), i)
      assert.is_true(i > before)
    else
      assert.are.equal(before + 1, i)
    end
    seen[task] = i
    n = n + 1
  end
  assert.are.equal(expected(tasks, calls, every, keep).emitted, n)
  for task = 1, tasks do
    assert.are.equal(calls - calls % every, seen[task])
  end
end

local function check_sums(c, want)
  guest.identity(c)
  assert.are.equal(want.matched, c.matched)
  assert.are.equal(0, c.lost)
  assert.are.equal(want.emitted, c.delivered)
  assert.are.equal(want.overwritten, c.overwritten)
  assert.are.equal(want.kept, c.kept)
end

local MARK = "comm == 'recorder' && "

describe("keep", function()
  it("gives the last records of the task in which the condition comes true, in order", function()
    local out = guest.json("-c 'build/guest/recorder together 5 100 30'", [[
      ks.call "sys:lseek" { where = "comm == 'recorder' && offset > 1000000",
        capture = { "offset", "whence", "retval", "elapsed" }, keep = 8, emit = "retval < 0" }]])
    local c = out.summary.probes["sys:lseek"]
    check_events(out.event, 5, 100, 30, 8, "offset")
    check_sums(c, expected(5, 100, 30, 8))
    for _, e in ipairs(out.event) do
      local fails = e.args.offset % 1e6 % 30 == 0
      assert.are.equal(fails and 99 or 0, e.args.whence)
      assert.are.equal(fails and -22 or e.args.offset, e.args.retval)
      assert.is_true(e.args.elapsed > 0)
    end
    assert.are.equal(old ~= nil, out.stderr:find("keeps the records of at most", 1, true) ~= nil, out.stderr)
  end)

  it("puts them where the last of them belongs with --sort", function()
    local out = guest.json("--sort -c 'build/guest/recorder together 5 100 30'", [[
      ks.probe "sys:lseek" { where = "comm == 'recorder' && offset > 1000000", capture = { "offset", "whence" },
        keep = 8, emit = "whence == 99" }]])
    local last = 0
    check_events(out.event, 5, 100, 30, 8, "offset")
    check_sums(out.summary.probes["sys:lseek"], expected(5, 100, 30, 8))
    for i, e in ipairs(out.event) do
      if e.args.whence == 99 then
        assert.are.equal(0, i % 8)
        assert.is_true(e.time >= last)
        last = e.time
      end
    end
    assert.are.equal(0, out.summary.late)
  end)

  it("does so in programs of every kind, and where more is kept than there is", function()
    local out = guest.json("-c 'build/guest/recorder together 3 50 20'", ([[
      local mark = "%s"
      ks.probe "sys:lseek" { where = mark .. "offset > 1000000", capture = { "n=offset" },
        keep = 7, emit = "whence == 99" }
      ks.probe "return:sys:lseek" { where = mark .. "offset > 1000000", capture = { "n=offset" },
        keep = 1, emit = "retval == -EINVAL" }
      ks.probe "kprobe:__x64_sys_lseek" { where = mark .. "regs->si > 1000000", capture = { "n=regs->si" },
        keep = 20, emit = "regs->dx == 99" }
      ks.probe "tp:sys_enter" { where = mark .. "id == 8 && regs->si > 1000000", capture = { "n=regs->si" },
        keep = 300, emit = "regs->dx == 99" }
      ks.probe "raw:sys_enter" { where = mark .. "id == 8 && regs->si > 1000000", capture = { "n=regs->si" },
        keep = 19, emit = "regs->dx == 99" }
      ks.probe { "fentry:__x64_sys_lseek", "return:fentry:__x64_sys_lseek" } {
        where = mark .. "regs->si > 1000000", capture = { "n=regs->si", "func" }, keep = 10,
        emit = "regs->dx == 99" }]]):format(MARK))
    local by = {}
    for _, e in ipairs(out.event) do
      by[e.probe] = by[e.probe] or {}
      table.insert(by[e.probe], e)
    end
    for place, keep in pairs { ["sys:lseek"] = 7, ["return:sys:lseek"] = 1, ["kprobe:__x64_sys_lseek"] = 20,
        ["tp:sys_enter"] = 300, ["raw:sys_enter"] = 19 } do
      check_events(by[place], 3, 50, 20, keep, "n")
      check_sums(out.summary.probes[place], expected(3, 50, 20, keep))
    end
    -- Two records of each call: the failing one goes out with what is before it, then once more, alone.
    local both = "fentry:__x64_sys_lseek, return:fentry:__x64_sys_lseek"
    local c = out.summary.probes[both]
    guest.identity(c)
    assert.are.equal(3 * 50 * 2, c.matched)
    assert.are.equal(3 * 2 * (10 + 1), c.delivered)
    assert.are.equal(3 * 10, c.kept)
    assert.are.equal(0, c.lost)
  end)

  it("counts all records of a lot that finds no room in the ring", function()
    local out = guest.json("--buffer 4K -c 'build/guest/recorder together 4 2000 10'", [[
      local ffi, n = require "ffi", 0
      ffi.cdef "int usleep(unsigned);"
      ks.probe "sys:lseek" { where = "comm == 'recorder' && offset > 1000000", capture = { "offset" },
        keep = 8, emit = "whence == 99", function()
          n = n + 1
          if n % 50 == 0 then
            ffi.C.usleep(1000)
          end
        end }]])
    local c, want = out.summary.probes["sys:lseek"], expected(4, 2000, 10, 8)
    local lost = 0
    guest.identity(c)
    assert.is_true(c.lost > 0)
    assert.are.equal(want.matched, c.matched)
    assert.are.equal(0, c.lost % 8)
    assert.are.equal(want.emitted, c.lost + c.delivered)
    assert.are.equal(want.overwritten, c.overwritten)
    assert.are.equal(0, c.kept)
    for _, o in ipairs(out.loss) do
      assert.are.equal("ring_full", o.cause)
      lost = lost + o.lost
    end
    assert.are.equal(c.lost, lost)
  end)

  -- 60,000 bytes of each, and more tasks than a hash has room for, if it forgot none of them.
  it("forgets what tasks kept that are no more", function()
    local tasks = old and 650 or 50
    local out = guest.json(("-c 'build/guest/recorder after %d 5 2'"):format(tasks), ([[
      ks.probe "sys:lseek" { where = "comm == 'recorder' && offset > 1000000", capture = { "offset" },
        keep = 1071, emit = "whence == 99 && offset > %d000000" }]]):format(tasks))
    check_sums(out.summary.probes["sys:lseek"],
      { matched = tasks * 5, emitted = 4, kept = tasks * 5 - 4, overwritten = 0 })
    for i, e in ipairs(out.event) do
      assert.are.equal(tasks * 1e6 + i, e.args.offset)
    end
  end)

  it("promises no more memory than there is", function()
    -- As if there could be so many tasks; each of them keeps 480 bytes.
    guest.sh "cd /proc/sys/kernel; cat threads-max pid_max >/tmp/tasks; echo 4000000 | tee threads-max >pid_max"
    local out = guest.json("-c 'build/guest/recorder together 5 100 30'", [[
      ks.probe "sys:lseek" { where = "comm == 'recorder' && offset > 1000000", capture = { "offset" },
        keep = 8, emit = "whence == 99" }]])
    guest.sh "cd /proc/sys/kernel; { read a; read b; echo $a >threads-max; echo $b >pid_max; } </tmp/tasks"
    check_events(out.event, 5, 100, 30, 8, "offset")
    check_sums(out.summary.probes["sys:lseek"], expected(5, 100, 30, 8))
    assert.matches("sys:lseek: there is no memory for %d+ bytes in all tasks that there may be; a map of %d+%.%d MiB "
      .. "keeps the records of at most 10240 tasks\n", out.stderr)
  end)

  it("counts what more tasks than there is room for can't keep", function()
    if not old then
      return
    end
    local out = guest.json("-c 'build/guest/recorder together 650 5 2'", [[
      ks.probe "sys:lseek" { where = "comm == 'recorder' && offset > 1000000", capture = { "offset" },
        keep = 1071, emit = "whence == 98" }]])
    local c, lost = out.summary.probes["sys:lseek"], 0
    local tasks = tonumber(out.stderr:match "at most (%d+) tasks")
    guest.identity(c)
    assert.are.equal(650 * 5, c.matched)
    assert.are.equal(0, c.delivered)
    assert.are.equal((650 - tasks) * 5, c.lost)
    assert.are.equal(tasks * 5, c.kept)
    for _, o in ipairs(out.loss) do
      assert.are.equal("no_room", o.cause)
      lost = lost + o.lost
    end
    assert.are.equal(c.lost, lost)
  end)

  it("lets nothing go whose condition can't be read", function()
    local out = guest.json("-c 'build/guest/recorder after 2 10 5'", [[
      ks.probe "__x64_sys_lseek" { where = "comm == 'recorder' && regs->si > 1000000", capture = { "n=regs->si" },
        keep = 3, emit = "*(int *)(regs->di) == 99" }]])
    local c = out.summary.probes.__x64_sys_lseek
    guest.identity(c)
    assert.are.equal(0, c.delivered)
    assert.are.equal(20, c.nils)
    assert.are.equal(2 * 3, c.kept)
    assert.are.equal(2 * 7, c.overwritten)
  end)
end)
