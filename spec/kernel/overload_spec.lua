--- A hundred times what there is room for: all that finds none is counted, to the last one.
local guest = require "spec.kernel.guest"

-- A consumer that does nothing but sleep: what it is given comes through a ring of one page.
local slow = [[
  local ffi = require "ffi"
  ffi.cdef "int usleep(unsigned);"
  local function sleep() ffi.C.usleep(200) end
]]

describe("a hundred times too much", function()
  it("of calls leaves each entry with its return, and each event delivered or lost", function()
    local out = guest.json("--buffer 4K -c 'build/guest/umask 20000 2'",
      slow .. [[ks.call "__x64_sys_umask" { where = "elapsed >= 0", capture = { "elapsed" }, sleep }]])
    local c = out.summary.probes.__x64_sys_umask
    guest.identity(c)
    local skipped = c.recursion == guest.null and 0 or c.recursion
    assert.are.equal(20000, c.hits + skipped)
    assert.are.equal(c.opened, c.closed + c.reopened + c.gone + c.open)
    assert.are.equal(20000, c.opened + c.full + c.unopened)
    -- a page holds 4096 / 56 of these records
    assert.is_true(c.lost > 100 * 4096 / 56, "lost " .. c.lost)
    assert.are.equal(c.matched, c.lost + c.delivered + c.cut_by_exit)
  end)

  it("of spans opens as many as there is room for", function()
    local out = guest.json("-c 'build/guest/spans open 2000 2000 close 2000 2000'", [[ks.span {
      max = 20,
      open = { "sys:getsid", key = "arg(pid)", where = "comm == 'spans'" },
      close = { "sys:getpgid", key = "arg(pid)", where = "comm == 'spans'" },
      capture = {},
    }]])
    local _, c = next(out.summary.probes)
    guest.identity(c)
    assert.are.same({ 20, 1980, 20, 1980, 0 }, { c.opened, c.full, c.closed, c.unmatched, c.open })
    assert.are.equal(20, #out.event)
  end)

  it("of tasks that are blocked in what a span is, leaves those that it has room for", function()
    guest.sh "rm -f /tmp/pairs-asleep /tmp/pairs-wake"
    local out = guest.json([[-c 'build/guest/pairs sleepers 500 0 &
      until test -e /tmp/pairs-asleep; do usleep 10000; done; touch /tmp/pairs-wake; wait']], [[ks.span {
      max = 100,
      open = { "hrtimer_nanosleep", key = "tid", where = "comm == 'pairs'" },
      close = { "return:hrtimer_nanosleep", key = "tid", where = "comm == 'pairs'" },
      capture = { "elapsed" },
    }]])
    local _, c = next(out.summary.probes)
    guest.identity(c)
    local calls = tonumber(out.stderr:match "calls (%d+)")
    local skipped = c.recursion == guest.null and 0 or c.recursion
    assert.are.equal(c.opened, c.closed + c.reopened + c.gone + c.open)
    -- Whose hits the guard turns away (kernel 7) nobody asks.
    local turned = c.suppressed + skipped
    assert.is_true(c.opened + c.full <= calls and c.opened + c.full + c.unopened >= calls)
    assert.is_true(c.closed + c.unmatched <= calls and c.closed + c.unmatched + turned >= calls)
    assert.is_true(c.opened >= 100 and c.full > 0, ("%d opened, %d full"):format(c.opened, c.full))
    assert.are.equal(c.closed, #out.event)
  end)

  it("of keys is one row more, with all that has none of its own", function()
    local out = guest.json("-c 'build/guest/umask 20000 2'", [[
      ks.probe "__x64_sys_umask" { ks.count { "time", max = 100 }, ks.stats { "cpu", by = "time", max = 100 },
        ks.hist { "cpu", by = "time", max = 100 } }]])
    local c = out.summary.probes.__x64_sys_umask
    guest.identity(c)
    local skipped = c.suppressed + (c.recursion == guest.null and 0 or c.recursion)
    for _, agg in ipairs(out.rows) do
      local all, other = 0, 0
      for _, row in ipairs(agg.rows) do
        local n = type(row.value) == "table" and row.value.count or row.value
        all = all + n
        other = row.other and n or other
      end
      local left = agg.other and (type(agg.other) == "table" and agg.other.count or agg.other) or 0
      assert.are.equal(20000, all + left + skipped)
      assert.is_true(other + left >= 19000, other .. " and " .. left)
    end
  end)
end)
