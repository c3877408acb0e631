--- Functions of a pattern that share a program: as long as a probe's texts mean the same at them. With --btf all is
--- assumed that a kernel can do, kprobe.multi too.
local ks = require "spec.support.ks"

describe("functions of a pattern", function()
  local folder, clean

  setup(function() folder, clean = ks.folder() end)
  teardown(function() clean() end)

  local function run(lines, ...)
    ks.write(folder .. "/t.lua", 'local ks = require "ksnoop"\n' .. lines)
    local words = { "--btf", ks.btf(), ... }
    words[#words + 1] = folder .. "/t.lua"
    return ks.run(unpack(words))
  end

  -- The captures of each program, as "name = type" with ", " between.
  local function programs(lines)
    local r = run(lines, "--dump", "layout")
    assert.equal("", r.err)
    local list = {}
    for block in (r.out .. "\n"):gmatch "(.-record: [^\n]*\n)" do
      local fields = {}
      for offset, field in block:gmatch "\n +(%d+) [^=]-([%w_]+ = [^\n]*)" do
        fields[#fields + 1] = tonumber(offset) >= 32 and field or nil
      end
      list[#list + 1] = table.concat(fields, ", ")
    end
    return list
  end

  local function prints(expected, lines)
    local r = run(lines)
    assert.equal("", r.err)
    assert.equal(expected, r.out)
  end

  it("have one program where nothing of theirs is asked for", function()
    assert.same({ "" }, programs 'ks.probe "[a-z]*" { where = "pid == 1", capture = { "at=func" }, function() end }')
    assert.same({ "" }, programs 'ks.probe "[a-z]*" { ks.print "{func} {time}" }')
    -- a constant is looked up among the arguments first, and what they return is not asked for
    assert.same({ "" },
      programs 'ks.probe "return:[a-z]*" { where = "pid == EPERM", capture = { "at=func" }, function() end }')
  end)

  it("part where a name is another type, or elsewhere, and are left out where it is none", function()
    assert.same({ "n = int", "n = s32" }, programs 'ks.probe "[a-z]*" { capture = { "n" }, function() end }')
    -- vfs_read and vfs_write have it first, vfs_open second: x86-64's rdi and rsi.
    local text = run('ks.probe "[a-z]*" { where = "file", capture = {}, function() end }\n', "--dump", "bpf").out
    local places = {}
    for place in text:gmatch "\n +0: %(79%) r%d = %*%(u64 %*%)%(r1 (%+%d+)%)" do
      places[place] = (places[place] or 0) + 1
    end
    assert.equal(1, places["+112"], text)
    assert.equal(1, places["+104"], text)
  end)

  it("part by what a text among arguments, or of the result, asks for", function()
    local function all(list)
      local set = {}
      for _, fields in ipairs(list) do
        set[fields] = (set[fields] or 0) + 1
      end
      return set
    end
    local set = all(programs 'ks.probe "return:[a-z]*" { capture = { "retval" }, function() end }')
    assert.equal(1, set["retval = int"])
    assert.equal(1, set["retval = enum color"])
    set = all(programs 'ks.probe "[a-z]*" { capture = { "x=arg(1)" }, function() end }')
    assert.is_truthy(set["x = struct file *"])
    assert.is_truthy(set["x = char *"])
    set = all(programs 'ks.probe "[a-z]*" { capture = { "x=arg(struct file *)" }, function() end }')
    assert.is_true(set["x = struct file *"] >= 2)
    set = all(programs 'ks.probe "[a-z]*" { ks.print }')
    assert.equal(1, set["path = const struct path *, file = struct file *"])
  end)

  it("print what was asked for before they parted", function()
    prints("vfs_read\nvfs_read FMODE_READ\nvfs_write\nvfs_write 0x0\nvfs_open\nvfs_open FMODE_WRITE\n", [[
io.write(ks.test(function()
  ks.probe "[a-z]*" { ks.print "{func}", ks.print "{func} {file->f_mode}" }
end, { { "vfs_read", count = 3, file = { f_mode = 1 } }, { "vfs_write", buf = "abc", file = { f_mode = 0 } },
  { "vfs_open", path = {}, file = { f_mode = 2 } } }).text)]])
  end)

  it("are counted each by its name, and by what it was passed", function()
    prints("count by func, f_flags (t.lua:3)\n  COUNT  FUNC       F_FLAGS\n      2  vfs_read   O_WRONLY\n"
      .. "      1  vfs_open   O_WRONLY\n      1  vfs_write  O_RDWR\n", [[
io.write(ks.test(function()
  ks.probe "[a-z]*" { ks.count { by = { "func", "file->f_flags" } } }
end, { { "vfs_read", file = { f_flags = 1 } }, { "vfs_read", file = { f_flags = 1 } },
  { "vfs_write", file = { f_flags = 2 } }, { "vfs_open", file = { f_flags = 1 } } }).text)]])
  end)

  it("have their own arguments in a test, also those that nothing asks for", function()
    prints("bit_user\nvfs_open\n", [[
io.write(ks.test(function()
  ks.probe "[a-z]*" { ks.print "{func}" }
end, { { "bit_user", b = {} }, { "vfs_open", path = {} } }).text)]])
    local r = run [[
ks.test(function() ks.probe "[a-z]*" { ks.print "{func}" } end, { { "vfs_open", buf = "x" } })]]
    assert.matches("vfs_open has no argument 'buf'", r.err, 1, true)
  end)

  it("have a text refused that fits none of them", function()
    local r = run [[ks.probe "[a-z]*" { where = "fiel == 1", ks.print "{func}" }]]
    assert.matches("has no argument 'fiel'", r.err, 1, true)
    assert.equal(2, r.code)
  end)
end)
