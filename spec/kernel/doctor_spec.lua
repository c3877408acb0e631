--- ksnoop doctor: what it says of machines whose answers are known, and of those with something amiss.
local guest = require "spec.kernel.guest"
local json = require "dkjson"

-- What the doctor found, its checks by name, and its exit code.
local function doctor(before, environment)
  local code, out, err = guest.sh(("%s; %s ksnoop -f json doctor"):format(before or "true",
    environment or ""))
  local found = json.decode(out, 1, json.null)
  assert.is_truthy(found, out .. err)
  local by = {}
  for _, c in ipairs(found.checks) do
    by[c.name] = c
  end
  return code, found, by
end

-- Runs what follows with a sysctl at another value, and puts it back.
local function with(name, value, run)
  local path = "/proc/sys/" .. name:gsub("%.", "/")
  local was = guest.slurp(path)
  guest.spill(path, value)
  local ok, e = pcall(run)
  guest.spill(path, was)
  assert(ok, e)
end

describe("ksnoop doctor", function()
  it("says that it can trace here, and what this kernel can do", function()
    local code, found, by = doctor()
    assert.are.equal(0, code)
    assert.is_true(found.traces)
    assert.are.equal(guest.slurp("/proc/sys/kernel/osrelease"):gsub("\n", ""), found.kernel)
    local multi = guest.kernel ~= "5.10" and guest.kernel ~= "6.1"
    assert.are.equal(multi and "ok" or "note", by["kprobe.multi"].state)
    assert.are.equal(multi and "yes" or "no", by["kprobe.multi"].value)
    assert.are.equal(multi and json.null or by["kprobe.multi"].advice, by["kprobe.multi"].advice)
    assert.are.equal(guest.kernel == "5.10" and "no" or "yes", by["skips of fentry"].value)
    assert.are.equal(multi and "yes" or "no", by["skips of kprobes"].value)
    assert.are.equal("yes", by.fentry.value)
    for name, c in pairs(by) do
      assert.are_not.equal("missing", c.state, name)
    end
    local text = select(2, guest.sh "ksnoop doctor")
    assert.is_truthy(text:find "^ksnoop can trace here%.\n\nkernel\n  ok       types %(BTF%) ")
    assert.is_truthy(text:find "\n  ok       CAP_BPF +yes\n")
  end)

  it("says what a user without privileges lacks, and what is not known then", function()
    local code, found, by = doctor("su nobody -s /bin/sh -c 'ksnoop -f json doctor'; exit")
    assert.are.equal(4, code)
    assert.is_false(found.traces)
    assert.are.equal("tracing needs CAP_BPF and CAP_PERFMON", by["to trace"].value)
    assert.are.equal("missing", by.CAP_BPF.state)
    assert.are.equal("unknown", by.fentry.state)
    assert.are.equal("note", by.symbols.state)
  end)

  it("says which settings stand in the way", function()
    with("net.core.bpf_jit_harden", "2", function()
      local code, _, by = doctor()
      assert.are.equal(0, code)
      assert.are.equal("note", by["net.core.bpf_jit_harden"].state)
    end)
    with("kernel.ftrace_enabled", "0", function()
      local code, found, by = doctor()
      assert.are.equal(4, code)
      assert.is_false(found.traces)
      assert.is_truthy(by["kernel.ftrace_enabled"].advice:find("sysctl kernel.ftrace_enabled=1", 1, true))
      local ended, _, why = guest.ksnoop("", 'ks.probe "vfs_read" {}')
      assert.are.equal(4, ended)
      assert.is_truthy(why:find("kernel.ftrace_enabled is 0", 1, true), why)
    end)
  end)

  it("says who else is called ksnoop", function()
    local _, _, by = doctor "mkdir -p /tmp/other; cp /bin/true /tmp/other/ksnoop; PATH=$PATH:/tmp/other"
    assert.are.equal("note", by["another ksnoop"].state)
    assert.is_truthy(by["another ksnoop"].value:find "/tmp/other/ksnoop$") -- behind the machine's own
    guest.sh "rm -r /tmp/other"
  end)

  it("takes no words, and fails where nobody reads it", function()
    local code, _, err = guest.sh "ksnoop doctor who"
    assert.are.equal(2, code)
    assert.is_truthy(err:find("what is 'who'?", 1, true))
    assert.are.equal(5, (guest.sh "ksnoop doctor >/dev/full"))
  end)
end)
