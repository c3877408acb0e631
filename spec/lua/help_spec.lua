-- What a newcomer reads first.
local ks = require "spec.support.ks"

describe("--help", function()
  it("fits one screen and has three examples, which work", function()
    local r, lines, examples = ks.run "--help", 0, {}
    assert.same({ 0, "" }, { r.code, r.err })
    for line in r.out:gmatch "([^\n]*)\n" do
      lines = lines + 1
      assert.is_true(#line <= 80, line)
      examples[#examples + 1] = line:match "^  ksnoop ([^%[].*'.*)$"
    end
    assert.is_true(lines <= 23, lines) -- and the shell's own line below
    assert.equal(3, #examples)
    for _, words in ipairs(examples) do
      r = ks.shell(("%s --btf /sys/kernel/btf/vmlinux %s %s"):format(ks.quote(ks.binary),
        words:match "^info" and "" or "--dump layout", words))
      assert.same({ 0, "" }, { r.code, r.err }, words)
    end
  end)

  it("leads to all options, and misses nothing that stands there", function()
    local all = ks.run("help", "options").out
    for option in ks.run("--help").out:gmatch "%f[%S](%-%-?%a[%w-]*)[, :]" do
      assert.is_truthy(all:find(option, 1, true), option)
    end
    local r = ks.run("help", "optoins")
    assert.same({ 2, "", "ksnoop: there is no help on this word alone\nhint: did you mean options?\n" },
      { r.code, r.out, r.err })
    assert.equal(5, ks.shell(ks.quote(ks.binary) .. " help options >/dev/full").code)
  end)
end)
