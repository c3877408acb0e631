// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// What the registry's rows name: each shows, or parses, as struct formatter says.
#ifndef CORE_FORMATTER_ROWS_H
#define CORE_FORMATTER_ROWS_H

#include "formatter.h"

#define SHOW(name)                                                                                 \
	void name(const void *bytes, size_t size, const struct formatter_context *context,         \
		  struct buf *out)
#define PARSE(name)                                                                                \
	int name(const char *text, size_t len, const struct formatter_context *context,            \
		 void *bytes, size_t size, struct ks_error *error)

// The integer at bytes, of 1, 2, 4 or 8 bytes, without a sign.
uint64_t formatter_integer(const void *bytes, size_t size);

// --- formatter_net.c ----------------------------------------------------------------------------

SHOW(formatter_show_ipv4);
PARSE(formatter_parse_ipv4);
SHOW(formatter_show_ipv6);
PARSE(formatter_parse_ipv6);
SHOW(formatter_show_mac);
PARSE(formatter_parse_mac);
SHOW(formatter_show_network_order); // an integer of the network's byte order
SHOW(formatter_show_family);	    // AF_INET
SHOW(formatter_show_sockaddr);	    // of any family and size; what is cut says so

// --- formatter_kernel.c -------------------------------------------------------------------------

SHOW(formatter_show_device); // 8:1
PARSE(formatter_parse_device);
SHOW(formatter_show_uuid);
PARSE(formatter_parse_uuid);
SHOW(formatter_show_guid);
PARSE(formatter_parse_guid);
SHOW(formatter_show_mask); // 0-3,8
SHOW(formatter_show_signed);
SHOW(formatter_show_unsigned);
SHOW(formatter_show_ktime);		 // in seconds
SHOW(formatter_show_timespec);		 // likewise
uint32_t formatter_hz(uint64_t tick_ns); // jiffies in a second; 0: not known
SHOW(formatter_show_moment);  // what jiffies will be, or were: since the start, in seconds
SHOW(formatter_show_ticks);   // so many jiffies in seconds
SHOW(formatter_show_timeout); // likewise; or MAX_SCHEDULE_TIMEOUT
SHOW(formatter_show_spinlock);
SHOW(formatter_show_list);

// --- formatter_flags.c --------------------------------------------------------------------------

uint32_t formatter_gfp_enum(const struct btf *btf); // 0: BTF does not tell the bits
SHOW(formatter_show_gfp);			    // in hexadecimal without it
SHOW(formatter_show_open);			    // O_RDWR|O_CLOEXEC
SHOW(formatter_show_fmode);			    // FMODE_READ|0x8000
SHOW(formatter_show_mode);			    // S_IFREG|0644

#endif
