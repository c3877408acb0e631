--- The running kernel's BTF, which a newer kernel lets us map, is what a copy of it in a file is.
local ks = require "spec.support.ks"

describe("the kernel's BTF", function()
  it("says of all functions the same where it lies and copied to a file", function()
    local copy = os.tmpname()
    assert.equal(0, ks.shell("cat /sys/kernel/btf/vmlinux >" .. copy).code)
    for _, names in ipairs { "vfs_read", "'[st]*'" } do
      -- Modules have a name behind theirs, and a file has none.
      local here = ks.shell(ks.binary .. " info " .. names .. " | grep -v ' \\[[a-z0-9_]*\\]$'")
      local there = ks.shell(("%s --btf %s info %s"):format(ks.binary, copy, names))
      assert.equal("", here.err)
      assert.equal(0, there.code, there.err)
      assert.is_true(here.out:find "\n" ~= nil)
      assert.is_true(here.out == there.out, names)
    end
    os.remove(copy)
  end)
end)
