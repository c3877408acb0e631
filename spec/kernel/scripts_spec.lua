--- The scripts of ksnoop-examples(7), each against a workload whose answer is known. One more is a section of the page
--- and a function in checks. What they print is what the page shows, but for numbers; it is left in /tmp/scripts, of
--- which `make manual-samples` makes new samples.
local guest = require "spec.kernel.guest"
local library = require "spec.support.library"
local manual = require "spec.support.manual"

local checks = {}

-- Of what a script prints the lines that the page has: those that one of these patterns finds. The others are of what
-- else went on.
local shown = {
  opens = { "^TIME", " cat +" }, connections = { " nc +" }, tcp_lifetimes = { "LADDR", " nc +127" },
  off_cpu = { "^stacks;.*do_nanosleep" }, signals = { "^TIME", " sh +SIG" }, failing_calls = { " leftovers +" },
  slow_files = { " dd +" }, busy_files = { "^sum", "^ +SUM", " calls%-file$" },
}

-- These samples are of one kernel: elsewhere functions, or types of arguments, are others.
local like = {
  off_cpu = "6.1", mutexes = "6.1", drops = "6.1", leaks = "6.1", caches = "6.1", bio_ways = "6.12",
  failing_calls = "6.1", fsync_io = "6.1", failing_opens = "6.1",
}

-- Lines of samples that need not be there.
local varies = {
  mutexes = "caller=[^p]", caches = "~.*_", slow = "vfs_fsync_range", signals = " sh +SIG",
}

