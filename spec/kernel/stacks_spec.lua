--- stack, ustack and caller: system calls whose ways through the kernel are known, and how many.
local guest = require "spec.kernel.guest"

local old = guest.kernel:match "^5" -- there a kretprobe hides what is further out

-- A stack as functions, without the places in them.
local function functions(stack)
  local names = {}
  for i, frame in ipairs(stack) do
    names[i] = frame:match "^[%w_.]+"
  end
  return names
end

local function has(stack, name)
  for _, frame in ipairs(functions(stack)) do
    if frame == name then
      return true
    end
  end
  return false
end

-- Has a stack what now and then comes to a way beside what is always on it? An interrupt, and a slab
-- that is made for an object and has an array of its own then (memcg_alloc_slab_cgroups).
local function beside(text)
  return text:find "sysvec_" or text:find "common_interrupt" or text:find "_slab"
end

-- The sums of those rows whose key has a pattern, by its name.
local function by(rows, key, patterns)
  local found = {}
  for _, row in ipairs(rows) do
    local text = type(row.key[key]) == "table" and table.concat(row.key[key], "\n") or row.key[key]
    for name, pattern in pairs(patterns) do
      if text:find(pattern) and not beside(text) then
        found[name] = (found[name] or 0) + row.value
      end
    end
  end
  return found
end

local WAYS = { read = "ksys_read%+", pread = "pread64%+" }

