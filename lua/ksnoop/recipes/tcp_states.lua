--- Through which states do TCP connections go, and how long do they stay in each?
-- Model: tcpstates (bcc).
-- New: which state a connection was stuck in, as one filter on elapsed and oldstate in the
-- kernel.
-- Needs: tp:inet_sock_set_state, which kernels have since 4.16.
--
--   $ ksnoop run tcp_states 'filter=rport(sk) == 4731'
--   TIME                      LADDR LPORT           RADDR RPORT OLDSTATE     NEWSTATE       ELAPSED
--   05:48:48.388714       127.0.0.1 53588       127.0.0.1  4731 TCP_SYN_SENT TCP_ESTABLISHED     522us
--   05:48:48.396148       127.0.0.1 53588       127.0.0.1  4731 TCP_ESTABLISHED TCP_FIN_WAIT1    6.99ms
--   05:48:48.406835       127.0.0.1 53588       127.0.0.1  4731 TCP_FIN_WAIT1 TCP_FIN_WAIT2    10.7ms
--   05:48:48.407159       127.0.0.1 53588       127.0.0.1  4731 TCP_FIN_WAIT2 TCP_CLOSE        286us
local ks = require "ksnoop"

return ks.recipe {
  params = {
    filter = ks.param.where { false, "an expression of sk, such as rport(sk) == 443" },
  },
  needs = { { "tp:inet_sock_set_state", since = "4.16", instead = "tcp_connections" } },
  build = function(p)
    return ks.span {
      open = { "tp:inet_sock_set_state", key = "sk", where = "newstate != TCP_CLOSE" },
      close = { "tp:inet_sock_set_state", key = "sk" },
      where = p.filter,
      p.out or ks.print {
        "{time} {laddr(sk)|15} {lport(sk)|5} {raddr(sk)|15} {rport(sk)|5} ",
        "{oldstate|TCP_*|-12} {newstate|TCP_*|-12} {elapsed|9}",
        header = true,
      },
    }
  end,
}
