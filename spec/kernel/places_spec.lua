--- Every kind of place at once, while a workload calls what they stand for with known values:
--- each call is seen once, with these values. What calls what: spec/kernel/workload/calls.c.
local guest = require "spec.kernel.guest"

local N = 20

-- What does this kernel have? Debian's 6.1 lacks kprobe.multi.
local struct_arguments = guest.kernel ~= "5.10"
local words_12 = guest.kernel == "6.12" or guest.kernel == "7.2"

local EAGAIN, EINVAL = -11, -22
local KEEP_SIZE, KEEPIDLE, SO_TYPE, CMP_REQUEUE_PRIVATE = 1, 4, 3, 132

local function fallocated(i)
  return { mode = KEEP_SIZE, offset = i * 4096, len = i % 2 == 0 and 100 + i or 0 }
end

local function with(values, more)
  for k, v in pairs(more) do
    values[k] = v
  end
  return values
end

local function result(i)
  return i % 2 == 0 and 0 or EINVAL
end

local function timer(i)
  return { which = 0, seconds = 1000 + i, ns = 7000, expires = 0 }
end

local function requeue(i)
  return { op = CMP_REQUEUE_PRIVATE, val = 100 + i, timeout = "0x0", val2 = 200 + i, val3 = 300 + i }
end

local function keepidle(i)
  return { level = 6, optname = KEEPIDLE, optlen = 4, is_kernel = false, seconds = 1 + i }
end

local itimer = [[{ "which", "seconds=value->it_value.tv_sec", "ns=value->it_value.tv_nsec", "expires" }]]
local futex = [[{ "op", "val", "timeout", "val2", "val3" }]]
local setsockopt = [[{ "level", "optname", "optlen", "is_kernel=optval.is_kernel",
  "seconds=*(int *)user(optval.user)" }]]

local by_kprobe = " it is reached by a kprobe, whose reads cost more\n"
local by_kretprobe = " it is reached by a kretprobe, whose reads cost more, and its arguments are not known at the "
  .. "return\n"

