// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "formatter.h"

#include <string.h>

#include "formatter_rows.h"
#include "type.h"

#define COUNT(table) (sizeof(table) / sizeof(*(table)))

uint64_t formatter_integer(const void *bytes, size_t size)
{
	uint64_t v = 0;

	memcpy(&v, bytes, size < sizeof(v) ? size : sizeof(v));
	return v;
}

// What must lie behind a name for it to be the type that we know.
enum shape {
	INTEGER,  // without typedefs an integer of `size` bytes
	STRUCT,	  // a struct or union of `size` bytes that has `member`
	WORDS,	  // likewise, of any size, a whole number of 8 bytes
	ADDRESS,  // likewise, of at least 16 bytes
	SIX_BYTES // an array of 6 integers of one byte
};

static const struct row {
	struct formatter formatter;
	uint8_t shape; // enum shape
	uint8_t size;  // 0: 1, 2, 4 or 8
	const char *member;
} rows[] = {
	// clang-format off
	{{"__be16", FORMATTER_PLAIN, formatter_show_network_order, NULL, false}, INTEGER, 2, NULL},
	{{"__be32", FORMATTER_PLAIN, formatter_show_network_order, formatter_parse_ipv4, true}, INTEGER, 4, NULL},
	{{"__be64", FORMATTER_PLAIN, formatter_show_network_order, NULL, false}, INTEGER, 8, NULL},
	{{"__kernel_sa_family_t", FORMATTER_PLAIN, formatter_show_family, NULL, false}, INTEGER, 2, NULL},
	{{"struct __kernel_sockaddr_storage", FORMATTER_TEXT, formatter_show_sockaddr, NULL, false}, ADDRESS, 0, "ss_family"},
	{{"struct __kernel_timespec", FORMATTER_PLAIN, formatter_show_timespec, NULL, false}, STRUCT, 16, "tv_nsec"},
	{{"atomic64_t", FORMATTER_NUMBER, formatter_show_signed, NULL, false}, STRUCT, 8, "counter"},
	{{"atomic_t", FORMATTER_NUMBER, formatter_show_signed, NULL, false}, STRUCT, 4, "counter"},
	{{"dev_t", FORMATTER_PLAIN, formatter_show_device, formatter_parse_device, false}, INTEGER, 4, NULL},
	{{"fmode_t", FORMATTER_PLAIN, formatter_show_fmode, NULL, false}, INTEGER, 4, NULL},
	{{"gfp_t", FORMATTER_PLAIN, formatter_show_gfp, NULL, false}, INTEGER, 4, NULL},
	{{"guid_t", FORMATTER_TEXT, formatter_show_guid, formatter_parse_guid, false}, STRUCT, 16, "b"},
	{{"kgid_t", FORMATTER_NUMBER, formatter_show_unsigned, NULL, false}, STRUCT, 4, "val"},
	{{"kprojid_t", FORMATTER_NUMBER, formatter_show_unsigned, NULL, false}, STRUCT, 4, "val"},
	{{"ktime_t", FORMATTER_PLAIN, formatter_show_ktime, NULL, false}, INTEGER, 8, NULL},
	{{"kuid_t", FORMATTER_NUMBER, formatter_show_unsigned, NULL, false}, STRUCT, 4, "val"},
	{{"nodemask_t", FORMATTER_TEXT, formatter_show_mask, NULL, false}, WORDS, 0, "bits"},
	{{"sa_family_t", FORMATTER_PLAIN, formatter_show_family, NULL, false}, INTEGER, 2, NULL},
	{{"struct cpumask", FORMATTER_TEXT, formatter_show_mask, NULL, false}, WORDS, 0, "bits"},
	{{"struct in6_addr", FORMATTER_TEXT, formatter_show_ipv6, formatter_parse_ipv6, true}, STRUCT, 16, "in6_u"},
	{{"struct in_addr", FORMATTER_TEXT, formatter_show_ipv4, formatter_parse_ipv4, true}, STRUCT, 4, "s_addr"},
	{{"struct kref", FORMATTER_NUMBER, formatter_show_signed, NULL, false}, STRUCT, 4, "refcount"},
	{{"struct list_head", FORMATTER_PLAIN, formatter_show_list, NULL, false}, STRUCT, 16, "prev"},
	{{"struct qspinlock", FORMATTER_PLAIN, formatter_show_spinlock, NULL, false}, STRUCT, 4, "locked"},
	{{"struct raw_spinlock", FORMATTER_PLAIN, formatter_show_spinlock, NULL, false}, STRUCT, 4, "raw_lock"},
	{{"struct refcount_struct", FORMATTER_NUMBER, formatter_show_signed, NULL, false}, STRUCT, 4, "refs"},
	{{"struct sockaddr", FORMATTER_TEXT, formatter_show_sockaddr, NULL, false}, STRUCT, 16, "sa_data"},
	{{"struct sockaddr_in", FORMATTER_TEXT, formatter_show_sockaddr, NULL, false}, STRUCT, 16, "sin_addr"},
	{{"struct sockaddr_in6", FORMATTER_TEXT, formatter_show_sockaddr, NULL, false}, STRUCT, 28, "sin6_addr"},
	{{"struct sockaddr_un", FORMATTER_TEXT, formatter_show_sockaddr, NULL, false}, STRUCT, 110, "sun_path"},
	{{"struct spinlock", FORMATTER_PLAIN, formatter_show_spinlock, NULL, false}, STRUCT, 4, "rlock"},
	{{"struct timespec64", FORMATTER_PLAIN, formatter_show_timespec, NULL, false}, STRUCT, 16, "tv_nsec"},
	{{"umode_t", FORMATTER_PLAIN, formatter_show_mode, NULL, false}, INTEGER, 2, NULL},
	{{"uuid_t", FORMATTER_TEXT, formatter_show_uuid, formatter_parse_uuid, false}, STRUCT, 16, "b"},
	{{"vfsgid_t", FORMATTER_NUMBER, formatter_show_unsigned, NULL, false}, STRUCT, 4, "val"},
	{{"vfsuid_t", FORMATTER_NUMBER, formatter_show_unsigned, NULL, false}, STRUCT, 4, "val"},
	// clang-format on
};

