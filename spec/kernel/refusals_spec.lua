--- Places that can't be: what is said of one of each class, in which words, with which exit code. And what
--- the kernel is told of a program, for its log.
local guest = require "spec.kernel.guest"

local columns = { ["5.10"] = 1, ["6.1"] = 2, ["6.12"] = 3, ["7.2"] = 4 }
local column = columns[guest.kernel]

local no_place = " can't be traced here: the kernel keeps no place for a probe in it\n"
  .. "hint: it may be marked notrace, or belong to the tracing code itself; trace its callers instead\n"
local guard = " can't be traced: ksnoop's own programs run it before their guard is up\n"
local lock = " can't be traced: ksnoop's own programs need it, and the machine could hang\n"
  .. "hint: trace a function that calls it instead\n"
local only_one = "hint: a probe would be at one of them only, which need not be the one you mean: trace what calls it\n"

local function never_returns(func)
  return ('%s never returns\nhint: use the place "%s"\n'):format(func, func)
end

local function no_fentry(func, why)
  return ('%s %s, so that fentry can\'t be put there\nhint: use the place "%s"\n'):format(func, why, func)
end

-- How many functions of the kernel itself have the name.
local function bodies(name)
  local n = 0
  for line in io.lines "/proc/kallsyms" do
    n = n + (line:match("^%x+ [tTwW] " .. name .. "$") and 1 or 0)
  end
  return n
end

-- While a script is read: place, exit code, words; false where this kernel has nothing against it.
local read = {
  { "vfs_raed", 3, "this kernel has no function 'vfs_raed' that BTF describes\nhint: did you mean vfs_read, " },
  { "openat", 3, "this kernel has no function 'openat' that BTF describes\n"
    .. 'hint: a system call is a place of its own: "sys:openat"\n' },
  { "return:openat", 3, "this kernel has no function 'openat' that BTF describes\n"
    .. 'hint: a system call is a place of its own: "return:sys:openat"\n' },
  { "sys:opneat", 3, "this kernel has no system call 'opneat'\nhint: did you mean openat or openat2?\n" },
  { "tp:sched_swich", 3, "this kernel has no tracepoint 'sched_swich'\nhint: did you mean sched_switch?\n" },
  { "raw:sched_swich", 3, "this kernel has no tracepoint 'sched_swich'\nhint: did you mean sched_switch?\n" },
  { "tp:sched:sched_swich", 3, "this kernel has no tracepoint 'sched:sched_swich' with a record\n"
    .. "hint: did you mean sched:sched_switch?\n" },
  { "tp:shed:sched_switch", 3, "this kernel has no tracepoint 'shed:sched_switch' with a record\n"
    .. "hint: did you mean sched:sched_switch?\n" },
  { "mod:nosuch:f", 3, "there is no module 'nosuch' with BTF here\nhint: is it loaded?\n" },

  { "_raw_spin_lock", 3, "_raw_spin_lock" .. lock },
  { "rcu_read_unlock_strict", 3, "rcu_read_unlock_strict" .. lock },
  { "migrate_disable", 3, "migrate_disable" .. guard },
  { "bpf_get_smp_processor_id", 3, "bpf_get_smp_processor_id" .. guard },
  { "kprobe:__bpf_prog_enter", 3, "__bpf_prog_enter" .. guard },
  { "return:do_exit", 3, never_returns "do_exit" },
  { "return:kprobe:do_group_exit", 3, never_returns "do_group_exit" },
  { "return:panic", 3, never_returns "panic" },
  { "do_exit", false },

  { "inv_show", 3, function() return ("%d functions of this kernel are called 'inv_show'\n"):format(bodies "inv_show")
    .. only_one end },
  { "return:inv_show", 3, function() return ("%d functions of this kernel are called 'inv_show'\n"):format(
    bodies "inv_show") .. only_one end },

  { "fentry:seq_printf", 3, no_fentry("seq_printf", "takes a variable number of arguments") },
  { "fentry:make_kuid", 3, no_fentry("make_kuid", "returns a struct") },
  { "fentry:do_futex", column <= 2 and 3, no_fentry("do_futex",
    "takes more arguments than this kernel's trampolines carry") },
  { "fentry:from_kuid", column == 1 and 3, no_fentry("from_kuid", "takes a struct by value") },
  { "fentry:ZSTD_createDCtx_advanced", 3, no_fentry("ZSTD_createDCtx_advanced",
    "takes a struct of more than 16 bytes by value") },

  -- of what is written, not of the kernel
  { "return:tp:sched_switch", 2, "a tracepoint has no return\n" },
  { "kprob:vfs_read", 2, "'kprob:' is no kind of place\n" },
  { "raw:sched_*", 2, "patterns are for functions, tp: and sys:\n" },
}

