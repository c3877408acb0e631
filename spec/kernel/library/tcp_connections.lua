local guest = require "spec.kernel.guest"

return {
  workload = guest.listen({ 4711, 4712 }, "</dev/null >/dev/null") .. [[
    nc 127.0.0.1 4711 </dev/null; nc ::1 4712 </dev/null; nc 127.0.0.1 4713 </dev/null 2>/dev/null; wait]],
  check = function(out)
    local made, accepted, refused = {}, {}, 0
    for _, l in ipairs(guest.lines(out, "^%S+ (%S+) +%d+ nc +(%S+) +(%d+) +(%S+) +(%d+)$")) do
      local func, from, own, to, other = unpack(l)
      -- nc listens for both families with one socket, which sees IPv4 as IPv6
      from, to = from:gsub("^::ffff:", ""), to:gsub("^::ffff:", "")
      if func == "tcp_connect" and other == "4713" then
        refused = refused + 1
      elseif func == "tcp_connect" then
        made[#made + 1] = ("%s %s %s %s"):format(from, own, to, other)
      else
        assert.are.equal("inet_csk_accept", func)
        accepted[#accepted + 1] = ("%s %s %s %s"):format(to, other, from, own)
      end
    end
    table.sort(made)
    table.sort(accepted)
    assert.are.same(made, accepted, out)
    assert.are.equal(2, #made, out)
    assert.matches("^127%.0%.0%.1 %d+ 127%.0%.0%.1 4711$", made[1])
    assert.matches("^::1 %d+ ::1 4712$", made[2])
    assert.are.equal(1, refused, out)
  end,
}