// Members that mean more than their type says, by their own name; of: only in that struct.
static const struct formatter
	open_flags = {"open flags", FORMATTER_PLAIN, formatter_show_open, NULL, false},
	family = {"address family", FORMATTER_PLAIN, formatter_show_family, NULL, false},
	ipv4 = {"IPv4 address", FORMATTER_PLAIN, formatter_show_ipv4, formatter_parse_ipv4, true},
	ipv6 = {"IPv6 address", FORMATTER_TEXT, formatter_show_ipv6, formatter_parse_ipv6, true},
	moment = {"jiffies", FORMATTER_PLAIN, formatter_show_moment, NULL, false},
	ticks = {"number of jiffies", FORMATTER_PLAIN, formatter_show_ticks, NULL, false},
	timeout = {"timeout in jiffies", FORMATTER_PLAIN, formatter_show_timeout, NULL, false},
	mac = {"hardware address", FORMATTER_TEXT, formatter_show_mac, formatter_parse_mac, false};

static const struct member_row {
	const char *of, *member;
	const char *type; // a typedef that it must have, or NULL
	uint8_t shape, size;
	const struct formatter *formatter;
} members[] = {
	{"file", "f_flags", NULL, INTEGER, 4, &open_flags},
	{"open_how", "flags", NULL, INTEGER, 8, &open_flags},
	{NULL, "skc_family", NULL, INTEGER, 2, &family},
	{NULL, "sin6_family", NULL, INTEGER, 2, &family},
	{NULL, "saddr", "__be32", INTEGER, 4, &ipv4},
	{NULL, "daddr", "__be32", INTEGER, 4, &ipv4},
	{NULL, "skc_daddr", "__be32", INTEGER, 4, &ipv4},
	{NULL, "skc_rcv_saddr", "__be32", INTEGER, 4, &ipv4},
	{NULL, "inet_saddr", "__be32", INTEGER, 4, &ipv4},
	{NULL, "s_addr", "__be32", INTEGER, 4, &ipv4},
	{NULL, "ifa_local", "__be32", INTEGER, 4, &ipv4},
	{NULL, "ifa_address", "__be32", INTEGER, 4, &ipv4},
	{NULL, "ifa_mask", "__be32", INTEGER, 4, &ipv4},
	{NULL, "ifa_broadcast", "__be32", INTEGER, 4, &ipv4},
	{NULL, "rt_gw4", "__be32", INTEGER, 4, &ipv4},
	{NULL, "ipv4", "__be32", INTEGER, 4, &ipv4},
	{"timer_list", "expires", NULL, INTEGER, 8, &moment},
	{"request", "deadline", NULL, INTEGER, 8, &moment},
	{"netdev_queue", "trans_start", NULL, INTEGER, 8, &moment},
	{"inode", "dirtied_when", NULL, INTEGER, 8, &moment},
	{"neighbour", "confirmed", NULL, INTEGER, 8, &moment},
	{"neighbour", "updated", NULL, INTEGER, 8, &moment},
	{"neighbour", "used", NULL, INTEGER, 8, &moment},
	{"dst_entry", "lastuse", NULL, INTEGER, 8, &moment},
	{"mm_struct", "numa_next_scan", NULL, INTEGER, 8, &moment},
	{"rq", "next_balance", NULL, INTEGER, 8, &moment},
	{"request", "timeout", NULL, INTEGER, 4, &ticks},
	{"request_queue", "rq_timeout", NULL, INTEGER, 4, &ticks},
	{"inet_connection_sock", "icsk_rto", NULL, INTEGER, 4, &ticks},
	{"inet_connection_sock", "icsk_rto_min", NULL, INTEGER, 4, &ticks},
	{"inet_connection_sock", "icsk_delack_max", NULL, INTEGER, 4, &ticks},
	{"sock", "sk_lingertime", NULL, INTEGER, 8, &timeout},
	{"sock", "sk_rcvtimeo", NULL, INTEGER, 8, &timeout},
	{"sock", "sk_sndtimeo", NULL, INTEGER, 8, &timeout},
	{NULL, "h_dest", NULL, SIX_BYTES, 6, &mac},
	{NULL, "h_source", NULL, SIX_BYTES, 6, &mac},
	{NULL, "dev_addr", NULL, SIX_BYTES, 6, &mac},
	{NULL, "perm_addr", NULL, SIX_BYTES, 6, &mac},
	{NULL, "mac", NULL, SIX_BYTES, 6, &mac},
	{NULL, "mac_addr", NULL, SIX_BYTES, 6, &mac},
	{NULL, "bssid", NULL, SIX_BYTES, 6, &mac},
	{NULL, "hw_addr", NULL, SIX_BYTES, 6, &mac},
	{NULL, "eth_addr", NULL, SIX_BYTES, 6, &mac},
	{NULL, "src_mac", NULL, SIX_BYTES, 6, &mac},
	{NULL, "dst_mac", NULL, SIX_BYTES, 6, &mac},
};

