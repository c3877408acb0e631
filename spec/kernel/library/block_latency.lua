local guest = require "spec.kernel.guest"

return {
  workload = function()
    return ([[dd if=/dev/%s of=/dev/null bs=4096 count=20 iflag=direct 2>/dev/null
      dd if=/dev/zero of=/dev/%s bs=8192 count=7 oflag=direct 2>/dev/null]]):format(guest.disk(), guest.disk())
  end,
  check = function(out)
    local latency, size = out:match "^Latency\n(.*)\nSize\n(.*)$"
    local function counts(text)
      local found = {}
      for on, op, count in text:gmatch "disk=(%S+)%s+op=(%S+).-\n  count (%d+)" do
        found[on .. " " .. op] = tonumber(count)
      end
      return found
    end
    local expected = { [guest.disk() .. " REQ_OP_READ"] = 20, [guest.disk() .. " REQ_OP_WRITE"] = 7 }
    assert.are.same(expected, counts(latency), out)
    assert.are.same(expected, counts(size), out)
    assert.matches("op=REQ_OP_READ\n  4K..8K +20 ", size)
    assert.matches("op=REQ_OP_WRITE\n  8K..16K +7 ", size)
  end,
}
