--- Which TCP segments are sent again, in what state, and how patient is the connection by now?
-- Model: tcpretrans (bcc, bpftrace).
-- New: how patient the connection is by now: the timeout, the round-trip time and the window at
-- that moment.
-- Needs: tp:tcp_retransmit_skb, which kernels have since 4.15.
--
--   $ ksnoop run tcp_retransmits
--   TIME                      LADDR LPORT           RADDR RPORT STATE       TIMES  TIMEOUT      RTT WINDOW    LEN
--   06:14:15.294152       127.0.0.1 37422       127.0.0.1 43339 TCP_SYN_SENT     1 1.000000000s      0ns      1      0
local ks = require "ksnoop"

return ks.recipe {
  params = {
    filter = ks.param.where { false, "an expression of sk and skb that must hold" },
  },
  needs = { { "tp:tcp_retransmit_skb", since = "4.15", instead = "tcp_states" } },
  build = function(p)
    ks.define("tcp(sk)", "(struct tcp_sock *)sk")
    ks.define("icsk(sk)", "(struct inet_connection_sock *)sk")
    return ks.probe "tp:tcp_retransmit_skb" {
      where = p.filter,
      p.out or ks.print {
        "{time} {laddr(sk)|15} {lport(sk)|5} {raddr(sk)|15} {rport(sk)|5} ",
        "{state=sk->__sk_common.skc_state|TCP_*|-11} {times=icsk(sk)->icsk_retransmits|5} ",
        "{timeout=icsk(sk)->icsk_rto|8} {rtt=us(tcp(sk)->srtt_us >> 3)|8} ",
        "{window=tcp(sk)->snd_cwnd|6} {skb->len|6}",
        header = true,
      },
    }
  end,
}
