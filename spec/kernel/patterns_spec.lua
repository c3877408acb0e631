--- Lists of places and patterns, while a workload calls some of what they stand for; and how many of
--- them there may be.
local guest = require "spec.kernel.guest"

local N = 20
local EINVAL = -22

local multi = guest.kernel == "6.12" or guest.kernel == "7.2" -- kprobe.multi; Debian's 6.1 is built without it
local exact_returns = guest.kernel == "7.2" -- of kretprobe.multi

-- The functions that can be traced and whose names begin so, by the kernel's own list.
local function functions(first)
  local seen, count = {}, 0
  for line in io.lines "/sys/kernel/tracing/available_filter_functions" do
    local name = line:match "^%S+"
    if name:find("^" .. first) and not name:find(".", 1, true) then
      seen[name] = (seen[name] or 0) + 1
    end
  end
  for _, n in pairs(seen) do
    count = count + (n == 1 and 1 or 0)
  end
  return count
end

local function calls(words)
  return words:gsub("%S+", function(word) return ("build/guest/calls %s %d;"):format(word, N) end)
end

-- Probes by name; their events counted by the function that each was in, and kept.
local function run(words, script, first)
  local out = guest.json(("-c '%s'"):format((first or "") .. calls(words)), script)
  local by, events = {}, {}
  for _, e in ipairs(out.event) do
    by[e.probe] = by[e.probe] or {}
    events[e.probe] = events[e.probe] or {}
    local func = e.args.at
    by[e.probe][func] = (by[e.probe][func] or 0) + 1
    table.insert(events[e.probe], e)
  end
  return out.summary.probes, by, events, out.stderr
end

describe("a probe in several places", function()
  local probes, by, events, stderr

  setup(function()
    probes, by, events, stderr = run("fallocate write timers mkdir umask", [[
      ks.probe { "vfs_fallocate", "tp:itimer_state", "return:sys:mkdir", false, "kprobe:__x64_sys_umask" } {
        where = "comm == 'calls'",
        capture = "at=func",
      }
      ks.probe { "vfs_[fw]*(struct file *f)", "!vfs_fa*" } {
        where = "f->f_path.dentry->d_name.name == 'calls-file'", capture = { "at=func" }
      }
      ks.probe "vfs_[fw]*(struct file *f)" {
        where = "f->f_path.dentry->d_name.name == 'calls-file'",
        capture = { "at=func", "name=str(f->f_path.dentry->d_name.name)" },
      }
      ks.probe "return:vfs_[fw]*(struct file *f)" {
        where = "comm == 'calls' && (retval < 0 || retval >= 100)", capture = { "at=func", "retval" }
      }
      ks.probe "vfs_f*" { where = "len >= 100", capture = { "at=func", "len" } }
      ks.probe "tp:itimer_*" { capture = { "at=func" } }
      ks.probe "sys:mk*" { where = "comm == 'calls'", capture = { "at=func", "mode" } }
      ks.probe { "sys:mk*", "!mkdir" } { capture = { "at=func" } }
      ks.probe { "raw:itimer_state", "tp:timer:itimer_state" } { capture = { "at=func", "expires" } }
    ]])
  end)

  it("has one line of counters, and tells where it was", function()
    local name = "vfs_fallocate, tp:itimer_state, return:sys:mkdir, kprobe:__x64_sys_umask"
    assert.are.same({ vfs_fallocate = N, itimer_state = N, mkdir = N, __x64_sys_umask = N }, by[name])
    assert.are.equal(4 * N, probes[name].matched)
    guest.identity(probes[name])
  end)

  it("leaves out what a pattern with ! stands for", function()
    local name = "vfs_[fw]*(struct file *f), !vfs_fa*"
    assert.are.same({ vfs_write = N }, by[name])
    guest.identity(probes[name])
    assert.is_nil(by["sys:mk*, !mkdir"])
  end)

  it("of one parameter's type, has it by the name in the pattern", function()
    local name = "vfs_[fw]*(struct file *f)"
    assert.are.same({ vfs_fallocate = N, vfs_write = N }, by[name])
    for _, e in ipairs(events[name]) do
      assert.are.equal("calls-file", e.args.name)
    end
    guest.identity(probes[name])
  end)

  it("of one parameter's type, knows what each returns", function()
    local name = "return:vfs_[fw]*(struct file *f)"
    assert.are.same({ vfs_fallocate = N / 2, vfs_write = N }, by[name])
    local n = 0
    for _, e in ipairs(events[name]) do
      if e.args.at == "vfs_write" then
        assert.are.equal(100 + n, e.args.retval)
        n = n + 1
      else
        assert.are.equal(EINVAL, e.args.retval)
      end
    end
  end)

  it("is where its texts can be, and says of how many they can't", function()
    assert.are.same({ vfs_fallocate = N / 2 }, by["vfs_f*"])
    for i, e in ipairs(events["vfs_f*"]) do
      assert.are.equal(100 + 2 * (i - 1), e.args.len)
    end
    local two = ("ksnoop: vfs_f*: on 2 functions; %d that match have not what its texts ask for\n"):format(
      functions "vfs_f" - 2) -- vfs_fallocate, vfs_fadvise
    assert.is_truthy(stderr:find(two, 1, true), stderr)
  end)

  it("may be tracepoints, or system calls", function()
    assert.are.same({ itimer_state = N }, by["tp:itimer_*"])
    guest.identity(probes["tp:itimer_*"], N)
    assert.are.same({ mkdir = N }, by["sys:mk*"])
    for i, e in ipairs(events["sys:mk*"]) do
      assert.are.equal(448 + (i - 1) % 8, e.args.mode)
    end
    assert.are.same({ itimer_state = 2 * N }, by["raw:itimer_state, tp:timer:itimer_state"])
    guest.identity(probes["raw:itimer_state, tp:timer:itimer_state"], 2 * N)
  end)

  it("leaves nothing in the kernel", function()
    assert.are.equal(0, guest.leftovers())
  end)
end)

