--- Colours: when there are any, where, and that nothing else changes.
local ks = require "spec.support.ks"

local script = [[
local ks = require "ksnoop"
local n, spread = ks.count { by = "comm" }, ks.hist { "took", over = "1s" }
for i = 1, 3 do n { comm = i == 3 and "dd" or "cat" } end
for i = 1, 40 do spread { took = i, time = math.floor(i / 10) * 1e9 } end
local plain = ks.hist { "took" }
plain { took = 5 } plain { took = 100 }
n:print() n:print { limit = 1 } spread:print() plain:print()
n:print { as = "csv" } n:print { as = "json" } n:print { to = os.getenv "FOLDER" .. "/rows" }
local out = ks.test(function()
  ks.call "vfs_read" { ks.print "{comm} {retval} {count}" }
end, { { "vfs_read", retval = -2, comm = "-EIO x-EIO", count = 1 } })
assert(not out.text:find "\27")
os.exit(0)
]]

describe("colours", function()
  local folder, clean, path

  setup(function()
    folder, clean = ks.folder()
    path = ks.write(folder .. "/t.lua", script)
  end)
  teardown(function() clean() end)

  -- What the script prints: into a pipe, or onto a terminal.
  local function printed(environment, options, on_terminal)
    local command = ("%s --btf %s %s %s"):format(ks.quote(ks.binary), ks.btf(), options, path)
    if on_terminal then
      command = ("script -qec %s /dev/null"):format(ks.quote(command))
    end
    local r = ks.shell(("env -u NO_COLOR TERM=xterm LC_ALL=C FOLDER=%s env %s %s"):format(folder, environment, command))
    assert.equal(0, r.code, r.out .. r.err)
    return (r.out:gsub("\r\n", "\n"))
  end

  local function has_colours(text)
    return text:find("\27", 1, true) ~= nil
  end

  it("are on a terminal that has them, and where they are asked for", function()
    local on, off = true, false
    for _, case in ipairs {
      { on, "", "", true }, { off, "", "", false }, { off, "TERM=dumb", "", true }, { off, "-u TERM", "", true },
      { off, "NO_COLOR=1", "", true }, { off, "NO_COLOR=0", "", true }, { on, "NO_COLOR=", "", true },
      { on, "", "--color always", false }, { on, "NO_COLOR=1 TERM=dumb", "--color always", false },
      { off, "", "--color never", true }, { on, "NO_COLOR=1", "--color=always", true },
      { on, "", "--color auto", true }, { off, "", "--color auto", false }, { off, "", "--color always -f json", true },
    } do
      assert.equal(case[1], has_colours(printed(case[2], case[3], case[4])), table.concat({ case[2], case[3],
        tostring(case[4]) }, "; "))
    end
  end)

  it("change nothing but the colour", function()
    local bare, coloured = printed("", "", false), printed("", "--color always", false)
    assert.is_false(has_colours(bare))
    assert.equal(bare, (coloured:gsub("\27%[[%d;]*m", "")))
    -- Each that begins ends, in its line.
    for line in coloured:gmatch "[^\n]+" do
      local begun = select(2, line:gsub("\27%[%d+m", "")) - select(2, line:gsub("\27%[0m", ""))
      assert.is_true(begun >= 0)
      assert.is_truthy(not has_colours(line) or line:find "^.*\27%[0m[^\27]*$", line)
    end
  end)

  it("are those of the palette", function()
    local out = printed("", "--color always", false)
    assert.is_truthy(out:find("\27[1mcount by comm (t.lua:2)\27[0m\n", 1, true), out)
    assert.is_truthy(out:find("\27[2mCOUNT\27[0m  \27[2mCOMM\27[0m\n", 1, true), out)
    assert.is_truthy(out:find("  \27[2m(1 more key)\27[0m\n", 1, true), out)
    assert.is_truthy(out:find("|\27[36m####", 1, true), out)
    assert.is_truthy(out:find("\27[31m@", 1, true), out) -- the most of a map
    assert.is_falsy(ks.read(folder .. "/rows"):find("\27", 1, true))
    local csv = out:match "\ncomm,count\n.*"
    assert.is_falsy(csv and has_colours(csv), csv)
  end)

  it("of an event are those of a failure in it", function()
    local terminal = ks.require "ksnoop.terminal"
    local text = "dd -ENOENT x-EIO 12 -E2BIG -7 -Ex\n"
    assert.equal(text, terminal.paint_event(text))
    terminal.decide { color = "always" }
    assert.equal("dd \27[31m-ENOENT\27[0m x-EIO 12 \27[31m-E2BIG\27[0m -7 -Ex\n", terminal.paint_event(text))
    terminal.decide { color = "always", format = "json" }
    assert.equal(text, terminal.paint_event(text))
  end)

  it("are asked for in a word that there is", function()
    local r = ks.run("--color", "allways", path)
    assert.same({ 2, "ksnoop: --color is auto, always or never, not 'allways'\nhint: did you mean always?\n" },
      { r.code, r.err })
    r = ks.run("--color", path)
    assert.equal(2, r.code)
  end)
end)
