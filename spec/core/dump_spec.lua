--- What SHOW_DUMP prints beside what libbpf does, on a fixture with a bit of everything.
--- spec/core/dump.c compares; spec/vm/values_spec.lua has it do that for all types of the kernels.
local ks = require "spec.support.ks"

describe("the form dump", function()
  it("is libbpf's, byte for byte, but for faults of libbpf that are known", function()
    local happened, texts = {}, 0
    for seed = 1, 60 do
      local r = ks.shell(("%s %s %d"):format(ks.build "unit/dump", ks.btf "values", seed))
      assert.equal(0, r.code, r.out .. r.err)
      texts = texts + r.out:match "texts (%d+)"
      for rule, count in r.out:gmatch "([^\n:]+): (%d+)\n" do
        happened[rule] = (happened[rule] or 0) + count
      end
    end
    assert.is_true(texts > 5000, texts)
    -- A rule that nothing tries would be a guess. Types of one name only a kernel has, and enums of 8 bytes
    -- are described by a kind of their own now.
    for rule, count in pairs(happened) do
      local only_kernels = rule:find "number behind" ~= nil or rule:find "of 8 bytes" ~= nil
      assert.is_true(only_kernels or count > 0, rule)
    end
  end)

  it("is compared by a program that finds a difference", function()
    local r = ks.shell(("%s %s 1 1 spoil"):format(ks.build "unit/dump", ks.btf "values"))
    assert.equal(1, r.code)
    assert.matches("our text differs from the prediction at byte", r.out, 1, true)
    assert.matches("libbpf's text differs from the prediction at byte", r.out, 1, true)
  end)
end)
