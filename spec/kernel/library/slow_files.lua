local guest = require "spec.kernel.guest"

return {
  words = [[min=10us 'filter=comm == "dd" && count > 1M']],
  workload = [[cd /tmp; dd if=/dev/zero of=slow bs=8M count=2 2>/dev/null
    dd if=slow of=/dev/null bs=8M 2>/dev/null; rm slow]],
  check = function(out)
    local found = {}
    for _, l in ipairs(guest.lines(out, "^%S+ +%d+ dd +(vfs_%l+) +([%d.]+m?s) +(%S+) tmpfs +(%S+)$")) do
      found[#found + 1] = l[1] .. " " .. l[3] .. " " .. l[4]
    end
    assert.are.same({ "vfs_write 8.0M /tmp/slow", "vfs_write 8.0M /tmp/slow", "vfs_read 8.0M /tmp/slow",
      "vfs_read 8.0M /tmp/slow" }, found, out)
  end,
}
