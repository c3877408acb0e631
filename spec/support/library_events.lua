--- The recipes of the library on events that are made up: a script for ksnoop, which prints of each whether it did with
--- them what it should, or what was wrong. spec/vm/library_spec.lua runs it on kernels' types.
local ks = require "ksnoop"

local tests = {}

function tests.exits()
  local function event(code, age)
    return { "tp:sched_process_exit", pid = 7, comm = "sh", time = age + 1000000, p = { pid = 7, exit_code = code,
      real_parent = { tgid = 3 }, start_boottime = 1000000, utime = 4000000, stime = 2000000,
      signal = { live = { counter = 0 }, maxrss = 512 } } }
  end
  return { failed = true }, { event(0, 5), event(7 * 256, 2000000), event(9, 3000000) }, {
    delivered = 2, filtered = 1,
    "\n%S+ +3 +7 sh +7 0 +2.00ms +6.00ms +2.0M\n%S+ +3 +7 sh +0 SIGKILL +3.00ms +6.00ms +2.0M\n$",
  }
end

function tests.slow()
  return { min = "1ms" }, {
    { "vfs_read", elapsed = "2ms", retval = -5, pid = 7, comm = "dd" },
    { "vfs_read", elapsed = "10us", retval = 1 },
  }, { delivered = 1, filtered = 1, "^%S+ +7 dd%s+vfs_read 2.00ms %-EIO\n$" }
end

function tests.slow_files()
  local function event(elapsed, mode)
    return { "vfs_write", elapsed = elapsed, retval = 4096, pid = 7, comm = "dd", file = {
      f_inode = { i_mode = mode, i_sb = { s_type = { name = "ext4" } } } } }
  end
  return {}, { event("20ms", "S_IFREG"), event("9ms", "S_IFREG"), event("20ms", "S_IFIFO") },
    { delivered = 1, filtered = 2, "\n%S+ +7 dd +vfs_write +20.0ms +4.0K ext4 " }
end

function tests.fs_latency()
  local function event(place, elapsed)
    return { place, elapsed = elapsed, file = { f_inode = { i_sb = { s_type = { name = "xfs" } } } } }
  end
  return {}, { event("vfs_read", "2us"), event("vfs_read", "3us"), event("vfs_fsync_range", "5ms") }, { delivered = 3,
    "type=xfs  operation=vfs_read\n.*\n  count 2 ", "type=xfs  operation=vfs_fsync_range\n.*\n  count 1 " }
end

function tests.page_faults()
  return {}, {
    { "handle_mm_fault", comm = "dd", elapsed = "2ms", retval = "VM_FAULT_MAJOR", vma = { vm_file = {
      f_path = { dentry = { d_name = { name = "libc.so" } } } } } },
    { "handle_mm_fault", comm = "dd", elapsed = "3us", retval = 0, vma = { vm_file = 0 } },
  }, { delivered = 2, filtered = 2, "\n +1 +2.00ms .* dd +libc.so +true +false\n", "\n +1 +3.00us .* dd\n" }
end

function tests.oom_kills()
  return {}, { { "oom_kill_process", pid = 7, comm = "greedy", message = "Out of memory", oc = { memcg = 0,
    totalpages = 256, chosen_points = 99, chosen = { tgid = 8, comm = "victim" } } } },
    { delivered = 1, "\n%S+ +7 greedy +8 victim +99 +1.0M Out of memory\n" }
end

function tests.drops()
  local function event(proto)
    return { "tp:kfree_skb", skb = { protocol = proto }, location = 0,
      reason = ks.has "enum skb_drop_reason" and "SKB_DROP_REASON_NO_SOCKET" or nil }
  end
  return {}, { event(8), event(8), event(0xdd86) }, { delivered = 3,
    "\n +2 +ETH_P_IP +", "\n +1 +ETH_P_IPV6 +", ks.has "enum skb_drop_reason" and "NO_SOCKET" or "COUNT" }
end

