--- Which TCP connections are made and accepted, by whom, over IPv4 and IPv6?
-- Model: tcpconnect, tcpaccept (bcc, bpftrace).
-- New: both ends in one list, IPv4 and IPv6, with a filter such as raddr(conn) == 10.0.0.0/8.
-- Needs: tcp_connect and inet_csk_accept.
--
--   $ ksnoop run tcp_connections
--   TIME            FUNC                PID COMM                       LADDR LPORT           RADDR RPORT
--   06:14:08.371823 tcp_connect         360 nc                     127.0.0.1 34352       127.0.0.1  4711
--   06:14:08.465642 inet_csk_accept     356 nc               ::ffff:127.0.0.1  4711 ::ffff:127.0.0.1 34352
--   06:14:08.675720 tcp_connect         361 nc                           ::1 45216             ::1  4712
--   06:14:08.745587 inet_csk_accept     358 nc                           ::1  4712             ::1 45216
--   06:14:08.875939 tcp_connect         362 nc                     127.0.0.1 46346       127.0.0.1  4713
local ks = require "ksnoop"

return ks.recipe {
  params = {
    filter = ks.param.where { false, "an expression of conn, such as rport(conn) == 443" },
  },
  needs = { { "tcp_connect", instead = "tcp_lifetimes" },
    { "inet_csk_accept", instead = "tcp_lifetimes" } },
  build = function(p)
    local show = p.out or ks.print {
      "{time} {func|-15} {pid|7} {comm|-16} {laddr(conn)|15} {lport(conn)|5} ",
      "{raddr(conn)|15} {rport(conn)|5}",
      header = true,
    }
    return ks.probe "tcp_connect" { capture = "conn=sk", where = { p.filter }, show },
      ks.probe "return:inet_csk_accept" {
        capture = "conn=retval", where = { "retval", p.filter }, show }
  end,
}
