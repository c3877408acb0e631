--- Names in BTF are found, all of them, in order, and fast. spec/core/btf_names.c looks.
local ks = require "spec.support.ks"

local build = os.getenv "KSNOOP_BUILD" or "build"

local function names(...)
  local r = ks.shell(table.concat({ ks.build "unit/btf_names", ... }, " "))
  assert.equal(0, r.code, r.out .. r.err)
  return r.out
end

describe("a name in BTF", function()
  it("is found where looking at every type finds it", function()
    local compared, wrong = names("compare", ks.btf()):match "compared (%d+), wrong (%d+)"
    assert.is_true(tonumber(compared) > 1000)
    assert.equal("0", wrong)
  end)

  it("may be the end of another one, several types, a base's, or longer than them all", function()
    assert.equal([[
the whole string: 1
the end of a string, and a string: 2 4
of another kind: 5
the end of that: 3
16 bytes the same: 7
16 bytes of it:
the last string: 10
longer than all strings:
no name:
nothing:
constant of 7: 8 0
constant of 8, the first of two: 8 1
constant of 9: 8 2
constant, the end of a string: 9 0
constant that is a struct:
constant that begins one:
compared 118, wrong 0
named by the base: 11
named by itself: 12
only in the base:
constant of a module: 13 0
constant of both: 8 2
constant of a module, named by the base: 13 2
constant of the base: 8 0
compared 147, wrong 0
300000 of one name, in order: fast
a function before its prototype: read
a function before a pointer: corrupt BTF at byte 24: a function without a prototype
a function of none: corrupt BTF at byte 24: a function without a prototype
a pointer to the last type: read
a pointer behind it: corrupt BTF at byte 24: a type id out of range
]], names "made")
  end)

  it("costs a look into an index, not a walk over all types", function()
    if build:find "asan" then
      pending "valgrind does not run what a sanitizer watches"
      return
    end
    local function instructions(times)
      local file = os.tmpname()
      local r = ks.shell(("valgrind -q --tool=callgrind --callgrind-out-file=%s %s find %s %s")
        :format(file, ks.build "unit/btf_names", ks.btf(), ("vfs_read "):rep(times)))
      assert.equal(0, r.code, r.err)
      local count = tonumber(ks.read(file):match "\ntotals: (%d+)")
      os.remove(file)
      return count
    end
    local each = (instructions(101) - instructions(1)) / 100
    assert.is_true(each > 50 and each < 1500, "instructions for each name: " .. each)
  end)
end)
