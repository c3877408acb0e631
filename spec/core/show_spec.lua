--- Values as people and programs read them: spec/core/show.c has them, spec/core/show_values.txt what
--- they should look like.
local ks = require "spec.support.ks"

local function show(...)
  local r = ks.shell(table.concat({ ks.build "unit/show", ... }, " "))
  assert.equal(0, r.code, r.out .. r.err)
  return r.out
end

-- "NAME FORM" -> text, of which the later lines of a tree are a part.
local function texts(all)
  local found, key = {}, nil
  for line in all:gmatch "[^\n]*" do
    local head, text = line:match "^(%l+ %l+) (.*)$"
    if head then
      key = head
      found[key] = text
    elseif key and line ~= "" then
      found[key] = found[key] .. "\n" .. line
    end
  end
  return found
end

describe("a value", function()
  it("is shown in one line, in a tree, in full, in hexadecimal and as JSON", function()
    local is, n = texts(show("forms", ks.btf "values")), 0
    for key, text in pairs(texts(ks.read "spec/core/show_values.txt")) do
      assert.equal(text, is[key], key)
      n = n + 1
    end
    assert.equal(30, n)
  end)

  it("is shown as far as it was captured, in buffers of any size", function()
    assert.matches("values 24, wrong 0\n$", show("cuts", ks.btf "values"))
  end)

  it("as JSON is what its bytes are", function()
    local leaves = 0
    for seed = 1, 6 do
      local r = ks.shell(("%s %s %d 1 | python3 spec/support/values.py %s"):format(ks.build "unit/values",
        ks.btf "values", seed, ks.btf "values"))
      assert.equal(0, r.code, r.out .. r.err)
      leaves = leaves + r.out:match "leaves (%d+), formatted 0, wrong 0\n"
    end
    assert.is_true(leaves > 1500, leaves)
  end)

  it("of a type that no compiler makes is shown in bounded time and memory, or has no plan", function()
    assert.equal([[
a struct in itself: no plan
a struct in itself, by an array: no plan
an array of itself: no plan
a typedef of itself: a plan
an array of 4294967295 numbers: no plan
an array of 1048576 numbers: a plan
arrays of arrays, 2^80 numbers: no plan
an array of 4294967295 structs without members: no plan
an array of 100000 structs without members: a plan
structs of two structs each, 2^30 numbers: no plan
31 structs in each other: a plan
65535 members: a plan
500 texts of 64 KiB in one place: no plan
a member that sticks out: no plan
a bit-field of 40 bits in an int: no plan
a bit-field of 125 bits: a plan
a pointer of 3 bits: no plan
an integer of 3 bytes: a plan
floating point of 3 bytes: a plan
floating point of 4 GiB: no plan
names with control characters: a plan
names of 100000 bytes: a plan
a function of a hundred such functions each: a plan
members without names: a plan
]], show "hostile")
  end)
end)
