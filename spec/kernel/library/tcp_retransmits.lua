local guest = require "spec.kernel.guest"

return {
  workload = "exec build/guest/library unanswered",
  check = function(out, err)
    local port, times = err:match "port (%d+), again (%d+)"
    local found = guest.lines(out, "^%S+ +127%.0%.0%.1 +%d+ +127%.0%.0%.1 +(%d+) (%S+) +(%d+) ")
    assert.is_true(#found >= 1)
    assert.are.equal(tonumber(times), #found, out)
    for i, l in ipairs(found) do
      assert.are.same({ port, "TCP_SYN_SENT" }, { l[1], l[2] })
      -- Newer kernels count it before they send it.
      assert.is_true(tonumber(l[3]) == i or tonumber(l[3]) == i - 1, out)
    end
  end,
}
