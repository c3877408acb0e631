--- Types of the running kernel and of its modules, whose BTF builds on the kernel's.
local guest = require "spec.kernel.guest"

local function module_btf()
  local f = io.open "/sys/kernel/btf/dummy"
  if f then
    f:close()
  end
  return f ~= nil
end

describe("types", function()
  setup(function()
    guest.sh "insmod /lib/modules/$(uname -r)/dummy.ko"
  end)

  it("of the kernel are shown, with types in types", function()
    local code, out, err = guest.sh "ksnoop type 'struct task_struct' 'struct sock.__sk_common' inode"
    assert.equal(0, code, err)
    assert.matches("\n *%d+ +0x%x+ +16  char comm%[16%]\n", out)
    assert.matches("\nstruct sock%.__sk_common: struct sock_common at byte 0\n", out)
    assert.matches("\nsize %d+, %d+ members, [^\n]*cache lines of 64\n", out)
  end)

  it("of a module are found by name and by pattern, and say whose they are", function()
    if not module_btf() then
      pending "this kernel has no BTF of modules"
      return
    end
    -- What only the module has: a type of its own BTF, which bpftool is not there to ask for.
    local code, all, err = guest.sh "ksnoop type '*'"
    assert.equal(0, code, err)
    local name = all:match "([^\n]-): [^\n]* %[dummy%]\n"
    if not name then
      pending "the module of this kernel has no type of its own"
      return
    end
    local text
    code, text, err = guest.sh(("ksnoop type '%s'"):format(name))
    assert.equal(0, code, err)
    if not all:match("\n" .. name:gsub("%p", "%%%0") .. ": [^\n%[]*\n") then -- the kernel's come first
      assert.matches(" %[dummy%]\n", text)
    end
    local json
    code, json, err = guest.sh "ksnoop -f json type '*'"
    assert.equal(0, code, err)
    assert.is_truthy(json:find('"module":"dummy"', 1, true))
    -- Namesakes of one size are one line of text, but objects each.
    assert.is_true(select(2, all:gsub("\n", "")) <= select(2, json:gsub("\n", "")))
  end)

  it("are annotated for editors", function()
    local code, out, err = guest.sh "ksnoop stubs sk_buff"
    assert.equal(0, code, err)
    assert(loadstring(out))
    assert.matches("\n%-%-%-@class sk_buff\n", out)
    assert.matches("\n%-%-%-@field len integer # unsigned int\n", out)
  end)
end)
