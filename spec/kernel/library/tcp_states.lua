local guest = require "spec.kernel.guest"

return {
  words = "'filter=rport(sk) == 4731'",
  before = function() guest.sh "mkfifo /tmp/open" end,
  -- The server has always more to say, so that the client closes first.
  workload = guest.listen({ 4731 }, "<>/tmp/open >/dev/null") .. "nc 127.0.0.1 4731 </dev/null >/dev/null; wait",
  check = function(out)
    local found = guest.lines(out, "^%S+ +127%.0%.0%.1 +%d+ +127%.0%.0%.1 +4731 TCP_(%S+) +TCP_(%S+) +[%d.]+%a+$")
    assert.are.same({ "SYN_SENT", "ESTABLISHED" }, found[1], out)
    local state = "ESTABLISHED"
    for i = 2, #found do
      assert.are.equal(state, found[i][1], out)
      state = found[i][2]
    end
    assert.are.equal("CLOSE", state, out)
  end,
}