local function filtered(out, patterns)
  local lines, is_left_out = {}, false
  for line in out:gmatch "([^\n]*)\n" do
    local is_there = not patterns
    for _, pattern in ipairs(patterns or {}) do
      is_there = is_there or line:find(pattern)
    end
    lines[#lines + 1] = is_there and line .. "\n" or not is_left_out and "...\n" or nil
    is_left_out = not is_there
  end
  return table.concat(lines)
end

-- A section's run: what its command prints while the workload, a shell's text, runs. Fails when it does not end well.
-- refused: a list of what ksnoop says where the script can't work, or nil. size: of a terminal that it prints on, of
-- which what is there at the end is returned; or nil.
local function runner(section)
  for name, text in pairs(section.files) do
    guest.spill("/tmp/scripts/" .. name, text)
  end
  local printed
  return function(workload, refused, size)
    guest.spill("/tmp/workload", workload)
    local file = section.command:match "^ksnoop (%S+)$"
    local code, out, err = guest.sh(("%s -c 'exec timeout 30 sh /tmp/workload' /tmp/scripts/%s"):format(
      size and ("TERM=xterm build/guest/screen %s -- ksnoop -q"):format(size) or "ksnoop", file))
    for _, text in ipairs(refused or {}) do
      assert.are.equal(2, code, out)
      assert.matches(text, err)
    end
    if refused then
      return
    end
    assert.are.equal(0, code, err)
    assert.is_true(not size or err == "scrolled 0\n", err)
    printed = filtered(out, shown[section.name])
    guest.spill(("/tmp/scripts/%s.txt"):format(section.name), printed)
    return out, err
  end, function()
    return printed
  end
end

-- --- one for each script --------------------------------------------------------------------------

function checks.opens(run)
  guest.spill("/tmp/there", "text")
  local out = run("cat /tmp/there /tmp/not_there /tmp/there >/dev/null 2>&1; true")
  assert.matches("^TIME +PID COMM +RETVAL FILENAME\n", out)
  local found = guest.lines(out, "^%d%d:%d%d:%d%d%.%d+ +(%d+) (cat) +(%S+) (/tmp/%S+)$")
  local pid = found[1][1]
  assert.are.same({ { pid, "cat", "3", "/tmp/there" }, { pid, "cat", "-ENOENT", "/tmp/not_there" },
    { pid, "cat", "3", "/tmp/there" } }, found)
end

function checks.block_latency(run)
  local d = guest.disk()
  local out = run(([[
    dd if=/dev/%s of=/dev/null bs=4096 count=20 iflag=direct 2>/dev/null
    dd if=/dev/zero of=/dev/%s bs=8192 count=7 oflag=direct 2>/dev/null]]):format(d, d))
  local found = {}
  for on, op, count in out:gmatch "disk=(%S+)%s+op=(%S+).-\n  count (%d+)" do
    found[on .. " " .. op] = tonumber(count)
  end
  assert.are.same({ [d .. " REQ_OP_READ"] = 20, [d .. " REQ_OP_WRITE"] = 7 }, found, out)
end

function checks.connections(run)
  local out = run(guest.listen({ 4711, 4712 }, "</dev/null >/dev/null") .. [[
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

function checks.tcp_lifetimes(run)
  guest.spill("/tmp/ask", ("?"):rep(900)) -- one write of nc: it ends when the answer does
  guest.spill("/tmp/answer", ("!"):rep(500))
  local out = run(guest.listen({ 4711 }, "</tmp/answer >/dev/null") .. [[
    nc 127.0.0.1 4711 </tmp/ask >/dev/null; wait; nc 127.0.0.1 4713 </dev/null 2>/dev/null; true]])
  local got = {}
  for _, l in ipairs(guest.lines(out, "^ *%d+ (%S+) +(%S+):(%d+) +%S+:(%d+) +(%d+) +(%d+) +[%d.]+%a+$")) do
    local comm, from, own, other, sent, received = unpack(l)
    local is_client = other == "4711" or other == "4713"
    -- A client opens in its own process, a server in whatever the softirq interrupts: ksoftirqd, if that runs it.
    assert.is_true(not is_client or comm == "nc" and from == "127.0.0.1", out)
    -- The port is known that the kernel has taken from the socket by then, and given to nobody else.
    assert.is_true(is_client and tonumber(own) > 0 or own == "4711", out)
    got[#got + 1] = ("%s %s %s"):format(is_client and "client " .. other or "server", sent, received)
  end
  table.sort(got)
  -- The end of a stream counts as a byte; so does the beginning of the one that connects.
  assert.are.same({ "client 4711 902 501", "client 4713 0 0", "server 501 901" }, got, out)
end

function checks.run_queue(run)
  local busy = "taskset 1 timeout 0.5 sh -c 'while :; do :; done'"
  local out = run(("%s & %s & wait"):format(busy, busy))
  local long, all, sum = 0, 0, 0
  for _, l in ipairs(guest.lines(out, "^ *([%d.]+)(%a+)%.%.[%d.]+%a+ +(%d+) +|")) do
    long = long + ((l[2] == "ms" or l[2] == "s") and l[3] or 0)
    all = all + l[3]
  end
  for _, l in ipairs(guest.lines(out, "^ *count ([%d,]+) +avg ([%d.]+)(%a+) ")) do
    local count = l[1]:gsub(",", "")
    all, sum = all - count, sum + count * l[2] * ({ ns = 1e-9, us = 1e-6, ms = 1e-3, s = 1 })[l[3]]
  end
  assert.are.equal(0, all, out)
  -- Two that never sleep, on one processor: each waits while the other has its turn, of some milliseconds.
  assert.is_true(long >= 20, out)
  assert.is_true(sum > 0.5, out)
end

function checks.slow_files(run)
  local out = run([[cd /tmp; dd if=/dev/zero of=slow bs=8M count=2 2>/dev/null
    dd if=slow of=/dev/null bs=8M 2>/dev/null; rm slow]])
  local found = {}
  for _, l in ipairs(guest.lines(out, "^%d%d:%d%d:%d%d%.%d+ +%d+ dd +(vfs_%l+) +([%d.]+m?s) +8388608 (%S+)$")) do
    found[#found + 1] = l[1] .. " " .. l[3]
  end
  assert.are.same({ "vfs_write /tmp/slow", "vfs_write /tmp/slow", "vfs_read /tmp/slow", "vfs_read /tmp/slow" }, found,
    out)
end

function checks.reclaim(run)
  local folder = "/tmp/cgroups"
  guest.sh(([[mkdir %s; mount -t cgroup2 none %s; cd %s && echo +memory >cgroup.subtree_control && mkdir small &&
    echo 8M >small/memory.max]]):format(folder, folder, folder))
  -- What goes through the page cache needs the room of what is there.
  local out = run(([[
    echo $$ >%s/small/cgroup.procs; dd if=/dev/%s of=/dev/null bs=1M count=32 2>/dev/null; echo $$ >%s/cgroup.procs]])
    :format(folder, guest.disk(), folder))
  local _, events = guest.sh(("cat %s/small/memory.events"):format(folder))
  guest.sh(("rmdir %s/small; umount %s; rmdir %s"):format(folder, folder, folder))
  local sum = 0
  for _, l in ipairs(guest.lines(out, "^ +(%d+) +%S+ +%S+ +[%d.]+%a+ +[%d.]+%a+ +/small +%S+$")) do
    sum = sum + l[1]
  end
  -- The kernel counts for itself how often the limit was met.
  assert.are.equal(tonumber(events:match "\nmax (%d+)"), sum, out)
  assert.is_true(sum >= 20, out)
end

function checks.signals(run)
  local out, err = run([[
    sleep 100 & echo "to $!" >&2; kill -USR1 $!; sleep 100 & echo "to $!" >&2; kill -TERM $!; kill -0 $!; wait; true]])
  assert.matches("^TIME +PID COMM +SIG +TO TASK_COMM +RESULT\n", out)
  local first, second = err:match "to (%d+)\n.-to (%d+)\n"
  local found = guest.lines(out, "^%d%d:%d%d:%d%d%.%d+ +(%d+) (%S+) +(%S+) +(%d+) %S+ +(%d+)$")
  local shell = found[1][1]
  assert.are.same({ { shell, "sh", "SIGUSR1", first, "0" }, { shell, "sh", "SIGTERM", second, "0" } }, found, out)
end

function checks.caches(run)
  -- Each open takes a file of a cache, also where it fails.
  local out = run "exec build/guest/pairs opens 20000 7"
  assert.matches("\n +SUM +SAMPLES +[^\n]+\n", out)
  local files = tonumber(out:match "\n +~[%d.]+[KM]? +(%d+) +filp\n")
  -- 20,000 and what else is opened meanwhile, one in a hundred: six times the spread is 85.
  assert.is_true(files > 200 - 85 and files < 400, out)
end

function checks.failing_opens(run)
  local out, err = run("exec build/guest/pairs opens 10 7")
  local failed, succeeded = out:match "\n +count +(%d+) +(%d+)\n"
  assert.matches("^[^\n]+\n +ENOENT +0\n", out)
  assert.are.equal("10", failed)
  assert.are.equal(err:match "ksnoop: (%d+) hits, 0 delivered, ", tostring(10 + succeeded), err)
  for _, p in ipairs { "p50", "p90", "p99", "max" } do
    assert.matches("\n +" .. p .. " +[%d.]+[um]s +[%d.]+[um]s\n", out)
  end
end

function checks.mutexes(run)
  -- A pipe has a mutex, which each write takes.
  local out = run("dd if=/dev/zero bs=1 count=300 2>/dev/null | cat >/dev/null")
  local writes = 0
  for caller, count in out:gmatch "caller=([%w_]+).-\n  count (%d+)" do
    writes = writes + (caller:find "pipe_write" and tonumber(count) or 0)
  end
  assert.is_true(writes >= 300, out)
end

function checks.failing_calls(run)
  -- It asks for one program after the other, the last of which is not there.
  local out = run("exec build/guest/leftovers >/dev/null")
  local calls = guest.lines(out, "^%S+ +%d+ (leftovers) +(bpf_obj_get_next_id)%(attr=%S+ uattr=%S+ .-%) = (%-%u+)$")
  assert.are.same({ { "leftovers", "bpf_obj_get_next_id", "-ENOENT" } }, calls, out)
end

-- Mounts a file system on /tmp/disk, whose kind is a module, and makes it where there is none. The disk.
local function mounted()
  local d = guest.disk()
  local mount = ("mount -t ext4 /dev/%s /tmp/disk"):format(d)
  guest.sh(("mkdir -p /tmp/disk; %s || { mke2fs /dev/%s && %s; }"):format(mount, d, mount))
  return d
end

function checks.fsync_io(run)
  local d = mounted()
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
  local out = run(([[
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

function checks.read_times(run)
  mounted()
  guest.sh "dd if=/dev/zero of=/tmp/disk/file bs=4096 count=20 2>/dev/null"
  local out = run([[
    dd if=/tmp/disk/file of=/dev/null bs=4096 count=20 2>/dev/null; usleep 2100000
    dd if=/tmp/disk/file of=/dev/null bs=4096 count=5 2>/dev/null]], nil, "100x40")
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

function checks.busy_files(run)
  local out = run "build/guest/calls write 5; usleep 1200000; build/guest/calls write 4"
  local bytes, sums = {}, {}
  for _, l in ipairs(guest.lines(out, "^ *(%d+) +(%d+) +calls +vfs_write +calls%-file$")) do
    bytes[l[2]] = (bytes[l[2]] or 0) + l[1]
  end
  for _, n in pairs(bytes) do
    sums[#sums + 1] = n
  end
  table.sort(sums)
  -- 100 + i bytes for i from 0 to 3, and to 4: in snapshots that add up to the last byte.
  assert.are.same({ 406, 510 }, sums, out)
  local _, tables = out:gsub("sum of retval by pid", "")
  assert.is_true(tables >= 2, out)
end

function checks.bio_ways(run)
  local workload = ("dd if=/dev/%s of=/dev/null bs=4096 count=3 iflag=direct 2>/dev/null"):format(guest.disk())
  if guest.kernel == "5.10" or guest.kernel == "6.1" then
    return run(workload, {
      "'%*%(struct bio %*b%)' stands for 1%d%d functions, and each needs a program of its own here\n",
      "\nhint: at most 100 are attached, [^\n]*; %-%-max%-probes raises that\n" })
  end
  local out, err = run(workload)
  local way, bios, last = {}, 0, nil
  for _, l in ipairs(guest.lines(out, "^(0x%x+) %+[%d.]+%a+ +([%w_.]+) +(%S+) (%d+)$")) do
    local object, func, size, status = unpack(l)
    assert.are.equal("0", status, out)
    bios, last = bios + (object ~= last and 1 or 0), object
    if func:find "^submit_bio" and func ~= "submit_bio_wait_endio" or func == "bio_iov_iter_get_pages"
      or func == "bio_endio" then
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

function checks.drops(run)
  local out = run("exec build/guest/stacks drops 30", guest.kernel == "5.10" and { "has no argument 'reason'" } or nil)
  if out then
    local n = 0 -- in interrupts, and where these are put off
    for count in out:gmatch "\n +(%d+) +SKB_DROP_REASON_NO_SOCKET +[%w_]+%+0x%x+\n +[%w_]*udp%w*_[%w_]+%+" do
      n = n + count
    end
    assert.are.equal(30, n, out)
  end
end

function checks.off_cpu(run)
  local out = run "exec build/guest/stacks sleeps 20"
  local slept = 0
  for _, l in ipairs(guest.lines(out, "^stacks;.*;do_nanosleep;schedule;__schedule (%d+)$")) do
    slept = slept + l[1]
  end
  assert.is_true(slept >= 15 * 10e6, out) -- one whose time is up before does not sleep
end

function checks.leaks(run)
  guest.sh "rm -f /tmp/stacks-pipes"
  local out = run [[
    build/guest/stacks pipes 200 & until test -e /tmp/stacks-pipes; do usleep 10000; done; usleep 1100000]]
  guest.sh "rm /tmp/stacks-pipes"
  -- Of each pipe the 16 buffers: 640 bytes, for which the kernel takes a kilobyte.
  assert.matches("\n +204,800  [^\n]+\n +alloc_pipe_info%+", out)
end

function checks.slow(run)
  mounted()
  local out = run [[
    dd if=/dev/zero of=/tmp/disk/file bs=64K count=128 conv=fsync 2>/dev/null
    dd if=/dev/zero of=/dev/null bs=50M count=2 2>/dev/null]]
  guest.sh "umount /tmp/disk"
  -- Where much else goes on small reads are slow, too.
  assert.is_true(tonumber(out:match "count by comm %(slow_twice.lua:6%)\n +COUNT +COMM\n +(%d+) +dd\n$") >= 2, out)
end

describe("the script", function()
  guest.sh "mkdir -p /tmp/scripts"
  for _, section in ipairs(manual.sections()) do
    local name = section.name
    it(name .. " of the manual answers its question", function()
      local run, printed = runner(section)
      checks[name](run)
      if printed() and (like[name] or guest.kernel) == guest.kernel then
        assert.are.same({}, library.missing(section.sample, printed(), varies[name]), printed())
      end
    end)
  end
end)
