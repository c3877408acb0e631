--- Programs at places of every kind, and what the kernel says when it does not take them: by hand-made
--- programs, through core/attach.c (spec/kernel/workload/places.c).
local guest = require "spec.kernel.guest"

-- What each kernel can do: found with raw system calls, by other code than ours. Columns: 5.10, 6.1,
-- 6.12, 7.2. Debian's 6.1 is built without CONFIG_FPROBE.
local facts = {
  ["fentry"] = "yes yes yes yes",
  ["module BTF"] = "no yes yes yes",
  ["kprobe"] = "yes yes yes yes",
  ["kprobe.multi"] = "no no yes yes",
  ["exact kretprobe.multi"] = "no no no yes",
  ["kprobe.session"] = "no no yes yes",
  ["perf link"] = "no yes yes yes",
  ["cookie"] = "no yes yes yes",
  ["task BTF"] = "no yes yes yes",
  ["function arguments"] = "no yes yes yes",
  ["function address"] = "no yes yes yes",
  ["any pointer argument"] = "no yes yes yes",
  ["struct arguments"] = "no yes yes yes",
  ["12 words of arguments"] = "no no yes yes",
  ["checked loads"] = "no yes yes yes",
  ["ring buffer"] = "yes yes yes yes",
  ["skips of fentry"] = "no yes yes yes",
  ["skips of kprobes"] = "no no yes yes",
  ["symbols counted"] = "no yes yes yes", -- 6.1 since its 6.1.60
  ["task storage"] = "no yes yes yes",
}

local column = ({ ["5.10"] = 1, ["6.1"] = 2, ["6.12"] = 3, ["7.2"] = 4 })[guest.kernel]

-- The word of this kernel's column.
local function here(row)
  local n = 0
  for word in row:gmatch "%S+" do
    n = n + 1
    if n == column then
      return word
    end
  end
end

-- Runs the workload; its lines by what stands before the first ": ", and its output whole.
local function places(words)
  local code, out, err = guest.sh("build/guest/places " .. words)
  assert.are.equal(0, code, err)
  local by = {}
  for name, text in out:gmatch "([^\n]-): ([^\n]*)" do
    by[name] = text
  end
  return by, out
end

-- The programs that the kernel still holds, once it had a moment to let go.
local function leftovers()
  for _ = 1, 30 do
    local _, out = guest.sh "build/guest/leftovers"
    if tonumber(out) == 0 then
      return 0
    end
    os.execute "sleep 0.1"
  end
  return select(2, guest.sh "build/guest/leftovers")
end

local function counted(skipped)
  return ("counted 200 of 200, skipped %d, after closing 0"):format(skipped)
end

-- Where the kernel does not say how often it skipped a program.
local unknown_by_probe = here "-1 -1 0 0"
local no_multi = "this kernel can't probe many functions at once (kprobe.multi) | "
  .. "kernels from 5.18 on can, if they are built with CONFIG_FPROBE"
local no_place = " can't be traced here: the kernel keeps no place for a probe in it | it may be marked "
  .. "notrace, or belong to the tracing code itself; trace its callers instead"

describe("this kernel's features", function()
  it("are found out by trying", function()
    local by = places "features"
    for name, row in pairs(facts) do
      assert.are.equal(here(row), by[name], name)
      by[name] = nil
    end
    assert.is_nil(next(by))
    assert.are.equal(0, leftovers())
  end)
end)

