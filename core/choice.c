// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "choice.h"

#include <string.h>
#include <sys/socket.h>

#include "type.h"

#define COUNT(table)   (sizeof(table) / sizeof(*(table)))
#define ALL	       UINT64_MAX
#define NEVER	       UINT64_MAX // while a row knows the value
#define S_IFMT_BITS    0170000
#define ITER_TYPE_5_10 0xfffffffe // beside the lowest bit, the direction

// Only what the kernel itself goes by: where it takes the member, that value was there.
static const struct row {
	const char *owner, *by;
	uint64_t mask;
	const char *member;
	const char *
		constant; // of an enum of BTF, whose values are not the same in all kernels; or NULL
	uint64_t value;
} rows[] = {
	// clang-format off
	{"iov_iter", "iter_type", ALL, "iov", "ITER_IOVEC", 0}, // up to v6.3
	{"iov_iter", "iter_type", ALL, "__iov", "ITER_IOVEC", 0},
	{"iov_iter", "iter_type", ALL, "kvec", "ITER_KVEC", 0},
	{"iov_iter", "iter_type", ALL, "bvec", "ITER_BVEC", 0},
	{"iov_iter", "iter_type", ALL, "pipe", "ITER_PIPE", 0}, // up to v6.4
	{"iov_iter", "iter_type", ALL, "head", "ITER_PIPE", 0},
	{"iov_iter", "iter_type", ALL, "start_head", "ITER_PIPE", 0},
	{"iov_iter", "iter_type", ALL, "xarray", "ITER_XARRAY", 0},
	{"iov_iter", "iter_type", ALL, "xarray_start", "ITER_XARRAY", 0},
	{"iov_iter", "iter_type", ALL, "ubuf", "ITER_UBUF", 0},
	{"iov_iter", "iter_type", ALL, "__ubuf_iovec", "ITER_UBUF", 0},
	{"iov_iter", "iter_type", ALL, "folioq", "ITER_FOLIOQ", 0},
	{"iov_iter", "iter_type", ALL, "folioq_slot", "ITER_FOLIOQ", 0},
	{"iov_iter", "iter_type", ALL, "nr_segs", "ITER_IOVEC", 0},
	{"iov_iter", "iter_type", ALL, "nr_segs", "ITER_KVEC", 0},
	{"iov_iter", "iter_type", ALL, "nr_segs", "ITER_BVEC", 0},
	{"iov_iter", "iter_type", ALL, "nr_segs", "ITER_UBUF", 0},
	{"iov_iter", "type", ITER_TYPE_5_10, "iov", "ITER_IOVEC", 0},
	{"iov_iter", "type", ITER_TYPE_5_10, "kvec", "ITER_KVEC", 0},
	{"iov_iter", "type", ITER_TYPE_5_10, "bvec", "ITER_BVEC", 0},
	{"iov_iter", "type", ITER_TYPE_5_10, "pipe", "ITER_PIPE", 0},
	{"iov_iter", "type", ITER_TYPE_5_10, "head", "ITER_PIPE", 0},
	{"iov_iter", "type", ITER_TYPE_5_10, "start_head", "ITER_PIPE", 0},
	{"iov_iter", "type", ITER_TYPE_5_10, "nr_segs", "ITER_IOVEC", 0},
	{"iov_iter", "type", ITER_TYPE_5_10, "nr_segs", "ITER_KVEC", 0},
	{"iov_iter", "type", ITER_TYPE_5_10, "nr_segs", "ITER_BVEC", 0},
	{"inode", "i_mode", S_IFMT_BITS, "i_pipe", NULL, 0010000},
	{"inode", "i_mode", S_IFMT_BITS, "i_cdev", NULL, 0020000},
	{"inode", "i_mode", S_IFMT_BITS, "i_dir_seq", NULL, 0040000},
	{"inode", "i_mode", S_IFMT_BITS, "i_bdev", NULL, 0060000}, // up to v5.10
	{"inode", "i_mode", S_IFMT_BITS, "i_link", NULL, 0120000},
	{"fib_nh_common", "nhc_gw_family", ALL, "ipv4", NULL, AF_INET},
	{"fib_nh_common", "nhc_gw_family", ALL, "ipv6", NULL, AF_INET6},
	{"rtable", "rt_gw_family", ALL, "rt_gw4", NULL, AF_INET},
	{"rtable", "rt_gw_family", ALL, "rt_gw6", NULL, AF_INET6},
	{"inetpeer_addr", "family", ALL, "a4", NULL, AF_INET},
	{"inetpeer_addr", "family", ALL, "a6", NULL, AF_INET6},
	{"inetpeer_addr", "family", ALL, "key", NULL, NEVER},
	{"bpf_link_info", "type", ALL, "raw_tracepoint", "BPF_LINK_TYPE_RAW_TRACEPOINT", 0},
	{"bpf_link_info", "type", ALL, "tracing", "BPF_LINK_TYPE_TRACING", 0},
	{"bpf_link_info", "type", ALL, "cgroup", "BPF_LINK_TYPE_CGROUP", 0},
	{"bpf_link_info", "type", ALL, "iter", "BPF_LINK_TYPE_ITER", 0},
	{"bpf_link_info", "type", ALL, "netns", "BPF_LINK_TYPE_NETNS", 0},
	{"bpf_link_info", "type", ALL, "xdp", "BPF_LINK_TYPE_XDP", 0},
	{"bpf_link_info", "type", ALL, "perf_event", "BPF_LINK_TYPE_PERF_EVENT", 0},
	{"bpf_link_info", "type", ALL, "kprobe_multi", "BPF_LINK_TYPE_KPROBE_MULTI", 0},
	{"bpf_link_info", "type", ALL, "struct_ops", "BPF_LINK_TYPE_STRUCT_OPS", 0},
	{"bpf_link_info", "type", ALL, "netfilter", "BPF_LINK_TYPE_NETFILTER", 0},
	{"bpf_link_info", "type", ALL, "tcx", "BPF_LINK_TYPE_TCX", 0},
	{"bpf_link_info", "type", ALL, "uprobe_multi", "BPF_LINK_TYPE_UPROBE_MULTI", 0},
	{"bpf_link_info", "type", ALL, "netkit", "BPF_LINK_TYPE_NETKIT", 0},
	{"bpf_link_info", "type", ALL, "sockmap", "BPF_LINK_TYPE_SOCKMAP", 0},
	// clang-format on
};

