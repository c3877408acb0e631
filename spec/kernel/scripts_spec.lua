--- The scripts of spec/kernel/scripts, each against a workload whose answer is known. One more is a file there and a
--- function in checks.
local guest = require "spec.kernel.guest"

local checks = {}

-- What a script prints while the workload, a shell's text, runs; fails when it does not end well.
local function run(name, workload, options)
  guest.spill("/tmp/workload", workload)
  local code, out, err = guest.sh(("ksnoop %s -c 'exec timeout 15 sh /tmp/workload' spec/kernel/scripts/%s.lua"):format(
    options or "", name))
  assert.are.equal(0, code, err)
  return out, err
end

-- The same with -f json: its objects.
local function objects(name, workload)
  return guest.objects((run(name, workload, "-f json")))
end

-- --- one for each script --------------------------------------------------------------------------

checks["01-opens"] = function(name)
  guest.spill("/tmp/there", "text")
  local out = run(name, "cat /tmp/there /tmp/not_there /tmp/there >/dev/null 2>&1; true")
  assert.matches("^TIME +PID COMM +RETVAL FILENAME\n", out)
  local found = guest.lines(out, "^%d%d:%d%d:%d%d%.%d+ +(%d+) (cat) +(%S+) (/tmp/%S+)$")
  local pid = found[1][1]
  assert.are.same({ { pid, "cat", "3", "/tmp/there" }, { pid, "cat", "-ENOENT", "/tmp/not_there" },
    { pid, "cat", "3", "/tmp/there" } }, found)
end

checks["02-block-latency"] = function(name)
  local d = guest.disk()
  local out = run(name, ([[
    dd if=/dev/%s of=/dev/null bs=4096 count=20 iflag=direct 2>/dev/null
    dd if=/dev/zero of=/dev/%s bs=8192 count=7 oflag=direct 2>/dev/null]]):format(d, d))
  local found = {}
  for on, op, count in out:gmatch "disk=(%S+)%s+op=(%S+).-\n  count (%d+)" do
    found[on .. " " .. op] = tonumber(count)
  end
  assert.are.same({ [d .. " REQ_OP_READ"] = 20, [d .. " REQ_OP_WRITE"] = 7 }, found, out)
end