// Names that are declared as unsigned char; most else that is are bytes.
static const struct {
	const char *of, *member;
} texts[] = {
	{"dentry", "d_iname"},	   {"shortname_store", "string"}, // d_iname since v6.15
	{"external_name", "name"}, {"cn_callback_id", "name"},	  {"cn_queue_dev", "name"},
};

static bool integer(const struct btf_type *t, uint32_t size)
{
	return btf_kind(t) == BTF_KIND_INT && t->size == size;
}

static bool has_shape(const struct btf *btf, uint32_t id, uint8_t shape, uint32_t size,
		      const char *member)
{
	uint32_t peeled = type_peel(btf, id);
	const struct btf_type *t = btf_type(btf, peeled);
	const struct btf_array *array = (const void *)(t + 1);
	struct type_member ignored;

	switch (shape) {
	case INTEGER:
		return integer(t, size);
	case SIX_BYTES:
		return btf_kind(t) == BTF_KIND_ARRAY && array->nelems == 6 &&
		       integer(type_peeled(btf, array->type), 1);
	default:
		if (btf_kind(t) != BTF_KIND_STRUCT && btf_kind(t) != BTF_KIND_UNION)
			return false;
		if (shape == STRUCT    ? t->size != size
		    : shape == ADDRESS ? t->size < 16
				       : !t->size || t->size % 8)
			return false;
		return type_member(btf, peeled, member, strlen(member), &ignored);
	}
}

