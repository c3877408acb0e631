--- The registers of struct pt_regs: what core/arch says of each kernel's types, against what gcc says
--- of the header that bpftool makes of them. An arm64 kernel's as well, of which nothing is run.
if os.getenv "KSNOOP_VM" then
  return -- these tests start virtual machines, so they are not for inside one
end

local ks = require "spec.support.ks"

local sh = ks.sh
local folder, clean

-- A kernel's BTF in a file.
local function types_of(kernel)
  return sh("spec/vm/btf %s", kernel):match "^(%S+)\n$"
end

-- Where gcc puts these members of struct pt_regs: a table by member.
local function offsets(btf, members)
  local lines = {}
  for i, member in ipairs(members) do
    lines[i] = ('printf("%s %%lu\\n", __builtin_offsetof(struct pt_regs, %s));'):format(member, member)
  end
  ks.write(folder .. "/offsets.c", ('#include "types.h"\nint printf(const char *, ...);\nint main(void)\n{\n%s\n}\n')
    :format(table.concat(lines, "\n")))
  sh("bpftool btf dump file %s format c >%s/types.h", btf, folder)
  sh("gcc -w -o %s/offsets %s/offsets.c", folder, folder)
  local found = {}
  for member, offset in sh("%s/offsets", folder):gmatch "(%S+) (%d+)\n" do
    found[member] = offset
  end
  return found
end

-- In the order in which spec/core/facts.c prints them.
local members = {
  x86_64 = { "di", "si", "dx", "cx", "r8", "r9", "di", "si", "dx", "r10", "r8", "r9", "orig_ax", "ax", "ip", "sp" },
  arm64 = { "regs[0]", "regs[1]", "regs[2]", "regs[3]", "regs[4]", "regs[5]", "regs[6]", "regs[7]", "regs[0]",
    "regs[1]", "regs[2]", "regs[3]", "regs[4]", "regs[5]", "regs[8]", "regs[0]", "pc", "sp" },
}

describe("the registers", function()
  before_each(function()
    folder, clean = ks.folder()
  end)

  after_each(function()
    clean()
  end)

  for _, kernel in ipairs { "5.10", "6.1", "6.12", "7.2", "6.1-arm64" } do
    it("lie where gcc has them in kernel " .. kernel, function()
      local btf = types_of(kernel)
      local out = sh("%s arch %s", ks.build "unit/facts", btf)
      local machine = out:match "^[%w_]+"
      assert.equal(kernel == "6.1-arm64" and "arm64" or "x86_64", machine)
      local expected = offsets(btf, members[machine])
      local n = 0
      for what, place, offset in out:gmatch "(%S+) (%S+) (%d+)\n" do
        if place ~= "stack" then
          n = n + 1
          local member = members[machine][n]
          assert.equal(what .. " " .. expected[member], what .. " " .. offset)
          assert.equal(member:match "%d+" or "", place:match "%d+" or "")
        end
      end
      assert.equal(#members[machine], n)
    end)
  end

  it("of an arm64 kernel are eight for arguments", function()
    local out = ks.shell(("%s -f json --btf %s explain vfs_read do_mmap"):format(ks.binary, types_of "6.1-arm64"))
    assert.equal(0, out.code, out.err)
    local registers = {}
    for name in out.out:gmatch '"register":"?([%w]+)' do
      registers[#registers + 1] = name
    end
    assert.same({ "x0", "x1", "x2", "x3", "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7" }, registers)
    assert.equal(ks.shell(ks.build "unit/facts" .. " arch " .. ks.btf "arm64").out,
      ks.shell(ks.build "unit/facts" .. " arch " .. types_of "6.1-arm64").out)
  end)
end)
