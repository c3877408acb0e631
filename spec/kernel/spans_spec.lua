--- ks.span: what opens with what closes it by a key, and every other opening counted as what it became.
local guest = require "spec.kernel.guest"

local START = 2 ^ 22 -- the number that the workload counts from

-- What must be true of every span, at any time after the end.
local function paired(c, makes_events)
  if makes_events then
    guest.identity(c)
  end
  assert.are.equal(c.opened, c.closed + c.reopened + c.gone + c.open)
  -- where is tested before it is looked for, and after: of what it turns down both are in filtered
  assert.is_true(c.closed >= c.matched and c.closed + c.unmatched <= c.hits)
end

local function run(workload, script, options)
  local makes_events = not script:find "ks.stats"
  local out = guest.json(("%s -c 'build/guest/spans %s'"):format(options or "", workload), script)
  local opens, closes = out.stderr:match "opens (%d+) closes (%d+)"
  out.opens, out.closes = tonumber(opens), tonumber(closes)
  for name, c in pairs(out.summary.probes) do
    out.name, out.counters = name, c
    paired(c, makes_events)
  end
  return out, out.counters
end

-- Counters that are what they are named for; the others of a span are 0.
local function became(c, expected)
  for _, key in ipairs { "opened", "closed", "reopened", "gone", "open", "full", "unmatched", "unopened" } do
    assert.are.equal(expected[key] or 0, c[key], key)
  end
end

local PAIR = [[
  open = { "sys:getsid", key = "arg(pid)", where = "comm == 'spans'" },
  close = { "sys:getpgid", key = "arg(pid)", where = "comm == 'spans'" },
]]

