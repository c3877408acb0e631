local guest = require "spec.kernel.guest"

return {
  words = [[func=hrtimer_nanosleep min=200ms 'filter=comm == "usleep"']],
  workload = "usleep 300000; usleep 1000; usleep 1000; usleep 400000",
  check = function(out)
    local slow = guest.lines(out, "^%S+ +%d+ usleep +hrtimer_nanosleep +([%d.]+)ms +0$")
    assert.are.equal(#slow, select(2, out:gsub("\n", "")), out)
    -- On a machine that has much to do the short ones may take long, too.
    local first, last = tonumber(slow[1][1]), tonumber(slow[#slow][1])
    assert.is_true(#slow >= 2 and first >= 300 and last >= 400, out)
  end,
}
