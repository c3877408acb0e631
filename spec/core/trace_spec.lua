--- ksnoop trace on the command line: what is understood, what is refused and with which words, what is captured.
--- Numbers in names are those of faults of bcc's ksnoop, as in spec/kernel/dropin_spec.lua.
local ks = require "spec.support.ks"

local function run(...)
  return ks.run("--btf", ks.btf(), ...)
end

-- What is captured, by place: { ["return:vfs_read"] = "v1 = ssize_t" }; and the size of records.
local function captured(...)
  local r = run("--dump", "layout", ...)
  assert.equal(0, r.code, r.err)
  local found, bytes, place = {}, {}, nil
  for line in r.out:gmatch "[^\n]+" do
    local name = line:match "^([%w_:#]+):$"
    local field = line:match " ([a-z]%w* = .*)$"
    place = name or place
    if name then
      found[name] = {}
    elseif field and not field:find "^name =" and not field:find "^time =" and not field:find "^cpu ="
      and not field:find "^pid =" and not field:find "^tid =" and not field:find "^func =" then
      table.insert(found[place], field)
    end
    bytes[place] = tonumber(line:match "^record: (%d+) bytes$") or bytes[place]
  end
  for name, fields in pairs(found) do
    found[name] = table.concat(fields, ", ")
  end
  return found, bytes
end

