--- The window through which the ring is read: every record comes, whole, wherever the window ends. A program,
--- spec/core/ring.c, plays the kernel's part.
local ks = require "spec.support.ks"

local function run(...)
  local r = ks.shell(ks.build "unit/ring" .. " " .. table.concat({ ... }, " "))
  assert.same({ 0, "" }, { r.code, r.err })
  return r.out
end

describe("the window on the ring", function()
  it("shows every record, many times round, and no more than 256 KiB of a ring of 1 MiB", function()
    assert.equal("16000 came, 0 wrong, 256 KiB mapped, failed 0\n", run(1048576, 20000, 8, 900))
  end)

  it("is as large as a record that is larger", function()
    local came, mapped = run(1048576, 100, 400000, 520000):match "^(%d+ came, 0 wrong), (%d+) KiB mapped, failed 0\n$"
    assert.equal("80 came, 0 wrong", came)
    assert.is_true(tonumber(mapped) > 256 and tonumber(mapped) <= 516, mapped)
  end)

  it("is the ring where that is small", function()
    assert.equal("4000 came, 0 wrong, 8 KiB mapped, failed 0\n", run(4096, 5000, 8, 400))
  end)
end)
