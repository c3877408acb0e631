--- Options of a probe that meet in one program: what each needs is still there.
local ks = require "spec.support.ks"

-- What --dump prints of a script.
local function dump(stage, script)
  local folder, clean = ks.folder()
  ks.write(folder .. "/t.lua", 'local ks = require "ksnoop"\n' .. script)
  local r = ks.run("--btf", ks.btf(), "--dump", stage, folder .. "/t.lua")
  clean()
  assert.equal(0, r.code, r.err)
  return r.out
end

describe("one program", function()
  it("lets go of the calls of a task that ends, also where records are kept", function()
    local out = dump("bpf", [[ks.call "vfs_read" { capture = "elapsed", keep = 4, emit = "retval < 0" }]])
    local gone = out:match "\n%-%- where a task ends\n(.*)$"
    assert.is_truthy(gone:find("map[calls]", 1, true), out)
    assert.is_nil(gone:find("map[kept]", 1, true), out)
  end)

  it("has the weight in front of what the end of a span captures", function()
    local out = dump("layout", [[ks.span { open = { "vfs_read", key = "file" }, sample = "1/10",
      close = { "return:vfs_read", key = "file", capture = { "count" } }, ks.print "{elapsed} {count}" }]])
    assert.is_truthy(out:find "\n +32 +8 +%- +int +weight = [^\n]+\n +40 +8 +%- +int +count = ", out)
  end)
end)