describe("ksnoop trace", function()
  it("is the command that needs no name, and takes bcc's beginnings of names", function()
    local all = captured "vfs_read"
    assert.same({
      vfs_read = "file = struct file *, buf = char *, count = size_t, pos = loff_t *, v1 = struct file, v2 = char *, "
        .. "v3 = loff_t",
      ["return:vfs_read"] = "v1 = ssize_t",
    }, all)
    for _, word in ipairs { "t", "tr", "tra", "trac", "trace" } do
      assert.same(all, captured(word, "vfs_read"))
    end
    for _, word in ipairs { "i", "inf", "info" } do
      assert.equal("void nothing(void);\n", run(word, "nothing").out)
    end
    for _, word in ipairs { "h", "he", "help" } do
      assert.equal(run("--help").out, run(word).out)
    end
    assert.matches("^  ksnoop %[options%]", run("help").out:match "\n\n(.*)")
  end)

  it("takes options anywhere", function()
    assert.same(captured("vfs_read(count)"), captured("trace", "vfs_read(count)", "-q", "-P", "16", "-s"))
    assert.equal(2, run("vfs_read", "--qiet").code)
    assert.matches("did you mean --quiet?", run("vfs_read", "--qiet").err, 1, true)
    assert.matches("^Debug: vfs_read:\noffset", run("--dump", "layout", "vfs_read(count)", "-v").err)
  end)

  it("takes values with blanks anywhere, and several functions", function()
    assert.same({ vfs_read = "v1 = loff_t, v2 = size_t",
      vfs_open = "v1 = const struct path *, v2 = const struct path" },
      captured("\tvfs_read ( file -> f_pos>  0x10 ,count<=-1 )", "vfs_open(path)"))
  end)

  it("shows entries with their returns where a comparison needs both", function()
    local r = run("--dump", "bpf", "vfs_read(count > 1, return < 0)")
    assert.equal(0, r.code, r.err)
    assert.same({ vfs_read = "v1 = size_t, v2 = ssize_t" }, captured("vfs_read(count > 1, return < 0)"))
    assert.same({ vfs_read = "v1 = size_t", ["return:vfs_read"] = "v1 = ssize_t" }, captured("vfs_read(count, return)"))
  end)

  it("1: shows all of thirteen arguments", function()
    assert.equal("a1 = int, a2 = int, a3 = int, a4 = int, a5 = int, a6 = int, a7 = int, a8 = int, a9 = int, a10 = int, "
      .. "a11 = int, a12 = int, a13 = long int", captured("thirteen")["thirteen"])
    assert.equal("long int thirteen(int a1, int a2, int a3, int a4, int a5, int a6, int a7, int a8, int a9, int a10, "
      .. "int a11, int a12, long int a13);\n", run("info", "thirteen").out)
  end)

  it("1: shows arguments that are called as built-in values are, and says which can't be shown", function()
    assert.equal("str = int, v1 = int, v2 = int", captured("shadows").shadows)
    local r = run("--dump", "layout", "floating")
    assert.equal(0, r.code)
    assert.matches("\nksnoop: what floating is called with as x can't be shown: a value of type double can't be read "
      .. "here\n", r.err, 1, true)
  end)

  it("2: follows members to any depth, into structs in structs, and reads bit-fields", function()
    assert.same({ bit_user = "v1 = int, v2 = u64" }, captured("bit_user(b->sign == -1, b->long_one > 0x80)"))
    assert.same({ vfs_read = "v1 = const unsigned char *, v2 = const unsigned char" },
      captured("vfs_read(file->f_path.dentry->d_name.name)"))
  end)

  it("3: follows a pointer once, reads a text, and shows as a number what leads nowhere", function()
    assert.equal("number = int *, names = char **, files = struct file **, any = void **, address = u64, v1 = int, "
      .. "v2 = char *, v3 = struct file *, v4 = void *", captured("pointers").pointers)
    assert.equal("ptr = void *, cptr = const void *", captured("sink_void").sink_void)
    assert.equal("v1 = const char *, v2 = char *", captured("do_filp_open(name)").do_filp_open)
    assert.equal("hidden = struct opaque *", captured("odd_user").odd_user:match "hidden = [^,]*")
    -- A struct that is passed by value takes registers of its own, and is an argument as any.
    assert.equal("between = int, last = int, v1 = struct pair8, v2 = struct pair16", captured("by_value").by_value)
    assert.equal("v1 = struct pair8, v2 = int, v3 = struct pair16, v4 = int",
      captured("by_value(small, between, large, last)").by_value)
  end)

  it("4: captures 2048 bytes of what is more than a record takes", function()
    assert.equal("huge = struct huge *, v1 = unsigned char []", captured("huge_user").huge_user)
  end)

  it("7: refuses with a caret what bcc's ksnoop passes over", function()
    local function refused(func, message, under, hint)
      local r = run("--dump", "layout", func)
      assert.equal(2, r.code, func)
      local said, text, caret, more = r.err:match "^ksnoop: ([^\n]*)\n    ([^\n]*)\n    ([^\n]*)\n(.*)$"
      assert.equal(message, said)
      assert.equal(func, text)
      assert.equal(under, caret, func)
      assert.equal(hint and "hint: " .. hint .. "\n" or "", more)
    end
    refused("vfs_read(count = 128)", "= gives a value, and nothing here can be changed",
            "               ^", "did you mean count == ?")
    refused("vfs_read(count === 128)", "'===' is no comparison",
            "               ^^^", "comparisons are == != > >= < <=")
    refused("vfs_read(count > 128abc)", "'128abc' is no number",
            "                 ^^^^^^", "numbers are 10, 0x1f, 0644, 4K, 2M, 1G; durations 10ns, 5us, 2ms, 1s, 3m, 1h")
    refused("vfs_read(count == 0 || pos == 0)", "what is '||'?",
            "                    ^^", "values stand between commas, and all that they ask for must hold")
    refused("vfs_read(count == 0", "a ) is missing",
            "                   ^")
    refused("vfs_read(count > 99999999999999999999)", "a number of more than 64 bits",
            "                 ^^^^^^^^^^^^^^^^^^^^")
    refused("vfs_read(count)) ", "what is ') '?",
            "               ^^", "FUNC is a name, or a name with values: vfs_read(count > 100, return)")
    refused("vfs_read()", "no value between the parentheses",
            "         ^", "vfs_read alone shows all arguments, and what it returns")
    refused("vfs_read(count,)", "')' is no argument",
            "               ^", "arguments are named as ksnoop info vfs_read shows them; return is what it returns")
    refused("vfs_read(count >)", "a value is missing behind >",
            "               ^", "such as 128, 0x80, -ENOENT, 4K or the name of a constant")
    refused('vfs_read(file->f_path.dentry == "a b", count)', "a text stands between single quotes",
            "                                ^^^^^", "file->f_path.dentry == 'a b'")
    refused('vfs_read(count == "a', "a text stands between single quotes",
            "                  ^^", "count == 'a'")
    refused("vfs_read(file->)", "a member is missing behind ->",
            "             ^^")
    refused("vfs_*", "what is '*'?",
            "    ^", "patterns are for scripts, such as ks.probe 'tcp_*' {}")
    refused("vfs_read\\", "what is '\\'?",
            "        ^", "FUNC is a name, or a name with values: vfs_read(count > 100, return)")
    refused("nothing(return)", "nothing returns nothing",
            "        ^^^^^^")
    refused("vfs_read(fil->f_pos)", "vfs_read has no argument 'fil'",
            "         ^^^", "did you mean file?")
    refused("vfs_read(count, file->f_pso > 1, return)", "struct file has no member 'f_pso'",
            "                      ^^^^^", "did you mean f_pos?")
    refused("vfs_read(return > 0, file->f_path.dentri > 1)", "struct path has no member 'dentri'",
            "                                  ^^^^^^", "did you mean dentry?")
  end)

  it("7: and whatever else is no FUNC, where it stands", function()
    for func, column in pairs {
      [""] = 1, ["1vfs"] = 1, ["vfs_read]"] = 9, ["vfs_read^"] = 9, ["("] = 1, ["vfs_read("] = 10, ["vfs_read)"] = 9,
      ["vfs_read[count]"] = 9, ["vfs_read(count)(pos)"] = 16, ["vfs_read(count);"] = 16, ["vfs_read vfs_open"] = 10,
      ["vfs_ read(count)"] = 6, ["vfs_read(co unt)"] = 13, ["vfs_read(@)"] = 10, ["vfs_read(5)"] = 10,
      ["vfs_read(,count)"] = 10, ["vfs_read(count,,pos)"] = 16, ["vfs_read((count))"] = 10, ["vfs_read(*file)"] = 10,
      ["vfs_read(! count)"] = 10, ["vfs_read(== 1)"] = 10, ["vfs_read(1 < count)"] = 10, ["vfs_read(count ! 1)"] = 16,
      ["vfs_read(count => 1)"] = 16, ["vfs_read(count <> 1)"] = 16, ["vfs_read(count >> 1)"] = 16,
      ["vfs_read(count & 1)"] = 16, ["vfs_read(count && pos)"] = 16, ["vfs_read(count > 1 > 2)"] = 20,
      ["vfs_read(count > 1 0)"] = 20, ["vfs_read(count > --1)"] = 16, ["vfs_read(count > 0x)"] = 18,
      ["vfs_read(count > 08)"] = 18, ["vfs_read(count == 1.5)"] = 21, ["vfs_read(count == 1e3)"] = 19,
      ["vfs_read(count == NOPE)"] = 19, ["vfs_read(count > -99999999999999999999)"] = 19,
      ["vfs_read(count > 18446744073709551616)"] = 18, ["vfs_read(count == 128 pos)"] = 23,
      ["vfs_read(file.f_pos)"] = 10, ["vfs_read(file-->f_pos)"] = 14, ["vfs_read(file->->f_pos)"] = 14,
      ["vfs_read(file->f_pos.)"] = 21, ["vfs_read(file->5)"] = 14, ["vfs_read(file[)"] = 15,
      ["vfs_read(return->f_pos)"] = 10, ["vfs_read(returned)"] = 10,
    } do
      local r = run("--dump", "layout", func)
      assert.equal(2, r.code, func .. "\n" .. r.err)
      local text, caret = r.err:match "^ksnoop: [^\n]*\n    ([^\n]*)\n    ( *)%^"
      assert.equal(func, text, r.err)
      assert.equal(column, #caret + 1, r.err)
    end
  end)

  it("8: takes a function twice", function()
    local r = run("--dump", "layout", "vfs_read(count == 1)", "vfs_read(count == 2)")
    assert.equal(0, r.code, r.err)
    assert.matches("^vfs_read:.*\nvfs_read#2:", r.out)
  end)

  it("14: says that there is no such function, and which are near", function()
    for _, words in ipairs { { "vfs_raed" }, { "trace", "vfs_raed" }, { "vfs_raed(file)" } } do
      local r = run(unpack(words))
      assert.equal(3, r.code, r.err)
      assert.matches("there is no function '" .. words[#words]:match "[%w_.]+", r.err, 1, true)
      assert.matches("hint: did you mean [^\n]*vfs_read", r.err)
    end
    assert.matches("there is no function 'vfs_read.isra.0'", run("vfs_read.isra.0").err, 1, true)
    local r = run("inof", "vfs_read")
    assert.equal(2, r.code)
    assert.equal("ksnoop: there is no command or function 'inof'\nhint: did you mean info?\n", r.err)
  end)

  it("16: puts a probe only where something is to be seen", function()
    assert.same({ ["return:vfs_read"] = "v1 = ssize_t" }, captured("vfs_read(return)"))
    assert.same({ vfs_read = "v1 = size_t" }, captured("vfs_read(count)"))
    assert.same({ nothing = "" }, captured("nothing"))
  end)

  it("17: captures what is shown and nothing else", function()
    local _, bytes = captured("vfs_read(return)", "vfs_open(file)")
    assert.equal(40, bytes["return:vfs_read"])
  end)

  it("18: compares before it reads what is to be shown", function()
    -- In the order written, the comparison comes last; of a pair the entry's half decides whether anything is kept.
    local order = {}
    for line in run("--dump", "bpf", "vfs_read(file->f_inode->i_mode, pos, count > 77)").out:gmatch "[^\n]+" do
      order[#order + 1] = line:match "^; (where): " or line:match "bpf_ringbuf_reserve" or line:match "^; (v%d)$"
        or line:match "bpf_probe_read_kernel"
    end
    local text = table.concat(order, " ")
    assert.matches("^where bpf_ringbuf_reserve v1 .*v2 .*v3", text)
    local first = run("--dump", "bpf", "vfs_read(file->f_inode->i_mode, count > 77, return)").out
    assert.matches("^vfs_read:\n%-%- where it begins\n; where: arg%(count%) > 77\n[^;]*\n; this CPU's block", first)
  end)

  it("20: says what is missing when there are only options", function()
    for _, words in ipairs { { "-d" }, { "-p", "1" }, { "--stack" }, { "trace" }, { "-s", "-v" } } do
      local r = run(unpack(words))
      assert.equal(2, r.code)
      assert.matches("^ksnoop: what to trace%?\nhint: ", r.err)
    end
  end)

  it("21: takes names of any length for what they are", function()
    local long = ("x"):rep(4000)
    assert.equal(3, run(long).code)
    assert.equal(2, run(("vfs_read(%s)"):format(long)).code)
    assert.equal(2, run(("vfs_read(%s"):format((" file,"):rep(1000))).code)
    assert.equal(2, run("vfs_read(file->\27[2J)").code)
    assert.is_nil(run("vfs_read(file->\27[2J)").err:find "\27")
  end)

  it("22: ends with a status that says what was wrong", function()
    for _, case in ipairs {
      { 0, "info", "vfs_read" }, { 0, "--help" }, { 0, "help" }, { 0, "-V" }, { 2 }, { 2, "-s" },
      { 2, "vfs_read(count" }, { 2, "vfs_read(count > x)" }, { 2, "-p", "x", "vfs_read" },
      { 2, "-P", "3", "vfs_read" }, { 2, "--nope" },
      { 3, "vfs_raed" }, { 3, "info", "vfs_raed" },
    } do
      assert.equal(case[1], run(unpack(case, 2)).code, table.concat(case, " "))
    end
    assert.equal(3, ks.run("--btf", "/nowhere", "info", "vfs_read").code)
    assert.equal(5, ks.shell(ks.quote(ks.binary) .. " --help >/dev/full").code)
  end)

  it("says of --pages what it takes", function()
    assert.matches("^ksnoop: %-%-pages takes a power of two, not '5'\nhint: ", run("-P", "5", "vfs_read").err)
    assert.equal(2, run("-P", "16", "--buffer", "4M", "vfs_read").code)
  end)

  it("keeps --stack to calls that led to each other", function()
    local all = captured("-s", "vfs_read(count > 5, return)", "vfs_open(path, return)")
    assert.same({
      vfs_open = "t1 = unsigned long, cpu1 = unsigned int, o1v3 = size_t, v1 = const struct path *, "
        .. "v2 = const struct path",
      ["return:vfs_open"] = "v1 = int", vfs_read = "began = unsigned long, v1 = ssize_t",
    }, all)
    local r = run("-s", "-f", "json", "vfs_read", "vfs_open")
    assert.equal(2, r.code)
    assert.matches("--stack prints text", r.err, 1, true)
  end)
end)
