--- ks.call: each entry with its own return, or counted as one that has none.
local guest = require "spec.kernel.guest"

-- How many short-lived tasks: make soak asks for more.
local TASKS = tonumber(os.getenv "KSNOOP_TASKS" or 1000)

local function calls(text)
  return tonumber(text:match "calls (%d+)")
end

-- What must be true of every probe that pairs, at any time after the end.
local function paired(c)
  guest.identity(c)
  assert.are.equal(c.opened, c.closed + c.reopened + c.gone + c.open)
  assert.are.equal(c.hits, c.suppressed + c.self + c.filtered + c.unmatched + c.faults + c.matched)
end

-- Nobody but the workload calls the function, so often as it says: each entry, and each return.
local function complete(out, name, count)
  local c = out.summary.probes[name]
  paired(c)
  guest.identity(c, count)
  assert.are.equal(count, c.opened + c.full + c.unopened)
  return c
end

-- A program that is preempted while it has the guard turns others away (kernel 7): they are counted.
local function turned_away(c)
  return c.suppressed + c.unmatched + (c.recursion == guest.null and 0 or c.recursion)
end

local function run(workload, script, options)
  return guest.json(("%s -c 'build/guest/pairs %s'"):format(options or "", workload), script)
end

describe("a call", function()
  it("takes as long as it takes", function()
    local out = run("sleepers 8 300", [[ks.call "hrtimer_nanosleep" {
      where = "comm == 'pairs'",
      capture = { "elapsed", "retval", "began=entry(time)" },
    }]])
    local c = complete(out, "hrtimer_nanosleep", 8)
    assert.are.equal(8, #out.event + turned_away(c))
    for _, e in ipairs(out.event) do
      assert.is_true(e.args.elapsed > 50e6 and e.args.elapsed < 2000e6, "elapsed " .. e.args.elapsed)
      assert.are.equal(0, e.args.retval)
      -- the two clocks are read one after the other
      assert.is_true(math.abs(e.time - e.args.began - e.args.elapsed) < 10e6)
    end
  end)

  it("knows what was before it, and what is after it", function()
    local out = run("positions 20 4096", [[ks.call "vfs_read" {
      where = { "comm == 'pairs'", "count == 4096" },
      capture = { "was=entry(*pos)", "is=*pos", "retval", "comm_was=entry(comm)", "file_was=entry(*file)",
        "count", "name=entry(str(file->f_path.dentry->d_name.name))", "path=entry(path(file))" },
    }]])
    assert.are.equal(20, #out.event)
    for i, e in ipairs(out.event) do
      assert.are.equal((i - 1) * 4096, e.args.was)
      assert.are.equal(i * 4096, e.args.is)
      assert.are.equal(4096, e.args.retval)
      assert.are.equal("pairs-file", e.args.name)
      assert.are.equal("/tmp/pairs-file", e.args.path)
    end
  end)

  it("compares both in where", function()
    local out = run("positions 20 4096", [[ks.call "vfs_read" {
      where = { "count == 4096", "entry(*pos) + retval == *pos", "retval == 4096",
        "entry(comm) == 'pairs'", "entry(str(file->f_path.dentry->d_name.name, 100)) ~ 'pairs-*'",
        "entry(current->comm) == 'pairs'", "entry(file->f_inode->i_sb->s_id) != 'pairs'" },
      capture = {},
    }]])
    local c = out.summary.probes.vfs_read
    assert.are.equal(20, c.matched)
    paired(c)
    out = run("positions 20 4096", [[ks.call "vfs_read" {
      where = { "count == 4096", "entry(comm) == 'other' || entry(*pos) == *pos" }, capture = {} }]])
    assert.are.equal(0, out.summary.probes.vfs_read.matched)
    assert.is_true(out.summary.probes.vfs_read.filtered >= 20)
  end)

  it("is one of a system call, with its arguments and the caller's memory", function()
    local out = run("opens 10 7", [[ks.call { "sys:open", "sys:openat" } {
      where = "comm == 'pairs' && retval < 0",
      capture = { "str(filename)", "was=entry(str(filename))", "retval", "elapsed", "flags" },
    }]])
    assert.are.equal(10, #out.event)
    for _, e in ipairs(out.event) do
      assert.are.equal("/tmp/pairs-7", e.args.filename)
      assert.are.equal("/tmp/pairs-7", e.args.was)
      assert.are.equal(-2, e.args.retval)
      assert.is_true(e.args.elapsed > 0)
    end
  end)

  it("has its own pair at every depth", function()
    local out = run("tower 20", [[ks.call "ep_loop_check_proc" { capture = { "elapsed", "began=entry(time)" } }]])
    local c = complete(out, "ep_loop_check_proc", 20 * 15)
    -- five deep is one deeper than there are slots
    assert.are.equal(20, c.full)
    assert.are.equal(20, c.unmatched)
    assert.are.equal(20 * 14, #out.event)
    local last
    for i, e in ipairs(out.event) do
      assert.is_true(e.args.began < e.time)
      local depth = ({ 1, 1, 2, 1, 2, 3, 1, 2, 3, 4, 1, 2, 3, 4 })[(i - 1) % 14 + 1] -- counted from the inside
      if depth > 1 then
        assert.is_true(e.args.began <= last.args.began, "the outer one began first")
        assert.is_true(e.time >= last.time)
        assert.is_true(e.args.elapsed >= last.args.elapsed)
      end
      last = e
    end
  end)

  it("is one of several functions that call each other", function()
    local out = run("sleepers 16 200", [[ks.call { "hrtimer_nanosleep", "do_nanosleep", "sys:clock_nanosleep" } {
      where = "comm == 'pairs'",
      capture = { "elapsed", "began=entry(time)", "at=func" },
    }]])
    paired(out.summary.probes["hrtimer_nanosleep, do_nanosleep, sys:clock_nanosleep"])
    local by, every = {}, { "do_nanosleep", "hrtimer_nanosleep", "clock_nanosleep" }
    for _, e in ipairs(out.event) do
      by[e.tid] = by[e.tid] or {}
      table.insert(by[e.tid], e)
    end
    local tasks, turned = 0, turned_away(out.summary.probes["hrtimer_nanosleep, do_nanosleep, sys:clock_nanosleep"])
    for _, list in pairs(by) do
      tasks = tasks + (#list == 3 and 1 or 0)
      assert.is_true(#list == 3 or turned > 0)
      assert.are.same(every,
        #list == 3 and { list[1].args.at, list[2].args.at, list[3].args.at } or every)
      for i = 2, #list do
        assert.is_true(list[i].args.began <= list[i - 1].args.began)
        assert.is_true(list[i].args.elapsed >= list[i - 1].args.elapsed)
      end
    end
    assert.is_true(tasks + turned >= 16, tasks .. " tasks, turned away " .. turned)
  end)
end)

describe("calls in flight", function()
  it("are all accounted for when another program is put on the function", function()
    -- The other comes and goes while 64 tasks sleep: kernels before 7 then forget their returns.
    guest.sh "rm -f /tmp/pairs-asleep /tmp/pairs-wake"
    local out = guest.json([[-c "build/guest/pairs sleepers 64 0 &
      until test -e /tmp/pairs-asleep; do sleep 0.1; done;
      ksnoop -q -D 100ms /tmp/other.lua; touch /tmp/pairs-wake; wait; build/guest/pairs sleepers 64 200"]], [[
      local f = io.open("/tmp/other.lua", "w")
      f:write 'require "ksnoop".probe "hrtimer_nanosleep" { where = "pid == 1" }'
      f:close()
      ks.call "hrtimer_nanosleep" { where = "pid != 1", capture = { "elapsed", "comm" } }
    ]])
    local c = out.summary.probes.hrtimer_nanosleep
    paired(c)
    local ours = 0
    for _, e in ipairs(out.event) do
      ours = ours + (e.comm == "pairs" and 1 or 0)
      assert.is_true(e.args.elapsed < e.time - out.header.time, "it began while the trace ran")
    end
    local lost = c.reopened + c.gone + c.open
    assert.are.equal(c.opened, c.closed + lost)
    assert.are.equal(128, ours + lost + c.unopened, ("%d seen, %d lost"):format(ours, lost))
    print(("%s: %d opened, %d closed, %d reopened, %d gone, %d open, %d unmatched"):format(guest.kernel, c.opened,
      c.closed, c.reopened, c.gone, c.open, c.unmatched))
  end)

  it("are as many as there are tasks", function()
    local n = tonumber(os.getenv "KSNOOP_SLEEPERS" or 2000)
    local out = run(("sleepers %d 3000"):format(n), [[ks.call "hrtimer_nanosleep" { capture = { "elapsed" } }]])
    local made = calls(out.stderr)
    local c = complete(out, "hrtimer_nanosleep", made)
    assert.is_true(made > n / 2)
    assert.are.equal(0, c.full)
    assert.are.equal(made, c.matched + turned_away(c))
    assert.are.equal(c.opened, c.closed + c.gone + c.reopened)
    print(("%s: %d calls in flight, %d paired, %d turned away"):format(guest.kernel, made, c.matched,
      turned_away(c)))
  end)

  it("that are killed are paired, or go with their task, and leave nothing behind", function()
    local out = guest.json(("-c 'build/guest/pairs killed %d; build/guest/pairs stashed 19'"):format(TASKS), [[
      ks.call "hrtimer_nanosleep" { capture = { "elapsed" } }
      -- in this one a task ends: it never returns
      ks.call "get_signal" { where = "elapsed >= 0", capture = { "elapsed" } }
    ]])
    local c = complete(out, "hrtimer_nanosleep", TASKS)
    assert.are.equal(TASKS, c.matched + turned_away(c))
    -- Returns that were turned away (many on kernel 7, when all wake up at once) leave what their entry put away.
    assert.is_true(c.gone + c.open + c.reopened <= turned_away(c) - c.unmatched)
    assert.are.equal(0, c.full)
    c = out.summary.probes.get_signal
    paired(c)
    assert.is_true(c.gone + c.open + c.unopened >= TASKS, "gone " .. c.gone .. ", open " .. c.open)
    local left = tonumber(out.stderr:match "calls %d+\n?.-calls (%d+)")
    assert.is_true(left < 20, "left " .. left)
    print(("%s: of %d tasks killed in get_signal %d gone, %d open, %d left"):format(guest.kernel, TASKS, c.gone, c.open,
      left))
  end)

  it("of tasks that sleep all return by fexit; what a kretprobe misses is told where the kernel tells", function()
    local function seen(place)
      local summary, _, err = guest.sums("-c 'build/guest/pairs sleepers 64 1000'", ([[
        ks.probe "kprobe:hrtimer_nanosleep" { where = "comm == 'pairs'", capture = {}, function() end }
        ks.probe "%s" { where = "comm == 'pairs'", capture = {}, function() end }]]):format(place))
      local entries, returns = summary.probes["kprobe:hrtimer_nanosleep"], summary.probes[place]
      guest.identity(entries)
      guest.identity(returns)
      assert.are.equal(64, calls(err))
      assert.are.equal(64, entries.hits)
      return returns, err
    end
    assert.are.equal(64, seen("return:hrtimer_nanosleep").hits)
    local c, err = seen "return:kprobe:hrtimer_nanosleep"
    print(("%s: of 64 returns a kretprobe saw %d, the kernel told of %s"):format(guest.kernel, c.hits,
      c.recursion == guest.null and "nothing" or c.recursion))
    assert.is_true(c.hits < 64)
    if guest.kernel == "5.10" or guest.kernel == "6.1" then
      assert.are.equal(guest.null, c.recursion)
      assert.is_truthy(err:find(", skipped by the kernel: unknown", 1, true), err)
    else
      assert.are.equal(64, c.hits + c.recursion)
      assert.is_falsy(err:find("unknown", 1, true), err)
      assert.is_truthy(err:find(c.recursion .. " skipped by the kernel", 1, true), err)
    end
    -- What needs each return together with its entry is not made of it.
    local code, _, why = guest.ksnoop("-D 10ms", 'ks.call "kprobe:hrtimer_nanosleep" { capture = { "elapsed" } }')
    assert.are.equal(2, code)
    assert.is_truthy(why:find("is not known here: a kretprobe is not paired with the entry", 1, true), why)
  end)

  it("of tasks that come and go leave nothing behind", function()
    -- (run with KSNOOP_TASKS=12000 they are more than a hash has room for)
    local out = guest.json(("-c 'build/guest/pairs brief %d; sleep 1; build/guest/pairs stashed 19'"):format(TASKS),
      [[ks.call "hrtimer_nanosleep" { where = "elapsed > 0", capture = { "elapsed" } }]])
    local c = out.summary.probes.hrtimer_nanosleep
    paired(c)
    assert.are.equal(TASKS + 1, c.matched) -- and sleep(1)
    assert.are.equal(0, c.gone + c.open + c.reopened + c.full)
    -- The hash of kernels without task storage: only tasks that live are in it.
    local left = tonumber(out.stderr:match "calls %d+\n?.-calls (%d+)")
    assert.is_true(left < 20, "left " .. left)
  end)
end)

describe("the counters of a call", function()
  it("hold to the last one when the ring overflows", function()
    for _, threads in ipairs { 1, 2 } do
      local out = guest.json(("--buffer 4K -c 'build/guest/umask 20000 %d'"):format(threads),
        [[ks.call "__x64_sys_umask" { capture = { "elapsed", "di=entry(regs->di)" } }]])
      local c = complete(out, "__x64_sys_umask", 20000)
      guest.identity(c, 20000)
      assert.is_true(c.lost > 0)
      assert.are.equal(0, c.open)
    end
  end)

  it("hold in interrupts", function()
    local out = guest.json("--buffer 64K -c 'build/guest/timers 5 2000'",
      [[ks.call "timerfd_tmrproc" { where = "elapsed >= 0", capture = { "elapsed" } }]])
    local c = complete(out, "timerfd_tmrproc", calls(out.stderr))
    guest.identity(c, calls(out.stderr))
    assert.are.equal(0, c.full)
  end)

  it("know at both ends what is the same there", function()
    local out = guest.json("-c 'build/guest/umask 5120'",
      [[ks.call "__x64_sys_umask" { where = { "tid != 1", "elapsed > 0" }, capture = { "elapsed" } }
        ks.call "vfs_read" { where = { "count == 12345", "elapsed > 0" }, capture = {} }]])
    local c = complete(out, "__x64_sys_umask", 5120)
    assert.are.equal(5120, c.matched)
    c = out.summary.probes.vfs_read
    assert.are.equal(0, c.opened)
    assert.are.equal(c.hits, c.filtered)
  end)

  it("are said in plain words when not every call has both halves", function()
    local code, out, err = guest.ksnoop("-c 'build/guest/pairs tower 3'",
      [[ks.call "ep_loop_check_proc" { where = "elapsed > 100s" }]])
    assert.are.equal(0, code, err)
    assert.are.equal("", out)
    assert.is_truthy(err:find("3 without their beginning, 3 nested too deep", 1, true), err)
  end)

  it("say what is read when it may be gone", function()
    local code, _, err = guest.ksnoop("-D 20ms", [[
      ks.call "dput" { where = "dentry->d_flags == 0x7fffffff" }
      ks.call "dput" { where = "entry(dentry->d_flags) == 0x7fffffff" }]])
    assert.are.equal(0, code, err)
    assert.is_truthy(err:find("'dentry->d_flags == 0x7fffffff' is read when dput has ended, which may have given up " ..
      "what dentry leads to: entry(...) around it reads it before", 1, true), err)
    assert.are.equal(1, select(2, err:gsub("may have given up", "")))
  end)

  it("are none of a call that asks for nothing of its beginning", function()
    local out = guest.json("-c 'build/guest/umask 512'", [[ks.call "__x64_sys_umask" { capture = { "retval" } }]])
    local c = out.summary.probes.__x64_sys_umask
    guest.identity(c, 512)
    assert.are.equal(guest.null, c.opened)
    assert.are.equal(512, #out.event)
  end)

  it("leave no program behind", function()
    assert.are.equal(0, guest.leftovers())
  end)
end)
