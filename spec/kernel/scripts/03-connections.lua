--- TCP connections made and accepted, IPv4 and IPv6.
local ks = require "ksnoop"

local show = ks.print "{time} {func|-16} {pid|7} {comm|-16} {laddr(conn)}:{lport(conn)} {raddr(conn)}:{rport(conn)}"
ks.probe "tcp_connect"             { capture = { "conn=sk" }, show }
ks.probe "return:inet_csk_accept"  { capture = { "conn=retval" }, where = "retval", show }
