--- Which UDP sockets drop what they are sent, since nobody reads it fast enough?
-- Model: dropwatch; netstat -su has only the sum.
-- New: which port is flooded, and how much room its socket has.
-- Needs: tp:udp_fail_queue_rcv_skb.
--
--   $ ksnoop run udp_drops
--   Datagrams dropped
--     COUNT  PORT   WHY     ROOM
--       182  46927  ENOMEM  39K
local ks = require "ksnoop"

return ks.recipe {
  params = {
    filter = ks.param.where { false, "an expression of sk, such as lport(sk) == 53" },
  },
  needs = { { "tp:udp_fail_queue_rcv_skb", instead = "drops" } },
  build = function(p)
    return ks.probe "tp:udp_fail_queue_rcv_skb" {
      where = p.filter,
      p.out or ks.count { by = { "port=lport(sk)", "why=errno(rc)", "room=sk->sk_rcvbuf|size" },
        title = "Datagrams dropped" },
    }
  end,
}
