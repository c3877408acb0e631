--- ksnoop explain on this kernel: one function of each class, and what it says against what is so.
local guest = require "spec.kernel.guest"
local json = require "dkjson"

local function explain(names)
  local code, out, err = guest.sh("ksnoop -f json explain " .. names)
  local found = {}
  assert.are.equal("", err)
  for line in out:gmatch "[^\n]+" do
    local o = assert(json.decode(line, 1, json.null))
    found[o.name] = o
  end
  return found, code
end

local function reasons(o)
  local words = {}
  for i, r in ipairs(o.reasons) do
    words[i] = r.reason
  end
  return table.concat(words, " ")
end

-- By class; by kernel where they have no function in common. "": nothing in the way.
local cases = {
  { "vfs_read", "" },
  { "vfs_raed", "absent" },
  { "__x64_sys_openat", "" },
  { "timerqueue_add", "notrace" },
  { "start_kernel", "init" },
  { "inv_show", "duplicate" },
  { "do_int3", "blacklisted" },
  { "do_user_addr_fault", "notrace blacklisted" },
  { "_raw_spin_lock", "refused" },
  { "do_exit", "never_returns" },
  { "tcp_v6_send_response", "too_many_arguments" },
  { "make_kuid", "struct_return" },
  { "__es_tree_search", "variants" },
  { "NF_HOOK", "variants notrace", except = { ["7.2"] = true } },
  { "seq_printf", "variadic" },
  { "regset_tls_get", "struct_argument", only = "5.10" },
  { "regset_tls_get", "", except = { ["5.10"] = true } },
  { "ZSTD_createDCtx_advanced", "struct_argument" },
  { "thermal_genl_event_tz_trip_down", "no_btf", except = { ["5.10"] = true, ["6.12"] = true } },
  { "ZSTD_getCParams", "no_btf", only = "6.12" },
  { "bpf_list_add_impl", "inlined", only = "7.2" },
}

local here = {}
for _, case in ipairs(cases) do
  if not (case.except and case.except[guest.kernel]) and (not case.only or case.only == guest.kernel) then
    here[#here + 1] = case
  end
end

describe("ksnoop explain", function()
  local found

  setup(function()
    local names = {}
    for i, case in ipairs(here) do
      names[i] = case[1]
    end
    found = explain(table.concat(names, " "))
  end)

  for _, case in ipairs(here) do
    it(("says of %s: %s"):format(case[1], case[2] ~= "" and case[2] or "nothing in the way"), function()
      assert.are.equal(case[2], reasons(found[case[1]]))
      assert.are.same({}, found[case[1]].unseen)
    end)
  end

  it("says of fentry what the kernel says", function()
    local tried, places = { [true] = 0, [false] = 0 }, {}
    for i, case in ipairs(here) do
      places[i] = "fentry:" .. case[1]
    end
    local summary = guest.sums_of("-q -D 10ms", places, "{}")
    for i, case in ipairs(here) do
      local o = found[case[1]]
      local said = o.attach.fentry.works
      if said ~= json.null and not reasons(o):match "refused" and not reasons(o):match "duplicate" then
        assert.are.equal(said, summary.probes[places[i]] ~= nil, case[1])
        tried[said] = tried[said] + 1
      end
    end
    assert.is_true(tried[true] >= 4 and tried[false] >= 8, ("%d can, %d can't"):format(tried[true], tried[false]))
  end)

  it("says of kprobes what the kernel says", function()
    local tried = { [true] = 0, [false] = 0 }
    local path = "/sys/kernel/tracing/kprobe_events"
    for _, case in ipairs(here) do
      local o = found[case[1]]
      local said = o.attach.kprobe.works
      -- A duplicate is refused since 6.6, and taken for the first one before.
      if not reasons(o):match "refused" and not reasons(o):match "duplicate" and not reasons(o):match "variants" then
        local code = guest.sh(("echo 'p:explained %s' >%s"):format(case[1], path))
        assert.are.equal(said, code == 0, case[1])
        tried[said] = tried[said] + 1
        guest.sh("echo >" .. path)
      end
    end
    assert.is_true(tried[true] >= 6 and tried[false] >= 3, ("%d can, %d can't"):format(tried[true], tried[false]))
  end)

  it("says whether there is kprobe.multi", function()
    local there = guest.kernel == "6.12" or guest.kernel == "7.2" -- as Debian builds them
    assert.are.equal(there, found.vfs_read.attach["kprobe.multi"].works)
  end)

  it("ends with 0 or 3", function()
    assert.are.equal(0, select(2, explain "vfs_read"))
    assert.are.equal(3, select(2, explain "vfs_read timerqueue_add"))
    assert.are.equal(3, select(2, explain "vfs_raed"))
  end)

  it("offers near names, variants, system calls", function()
    assert.are.same({ "vfs_read" }, { found.vfs_raed.instead[1] })
    assert.is_truthy(found.__es_tree_search.instead[1]:match "^__es_tree_search%.")
    assert.are.same({ "sys:openat" }, explain "openat".openat.instead)
    assert.are.same({ "sys:openat" }, found.__x64_sys_openat.instead)
  end)

  it("knows a module's functions, and whether BTF does", function()
    guest.sh "rmmod dummy" -- another spec may have left it
    assert.are.equal(0, (guest.sh "insmod /lib/modules/$(uname -r)/dummy.ko"))
    local o = explain "dummy_xmit".dummy_xmit
    guest.sh "rmmod dummy"
    assert.are.equal("dummy", o.module)
    assert.are.equal(guest.kernel == "5.10" and "no_module_btf" or "", reasons(o))
    assert.is_true(o.traceable)
    assert.are.equal("absent", reasons(explain "dummy_xmit".dummy_xmit))
  end)

  it("without privileges says what it could not see, and guesses nothing", function()
    local code, out = guest.sh [[busybox su -s /bin/sh nobody -c 'build/ksnoop -f json explain vfs_read vfs_raed']]
    assert.are.equal(3, code)
    local read, absent = out:match "^([^\n]+)\n([^\n]+)\n$"
    read, absent = json.decode(read, 1, json.null), json.decode(absent, 1, json.null)
    assert.are.equal(json.null, read.traceable)
    assert.are.equal(json.null, read.ftrace)
    assert.are.equal(4, #read.args)
    assert.is_true(#read.unseen >= 2, table.concat(read.unseen, "; "))
    assert.are.equal("absent", reasons(absent))
  end)
end)
