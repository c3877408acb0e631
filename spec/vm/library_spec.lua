--- The library of recipes, without a kernel that runs: on the types of all four, each recipe does with events that are
--- made up what it should. Those of spans, of system calls and of what lies inside calls can't be tested so (ks.test);
--- spec/kernel/library_spec.lua tests all.
if os.getenv "KSNOOP_VM" then
  return -- kernels' types may have to be asked for, which starts virtual machines
end

local ks = require "spec.support.ks"
local library = require "spec.support.library"

-- ks.test knows no events for what these consist of.
local untested = {}
for names in pairs {
  ["block_latency block_io tcp_lifetimes tcp_states dns run_queue off_cpu"] = "spans",
  ["interrupts lock_waits mutexes lifetimes follow"] = "spans",
  ["opens execs fsyncs mounts"] = "system calls",
  ["fsync_io"] = "what lies inside calls",
} do
  for name in names:gmatch "%S+" do
    untested[name] = true
  end
end

describe("the recipes of the library", function()
  local folder, clean

  setup(function()
    folder, clean = ks.folder()
    local made = ks.shell(("make -s install PREFIX=%s/k && cp spec/support/library_events.lua %s/events.lua"):format(
      folder, folder))
    assert(made.code == 0, made.err)
  end)
  teardown(function() clean() end)

  for _, kernel in ipairs { "5.10", "6.1", "6.12", "7.2" } do
    it("do what they should with events that are made up, on the types of " .. kernel, function()
      local got = ks.shell("spec/vm/btf " .. kernel)
      assert.equal(0, got.code, got.err)
      local r = ks.shell(("%s/k/bin/ksnoop --btf %s %s/events.lua"):format(folder, got.out:match "^(%S+)\n$", folder))
      assert.equal("", r.err)
      local tested = {}
      for name, said in r.out:gmatch "([%w_]+): ([^\n]*)\n" do
        tested[name] = said
      end
      for _, name in ipairs(library.names()) do
        assert.equal(not untested[name] and "good" or nil, tested[name], name .. "\n" .. r.out)
      end
    end)
  end
end)
