-- path(): names as they come from the kernel, and whatever else may be in their place, as text.
local ffi = require "ffi"
local ks = require "spec.support.ks"

local core = ks.require "ksnoop.core"
local C = core.C

local PLAIN, DELETED, LOOSE = 0, 1, 2
local ROOT, CUT, UNREADABLE = 0, 1, 2
local SIZE, NAMES = 1024, 992

-- A probe over the fixture's types that captures a path, and a record with room behind it that must
-- never be shown.
local function event()
  local options = ffi.new "struct ks_options"
  options.btf = ks.btf()
  local trace = C.ks_open(options, core.error)
  assert(trace ~= nil, ffi.string(core.error.message))
  local probe = C.ks_probe(trace, ffi.new("const char *[1]", { "vfs_read" }), 1, core.error)
  assert(probe ~= nil, ffi.string(core.error.message))
  assert(C.ks_capture(probe, "path(file)", core.error) == 0, ffi.string(core.error.message))
  local variant = C.ks_variant(probe, 0)
  local index = C.ks_field_count(variant) - 1
  local field = C.ks_field(variant, index)
  assert.equal(SIZE, field.size)
  local bytes = ffi.new("uint8_t[?]", 8192)
  ffi.fill(bytes + field.offset, 8192 - field.offset, ("#"):byte())
  local e = { trace = ffi.gc(trace, C.ks_close), probe = probe, index = index,
    record = ffi.cast("struct ks_record *", bytes), at = bytes + field.offset }
  function e.header(size, leaf, last, inode, kind)
    ffi.cast("uint32_t *", e.at)[0] = size
    e.at[4], e.at[5] = leaf, last
    ffi.cast("uint64_t *", e.at + 8)[0] = inode or 0
    ffi.copy(e.at + 16, ((kind or "") .. ("\0"):rep(16)):sub(1, 16), 16)
  end
  function e.text()
    return core.text(function(buf, n) return C.ks_text(e.trace, e.record, e.index, nil, buf, n) end)
  end
  function e.json()
    return core.text(function(buf, n) return C.ks_json(e.trace, e.record, buf, n) end):match '"path":(.*)}}\n$'
  end
  return e
end

