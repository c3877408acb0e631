--- The loop over events is what LuaJIT compiles, with the functions of the script in it; it allocates
--- nothing. Figures by spec/bench/events.lua, each in a process of its own.
local ks = require "spec.support.ks"

local function events(what, count)
  local r = ks.shell(("luajit spec/bench/events.lua %s %s %d"):format(ks.quote(ks.btf()), what, count))
  assert.equal(0, r.code, r.err)
  return assert(loadstring(r.err))()
end

-- LuaJIT also tries what is called often on its own, without its callers, and gives that up again:
-- nothing to worry about. What it has no code for would come up here by its name.
local function is_compiled(r)
  assert.is_true(r.stops > 0)
  for place, reason in r.why:gmatch "([^;]+:%d+): ([^;]+)" do
    local hopeless = reason:find "NYI" and reason ~= "NYI: return to lower frame" or reason:find "blacklisted"
    assert.is_falsy(hopeless, place .. ": " .. reason)
  end
end

describe("the loop over events", function()
  it("is compiled once, and stays so over 10 million", function()
    local r = events("one", 10000000)
    is_compiled(r)
    assert.is_true(r.late <= 3, r.late)
    assert.equal(10000000 + 100000 + 20, r.n + r.rejected)
    assert.equal(r.n, r.delivered)
    assert.is_true(r.n > 4000000 and r.rejected > 4000000)
  end)

  it("allocates nothing for an event", function()
    for what, count in pairs { one = 10000000, several = 2000000, values = 2000000 } do
      local r = events(what, count)
      is_compiled(r)
      assert.is_true(r.delivered > 0, what)
      assert.is_true(r.kib < 8, ("%s: %.1f KiB"):format(what, r.kib))
    end
    -- Where a script does what has no code, or keeps its events, there is something to see.
    assert.is_false((pcall(is_compiled, events("closure", 100000))))
    assert.is_true(events("kept", 2000000).kib > 10000)
  end)

  it("allocates nothing for an event that is printed", function()
    local r = events("print", 2000000)
    is_compiled(r)
    assert.equal(2000000 + 100000 + 20, r.delivered)
    assert.is_true(r.kib < 8, ("%.1f KiB"):format(r.kib))
  end)

  it("takes at most 1.5 times as long as a loop over plain structs", function()
    local r = events("ratio", 2000000)
    assert.is_true(r.hits > 500000)
    assert.is_true(r.ratio <= 1.5, ("%.2f: %.3f s, and %.3f s of plain structs"):format(r.ratio, r.events, r.plain))
  end)
end)
