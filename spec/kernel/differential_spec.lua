--- One expression, three answers, in this kernel: our BPF, loaded and run there, core/eval.c, and gcc
--- (whose answers `make guest` has asked for). See spec/core/differential_spec.lua.
local expressions = require "spec.support.expressions"
local guest = require "spec.kernel.guest"

local seed = tonumber(os.getenv "SEED") or os.time() % 1000000
-- One in so many of gcc's, each kernel others; expressions that no one has seen.
local SHARE, FRESH = 8, 400
local here = ({ ["5.10"] = 0, ["6.1"] = 1, ["6.12"] = 2, ["7.2"] = 3 })[guest.kernel]

local function lines()
  local list, n = {}, 0
  for line in io.lines "build/guest/differential.lines" do
    n = n + 1
    if (n + seed + here) % SHARE == 0 then
      list[#list + 1] = line .. "\n"
    end
  end
  return table.concat(list) .. expressions.lines(expressions.random(seed, FRESH))
end

describe("what an expression means", function()
  it(("is the same to gcc, to the evaluator and in this kernel (SEED=%d)"):format(seed), function()
    guest.spill("/tmp/lines", lines())
    local code, out, err = guest.sh("cd build/guest && ./differential differential.btf differential.image " .. seed ..
      " </tmp/lines")
    assert.are.equal(0, code, out:sub(1, 4000) .. err)
    print(("\n%s: %s (SEED=%d)"):format(guest.kernel, out:match "[^\n]*\n?$":gsub("\n", ""), seed))
    local count, comparisons, with = out:match "(%d+) expressions, (%d+) comparisons, (%d+) with gcc"
    assert.is_true(tonumber(count) >= 1400, count)
    assert.are.equal(12 * count, tonumber(comparisons))
    assert.is_true(tonumber(with) > 0.4 * comparisons, with)
  end)
end)