describe("a program at a place", function()
  it("of each kind runs at every call, and is gone when it is closed", function()
    local by = places "kinds"
    for _, kind in ipairs { "fentry", "fexit" } do
      assert.are.equal(counted(here "-1 0 0 0"), by[kind], kind)
    end
    for _, kind in ipairs { "tp_btf", "raw_tp" } do
      assert.are.equal(counted(0), by[kind], kind)
    end
    for _, kind in ipairs { "kprobe", "kretprobe", "tp" } do
      assert.are.equal(counted(unknown_by_probe), by[kind], kind)
    end
    local has_multi = here(facts["kprobe.multi"]) == "yes"
    for _, kind in ipairs { "kprobe.multi", "kretprobe.multi" } do
      assert.are.equal(has_multi and counted(0) or no_multi, by[kind], kind)
    end
    assert.are.equal(has_multi and "counted 400 of 200, skipped 0, after closing 0" -- entry and return
      or no_multi:gsub("multi", "session"):gsub("5.18", "6.10"), by.session)
    assert.are.equal(0, leftovers())
  end)

  it("of a module does too", function()
    guest.sh "insmod /lib/modules/$(uname -r)/dummy.ko"
    local by = places "module"
    assert.are.equal(counted(unknown_by_probe), by.kprobe)
    assert.are.equal(counted(unknown_by_probe), by.kretprobe)
    assert.are.equal(here(facts["kprobe.multi"]) == "yes" and counted(0) or no_multi, by["kprobe.multi"])
    for _, kind in ipairs { "fentry", "fexit" } do
      assert.are.equal(here(facts["module BTF"]) == "yes" and counted(0) or "this kernel has no BTF of a module "
        .. "'dummy' | is it loaded? Kernels describe the types of modules from 5.11 on; "
        .. '"kprobe:dummy_xmit" needs none', by[kind], kind)
    end
    assert.are.equal(0, leftovers())
    assert.are.equal(0, (guest.sh "rmmod dummy"), "the module is held")
  end)

  it("is one of some 38, and the next is told so while the others go on", function()
    local by, out = places "slots"
    local n = tonumber(out:match "(%d+) attached")
    assert.is_true(n >= 30 and n < 45, out)
    assert.is_truthy(out:find(("%d attached, %d exact"):format(n, n), 1, true), out)
    assert.are.equal("__x64_sys_umask has as many programs attached as the kernel takes (about 38) | "
      .. "other tracers hold them: `bpftool link` shows whose they are", by["the next"])
    assert.are.equal(0, leftovers())
  end)

  it("at a return loses none by fexit; what a kretprobe loses is counted where the kernel tells", function()
    local by = places "sleepers"
    local seen, skipped = by.fexit:match "^returns (%d+) of 32, skipped (%-?%d+)"
    assert.are.equal(32, seen + math.max(skipped, 0), by.fexit) -- where another of our programs was preempted
    seen, skipped = by.kretprobe:match "^returns (%d+) of 32, skipped (%-?%d+)"
    assert.is_true(tonumber(seen) < 32, by.kretprobe)
    assert.are.equal(tonumber(unknown_by_probe) < 0 and -1 or 32 - seen, tonumber(skipped))
    if here(facts["kprobe.multi"]) == "yes" then
      seen, skipped = by["kretprobe.multi"]:match "^returns (%d+) of 32, skipped (%-?%d+)"
      assert.are.equal(here(facts["exact kretprobe.multi"]) == "yes", seen == "32", by["kretprobe.multi"])
      assert.are.equal(32 - seen, tonumber(skipped))
    end
  end)
end)