describe("a span", function()
  it("pairs two functions by a pointer", function()
    local out, c = run("pipes 100 60", [[ks.span {
      open = { "return:alloc_pipe_info", key = "retval", where = "comm == 'spans'",
        capture = { "room=retval->ring_size", "by=comm" } },
      close = { "free_pipe_info", key = "pipe", where = "comm == 'spans'" },
      capture = { "elapsed", "room", "by", "then=entry(comm)", "began=entry(time)" },
    }]])
    -- what the workload left open closes when it ends: its last close(2) is its own
    assert.are.equal("return:alloc_pipe_info -> free_pipe_info", out.name)
    became(c, { opened = 100, closed = 100 })
    assert.are.equal(100, #out.event)
    for _, e in ipairs(out.event) do
      assert.is_true(e.args.elapsed > 0 and e.args.elapsed < 5e9)
      assert.are.equal(16, e.args.room)
      assert.are.equal("spans", e.args.by)
      assert.are.equal("spans", e.args["then"])
      assert.is_true(math.abs(e.time - e.args.began - e.args.elapsed) < 10e6)
    end
  end)

  it("is opened again, closed without being open, and left open", function()
    local out, c = run("open 30 10 close 8 8 close 3 3", "ks.span {" .. PAIR .. "}")
    became(c, { opened = 30, reopened = 20, closed = 8, unmatched = 3, open = 2 })
    assert.are.equal(8, #out.event)
    for _, e in ipairs(out.event) do -- the default printer's
      assert.is_true(e.args.elapsed > 0)
    end
  end)

  it("is not opened when there is no room", function()
    local _, c = run("open 50 50 close 50 50", "ks.span { max = 20," .. PAIR .. "}")
    became(c, { opened = 20, full = 30, closed = 20, unmatched = 30 })
  end)

  it("is closed whatever its where says", function()
    local out, c = run("pair 40 4", "ks.span {" .. PAIR .. [[
      where = { "arg(pid) % 4 == 1", "entry(arg(pid)) == arg(pid)", "elapsed < 10s" } }]])
    became(c, { opened = 40, closed = 40 })
    assert.are.equal(10, c.matched)
    assert.are.equal(10, #out.event)
  end)

  it("goes with its task, which is its key", function()
    local _, c = run("tasks 25 1 pair 10 1 open 3 1 wait 300 0", [[ks.span {
      open = { "sys:getsid", where = "comm == 'spans'" }, close = { "sys:getpgid", where = "comm == 'spans'" } }]])
    assert.are.equal(38, c.opened)
    assert.are.equal(10, c.closed)
    assert.are.equal(2, c.reopened)
    assert.are.equal(26, c.gone + c.open)
    assert.is_true(c.gone >= 24, "gone " .. c.gone)
  end)

  it("has several ends with keys, where and captures of their own", function()
    local out, c = run("pair 20 5 open 4 4", [[ks.span {
      open = {
        { "sys:getsid", key = "arg(pid)", where = { "comm == 'spans'", "arg(pid) % 2 == 0" }, capture = "from=1" },
        { "sys:getsid", key = "arg(pid) + 0", where = "comm == 'spans' && arg(pid) % 2 == 1", capture = "from=2" },
      },
      close = {
        { "sys:getpgid", key = "arg(pid)", where = "comm == 'spans' && arg(pid) % 5 != 3" },
        { "sys:getsid", key = "arg(pid)", where = "arg(pid) == 0" },
      },
      where = "from",
      capture = { "from", "number=arg(pid)" },
    }]])
    became(c, { opened = 24, closed = 16, reopened = 3, open = 5 })
    for _, e in ipairs(out.event) do
      assert.are.equal(e.args.number % 2 == 0 and 1 or 2, e.args.from)
    end
  end)

  it("is with --pid one that the process opened, whoever closes it", function()
    guest.sh "rm -f /tmp/spans-go"
    local code, out, err = guest.ksnoop([[-p $A -c 'touch /tmp/spans-go;
      while test -e /proc/$A/exe; do sleep 0.05; done;
      build/guest/spans close 8 8 open 4 4 close 4 4']], "local s = ks.span {" .. PAIR .. [[ ks.count() }
      ks.at_end(function() local c = s:counters() print(c.opened, c.closed, c.matched, c.unmatched) end)]],
      "(while ! test -e /tmp/spans-go; do sleep 0.05; done; exec build/guest/spans open 8 8) & export A=$!;")
    assert.are.equal(0, code, err)
    assert.is_truthy(out:find("8\t8\t8\t4\n", 1, true), out .. err)
  end)

  it("tells at which place it opened", function()
    guest.spill("/tmp/to_copy", ("x"):rep(300))
    local out = guest.json("-c 'dd if=/tmp/to_copy of=/dev/null bs=100 count=3'", [[
      local seen = {}
      ks.span {
        open = { "vfs_read", "vfs_write", where = { "comm == 'dd'", "count == 100" } },
        close = "tp:sys_exit",
        capture = "from=entry(func)",
        ks.print(), ks.count { by = { "from", "func" } },
        function(e)
          seen[#seen + 1] = table.concat({ e.from, ks.text(e, "from"), ks.copy(e).from, e.func }, " ")
        end,
      }
      ks.at_end(function() io.stderr:write(table.concat(seen, "\n"), "\n") end)]])
    assert.are.equal(6, #out.event)
    for i, e in ipairs(out.event) do
      local from = i % 2 == 1 and "vfs_read" or "vfs_write"
      assert.are.same({ from = from }, e.args)
      assert.is_truthy(out.stderr:find(("%s %s %s sys_exit\n"):format(from, from, from), 1, true))
    end
    local rows = {}
    for _, row in ipairs(out.rows[1].rows) do
      rows[row.key.from .. " " .. row.key.func] = row.value
    end
    assert.are.same({ ["vfs_read sys_exit"] = 3, ["vfs_write sys_exit"] = 3 }, rows)
  end)

  it("tells what is open, while it runs and at the end", function()
    local out = run("open 7 7 wait 400 0 close 2 2 wait 100 0", [[
      local seen = 0
      local s = ks.span {
        open = { "sys:getsid", key = "arg(pid)", where = "comm == 'spans'",
          capture = { "number=arg(pid)", "comm", "unreadable=*(int *)8" } },
        close = { "sys:getpgid", key = "arg(pid)" },
      }
      ks.every("50ms", function()
        local n = 0
        for _ in s:open() do n = n + 1 end
        seen = math.max(seen, n)
      end)
      ks.at_end(function()
        local list = {}
        for e in s:open() do
          list[#list + 1] = ("%d=%d %s %s %s %s %s %s"):format(e.key, e.number, e.comm, e.func, e.elapsed > 400e6,
            e.elapsed < 60e9, e.unreadable, ks.text(e, "elapsed") ~= "")
        end
        table.sort(list)
        print("row " .. seen .. "\nrow " .. table.concat(list, "\nrow "))
      end)]])
    assert.are.equal(5, out.counters.open)
    local lines = {}
    for line in out.stderr:gmatch "row ([^\n]+)" do
      lines[#lines + 1] = line
    end
    assert.are.equal("7", lines[1])
    for i = 2, 6 do
      local n = START + i
      assert.are.equal(("%d=%d spans getsid true true nil true"):format(n, n), lines[i])
    end
    assert.are.equal(6, #lines)
  end)
end)

describe("a place in both ends", function()
  -- Nobody else has these numbers; the first call closes nothing, the last one stays open.
  local function hops(place, key, where, count)
    local code = guest.ksnoop("-q -D 10ms", ("ks.probe %q {}"):format(place))
    if code ~= 0 then
      return
    end
    local _, c = run(("open %d 1"):format(count), ([[ks.span {
      open = { %q, key = "%s", where = "%s" }, close = { %q, key = "%s", where = "%s" } }]]):format(place, key, where,
      place, key, where))
    became(c, { opened = count, closed = count - 1, unmatched = 1, open = 1 })
  end

  it("closes first and then opens, however it is reached", function()
    local mine = "comm == 'spans'"
    hops("sys:getsid", "arg(pid)", mine, 20)
    hops("return:sys:getsid", "retval", mine, 20)
    hops("__x64_sys_getsid", "regs->di", mine, 20)
    hops("kprobe:__x64_sys_getsid", "regs->di", mine, 20)
    hops("return:kprobe:__x64_sys_getsid", "retval", mine, 20)
    hops("tp:sys_enter", "id", mine .. " && id == 124", 20)
    hops("raw:sys_enter", "id", mine .. " && id == 124", 20)
    hops("__x64_sys_get*(struct pt_regs *regs)", "regs->di", mine .. " && regs->orig_ax == 124", 20)
  end)
end)

describe("spans under load", function()
  it("are counted exactly on two processors", function()
    local out, c = run("load 10000 2", "ks.span {" .. PAIR .. [[where = "elapsed >= 1ms" }]])
    assert.are.equal(20000, out.opens)
    local skipped = c.recursion == guest.null and 0 or c.recursion
    assert.are.equal(out.opens, c.opened + c.full + c.unopened)
    assert.are.equal(out.closes, c.closed + c.unmatched + c.suppressed + skipped)
    assert.are.equal(0, c.full)
    assert.is_true(c.closed > 15000)
    print(("%s: %d opened, %d closed, %d reopened, %d unmatched, %d open, %d unopened, %d suppressed, %d lost"):format(
      guest.kernel, c.opened, c.closed, c.reopened, c.unmatched, c.open, c.unopened, c.suppressed, c.lost))
  end)

  it("measure the wait for a processor", function()
    local out, c = run("load 500 4 wait 300 0", [[ks.span {
      open = {
        { "tp:sched_wakeup", "tp:sched_wakeup_new", key = "p" },
        { "tp:sched_switch", key = "prev", where = "preempt || state(prev) == TASK_RUNNING" },
      },
      close = { "tp:sched_switch", key = "next", where = "next->pid != 0" },
      capture = { "elapsed", "who=next->pid" },
    }]])
    assert.is_true(c.closed > 10, "closed " .. c.closed)
    for _, e in ipairs(out.event) do
      assert.is_true(e.args.elapsed >= 0 and e.args.elapsed < 60e9)
    end
    print(("%s: run queue: %d opened, %d closed, %d reopened, %d unmatched, %d open"):format(guest.kernel, c.opened,
      c.closed, c.reopened, c.unmatched, c.open))
  end)

  it("add up in the kernel", function()
    local out, c = run("pair 60 6", [[
      local n = ks.count "arg(pid) & 7"
      local took = ks.stats { "elapsed", by = "entry(comm)" }
      ks.span {]] .. PAIR .. [[n, took }
      ks.at_end(function()
        for key, value in n:rows() do print(("row %d %d"):format(key, value)) end
        for key, value in took:rows() do print(("row %s %d"):format(key, value.count)) end
      end)]])
    local rows = {}
    for line in out.stderr:gmatch "row ([^\n]+)" do
      rows[#rows + 1] = line
    end
    table.sort(rows)
    assert.are.same({ "0 10", "1 10", "2 10", "3 10", "4 10", "5 10", "spans 60" }, rows)
    became(c, { opened = 60, closed = 60 })
    assert.are.equal(0, c.delivered)
  end)

  it("pair requests of disks", function()
    local code, _, err = guest.ksnoop("-q -D 300ms", [[ks.span {
      open = { "tp:block_rq_issue", key = "rq", capture = { "bytes=rq->__data_len|size" } },
      close = { "tp:block_rq_complete", key = "rq" },
      ks.hist { "elapsed", by = "bytes" },
    }]])
    assert.are.equal(0, code, err)
  end)

  it("leave no program behind", function()
    assert.are.equal(0, guest.leftovers())
  end)
end)
