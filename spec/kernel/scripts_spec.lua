--- The scripts of spec/kernel/scripts, each against a workload whose answer is known. One more is a file there and a
--- function in checks.
local guest = require "spec.kernel.guest"

local checks = {}

-- How a script ends whose workload is a shell's text; before: what stands in front of ksnoop.
local function try(name, workload, options, before)
  guest.spill("/tmp/workload", workload)
  return guest.sh(("%s ksnoop %s -c 'exec timeout 15 sh /tmp/workload' spec/kernel/scripts/%s.lua"):format(before or "",
    options or "", name))
end

-- What it prints; fails when it does not end well.
local function run(...)
  local code, out, err = try(...)
  assert.are.equal(0, code, err)
  return out, err
end

-- What is on a terminal of 100x40 at the end.
local function screen(name, workload)
  local out, err = run(name, workload, "-q", "TERM=xterm build/guest/screen 100x40 --")
  assert.are.equal("scrolled 0\n", err)
  return out
end

-- The same with -f json: its objects.
local function objects(name, workload)
  return guest.objects((run(name, workload, "-f json")))
end

-- A new file system on the disk, in /tmp/disk.
local function mount_disk()
  local d = guest.disk()
  guest.sh(("mke2fs /dev/%s && mkdir -p /tmp/disk && mount -t ext4 /dev/%s /tmp/disk"):format(d, d))
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
  mount_disk()
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

checks["14-bio-way"] = function(name)
  local workload = ("dd if=/dev/%s of=/dev/null bs=4096 count=3 iflag=direct 2>/dev/null"):format(guest.disk())
  if not guest.kernel:match "^6.12" and not guest.kernel:match "^7" then
    local code, _, err = try(name, workload)
    assert.are.equal(2, code, err)
    assert.matches("'%*%(struct bio %*b%)' stands for 1%d%d functions, and each needs a program of its own here\n", err)
    assert.matches("\nhint: at most 100 are attached, [^\n]*; %-%-max%-probes raises that\n", err)
    return
  end
  local out, err = run(name, workload)
  local way, bios, last = {}, 0, nil
  for _, l in ipairs(guest.lines(out, "^(0x%x+) %+[%d.]+%a+ +([%w_.]+) +(%S+) (%d+)$")) do
    local object, func, size, status = unpack(l)
    assert.are.equal("0", status, out)
    bios, last = bios + (object ~= last and 1 or 0), object
    if func:find "^submit_bio" and func ~= "submit_bio_wait_endio" or func == "bio_iov_iter_get_pages" or func == "bio_endio" then
      way[#way + 1] = func .. " " .. size
    end
  end
  local expected = {}
  for _ = 1, 3 do -- it has no bytes before it has pages
    for _, hop in ipairs { "bio_iov_iter_get_pages 0", "submit_bio_wait 4.0K", "submit_bio 4.0K",
        "submit_bio_noacct 4.0K", "submit_bio_noacct_nocheck 4.0K", "bio_endio 4.0K" } do
      expected[#expected + 1] = hop
    end
  end
  assert.are.same(expected, way, out)
  -- They lie on the stack: the next one may have the place of the one before.
  assert.is_true(bios >= 1 and bios <= 3, out)
  -- The first function that each of these places meets has none before it, and the last none behind.
  local hits, lines, first, open = err:match
    "ksnoop: (%d+) hits, (%d+) delivered, 0 lost, (%d+) without their beginning, (%d+) still open\n"
  assert.are.equal(first, open, err)
  assert.are.equal(tonumber(hits), lines + first, err)
  assert.are.equal(select(2, out:gsub("\n", "")), tonumber(lines))
end

checks["15-read-latency"] = function(name)
  mount_disk()
  guest.sh "dd if=/dev/zero of=/tmp/disk/file bs=4096 count=20 2>/dev/null"
  local out = screen(name, [[
    dd if=/tmp/disk/file of=/dev/null bs=4096 count=20 2>/dev/null; usleep 2100000
    dd if=/tmp/disk/file of=/dev/null bs=4096 count=5 2>/dev/null]])
  guest.sh "umount /tmp/disk"
  local reads, columns, count = 0, {}, nil
  for n, map in out:gmatch "\n +%S+ +(%d+)  |([^|\n]*)|" do
    reads, count = reads + n, #map
    for at in map:gmatch "()%S" do
      columns[at] = true
    end
  end
  assert.are.equal(25, reads, out)
  -- Bursts of which each is within a slot or on the border of two, and between them a slot without any.
  assert.is_true(columns[1] and columns[count], out)
  assert.is_true(count >= 3 and count <= 15, out)
  assert.is_nil(columns[columns[2] and 3 or 2], out)
  assert.matches("^hist of elapsed by time [^\n]*\n", out)
  assert.matches("\n  %S+ to %S+, 1s a column, @ is %d+\n  count 25  avg ", out)
end

checks["16-busy-files"] = function(name)
  local workload = "build/guest/calls write 200; usleep 1200000; build/guest/calls write 100"
  local bytes, pids, tables = 0, {}, 0
  for _, rows in ipairs(objects(name, workload).rows) do
    tables = tables + 1
    local before = math.huge
    for _, r in ipairs(rows.rows) do
      assert.is_true(r.value <= before)
      before = r.value
      if r.key.file == "calls-file" then
        assert.are.same({ "vfs_write", "calls" }, { r.key.func, r.key.comm })
        bytes, pids[r.key.pid] = bytes + r.value, true
      end
    end
  end
  -- 100 + i bytes for i from 0 to 199, and to 99
  assert.are.equal(39900 + 14950, bytes)
  local _, second = next(pids, (next(pids)))
  assert.is_not_nil(second)
  assert.is_true(tables >= 2, tables)
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