-- place, the probe's table, the workload, what the i-th event carries.
--   calls: nobody else calls it, so that its hits are the workload's, exactly
--   note: what is said of it on stderr
local cases = {
  { "vfs_fallocate", [[capture = { "mode", "offset", "len", "name=str(file->f_path.dentry->d_name.name)" }]],
    "fallocate", function(i) return with(fallocated(i), { name = "calls-file" }) end, calls = N },
  { "return:vfs_fallocate", [[capture = { "mode", "offset", "len", "retval", "ino=file->f_inode->i_ino > 0" }]],
    "fallocate", function(i) return with(fallocated(i), { retval = result(i), ino = 1 }) end, calls = N },
  { "fentry:vfs_fallocate", [[capture = { "mode", "offset", "len" }]], "fallocate", fallocated, calls = N },
  { "return:fentry:vfs_fallocate", [[capture = { "mode", "offset", "len", "retval" }]], "fallocate",
    function(i) return with(fallocated(i), { retval = result(i) }) end, calls = N },
  { "kprobe:vfs_fallocate", [[capture = { "mode", "offset", "len", "name=str(file->f_path.dentry->d_name.name)" }]],
    "fallocate", function(i) return with(fallocated(i), { name = "calls-file" }) end, calls = N },
  { "return:kprobe:vfs_fallocate", [[capture = { "retval" }]], "fallocate",
    function(i) return { retval = result(i) } end, calls = N },

  -- a string of the kernel's, a _Bool, a member of what a pointer leads to
  { "__set_task_comm", [[where = "str(buf, 16) ~ 'name-*'",
    capture = { "new=str(buf)", "exec", "same=tsk->tgid == pid" }]], "names",
    function(i) return { new = "name-" .. i, exec = false, same = 1 } end },

  { "tp:itimer_state", "capture = " .. itimer, "timers", timer, calls = N },
  { "raw:itimer_state", "capture = " .. itimer, "timers", timer, calls = N },
  { "tp:timer:itimer_state", [[capture = { "which", "seconds=value_sec", "ns=value_nsec", "expires" }]], "timers",
    timer, calls = N },

  { "sys:mkdir", [[where = "mode != 0755", capture = { "name=str(pathname)", "mode" }]], "mkdir",
    function(i) return { name = "/tmp/calls-" .. i, mode = 448 + i % 8 } end, calls = 2 * N },
  { "return:sys:mkdir", [[where = "mode != 0755", capture = { "name=str(pathname)", "mode", "retval" }]], "mkdir",
    function(i) return { name = "/tmp/calls-" .. i, mode = 448 + i % 8, retval = 0 } end, calls = 2 * N },
  -- The program's own memory: what it has not touched is there at the return.
  { "sys:mkdir", [[where = "mode == 0755", capture = { "name=str(pathname)" }]], "absent",
    function() return { name = { error = "EFAULT" } } end, calls = 2 * N },
  { "return:sys:mkdir", [[where = "mode == 0755", capture = { "name=str(pathname)" }]], "absent",
    function(i) return { name = "/tmp/calls-" .. i } end, calls = 2 * N },
  -- The workload also calls it as programs of 32 bits do, which is not seen.
  { "sys:umask", [[where = "comm == 'calls'", capture = { "mask" }]], "umask",
    function(i) return { mask = i } end },
  { "return:sys:umask", [[where = "comm == 'calls'", capture = { "mask", "retval" }]], "umask",
    function(i) return { mask = i, retval = i == 0 and 18 or i - 1 } end },

  -- 5.10's BTF has no more than the name of what its arguments are in.
  { "sys:futex", [[where = "comm == 'calls'", capture = { "val", "val2=(long)utime", "val3" }]], "futex",
    function(i) return { val = 100 + i, val2 = 200 + i, val3 = 300 + i } end },
  { "return:sys:futex", [[where = "comm == 'calls' && val3 >= 300", capture = { "val3", "retval" }]], "futex",
    function(i) return { val3 = 300 + i, retval = EAGAIN } end },

  -- more arguments than there are registers
  { "do_futex", "capture = " .. futex, "futex", requeue, calls = N,
    note = not words_12 and "do_futex takes more arguments than this kernel's trampolines carry:" .. by_kprobe },
  { "kprobe:do_futex", "capture = " .. futex, "futex", requeue, calls = N },
  { "return:do_futex", words_12 and [[capture = { "val3", "retval" }]] or [[capture = { "retval" }]], "futex",
    function(i) return { retval = EAGAIN, val3 = words_12 and 300 + i or nil } end, calls = N,
    note = not words_12 and "do_futex takes more arguments than this kernel's trampolines carry:" .. by_kretprobe },
  { "do_mmap", [[where = "len == 12345", capture = { "addr", "len", "prot", "flags", "pgoff",
    "name=str(file->f_path.dentry->d_name.name)", "last=uf->next == (void *)uf" }]], "mmap",
    function(i)
      return { addr = 0, len = 12345, prot = 1, flags = 1, pgoff = i, name = "calls-file", last = 1 }
    end,
    note = not words_12 and "do_mmap takes more arguments than this kernel's trampolines carry:" .. by_kprobe },

  -- structs among the arguments
  { "tcp_setsockopt", "capture = " .. setsockopt, "sockopt", keepidle, calls = N,
    note = not struct_arguments and "tcp_setsockopt takes a struct by value:" .. by_kprobe },
  { "kprobe:tcp_setsockopt", "capture = " .. setsockopt, "sockopt", keepidle, calls = N },
  { "from_kuid_munged", [[where = "kuid.val >= 1000", capture = { "kuid.val" }]], "euid",
    function(i) return { val = 1000 + i } end,
    note = not struct_arguments and "from_kuid_munged takes a struct by value:" .. by_kprobe },
  { "make_kuid", [[where = "arg(1) >= 1000 && arg(1) < 5000", capture = { "id=arg(1)" }]], "euid",
    function(i) return { id = 1000 + i } end, note = "make_kuid returns a struct:" .. by_kprobe },

  { "seq_printf", [[where = "comm == 'calls'", capture = { "format=str(f)" }]], "uptime",
    function() return { format = "%lu.%02lu %lu.%02lu\n" } end,
    note = "seq_printf takes a variable number of arguments:" .. by_kprobe },

  -- do_sysinfo.isra.0
  { "do_sysinfo", "capture = {}", "sysinfo", function() return {} end, calls = N,
    note = "do_sysinfo itself is not there, but 1 that the compiler made of it: their calls are seen, not their "
      .. "arguments\n" },
  { "return:do_sysinfo", "capture = {}", "sysinfo", function() return {} end, calls = N },
}

