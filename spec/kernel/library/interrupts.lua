local guest = require "spec.kernel.guest"

return {
  varies = "_SOFTIRQ$",
  workload = function()
    return ([[grep nvme /proc/interrupts >&2
      dd if=/dev/%s of=/dev/null bs=4096 count=20 iflag=direct 2>/dev/null; build/guest/library unheard 30
      echo >&2; grep nvme /proc/interrupts >&2]]):format(guest.disk())
  end,
  check = function(out, err)
    local function sum(text)
      local n = 0
      for a, b in text:gmatch "%d+: +(%d+) +(%d+) " do
        n = n + a + b
      end
      return n
    end
    local before, after = err:match "^(.-)\n\n(.*)$"
    local hard, soft = out:match "^Interrupts\n(.*)\n\nSoft interrupts\n(.*)$"
    local seen = 0
    for _, l in ipairs(guest.lines(hard, "^ +(%d+) .* %d+ +nvme%S+$")) do
      seen = seen + l[1]
    end
    local expected = sum(after) - sum(before)
    assert.is_true(expected >= 20, err)
    assert.is_true(seen >= expected, out .. err)
    assert.is_true(tonumber(soft:match "\n +(%d+) [^\n]* NET_RX_SOFTIRQ\n") >= 30, out)
  end,
}
