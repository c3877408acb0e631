--- How much time and memory a script's functions may take, and how they are ended: on events that are made up,
--- in the program.
local ks = require "spec.support.ks"

local folder, clean

-- Runs a script that tests itself. body: of a probe's function, which is given `e`; outside: of the script.
local function run(body, options, outside)
  local path = ks.write(folder .. "/t.lua", ([[
local ks = require "ksnoop"
%s
ks.test(function()
  ks.probe "vfs_read" { capture = {}, function(e)
    %s
  end }
end, { { "vfs_read", count = 1 } })
]]):format(outside or "", body))
  local words = { "--btf", ks.btf(), unpack(options or {}) }
  words[#words + 1] = path
  local r = ks.run(unpack(words))
  r.err = r.err:gsub(folder:gsub("%p", "%%%0") .. "/", "")
  return r
end

local quick = { "--callback-timeout", "100ms" }

describe("a function that does not end", function()
  setup(function() folder, clean = ks.folder() end)
  teardown(function() clean() end)

  it("is ended where it is compiled, and in C functions; the message names its probe", function()
    for _, body in ipairs { "while true do end",
      "while true do (('a'):rep(100000)):find(('.-'):rep(20) .. 'b') end",
      "while true do (('x'):rep(1000000)):len() end" } do
      local r = run(body, quick)
      assert.equal(70, r.code, body .. r.err)
      assert.equal("ksnoop: this function has had 0.1 seconds of processor time, and can't be interrupted\n"
        .. "    in a function of vfs_read\n", r.err)
    end
  end)

  it("is interrupted where it is not; the message names its line", function()
    local r = run("local function inner() while true do end end inner()", quick, "jit.off()")
    assert.equal(70, r.code)
    assert.matches("^ksnoop: this function has had 0.1 seconds of processor time\n    at t.lua:5\n", r.err)
    assert.matches("\nhint: %-%-callback%-timeout allows more\n$", r.err)
  end)

  it("is ended also when it catches what interrupts it, and its line is known", function()
    local r = run("while true do pcall(function() while true do end end) end", quick, "jit.off()")
    assert.equal(70, r.code)
    assert.matches("can't be interrupted\n    at t.lua:5\n    in a function of vfs_read\n", r.err, 1, true)
    r = run("pcall(function() while true do end end)", quick, "jit.off()") -- and then it ends
    assert.equal(70, r.code)
    assert.matches("    at t.lua:5\n", r.err, 1, true)
  end)

  it("may be the script itself, a recipe's build or what is asked of the trace", function()
    local r = run("", quick, "jit.off()\nwhile true do end")
    assert.same({ 70, "ksnoop: this function has had 0.1 seconds of processor time\n    at t.lua:3\n"
      .. "hint: --callback-timeout allows more\n" }, { r.code, r.err })
    ks.write(folder .. "/t.lua", 'local ks = require "ksnoop"\nreturn ks.recipe { build = function()\n'
      .. "jit.off()\nwhile true do end end }")
    r = ks.run("--callback-timeout", "100ms", "--btf", ks.btf(), folder .. "/t.lua")
    assert.equal(70, r.code)
    assert.matches("/t.lua:4\n", r.err, 1, true)
    r = run("", quick, "local n = ks.count 'comm'\nwhile true do n:rows() end") -- ours ends, and is begun anew
    assert.equal(70, r.code)
  end)

  it("can be given more time, or all of it", function()
    local spin = "local c = os.clock() while os.clock() - c < 1.5 do end print 'done'"
    for _, time in ipairs { "20s", "inf" } do
      local r = run(spin, { "--callback-timeout", time })
      assert.same({ 0, "" }, { r.code, r.err })
    end
    local r = run(spin, {}, "ks.options { callback_timeout = 0.1 }")
    assert.equal(70, r.code)
    r = run(spin, { "--callback-timeout", "20s" }, "ks.options { callback_timeout = 0.1 }")
    assert.equal(0, r.code) -- the command line wins
  end)

  it("is one function: many that are short may take as long as they like together", function()
    local r = run("local c = os.clock() while os.clock() - c < 0.03 do end", quick,
      "local many = {} for i = 1, 30 do many[i] = { 'vfs_read' } end\n"
      .. "ks.test(function() ks.probe 'vfs_read' { capture = {}, function() local c = os.clock() "
      .. "while os.clock() - c < 0.03 do end end } end, many)")
    assert.same({ 0, "" }, { r.code, r.err })
  end)

  it("is no longer waited for when it waits for something", function()
    local r = run("os.execute 'sleep 0.5'", quick)
    assert.same({ 0, "" }, { r.code, r.err })
  end)
end)

describe("memory of a script's functions", function()
  setup(function() folder, clean = ks.folder() end)
  teardown(function() clean() end)

  local little = { "--max-lua-mem", "16M" }

  it("is limited: what keeps everything ends, whatever it catches in between", function()
    for _, body in ipairs { "local t = {} while true do t[#t + 1] = {} end", "local s = ('x'):rep(2 ^ 30)",
      "local t = {} while true do t[#t + 1] = tostring(#t) end",
      "local ffi = require 'ffi' local t = {} while true do t[#t + 1] = ffi.new 'char[10000]' end" } do
      local r = run(body, little)
      assert.equal(71, r.code, body .. r.err)
      assert.matches("^ksnoop: the script's functions need more memory than they may have\n", r.err)
    end
  end)

  it("is collected in time: garbage alone never ends a run", function()
    local r = run("local n = 0 for i = 1, 2e6 do local t = { { i } } n = n + #t end print(n)", little,
      "collectgarbage 'stop'")
    assert.same({ 0, "" }, { r.code, r.err })
    r = run("for i = 1, 300 do local s = ('x'):rep(1000000 + i) end", little) -- large pieces
    assert.same({ 0, "" }, { r.code, r.err })
    -- half of it lives, as much again comes and goes many times
    r = run("local kept = {} for i = 1, 100000 do kept[i] = { i } end for i = 1, 2e6 do local t = { i } end", little)
    assert.same({ 0, "" }, { r.code, r.err })
  end)

  it("can be more, and a script that catches the error goes on", function()
    local r = run("print(pcall(function() local t = {} for i = 1, 1e6 do t[i] = { i } end end))", little)
    assert.same({ 0, "" }, { r.code, r.err })
    r = run("local s = ('x'):rep(2 ^ 25)", {}, "ks.options { max_lua_mem = '16M' }")
    assert.equal(71, r.code)
    r = run("local s = ('x'):rep(2 ^ 25)", {})
    assert.equal(0, r.code)
  end)
end)

-- Both end a function by a hook, of which Lua has one.
describe("time and memory together", function()
  setup(function() folder, clean = ks.folder() end)
  teardown(function() clean() end)

  -- spin() is compiled and has more time than the 0.1 s, so that the interruption waits behind it.
  local compiled = [[
local ffi = require "ffi"
ffi.cdef "long clock(void);"
local function spin(us) local till = ffi.C.clock() + us while ffi.C.clock() < till do end end
local function waste(n) jit.off(true) for i = 1, n do local s = ("x"):rep(6e6 + i) end end
local function forever() jit.off(true) while true do end end
]]

  it("leave a function that is late interrupted, where memory is short before it is", function()
    local r = run("spin(200000) waste(4) forever()", { "--callback-timeout", "100ms", "--max-lua-mem", "16M" },
      compiled)
    assert.equal(70, r.code, r.err)
    assert.matches("^ksnoop: this function has had 0.1 seconds of processor time\n    at t.lua:%d+\n", r.err)
  end)
end)

describe("limits that make no sense", function()
  setup(function() folder, clean = ks.folder() end)
  teardown(function() clean() end)

  it("are refused by name", function()
    for _, time in ipairs { "0", "1ms", "-1s", "soon", "", "nan" } do
      local r = run("", { "--callback-timeout", time })
      assert.same({ 2, ("ksnoop: '%s' is no time for a function\n"
        .. "hint: such as 500ms or 5s, from 10ms on; or inf\n"):format(time) }, { r.code, r.err })
    end
    for _, size in ipairs { "0", "1M", "-1", "much", "1.5", "9999G" } do
      local r = run("", { "--max-lua-mem", size })
      assert.same({ 2, ("ksnoop: '%s' is no size of memory\nhint: such as 64M or 2G, from 16M on\n"):format(size) },
        { r.code, r.err })
    end
    local r = run("", {}, "ks.options { callback_timeout = 0 / 0 }")
    assert.equal(2, r.code)
  end)

  it("are refused where nobody keeps to them", function()
    local module = ks.require "ksnoop"
    for _, name in ipairs { "callback_timeout", "max_lua_mem" } do
      local ok, e = pcall(module.options, { [name] = "1s" })
      assert.is_false(ok)
      assert.equal(("nobody here keeps to '%s'"):format(name), e.message)
    end
  end)
end)
