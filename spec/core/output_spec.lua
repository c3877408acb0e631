--- Output to a pipe: it ends when somebody wants to end and nobody reads, and loses nothing else.
local ks = require "spec.support.ks"

local function run(words)
  local r = ks.shell(ks.build "unit/output" .. " " .. words)
  assert.same({ 0, "" }, { r.code, r.err })
  return r.out
end

describe("output", function()
  for _, room in ipairs { 0, 4096, 8192, 65536 - 4096 } do
    it(("after a signal waits a second for a reader, with room for %d bytes"):format(room), function()
      assert.equal(("-1 the reader of the output does not read; %d bytes\n"):format(room), run("room " .. room))
    end)
  end

  it("waits for a reader that is late, as long as nobody wants to end", function()
    assert.equal("262144 bytes\n", run "read")
  end)
end)
