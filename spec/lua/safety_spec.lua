-- What a tracer that runs as root must not do: load what somebody else left lying about.
local ks = require "spec.support.ks"

local function root()
  return ks.shell("id -u").out == "0\n"
end

-- Does this folder's file system honour set-uid? A copy of id tells.
local function set_uid_works(folder)
  local r = ks.shell(([[cp /usr/bin/id %s/id && chmod 4755 %s/id &&
    setpriv --reuid 65534 --regid 65534 --clear-groups %s/id -u; rm -f %s/id]]):format(
      folder, folder, folder, folder))
  return r.out == "0\n"
end

describe("a script's modules", function()
  local home, elsewhere, cleaners

  before_each(function()
    cleaners = {}
    home, cleaners[1] = ks.folder()
    elsewhere, cleaners[2] = ks.folder()
    ks.write(home .. "/t.lua", [[
local ks = require "ksnoop"
local name = require "beside"
ks.probe(name) {}]])
  end)

  after_each(function()
    for _, clean in ipairs(cleaners) do
      clean()
    end
  end)

  local function run(before, folder)
    return ks.shell(("cd %s && %s %s --btf %s --dump layout %s/t.lua"):format(
      folder or elsewhere, before or "", ks.quote(ks.binary), ks.btf(), home))
  end

  it("are found beside it, wherever one stands", function()
    ks.write(home .. "/beside.lua", 'return require "sub.deeper"')
    ks.shell("mkdir " .. home .. "/sub")
    ks.write(home .. "/sub/deeper.lua", 'return "vfs_open"')
    local r = run()
    assert.equal("", r.err)
    assert.equal(0, r.code)
    assert.is_truthy(r.out:find "^vfs_open:\n")
  end)

  it("are not found in the current folder or by the environment", function()
    local canary = elsewhere .. "/canary"
    local trap = ('io.open(%q, "w"):close() return "vfs_open"'):format(canary)
    for _, name in ipairs { "beside", "ksnoop", "cjson", "ffi", "jit", "init" } do
      ks.write(elsewhere .. "/" .. name .. ".lua", trap)
    end
    ks.shell(("cd %s && mkdir ksnoop && cp init.lua ksnoop/cli.lua && cp init.lua ksnoop/core.lua")
      :format(elsewhere))
    local environment = ("LUA_PATH='%s/?.lua;./?.lua' LUA_CPATH='./?.so' LUA_INIT='@%s/init.lua'")
      :format(elsewhere, elsewhere)
    local r = run(environment)
    assert.equal(2, r.code)
    assert.is_truthy(r.err:find("t.lua:2: module 'beside' not found", 1, true), r.err)
    assert.is_falsy(io.open(canary))
    -- The trap is one: a plain luajit walks into it.
    ks.shell(("cd %s && %s luajit -e 'require [[beside]]'"):format(elsewhere, environment))
    assert.is_truthy(io.open(canary))
  end)

  it("are not taken from a folder that others can write to", function()
    ks.write(home .. "/beside.lua", 'return "vfs_open"')
    for _, mode in ipairs { "757", "775", "1777" } do
      ks.shell(("chmod %s %s"):format(mode, home))
      local r = run()
      assert.equal(2, r.code)
      assert.is_truthy(r.err:find(("modules are not loaded from %s: others can write to it")
        :format(home), 1, true), r.err)
    end
    ks.shell("chmod 755 " .. home)
    assert.equal(0, run().code)
  end)

  it("are not taken from a folder inside that others can write to", function()
    ks.write(home .. "/beside.lua", 'return require "sub.deeper"')
    ks.shell(("mkdir -m 777 %s/sub"):format(home))
    ks.write(home .. "/sub/deeper.lua", 'return "vfs_open"')
    local r = run()
    assert.equal(2, r.code)
    assert.is_truthy(r.err:find(home .. "/sub: others can write to it", 1, true), r.err)
  end)

  it("are not taken from another user's folder", function()
    if not root() then
      return pending "only root can give a folder away"
    end
    ks.write(home .. "/beside.lua", 'return "vfs_open"')
    ks.shell("chown 65534 " .. home)
    local r = run()
    assert.equal(2, r.code)
    assert.is_truthy(r.err:find("it belongs to another user", 1, true), r.err)
    -- The script's owner is as good as the script.
    ks.shell(("chown 65534 %s/t.lua"):format(home))
    assert.equal(0, run().code)
  end)

  it("are text: bytecode is refused everywhere", function()
    local function bytecode(text, name)
      ks.write(home .. "/source.lua", text)
      local r = ks.shell(("luajit -b %s/source.lua %s/%s"):format(home, home, name))
      assert.equal(0, r.code, r.err)
    end
    bytecode('return "vfs_open"', "beside.lua")
    local r = run()
    assert.equal(2, r.code)
    assert.is_truthy(r.err:find("attempt to load chunk with wrong mode", 1, true), r.err)
    for _, call in ipairs { "assert(load(string.dump(function() end)))",
      "assert(loadstring(string.dump(function() end)))",
      ("assert(loadfile(%q))"):format(home .. "/beside.lua"),
      ("dofile(%q)"):format(home .. "/beside.lua") } do
      ks.write(home .. "/t.lua", call)
      r = run()
      assert.equal(2, r.code)
      assert.is_truthy(r.err:find("attempt to load chunk with wrong mode", 1, true), r.err)
    end
    bytecode('require "ksnoop".probe "vfs_open" {}', "t.lua")
    r = run()
    assert.equal(2, r.code)
    assert.equal(("ksnoop: %s/t.lua: this is bytecode; scripts are text\n"):format(home), r.err)
  end)

  it("may still be loaded from text by hand", function()
    ks.write(home .. "/t.lua", [[
local ks = require "ksnoop"
local place = load("return ...", "chunk")("vfs_open")
setfenv(1, { ks = ks, place = place })
ks.probe(place) {}]])
    assert.equal(0, run().code)
  end)
end)

