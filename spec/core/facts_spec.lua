--- What core/ksyms, tracefs, event and arch make of the kernel's files.
local ks = require "spec.support.ks"

local folder = ks.root .. "/spec/fixtures/tracefs"

local function facts(...)
  local words = { ks.build "unit/facts" }
  for _, word in ipairs { ... } do
    words[#words + 1] = ks.quote(word)
  end
  return ks.shell(table.concat(words, " "))
end

local function says(expected, ...)
  local r = facts(...)
  assert.equal(0, r.code, r.out .. r.err)
  assert.equal(expected, r.out)
end

-- What facts makes of a text in a file.
local function of_text(text, what, ...)
  local path = ks.write(os.tmpname(), text)
  local r = facts(what, path, ...)
  os.remove(path)
  return r
end

-- Changes, cuts and doubles parts of a text; n says how.
local function damaged(text, n)
  local at = n * 7919 % #text + 1
  local kinds = {
    function() return text:sub(1, at - 1) .. string.char(n % 256) .. text:sub(at + 1) end,
    function() return text:sub(1, at) end,
    function() return text:sub(1, at) .. text:sub(at % 50 + 1) end,
    function() return text:sub(1, at) .. ("9"):rep(n % 40) .. text:sub(at + 1) end,
    function() return text:sub(1, at - 1) .. text:sub(at + n % 30) end,
  }
  return kinds[n % #kinds + 1]()
end

-- Whatever the bytes, it ends by itself, with an answer or an error.
local function survives(text, rounds, what, ...)
  local done = 0
  for n = 1, rounds do
    local r = of_text(damaged(text, n), what, ...)
    assert.is_true(r.code == 0 or r.code == 1, ("%d: %d %s"):format(n, r.code, r.err))
    done = done + 1
  end
  assert.equal(rounds, done)
end

describe("symbols", function()
  local path = folder .. "/kallsyms"

  it("are counted by name, also those of modules, and only functions", function()
    says("1\n3\n2\n0\n0\n", "ksyms", path, "count", "vfs_read", "count", "show", "count",
      "driver_show", "count", "table", "count", "nothing")
  end)

  it("are found by name in the order of their addresses, with their modules", function()
    says([[
ffffffff81001080 t show []
ffffffff810010c0 t show []
ffffffffc0100080 t show [other]
]], "ksyms", path, "find", "show")
  end)

  it("are found by address, with the distance", function()
    says([[
ffffffff81001000 T vfs_read [] +0
ffffffff81001000 T vfs_read [] +63
ffffffff81000000 T _text [] +16
ffffffffc0100040 t driver_show [other] +4
nothing
nothing
]], "ksyms", path, "at", "ffffffff81001000", "at", "ffffffff8100103f", "at", "ffffffff81000010", "at",
      "ffffffffc0100044", "at", "ffffffff80ffffff", "at", "1000")
  end)

  it("have their variants, and no name that only begins alike", function()
    says([[
ffffffff81001180 t halved.constprop.0 []
ffffffff810011c0 t halved.part.1 []
]], "ksyms", path, "variants", "halved")
    says("", "ksyms", path, "variants", "halve", "variants", "vfs_read")
    local r = of_text("ffffffff81000000 t f.llvm.123\nffffffff81000010 t ff.llvm.1\n", "ksyms", "variants", "f")
    assert.equal("ffffffff81000000 t f.llvm.123 []\n", r.out)
  end)

  it("say that their addresses are hidden", function()
    local r = of_text("0000000000000000 T f\n0000000000000000 t g\t[m]\n", "ksyms", "count", "f", "at",
      "ffffffff81000000", "find", "g")
    assert.equal("hidden\n1\nnothing\n0000000000000000 t g [m]\n", r.out)
  end)

  it("are none in a file that is not there, or that is no such file", function()
    local r = facts("ksyms", "/nowhere", "count", "f")
    assert.equal(1, r.code)
    assert.matches("can't read /nowhere: No such file or directory (ENOENT)", r.out, 1, true)
    r = of_text("some text\nand more\n", "ksyms", "count", "f")
    assert.equal(1, r.code)
    assert.matches("there are no symbols in", r.out, 1, true)
  end)

  it("survive damage", function()
    survives(ks.read(path), 150, "ksyms", "count", "show", "at", "ffffffff81001010", "variants", "halved",
      "find", "driver_show")
  end)
end)

describe("tracefs", function()
  local function of(...)
    return facts("tracefs", folder, folder .. "/blacklist", ...)
  end

  it("lists functions, repeated names and modules among them", function()
    assert.equal("1\nvfs_read []\n", of("function", "vfs_read").out)
    assert.equal("3\nshow []\nshow []\nshow [other]\n", of("function", "show").out)
    assert.equal("1\ndriver_xmit [driver]\n", of("function", "driver_xmit").out)
    assert.equal("0\n", of("function", "quiet").out)
    assert.equal("0\n", of("function", "__ftrace_invalid_address___64").out)
    assert.equal("1\nshrunk.isra.0 []\n", of("function", "shrunk.isra.0").out)
  end)

  it("knows what kprobes refuse, by name and by address", function()
    assert.equal("1\n", of("blacklisted", "quiet", "0").out)
    assert.equal("1\n", of("blacklisted", "in_module", "0").out)
    assert.equal("1\n", of("blacklisted", "other", "ffffffff8100123f").out)
    assert.equal("0\n", of("blacklisted", "other", "ffffffff81001280").out)
    assert.equal("0\n", of("blacklisted", "other", "0").out)
  end)

  it("finds an event in any category", function()
    assert.equal("sched:sched_switch\nother:sched_switch\n", of("event", "sched_switch").out)
    assert.equal("syscalls:sys_enter_read\n", of("event", "sys_enter_read").out)
    assert.equal("", of("event", "sched").out)
  end)

  it("lists the system calls", function()
    assert.equal("openat 1\nread 1\n", of("syscalls", "").out)
  end)

  it("says that it is not there", function()
    local r = facts("tracefs", "/nowhere", "/nowhere", "function", "f")
    assert.equal(1, r.code)
    assert.matches("can't read /nowhere/available_filter_functions", r.out, 1, true)
  end)
end)

describe("an event's format", function()
  it("gives id and fields: type, place, size, sign, length", function()
    says([[
sched_switch 310
common_type: unsigned short at 0 size 2 common
common_flags: unsigned char at 2 size 1 common
common_preempt_count: unsigned char at 3 size 1 common
common_pid: int at 4 size 4 signed common
prev_comm: char[16] at 8 size 16
prev_pid: pid_t at 24 size 4 signed
prev_state: long at 32 size 8 signed
next_comm: char[16] at 40 size 16
ids: u8[4] at 56 size 4
pairs: u32[0] at 60 size 24
]], "event", folder .. "/events/sched/sched_switch/format")
  end)

  it("of a system call has pointers and what lies elsewhere in the record", function()
    says([[
sys_enter_openat 749
common_type: unsigned short at 0 size 2 common
common_pid: int at 4 size 4 signed common
__syscall_nr: int at 8 size 4 signed
dfd: int at 16 size 8
filename: const char * at 24 size 8
names: const char *const * at 32 size 8
__filename_val: char[0] at 40 size 4 data_loc
rest: char[0] at 44 size 4 rel_loc
]], "event", folder .. "/events/syscalls/sys_enter_openat/format")
  end)

  it("that is none is refused with the line", function()
    local good = "name: x\nID: 1\n\tfield:int a;\toffset:0;\tsize:4;\tsigned:1;\n"
    assert.equal("x 1\na: int at 0 size 4 signed common\n", of_text(good, "event").out)
    local bad = {
      [good:gsub("offset:0", "offset:x")] = "line 3 is not that of an event's format",
      [good:gsub("offset:0", "offset:99999999999999999999")] = "line 3 is not that of an event's format",
      [good:gsub("size:4", "size:65536"):gsub("offset:0", "offset:1")] = "line 3 is not that of an event's format",
      [good:gsub("int a", "int")] = "line 3 is not that of an event's format",
      [good:gsub("int a", "__data_loc char[] a"):gsub("size:4", "size:8")] =
        "line 3 is not that of an event's format",
      [good:gsub("ID: 1\n", "")] = "an event's format without an ID",
      [good .. good:match "\tfield.*":rep(300)] = "an event of more than 256 fields",
      [""] = "an event's format without an ID",
    }
    for text, message in pairs(bad) do
      local r = of_text(text, "event")
      assert.equal(1, r.code)
      assert.matches(": " .. message .. "\n", r.out, 1, true)
    end
  end)

  it("survives damage", function()
    survives(ks.read(folder .. "/events/sched/sched_switch/format"), 300, "event")
  end)
end)

describe("a machine", function()
  it("has its arguments where gcc puts them", function()
    local r = ks.shell(ks.build "unit/passing" .. " " .. ks.btf "passing")
    assert.equal(0, r.code, r.out)
    assert.equal("86 words checked, 0 wrong\n", r.out)
  end)

  -- sizes and places that clang --target=aarch64-linux-gnu agrees with
  local arm64 = {
    p_ints = "x0 1;x1 1;x2 1;x3 1;x4 1;x5 1;x6 1;x7 1;sp+0 1;",
    p_pair = "x0 1;x1 2;x3 1;",
    p_twelve = "x0 2;x2 1;",
    p_split = "x0 1;x1 1;x2 1;x3 1;x4 1;x5 2;x7 1;",
    p_split8 = "x0 1;x1 1;x2 1;x3 1;x4 1;x5 1;x6 1;sp+0 2;sp+16 1;",
    p_large = "x0 1;pointer in x1 1;x2 1;",
    p_large_late = "x0 1;x1 1;x2 1;x3 1;x4 1;x5 1;x6 1;x7 1;pointer in sp+0 1;",
    p_wide = "x0 1;x2 2;x4 1;",
    p_wide_late = "x0 1;x1 1;x2 1;x3 1;x4 1;x6 2;sp+0 1;",
    p_wide_gap = "x0 1;x1 1;x2 1;x3 1;x4 1;x5 1;x6 1;x7 1;sp+0 1;sp+16 2;",
    p_packed = "x0 1;x1 2;x3 1;",
    p_empty = "x0 1;nothing 0;x1 1;",
    p_result = "x0 1;x1 1;",
  }
  for name, places in pairs(arm64) do
    it("arm64 passes the arguments of " .. name .. " as its standard says", function()
      says((places:gsub(";", "\n")), "args", ks.btf "passing", name, "arm64")
    end)
  end

  it("arm64 has its registers where its struct pt_regs has them", function()
    says([[
arm64
arg0 x0 0
arg1 x1 8
arg2 x2 16
arg3 x3 24
arg4 x4 32
arg5 x5 40
arg6 x6 48
arg7 x7 56
arg8 stack 0
arg9 stack 8
syscall0 x0 0
syscall1 x1 8
syscall2 x2 16
syscall3 x3 24
syscall4 x4 32
syscall5 x5 40
number x8 64
retval x0 0
ip pc 256
sp sp 248
prefix __arm64_sys_
]], "arch", ks.btf "arm64")
  end)

  it("is unknown when there is no struct pt_regs", function()
    assert.equal("unknown\n", facts("arch", ks.btf "passing").out)
  end)
end)
