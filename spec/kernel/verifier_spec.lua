--- Trace definitions at random, with all that the language has, over this kernel's own functions and
--- types: the verifier takes every program. See spec/kernel/traces/.
---
---   SEED=7 COUNT=500 busted spec/kernel/verifier_spec.lua      the same again, or fewer
local guest = require "spec.kernel.guest"

local seed = tonumber(os.getenv "SEED") or os.time()
local count = tonumber(os.getenv "COUNT") or 2000

-- All of the features that spec/kernel/traces/features.h names must be in the build. While one is
-- being made: STRICT=0.
local COMPLETE = os.getenv "STRICT" ~= "0"
local SHARE = 5 -- percent of the definitions that each feature is in, at least
local SIZE = 60 -- instructions of the median program, more than

local sums = "definitions (%d+) loaded (%d+) refused (%d+) rejected (%d+); programs (%d+); "
  .. "instructions: median (%d+) largest (%d+); lines (%d+) taken (%d+)"

describe("the verifier", function()
  local code, out, said

  setup(function()
    code, out = guest.sh(("build/guest/traces random %d %d"):format(seed, count))
    said = { out:match(sums) }
    for i, n in ipairs(said) do
      said[i] = tonumber(n)
    end
  end)

  it(("takes %d made up traces (SEED=%d)"):format(count, seed), function()
    assert.equal(0, code, out)
    assert.equal(9, #said, out)
    local _, loaded, refused, rejected, _, median, largest, lines, taken = unpack(said)
    print(("\n@tally says %d made up traces loaded, %d refused by ksnoop, %d rejected; instructions: median %d, "
      .. "most %d (SEED=%d)"):format(loaded, refused, rejected, median, largest, seed))
    assert.equal(0, rejected, out)
    assert.is_true(loaded >= count, out)
    assert.is_true(median > SIZE, "the median program has " .. median .. " instructions")
    -- What ksnoop itself does not take is no test of the verifier.
    assert.is_true(refused < loaded / 10, out)
    assert.is_true(taken > lines * 0.95, out)
  end)

  it("saw each feature of the language often enough", function()
    local rare, missing, there, least = {}, {}, 0, 100
    for name, share, rest in out:gmatch "\nfeature (.-) +%d+ +([%d.]+) %%([^\n]*)" do
      share = tonumber(share)
      if rest ~= "" then
        missing[#missing + 1] = name
      else
        there = there + 1
        least = math.min(least, share)
        rare[#rare + 1] = share < SHARE and ("%s: %.1f %%"):format(name, share) or nil
      end
    end
    print(("\n@tally says %d features, each in at least %.1f %% of the made up traces; not in this build: %s")
      :format(there, least, #missing > 0 and table.concat(missing, ", ") or "none"))
    assert.is_true(there >= 50, out)
    if count >= 1000 then -- fewer say nothing
      assert.same({}, rare, out)
    end
    if COMPLETE then
      assert.same({}, missing)
    end
  end)

  -- Linux 5.10 and 6.1 take the id that an array has for that of the struct which a typedef names.
  it("takes the first member of a struct that is an array's element by a typedef", function()
    local ended, _, err = guest.ksnoop("--dump log",
      'ks.probe "wakeup_kswapd" { ks.print "{v=zone->vm_stat[1].counter}" }')
    assert.equal(0, ended, err)
  end)
end)
