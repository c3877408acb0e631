local guest = require "spec.kernel.guest"

return {
  workload = "exec build/guest/library overrun 200",
  check = function(out, err)
    local port, kept = err:match "port (%d+), kept (%d+)"
    local dropped = 0
    for _, l in ipairs(guest.lines(out, "^ +(%d+) +(%d+) +ENOMEM +%S+$")) do
      assert.are.equal(port, l[2])
      dropped = dropped + l[1]
    end
    assert.is_true(tonumber(kept) > 0, err)
    assert.are.equal(200 - kept, dropped, out)
  end,
}
