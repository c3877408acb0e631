--- ks.live: what is on the screen, read back from a terminal that is not there.
local ks = require "spec.support.ks"

ks.require "ksnoop.core" -- builds what the driver loads
local screen = ks.build "guest/screen"

-- What each script has: view(f) adds a view, turn() gives each its turn, sleep(ms), finish(), event(text).
local driver = [[
local live, output = require "ksnoop.live", require "ksnoop.output"
local trace = { options = { format = "text" } }
local views, picture = {}, nil
local function run(f)
  output.flush()
  local ok, e = pcall(f)
  if not ok then
    output.aside("error: " .. tostring(e) .. "\n")
  end
end
local function view(f)
  views[#views + 1] = { f = f }
end
local function turn()
  picture = picture or live.new(trace, views, run)
  for _, v in ipairs(views) do
    picture:turn(v)
  end
end
local function finish()
  picture:finish()
  output.flush()
end
local function event(text)
  output.write(text .. "\n")
  output.flush()
end
local function sleep(ms)
  os.execute(("sleep %.3f"):format(ms / 1000))
end
local n = 0
local function counted(lines)
  return function()
    n = n + 1
    for i = 1, lines do
      print(("turn %d line %d"):format(n, i))
    end
  end
end
]]

describe("a live view", function()
  local folder, clean
  setup(function() folder, clean = ks.folder() end)
  teardown(function() clean() end)

  local function script(text)
    return ("LUA_PATH='%s/lua/?.lua;%s/lua/?/init.lua' LUA_CPATH='%s/build/spec/?.so' luajit %s"):format(ks.root,
      ks.root, ks.root, ks.write(folder .. "/driver.lua", driver .. text))
  end

  -- What is on a screen at the end, and how many lines went off its top.
  local function shown(size, text, environment)
    local r = ks.shell(("%s %s %s -- sh -c %s"):format(environment or "TERM=xterm", screen, size,
      ks.quote(script(text))))
    assert.equal(0, r.code, r.err)
    local err, scrolled = r.err:match "^(.*)scrolled (%d+)\n$"
    return r.out, tonumber(scrolled), err
  end

  local function piped(text)
    local r = ks.shell("TERM=xterm " .. script(text))
    assert.equal(0, r.code, r.err)
    return r.out
  end

  it("replaces what it showed, also when there are more lines or fewer", function()
    local text = [[
      view(function()
        n = n + 1
        print("turn " .. n)
        for i = 1, ({ 3, 5, 1, 2 })[n] do print(("line %d of turn %d"):format(i, n)) end
      end)
      turn() turn() turn() finish()]]
    assert.equal("turn 4\nline 1 of turn 4\nline 2 of turn 4\n", (shown("40x10", text)))
    assert.equal([[
turn 1
line 1 of turn 1
line 2 of turn 1
line 3 of turn 1

turn 2
line 1 of turn 2
line 2 of turn 2
line 3 of turn 2
line 4 of turn 2
line 5 of turn 2

turn 3
line 1 of turn 3

turn 4
line 1 of turn 4
line 2 of turn 4
]], piped(text))
  end)

  it("stays below what else is printed, and takes all that its function prints", function()
    local text = [[
      view(function()
        n = n + 1
        print("turn " .. n) output.write "ours\n" output.flush() io.write "theirs\n" output.flush()
        os.execute "echo a child"
      end)
      event "before" turn() event "one" print "two" turn() event "three" event "four" turn()
      print "five" finish() event "after"]]
    assert.same({ "before\none\ntwo\nthree\nfour\nfive\nturn 4\nours\ntheirs\na child\nafter\n", 0, "" },
      { shown("40x20", text) })
  end)

  it("says on stderr what went wrong, and goes on below", function()
    local out, _, err = shown("40x20", [[
      view(function() n = n + 1 print("turn " .. n) if n == 2 then error("no", 0) end end)
      turn() turn() turn() finish()]])
    assert.equal("error: no\n", err)
    assert.equal("turn 1\nturn 4\n", out) -- on a terminal the error stands between these
  end)

  it("shows several views as one picture", function()
    assert.equal("a 3\na\n\nb 3\n", (shown("40x20", [[
      local a, b = 0, 0
      view(function() a = a + 1 print("a " .. a) print "a" end)
      view(function() b = b + 1 print("b " .. b) end)
      turn() turn() finish()]])))
  end)

  it("cuts what has no room: lines at the right, and the last ones", function()
    local text = "view(counted(9)) turn() turn() finish()"
    local out, scrolled = shown("10x5", text)
    assert.same({ "turn 3 lin\nturn 3 lin\nturn 3 lin\n(6 more li\n", 0 }, { out, scrolled })
    assert.equal("t\nt\nt\n(\n", (shown("1x5", text)))
    assert.equal(0, (select(2, shown("1x5", text))))
    assert.equal("turn 3 line 1\n", (shown("20x2", "view(counted(1)) turn() turn() finish()")))
    assert.equal("", (shown("20x1", text)))
  end)

  it("counts characters, not bytes; keeps colours; nothing of it moves the cursor", function()
    local out = shown("8x9", [[
      view(function()
        print "▁▂▃▄▅▆▇█▇▆▅"
        print "\27[31mred and long\27[0m"
        print "a\tb\tc"
        print "x\27[2Jy\7\rz"
        print "\255\254bad"
      end)
      turn() finish()]])
    assert.equal("▁▂▃▄▅▆▇█\nred and\na\nx[2Jyz\n", out:match "^.-\n.-\n.-\n.-\n")
  end)

  it("gives each character the columns that a terminal gives it", function()
    local out = shown("8x9", [[
      view(function()
        print "中文中文中文"
        print "a中文中文中文"
        print "x\194\1552Jy"
      end)
      turn() finish()]])
    -- Columns of the screen that the test has are one a character: the frame's lines are what counts.
    assert.equal("中文中文\na中文中\nx2Jy\n", out)
  end)

  it("is as wide as its terminal also in what aggregations draw", function()
    for size, width in pairs { ["120x9"] = 120, ["40x9"] = 40 } do
      assert.equal(width .. "\n", (shown(size, [[
        local terminal = require "ksnoop.terminal"
        view(function() print(terminal.width()) end)
        turn() finish()]])))
    end
  end)

  it("is drawn anew on a terminal of another size", function()
    assert.equal("turn 5 l\nturn 5 l\n", (shown("40x10 600:8x4 1200:8x6", [[
      view(counted(2)) turn() turn() sleep(800) turn() sleep(600) turn() finish()]])))
  end)

  it("shows snapshots of the end below the last", function()
    assert.equal("turn 2 line 1\nturn 3 line 1\n", (shown("40x10", [[
      local f = counted(1)
      view(function() f() trace.took = true end)
      turn() turn() finish()]])))
  end)

  it("is blocks on a terminal that can't, and lines alone under -f json", function()
    local text = "view(counted(1)) turn() finish()"
    assert.equal("turn 1 line 1\n\nturn 2 line 1\n", (shown("40x10", text, "TERM=dumb")))
    assert.equal("turn 1 line 1\n\nturn 2 line 1\n", (shown("40x10", text, "env -u TERM")))
    assert.equal("turn 1 line 1\nturn 2 line 1\n", (shown("40x10", "trace.options.format = 'json'\n" .. text)))
  end)

  it("ends when the terminal is gone", function()
    local r = ks.shell(("TERM=xterm timeout 20 %s 40x10 300:hangup -- sh -c %s"):format(screen, ks.quote(
      "trap '' HUP; " .. script [[
      view(counted(2)) turn() sleep(600) turn() turn()
      io.stderr:write(tostring(output.failed ~= nil), "\n")
      finish()]])))
    assert.equal(0, r.code, r.err)
    assert.is_truthy(r.err:find "^true\n", r.err)
    assert.equal("turn 1 line 1\nturn 1 line 2\n", r.out)
  end)

  it("redraws 50 rows of an aggregation 100 times within a second of processor time", function()
    local out = shown("120x60", [[
      local agg = require "ksnoop.agg"
      trace.aggs, trace.files = {}, {}
      local a = agg.new(trace, "sum", { "bytes|size", by = { "pid", "comm", "file" } }, { file = "t.lua", line = 1 })
      for i = 1, 50 do a { pid = i, comm = "comm" .. i, file = "file" .. i, bytes = i * 1000 } end
      view(function() a:print() end)
      local begun = os.clock()
      for i = 1, 100 do a { pid = 7, comm = "comm7", file = "file7", bytes = 1 } turn() end
      local took = os.clock() - begun
      finish()
      print(took < 1 and "in time" or "took " .. took)]])
    local lines = ks.lines(out)
    assert.equal(53, #lines)
    assert.equal("sum of bytes by pid, comm, file (t.lua:1)", lines[1])
    assert.equal("   49K  50   comm50  file50", lines[3])
    assert.equal("in time", lines[53])
  end)
end)