// The row's value; false: this kernel has no such constant.
static bool value_of(const struct btf *btf, const struct row *row, uint64_t *value)
{
	const struct btf_type *t;
	uint32_t nth;
	uint32_t id = row->constant ? btf_find_constant(btf, row->constant, strlen(row->constant),
							0, &nth)
				    : 0;

	*value = row->value;
	if (!row->constant)
		return true;
	t = btf_type(btf, id);
	if (btf_kind(t) != BTF_KIND_ENUM)
		return false;
	*value = (uint32_t)((const struct btf_enum *)(t + 1))[nth].val;
	return true;
}

static bool is_of(const struct row *row, const struct row *one)
{
	return !strcmp(row->owner, one->owner) && !strcmp(row->by, one->by);
}

// Adds the values of the rows that say the same of the member as `one` (is_own), or that it is another.
static void gather(const struct btf *btf, const struct row *one, bool is_own, struct choice *c)
{
	uint64_t v;

	for (size_t i = 0; i < COUNT(rows) && c->count < CHOICE_VALUES; i++)
		if (is_of(&rows[i], one) && !strcmp(rows[i].member, one->member) == is_own &&
		    value_of(btf, &rows[i], &v))
			c->values[c->count++] = v;
}

// The first row of a member whose struct has the member that tells.
static const struct row *find(const struct btf *btf, uint32_t owner, const char *member,
			      struct type_member *by)
{
	const char *name = btf_name(btf, owner);

	for (size_t i = 0; i < COUNT(rows); i++)
		if (!strcmp(rows[i].owner, name) && !strcmp(rows[i].member, member) &&
		    type_member(btf, owner, rows[i].by, strlen(rows[i].by), by))
			return &rows[i];
	return NULL;
}

int choice_of(struct arena *a, const struct btf *btf, uint32_t owner, uint32_t at,
	      const char *member, const struct choice **ret)
{
	struct type_member by;
	const struct row *one = find(btf, owner, member, &by);
	struct choice *c;
	uint64_t size;

	*ret = NULL;
	if (!one)
		return 0;
	size = type_size(btf, by.type);
	if (btf_kind(type_peeled(btf, by.type)) != BTF_KIND_INT || by.bits || by.bit_offset % 8 ||
	    size > 8 || !size)
		return 0;
	c = arena_alloc(a, sizeof(*c));
	if (!c)
		return -1;
	c->offset = at + by.bit_offset / 8;
	c->size = (uint32_t)size;
	c->mask = one->mask;
	gather(btf, one, true, c);
	c->own = c->count;
	gather(btf, one, false, c);
	*ret = c;
	return 0;
}

bool choice_is_other(const struct choice *c, const unsigned char *bytes, size_t there)
{
	uint64_t v = 0;

	if (c->offset >= there || there - c->offset < c->size)
		return false;
	memcpy(&v, bytes + c->offset, c->size);
	v &= c->mask;
	for (uint8_t i = 0; i < c->count; i++)
		if (c->values[i] == v)
			return i >= c->own;
	return false;
}
