-- BTF may come from a file, so it may be anything. spec/core/btf_mutate.c makes it and reads it.
local ks = require "spec.support.ks"

-- A sanitizer takes its time, and keeps what was freed.
local patience = (os.getenv "KSNOOP_BUILD" or ""):find "asan" and 8 or 1

describe("corrupt BTF", function()
  local mutate

  setup(function() mutate = ks.build "unit/btf_mutate" end)

  it("of 4,000 kinds neither crashes nor hangs, and takes no memory to speak of", function()
    local r = ks.shell(("%s %s 1 4000"):format(mutate, ks.btf()))
    assert.equal(0, r.code, r.out .. r.err)
    local cases, read, refused = r.out:match "(%d+) cases, (%d+) read, (%d+) refused"
    assert.equal("4000", cases)
    -- Both ways are taken: mutations that only ever broke the header would test nothing.
    assert.is_true(tonumber(read) > 400)
    assert.is_true(tonumber(refused) > 400)
    -- A few ms each, for hundreds of types shown in five ways; the machine may have other things to do.
    assert.is_true(tonumber(r.out:match "slowest: case %d+, ([%d.]+) ms") < 30 * patience, r.out)
    assert.is_true(tonumber(r.out:match "memory: (%d+) KiB") < 64 * 1024 * patience, r.out)
  end)

  it("is told from good BTF by the program as well", function()
    local good, folder, clean = ks.read(ks.btf()), ks.folder()
    local path = folder .. "/bad.btf"
    local cases = {
      { "", "this is no BTF" },
      { "#!/bin/sh\n", "this is no BTF" },
      { good:sub(1, 20), "this is no BTF" },
      { good:sub(1, #good - 1), "corrupt BTF at byte" },
      { good:sub(1, 2) .. "\2" .. good:sub(4), "version 2" },
      { good .. good, nil }, -- what lies behind the sections is not looked at
    }
    for _, case in ipairs(cases) do
      ks.write(path, case[1])
      local r = ks.run("--btf", path, "info", "vfs_read")
      if case[2] then
        assert.equal(3, r.code)
        assert.equal("", r.out)
        assert.is_truthy(r.err:find(path, 1, true), r.err)
        assert.is_truthy(r.err:find(case[2], 1, true), r.err)
      else
        assert.equal(0, r.code, r.err)
      end
    end
    clean()
  end)
end)

describe("hostile BTF", function()
  it("without an end is cut short", function()
    local r = ks.shell(ks.build "unit/btf_mutate" .. " hostile")
    assert.equal(0, r.code, r.out)
    assert.same({
      ["a typedef of itself"] = "read",
      ["a struct in itself"] = "read",
      ["an anonymous struct in itself"] = "read",
      ["an array of itself"] = "read",
      ["an array of arrays of 2^32"] = "read",
      ["4 GB of text"] = "read",
      ["2^30 anonymous structs"] = "read",
      ["2^40 function pointers"] = "read",
      ["a prototype of itself"] = "read",
      ["65,535 arguments"] = "read",
      ["a function that is an int"] = "refused",
      ["a function of itself"] = "refused",
      ["a bit-field of 255 bits"] = "refused",
    }, (function()
      local seen = {}
      for name, verdict in r.out:gmatch "([^\n]-): (%l+)\n" do
        seen[name] = verdict
      end
      return seen
    end)())
    -- 2^30 anonymous structs are shown in every form, each up to its budget: 0.16 to 0.26 s of processor
    -- time.
    assert.is_true(tonumber(r.out:match "slowest: case %d+, ([%d.]+) ms") < 500 * patience, r.out)
  end)
end)
