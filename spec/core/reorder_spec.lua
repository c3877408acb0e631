--- The order of records: each of a CPU behind the one before it and, with --sort, each of any CPU behind all earlier
--- ones. A program, spec/core/reorder.c, plays the kernel's part.
local ks = require "spec.support.ks"

local function run(words)
  local r = ks.shell(ks.build "unit/reorder" .. " " .. words)
  assert.same({ 0, "" }, { r.code, r.err })
  return r.out
end

describe("records in the order of their times", function()
  -- Numbers in the order of their making. "." is no record now; what comes when nobody writes any more is behind "|".
  local all = [[
in order: 0 1 2 3 . |
just now: . . | 0
held up behind its place: . . 0 1 . |
held up before its place: . . 0 1 2 . . |
held up for longer than the window: . 1 . 0 . |
held up while no room is left: 1 2 3 4 . . . 0 5 6 . . . |
of the same time: 0 1 2 3 4 5 . |
at the end: | 0 1 2 3 4 5
]]
  local got = {}
  setup(function()
    for line in run("turns"):gmatch "[^\n]+" do
      got[line:match "^[^:]*"] = got[line:match "^[^:]*"] or {}
      table.insert(got[line:match "^[^:]*"], line)
    end
  end)

  for line in all:gmatch "[^\n]+" do
    local what = line:match "^[^:]*"
    it("come, one " .. what, function()
      assert.same({ line }, got[what])
    end)
  end

  it("all come when memory runs out", function()
    assert.equal(9, #got["with little memory"])
    for _, line in ipairs(got["with little memory"]) do
      assert.equal("with little memory: 100 of 100 |", line)
    end
  end)
end)

describe("a million records of two CPUs", function()
  it("come in the order of each CPU", function()
    assert.is_truthy(run("threads 1000000"):find "^1000000 records, 0 gaps, %d+ falls")
  end)

  it("come in the order of their times when they are sorted", function()
    assert.equal("1000000 records, 0 gaps, 0 falls\n", run "threads 1000000 sort")
  end)
end)

describe("records that come too late", function()
  it("are told", function()
    assert.equal("ksnoop: 1,234 events came too late to be put in order, by 1.20ms at most\n",
      ks.require "ksnoop.report".too_late(1234, 1200000))
  end)
end)
