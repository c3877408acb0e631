--- What the kernel's half of an aggregation says of texts that it can't take: words, line and caret.
local ks = require "spec.support.ks"

local cases = {
  { "a struct as a key", [[
ks.probe "vfs_read" { ks.count "file->f_path" }]], [[
t.lua:2: a key is a number, a pointer, a text or an address, and this is struct path
    ks.probe "vfs_read" { ks.count "file->f_path" }
                                    ^^^^^^^^^^^^
hint: take the members that tell one from another
]] },
  { "a path as a key", [[
ks.probe "vfs_read" { ks.count "path(file)" }]], [[
t.lua:2: a key is a number, a pointer, a text or an address, and this is a path
    ks.probe "vfs_read" { ks.count "path(file)" }
                                    ^^^^^^^^^^
hint: name(x) is the last of its names
]] },
  { "a pointer as a value", [[
ks.probe "vfs_read" { ks.sum "file" }]], [[
t.lua:2: what is added up is a number, and this is struct file *
    ks.probe "vfs_read" { ks.sum "file" }
                                  ^^^^
]] },
  { "a text as a value", [[
ks.probe "vfs_read" { ks.stats { "comm", by = "pid" } }]], [[
t.lua:2: what is added up is a number, and this is char[16]
    ks.probe "vfs_read" { ks.stats { "comm", by = "pid" } }
                                      ^^^^
]] },
  { "retval where there is none", [[
ks.probe "vfs_read" { ks.hist "retval" }]], [[
t.lua:2: there is no retval when vfs_read begins
    ks.probe "vfs_read" { ks.hist "retval" }
                                   ^^^^^^
hint: use the place "return:vfs_read"
]] },
  { "too long a key", [[
ks.probe "vfs_read" { ks.count { by = { "a=str(buf)", "b=str(buf)" } } }]], [[
t.lua:2: with this the key has more than 496 bytes
    ks.probe "vfs_read" { ks.count { by = { "a=str(buf)", "b=str(buf)" } } }
                                                             ^^^^^^^^
hint: str(x, 64) takes 64 bytes of a text, not 256
]] },
  { "a key of two types", [[
local c = ks.count { by = "r=retval" }
ks.probe "return:vfs_read" { c }
ks.probe "return:vfs_open" { c }]], [[
t.lua:2: the key r is int at return:vfs_open, and ssize_t at return:vfs_read
    local c = ks.count { by = "r=retval" }
hint: name=(type)expr gives both one name and one type
]] },
  { "a value with and without a sign", [[
local s = ks.sum "retval"
ks.probe "return:vfs_read" { s }
ks.probe "return:long_names" { s }]], [[
t.lua:2: the value is long long unsigned int at return:long_names, and ssize_t at return:vfs_read
    local s = ks.sum "retval"
hint: a cast, as in (long)(x), gives both one type
]] },
  { "more of them than a probe takes", [[
local list = {}
for i = 1, 17 do list[i] = ks.count "pid" end
ks.probe "vfs_read" { unpack(list) }]], [[
t.lua:3: more than 16 aggregations
    for i = 1, 17 do list[i] = ks.count "pid" end
]] },
}

describe("an aggregation in the kernel refuses", function()
  local folder, clean
  setup(function() folder, clean = ks.folder() end)
  teardown(function() clean() end)

  for _, case in ipairs(cases) do
    it(case[1], function()
      local r = ks.dump(folder, "layout", case[2])
      assert.equal(case[3], r.err)
      assert.equal(2, r.code)
      assert.equal("", r.out)
    end)
  end
end)