describe("without the privileges that tracing needs", function()
  local folder, clean

  setup(function()
    folder, clean = ks.folder()
    ks.shell(("cp %s %s/ksnoop && cp %s %s/btf"):format(
      ks.quote(ks.binary), folder, ks.btf(), folder))
    ks.write(folder .. "/t.lua", 'require "ksnoop".probe "vfs_read" {}\n')
    ks.shell(("chmod 755 %s/ksnoop; chmod 644 %s/*.lua %s/btf"):format(folder, folder, folder))
  end)
  teardown(function() clean() end)

  local function as_nobody(words)
    return ks.shell(("cd / && setpriv --reuid 65534 --regid 65534 --clear-groups "
      .. "--bounding-set=-all --inh-caps=-all %s/ksnoop --btf %s/btf %s"):format(
        folder, folder, words))
  end

  it("ksnoop names the capabilities and ends with 4", function()
    if not root() then
      return pending "only root can become somebody else"
    end
    local r = as_nobody(folder .. "/t.lua")
    assert.equal("ksnoop: tracing needs CAP_BPF and CAP_PERFMON\n"
      .. "hint: run it as root; without privileges `ksnoop info` and `--dump` work\n", r.err)
    assert.equal(4, r.code)
    assert.equal("", r.out)
    -- The hint is true:
    assert.equal(0, as_nobody("info vfs_read").code)
    assert.equal(0, as_nobody("--dump bpf " .. folder .. "/t.lua").code)
  end)

  it("ksnoop does not lend them: a set-uid copy runs no script", function()
    if not root() or not set_uid_works(folder) then
      return pending "needs root and a file system that honours set-uid"
    end
    local canary = folder .. "/canary"
    ks.write(folder .. "/evil.lua", ('io.open(%q, "w"):close()\n'):format(canary))
    -- The plain program: the sanitizers' runtime gives up by itself when it is set-uid.
    ks.shell(("cp build/ksnoop %s/ksnoop; chmod 755 %s/evil.lua; chmod 4755 %s/ksnoop"):format(folder, folder,
      folder))
    local r = as_nobody(folder .. "/evil.lua")
    assert.equal(4, r.code)
    assert.is_truthy(r.err:find "does not run set%-uid")
    assert.is_falsy(io.open(canary))
    ks.shell(("chmod 755 %s/ksnoop"):format(folder))
  end)

  it("ksnoop loads nothing with another kernel's types", function()
    if not root() then
      return pending "only root gets this far"
    end
    local r = ks.run("--btf", ks.btf(), folder .. "/t.lua")
    if r.code == 4 then
      return pending "a root without CAP_BPF does not get this far"
    end
    assert.equal(3, r.code)
    assert.equal("ksnoop: with --btf nothing is loaded: the types are another kernel's\n", r.err)
  end)
end)