describe("more than 8 functions", function()
  local probes, by, events, held, count

  setup(function()
    count = functions "vfs_[fw]"
    probes, by, events = run("fallocate write", [[
      ks.probe "vfs_[fw]*" { where = "comm == 'calls'", capture = { "at=func" } }
      ks.probe "return:vfs_[fw]*" { where = "comm == 'calls'", capture = { "at=func", "retval" } }
    ]], "build/guest/leftovers >/tmp/held;")
    held = tonumber(guest.slurp "/tmp/held")
  end)

  it("tell each where it is", function()
    assert.is_true(count > 8)
    for _, name in ipairs { "vfs_[fw]*", "return:vfs_[fw]*" } do
      assert.are.equal(N, by[name].vfs_fallocate)
      assert.are.equal(N + 2, by[name].vfs_write) -- and to stderr
      guest.identity(probes[name])
      assert.are.equal(0, probes[name].suppressed + probes[name].lost)
    end
  end)

  it("return what each returns", function()
    local n = { vfs_fallocate = 0, vfs_write = 0 }
    for _, e in ipairs(events["return:vfs_[fw]*"]) do
      local i = n[e.args.at]
      if e.args.at == "vfs_fallocate" then
        assert.are.equal(i % 2 == 0 and 0 or EINVAL, e.args.retval)
      elseif i and e.args.retval ~= #"calls 20\n" then
        assert.are.equal(100 + i, e.args.retval)
      else
        i = nil
      end
      n[e.args.at] = i and i + 1 or n[e.args.at]
    end
    assert.are.same({ vfs_fallocate = N, vfs_write = N }, n)
  end)

  it("share programs where the kernel can, and at returns where it loses none", function()
    local entry = multi and 1 or count
    if exact_returns then
      local back = held - entry
      assert.is_true(back >= 1 and back < count / 2, ("%d programs for %d functions"):format(back, count))
    else
      assert.are.equal(entry + count, held)
    end
    assert.are.equal(0, guest.leftovers())
  end)
end)

describe("a pattern", function()
  local own = multi and "fentry:" or ""

  it("of more than 100 functions is refused where each takes a program of its own", function()
    local place = own .. "tcp_*"
    local told = guest.told("", { ("ks.probe %q"):format(place), [[ks.probe "tcp_*"]], [[ks.probe "return:tcp_*"]] })
    local stands = tonumber(told[1].text:match "stands for (%d+) functions")
    assert.are.equal(2, told[1].code)
    assert.are.equal(("'%s' stands for %d functions, and each needs a program of its own here\n"
      .. '    try(function() ks.probe "%s" end)\n'
      .. "hint: at most 100 are attached, as each takes time to attach and to detach; --max-probes raises that\n"
      ):format(place, stands, place), told[1].text)
    assert.is_true(stands > 200 and stands <= functions "tcp_", told[1].text)
    assert.are.equal(multi and 0 or 2, told[2].code)
    assert.are.equal(exact_returns and 0 or 2, told[3].code)
    assert.are.equal(0, guest.told("--max-probes 1000", { ("ks.probe %q"):format(place) })[1].code)
  end)

  it("is held to --max-probes, with the others of its probe", function()
    local told = guest.told("--max-probes 3", { [[ks.probe "fentry:vfs_fa*"]],
      [[ks.probe { "fentry:vfs_fa*", "fentry:vfs_fc*" }]] })
    assert.are.equal(0, told[1].code)
    assert.are.equal(2, told[2].code)
    assert.are.equal("'fentry:vfs_fc*' stands for 2 functions, and each needs a program of its own here\n"
      .. '    try(function() ks.probe { "fentry:vfs_fa*", "fentry:vfs_fc*" } end)\n'
      .. "hint: at most 3 are attached, as each takes time to attach and to detach; --max-probes raises that\n",
      told[2].text)
  end)

  it("whose texts can be nowhere shows the first error", function()
    local told = guest.told("", { [[ks.probe "vfs_f*" { where = "nosuch > 1" }]] })
    assert.are.equal(2, told[1].code)
    assert.matches("^vfs_f[a-z_]+ has no argument 'nosuch', and nothing else has that name\n"
      .. '    try%(function%(%) ks%.probe "vfs_f%*" { where = "nosuch > 1" } end%)\n'
      .. "                                                ^^^^^^\n", told[1].text)
  end)

  it("that nothing matches, or nothing that may be traced, says so", function()
    local words = {
      { [["vfs_nosuch*"]], "no function of this kernel matches 'vfs_nosuch*'" },
      { [["_raw_spin_*"]], "no function that matches '_raw_spin_*' can be traced here" },
      { [["tp:nosuch_*"]], "this kernel has no tracepoint 'nosuch_*'" },
      { [["sys:nosuch*"]], "this kernel has no system call 'nosuch*'" },
      { [[{ "vfs_f*", "!vfs_*" }]], "all places are left out" },
      { [[{ "vfs_read", "!vfs_read" }]], "all places are left out" },
      { [[{ "sys:mk*", "!mk*" }]], "all places are left out" },
      { [[{ "vfs_f*", "!vfs_fa*", "sys:nosuch*" }]], "this kernel has no system call 'nosuch*'" },
    }
    local probes = {}
    for i, case in ipairs(words) do
      probes[i] = "ks.probe " .. case[1]
    end
    for i, told in ipairs(guest.told("", probes)) do
      assert.are.equal(3, told.code, words[i][1])
      assert.are.equal(words[i][2], told.text:match "^[^\n]+")
    end
  end)
end)
