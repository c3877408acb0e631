--- The registers of arm64, against the types of a real arm64 kernel; nothing of it is run.
if os.getenv "KSNOOP_VM" then
  return -- fetches a kernel, so it is not for inside a virtual machine
end

local ks = require "spec.support.ks"

local folder

local function facts(words)
  local r = ks.shell(("%s %s"):format(ks.build "unit/facts", words))
  assert.equal(0, r.code, r.out .. r.err)
  return r.out
end

describe("an arm64 kernel", function()
  setup(function()
    local r = ks.shell "spec/vm/kernels 6.1-arm64"
    assert.equal(0, r.code, r.err)
    folder = r.out:match "^(%S+)\n$"
  end)

  it("has its registers where core/arch_arm64.c and the fixture say", function()
    local real = facts(("arch %s/vmlinux.btf"):format(folder))
    assert.matches("^arm64\narg0 x0 0\n", real)
    assert.matches("\nip pc 256\n", real)
    assert.equal(facts("arch " .. ks.btf "arm64"), real)
  end)

  it("has its functions' arguments in eight registers", function()
    local r = ks.shell(("%s -f json --btf %s/vmlinux.btf explain vfs_read do_mmap"):format(ks.binary, folder))
    assert.equal(0, r.code, r.err)
    local registers = {}
    for name in r.out:gmatch '"register":"?([%w]+)' do
      registers[#registers + 1] = name
    end
    assert.same({ "x0", "x1", "x2", "x3", "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7" }, registers)
  end)
end)