-- The second struct has one register left, so that all of it is on the stack.
if struct_arguments then
  for _, place in ipairs { "sk_getsockopt", "kprobe:sk_getsockopt" } do
    cases[#cases + 1] = { place, [[where = "optname == ]] .. SO_TYPE .. [[", capture = { "level", "optname",
      "apart=(long)optlen.user - (long)optval.user", "kernels=optlen.is_kernel || optval.is_kernel",
      "size=*(int *)user(optlen.user)" }]], "getopt",
      function(i) return { level = 1, optname = SO_TYPE, apart = 4, kernels = 0, size = 4 + i } end,
      note = place == "sk_getsockopt" and not words_12
        and "sk_getsockopt takes more arguments than this kernel's trampolines carry:" .. by_kprobe }
  end
end

-- The cases' names as the summary has them: of two probes at one place the second is "place#2".
local function name_all()
  local seen = {}
  for _, case in ipairs(cases) do
    seen[case[1]] = (seen[case[1]] or 0) + 1
    case.name = case[1] .. (seen[case[1]] > 1 and "#" .. seen[case[1]] or "")
  end
end

describe("a place, while a workload calls what it stands for", function()
  local summary, events, stderr

  setup(function()
    local script, commands, called = {}, { "umask 022" }, {}
    name_all()
    for i, case in ipairs(cases) do
      script[i] = ("ks.probe %q { %s }"):format(case[1], case[2])
      if not called[case[3]] then
        called[case[3]] = true
        commands[#commands + 1] = ("build/guest/calls %s %d"):format(case[3], N)
      end
    end
    commands[#commands + 1] = "build/guest/calls umask32 " .. N
    guest.spill("/tmp/commands", table.concat(commands, "\n"))
    local out = guest.json("-c 'sh -e /tmp/commands'", table.concat(script, "\n"))
    summary, stderr, events = out.summary.probes, out.stderr, {}
    for _, e in ipairs(out.event) do
      events[e.probe] = events[e.probe] or {}
      table.insert(events[e.probe], e)
    end
    assert.are.equal(#commands - 1, select(2, stderr:gsub("calls " .. N, "")), stderr)
  end)

  for _, case in ipairs(cases) do
    it(("%s: %s"):format(case[1], case[3]), function()
      local c = assert(summary[case.name], case.name)
      local got = events[case.name] or {}
      assert.are.equal(N, #got)
      for i, e in ipairs(got) do
        assert.are.same(case[4](i - 1), e.args)
      end
      guest.identity(c, case.calls)
      assert.are.equal(N, c.matched)
      assert.are.equal(0, c.suppressed + c.lost + c.faults)
      if case.note then
        assert.is_truthy(stderr:find("ksnoop: " .. case.note, 1, true), stderr)
      end
    end)
  end

  it("says nothing of those that are what was asked for", function()
    local notes = 0
    for _, case in ipairs(cases) do
      notes = notes + (case.note and 1 or 0)
    end
    notes = notes + 1 -- do_sysinfo has one for each of its probes
    local said = stderr:gsub("ksnoop: %d+ programs have to be put on one by one", "") -- where that is so
    assert.are.equal(notes + 1, select(2, said:gsub("ksnoop: ", "")), stderr) -- and the summary
  end)

  it("leaves nothing in the kernel", function()
    assert.are.equal(0, guest.leftovers())
  end)
end)

describe("a module's function", function()
  local types = guest.kernel ~= "5.10" -- which describes none of modules
  local places = { "dummy_xmit", "kprobe:dummy_xmit", "mod:dummy:dummy_xmit" }
  local back = "return:dummy_xmit"
  local out, told

  setup(function()
    local script = {}
    for i, place in ipairs(places) do
      script[i] = ("ks.probe %q { %s }"):format(place, types
        and [[where = "skb->len >= 1000", capture = { "size=skb->len", "device=dev->name", "of=name(skb->dev)" }]]
        or [[where = "comm == 'calls'", capture = { "of=comm" }]])
    end
    script[1] = [[ks.define("name(d)", "d->name")]] .. "\n" .. script[1]
    script[#script + 1] = ("ks.probe %q { %s }"):format(back, types
      and [[where = "comm == 'calls'", capture = { "size=0", "device=dev->name", "retval" }]]
      or [[where = "comm == 'calls'", capture = { "of=comm" }]])
    if types then
      script[#script + 1] = [[ks.probe "mod:dummy:dummy_x*" { where = "skb->len >= 1000", capture = { "at=func" } }]]
    end
    assert.are.equal(0, (guest.sh "insmod /lib/modules/$(uname -r)/dummy.ko"))
    out = guest.json(("-c 'build/guest/calls packets %d'"):format(N), table.concat(script, "\n"))
    told = guest.told("", { [[ks.probe "mod:dummy:dummy_xmut"]], [[ks.probe "mod:dumy:dummy_xmit"]] })
  end)

  it("is seen at every call, with its arguments where the kernel describes them", function()
    local n = {}
    for _, e in ipairs(out.event) do
      local i = n[e.probe] or 0
      n[e.probe] = i + 1
      if not types then
        assert.are.same({ of = "calls" }, e.args)
      elseif e.probe == back then
        assert.are.same({ size = 0, device = "dummy0", retval = 0 }, e.args)
      elseif e.probe == "mod:dummy:dummy_x*" then
        assert.are.same({ at = "dummy_xmit" }, e.args)
      else
        assert.are.same({ size = 1000 + i, device = "dummy0", of = "dummy0" }, e.args)
      end
    end
    assert.are.same({ dummy_xmit = N, ["kprobe:dummy_xmit"] = N, ["mod:dummy:dummy_xmit"] = N, [back] = N,
      ["mod:dummy:dummy_x*"] = types and N or nil }, n)
    for _, c in pairs(out.summary.probes) do
      guest.identity(c)
    end
  end)

  it("without types is said to be one", function()
    local note = "dummy_xmit is not described by BTF: its calls are seen, not its arguments\n"
    assert.are.equal(types and 0 or 4, select(2, out.stderr:gsub(note, "")), out.stderr)
  end)

  it("is missed by its name, and its module by its own", function()
    local words = types
      and { "the module dummy has no function 'dummy_xmut'", "there is no module 'dumy' with BTF here",
      "hint: did you mean dummy_xmit?", "hint: did you mean dummy?" }
      or { "there is no module 'dummy' with BTF here", "there is no module 'dumy' with BTF here",
      "hint: is it loaded?", "hint: is it loaded?" }
    for i = 1, 2 do
      assert.are.equal(words[i], told[i].text:match "^[^\n]+")
      assert.are.equal(words[2 + i], told[i].text:match "(hint: [^\n]+)\n$")
    end
  end)

  it("is let go", function()
    assert.are.equal(0, guest.leftovers())
    assert.are.equal(0, (guest.sh "rmmod dummy"))
  end)
end)
