--- Recipes: their parameters, how they are given, and what is said of what can't be.
local ks = require "spec.support.ks"

local slow = [[
--- Calls to one kernel function that took
--- longer than a threshold.
-- Nobody asks for this line.
local ks = require "ksnoop"
return ks.recipe {
  params = {
    func = ks.param.func { "vfs_read", "kernel function to time" },
    min = ks.param.duration { "1ms", "at least this slow", min = "1us", max = "1m" },
    room = ks.param.size { "4K", "bytes", min = 512 },
    depth = ks.param.integer { -1, "how deep", min = -2, max = 9 },
    label = ks.param.string { "it's", "a text" },
    mode = ks.param.choice { "read", "what to do", choices = { "read", "write" } },
    all = ks.param.boolean { false, "all of them" },
    pids = ks.param.list { { 1, 2 }, "processes", max = 99 },
    names = ks.param.list { { "dd" }, "programs" },
    kind = ks.param.type { "struct file", "a type" },
    filter = ks.param.where { false, "which of them" },
  },
  build = function(p)
    local seen = {}
    for name, show in pairs { func = "%s", min = "%.4f", room = "%d", depth = "%d", label = "%s",
      mode = "%s", kind = "%s" } do
      seen[#seen + 1] = name .. "=" .. show:format(p[name])
    end
    table.sort(seen)
    print(table.concat(seen, " "), p.all, table.concat(p.pids, ","), table.concat(p.names, ","),
      p.filter, type(p.out))
    return ks.call(p.func) {
      where = { "elapsed >= $min && pid in $pids && comm in $names && pid > $depth"
        .. " && comm != $label && comm != $mode && comm != $func && comm != $kind"
        .. " && (pid > $room || $all)", p.filter },
      p.out or ks.print "{comm} {$room}",
    }, "and more"
  end,
}
]]

describe("a recipe", function()
  local folder, clean

  setup(function()
    folder, clean = ks.folder()
    ks.write(folder .. "/slow.lua", slow)
  end)
  teardown(function() clean() end)

  local function run(...)
    local words = { ... }
    local r = ks.run("--btf", ks.btf(), "--dump", "layout", folder .. "/" .. table.remove(words, 1),
      unpack(words))
    r.err = r.err:gsub(folder:gsub("%p", "%%%0") .. "/", "")
    return r
  end

  -- A script's programs, without comments.
  local function code(name, ...)
    local r = ks.run("--btf", ks.btf(), "--self", "--dump", "ir", folder .. "/" .. name, ...)
    assert.equal("", r.err)
    return (r.out:gsub(";[^\n]*", ""):gsub(" +\n", "\n"))
  end

  -- A script that uses it; lines begin at line 3.
  local function use(lines)
    ks.write(folder .. "/t.lua", 'local ks = require "ksnoop"\nlocal slow = require "slow"\n' .. lines)
    return run "t.lua"
  end

  local defaults = "depth=-1 func=vfs_read kind=struct file label=it's min=0.0010 mode=read room=4096\t"

  it("runs with its defaults", function()
    local r = run "slow.lua"
    assert.equal("", r.err)
    assert.equal(0, r.code)
    assert.equal(defaults .. "false\t1,2\tdd\tfalse\tnil", (r.out:match "^[^\n]+"))
    assert.is_truthy(r.out:find "\nvfs_read:\n")
  end)

  it("takes name=value from the command line, of every kind", function()
    local r = run("slow.lua", "func=vfs_write", "min=2.5s", "room=1M", "depth=0x7", "label=a=b", "mode=write",
      "all=yes", "pids=7", "names=1,x", "kind=struct path", "filter=count > 5")
    assert.equal("", r.err)
    assert.equal("depth=7 func=vfs_write kind=struct path label=a=b min=2.5000 mode=write room=1048576\t"
      .. "true\t7\t1,x\tcount > 5\tnil", (r.out:match "^[^\n]+"))
    assert.is_truthy(r.out:find "\nvfs_write:\n")
  end)

  it("gives expressions its parameters, as what they are", function()
    ks.write(folder .. "/p.lua", [[
local ks = require "ksnoop"
return ks.recipe { params = { min = ks.param.duration { "1ms", "t" }, big = ks.param.size { "4K", "s" },
    all = ks.param.boolean { true, "b" }, pids = ks.param.list { { 5, 6 }, "p" } },
  build = function()
    ks.call "vfs_read" { where = "$all && count == $big && pid in $pids && elapsed < $min" }
  end }]])
    ks.write(folder .. "/q.lua", [[
local ks = require "ksnoop"
ks.call "vfs_read" { where = "true && count == 4096 && (pid == 5 || pid == 6) && elapsed < 1ms" }]])
    assert.equal(code "q.lua", code "p.lua")
    assert.not_equal(code "q.lua", code("p.lua", "big=8K"))
  end)

  it("is used by scripts, more than once, and returns what build returned", function()
    local r = use [[
local probe, more = slow { func = "vfs_write", min = 0.5, pids = {}, all = true }
print(type(probe.counters), more)
slow()
slow { ks.count "comm", ks.sum "retval", false, function() end }
slow { false, ks.count { "comm", by = nil } }]]
    assert.equal("", r.err)
    local lines = ks.lines(r.out)
    assert.equal("depth=-1 func=vfs_write kind=struct file label=it's min=0.5000 mode=read room=4096\t"
      .. "true\t\tdd\tfalse\tnil", lines[1])
    assert.equal("function\tand more", lines[2])
    assert.equal(defaults .. "false\t1,2\tdd\tfalse\tnil", lines[3])
    assert.equal(defaults .. "false\t1,2\tdd\tfalse\ttable", lines[4])
    local places = {}
    for place in r.out:gmatch "\n(vfs_[%w#]+):\n" do
      places[#places + 1] = place
    end
    assert.same({ "vfs_write", "vfs_read", "vfs_read#2", "vfs_read#3" }, places)
  end)

  it("hands its caller's sinks on as one, which can be called", function()
    local r = use [[
ks.probe "vfs_read" {}
local seen = {}
local r = ks.recipe { build = function(p)
  p.out { comm = "a" }
  return ks.recipe { build = function(q) q.out { comm = "b" } return q.out end } { p.out, ks.count "comm" }
end }
r { function(e) seen[#seen + 1] = e.comm end, function(e) seen[#seen + 1] = e.comm:upper() end }
print(table.concat(seen))]]
    assert.equal("", r.err)
    assert.equal("aAbB\n", r.out:match "^[^\n]*\n")
  end)

  it("says so when what it hands on can't be called", function()
    for _, sinks in ipairs { "ks.print '{comm}'", "ks.print '{comm}', ks.count 'comm'" } do
      local r = use(("ks.recipe { build = function(p)\np.out {}\nend } { %s }"):format(sinks))
      assert.same({ 2, "t.lua:4: ks.print can't be called: it prints the events of the probe that it is a sink of\n"
        .. "    p.out {}\nhint: put it, or p.out, among a probe's sinks; a function as a sink can be called\n" },
        { r.code, r.err })
    end
  end)

  it("may use itself, but not without end", function()
    local r = use [[
local r
r = ks.recipe { params = { n = ks.param.integer { 0, "n" } }, build = function(p)
  if p.n > 0 then return r { n = p.n - 1 } end
  ks.probe "vfs_read" { ks.print "deep" }
end }
r { n = 15 }]]
    assert.equal("", r.err)
    for _, other in ipairs { "r {}", "ks.recipe { build = function() r {} end } {}" } do
      r = use("local r\nr = ks.recipe { build = function() " .. other .. " end }\nr {}")
      assert.equal(2, r.code)
      assert.matches("^t.lua:4: %S+ uses itself, 16 times deep\n", r.err)
      assert.matches("\nhint: its build has to come to an end\n$", r.err)
    end
  end)

  it("has an outer recipe's parameters unless it hides them, and with wins", function()
    local nested = [[
local ks = require "ksnoop"
local inner = ks.recipe { params = { a = ks.param.integer { 1, "a" } }, build = function(p)
  ks.probe "vfs_read" { with = { c = 7 }, where = "count != $a && count != $b && count != $c" }
end }
ks.recipe { params = { a = ks.param.integer { 100, "a" }, b = ks.param.integer { 200, "b" },
  c = ks.param.integer { 300, "c" } }, build = function() inner {} end } {}
]]
    ks.write(folder .. "/nested.lua", nested)
    ks.write(folder .. "/plain.lua", [[
local ks = require "ksnoop"
ks.probe "vfs_read" { where = "count != 1 && count != 200 && count != 7" }]])
    assert.equal(code "plain.lua", code "nested.lua")
    ks.write(folder .. "/after.lua", nested .. 'ks.probe "vfs_write" { where = "count > $b" }')
    assert.equal("after.lua:7: there is no $b\n    ks.probe \"vfs_write\" { where = \"count > $b\" }\n"
      .. "                                            ^^\nhint: with = { b = ... } gives it a value\n",
      run "after.lua".err)
  end)

  it("says with --help what it answers and what it takes", function()
    local r = ks.run(folder .. "/slow.lua", "--help") -- without a kernel's types
    assert.equal("", r.err)
    assert.equal(0, r.code)
    assert.equal(([[
Calls to one kernel function that took
longer than a threshold.

  ksnoop [options] FOLDER/slow.lua [name=value ...]

  func    func      vfs_read     kernel function to time
  min     duration  1ms          at least this slow (from 1us to 1m)
  room    size      4K           bytes (at least 512)
  depth   integer   -1           how deep (from -2 to 9)
  label   string    it's         a text
  mode    choice    read         what to do (read, write)
  all     boolean   false        all of them
  pids    list      1,2          processes (at most 99)
  names   list      dd           programs
  kind    type      struct file  a type
  filter  where                  which of them
]]):gsub("FOLDER", folder), r.out)
    ks.write(folder .. "/plain.lua", "--- Who reads?\nrequire 'ksnoop'.probe 'vfs_read' {}")
    r = ks.run("--btf", ks.btf(), folder .. "/plain.lua", "-h")
    assert.equal(("Who reads?\n\n  ksnoop [options] %s/plain.lua\n\nIt takes no parameters.\n"):format(folder), r.out)
  end)

  -- words, code, message, hint
  local refusals = {
    { "min=5parsec", 2, "the parameter 'min' of slow is a duration, not '5parsec'", "from 1us to 1m" },
    { "min=10ns", 2, "the parameter 'min' of slow is from 1us to 1m, not '10ns'" },
    { "min=2m", 2, "the parameter 'min' of slow is from 1us to 1m, not '2m'" },
    { "min=", 2, "the parameter 'min' of slow is a duration, not ''", "from 1us to 1m" },
    { "room=1.5K5", 2, "the parameter 'room' of slow is a size, not '1.5K5'", "at least 512" },
    { "room=511", 2, "the parameter 'room' of slow is at least 512, not '511'" },
    { "depth=10", 2, "the parameter 'depth' of slow is from -2 to 9, not '10'" },
    { "depth=1.5", 2, "the parameter 'depth' of slow is a whole number, not '1.5'", "from -2 to 9" },
    { "mode=raed", 2, "the parameter 'mode' of slow is one of read, write, not 'raed'", "did you mean read?" },
    { "all=maybe", 2, "the parameter 'all' of slow is true or false, not 'maybe'" },
    { "pids=1,100", 2, "the parameter 'pids' of slow is at most 99, not '1,100'" },
    { "pids=1,,2", 2, "the parameter 'pids' of slow is a list of whole numbers or of texts, not '1,,2'",
      "at most 99" },
    { "label='\"", 2, "the parameter 'label' of slow is a text, not ''\"'",
      "without NUL bytes, and with quotes of one kind" },
    { "filter=", 2, "the parameter 'filter' of slow is an expression, not ''", "such as count > 4096" },
    { "func=", 2, "the parameter 'func' of slow is the name of a function, not ''",
      "such as vfs_read, or another place" },
    { "func=vfs_raed", 3, "the parameter 'func' of slow: this kernel has no function 'vfs_raed' that BTF describes",
      "did you mean vfs_read?" },
    { "filter=file->f_pth", 2,
      "the parameter 'filter' of slow: struct file has no member 'f_pth'\n    file->f_pth\n          ^^^^^",
      "did you mean f_path or f_pos?" },
    { "kind=", 2, "the parameter 'kind' of slow is the name of a type, not ''", "such as struct bio" },
    { "mn=1", 2, "slow has no parameter 'mn'", "did you mean min?" },
    { "xyzzy=1", 2, "slow has no parameter 'xyzzy'",
      "parameters are func, min, room, depth, label, mode, all, pids, names, kind, filter" },
    { "vfs_write", 2, "what is 'vfs_write'?", "behind a script stand its parameters, as name=value" },
    { "--min=1ms", 2, "what is '--min=1ms'?",
      "ksnoop help options shows the options; a parameter is written as name=value" },
  }
  for _, case in ipairs(refusals) do
    it("refuses " .. case[1], function()
      local r = run("slow.lua", case[1])
      assert.equal("ksnoop: " .. case[3] .. "\n" .. (case[4] and "hint: " .. case[4] .. "\n" or ""), r.err)
      assert.equal(case[2], r.code)
    end)
  end

  it("names the parameter whose place or type is not there, wherever it stands", function()
    ks.write(folder .. "/places.lua", [[
local ks = require "ksnoop"
return ks.recipe {
  params = { free = ks.param.func { "return:vfs_write", "where it ends" },
    funcs = ks.param.list { { "vfs_read" }, "functions" }, type = ks.param.type { "struct file", "a type" } },
  build = function(p)
    ks.call(p.funcs) {}
    ks.probe(("*(%s *x)"):format(p.type)) {}
    ks.span { open = { "vfs_read", key = "file" }, close = { p.free, key = "file" } }
  end }]])
    for word, said in pairs {
      ["free=vfs_wriet"] =
        "the parameter 'free' of places: this kernel has no function 'vfs_wriet' that BTF describes\n",
      ["free=return:vfs_wriet"] =
        "the parameter 'free' of places: this kernel has no function 'vfs_wriet' that BTF describes\n",
      ["funcs=vfs_write,vfs_raed"] =
        "the parameter 'funcs' of places: this kernel has no function 'vfs_raed' that BTF describes\n",
      ["funcs="] = "the parameter 'funcs' of places: a call needs a place\n",
      ["type=struct fiel"] = "the parameter 'type' of places: this kernel has no type 'struct fiel'\n",
    } do
      local r = run("places.lua", word)
      assert.equal("ksnoop: " .. said, r.err:match "^[^\n]*\n")
      assert.equal((word:match "^type" or word == "funcs=") and 2 or 3, r.code)
    end
  end)

  it("says what a kernel has not that it needs, since when others have it, and what to use instead", function()
    local function needing(needs)
      ks.write(folder .. "/waits.lua", ([[
local ks = require "ksnoop"
return ks.recipe { needs = %s, build = function() ks.probe "vfs_read" {} end }]]):format(needs))
      local r = run "waits.lua"
      return r.code, r.err
    end
    assert.same({ 0, "" }, { needing '{ "vfs_read", { "vfs_raed", "struct file.f_mode", since = "5.19" } }' })
    assert.same({ 3, "ksnoop: waits needs vfs_raed, which this kernel has not\n" }, { needing '{ "vfs_raed" }' })
    assert.same({ 3, "ksnoop: waits needs tp:no_such or struct none, which this kernel has not\n"
      .. "hint: kernels have it since 5.19; the nearest recipe that works is mutexes\n" },
      { needing '{ { "tp:no_such", "struct none", since = "5.19", instead = "mutexes" } }' })
    assert.equal("ksnoop: waits needs vfs_raed, which this kernel has not\nhint: kernels have it since 7.1\n",
      select(2, needing '{ { "vfs_raed", since = "7.1" } }'))
    -- where another script uses it, that is to blame
    assert.equal("t.lua:3: waits needs vfs_raed, which this kernel has not\n",
      use 'require "waits" {}'.err:match "^[^\n]*\n")
    local r = ks.run("check", folder .. "/waits.lua", "--btf", ks.btf())
    assert.equal(3, r.code)
    assert.is_truthy(r.out:find("waits needs vfs_raed, which this kernel has not", 1, true), r.out)
    for needs, said in pairs {
      ['"vfs_read"'] = "needs is a list, not a string",
      ["{ 7 }"] = "what a recipe needs is a place or a table, not a number",
      ["{ {} }"] = "a need names nothing",
      ["{ { 'vfs_read', since = 5.19 } }"] = "what a recipe needs is said in strings, and this is a number",
      ["{ { 'vfs_read', sinec = '5.19' } }"] = "what a recipe needs has no option 'sinec'",
    } do
      local status, err = needing(needs)
      assert.equal("waits.lua:2: " .. said, err:match "^[^\n]*")
      assert.equal(2, status)
    end
  end)

  it("refuses what is given twice, and what a plain script is given", function()
    assert.equal("ksnoop: the parameter 'min' is given twice\n", run("slow.lua", "min=1s", "min=2s").err)
    ks.write(folder .. "/plain.lua", "require 'ksnoop'.probe 'vfs_read' {}")
    assert.equal("ksnoop: what is 'min=1s'?\nhint: the script takes no parameters: it does not return a recipe\n",
      run("plain.lua", "min=1s").err)
  end)

  it("that must be given something says so", function()
    ks.write(folder .. "/needs.lua", [[
local ks = require "ksnoop"
return ks.recipe { params = { func = ks.param.func { false, "what to time" } }, build = function(p)
  ks.probe(p.func) {} end }]])
    assert.equal("ksnoop: needs needs the parameter 'func'\nhint: what to time\n", run "needs.lua".err)
    assert.equal(0, run("needs.lua", "func=vfs_read").code)
    assert.is_truthy(ks.run(folder .. "/needs.lua", "--help").out:find("func  func  (needed)  what to time\n", 1, true))
  end)

  -- a line of a script, and what is said of it behind "t.lua:3: "
  local mistakes = {
    { 'slow { min = true }', "the parameter 'min' of slow is a duration, not 'true'", "hint: from 1us to 1m" },
    { 'slow { min = -1 }', "the parameter 'min' of slow is a duration, not '-1'", "hint: from 1us to 1m" },
    { 'slow { pids = { 1, "x" } }', "the parameter 'pids' of slow is a list of whole numbers or of texts, not "
      .. "{ 1, 'x' }", "hint: at most 99" },
    { 'slow { pids = { a = 1 } }', "the parameter 'pids' of slow is a list of whole numbers or of texts, not { a = 1 }",
      "hint: at most 99" },
    { 'slow { pids = { 5, 100 } }', "the parameter 'pids' of slow is at most 99, not { 5, 100 }" },
    { 'slow { pids = { 1, 2, 3, 4, 5, 6, 7, 8, 999 } }', "the parameter 'pids' of slow is at most 99, not "
      .. "{ 1, 2, 3, 4, 5, 6, 7, 8, ... }" },
    { 'slow { min = {} }', "the parameter 'min' of slow is a duration, not {}", "hint: from 1us to 1m" },
    { 'slow { mode = 7 }', "the parameter 'mode' of slow is one of its choices, not '7'", "hint: one of read, write" },
    { 'slow { all = "1" }', "the parameter 'all' of slow is true or false, not '1'" },
    { 'slow { kind = false }', "the parameter 'kind' of slow is the name of a type, not 'false'",
      "hint: such as struct bio" },
    { 'slow { room = "4X" }', "the parameter 'room' of slow is a size, not '4X'", "hint: at least 512" },
    { 'slow { filter = 5 }', "the parameter 'filter' of slow is an expression, not '5'",
      "hint: such as count > 4096" },
    { 'slow { depth = 2 ^ 60 }', "the parameter 'depth' of slow is a whole number, not '1.1529215046068e+18'",
      "hint: from -2 to 9" },
    { 'slow { label = 7 }', "the parameter 'label' of slow is a text, not '7'",
      "hint: without NUL bytes, and with quotes of one kind" },
    { 'slow { flter = "pid" }', "slow has no parameter 'flter'", "hint: did you mean filter?" },
    { 'slow "5ms"', "slow takes a table, not a string", 'hint: require "slow" { name = value, sink, ... }' },
    { 'slow { nil, ks.count() }', "entry 1 of slow is nil",
      "hint: a name that was never set? false is skipped, nil is not" },
    { 'ks.recipe {}', "build of ks.recipe is a function, not a nil", "hint: build = function(p) ... end" },
    { 'ks.recipe { param = {} }', "ks.recipe has no option 'param'", "hint: did you mean params?" },
    { 'ks.recipe { build = print, params = { out = 1 } }', "a parameter can't be called 'out'",
      "hint: p.out is where the caller's sinks are" },
    { 'ks.recipe { build = print, params = { min = 1 } }', "the parameter 'min' is a number, not made by ks.param",
      'hint: min = ks.param.integer { 10, "what it is for" }' },
    { 'ks.param.integr { 1, "x" }', "there is no ks.param.integr", "hint: did you mean integer?" },
    { 'ks.param.integer { "x", "y" }', "the default of ks.param.integer is a whole number, not 'x'",
      "hint: such as 10, -1 or 0x1f" },
    { 'ks.param.integer { 5, "y", max = 4 }', "the default of ks.param.integer is at most 4, not '5'" },
    { 'ks.param.integer { 5 }', "ks.param.integer needs a text that says what it is for",
      'hint: ks.param.integer { default, "what it is for" }' },
    { 'ks.param.integer { nil, "x" }', "ks.param.integer has no default",
      "hint: false, but of a boolean, is for one that must be given" },
    { 'ks.param.string { "a", "x", min = 1 }', "ks.param.string has no min or max",
      "hint: they are for durations, integers, lists and sizes" },
    { 'ks.param.choice { "a", "x" }', "ks.param.choice needs choices",
      'hint: such as choices = { "read", "write" }' },
    { 'ks.recipe { build = function(p) return p.nothing end } {}', "the recipe has no parameter 'nothing'" },
  }
  for _, case in ipairs(mistakes) do
    it("says what is wrong with " .. case[1], function()
      local r = use(case[1])
      local message = case[2]:gsub("the recipe has", "t has")
      assert.equal(("t.lua:3: %s\n    %s\n%s"):format(message, case[1], case[3] and case[3] .. "\n" or ""), r.err)
      assert.equal(2, r.code)
    end)
  end

  it("blames the caller for an error in the caller's text, and itself for its own", function()
    assert.equal([[
t.lua:4: the parameter 'filter' of slow: struct file has no member 'f_pth'
    slow { min = "5ms", filter = "file->f_pth" }
                                        ^^^^^
hint: did you mean f_path or f_pos?
]], use 'slow {}\nslow { min = "5ms", filter = "file->f_pth" }'.err)
    ks.write(folder .. "/bad.lua", [[
local ks = require "ksnoop"
return ks.recipe { build = function()
  return ks.probe "vfs_read" { where = "cuont > 1" }
end }]])
    local said = "bad.lua:3: vfs_read has no argument 'cuont', and nothing else has that name\n"
    assert.equal(said, run "bad.lua".err:match "^[^\n]*\n")
    assert.equal(said, use 'require "bad" {}'.err:match "^[^\n]*\n")
  end)
end)

describe("require", function()
  local home, elsewhere, clean_home, clean_elsewhere

  before_each(function()
    home, clean_home = ks.folder()
    elsewhere, clean_elsewhere = ks.folder()
    ks.shell(("mkdir -p %s/bin %s/share/ksnoop/recipes %s/scripts %s/data/ksnoop %s/.local/share/ksnoop"):format(
      home, home, home, home, home))
    ks.shell(("chmod -R go-w %s; cp %s %s/bin/ksnoop"):format(home, ks.quote(ks.binary), home))
    ks.write(home .. "/scripts/t.lua", 'require "ksnoop".probe(require "recipe") {}')
  end)
  after_each(function()
    clean_home()
    clean_elsewhere()
  end)

  local function put(folder, place)
    ks.write(folder .. "/recipe.lua", ("return %q"):format(place))
  end

  local function found(environment)
    local r = ks.shell(("cd %s && HOME=%s %s %s/bin/ksnoop --btf %s --dump layout %s/scripts/t.lua"):format(
      elsewhere, home, environment or "", home, ks.btf(), home))
    return r.code == 0 and r.out:match "^([^\n]+):\n" or r.err
  end

  it("finds recipes beside the script, then in the user's folder, then in the installation", function()
    put(elsewhere, "vfs_open")
    assert.is_truthy(found():find("module 'recipe' not found", 1, true))
    put(home .. "/share/ksnoop/recipes", "vfs_open")
    assert.equal("vfs_open", found())
    put(home .. "/.local/share/ksnoop", "vfs_read")
    assert.equal("vfs_read", found())
    assert.equal("vfs_open", found("XDG_DATA_HOME=" .. home .. "/data"))
    put(home .. "/data/ksnoop", "vfs_write")
    assert.equal("vfs_write", found("XDG_DATA_HOME=" .. home .. "/data"))
    assert.equal("vfs_read", found "XDG_DATA_HOME=.") -- a relative one is none
    put(home .. "/scripts", "vfs_open")
    assert.equal("vfs_open", found("XDG_DATA_HOME=" .. home .. "/data"))
  end)

  it("does not load them where others can write", function()
    put(home .. "/.local/share/ksnoop", "vfs_read")
    ks.shell(("chmod 777 %s/.local/share/ksnoop"):format(home))
    assert.is_truthy(found():find("/.local/share/ksnoop: others can write to it", 1, true))
    put(home .. "/share/ksnoop/recipes", "vfs_open")
    assert.equal("vfs_open", found())
    ks.shell(("chmod 666 %s/share/ksnoop/recipes/recipe.lua"):format(home))
    assert.is_truthy(found():find("recipes/recipe.lua: others can write to it", 1, true))
  end)
end)