local function sock(own, other)
  return { __sk_common = { skc_family = "AF_INET", skc_rcv_saddr = 0x0100007f, skc_daddr = 0x0200000a,
    skc_num = own, skc_dport = other % 256 * 256 + math.floor(other / 256), skc_state = "TCP_SYN_SENT" } }
end

function tests.tcp_connections()
  return { filter = "rport(conn) != 80" }, {
    { "tcp_connect", pid = 7, comm = "nc", sk = sock(40000, 443) },
    { "tcp_connect", pid = 7, comm = "nc", sk = sock(40000, 80) },
    { "return:inet_csk_accept", pid = 8, comm = "httpd", retval = 0 },
  }, { delivered = 1, filtered = 2, "\n%S+ tcp_connect +7 nc +127.0.0.1 40000 +10.0.0.2 +443\n$" }
end

function tests.tcp_retransmits()
  return {}, { { "tp:tcp_retransmit_skb", sk = sock(40000, 443), skb = { len = 100 } } }, { faults = 0 }
end

function tests.udp_drops()
  local event = { "tp:udp_fail_queue_rcv_skb", rc = "-ENOMEM",
    sk = { sk_rcvbuf = 4096, __sk_common = { skc_num = 53 } } }
  return {}, { event, event }, { delivered = 2, "\n +2 +53 +ENOMEM +4.0K\n" }
end

function tests.signals()
  local function event(sig)
    return { "tp:signal_generate", pid = 7, comm = "sh", sig = sig, result = 0, task = { tgid = 8, comm = "victim" } }
  end
  return {}, { event "SIGKILL", event "SIGCHLD" },
    { delivered = 1, filtered = 1, "\n%S+ +7 sh +SIGKILL +8 victim +TRACE_SIGNAL_DELIVERED\n$" }
end

function tests.module_loads()
  return {}, { { "tp:module_free", pid = 7, comm = "rmmod", mod = { name = "dummy" } } },
    { delivered = 1, "\n%S+ +7 rmmod +module_free +dummy +0 " }
end

function tests.capabilities()
  local function event(cap, retval)
    return { "return:cap_capable", comm = "chroot", uid = 7, cap = cap, retval = retval }
  end
  return { refused = true }, { event("CAP_SYS_CHROOT", "-EPERM"), event("CAP_SYS_CHROOT", "-EPERM"),
    event("CAP_KILL", 0) }, { delivered = 2, filtered = 1, "\n +2 +chroot +7 +CAP_SYS_CHROOT +%-EPERM\n" }
end

function tests.failing()
  return { funcs = { "vfs_fsync_range" } }, {
    { "vfs_fsync_range", pid = 7, comm = "dd", file = 0, start = 0, ["end"] = 9, datasync = 1, retval = "-EIO" },
    { "vfs_fsync_range", pid = 7, comm = "dd", file = 0, start = 0, ["end"] = 9, datasync = 1, retval = 0 },
  }, { delivered = 1, filtered = 1, "^%S+ +7 dd +vfs_fsync_range%(file=[^ ]+, start=0, end=9, datasync=1%) = %-EIO\n$" }
end

function tests.failure_times()
  local function event(retval)
    return { "do_sys_openat2", elapsed = "2us", retval = retval }
  end
  return {}, { event(3), event(4), event "-ENOENT" }, { delivered = 3, "\n +0 +ENOENT\n.*\n +count +2 +1\n" }
end

function tests.callers()
  return { by = "comm" }, { { "vfs_fsync_range", comm = "dd" }, { "vfs_fsync_range", comm = "dd" } },
    { delivered = 2, "\n +2 +dd\n" }
end

function tests.reclaim()
  return { filter = "elapsed > 1ms" }, {
    { "try_to_free_pages", elapsed = "2ms", comm = "dd", cgroup = 1 },
    { "try_to_free_pages", elapsed = "1us", comm = "dd", cgroup = 1 },
  }, { delivered = 1, filtered = 1, "\n +1 +2.00ms .* dd +try_to_free_pages\n" }
end

