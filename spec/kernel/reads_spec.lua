--- What a predicate and a capture read is what lies in the kernel's memory, and a failed read is
--- never taken for a value.
local guest = require "spec.kernel.guest"

-- Files whose inode numbers the workload prints.
local function make_files(count)
  local names = {}
  for i = 1, count do
    names[i] = guest.spill(("/tmp/file%d"):format(i), ("x"):rep(64))
  end
  return table.concat(names, " ")
end

-- { inode =, device =, reads = } for each file, as the workload said.
local function told(stderr)
  local files = {}
  for inode, device, reads in stderr:gmatch "(%d+) (%d+) (%d+)\n" do
    files[#files + 1] = { inode = tonumber(inode), device = tonumber(device), reads = tonumber(reads) }
  end
  return files
end

describe("a predicate two pointers deep", function()
  it("passes exactly the events that it should, of 10,000", function()
    local names = make_files(5)
    local _, _, first = guest.sh("build/guest/reads 1 33 " .. names)
    local wanted = told(first)[3].inode
    local sums, events, err = guest.sums(("--buffer 16M -c 'build/guest/reads 10000 33 %s'"):format(names),
      ('ks.probe "vfs_read" { where = "count == 33 && file->f_inode->i_ino == %d" }'):format(wanted))
    local files = told(err)
    assert.are.equal(5, #files)
    assert.are.equal(wanted, files[3].inode)
    assert.is_true(files[3].reads > 1000)
    assert.are.equal(files[3].reads, events)
    assert.are.equal(0, sums.probes.vfs_read.faults)
    guest.identity(sums.probes.vfs_read)
  end)

  it("has C's signs: the same bytes compare otherwise as another type", function()
    -- f_flags is unsigned, retval signed, count unsigned long
    local names = make_files(1)
    local sums = guest.sums(("-c 'build/guest/reads 100 33 %s'"):format(names), [[
      ks.probe "return:vfs_read" { where = "count == 33 && retval > -1 && count > -1" }
      ks.probe "return:vfs_read" { where = "count == 33 && retval > -1 && file->f_flags < -1" }
    ]])
    assert.are.equal(0, sums.probes["return:vfs_read"].faults)
    local _, events = guest.sums(("-c 'build/guest/reads 100 33 %s'"):format(names),
      [[ks.probe "return:vfs_read" { where = "count == 33 && retval > -1 && count > -1" }]])
    assert.are.equal(0, events) -- -1 is the largest unsigned long
    _, events = guest.sums(("-c 'build/guest/reads 100 33 %s'"):format(names),
      [[ks.probe "return:vfs_read" { where = "count == 33 && retval > -1 && file->f_flags < -1" }]])
    assert.are.equal(100, events)
  end)
end)

describe("a chain that can't be followed", function()
  -- tmpfs has no block device: i_sb->s_bdev is NULL for every file in /tmp.
  local null = "file->f_inode->i_sb->s_bdev->bd_dev"

  it("through NULL is a fault and never passes == 0, nor under !", function()
    for _, test in ipairs { "%s == 0", "!(%s != 0)", "!%s", "%s != 0" } do
      local sums, events = guest.sums(("-c 'build/guest/reads 500 33 %s'"):format(make_files(1)),
        ('ks.probe "vfs_read" { where = "count == 33 && %s" }'):format(test:format(null)))
      assert.are.equal(0, events)
      assert.are.equal(500, sums.probes.vfs_read.faults)
      guest.identity(sums.probes.vfs_read)
    end
  end)

  it("through NULL is nil in a capture, counted, with a reason", function()
    local out = guest.json(("-c 'build/guest/reads 50 33 %s'"):format(make_files(1)), ([[
      ks.probe "vfs_read" { where = "count == 33", capture = { "dev=%s", "count" } }
    ]]):format(null))
    assert.are.equal(50, #out.event)
    for _, e in ipairs(out.event) do
      assert.are.same({ error = "EFAULT" }, e.args.dev)
      assert.are.equal(33, e.args.count)
    end
    assert.are.equal(50, out.summary.probes.vfs_read.nils)
    assert.are.equal(0, out.summary.probes.vfs_read.faults)
  end)

  it("is nil for a script, and ?EFAULT in a template", function()
    local _, out = guest.ksnoop(("-c 'build/guest/reads 1 33 %s'"):format(make_files(1)), ([[
      ks.probe "vfs_read" {
        where = "count == 33",
        capture = { "dev=%s" },
        function(e) print("lua", e.dev) end,
        ks.print "template {dev} {count}",
      }
    ]]):format(null))
    assert.is_truthy(out:find("lua\tnil\n", 1, true))
    assert.is_truthy(out:find("template ?EFAULT 33\n", 1, true))
  end)

  it("through an error pointer is a fault", function()
    local command = "for i in 1 2 3 4 5 6 7 8 9 10; do cat /nowhere 2>/dev/null; done; true"
    local where = [[ks.probe("return:$open") { where = "comm == 'cat' && retval->f_flags %s" }]]
    -- busybox cat: its own start opens files that are there as well
    local sums, events = guest.sums(("-c '%s'"):format(command), where:format "== 0")
    assert.are.equal(0, events)
    assert.is_true(sums.probes["return:" .. guest.open].faults >= 10)
    sums = guest.sums(("-c '%s'"):format(command), [[
      ks.probe("return:$open") {
        where = "comm == 'cat' && str(pathname->name) == '/nowhere'",
        capture = { "flags=retval->f_flags", "retval" },
      }
    ]])
    assert.are.equal(10, sums.probes["return:" .. guest.open].delivered)
    assert.are.equal(10, sums.probes["return:" .. guest.open].nils)
  end)

  it("shows an error pointer by its name", function()
    local _, out = guest.ksnoop("-c 'cat /nowhere 2>/dev/null'", [[
      ks.probe("return:$open") {
        where = "str(pathname->name) == '/nowhere'", ks.print "{str(pathname->name)} {retval}" }
    ]])
    assert.are.equal("/nowhere -ENOENT\n", out)
  end)

  it("reads only what && and || need", function()
    local sums, events = guest.sums(("-c 'build/guest/reads 100 33 %s'"):format(make_files(1)), ([[
      ks.probe "vfs_read" {
        where = "count == 33 && (file->f_inode->i_sb->s_bdev == 0 || %s == 5)" }
    ]]):format(null))
    assert.are.equal(100, events)
    assert.are.equal(0, sums.probes.vfs_read.faults)
  end)
end)

describe("strings", function()
  it("come from user memory where user() says so, and are unreadable where it does not", function()
    local _, out = guest.ksnoop([[-c 'printf "hello\0" >/tmp/hello']], [[
      ks.probe "vfs_write" { where = "count == 6", ks.print "{k=str(buf)} {u=str(user(buf))}" }
    ]])
    assert.is_truthy(out == "?EFAULT hello\n" or out == "hello hello\n", out)
  end)

  it("come from kernel memory, and a cut one says so", function()
    local long = ("d"):rep(200) .. "/" .. ("f"):rep(120)
    local _, out = guest.ksnoop(("-c 'cat /tmp/%s /tmp/short 2>/dev/null; true'"):format(long), [[
      ks.probe "$open" {
        where = "comm == 'cat'",
        ks.print "kernel {str(pathname->name)} {n=str(pathname->name, 9)}",
      }
    ]])
    assert.is_truthy(out:find("kernel /tmp/short /tmp/shor...", 1, true))
    assert.is_truthy(out:find("kernel /tmp/" .. long:sub(1, 251) .. "...", 1, true))
  end)

  it("of every length near the limit are whole or marked", function()
    for _, n in ipairs { 8, 9, 10 } do
      local name = "/tmp/" .. ("n"):rep(n - 5)
      local _, out = guest.ksnoop(("-c 'cat %s 2>/dev/null'"):format(name), [[
        ks.probe "$open" {
          where = "comm == 'cat' && str(pathname->name, 5) != '/lib'", ks.print "[{str(pathname->name, 9)}]" }
      ]])
      local shown = n <= 9 and name or name:sub(1, 9) .. "..."
      assert.is_truthy(out:find("[" .. shown .. "]", 1, true), out)
    end
  end)

  it("that drive terminals come out harmless", function()
    local name = [[\x1b]52;c;x\x07]]
    local _, out = guest.ksnoop(("-c 'build/guest/rename \"%s\"'"):format(name),
      [[ks.probe "__x64_sys_umask" { capture = { "comm" } }]])
    assert.is_truthy(out:find([[\x1b]52;c;x\x07]], 1, true), out)
    assert.is_nil(out:find "[%z\1-\8\11-\31\127]")
    _, out = guest.ksnoop([[-f json -c 'build/guest/rename "a\x1b\xff"']],
      [[ks.probe "__x64_sys_umask" { capture = { "comm" } }]])
    assert.is_truthy(out:find([["comm":"a\u001b\ufffd]], 1, true), out)
  end)
end)

describe("the built-in names", function()
  it("are the task's", function()
    local out = guest.json("-c 'build/guest/umask 10'", [[
      ks.probe "__x64_sys_umask" {
        where = "comm == 'umask' && uid == 0 && cpu < 2 && pid == tid",
        capture = { "comm", "uid", "mode=regs->di", "p=pid", "t=time" } }
    ]])
    assert.are.equal(10, #out.event)
    for i, e in ipairs(out.event) do
      assert.are.equal("umask", e.comm)
      assert.are.equal(0, e.args.uid)
      assert.are.equal(i - 1, e.args.mode)
      assert.are.equal(e.pid, e.args.p)
      assert.are.equal(e.time, e.args.t)
      assert.are.equal(e.pid, e.tid)
      assert.is_true(i == 1 or e.time >= out.event[i - 1].time)
    end
  end)

  it("let -p choose a process", function()
    local _, events = guest.sums("-p 1 -c 'build/guest/umask 10'", 'ks.probe "__x64_sys_umask" {}')
    assert.are.equal(0, events)
  end)

  it("count ksnoop's own hits apart, and take them with --self", function()
    local script = [[
      ks.every("20ms", function() local f = io.open("/tmp/own", "w") f:write "x" f:close() end)
      ks.probe "vfs_write" { where = "comm == 'ksnoop'" }
    ]]
    local sums, events = guest.sums("-D 300ms", script)
    assert.are.equal(0, events)
    assert.is_true(sums.probes.vfs_write.self >= 3)
    guest.identity(sums.probes.vfs_write)
    local _, all = guest.sums("-D 300ms --self", script)
    assert.is_true(all >= 3)
  end)
end)
