--- How long do TCP connections live, and how much do they carry each way?
-- Model: tcplife (bcc, bpftrace).
-- New: connections that were never made, with the time that they waited; the connecting process
-- is the right one. An accepted connection's is whoever the interrupt hit.
-- Needs: tp:inet_sock_set_state, which kernels have since 4.16. SENT and GOT count the beginning
-- and the end of a stream as a byte.
--
--   $ ksnoop run tcp_lifetimes
--   ENTRY_PID ENTRY_COMM                 LADDR LPORT           RADDR RPORT   SENT    GOT   ELAPSED
--       369 nc               ::ffff:127.0.0.1  4721 ::ffff:127.0.0.1 34358    501    901    19.1ms
--       369 nc                     127.0.0.1 34358       127.0.0.1  4721    902    501    21.0ms
--       370 nc                     127.0.0.1 60306       127.0.0.1  4723      0      0     428us
local ks = require "ksnoop"

return ks.recipe {
  params = {
    filter = ks.param.where { false, "an expression of sk, such as rport(sk) == 443" },
  },
  needs = { { "tp:inet_sock_set_state", since = "4.16", instead = "tcp_connections" } },
  build = function(p)
    ks.define("tcp(sk)", "(struct tcp_sock *)sk")
    return ks.span {
      open = { "tp:inet_sock_set_state", key = "sk", where = "newstate == TCP_SYN_SENT ||"
        .. " (oldstate == TCP_SYN_RECV && newstate == TCP_ESTABLISHED)" },
      close = { "tp:inet_sock_set_state", key = "sk", where = "newstate == TCP_CLOSE" },
      where = p.filter,
      p.out or ks.print {
        "{entry(pid)|7} {entry(comm)|-16} {laddr(sk)|15} {lport(sk)|5} {raddr(sk)|15} ",
        "{rport(sk)|5} {sent=tcp(sk)->bytes_acked|size|6} ",
        "{got=tcp(sk)->bytes_received|size|6} {elapsed|9}",
        header = true,
      },
    }
  end,
}
