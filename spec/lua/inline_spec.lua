-- -e: a script that stands on the command line, where mistakes are found as they are in files.
local ks = require "spec.support.ks"

local function inline(stage, ...)
  return ks.run("--btf", ks.btf(), "--dump", stage, ...)
end

local function refused(expected, ...)
  local r = inline("tokens", ...)
  assert.equal(expected, r.err)
  assert.same({ 2, "" }, { r.code, r.out })
end

describe("-e", function()
  it("runs a script in which ks is the module", function()
    local folder, clean = ks.folder()
    local text = 'ks.probe "vfs_read" { where = "count > 4096", ks.print "{pid} {count}" }'
    local path = ks.write(folder .. "/t.lua", 'local ks = require "ksnoop"\n' .. text)
    local r = inline("layout", "-e", text)
    assert.same({ 0, "" }, { r.code, r.err })
    assert.matches("count", r.out, 1, true)
    assert.equal(inline("layout", path).out, r.out)
    clean()
  end)

  it("takes several texts, a line each, and stands anywhere", function()
    local r = inline("tree", "-e", 'local place = "vfs_read"', "-n", "3", "--eval",
      'ks.probe(place) { where = "count > 1" }')
    assert.same({ 0, "" }, { r.code, r.err })
    assert.matches("^vfs_read:\nwhere: count > 1\n", r.out)
    refused("-e:2: unexpected symbol near '='\n", "-e", "local a", "-e", "b = = 1")
  end)

  it("shows where a mistake is, with a caret", function()
    refused([[
-e:1: vfs_read has no argument 'cuont', and nothing else has that name
    ks.probe "vfs_read" { where = "cuont > 1" }
                                   ^^^^^
hint: did you mean count?
]], "-e", 'ks.probe "vfs_read" { where = "cuont > 1" }')
    refused([[
-e:2: a shift past the 64 bits of its type
    where = "count >> 1K > 0" }
             ^^^^^^^^^^^
]], "-e", 'ks.probe "vfs_read" {\n  where = "count >> 1K > 0" }')
    refused([[
-e:1: ks.probe has no option 'wher'
    ks.probe "vfs_read" { wher = "1" }
hint: did you mean where?
]], "-e", 'ks.probe "vfs_read" { wher = "1" }')
  end)

  it("shows what Lua says of it", function()
    refused("-e:1: unexpected symbol near '='\n", "-e", "x = = 1")
    refused("-e:1: attempt to call field 'prob' (a nil value)\nhint: did you mean probe?\n", "-e",
      'ks.prob "vfs_read" {}')
    refused("-e:1: this will not do\n", "-e", 'error "this will not do"')
    refused("-e:1: unexpected symbol near 'char(27)'\n", "-e", "\27LJ\2") -- bytecode
  end)

  it("gives name=value to the recipe that it returns", function()
    local recipe = [[return ks.recipe { params = { min = ks.param.size { 1, "bytes" } },
      build = function(p) ks.probe "vfs_read" { where = "count > $min" } end }]]
    assert.matches("\n  number 4096 ", inline("tree", "-e", recipe, "min=4K").out, 1, true)
    refused("ksnoop: -e has no parameter 'mim'\nhint: did you mean min?\n", "-e", recipe, "mim=4K")
    refused("ksnoop: what is 'min=4K'?\n"
      .. "hint: the script takes no parameters: it does not return a recipe\n", "-e",
      'ks.probe "vfs_read" {}', "min=4K")
  end)

  it("finds installed recipes, and no module of the current directory", function()
    local r = inline("tree", "-e", 'require "slow" { min = "20ms" }')
    assert.same({ 0, "" }, { r.code, r.err })
    assert.matches("\n  number 20000000ns ", r.out, 1, true)
    local folder, clean = ks.folder()
    ks.write(folder .. "/mine.lua", "return {}")
    r = ks.shell(("cd %s && %s -e 'require \"mine\"'"):format(folder, ks.binary))
    clean()
    assert.equal(2, r.code)
    assert.matches("^%-e:1: module 'mine' not found:", r.err)
    assert.is_nil(r.err:find("no file './mine.lua'", 1, true))
  end)

  it("stands alone: beside it no script, function or command", function()
    for _, word in ipairs { "x.lua", "vfs_read", "info" } do
      refused(("ksnoop: what is '%s'?\n"):format(word)
        .. "hint: the text behind -e is the script; behind it stand parameters alone, as name=value\n",
        "-e", 'ks.probe "vfs_read" {}', word)
    end
    refused("ksnoop: the script defines no probe\nhint: one is: ks.probe \"vfs_read\" {}\n", "-e", "")
    refused("ksnoop: -e needs a value\nhint: ksnoop help options shows the options\n", "-e")
  end)

  it("writes its print to stderr under -f json", function()
    local text = 'print "aside" ks.test(function() ks.probe "vfs_read" {} end, {})'
    local r = ks.run("--btf", ks.btf(), "-f", "json", "-e", text)
    assert.same({ 0, "", "aside\n" }, { r.code, r.out, r.err })
    assert.equal("aside\n", ks.run("--btf", ks.btf(), "-e", text).out)
  end)
end)
