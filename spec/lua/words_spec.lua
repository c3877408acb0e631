-- What scripts add to expressions: words, $names, constants; and what they ask about the kernel.
local ks = require "spec.support.ks"

local folder, clean

local function script(lines, stage)
  return ks.dump(folder, stage or "tree", lines)
end

local function prints(expected, lines)
  local r = script(lines .. '\nks.probe "nothing" {}')
  assert.equal("", r.err)
  assert.equal(expected .. "\nnothing:\ncapture: comm\nbuiltin comm : chars\n", r.out:gsub("\t", " ") .. "")
  assert.equal(0, r.code)
end

local function refused(code, lines, expected)
  local r = script(lines)
  assert.equal(expected, r.err)
  assert.equal(code, r.code)
  assert.equal("", r.out)
end

-- The trees of two scripts' texts, without what names the text.
local function same(one, other)
  local trees = {}
  for i, lines in ipairs { one, other } do
    local r = script(lines)
    assert.equal("", r.err)
    trees[i] = r.out:gsub("where: [^\n]*", "where:"):gsub("capture: [^\n]*", "capture:")
  end
  assert.equal(trees[2], trees[1])
  return trees[1]
end

describe("words", function()
  setup(function() folder, clean = ks.folder() end)
  teardown(function() clean() end)

  it("stand for expressions in where, in captures and in templates", function()
    same([[
ks.define("inode(f)", "f->f_inode")
ks.define("big(f, n)", "inode(f)->i_size > n")
ks.probe "vfs_read" {
  capture = { "x=inode(file)->i_size" },
  where = { "big(file, 4K) && comm == 'dd'", "inode(file)" },
  ks.print "{inode(file)->i_mode} {y=inode(file)->i_size + 1}",
}]], [[
ks.probe "vfs_read" {
  capture = { "x=file->f_inode->i_size" },
  where = { "(file->f_inode->i_size > 4K) && comm == 'dd'", "file->f_inode" },
  ks.print "{file->f_inode->i_mode} {y=file->f_inode->i_size + 1}",
}]])
  end)

  it("name a capture that has no other name", function()
    local r = script([[
ks.define("size(f)", "f->f_inode->i_size")
ks.probe "vfs_read" { ks.print "{size(file)} {x=size(file)}" }]], "layout")
    assert.equal("", r.err)
    assert.matches("int +size = loff_t\n.* int +x = loff_t\n", r.out)
  end)

  it("of one name: the last one counts, for what comes after it", function()
    same([[
ks.define("least()", "1")
ks.probe "vfs_read" { where = "count > least()" }
ks.define("least()", "least() + 1")
ks.probe "vfs_write" { where = "count > least()" }]], [[
ks.probe "vfs_read" { where = "count > 1" }
ks.probe "vfs_write" { where = "count > 1 + 1" }]])
  end)

  it("are there that nobody made, in every script", function()
    same([[
ks.probe "vfs_read" { where = { "S_ISREG(file->f_inode->i_mode)", "S_ISSOCK(count)" } }]], [[
ks.probe "vfs_read" {
  where = { "(file->f_inode->i_mode & S_IFMT) == S_IFREG", "(count & S_IFMT) == S_IFSOCK" },
}]])
  end)

  it("that nobody made are in the manual, all of them", function()
    local page = ks.read "doc/ksnoop-script.7.scd"
    local section = page:match "\n## Library words\n(.-)\n## "
    local n, shown = 0, {}
    for name in section:gmatch "%*([%w_\\]+)%*\\?%(" do
      shown[name:gsub("\\", "")] = true
    end
    for _, word in ipairs(dofile "lua/ksnoop/std.lua") do
      local name = word[1]:match "^[%w_]+"
      assert.is_true(shown[name], name)
      shown[name], n = nil, n + 1
    end
    assert.is_true(n > 10)
    assert.same({}, shown)
  end)

  it("that are constants of macros are in the manual, by what they begin with", function()
    local section = ks.read "doc/ksnoop-script.7.scd":match "\n## Constants\n(.-)\n## "
    local patterns, used, n = {}, {}, 0
    for text in section:gmatch "%*([%u_\\*]+)%*%f[%s,;:.]" do
      text = text:gsub("\\_", "_"):gsub("\\?%*", "[%%w_]+")
      patterns[#patterns + 1] = "^" .. text .. "$"
    end
    for name in ks.read "core/uapi.def":gmatch "\nX[%u%d_]*%(([%w_]+)" do
      local found
      for _, pattern in ipairs(patterns) do
        if name:match(pattern) then
          found, used[pattern] = true, true
        end
      end
      assert.is_true(found, name)
      n = n + 1
    end
    assert.is_true(n > 700)
    for _, pattern in ipairs(patterns) do
      assert.is_true(used[pattern], pattern)
    end
  end)

  -- name, exit code, script from line 2 on, what is said
  local mistakes = {
    { "in a word's head", 2, [[
ks.define("tcp(sk", "sk")]], [[
t.lua:2: the word ends where ',' or ')' should be
    ks.define("tcp(sk", "sk")
                     ^
hint: a word is made like this: "name(x, y)"
]] },
    { "in a word's body", 2, [[
ks.define("tcp(sk)", "sk->")]], [[
t.lua:2: the expression ends where a member's name should be
    ks.define("tcp(sk)", "sk->")
                              ^
]] },
    { "at the start of a word's body", 2, [[
ks.define("tcp(sk)", ")")]], [[
t.lua:2: ')' where a value should be
    ks.define("tcp(sk)", ")")
                          ^
]] },
    { "in a word's name", 2, [[
ks.define("comm(x)", "x")]], [[
t.lua:2: 'comm' always names what is built in
    ks.define("comm(x)", "x")
               ^^^^
]] },
    { "of words that are no strings", 2, [[
ks.define("f(x)", 7)]], [[
t.lua:2: what a word stands for is a string, not a number
    ks.define("f(x)", 7)
]] },
    { "inside a word", 2, [[
ks.define("port(sk)", "sk->__sk_common.skc_num")
ks.probe "vfs_read" { where = "count && port(file) == 80" }]], [[
t.lua:3: in port(sk): struct file has no member '__sk_common'
    ks.probe "vfs_read" { where = "count && port(file) == 80" }
                                            ^^^^^^^^^^
hint: port(sk) is sk->__sk_common.skc_num
]] },
    { "inside a word in a word", 2, [[
ks.define("a(x)", "x->f_inod")
ks.define("b(x)", "a(x)->i_size")
ks.probe "vfs_read" { ks.print "{pid} {b(file)}" }]], [[
t.lua:4: in b(x): struct file has no member 'f_inod'
    ks.probe "vfs_read" { ks.print "{pid} {b(file)}" }
                                           ^^^^^^^
hint: did you mean f_inode?
]] },
    { "in a word's argument", 2, [[
ks.define("a(x)", "x->f_inode")
ks.probe "vfs_read" { where = "a(fil)" }]], [[
t.lua:3: vfs_read has no argument 'fil', and nothing else has that name
    ks.probe "vfs_read" { where = "a(fil)" }
                                     ^^^
hint: did you mean file?
]] },
    { "in a word's name where it is used", 2, [[
ks.probe "vfs_read" { where = "S_ISRGE(count)" }]], [[
t.lua:2: there is no function 'S_ISRGE'
    ks.probe "vfs_read" { where = "S_ISRGE(count)" }
                                   ^^^^^^^
hint: did you mean S_ISREG?
]] },
    { "in the number of a word's arguments", 2, [[
ks.probe "vfs_read" { where = "S_ISREG(count, 1)" }]], [[
t.lua:2: S_ISREG takes 1 argument, not 2
    ks.probe "vfs_read" { where = "S_ISREG(count, 1)" }
                                   ^^^^^^^^^^^^^^^^^
hint: S_ISREG(mode) is (mode & S_IFMT) == S_IFREG
]] },
    { "in the order of things", 2, [[
ks.probe "vfs_read" { where = "least(count)" }
ks.define("least(x)", "x > 1")]], [[
t.lua:2: there is no function 'least'
    ks.probe "vfs_read" { where = "least(count)" }
                                   ^^^^^
hint: functions: str, buf, user, ntohs, ntohl, errno, arg, first, ns, us, ms, jiffies, symbol, path, addr, ]] ..
      "entry, stack, ustack, sizeof\n" },
  }
  for _, case in ipairs(mistakes) do
    it("have mistakes shown " .. case[1], function() refused(case[2], case[3], case[4]) end)
  end
end)

describe("the option with", function()
  setup(function() folder, clean = ks.folder() end)
  teardown(function() clean() end)

  it("gives values to $names, in all of a probe's expressions", function()
    same([[
ks.probe "vfs_read" {
  with = { min = 4096, who = "dd", neg = -5, yes = true, wide = 2 ^ 40, quote = "it's",
    exact = 0x7fffffffffffffffLL, most = 0xffffffffffffffffULL },
  capture = { "x=count + $min" },
  where = { "comm == $who || comm == $quote", "count > $neg && $yes", "count == $wide",
    "pos == $exact || count == $most" },
  ks.print "{y=$min}",
}]], [[
ks.probe "vfs_read" {
  capture = { "x=count + 4096" },
  where = { "comm == 'dd' || comm == \"it's\"", "count > -5 && true", "count == 1099511627776",
    "pos == 9223372036854775807 || count == 18446744073709551615" },
  ks.print "{y=4096}",
}]])
  end)

  it("is of one probe, and serves words too", function()
    same([[
ks.define("big(x)", "x > $min")
ks.probe "vfs_read" { with = { min = 1 }, where = "big(count)" }
ks.probe "vfs_write" { with = { min = 2 }, where = "big(count)" }]], [[
ks.probe "vfs_read" { where = "count > 1" }
ks.probe "vfs_write" { where = "count > 2" }]])
  end)

  -- name, what with is, what is said behind "t.lua:2: ", with the script's line in it
  local mistakes = {
    { "a value that is no table", "7", "with is a table of values, not a number" },
    { "an entry without a name", "{ 7 }", "with has an entry without a name",
      "with = { min = 4096 } is for $min" },
    { "a fraction", "{ x = 1.5 }", "$x can't be 1.5", "expressions have whole numbers of 64 bits" },
    { "what is too large", "{ x = 2 ^ 63 }", "$x can't be 9.2233720368548e+18",
      "expressions have whole numbers of 64 bits" },
    { "what is infinite", "{ x = 1 / 0 }", "$x can't be inf", "expressions have whole numbers of 64 bits" },
    { "a function", "{ x = print }", "$x can't be a function" },
    { "a list in a list", "{ x = { 1, { 2 } } }", "$x can't be a table" },
    { "a list with names", "{ x = { 1, a = 2 } }", "$x is a list, and 'a' a name" },
    { "a text with quotes of both kinds", [[{ x = "'\"" }]],
      "$x has quotes of both kinds, and a text can have one" },
    { "a text with a NUL byte", [[{ x = "a\0b" }]], "$x has a NUL byte in it" },
    { "a name that is none", "{ ['a b'] = 1 }", "'a b' is no name for a parameter",
      "a name is made of letters, digits and _" },
  }
  for _, case in ipairs(mistakes) do
    it("refuses " .. case[1], function()
      local line = ('ks.probe "vfs_read" { with = %s }'):format(case[2])
      refused(2, line, ("t.lua:2: %s\n    %s\n%s"):format(case[3], line,
        case[4] and "hint: " .. case[4] .. "\n" or ""))
    end)
  end

  it("has no value for a $name that is not in it", function()
    refused(2, [[
ks.probe "vfs_read" { with = { mni = 1 }, where = "count > $min" }]], [[
t.lua:2: there is no $min
    ks.probe "vfs_read" { with = { mni = 1 }, where = "count > $min" }
                                                               ^^^^
hint: did you mean $mni?
]])
    refused(2, [[
ks.probe "vfs_read" { where = "count > $min" }]], [[
t.lua:2: there is no $min
    ks.probe "vfs_read" { where = "count > $min" }
                                           ^^^^
hint: with = { min = ... } gives it a value
]])
  end)

  it("has lists for in alone", function()
    refused(2, [[
ks.probe "vfs_read" { with = { pids = { 1, 2 } }, where = "pid == $pids" }]], [[
t.lua:2: $pids is a list, which only 'in' takes
    ks.probe "vfs_read" { with = { pids = { 1, 2 } }, where = "pid == $pids" }
                                                                      ^^^^^
]])
  end)
end)

describe("ks.const", function()
  setup(function() folder, clean = ks.folder() end)
  teardown(function() clean() end)

  it("computes what is constant, exactly", function()
    prints([[
10000000000 4096 2 -100 2147483648
9223372036854775807LL 9223372036854775808ULL -1 true 9007199254740993LL
1 0 5 1 0 -2 0]], [[
print(ks.const "10s", ks.const "4K", ks.const "AF_INET", ks.const "AT_FDCWD", ks.const "EPOLLET")
print(ks.const "0x7fffffffffffffff", ks.const "0x8000000000000000", ks.const "-1",
  ks.const "0x20000000000000" == 2 ^ 53, ks.const "0x20000000000001")
print(ks.const "GREEN == 1 || 7 / 7", ks.const "0 && 1", ks.const "1 ? 5 : 6", ks.const "true",
  ks.const "NULL == 1", ks.const "-ENOENT", ks.const "7 && 0"]] .. ")")
  end)

  it("knows the words, as they are when it is asked", function()
    prints("1 2 1", [[
ks.define("n()", "1")
local one = ks.const "n()"
ks.define("n()", "2")
print(one, ks.const "n()", ks.const "S_ISDIR(040755)"]] .. ")")
  end)

  local mistakes = {
    { "count", "there is no constant 'count'", "^^^^^" },
    { "1 + GREN", "there is no constant 'GREN'", "    ^^^^", "did you mean GREEN or RED?" },
    { "1 + AF_INTE", "there is no constant 'AF_INTE'", "    ^^^^^^^", "did you mean AF_INET or AF_INET6?" },
    { "1 + pid", "'pid' is no constant", "    ^^^" },
    { "retval", "'retval' is no constant", "^^^^^^" },
    { "1 + $x", "there is no $x", "    ^^", "with = { x = ... } gives it a value" },
    { "'text'", "this is no constant number", "^^^^^^" },
    { "1 +", "the expression ends where a value should be", "   ^" },
    { "1 / 0", "division by 0", "^^^^^" },
    { "'a' == 'b'", "a string can only be compared with 'text'", "^^^^^^^^^^" },
    { "S_ISREG(comm)", "'comm' is no constant", "        ^^^^" },
  }
  for _, case in ipairs(mistakes) do
    it("refuses " .. case[1], function()
      local line = ('print(ks.const "%s")'):format(case[1])
      refused(2, line, ("t.lua:2: %s\n    %s\n    %s%s\n%s"):format(case[2], line, (" "):rep(16), case[3],
        case[4] and "hint: " .. case[4] .. "\n" or ""))
    end)
  end

  it("refuses what is no string", function()
    refused(2, "ks.const(7)", "t.lua:2: a constant is a string, not a number\n    ks.const(7)\n")
  end)
end)

describe("ks.has", function()
  setup(function() folder, clean = ks.folder() end)
  teardown(function() clean() end)

  local there = {
    "struct file", "struct file.f_inode", "struct file.f_path.dentry", "struct inode.i_uid", "struct inode.i_nlink",
    "struct  file.f_path", "enum color", "enum big", "size_t", "atomic_long_t.counter", "u64", "vfs_read",
    "return:vfs_read", "GREEN", "O_DIRECT", "ENOENT", "TASK_RUNNING",
  }
  for _, what in ipairs(there) do
    it("finds " .. what, function() prints("true", ('print(ks.has "%s")'):format(what)) end)
  end

  local missing = {
    "struct fil", "union file", "struct color", "enum file", "struct file.f_inod", "struct file.f_inode.i_size",
    "struct inode.i_mode.x", "struct opaque", "file", "sized_t", "size_t.x", "atomic_long_t.count", "vfs_rd",
    "return:vfs_rd", "GRE", "O_DIREC", "struct " .. ("x"):rep(200),
  }
  for _, what in ipairs(missing) do
    it("finds no " .. what:sub(1, 30), function() prints("false", ('print(ks.has "%s")'):format(what)) end)
  end

  for _, what in ipairs { "", "struct ", "struct file.", "struct .x", "struct file..x", "struct a b", "a b", "a->b" } do
    it("refuses '" .. what .. "'", function()
      local line = ('print(ks.has "%s")'):format(what)
      refused(2, line, ([[
t.lua:2: '%s' is nothing that a kernel could have
    %s
hint: ask for a type, a member, a constant or a place: "struct sock", "struct sock.sk_mark", "TCP_CLOSE", "vfs_read"
]]):format(what, line))
    end)
  end

  it("refuses a kind of place that there is not, and what is no string", function()
    refused(2, 'ks.has "retrun:vfs_read"', [[
t.lua:2: 'retrun:' is no kind of place
    ks.has "retrun:vfs_read"
            ^^^^^^^
hint: did you mean return?
]])
    refused(2, "ks.has(7)", "t.lua:2: what ks.has looks for is a string, not a number\n    ks.has(7)\n")
  end)
end)

describe("ks.first", function()
  setup(function() folder, clean = ks.folder() end)
  teardown(function() clean() end)

  it("gives the first place that this kernel has, or nil", function()
    prints("vfs_read return:vfs_open nil nil", [[
print(ks.first { "vfs_raed", "vfs_read", "vfs_open" }, ks.first { false, "return:vfs_open", "vfs_read" },
  ks.first { "nowhere" }, ks.first {}]] .. ")")
  end)

  it("refuses what is no list of places", function()
    refused(2, 'ks.first "vfs_read"', "t.lua:2: ks.first takes a list, not a string\n    ks.first \"vfs_read\"\n")
    refused(2, "ks.first { 7 }", "t.lua:2: a place is a string, not a number\n    ks.first { 7 }\n")
    refused(2, "ks.first { nil, 'a' }", "t.lua:2: entry 1 of ks.first is nil\n    ks.first { nil, 'a' }\n"
      .. "hint: a name that was never set? false is skipped, nil is not\n")
  end)
end)
