--- What a program tells the kernel of itself: spec/core/proginfo.c reads it back.
local ks = require "spec.support.ks"

describe("a program's name and lines", function()
  local program

  setup(function() program = ks.build "unit/proginfo" end)

  local function told(...)
    local words = { program }
    for i = 1, select("#", ...) do
      words[#words + 1] = ks.quote((select(i, ...)))
    end
    local r = ks.shell(table.concat(words, " "))
    assert.equal(0, r.code, r.out .. r.err)
    return r.out
  end

  it("are a name in C and the texts, without one in the middle of an instruction", function()
    assert.equal([[
ksnoop_return_vfs_read_2
0 10:1 slow.lua|where = "a == 1"
1 11:1 slow.lua|say "ä\\"
3 13:1 slow.lua|two lines, and  [31m red
]], told("return:vfs_read#2", "slow.lua", 'where = "a == 1"', [[say "ä\\"]], "never",
      "two\nlines, and \27[31m red"))
  end)

  it("are the name alone when there are none", function()
    assert.equal("ksnoop_f\n0 0:0 ksnoop_f|ksnoop_f\n", told("f", "slow.lua"))
  end)

  it("are cut where they are too long for the kernel, between characters", function()
    local long = ("a"):rep(239) .. ("ä"):rep(50)
    local name, text = told(("n"):rep(200), long, long):match "^(%S+)\n0 10:1 [^|]+|([^\n]*)\n$"
    assert.equal("ksnoop_" .. ("n"):rep(64), name)
    assert.equal(("a"):rep(239) .. "...", text)
  end)
end)
