-- -o: a file in the place of stdout.
local ks = require "spec.support.ks"

local folder, clean

-- Runs ksnoop on the fixture's types, in the folder.
local function run(words, before)
  return ks.shell(("cd %s && %s %s --btf %s %s"):format(folder, before or "", ks.quote(ks.binary), ks.btf(), words))
end

local function exists(name)
  return ks.shell(("test -e %s/%s"):format(folder, name)).code == 0
end

describe("-o", function()
  before_each(function() folder, clean = ks.folder() end)
  after_each(function() clean() end)

  it("has what would have gone to stdout, and stderr is what it was", function()
    local plain, r = run "info vfs_read nothing_such", run "-o out info vfs_read nothing_such"
    assert.same({ 3, "" }, { r.code, r.out })
    assert.equal(plain.err, r.err)
    assert.equal(plain.out, ks.read(folder .. "/out"))
    assert.is_true(#plain.out > 10)
  end)

  it("has a script's own print", function()
    local text = [[io.write "a\n" print "b" ks.test(function() ks.probe "vfs_read" {} end, {})]]
    assert.equal(0, run("-o out -e " .. ks.quote(text)).code)
    assert.equal("a\nb\n", ks.read(folder .. "/out"))
  end)

  it("is nobody else's to read, whatever the umask", function()
    run("-o out info vfs_read", "umask 000;")
    assert.equal("600\n", ks.sh("stat -c %%a %s/out", folder))
  end)

  it("refuses a file that is there, which --force replaces", function()
    ks.write(folder .. "/out", "precious")
    local r = run "--output=out info vfs_read"
    assert.same({ 5, "", "ksnoop: out is there already\nhint: another name, or --force to replace it\n" },
      { r.code, r.out, r.err })
    assert.equal("precious", ks.read(folder .. "/out"))
    assert.equal(0, run "-o out --force info vfs_read".code)
    assert.matches("^ssize_t vfs_read%(", ks.read(folder .. "/out"))
  end)

  it("never writes through a link", function()
    ks.write(folder .. "/precious", "precious")
    ks.sh("ln -s precious %s/out", folder)
    assert.equal(5, run "-o out info vfs_read".code)
    assert.equal(0, run "-o out --force info vfs_read".code)
    assert.equal("precious", ks.read(folder .. "/precious"))
    assert.equal("600\n", ks.sh("stat -c %%a %s/out", folder))
    ks.sh("ln -s nowhere %s/dangling", folder)
    assert.equal(5, run "-o dangling info vfs_read".code)
    assert.is_false(exists "nowhere")
  end)

  it("leaves no file behind a mistake, so that the next try is not refused", function()
    assert.equal(2, run [[-o out -e 'ks.prob "x" {}']].code)
    assert.is_false(exists "out")
    assert.equal(3, run "-o out info nothing_such".code)
    assert.is_false(exists "out")
    assert.equal(2, run "-o out -n zero info vfs_read".code)
    assert.is_false(exists "out")
  end)

  it("writes to a device as it is, and says when it is full", function()
    local r = run "-o /dev/full info vfs_read"
    assert.same({ 5, "ksnoop: can't write the output: No space left on device (ENOSPC)\n" }, { r.code, r.err })
    assert.equal(0, run "-o /dev/null info vfs_read".code)
  end)

  it("says what is wrong with a name", function()
    local r = run "-o nowhere/out info vfs_read"
    assert.same({ 5, "ksnoop: can't make the file nowhere/out: No such file or directory (ENOENT)\n" },
      { r.code, r.err })
    r = run "-o . info vfs_read"
    assert.same({ 5, "ksnoop: can't write to .: Is a directory (EISDIR)\n" }, { r.code, r.err })
    r = run "--force info vfs_read"
    assert.same({ 2, "ksnoop: --force is for the file of --output\nhint: it replaces one that is there\n" },
      { r.code, r.err })
  end)
end)
