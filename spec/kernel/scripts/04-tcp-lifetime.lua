--- Lifetime of TCP connections with bytes each way.
local ks = require "ksnoop"

ks.define("tcp(sk)", "(struct tcp_sock *)sk")
ks.span {
  open  = { "tp:inet_sock_set_state", key = "sk",
    where = "newstate == TCP_SYN_SENT || (oldstate == TCP_SYN_RECV && newstate == TCP_ESTABLISHED)" },
  close = { "tp:inet_sock_set_state", key = "sk", where = "newstate == TCP_CLOSE" },
  ks.print { header = true,
    "{entry(pid)|7} {entry(comm)|-16} {laddr(sk)|39}:{lport(sk)|-5} {raddr(sk)|39}:{rport(sk)|-5} ",
    "{sent=tcp(sk)->bytes_acked|size|8} {got=tcp(sk)->bytes_received|size|8} {elapsed|9}" },
}
