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
