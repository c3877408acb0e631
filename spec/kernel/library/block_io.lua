local guest = require "spec.kernel.guest"

return {
  workload = function()
    return ([[dd if=/dev/%s of=/dev/null bs=4096 skip=5 count=2 iflag=direct 2>/dev/null
      dd if=/dev/zero of=/dev/%s bs=8192 count=1 oflag=direct 2>/dev/null]]):format(guest.disk(), guest.disk())
  end,
  check = function(out)
    local d, found = guest.disk(), {}
    for _, l in ipairs(guest.lines(out, "^%S+ (%S+) +(REQ_OP_%S+) +(%d+) +(%S+) +[%d.]+%a* +[%d.]+%a+ +0$")) do
      found[#found + 1] = table.concat(l, " ")
    end
    assert.are.same({ d .. " REQ_OP_READ 40 4.0K", d .. " REQ_OP_READ 48 4.0K", d .. " REQ_OP_WRITE 0 8.0K" }, found,
      out)
  end,
}
