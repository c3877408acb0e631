--- Compiling a probe is cheap: in instructions, which no other work of the machine can add to.
local callgrind = require "spec.bench.callgrind"

local build = os.getenv "KSNOOP_BUILD" or "build"

-- 1 ms is the promise. A million instructions take less than that on anything that runs a kernel of
-- today, and the probes here take 120,000 to 340,000.
local LIMIT = 1000000

describe("compiling a probe", function()
  it("takes less than a million instructions from text to program", function()
    if build:find "asan" then
      pending "valgrind does not run what a sanitizer watches"
      return
    end
    local probes = callgrind.compile(build .. "/bench/compile", build .. "/fixtures/kernel.btf")
    assert.equal(13, #probes)
    for _, probe in ipairs(probes) do
      assert.is_true(probe.insns < LIMIT, ("%s: %d"):format(probe.text, probe.insns))
      assert.is_true(probe.insns > 20000, "this is no compiler: " .. probe.insns)
    end
  end)
end)
