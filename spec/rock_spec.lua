--- The rock: what luarocks builds from the rockspec is the module, for a stock luajit.

local function sh(command)
  local pipe = assert(io.popen(("(%s) 2>&1; echo \"exit $?\""):format(command)))
  local output, code = pipe:read "*a":match "^(.*)exit (%d+)\n$"
  pipe:close()
  return tonumber(code), output
end

local function rockspec()
  local env = {}
  setfenv(assert(loadfile "rockspec/ksnoop-scm-1.rockspec"), env)()
  return env
end

describe("the rockspec", function()
  it("lists every Lua file once, under the name that require knows", function()
    local expected = {}
    for path in io.popen "ls lua/ksnoop/*.lua":lines() do
      local name = path:match "([^/]+)%.lua$"
      expected[name == "init" and "ksnoop" or "ksnoop." .. name] = path
    end
    for path in io.popen "ls lua/ksnoop/recipes/*.lua":lines() do
      expected["ksnoop.recipes." .. path:match "([^/]+)%.lua$"] = path
    end
    assert.is_string(expected.ksnoop)
    assert.same(expected, rockspec().build.install.lua)
  end)
end)

describe("the rock", function()
  local tree, script

  -- Runs Lua text in a stock luajit that finds modules in the tree and nowhere else.
  local function luajit(text)
    local file = assert(io.open(script, "w"))
    file:write(text)
    file:close()
    return sh(("cd / && LUA_PATH='%s/share/lua/5.1/?.lua;%s/share/lua/5.1/?/init.lua' "
      .. "LUA_CPATH='%s/lib/lua/5.1/?.so' luajit %s"):format(tree, tree, tree, script))
  end

  setup(function()
    local _, output = sh "mktemp -d"
    tree = output:match "%S+"
    script = tree .. "/script.lua"
    local code
    code, output = sh(("make rock TREE=%s"):format(tree))
    assert(code == 0, output)
  end)

  teardown(function()
    os.execute("rm -rf " .. tree)
  end)

  it("is what a stock luajit requires, of the program's version", function()
    local code, output = luajit 'print((require "ksnoop").version)'
    assert.equal(0, code, output)
    local _, program = sh((os.getenv "KSNOOP" or "build/ksnoop") .. " --version")
    assert.equal(program, "ksnoop " .. output)
  end)

  it("has the library of recipes", function()
    local code, output = luajit [[
      local ks = require "ksnoop"
      local slow = require "ksnoop.recipes.slow"
      print(pcall(slow, { mn = "5ms" }))]]
    assert.equal(0, code, output)
    assert.matches("slow has no parameter 'mn'", output, 1, true)
    assert.matches("did you mean min", output, 1, true)
  end)

  it("names its native half when that is missing", function()
    local native = tree .. "/lib/lua/5.1/ksnoop/native.so"
    assert(os.rename(native, native .. ".away"))
    local code, output = luajit 'require "ksnoop"'
    assert(os.rename(native .. ".away", native))
    assert.equal(1, code)
    assert.matches("the native half of the module is not installed", output, 1, true)
  end)

  it("defines probes by the types of a kernel, and blames the script's line", function()
    local btf = io.open "/sys/kernel/btf/vmlinux"
    if not btf then
      pending "this machine's kernel has no BTF to read"
      return
    end
    btf:close()
    local code, output = luajit [[
      local ks = require "ksnoop"
      ks.probe "vfs_read" { where = "count > 4096", ks.print "{pid} {count|size}" }
      print "defined"]]
    assert.equal("defined\n", output)
    assert.equal(0, code)

    code, output = luajit [[
      local ks = require "ksnoop"
      ks.probe "vfs_read" { where = "counter > 4096" }]]
    assert.equal(1, code)
    assert.matches("script.lua:2: ", output, 1, true)
    assert.matches("did you mean count", output, 1, true)
  end)
end)
