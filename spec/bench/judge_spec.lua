--- The guard of the benchmark: what it lets pass, and what it does not.
local judge = require "spec.bench.judge"

local row = { name = "scalar", kind = "fentry" }

-- What the machine prints when a row of ours took so much, and the twin so much.
local function said(ours, twin)
  return assert(judge.parse(("@bench empty-fentry limit 66.00\n@bench scalar ours %s\n"
    .. "@bench scalar twin %s\nnoise\n@bench end\n"):format(ours, twin)))
end

local function verdict(ours, twin, was)
  return (judge.verdict(said(ours, twin), row, was))
end

describe("the benchmark's guard", function()
  it("takes the empty program off", function()
    assert.equal(14, judge.cost(said("80.00", "76.00"), row, "ours"))
    assert.equal(1.4, (judge.ratio(said("80.00", "76.00"), row)))
  end)

  it("lets a row pass that is as it was", function()
    assert.equal("good", verdict("80.00", "76.00", 1.4))
    assert.equal("good", verdict("80.05", "76.00", 1.4))
  end)

  it("lets one instruction more pass, however much that is of a small row", function()
    assert.equal("good", verdict("81.00", "76.00", 1.4))
    assert.equal("worse", verdict("82.00", "76.00", 1.4))
  end)

  it("lets 3 % more pass in a large row", function()
    assert.equal("good", verdict("272.00", "266.00", 1))
    assert.equal("worse", verdict("273.00", "266.00", 1))
  end)

  it("follows the twin: a kernel that makes both dearer is not our fault", function()
    assert.equal("good", verdict("94.00", "86.00", 1.4))
    assert.equal("worse", verdict("86.00", "76.00", 1.4))
  end)

  it("says what got better", function()
    assert.equal("better", verdict("76.00", "76.00", 1.4))
  end)

  it("names the row, what it was and what it is", function()
    local _, line = judge.verdict(said("86.00", "76.00"), row, 1.4)
    assert.equal("scalar 1.400 -> 2.000 (20.0 / 10.0)", line)
  end)

  it("does not let a row vanish, or come without a line in ratios.txt", function()
    assert.equal("worse", verdict("! no such place", "76.00", 1.4))
    assert.equal("worse", verdict("80.00", "! no memory", 1.4))
    assert.equal("worse", verdict("80.00", "76.00", nil))
  end)

  it("skips a row that never ran, and says why", function()
    local status, why = judge.verdict(said("! no such place", "76.00"), row, nil)
    assert.equal("skipped", status)
    assert.equal("no such place", why)
  end)

  it("wants the median probe compiled below the limit", function()
    local function compiled(...)
      local lines = {}
      for i, ns in ipairs { ... } do
        lines[i] = ("@bench compile-%d ours %d vfs_read 1\n"):format(i, ns)
      end
      return (judge.compile_verdict(assert(judge.parse(table.concat(lines) .. "@bench end\n"))))
    end
    assert.equal("good", compiled(100000, 900000, 9000000))
    assert.equal("worse", compiled(100000, 1100000, 9000000))
    assert.equal("worse", compiled())
  end)

  it("does not judge half a run", function()
    local result, why = judge.parse "@bench scalar ours 80.00\n"
    assert.is_nil(result)
    assert.equal("the machine did not measure all rows", why)
  end)

  it("reads ratios.txt, comments left out", function()
    local ratios = judge.committed "# x\n6.1   scalar 1.250  # 20.0 / 16.0\n6.12  scalar 1.5\n"
    assert.same({ ["6.1"] = { scalar = 1.25 }, ["6.12"] = { scalar = 1.5 } }, ratios)
  end)
end)