-- A request or bio as the kernel's disk() finds its disk.
local function on_disk(t, name)
  if t.bi_opf then
    t[ks.has "struct bio.bi_bdev" and "bi_bdev" or "bi_disk"] = ks.has "struct bio.bi_bdev"
      and { bd_disk = { disk_name = name } } or { disk_name = name }
  elseif ks.has "struct request_queue.disk" then
    t.q = { disk = { disk_name = name } }
  else
    t.rq_disk = { disk_name = name }
  end
  return t
end

local function requests()
  local read = on_disk({ __sector = 8, __data_len = 4096, cmd_flags = "REQ_OP_READ", start_time_ns = 1000,
    io_start_time_ns = 4000 }, "sda")
  local write = on_disk({ __sector = 16, __data_len = 512, cmd_flags = "REQ_OP_WRITE" }, "sdb")
  return {
    { "tp:block_rq_issue", rq = read },
    { "tp:block_rq_issue", rq = write },
    { "tp:block_rq_complete", rq = write, ["rq.__data_len"] = 0, error = 0 },
    { "tp:block_rq_complete", rq = read, ["rq.__data_len"] = 0,
      error = ks.has "struct request_queue.disk" and 10 or -5 },
    { "tp:block_rq_complete", rq = read, error = 0 }, -- nobody issued it
  }
end

function tests.block_io()
  return { min = "2ms" }, requests(), { delivered = 1, filtered = 1,
    "\n%S+ sda +REQ_OP_READ +8 +4.0K +3.00us +3.00ms %S+\n$" }
end

function tests.block_latency()
  return {}, requests(), { delivered = 2, "disk=sda  op=REQ_OP_READ\n.*\n +count 1 .*disk=sdb  op=REQ_OP_WRITE\n",
    "\nSize\n +disk=sda  op=REQ_OP_READ\n.*\n +count 1  avg 4K .*\n +count 1  avg 512 " }
end

local function tcp_sock(own, other, sent, got)
  local sk = sock(own, other)
  sk["(struct tcp_sock)"] = { bytes_acked = sent, bytes_received = got }
  sk["(struct inet_sock)"] = { inet_sport = own % 256 * 256 + math.floor(own / 256) }
  return sk
end

-- One that lives, one that is refused, and one that was there before.
local function tcp_states()
  local function event(sk, old, new, more)
    local e = { "tp:inet_sock_set_state", sk = sk, oldstate = old, newstate = new, pid = 7, comm = "nc" }
    for name, v in pairs(more or {}) do
      e[name] = v
    end
    return e
  end
  local whole, refused, old = tcp_sock(40000, 443, 1, 1), tcp_sock(40001, 80, 0, 0), tcp_sock(40002, 22, 0, 0)
  return {
    event(whole, "TCP_CLOSE", "TCP_SYN_SENT"),
    event(whole, "TCP_SYN_SENT", "TCP_ESTABLISHED", { comm = "idle" }),
    event(refused, "TCP_CLOSE", "TCP_SYN_SENT"),
    event(refused, "TCP_SYN_SENT", "TCP_CLOSE", { comm = "idle" }),
    event(old, "TCP_LAST_ACK", "TCP_CLOSE"),
    event(whole, "TCP_ESTABLISHED", "TCP_CLOSE", { ["sk.(struct tcp_sock).bytes_acked"] = 2048,
      ["sk.(struct tcp_sock).bytes_received"] = 100 }),
  }
end

function tests.tcp_lifetimes()
  return {}, tcp_states(), { delivered = 2, filtered = 3,
    "\n +7 nc +127.0.0.1 40001 +10.0.0.2 +80 +0 +0 +1.00ms\n"
    .. " +7 nc +127.0.0.1 40000 +10.0.0.2 +443 +2.0K +100 +5.00ms\n$" }
end