checks["03-connections"] = function(name)
  local out = run(name, guest.listen({ 4711, 4712 }, "</dev/null >/dev/null") .. [[
    nc 127.0.0.1 4711 </dev/null; nc ::1 4712 </dev/null; nc 127.0.0.1 4713 </dev/null 2>/dev/null; wait]])
  local made, accepted, refused = {}, {}, 0
  for _, l in ipairs(guest.lines(out, "^%S+ (%S+) +%d+ nc +(%S+):(%d+) (%S+):(%d+)$")) do
    local func, from, own, to, other = unpack(l)
    -- nc listens for both families with one socket, which sees IPv4 as IPv6
    from, to = from:gsub("^::ffff:", ""), to:gsub("^::ffff:", "")
    if func == "tcp_connect" and other == "4713" then
      refused = refused + 1
    elseif func == "tcp_connect" then
      made[#made + 1] = ("%s %s %s %s"):format(from, own, to, other)
    else
      assert.are.equal("inet_csk_accept", func)
      accepted[#accepted + 1] = ("%s %s %s %s"):format(to, other, from, own)
    end
  end
  table.sort(made)
  table.sort(accepted)
  assert.are.same(made, accepted, out)
  assert.are.equal(2, #made, out)
  assert.matches("^127%.0%.0%.1 %d+ 127%.0%.0%.1 4711$", made[1])
  assert.matches("^::1 %d+ ::1 4712$", made[2])
  assert.are.equal(1, refused, out)
end

checks["04-tcp-lifetime"] = function(name)
  guest.spill("/tmp/ask", ("?"):rep(900)) -- one write of nc: it ends when the answer does
  guest.spill("/tmp/answer", ("!"):rep(500))
  local found = objects(name, guest.listen({ 4711 }, "</tmp/answer >/dev/null") .. [[
    nc 127.0.0.1 4711 </tmp/ask >/dev/null; wait; nc 127.0.0.1 4713 </dev/null 2>/dev/null; true]])
  local got = {}
  for _, e in ipairs(found.event) do
    local is_client = e.args.rport > 4700 and e.args.rport < 4800
    -- A client opens in its own process, a server in whatever the softirq interrupts: ksoftirqd, if that runs it.
    assert.is_true(not is_client or e.args.entry_comm == "nc", e.args.entry_comm)
    assert.is_true(e.args.elapsed > 0)
    got[#got + 1] = ("%d %s %s %s"):format(e.args.rport, is_client and "client" or "server", e.args.sent,
      e.args.got):gsub("^%d+ server", "server")
  end
  table.sort(got)
  -- The end of a stream counts as a byte; so does the beginning of the one that connects.
  assert.are.same({ "4711 client 902 501", "4713 client 0 0", "server 501 901" }, got)
end

checks["05-run-queue"] = function(name)
  local busy = "taskset 1 timeout 0.5 sh -c 'while :; do :; done'"
  local found = objects(name, ("%s & %s & wait"):format(busy, busy))
  local value, long = found.rows[1].rows[1].value, 0
  for _, bucket in ipairs(value.buckets) do
    long = long + (bucket[1] >= 2 ^ 20 and bucket[3] or 0)
  end
  local c = select(2, next(found.summary.probes))
  assert.are.equal(c.aggregated, value.count)
  assert.are.equal(c.closed, value.count)
  -- Two that never sleep, on one processor: each waits while the other has its turn, of some milliseconds.
  assert.is_true(long >= 20, "long waits: " .. long)
  assert.is_true(value.sum > 500e6, "all waits together: " .. value.sum)
end

checks["07-slow-files"] = function(name)
  local out = run(name, [[cd /tmp; dd if=/dev/zero of=slow bs=8M count=2 2>/dev/null
    dd if=slow of=/dev/null bs=8M 2>/dev/null; rm slow]])
  local found = {}
  for _, l in ipairs(guest.lines(out, "^%d%d:%d%d:%d%d%.%d+ +%d+ dd +(vfs_%l+) +([%d.]+m?s) +8388608 (%S+)$")) do
    found[#found + 1] = l[1] .. " " .. l[3]
  end
  assert.are.same({ "vfs_write /tmp/slow", "vfs_write /tmp/slow", "vfs_read /tmp/slow", "vfs_read /tmp/slow" }, found,
    out)
end

checks["11-reclaim"] = function(name)
  local folder = "/tmp/cgroups"
  guest.sh(([[mkdir %s; mount -t cgroup2 none %s; cd %s && echo +memory >cgroup.subtree_control && mkdir small &&
    echo 8M >small/memory.max]]):format(folder, folder, folder))
  -- What goes through the page cache needs the room of what is there.
  local found = objects(name, ([[
    echo $$ >%s/small/cgroup.procs; dd if=/dev/%s of=/dev/null bs=1M count=32 2>/dev/null; echo $$ >%s/cgroup.procs]])
    :format(folder, guest.disk(), folder))
  -- People are told its path.
  local _, text = guest.ksnoop(([[-c 'echo $$ >%s/small/cgroup.procs; cat /dev/null; echo $$ >%s/cgroup.procs']])
    :format(folder, folder), [[ks.probe "vfs_open" { where = "comm == 'cat'", ks.count "cgroup" }]])
  assert.matches("\n +%d+ +/small\n", text)
  local _, out = guest.sh(("cd %s/small && cat memory.events && stat -c 'inode %%i' ."):format(folder))
  guest.sh(("rmdir %s/small; umount %s; rmdir %s"):format(folder, folder, folder))
  local sum = 0
  for _, r in ipairs(found.rows[1].rows) do
    assert.are.equal(tonumber(out:match "inode (%d+)"), r.key.cgroup)
    assert.is_true(r.value.min > 0 and r.value.max >= r.value.min)
    sum = sum + r.value.count
  end
  -- The kernel counts for itself how often the limit was met.
  assert.are.equal(tonumber(out:match "\nmax (%d+)"), sum, out)
  assert.is_true(sum >= 20, out)
end

checks["17-signals"] = function(name)
  local out, err = run(name, [[
    sleep 100 & echo "to $!" >&2; kill -USR1 $!; sleep 100 & echo "to $!" >&2; kill -TERM $!; kill -0 $!; wait; true]])
  assert.matches("^TIME +PID COMM +SIG +TO TASK_COMM +RESULT\n", out)
  local first, second = err:match "to (%d+)\n.-to (%d+)\n"
  local found = guest.lines(out, "^%d%d:%d%d:%d%d%.%d+ +(%d+) (%S+) +(%S+) +(%d+) %S+ +(%d+)$")
  local shell = found[1][1]
  assert.are.same({ { shell, "sh", "SIGUSR1", first, "0" }, { shell, "sh", "SIGTERM", second, "0" } }, found, out)
end

checks["19-caches"] = function(name)
  -- Each open takes a file of a cache, also where it fails.
  local found = objects(name, "exec build/guest/pairs opens 20000 7")
  local _, c = next(found.summary.probes)
  guest.identity(c)
  local samples, files = 0, nil
  for _, r in ipairs(found.rows[1].rows) do
    assert.are.equal(0, r.value % (100 * r.samples))
    samples = samples + r.samples
    files = r.key.key == "filp" and r or r.key.name == "filp" and r or files
  end
  assert.are.equal(c.matched, samples)
  -- 20,000 and what else is opened meanwhile, one in a hundred: six times the spread is 85.
  assert.is_true(files.samples > 200 - 85 and files.samples < 400, files.samples)
  local out = run(name, "exec build/guest/pairs opens 20000 7")
  assert.matches("\n +SUM +SAMPLES +[^\n]+\n", out)
  assert.matches("\n +~[%d.]+[KM]? +%d+ +filp\n", out)
end

checks["20-failing-opens"] = function(name)
  local out, err = run(name, "exec build/guest/pairs opens 10 7")
  local failed, succeeded = out:match "\n +count +(%d+) +(%d+)\n"
  assert.matches("^[^\n]+\n +ENOENT +0\n", out)
  assert.are.equal("10", failed)
  assert.are.equal(err:match "ksnoop: (%d+) hits, 0 delivered, ", tostring(10 + succeeded), err)
  for _, p in ipairs { "p50", "p90", "p99", "max" } do
    assert.matches("\n +" .. p .. " +[%d.]+[um]s +[%d.]+[um]s\n", out)
  end
end

checks["09-mutexes"] = function(name)
  -- A pipe has a mutex, which each write takes.
  local out = run(name, "dd if=/dev/zero bs=1 count=300 2>/dev/null | cat >/dev/null")
  local writes = 0
  for caller, count in out:gmatch "caller=([%w_]+).-\n  count (%d+)" do
    writes = writes + (caller:find "pipe_write" and tonumber(count) or 0)
  end
  assert.is_true(writes >= 300, out)
end

checks["12-failing-calls"] = function(name)
  -- It asks for one program after the other, the last of which is not there.
  local out = run(name, "exec build/guest/leftovers >/dev/null")
  local calls = guest.lines(out, "^%S+ +%d+ (leftovers) +(bpf_obj_get_next_id)%(attr=%S+ uattr=%S+ .-%) = (%-%u+)$")
  assert.are.same({ { "leftovers", "bpf_obj_get_next_id", "-ENOENT" } }, calls, out)
end

checks["13-fsync-io"] = function(name)
  local d = guest.disk()
  guest.sh(("mke2fs /dev/%s && mkdir -p /tmp/disk && mount -t ext4 /dev/%s /tmp/disk"):format(d, d))
  local _, calls = guest.ksnoop("-c 'dd if=/dev/zero of=/tmp/disk/one bs=1 count=1 conv=fsync 2>/dev/null'", [[
    local p = ks.probe "vfs_fsync_range" { where = "comm == 'dd'", capture = {}, function() end }
    ks.at_end(function() print("calls " .. p:counters().matched) end)]])
  -- The compiler may have put it into fsync(2). It is a function all the same, for those in other files that call
  -- it: each write to a file system that is mounted to be in step.
  local is_inlined = calls:find "calls 0"
  if is_inlined then
    guest.sh "mount -o remount,sync /tmp/disk"
  end
  local how = is_inlined and "" or "conv=fsync"
  local out = run(name, ([[
    dd if=/dev/zero of=/tmp/disk/large bs=65536 count=32 %s 2>/dev/null
    dd if=/dev/zero of=/tmp/disk/small bs=65536 count=4 %s 2>/dev/null]]):format(how, how))
  guest.sh "umount /tmp/disk"
  local bytes = 0
  for comm, on, n, unit, path in out:gmatch "(%S+) +(%S+) +%d+ +([%d.]+)([KM]?) (%S+)\n" do
    assert.are.same({ "dd", d, "/tmp/disk/large" }, { comm, on, path })
    bytes = bytes + n * ({ [""] = 1, K = 1024, M = 2 ^ 20 })[unit]
  end
  -- Two megabytes of data, or those of the writes behind the first of them; and what the file system says of where
  -- they lie.
  local data = is_inlined and 2 ^ 20 or 2 ^ 21
  assert.is_true(bytes >= data and bytes < data + 2 ^ 17, out)
end

describe("the script", function()
  local p = io.popen "ls spec/kernel/scripts"
  local files = p:read "*a"
  p:close()
  for name in files:gmatch "([^\n]+)%.lua\n" do
    it(name .. " answers its question", function()
      assert.is_not_nil(checks[name], "there is no check of spec/kernel/scripts/" .. name .. ".lua")
      checks[name](name)
    end)
  end
end)