-- Names from the file's own on; leaf, how it ended, inode and file system.
local function shown(names, leaf, last, inode, kind)
  local e, all = event(), table.concat(names, "\0") .. (#names > 0 and "\0" or "")
  e.header(#all, leaf or PLAIN, last or ROOT, inode, kind)
  ffi.copy(e.at + 32, all, #all)
  return e.text(), e.json()
end

describe("a path", function()
  it("is its names from the root on", function()
    assert.equal("/etc/passwd", (shown { "passwd", "etc" }))
    assert.equal("/", (shown {}))
    assert.equal("/a b/c", (shown { "c", "a b" }))
    assert.equal('"/a\\"/c"', select(2, shown { "c", 'a"' }))
  end)

  it("says that the file was deleted", function()
    assert.equal("/tmp/x (deleted)", (shown({ "x", "tmp" }, DELETED)))
    assert.equal('"/tmp/x (deleted)"', select(2, shown({ "x", "tmp" }, DELETED)))
  end)

  it("says that its front is missing, and why", function()
    assert.equal(".../b/c", (shown({ "c", "b" }, PLAIN, CUT)))
    assert.equal("...", (shown({}, PLAIN, CUT)))
    assert.equal("?EFAULT/b/c", (shown({ "c", "b" }, PLAIN, UNREADABLE)))
    assert.equal(".../b/c (deleted)", (shown({ "c", "b" }, DELETED, CUT)))
  end)

  it("has names of 255 bytes, and says so of a longer one", function()
    local longest = ("n"):rep(255)
    assert.equal("/d/" .. longest, (shown { longest, "d" }))
    assert.equal("/d/" .. longest .. "...", (shown { longest .. "n", "d" }))
  end)

  it("of a file in no tree is what the kernel calls it", function()
    assert.equal("pipe:[4711]", (shown({ "" }, LOOSE, ROOT, 4711, "pipefs")))
    assert.equal("socket:[18446744073709551615]",
      (shown({ "" }, LOOSE, ROOT, 0xffffffffffffffffULL, "sockfs")))
    assert.equal("anon_inode:[eventfd]", (shown({ "[eventfd]" }, LOOSE, ROOT, 1, "anon_inodefs")))
    assert.equal("anon_inode:[pidfd]", (shown({ "" }, LOOSE, ROOT, 1, "pidfs")))
    assert.equal("/memfd:x (deleted)", (shown({ "memfd:x" }, LOOSE, ROOT, 1, "tmpfs")))
    assert.equal("nsfs:[4026531840]", (shown({ "" }, LOOSE, ROOT, 4026531840, "nsfs")))
    assert.equal("xfs:[7]", (shown({ "/" }, LOOSE, ROOT, 7, "xfs")))
    assert.equal("a_very_long_nam:[7]", (shown({ "" }, LOOSE, ROOT, 7, "a_very_long_nam")))
  end)

  it("that could not be read at all is no text", function()
    local e = event()
    e.header(0, PLAIN, ROOT)
    e.record.nils = 1
    assert.equal("?EFAULT", e.text())
    assert.equal('{"error":"EFAULT"}', e.json())
  end)

  it("can't drive a terminal", function()
    local text, json = shown { "\27]0;x\7", "\155\255", "a\nb" }
    assert.equal([[/a\x0ab/\x9b\xff/\x1b]0;x\x07]], text)
    assert.equal([["/a\u000ab/]] .. "\239\191\189\239\191\189" .. [[/\u001b]0;x\u0007"]],
      (json:gsub("\\n", "\\u000a"):gsub("\\ufffd", "\239\191\189")))
  end)

  it("of any bytes is text that ends, with nothing of what lies behind them", function()
    local random = 1
    local function byte()
      random = (random * 1103515245 + 12345) % 2147483648
      return math.floor(random / 65536) % 256
    end
    local longest = 0
    for round = 1, 400 do
      local e = event()
      for i = 0, SIZE - 1 do
        local b = byte()
        e.at[i] = b == 35 and 0 or round % 2 == 0 and b % 3 == 0 and 0 or b
      end
      if round % 4 == 0 then
        e.header(byte() * 5, byte() % 4, byte() % 4, byte(), ("k"):rep(byte() % 20))
      end
      local text = e.text()
      assert.is_nil(text:find "[%z\1-\31\127#]")
      assert.is_truthy(e.json():find '^".*"$')
      longest = math.max(longest, #text)
    end
    assert.is_true(longest > 500 and longest <= 6 * NAMES + 64, tostring(longest))
  end)

  it("whose names do not end takes no more than there are", function()
    for _, size in ipairs { 992, 993, 4096, 4294967295 } do
      local e = event()
      e.header(size, PLAIN, ROOT)
      ffi.fill(e.at + 32, NAMES, ("n"):byte())
      assert.equal("/" .. ("n"):rep(255) .. "...", e.text())
    end
  end)
end)

-- What ksnoop says of a script with a mistake, from the message on.
local function said(options)
  local folder, clean = ks.folder()
  ks.write(folder .. "/t.lua", ('local ks = require "ksnoop"\nks.probe "vfs_read" { %s }\n'):format(options))
  local r = ks.shell(("cd %s && %s --btf %s --dump bpf t.lua"):format(folder, ks.quote(ks.binary), ks.btf()))
  clean()
  assert.equal(2, r.code)
  return r.err
end

describe("a mistake with path()", function()
  local only = "hint: path(x) is for captures and templates; a function in where can test the path that was captured"

  it("is shown where it is", function()
    assert.equal([[
t.lua:2: path needs a struct file *, struct path *, struct path or struct dentry *, and this is size_t
    ks.probe "vfs_read" { capture = "path(count)" }
                                          ^^^^^
]], said [[capture = "path(count)"]])
    assert.equal([[
t.lua:2: path needs a struct file *, struct path *, struct path or struct dentry *, and this is struct inode *
    ks.probe "vfs_read" { capture = "path(file->f_inode)" }
                                          ^^^^^^^^^^^^^
]], said [[capture = "path(file->f_inode)"]])
    assert.equal([[
t.lua:2: this struct file * leads to user memory, where there are no paths
    ks.probe "vfs_read" { capture = "path(user(file))" }
                                               ^^^^
]], said [[capture = "path(user(file))"]])
    assert.equal([[
t.lua:2: path takes one file, path or dentry
    ks.probe "vfs_read" { capture = "path()" }
                                     ^^^^^^
]], said [[capture = "path()"]])
  end)

  it("is an argument's name, when the capture has it", function()
    local text = said([[capture = "f=count" }
      ks.probe "vfs_open" { capture = { "path(path)", "x=path->dentry" }]])
    assert.is_truthy(text:find("arg(path) is the argument", 1, true), text)
  end)

  it("is a predicate, and what to do is said", function()
    for _, where in ipairs { "path(file) ~ '/etc/*'", "path(file) == '/etc/passwd'", "path(file)",
      "!path(file)", "path(file) == path(file)", "path(file) in ('/a', '/b')", "path(file) + 1" } do
      local text = said(("where = %q"):format(where))
      assert.is_truthy(text:find(only, 1, true), text)
      assert.is_truthy(text:find("\n +%^+\n"), text)
    end
  end)
end)