describe("a stack", function()
  it("begins with the function itself, however a program came to be there", function()
    local out = guest.json("-c 'build/guest/stacks reads 3 2'", [[
      local what = { where = "comm == 'stacks'", capture = { "stack", "top=stack(2)" } }
      ks.probe "vfs_read" (what)
      ks.probe "return:vfs_read" (what)
      ks.probe "kprobe:vfs_read" (what)
      ks.call "vfs_read" { where = "comm == 'stacks'", capture = { "stack", "then=entry(stack)",
        "caller", "called=entry(caller)" } }]])
    local seen = {}
    assert.are.equal(20, #out.event)
    for _, e in ipairs(out.event) do
      local names = functions(e.args.stack)
      assert.are.equal("vfs_read", e.args.stack[1])
      assert.is_truthy(names[2]:find "read")
      assert.is_true(has(e.args.stack, "do_syscall_64"))
      assert.are.same(e.args.top or { names[1], e.args.stack[2] }, { names[1], e.args.stack[2] })
      assert.are.same(e.args["then"] or e.args.stack, e.args.stack)
      assert.are.equal(e.args.called, e.args.caller)
      seen[names[2] == "ksys_read" and "read" or "pread"] =
        (seen[names[2] == "ksys_read" and "read" or "pread"] or 0) + 1
    end
    assert.are.same({ read = 12, pread = 8 }, seen)
  end)

  it("begins at an event with the function that it is in", function()
    local out = guest.json("-c 'build/guest/stacks sleeps 3'", [[
      for _, place in ipairs { "tp:sched_switch", "raw:sched_switch", "tp:sched:sched_switch",
          "return:kprobe:hrtimer_nanosleep" } do
        ks.probe(place) { where = "comm == 'stacks'", capture = { "stack" } }
      end]])
    local slept = {}
    for _, e in ipairs(out.event) do
      if e.probe:find "^return" then
        assert.are.equal("hrtimer_nanosleep", e.args.stack[1])
        slept[e.probe] = (slept[e.probe] or 0) + ((old or has(e.args.stack, "do_syscall_64")) and 1 or 0)
      else
        assert.are.equal("__schedule", functions(e.args.stack)[1])
        slept[e.probe] = (slept[e.probe] or 0) + (has(e.args.stack, "do_nanosleep") and 1 or 0)
      end
    end
    -- One whose time is up before it has gone to sleep does not switch, one that is preempted there does so twice.
    local n = slept["tp:sched_switch"]
    assert.is_true(n >= 1, n)
    assert.are.same({ ["tp:sched_switch"] = n, ["raw:sched_switch"] = n, ["tp:sched:sched_switch"] = n,
      ["return:kprobe:hrtimer_nanosleep"] = 3 }, slept)
  end)

  it("prints a frame a line, or folded in one; caller is where a function returns to", function()
    local code, out = guest.ksnoop("-q -c 'build/guest/stacks reads 7 4'", [[
      local where, done = "comm == 'stacks'", false
      ks.probe "vfs_read" { where = where, ks.print "a {caller} {stack(2)}", ks.print "{stack(2)|fold}",
        function(e) print("<" .. e.stack_2 .. ">") end }
      ks.probe "return:vfs_read" { where = where, ks.print "b {caller}" }
      ks.call "vfs_read" { where = where, ks.print "c {entry(caller)} {elapsed}" }
      ks.probe "kprobe:vfs_read" { where = { where, "caller != 0" }, ks.print "d {caller}" }]])
    assert.are.equal(0, code)
    local caller, second, third = out:match
      "a (%S+)\n    vfs_read\n    (ksys_read%+0x%x+)\nksys_read;vfs_read\n<(vfs_read\nksys_read%+0x%x+)>\n"
    assert.are.equal(caller, second)
    assert.are.equal("vfs_read\n" .. caller, third)
    for mark in ("abcd"):gmatch "." do
      assert.are.equal(7, select(2, ("\n" .. out):gsub("\n" .. mark .. " ksys_read%+0x%x+", "")), mark)
      assert.are.equal(4, select(2, ("\n" .. out):gsub("\n" .. mark .. " [%w_]*pread64%+0x%x+", "")), mark)
    end
  end)
end)

describe("a key that is a stack", function()
  it("counts each way exactly", function()
    local out = guest.json("-c 'build/guest/stacks reads 3000 2000'", [[
      local where = "comm == 'stacks'"
      ks.probe "vfs_read" { where = where, ks.count { by = "stack" }, ks.count { by = "caller|sym" },
        ks.count { by = { "comm", "s=stack(2)" } }, ks.count { by = "stack", max = 1 } }
      ks.call "vfs_read" { where = where, ks.count { by = "entry(stack)" },
        ks.count { by = { "stack", one = function() return 1 end } } }
      ks.probe "vfs_read" { within = { { "ksys_read", where = where, capture = { "outer=stack(2)" } } },
        ks.count { by = "outer" } }]])
    local expected, rows = { read = 3000, pread = 2000 }, {}
    for _, r in ipairs(out.rows) do
      rows[#rows + 1] = r.rows
    end
    assert.are.equal(7, #rows)
    for _, i in ipairs { 1, 3, 5, 6 } do
      assert.are.equal(2, #rows[i])
      assert.are.same(expected, by(rows[i], i == 3 and "s" or "stack", WAYS), "aggregation " .. i)
    end
    assert.are.same({ 3000, 2000 }, { rows[2][1].value, rows[2][2].value })
    assert.are.equal(1, #rows[7])
    assert.are.same({ 3000, "ksys_read" }, { rows[7][1].value, rows[7][1].key.outer[1] })
    assert.are.equal(1, #rows[4]) -- there is room for one
    assert.are.equal(5000, rows[4][1].value + out.rows[4].other)
  end)

  it("is in exactly one snapshot", function()
    local out = guest.json("-c 'build/guest/stacks reads 15000 10000'", [[
      local count = ks.count { by = "stack" }
      ks.probe "vfs_read" { where = "comm == 'stacks'", count }
      local n, sum = 0, nil
      local function take()
        n, sum = n + 1, sum and sum:merge(count:take()) or count:take()
      end
      ks.every("20ms", take)
      ks.at_end(function() take() sum:print() assert(n > 2) end)]])
    assert.are.same({ read = 15000, pread = 10000 }, by(out.rows[1].rows, "stack", WAYS))
    assert.are.equal(guest.null, out.rows[1].other)
  end)
end)

describe("questions that stacks answer", function()
  it("where do tasks sleep, and how long?", function()
    local code, out, err = guest.ksnoop("-q -c 'build/guest/stacks sleeps 20'", [[
      local off = ks.sum { "elapsed", by = { "entry(comm)", "entry(stack)" } }
      ks.span {
        open  = { "tp:sched_switch", key = "prev", where = "prev->pid != 0" },
        close = { "tp:sched_switch", key = "next" },
        where = "elapsed > 1ms",
        off,
      }
      ks.at_end(function() off:print { as = "folded" } end)]])
    assert.are.equal(0, code, err)
    local way, slept = out:match "(stacks;[^\n]*;do_nanosleep;[^\n]*) (%d+)\n"
    assert.is_truthy(way:find "^stacks;entry_SYSCALL_64_after_hwframe;do_syscall_64;")
    assert.is_truthy(way:find ";schedule;__schedule$")
    assert.is_true(tonumber(slept) >= 15 * 10e6) -- one whose time is up before does not sleep
    for line in out:gmatch "[^\n]+" do
      assert.is_truthy(line:find "^[^;]+;.* %d+$", line)
    end
  end)

  it("which stacks allocate what is not freed?", function()
    guest.sh "rm -f /tmp/stacks-pipes"
    local out = guest.json("-D 2m", [[
      local kmalloc = ks.span {
        open  = { "tp:kmalloc", key = "ptr", where = "comm == 'stacks'",
          capture = { "bytes_alloc|size", "stack" } },
        close = { "tp:kfree",   key = "ptr" },
        max   = 1e4,
      }
      local leak, count = ks.sum { "bytes_alloc", by = "stack" }, ks.count { by = "stack" }
      ks.after("10ms", function() os.execute "build/guest/stacks pipes 50 &" end)
      ks.every("50ms", function() if io.open "/tmp/stacks-pipes" then ks.stop() end end)
      ks.at_end(function()
        for a in kmalloc:open() do if a.elapsed > 0 then leak(a) count(a) end end
        leak:print { limit = 10 }
        count:print()
      end)]])
    -- a process of that program would tell its functions to whoever asks next
    guest.sh "rm -f /tmp/stacks-pipes; while pidof stacks; do usleep 20000; done"
    local pipes = by(out.rows[2].rows, "stack", { n = "alloc_pipe_info" }).n
    assert.is_truthy(pipes)
    assert.are.equal(0, pipes % 50, pipes) -- of each pipe as many
    assert.is_true(by(out.rows[1].rows, "stack", { n = "alloc_pipe_info" }).n >= pipes * 64)
  end)

  it("why and where are packets dropped?", function()
    local out = guest.json("-c 'ip link set lo up; build/guest/stacks drops 25'", ([[ks.probe "tp:kfree_skb" {
      where = "%s", ks.count { by = { "%s", "stack" } } }]]):format(
        old and "comm == 'stacks'" or "reason == SKB_DROP_REASON_NO_SOCKET",
        old and "reason=symbol(location)" or "reason"))
    assert.are.same({ n = 25 }, by(out.rows[1].rows, "stack", { n = "udp[%w_]*rcv%+" }))
  end)
end)

describe("ustack", function()
  it("has the functions of the file that a build id tells", function()
    local out = guest.json("-c 'build/guest/stacks user 40'", [[
      ks.probe "sys:getsid" { where = "comm == 'stacks'", ks.count { by = "ustack" } }]])
    local rows = out.rows[1].rows
    assert.are.equal(1, #rows)
    assert.are.equal(40, rows[1].value)
    local names = functions(rows[1].key.ustack)
    -- inner() calls nothing, so it has no frame: the kernel takes that of outer() for its own
    assert.are.same({ "inner", "main" }, { names[1], names[2] })
    -- a file that is not found
    guest.sh "cp build/guest/stacks /tmp/gone"
    out = guest.json("-c 'F=/tmp/go; $F* user 40'", [[
      ks.probe "sys:getsid" { where = "comm == 'gone'", ks.count { by = "ustack(2)" } }]])
    local gone = out.rows[1].rows[1].key.ustack
    assert.are.equal(2, #gone)
    assert.is_truthy(gone[1]:find("^%[" .. ("%x"):rep(40) .. "%]%+0x%x+$"), gone[1])
  end)
end)