function tests.tcp_states()
  return { filter = "rport(sk) == 443" }, tcp_states(), { delivered = 2, filtered = 1,
    "\n%S+ +127.0.0.1 40000 +10.0.0.2 +443 TCP_SYN_SENT TCP_ESTABLISHED +1.00ms\n"
    .. "%S+ +127.0.0.1 40000 +10.0.0.2 +443 TCP_ESTABLISHED TCP_CLOSE +4.00ms\n$" }
end

-- A packet's bytes: where the headers lie the kernel knows by offsets.
local function datagram(from, to, id, flags, name)
  local question = ""
  for label in name:gmatch "[^.]+" do
    question = question .. string.char(#label) .. label
  end
  local function word(n) return string.char(math.floor(n / 256), n % 256) end
  return { protocol = 8, network_header = 0, transport_header = 20, head = ("\0"):rep(9) .. "\17" .. ("\0"):rep(10)
    .. word(from) .. word(to) .. ("\0"):rep(4) -- UDP
    .. word(id) .. string.char(1, flags) .. ("\0"):rep(8) .. question .. "\0" .. word(28) .. ("\0"):rep(80) }
end

function tests.dns()
  return {}, {
    { "tp:net_dev_queue", comm = "curl", skb = datagram(5000, 53, 7, 0, "www.example.org") },
    { "tp:net_dev_queue", comm = "curl", skb = datagram(5000, 53, 8, 0, "lost.example.org") },
    { "tp:net_dev_queue", comm = "curl", skb = datagram(5000, 54, 9, 0, "no.example.org") },
    { "__udp_enqueue_schedule_skb", sk = 0, skb = datagram(53, 5000, 7, 3, "www.example.org") },
    { "__udp_enqueue_schedule_skb", sk = 0, skb = datagram(53, 5000, 10, 0, "other.example.org") },
  }, { delivered = 1, "\n +1 +3.00ms .* curl +NXDOMAIN +www.example.org +AAAA\n",
    "\n +1 +3.00ms .* curl +%(none%) +lost.example.org +AAAA\n" }
end

local state = ks.has "struct task_struct.__state" and "__state" or "state"

function tests.run_queue()
  local idle, waits, busy, sleeps = { pid = 0 }, { pid = 7, comm = "waits" }, { pid = 8, comm = "busy" },
    { pid = 9, comm = "sleeps", [state] = 1 }
  local function switch(prev, next, preempt)
    return { "tp:sched_switch", prev = prev, next = next, preempt = preempt or false }
  end
  return { by = "comm" }, {
    { "tp:sched_wakeup", p = waits },
    switch(idle, waits),      -- waited 1 ms
    switch(waits, busy),      -- waits was to go on; nobody saw busy wake
    switch(sleeps, waits),    -- waited 1 ms; sleeps does not wait for a CPU
    switch(waits, idle, true),
    switch(idle, sleeps),
  }, { delivered = 2, filtered = 1, "\n +task=waits\n.*\n +count 2  avg 1ms" }
end

function tests.off_cpu()
  local sleeps, busy = { pid = 7 }, { pid = 8 }
  local function switch(time, prev, next, comm, stack)
    return { "tp:sched_switch", time = time, prev = prev, next = next, preempt = false, comm = comm, stack = stack }
  end
  return {}, {
    switch("10ms", sleeps, busy, "sleeps", { 16, 32 }),
    switch("60ms", busy, sleeps, "busy", { 48 }),
    switch("60500us", sleeps, busy, "sleeps", { 16 }),
  }, { delivered = 1, filtered = 1, "\n +50.0ms +sleeps +0x10\n +0x20\n$" }
end

function tests.interrupts()
  return {}, {
    { "tp:irq_handler_entry", cpu = 1, irq = 27, action = { name = "nvme" } },
    { "tp:irq_handler_entry", cpu = 2, irq = 28, action = { name = "eth" } },
    { "tp:irq_handler_exit", cpu = 1, irq = 27, action = { name = "nvme" }, ret = 1 },
    { "tp:softirq_entry", cpu = 1, vec_nr = 3 },
    { "tp:softirq_exit", cpu = 1, vec_nr = 3 },
    { "tp:softirq_exit", cpu = 2, vec_nr = 3 },
  }, { delivered = 2, "\n +1 +2.00ms .* 27 +nvme\n", "\n +1 +1.00ms .* NET_RX_SOFTIRQ\n" }
end

if ks.has "tp:contention_begin" then
  function tests.lock_waits()
    return { by = "comm" }, {
      { "tp:contention_begin", pid = 7, comm = "dd", lock = 4096, flags = 0 },
      { "tp:contention_begin", pid = 8, comm = "cp", lock = 4096, flags = 0 },
      { "tp:contention_end", pid = 7, comm = "dd", lock = 4096, ret = 0 },
    }, { delivered = 1, "\n +1 +2.00ms .* dd\n$" }
  end
end

function tests.mutexes()
  local a, b = {}, {}
  local function event(place, lock, more)
    local e = { place, lock = lock, caller = 4096 }
    for name, v in pairs(more or {}) do
      e[name] = v
    end
    return e
  end
  return {}, {
    event("return:mutex_lock", a),
    event("return:mutex_trylock", b, { retval = 0 }),
    event("mutex_unlock", a),
    event("mutex_unlock", b),
    event("return:mutex_lock_killable", b, { retval = 0 }),
    event("mutex_unlock", b),
  }, { delivered = 2, "\n +caller=0x1000\n.*\n +count 2  avg 1.5ms" }
end

function tests.lifetimes()
  local stack = { 16 }
  local ended, left = {}, {}
  return { filter = "comm != 'sh'" }, {
    { "return:alloc_pipe_info", comm = "make", retval = ended, stack = stack },
    { "return:alloc_pipe_info", comm = "make", retval = left, stack = stack },
    { "return:alloc_pipe_info", comm = "make", retval = 0, stack = stack },
    { "return:alloc_pipe_info", comm = "sh", retval = {}, stack = stack },
    { "free_pipe_info", pipe = ended },
    { "free_pipe_info", pipe = {} },
  }, { delivered = 1, "Lives\n +maker=make\n.*\n +count 1 +avg 4ms", "Still there\n.*\n +1 +make +0x10\n$" }
end

function tests.follow()
  local bio = { bi_flags = 1 }
  return { funcs = "submit_bio*", filter = "object->bi_flags > 1" }, {
    { "submit_bio_wait", object = bio },
    { "submit_bio", object = bio, ["object.bi_flags"] = 3 },
    { "submit_bio", object = {} },
  }, { delivered = 1, "^0x%x+ +1.00ms submit_bio_wait +submit_bio +object%->bi_flags 1 %-> 3\n$" }
end

function tests.opens()
  return { failed = true }, {
    { "sys:openat", pid = 7, comm = "cat", uid = 5, filename = "/tmp/there", retval = 3 },
    { "sys:openat", pid = 7, comm = "cat", uid = 5, filename = "/tmp/not_there", retval = "-ENOENT" },
    { "sys:open", pid = 7, comm = "cat", uid = 5, filename = "/etc/shadow", retval = "-EACCES" },
  }, { delivered = 2, filtered = 1,
    "\n%S+ +7 cat +5 +%-ENOENT /tmp/not_there\n%S+ +7 cat +5 +%-EACCES /etc/shadow\n$" }
end

function tests.execs()
  local current = { real_parent = { tgid = 3 } }
  return {}, {
    { "tp:sched_process_exec", pid = 7, comm = "true", current = current, old_pid = 7,
      bprm = { filename = "/bin/true", argc = 0 }, p = { mm = {} } },
    { "sys:execve", pid = 8, comm = "sh", current = current, filename = "/bin/no", retval = "-ENOENT" },
    { "sys:execve", pid = 9, comm = "sh", current = current, filename = "/bin/true", retval = 0 },
    { "sys:execveat", pid = 9, comm = "sh", current = current, filename = "/bin/at", retval = "-EACCES" },
  }, { delivered = 3, filtered = 1, "\n%S+ +3 +7 true +0 /bin/true ", "\n%S+ +3 +8 sh +%-ENOENT /bin/no\n"
    .. "%S+ +3 +9 sh +%-EACCES /bin/at\n$" }
end

-- What a task has open as its first file.
local function task_with(file)
  return { files = { fdt = { fd = { file } } } }
end

function tests.fsyncs()
  local file = { f_path = { dentry = { d_name = { name = "file" } } } }
  local failed = ks.test(function() require "fsyncs" { failed = true, ks.print "{retval}" } end, {
    { "sys:fsync", elapsed = 1, fd = 0, retval = "-EIO", current = task_with(file) },
    { "sys:msync", elapsed = 1, retval = 0 },
  })
  assert(failed.delivered == 1 and failed.text == "-EIO\n", failed.text)
  return { min = "1ms" }, {
    { "sys:fsync", pid = 7, comm = "dd", elapsed = "2ms", fd = 0, retval = "-EIO", current = task_with(file) },
    { "sys:fdatasync", pid = 7, comm = "dd", elapsed = "2us", fd = 0, retval = 0, current = task_with(file) },
    { "sys:msync", pid = 7, comm = "dd", elapsed = "3ms", retval = 0 },
    { "ksys_sync", pid = 8, comm = "sync", elapsed = "4ms" },
  }, { delivered = 3, filtered = 1, "\n%S+ +7 dd +fsync +2.00ms +%-EIO ", "\n%S+ +7 dd +msync +3.00ms +0\n",
    "\n%S+ +8 sync +ksys_sync +4.00ms\n$" }
end

function tests.fsync_io()
  local function bio(size)
    return on_disk({ bi_opf = "REQ_OP_WRITE", bi_iter = { bi_sector = 8, bi_size = size } }, "sda")
  end
  local place = ks.first { "submit_bio_noacct", "generic_make_request" }
  local large, small = { f_inode = { i_size = 2000000 } }, { f_inode = { i_size = 5 } }
  return { min = "1M" }, {
    { place, bio = bio(512) },
    { "sys:fsync", pid = 7, comm = "dd", fd = 0, current = task_with(large), retval = 0,
      { place, bio = bio(4096) }, { place, pid = 8, tid = 8, comm = "kworker", bio = bio(8192) } },
    { "sys:fsync", pid = 7, comm = "dd", fd = 0, current = task_with(small), retval = 0, { place, bio = bio(512) } },
  }, { delivered = 1, filtered = 3, "\n%S+ +7 dd +sda +REQ_OP_WRITE +8 +4.0K %S+\n$" }
end

function tests.mounts()
  return { filter = "retval < 0 || flags" }, {
    { "sys:mount", pid = 7, comm = "mount", dir_name = "/mnt", dev_name = "nothing", type = "tmpfs", flags = 9,
      retval = 0 },
    { "sys:mount", pid = 7, comm = "mount", dir_name = "/mnt", dev_name = "nothing", type = "tmpfs", flags = 0,
      retval = 0 },
    { "sys:umount", pid = 8, comm = "umount", name = "/mnt", flags = 0, retval = "-EINVAL" },
  }, { delivered = 2, filtered = 1, "\n%S+ +7 mount +mount +0 /mnt +0x9 +tmpfs +nothing\n"
    .. "%S+ +8 umount +umount +%-EINVAL /mnt +0x0\n$" }
end

local function try(name, test)
  local given, events, expected = test()
  local out = ks.test(function() require(name)(given) end, events)
  for _, key in ipairs { "delivered", "filtered", "faults" } do
    if out[key] ~= (expected[key] or key ~= "delivered" and 0 or out[key]) then
      error(("%d %s, not %s\n%s"):format(out[key], key, expected[key] or 0, out.text))
    end
  end
  for _, pattern in ipairs(expected) do
    if not out.text:find(pattern) then
      error(("no %s in\n%s"):format(pattern, out.text))
    end
  end
end

for name, test in pairs(tests) do
  local ok, why = pcall(try, name, test)
  print(name .. ": " .. (ok and "good" or tostring(why)))
end
