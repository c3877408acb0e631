--- ksnoop check: what breaks on which kernel, said without one.
local ks = require "spec.support.ks"

describe("ksnoop check", function()
  local folder, clean, new, old

  setup(function()
    folder, clean = ks.folder()
    new, old = ks.btf(), ks.btf "older"
  end)
  teardown(function() clean() end)

  -- Runs ksnoop in the folder.
  local function run(...)
    local words = { ks.quote(ks.binary) }
    for _, word in ipairs { ... } do
      words[#words + 1] = ks.quote(word)
    end
    return ks.shell(("cd %s && %s"):format(folder, table.concat(words, " ")))
  end

  -- Checks t.lua, whose lines begin at line 2; more words stand behind it.
  local function check(lines, ...)
    ks.write(folder .. "/t.lua", 'local ks = require "ksnoop"\n' .. lines .. "\n")
    return run("check", "t.lua", ...)
  end

  local function both(lines, ...)
    return check(lines, "--btf", old, "--btf", new, ...)
  end

  local function says(code, expected, r)
    assert.equal("", r.err)
    assert.equal(expected, r.out)
    assert.equal(code, r.code)
  end

  it("says that a script fits, with all that it prints left out", function()
    says(0, [[
  script  older.btf  kernel.btf
  t.lua   fits       fits
]], both [[
print "not shown"
io.write "nor this\n"
ks.call "vfs_read" { where = "elapsed > 1ms", ks.print "{count}", ks.hist "elapsed" }]])
  end)

  it("names a function that is missing, with the nearest and its place", function()
    says(3, [[
t.lua:3: this kernel has no function 'vfs_open' that BTF describes
    "vfs_open" } {}
     ^^^^^^^^
on older.btf
hint: did you mean do_open?

  script  older.btf  kernel.btf
  t.lua   1 break    fits
]], both [[
ks.probe { "vfs_read",
  "vfs_open" } {}]])
  end)

  it("names members that are missing and types that changed, all of a probe's", function()
    says(3, [[
t.lua:3: struct inode has no member 'i_blocks'
    capture = { "n=file->f_inode->i_blocks", "count" },
                                  ^^^^^^^^
on older.btf

t.lua:4: this operator needs numbers, and this is struct {...}
    where = { "n > 1", "file->f_inode->i_version > 1", "count > 5" },
                        ^^^^^^^^^^^^^^^^^^^^^^^^
on older.btf

t.lua:5: struct super_block has no member 's_uuid'
    ks.print "{count} {file->f_inode->i_sb->s_uuid} {file->f_inode->i_blocks}",
                                            ^^^^^^
on older.btf
hint: did you mean s_id?

t.lua:5: struct inode has no member 'i_blocks'
    ks.print "{count} {file->f_inode->i_sb->s_uuid} {file->f_inode->i_blocks}",
                                                                    ^^^^^^^^
on older.btf

  script  older.btf  kernel.btf
  t.lua   4 breaks   fits
]], both [[
ks.probe "vfs_read" {
  capture = { "n=file->f_inode->i_blocks", "count" },
  where = { "n > 1", "file->f_inode->i_version > 1", "count > 5" },
  ks.print "{count} {file->f_inode->i_sb->s_uuid} {file->f_inode->i_blocks}",
}]])
  end)

  it("names what is missing at every end of a span", function()
    local r = both [[
ks.span {
  open = { { "vfs_open", key = "file" }, { "vfs_read", key = "&file->f_inode->i_blocks" } },
  close = { "tp:sched_swich", key = "prev" },
  ks.count "file",
}]]
    assert.equal("", r.err)
    local said = {}
    for line in r.out:gmatch "[^\n]+" do
      if line:match "^t.lua" or line:match "^on " then
        said[#said + 1] = line
      end
    end
    assert.same({ "t.lua:3: this kernel has no function 'vfs_open' that BTF describes", "on older.btf",
      "t.lua:3: struct inode has no member 'i_blocks'", "on older.btf",
      "t.lua:4: this kernel has no tracepoint 'sched_swich'", "on older.btf, kernel.btf" }, said)
  end)

  it("goes on behind constants, types and aggregations that are not there", function()
    local r = both [[
local n = ks.const "NO_SUCH"
ks.format("struct nothing", tostring)
local h = ks.hist { "count", stpe = 2 }
ks.probe "vfs_read" { with = { n = n }, where = "count > $n", h }
ks.every("1s", function() h:take():print() end)
ks.probe "vfs_open" {}]]
    local lines = {}
    for number in r.out:gmatch "t%.lua:(%d+): " do
      lines[#lines + 1] = number
    end
    assert.same({ "2", "3", "4", "7" }, lines)
    assert.equal(2, r.code)
  end)

  it("says which alternative each kernel takes", function()
    says(0, [[
t.lua:2: ks.first { "vfs_open", "do_open" }
    older.btf:   do_open
    kernel.btf:  vfs_open

t.lua:5: blocks(file->f_inode)
    older.btf:   x->i_sectors
    kernel.btf:  x->i_blocks

t.lua:6: first(file->f_inode->i_blocks, (u64)file->f_flags)
    older.btf:   (u64)file->f_flags
    kernel.btf:  file->f_inode->i_blocks

  script  older.btf  kernel.btf
  t.lua   fits       fits
]], both [[
local place = ks.first { "vfs_open", "do_open" }
ks.define("blocks(x)", "first(x->i_blocks, x->i_sectors)")
ks.probe(place) {
  where = "blocks(file->f_inode) > 2",
  ks.print "{x=first(file->f_inode->i_blocks, (u64)file->f_flags)}",
}]])
    local r = both([[ks.probe(ks.first { "vfs_open", "do_open" }) {}]], "-q")
    says(0, "  script  older.btf  kernel.btf\n  t.lua   fits       fits\n", r)
  end)

  it("says when ks.first found none", function()
    local r = both [[
ks.probe(ks.first { "vfs_open", "nothing_at_all" }) {}]]
    assert.is_truthy(r.out:find("t.lua:2: this kernel has none of vfs_open, nothing_at_all\n", 1, true))
    assert.is_truthy(r.out:find("    older.btf:   none of them\n    kernel.btf:  vfs_open\n", 1, true))
    assert.equal(3, r.code)
  end)

  -- lines, exit status with both kernels, with the newer one, with the older one
  local codes = {
    { 'ks.probe "vfs_read" { where = "count > 5" }', 0, 0, 0 },
    { 'ks.probe "vfs_open" {}', 3, 0, 3 },
    { 'ks.probe "vfs_read" { where = "file->f_inode->i_blocks" }', 3, 0, 3 },
    { 'ks.probe "vfs_read" { where = "file->f_inode->i_blokcs" }', 2, 3, 3 }, -- of one another may have it
    { 'ks.probe "no_such_function" {}', 3, 3, 3 },
    { 'ks.probe "vfs_read" { where = "count >" }', 2, 2, 2 },
    { 'ks.probe "vfs_read" { wehre = "count" }', 2, 2, 2 },
    { 'ks.probe "vfs_read" {', 2, 2, 2 },
    { 'error "x"', 2, 2, 2 },
    { 'if ks.has "vfs_open" then error "x" end ks.probe "vfs_read" {}', 3, 2, 0 },
    { 'print(1)', 2, 2, 2 }, -- no probe
    { 'ks.probe "vfs_read" {} os.exit(7)', 0, 0, 0 },
    { 'ks.test(function() ks.probe "vfs_read" {} end, {})', 0, 0, 0 },
    -- what only the program shows
    { 'ks.probe "vfs_read" { capture = { "a=str(buf,4096)", "b=str(buf+1,4096)", "c=str(buf+2,4096)",'
      .. ' "d=str(buf+3,4096)" } }', 2, 2, 2 },
  }
  for _, case in ipairs(codes) do
    it(("ends with %d, %d, %d for %s"):format(case[2], case[3], case[4], case[1]:sub(1, 60)), function()
      assert.same({ case[2], case[3], case[4] }, { both(case[1]).code, check(case[1], "--btf", new).code,
        check(case[1], "--btf", old).code })
    end)
  end

  it("gives recipes their parameters, and blames whoever gave a text", function()
    ks.write(folder .. "/r.lua", [[
local ks = require "ksnoop"
return ks.recipe { params = { func = ks.param.func { "vfs_open", "f" }, filter = ks.param.where { false, "w" } },
  build = function(p) ks.probe(p.func) { where = { p.filter, "file->f_inode->i_sectors" } } end }]])
    local r = run("check", "r.lua", "func=vfs_read", "filter=nosuch > 1", "--btf", new)
    assert.is_truthy(r.out:find("\n?ksnoop: the parameter 'filter' of r: vfs_read has no argument 'nosuch'"))
    assert.is_truthy(r.out:find("r.lua:3: struct inode has no member 'i_sectors'", 1, true))
    assert.is_truthy(r.out:find("  2 breaks\n", 1, true))
    r = run("check", "r.lua", "fnc=vfs_read", "--btf", new)
    assert.is_truthy(r.out:find("ksnoop: r has no parameter 'fnc'\non kernel.btf\nhint: did you mean func?\n", 1, true))
    assert.equal(2, r.code)
    r = check('require "r" {}\nrequire "r" { func = "vfs_read" }', "--btf", old)
    assert.is_truthy(r.out:find("  1 break\n", 1, true), r.out) -- the module is read anew for each kernel
  end)

  it("checks several scripts in one table, each apart from the others", function()
    ks.write(folder .. "/a.lua", 'X = 1 require "ksnoop".probe "vfs_read" {}')
    ks.write(folder .. "/b.lua", 'assert(not X) require "ksnoop".probe "vfs_open" {}')
    local r = run("--btf", old, "--btf", new, "check", "a.lua", "b.lua")
    assert.is_truthy(r.out:find("\n  script  older.btf  kernel.btf\n  a.lua   fits       fits\n"
      .. "  b.lua   1 break    fits\n", 1, true), r.out)
    assert.equal(3, r.code)
  end)

  it("names kernels by what tells their files apart", function()
    ks.shell(("mkdir -p %s/k/5.10 %s/k/6.1 && cp %s %s/k/5.10/vmlinux && cp %s %s/k/6.1/vmlinux"):format(folder, folder,
      old, folder, new, folder))
    local r = check('ks.probe "vfs_read" {}', "--btf=" .. folder .. "/k/5.10/vmlinux", "--btf",
      folder .. "/k/6.1/vmlinux")
    assert.is_truthy(r.out:find("  script  5.10  6.1\n", 1, true), r.out)
    says(3, [[
t.lua:2: this kernel has no function 'vfs_open' that BTF describes
    ks.probe "vfs_open" {}
              ^^^^^^^^
on vmlinux
hint: did you mean do_open?

  script  vmlinux
  t.lua   1 break
]], check('ks.probe "vfs_open" {}', "--btf", folder .. "/k/5.10/vmlinux"))
  end)

  it("knows the system calls of kernels whose tracefs is given", function()
    local tracefs = ks.root .. "/spec/fixtures/tracefs"
    local line = 'ks.call "sys:openat" { ks.print "{str(filename)} {retval}" }'
    assert.equal(0, check(line, "--btf", new, "--tracefs", tracefs).code)
    local r = check(line, "--btf", new, "--btf", old, "--tracefs", tracefs)
    assert.equal(3, r.code)
    assert.is_truthy(r.out:find("  script  kernel.btf  older.btf\n  t.lua   1 break     fits\n", 1, true), r.out)
    r = check('ks.call "sys:openat" { ks.print "{str(filename)} {dfd}" }', "--btf", new, "--btf", old)
    assert.equal(3, r.code) -- not known is not wrong everywhere
    assert.is_truthy(r.out:find("hint: --tracefs FOLDER is a copy of that kernel's tracefs\n", 1, true))
  end)

  it("writes an object for each script and kernel as JSON", function()
    local r = both('ks.probe(ks.first { "vfs_open", "do_open" }) { where = "file->f_inode->i_blocks > 1" }',
      "-f", "json")
    assert.equal(3, r.code)
    local lines = ks.lines(r.out)
    assert.equal(2, #lines)
    assert.equal(('{"type":"check","script":"t.lua","btf":"%s","kernel":null,"fits":false,"breaks":[{"file":"t.lua",'
      .. '"line":2,"message":"struct inode has no member \'i_blocks\'","hint":null,'
      .. '"text":"file->f_inode->i_blocks > 1","pos":15,"len":8,"code":2}],"first":[{"file":"t.lua",'
      .. '"line":2,"of":"ks.first { \\"vfs_open\\", '
      .. '\\"do_open\\" }","taken":"do_open"}]}'):format(old), lines[1])
    assert.is_truthy(lines[2]:find('"fits":true,"breaks":[],"first":[{', 1, true))
    ks.write(folder .. "/out.json", r.out)
    local v = ks.shell(("python3 spec/support/check_json.py check < %s/out.json"):format(folder))
    assert.equal(0, v.code, v.err .. v.out)
  end)

  it("refuses what it can't do", function()
    assert.same({ 2, "ksnoop: ksnoop check needs a script\nhint: such as ksnoop check opens.lua --btf vmlinux-6.1\n" },
      { run("check").code, run("check").err })
    local r = check("", "--btf")
    assert.same({ 2, "ksnoop: --btf needs a value\nhint: ksnoop help options shows the options\n" }, { r.code, r.err })
    r = check("", "--tracefs", "/x")
    assert.equal(2, r.code)
    assert.is_truthy(r.err:find("--tracefs goes with --btf", 1, true))
    r = check("", "--btf", folder .. "/nothing")
    assert.equal(3, r.code)
    assert.equal("", r.out)
    r = run("check", "nothing.lua", "--btf", new)
    assert.equal(2, r.code)
    assert.is_truthy(r.out:find("can't read the script", 1, true))
  end)

  it("needs no privileges, and asks this kernel when no other is named", function()
    ks.write(folder .. "/own.lua", 'require "ksnoop".probe "vfs_read" {}')
    ks.shell(("cp %s %s/ksnoop; chmod 755 %s/ksnoop; chmod 644 %s/own.lua"):format(ks.quote(ks.binary), folder,
      folder, folder))
    local as = ks.shell("id -u").out == "0\n"
      and "setpriv --reuid 65534 --regid 65534 --clear-groups --bounding-set=-all --inh-caps=-all " or ""
    local r = ks.shell(("cd %s && %s./ksnoop check own.lua"):format(folder, as))
    if ks.shell("test -r /sys/kernel/btf/vmlinux").code == 0 then
      assert.same({ 0, "  script   this kernel\n  own.lua  fits\n" }, { r.code, r.out }, r.err)
    else
      assert.equal(3, r.code)
    end
  end)
end)