// A type's name with its tag is "struct " and the name.
static int compare(const char *tag, const char *name, const char *with)
{
	size_t n = strlen(tag);
	int r = strncmp(tag, with, n);

	return r ? r : strcmp(name, with + n);
}

static const struct formatter *find(const struct btf *btf, uint32_t id, const char *tag,
				    const char *name)
{
	for (size_t i = 0; i < COUNT(rows); i++)
		if (!compare(tag, name, rows[i].formatter.name) &&
		    has_shape(btf, id, rows[i].shape, rows[i].size, rows[i].member))
			return &rows[i].formatter;
	return NULL;
}

const struct formatter *formatter_of(const struct btf *btf, uint32_t type_id)
{
	const struct formatter *f = NULL;

	for (int depth = 0; depth < BTF_DEPTH && !f; depth++) {
		const struct btf_type *t = btf_type(btf, type_id);
		const char *name = btf_string(btf, t->name_off);

		switch (btf_kind(t)) {
		case BTF_KIND_TYPEDEF:
			f = find(btf, type_id, "", name);
			break;
		case BTF_KIND_CONST:
		case BTF_KIND_VOLATILE:
		case BTF_KIND_RESTRICT:
		case BTF_KIND_TYPE_TAG:
			break;
		case BTF_KIND_STRUCT:
			return *name ? find(btf, type_id, "struct ", name) : NULL;
		default:
			return NULL;
		}
		type_id = t->type;
	}
	return f;
}

// Is the type called so, qualifiers left aside?
static bool called(const struct btf *btf, uint32_t id, const char *name)
{
	for (int depth = 0; depth < BTF_DEPTH; depth++) {
		const struct btf_type *t = btf_type(btf, id);

		if (btf_kind(t) == BTF_KIND_TYPEDEF)
			return !strcmp(btf_string(btf, t->name_off), name);
		if (btf_kind(t) != BTF_KIND_CONST && btf_kind(t) != BTF_KIND_VOLATILE &&
		    btf_kind(t) != BTF_KIND_TYPE_TAG)
			return false;
		id = t->type;
	}
	return false;
}

const struct formatter *formatter_of_member(const struct btf *btf, uint32_t type_id, const char *of,
					    const char *member)
{
	for (size_t i = 0; i < COUNT(members); i++) {
		const struct member_row *m = &members[i];

		if (!strcmp(m->member, member) && (!m->of || !strcmp(m->of, of)) &&
		    (!m->type || called(btf, type_id, m->type)) &&
		    has_shape(btf, type_id, m->shape, m->size, NULL))
			return m->formatter;
	}
	return formatter_of(btf, type_id);
}

bool formatter_holds_text(const struct btf *btf, uint32_t element, const char *of,
			  const char *member)
{
	if (type_holds_text(btf, element))
		return true;
	for (size_t i = 0; member && of && i < COUNT(texts); i++)
		if (!strcmp(texts[i].member, member) && !strcmp(texts[i].of, of))
			return integer(type_peeled(btf, element), 1);
	return false;
}

const struct formatter *formatter_address(bool is_v6)
{
	return is_v6 ? &ipv6 : &ipv4;
}

const struct formatter *formatter_mac(void)
{
	return &mac;
}

uint32_t formatter_detail(const struct formatter *formatter, const struct btf *btf,
			  uint64_t tick_ns)
{
	if (formatter->show == formatter_show_gfp)
		return formatter_gfp_enum(btf);
	if (formatter->show == formatter_show_moment || formatter->show == formatter_show_ticks ||
	    formatter->show == formatter_show_timeout)
		return formatter_hz(tick_ns);
	return 0;
}