describe("the kernel's no", function()
  local by

  setup(function() by = places "errors" end)

  it("has a reason and a hint, whichever errno it was", function()
    local absent = "this kernel has no function 'no_such_function' in its code | it may be inlined, or have another "
      .. "name: `grep no_such_function /proc/kallsyms`"
    local no_tracepoint = "this kernel has no tracepoint 'no_such_tracepoint' | they are listed in "
      .. "/sys/kernel/tracing/available_events"
    local multi = here(facts["kprobe.multi"]) == "yes"
    assert.are.equal(absent, by["kprobe, absent"])
    assert.are.equal("asm_exc_int3" .. no_place, by["kprobe, not traceable"])
    assert.are.equal(here(facts["12 words of arguments"]) == "yes" and "attached"
      or "do_mmap passes 9 words of arguments; this kernel carries 6 | kernels from 6.6 on carry 12",
      by["fentry, many words"])
    assert.are.equal("start_kernel" .. no_place, by["fentry, notrace"])
    assert.are.equal(multi and absent or no_multi, by["multi, one absent"])
    assert.are.equal(multi and "start_kernel" .. no_place or no_multi, by["multi, not traceable"])
    assert.are.equal(no_tracepoint, by["raw_tp, absent"])
    assert.are.equal(no_tracepoint, by["tp, absent"])
    assert.are.equal("the tracepoint sched_process_fork passes fewer arguments than the program reads | ",
      by["raw_tp, too few"])
    assert.are.equal("this kernel has no BTF of a module 'no_such_module' | is it loaded? Kernels describe the types "
      .. 'of modules from 5.11 on; "kprobe:dummy_xmit" needs none', by["module, absent"])
    assert.are.equal(here(facts["perf link"]) == "yes" and "attached"
      or "this kernel gives probes no cookies | kernels from 5.15 on do", by["kprobe, cookie"])
    assert.are.equal("ksnoop has as many files open as the limit lets it | raise it with `ulimit -n`",
      by["no files left"])
    assert.are.equal("the program for __x64_sys_umask is longer, or has more ways through it, than the kernel "
      .. "looks at | use fewer or shorter expressions", by["too long"])
  end)

  it("says which of many functions it was", function()
    local none = here(facts["kprobe.multi"]) == "no" and "4294967295"
    assert.are.equal(none or "2", by["multi, which"])
    assert.are.equal(none or "3", by["multi, then which"])
  end)

  it("comes when a name is that of several functions; 5.10 takes the first one", function()
    assert.matches("_show$", by["kprobe, twin's name"])
    assert.are.equal(guest.kernel == "5.10" and "attached"
      or ("several functions of this kernel are called '%s' | a kprobe by name would be at one of them only"):format(
        by["kprobe, twin's name"]), by["kprobe, twins"])
  end)

  it("names the capability or the setting that is in the way", function()
    by = places "unprivileged"
    local paranoid = " need CAP_SYS_ADMIN here: perf_event_paranoid is 3 | run it as root, or lower it: "
      .. "sysctl kernel.perf_event_paranoid="
    assert.are.equal("attached", by.fentry)
    assert.are.equal("kprobes" .. paranoid .. "2", by.kprobe)
    assert.are.equal("tracepoints by their record" .. paranoid .. "-1", by.tp)
    assert.are.equal("functions of modules can be traced by BTF only with CAP_SYS_ADMIN | run it as root, or use the "
      .. 'place "kprobe:__x64_sys_umask"', by["fentry, module"])
    assert.matches("^tracing needs CAP_BPF and CAP_PERFMON | ", by.nothing)
  end)

  it("is the limit of locked memory on 5.10", function()
    guest.spill("/tmp/script.lua", 'require "ksnoop".probe "__x64_sys_umask" {}')
    local code, _, err = guest.sh "build/guest/places poor ksnoop -q -D 10ms /tmp/script.lua"
    if guest.kernel == "5.10" then
      assert.are.equal(4, code)
      assert.are.equal("ksnoop: the limit of locked memory is 64 KiB, which is too little on this kernel\n"
        .. "hint: run it with CAP_SYS_RESOURCE, or after `ulimit -l unlimited`\n", err)
    else
      assert.are.equal(0, code, err)
    end
  end)
end)

describe("a program's lines", function()
  local by, out

  setup(function() by, out = places "lines" end)

  it("give it a name and texts, and do without where the kernel does not take them", function()
    assert.are.equal("attached, 3 line infos, 1 func infos", by.lines)
    assert.are.equal("ksnoop_return_vfs_read_2", by.symbol)
    assert.are.equal("attached, 0 line infos, 0 func infos", by["too much text"])
    assert.are.equal("attached, 0 line infos, 0 func infos", by["two functions"])
  end)

  it("stand in the verifier's log, which is kept for us alone", function()
    assert.are.equal("the kernel refused the program for __x64_sys_umask: Permission denied (EACCES) | insn 1 | "
      .. "R5 !read_ok", by.refused)
    assert.matches("^its verifier's log is in /tmp/ksnoop%-verifier%-%w+; it ends: R5 !read_ok$", by.hint)
    assert.are.equal("600", by.mode)
    local places_too = guest.kernel == "6.12" or guest.kernel == "7.2"
    assert.is_truthy(out:find(([[; where = "file->f_flags == 1 && ä \"x\""%s
; capture = { "a b" }%s
]]):format(places_too and " @ slow.lua:4" or "", places_too and " @ slow.lua:5" or ""), 1, true), out)
  end)
end)

describe("many functions at once", function()
  it("cost what the kernel takes for them, and nothing to speak of on top", function()
    if here(facts["kprobe.multi"]) == "no" then
      return pending(guest.kernel .. " has no kprobe.multi")
    end
    local code, text, err = guest.sh "build/guest/many 1000"
    assert.are.equal(0, code, err)
    local least = {}
    for by_what, who, ns in text:gmatch "by (%a+), (%a+): attach (%d+) ns" do
      local key = by_what .. " " .. who
      least[key] = math.min(least[key] or math.huge, tonumber(ns))
    end
    assert.is_truthy(text:find("1000 functions", 1, true), text)
    for _, by_what in ipairs { "name", "address" } do
      local core, raw = least[by_what .. " core"], least[by_what .. " raw"]
      print(("\n%s: 1000 functions by %s: %.1f ms, minimal loader %.1f ms"):format(guest.kernel, by_what, core / 1e6,
        raw / 1e6))
      -- The clock of a busy machine: the ratio is exact with --icount only.
      assert.is_true(core <= 2 * raw, text)
    end
  end)
end)