-- When it is to be attached: place; words, or what the kernel lets it be.
local attached = {
  { "timerqueue_add", "timerqueue_add" .. no_place },
  { "return:timerqueue_add", "timerqueue_add" .. no_place },
  { "kprobe:timerqueue_add", "timerqueue_add" .. no_place },
  { "start_kernel", "start_kernel" .. no_place },
  { "kprobe:do_int3", "do_int3" .. no_place },
  { "fentry:do_sysinfo", column <= 2 and "this kernel has no function 'do_sysinfo' that BTF describes\n"
    or "do_sysinfo is in this kernel's BTF and not in its code: it was inlined, or has another name there\n"
    .. "hint: trace a function that calls it instead\n" },
}

local function first_and_hint(text)
  return text:match "^[^\n]+\n" .. (text:match "\n(hint: [^\n]*\n)" or "")
end

describe("a place that can't be", function()
  local told = {}

  setup(function()
    local probes = {}
    for i, case in ipairs(read) do
      probes[i] = ("ks.probe %q"):format(case[1])
    end
    told = guest.told("", probes)
  end)

  for i, case in ipairs(read) do
    it(("is told so: %s"):format(case[1]), function()
      local words = case[3]
      if type(words) == "function" then
        words = words()
      end
      assert.are.equal(case[2] or 0, told[i].code, told[i].text)
      if case[2] then
        -- What the caret points at, and which near names there are, is another spec's.
        local said = first_and_hint(told[i].text)
        assert.are.equal(words, case[2] == 2 and said:match "^[^\n]+\n" or said:sub(1, #words))
      end
    end)
  end

  for _, case in ipairs(attached) do
    it(("is told so when it comes to it: %s"):format(case[1]), function()
      local code, _, err = guest.ksnoop("-q -D 10ms", ("ks.probe %q {}"):format(case[1]))
      assert.are.equal(3, code, err)
      assert.are.equal(case[2], first_and_hint(err:gsub("^/tmp/script.lua:2: ", "")))
      assert.is_nil(err:find("E[A-Z]+%)"), err) -- no errno
      assert.are.equal(0, guest.leftovers())
    end)
  end

  it("takes those of its script with it: 45 programs at one function", function()
    local code, _, err = guest.ksnoop("-q -D 10ms", [[
      for _ = 1, 45 do
        ks.probe "__x64_sys_umask" {}
      end]])
    assert.are.equal(3, code, err)
    assert.are.equal("__x64_sys_umask has as many programs attached as the kernel takes (about 38)\n"
      .. "hint: other tracers hold them: `bpftool link` shows whose they are\n",
      first_and_hint(err:gsub("^/tmp/script.lua:%d+: ", "")))
    assert.are.equal(0, guest.leftovers())
  end)
end)

describe("a function that BTF does not describe", function()
  it("is seen without arguments, and that is said", function()
    local func = ({ [2] = "thermal_genl_event_tz_trip_down", [3] = "ZSTD_getCParams",
      [4] = "thermal_genl_event_tz_trip_down" })[column]
    if not func then
      return pending("5.10's BTF has every function that can be traced")
    end
    local code, _, err = guest.ksnoop("-D 10ms", ("ks.probe %q {}"):format(func))
    assert.are.equal(0, code, err)
    assert.is_truthy(err:find(("ksnoop: %s is not described by BTF: its calls are seen, not its arguments\n"):format(
      func), 1, true), err)
    local probe = 'ks.probe "%s" { where = "%s == 1" }'
    local told = guest.told("", { probe:format(func, "x"), probe:format("return:" .. func, "retval") })
    assert.matches(("\nthe arguments of %s are not known here: BTF does not describe it\n"):format(func),
      "\n" .. told[1].text, 1, true)
    assert.matches(("\nwhat %s returns is not known: BTF does not describe it\n"):format(func),
      "\n" .. told[2].text, 1, true)
  end)
end)

describe("the verifier's log", function()
  local out
  -- What each is asked for, in words of its own.
  local probes = {
    { "vfs_fallocate", "len > 1101 && mode < 3101", "a1=len * 4101" },
    { "return:vfs_fallocate", "retval > 1102", "a2=retval * 4102" },
    { "kprobe:vfs_fallocate", "len > 1103 && mode < 3103", "a3=len * 4103" },
    { "return:kprobe:vfs_fallocate", "retval > 1104", "a4=retval * 4104" },
    { "tp:itimer_state", "which > 1105", "a5=value->it_value.tv_sec * 4105" },
    { "raw:itimer_state", "which > 1106", "a6=value->it_value.tv_sec * 4106" },
    { "tp:timer:itimer_state", "which > 1107", "a7=value_sec * 4107" },
    { "sys:mkdir", "mode > 1108", "a8=mode * 4108" },
    { "return:sys:mkdir", "retval > 1109", "a9=retval * 4109" },
  }
  if columns[guest.kernel] >= 3 then
    probes[#probes + 1] = { "vfs_[fw]*", "pid > 1110", "a10=pid * 4110" }
  end

  setup(function()
    local lines = {}
    for i, p in ipairs(probes) do
      lines[i] = ("ks.probe %q { where = %q, capture = { %q } }"):format(unpack(p))
    end
    local code, err
    code, out, err = guest.ksnoop("--dump log", table.concat(lines, "\n"))
    assert.are.equal(0, code, err)
  end)

  for i, p in ipairs(probes) do
    it(("shows the script's texts: %s"):format(p[1]), function()
      -- Since v6.10 the kernel also tells where a line stands.
      local at = columns[guest.kernel] >= 3 and (" @ script.lua:%d"):format(i + 1) or ""
      assert.is_truthy(out:find("\n; " .. p[2] .. at .. "\n", 1, true))
      assert.is_truthy(out:find("\n; " .. p[3]:match "=(.*)" .. at .. "\n", 1, true))
    end)
  end
end)

describe("a program that the verifier refuses", function()
  local script = [[
      ks.probe "kprobe:vfs_fallocate" {
        where = "len > 1101 && file->f_flags != 3101",
        capture = { "mode", "a=len * 4101" },
      }]]

  local refused = "/tmp/script.lua:%d: the kernel refused the program for vfs_fallocate: Permission denied (EACCES)\n"

  -- The number of the n-th instruction behind a note of --dump bpf.
  local function insn(note, n)
    local code, out, err = guest.ksnoop("--dump bpf", script)
    assert.are.equal(0, code, err)
    local from = select(2, out:find("\n; " .. note .. "\n", 1, true))
    assert(from, out)
    for number in out:sub(from):gmatch "\n *(%d+): " do
      n = n - 1
      if n == 0 then
        return number
      end
    end
  end

  -- What is said when that instruction is one that no verifier takes.
  local function said(note, n)
    local code, _, err = guest.ksnoop("-q -D 10ms", script,
      ("BROKEN=%s LD_PRELOAD=$PWD/build/guest/broken.so"):format(insn(note, n)))
    assert.are.equal(3, code, err)
    assert.are.equal(0, guest.leftovers())
    local log = err:match "\nhint: its verifier's log is in (%S+);"
    assert.is_truthy(log, err)
    assert.are.equal("600 ", (select(2, guest.sh(("stat -c '%%a ' %s"):format(log))):gsub("\n", "")))
    os.remove(log)
    return err
  end

  -- Its text is that of the cold parts, too, and of what saves registers around them.
  for n = 1, 3 do
    it(("is shown with the part of the predicate that it is for: %d"):format(n), function()
      local err = said("where: file->f_flags != 3101", n)
      assert.are.equal(refused:format(3)
        .. '    where = "len > 1101 && file->f_flags != 3101",\n'
        .. "                           ^^^^^^^^^^^^^^^^^^^^^\n", err:gsub("hint:.*", ""), err)
      assert.matches("R10", err, 1, true)
    end)
  end

  it("is shown with the capture that it is for", function()
    local err = said("a", 1)
    assert.are.equal(refused:format(2)
      .. "    len * 4101\n    ^^^^^^^^^^\n", err:gsub("hint:.*", ""), err)
  end)

  it("is shown with its probe where no text of the script is to blame", function()
    local err = said("take this CPU's guard", 1)
    assert.are.equal(refused:format(2)
      .. '    ks.probe "kprobe:vfs_fallocate" {\n', err:gsub("hint:.*", ""), err)
  end)
end)

describe("a program in the kernel", function()
  it("has the place's name", function()
    local code, _, err = guest.ksnoop([[-q -c 'grep -o "ksnoop_.*" /proc/kallsyms >/tmp/names']], [[
      ks.probe "vfs_fallocate" {}
      ks.probe "return:sys:mkdir" { where = "retval < 0" }
      ks.probe "tp:timer:itimer_state" {}
      ks.probe "kprobe:vfs_fallocate" {}]])
    assert.are.equal(0, code, err)
    local names = {}
    for line in io.lines "/tmp/names" do
      names[line:match "^[%w_]+"] = true
    end
    assert.are.same({ ksnoop_vfs_fallocate = true, ksnoop___x64_sys_mkdir = true, ksnoop_itimer_state = true }, names)
    assert.are.equal(0, guest.leftovers())
  end)
end)
