local guest = require "spec.kernel.guest"

return {
  varies = "::ffff:", -- whose process that is
  before = function()
    guest.spill("/tmp/ask", ("?"):rep(900)) -- one write of nc: it ends when the answer does
    guest.spill("/tmp/answer", ("!"):rep(500))
  end,
  workload = guest.listen({ 4721 }, "</tmp/answer >/dev/null") .. [[
    nc 127.0.0.1 4721 </tmp/ask >/dev/null; wait; nc 127.0.0.1 4723 </dev/null 2>/dev/null; true]],
  check = function(out)
    local got = {}
    for _, l in ipairs(guest.lines(out, "^ *%d+ (%S+) +(%S+) +(%d+) +(%S+) +(%d+) +(%d+) +(%d+) +[%d.]+%a+$")) do
      local comm, _, own, _, other, sent, received = unpack(l)
      local is_client = other == "4721" or other == "4723"
      -- A client opens in its own process, a server in whatever the softirq interrupts.
      assert.is_true(not is_client or comm == "nc", out)
      got[#got + 1] = ("%s %s %s"):format(is_client and "client " .. other or "server " .. own, sent, received)
    end
    table.sort(got)
    -- The end of a stream counts as a byte; so does the beginning of the one that connects.
    assert.are.same({ "client 4721 902 501", "client 4723 0 0", "server 4721 501 901" }, got, out)
  end,
}
