--- ksnoop test: files of tests, without busted and without privileges.
local ks = require "spec.support.ks"

describe("ksnoop test", function()
  local folder, clean

  setup(function()
    folder, clean = ks.folder()
    ks.shell(("cp lua/ksnoop/recipes/slow.lua %s && chmod 644 %s/slow.lua"):format(folder, folder))
  end)
  teardown(function() clean() end)

  local function run(...)
    local words = { ks.quote(ks.binary) }
    for _, word in ipairs { ... } do
      words[#words + 1] = ks.quote(word)
    end
    return ks.shell(("cd %s && %s"):format(folder, table.concat(words, " ")))
  end

  local function test(lines, ...)
    ks.write(folder .. "/t_spec.lua", lines)
    return run("test", "t_spec.lua", "--btf", ks.btf(), ...)
  end

  local function says(code, out, r)
    assert.same({ code, out, "" }, { r.code, r.out, r.err })
  end

  local slow_spec = [[
local ks, slow = require "ksnoop", require "slow"

describe("slow", function()
  it("shows calls that took longer than min, and no others", function()
    local out = ks.test(function() slow { min = "1ms" } end, {
      { "vfs_read", elapsed = "2ms", retval = -5, pid = 7, comm = "dd" },
      { "vfs_read", elapsed = "10us", retval = 1 },
    })
    assert.equal(1, out.delivered)
    assert(out.text:find "dd%s+vfs_read 2.00ms %-EIO")
  end)
  it("takes sinks", function()
    local out = ks.test(function() slow { ks.count "comm" } end, {
      { "vfs_read", elapsed = "2ms", comm = "dd" }, { "vfs_read", elapsed = "3ms", comm = "dd" } })
    assert.same({ { key = "dd", value = 2 } }, out.rows[1])
  end)
end)
]]

  it("runs tests of a recipe that lies beside them", function()
    says(0, [[
passed  t_spec.lua: slow shows calls that took longer than min, and no others
passed  t_spec.lua: slow takes sinks
2 passed, 0 failed
]], test(slow_spec))
    says(0, "2 passed, 0 failed\n", test(slow_spec, "-q"))
  end)

  it("runs the same file as busted does", function()
    ks.require "ksnoop"
    local r = ks.shell(("LUA_PATH='%s/lua/?.lua;%s/lua/?/init.lua;%s/?.lua;;' LUA_CPATH='%s/build/spec/?.so;;' "
      .. "luajit /usr/bin/busted -o TAP %s/t_spec.lua"):format(ks.root, ks.root, folder, ks.root, folder))
    if ks.shell("test -r /sys/kernel/btf/vmlinux").code == 0 then
      assert.equal(0, r.code, r.out .. r.err)
      assert.is_truthy(r.out:find("1..2\n", 1, true), r.out)
    end
  end)

  it("lets no test end the run, nor run without end", function()
    says(1, [[
failed  t_spec.lua: leaves
    t_spec.lua:1: os.exit ends no test
passed  t_spec.lua: goes on
1 passed, 1 failed
]], test 'it("leaves", function() os.exit(0) end) it("goes on", function() end)')
    local r = test('it("never ends", function() while true do end end) it("goes on", function() end)',
      "--callback-timeout", "100ms")
    assert.equal(70, r.code, r.err) -- compiled code can't be interrupted: the program ends
    assert.is_truthy(r.err:find("this function has had 0.1 seconds of processor time", 1, true), r.err)
  end)

  it("names the file, the test and what is wrong in it, and ends with 1", function()
    says(1, [[
passed  t_spec.lua: a group holds
failed  t_spec.lua: a group compares
    t_spec.lua:4: expected { 1, a = "x" }
    but got  { 1, a = "y" }
failed  t_spec.lua: a group compares numbers
    t_spec.lua:5: the sum
    expected 1
    but got  2
failed  t_spec.lua: a group asserts
    t_spec.lua:6: assertion failed!
failed  t_spec.lua: a group says why
    t_spec.lua:7: not so
failed  t_spec.lua: a group calls nil
    t_spec.lua:8: attempt to call field 'proeb' (a nil value)
    hint: did you mean probe?
failed  t_spec.lua: a group breaks
    t_spec.lua:9: this kernel has no function 'vfs_raed' that BTF describes
        it("breaks", function() ks.test(function() ks.probe "vfs_raed" {} end, {}) end)
    hint: did you mean vfs_read?
1 passed, 6 failed
]], test [[
local ks = require "ksnoop"
describe("a group", function()
  it("holds", function() assert(1) assert.equal("a", "a") assert.same({ 1, { 2 } }, { 1, { 2 } }) end)
  it("compares", function() assert.same({ 1, a = "x" }, { 1, a = "y" }) end)
  it("compares numbers", function() assert.equal(1, 2, "the sum") end)
  it("asserts", function() assert(false) end)
  it("says why", function() assert(nil, "not so") end)
  it("calls nil", function() ks.proeb "x" end)
  it("breaks", function() ks.test(function() ks.probe "vfs_raed" {} end, {}) end)
end)
]])
  end)

  it("takes a file without tests for one", function()
    says(0, "passed  t_spec.lua: the file itself\n1 passed, 0 failed\n", test 'assert(1 == 1)')
    says(1, "failed  t_spec.lua: the file itself\n    t_spec.lua:1: assertion failed!\n0 passed, 1 failed\n",
      test 'assert(1 == 2)')
    says(1, "passed  t_spec.lua: one\nfailed  t_spec.lua: the file itself\n    t_spec.lua:2: late\n"
      .. "1 passed, 1 failed\n", test 'it("one", function() end)\nerror "late"')
    local r = test 'require "ksnoop".probe "vfs_read" {}'
    assert.equal(1, r.code)
    assert.is_truthy(r.out:find("t_spec.lua:1: a file of tests defines its probes in ks.test", 1, true), r.out)
  end)

  it("runs each file on each kernel's types, apart from the others", function()
    ks.write(folder .. "/a_spec.lua", 'assert(not X) X = 1 assert(require "ksnoop".has "vfs_open")')
    local r = run("test", "a_spec.lua", "a_spec.lua", "--btf", ks.btf(), "--btf", ks.btf "older")
    assert.equal("", r.err)
    local lines = {}
    for line in r.out:gmatch "[^\n]+" do
      lines[#lines + 1] = not line:match "^ " and line or nil
    end
    assert.same({ "passed  a_spec.lua: the file itself (kernel.btf)", "failed  a_spec.lua: the file itself (older.btf)",
      "passed  a_spec.lua: the file itself (kernel.btf)", "failed  a_spec.lua: the file itself (older.btf)",
      "2 passed, 2 failed" }, lines)
    assert.equal(1, r.code)
  end)

  it("knows what scripts make known in the file", function()
    says(0, "passed  t_spec.lua: the file itself\n1 passed, 0 failed\n", test [[
local ks = require "ksnoop"
ks.define("half(x)", "x / 2")
local out = ks.test(function() ks.probe "vfs_read" { ks.print "{half(count)}" } end, { { "vfs_read", count = 8 } })
assert.equal("4\n", out.text)]])
  end)

  it("writes an object for each test as JSON, and what tests print elsewhere", function()
    local r = test('it("a", function() print "said" end) it("b", function() error "x\\n\\"y\\"" end)', "-f", "json")
    assert.same({ 1, "said\n" }, { r.code, r.err })
    assert.equal(([[{"type":"test","file":"t_spec.lua","test":"a","btf":"%s","passed":true,"message":null}
{"type":"test","file":"t_spec.lua","test":"b","btf":"%s","passed":false,"message":"t_spec.lua:1: x\u000a\"y\""}
]]):format(ks.btf(), ks.btf()), r.out)
    ks.write(folder .. "/out.json", r.out)
    local v = ks.shell(("python3 spec/support/check_json.py test < %s/out.json"):format(folder))
    assert.equal(0, v.code, v.err .. v.out)
  end)

  it("ends with 2 when a file can't be read, before any test runs", function()
    ks.write(folder .. "/bad_spec.lua", "it(")
    local r = run("test", "t_spec.lua", "bad_spec.lua", "--btf", ks.btf())
    assert.same({ 2, "" }, { r.code, r.out })
    assert.is_truthy(r.err:find("^bad_spec.lua:1: "), r.err)
    r = run("test", "nothing.lua", "--btf", ks.btf())
    assert.same({ 2, "" }, { r.code, r.out })
    assert.is_truthy(r.err:find("can't read the script: nothing.lua", 1, true), r.err)
    r = run "test"
    assert.same({ 2, "ksnoop: ksnoop test needs a file\nhint: such as ksnoop test slow_spec.lua\n" }, { r.code, r.err })
  end)
end)
