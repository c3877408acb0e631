// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Addresses and what else has the network's byte order.
#include "formatter_rows.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <endian.h>
#include <string.h>
#include <sys/un.h>

#include "error.h"
#include "safe.h"

SHOW(formatter_show_ipv4)
{
	const uint8_t *p = bytes;

	(void)size;
	(void)context;
	buf_u64(out, p[0]);
	for (int i = 1; i < 4; i++) {
		buf_char(out, '.');
		buf_u64(out, p[i]);
	}
}

SHOW(formatter_show_ipv6)
{
	char text[INET6_ADDRSTRLEN];

	(void)size;
	(void)context;
	if (inet_ntop(AF_INET6, bytes, text, sizeof(text)))
		buf_str(out, text);
}

static int internet(int family, const char *text, size_t len, void *bytes, const char *what,
		    struct ks_error *error)
{
	char copy[INET6_ADDRSTRLEN + 1] = "";

	if (len < sizeof(copy))
		memcpy(copy, text, len);
	if (len < sizeof(copy) && strlen(copy) == len && inet_pton(family, copy, bytes) == 1)
		return 0;
	return error_at(error, KS_ESYNTAX, 0, (uint32_t)len, "'%.*s' is no %s address",
			(int)(len < 64 ? len : 64), text, what);
}

PARSE(formatter_parse_ipv4)
{
	(void)size;
	(void)context;
	return internet(AF_INET, text, len, bytes, "IPv4", error);
}

PARSE(formatter_parse_ipv6)
{
	(void)size;
	(void)context;
	return internet(AF_INET6, text, len, bytes, "IPv6", error);
}

SHOW(formatter_show_mac)
{
	const uint8_t *p = bytes;

	(void)context;
	for (size_t i = 0; i < size; i++)
		buf_printf(out, i ? ":%02x" : "%02x", p[i]);
}

static int hex_digit(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : tolower((unsigned char)c) - 'a' + 10;
}

PARSE(formatter_parse_mac)
{
	uint8_t *p = bytes;

	(void)context;
	for (size_t i = 0; i < size; i++) {
		const char *two = text + i * 3;

		if (len != size * 3 - 1 || !isxdigit((unsigned char)two[0]) ||
		    !isxdigit((unsigned char)two[1]) || (i + 1 < size && two[2] != ':'))
			return error_at(error, KS_ESYNTAX, 0, (uint32_t)len,
					"'%.*s' is no hardware address of %zu bytes",
					(int)(len < 64 ? len : 64), text, size);
		p[i] = (uint8_t)(hex_digit(two[0]) << 4 | hex_digit(two[1]));
	}
	return 0;
}

SHOW(formatter_show_network_order)
{
	uint64_t v = formatter_integer(bytes, size);

	(void)context;
	buf_u64(out, size == 2	 ? be16toh((uint16_t)v)
		     : size == 4 ? be32toh((uint32_t)v)
				 : be64toh(v));
}

static void family(unsigned number, struct buf *out)
{
	static const struct {
		uint8_t number;
		const char *name;
	} names[] = {
		{AF_UNSPEC, "AF_UNSPEC"}, {AF_UNIX, "AF_UNIX"},	      {AF_INET, "AF_INET"},
		{AF_INET6, "AF_INET6"},	  {AF_NETLINK, "AF_NETLINK"}, {AF_PACKET, "AF_PACKET"},
		{31, "AF_BLUETOOTH"},	  {AF_ALG, "AF_ALG"},	      {40, "AF_VSOCK"},
		{44, "AF_XDP"},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (names[i].number == number) {
			buf_str(out, names[i].name);
			return;
		}
	}
	buf_printf(out, "family %u", number);
}

SHOW(formatter_show_family)
{
	(void)context;
	family((unsigned)formatter_integer(bytes, size), out);
}

static void port(const uint8_t *p, struct buf *out)
{
	buf_char(out, ':');
	buf_u64(out, (uint64_t)p[2] << 8 | p[3]);
}

// u16 family, port, u32 flow label, 16 bytes, u32 scope; the last three of the network's order but
// for the scope.
static void sockaddr_in6(const uint8_t *p, size_t size, const struct formatter_context *context,
			 struct buf *out)
{
	uint32_t scope, flow;

	if (size < 28) {
		buf_str(out, "AF_INET6 (cut)");
		port(p, out);
		return;
	}
	memcpy(&flow, p + 4, 4);
	memcpy(&scope, p + 24, 4);
	buf_char(out, '[');
	formatter_show_ipv6(p + 8, 16, context, out);
	if (scope)
		buf_printf(out, "%%%u", scope);
	buf_char(out, ']');
	port(p, out);
	if (flow)
		buf_printf(out, " flow 0x%x", be32toh(flow));
}

// A path; "@name" of the abstract kind, whose end only the address's length would tell, which is
// not in it: zeros at its end are left out.
static void sockaddr_un(const char *path, size_t size, struct buf *out)
{
	size_t n = strnlen(path, size), whole = sizeof(((struct sockaddr_un *)0)->sun_path);

	if (n == 0) {
		for (n = size; n && !path[n - 1]; n--)
			;
		buf_str(out, n ? "@" : "(unnamed)");
		path += n > 0;
		n -= n > 0;
	}
	safe_text(out, path, n);
	if (n == size && size < whole)
		buf_str(out, "...");
}

static void raw(const uint8_t *p, size_t size, struct buf *out)
{
	while (size && !p[size - 1])
		size--;
	for (size_t i = 0; i < size; i++)
		buf_printf(out, i ? "%02x" : " %02x", p[i]);
}

SHOW(formatter_show_sockaddr)
{
	const uint8_t *p = bytes;
	uint16_t number;

	memcpy(&number, p, sizeof(number));
	switch (number) {
	case AF_INET:
		formatter_show_ipv4(p + 4, 4, context, out);
		port(p, out);
		break;
	case AF_INET6:
		sockaddr_in6(p, size, context, out);
		break;
	case AF_UNIX:
		sockaddr_un((const char *)p + 2, size - 2, out);
		break;
	default:
		family(number, out);
		raw(p + 2, size - 2, out);
		break;
	}
}
