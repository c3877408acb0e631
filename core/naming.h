// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Numbers by name: what a value is called among the constants that match a glob, "SIG*", "O_*".
#ifndef CORE_NAMING_H
#define CORE_NAMING_H

#include "arena.h"
#include "btf.h"
#include "buf.h"

struct named {
	const char *name;
	uint64_t value; // of a negative one the 64-bit two's complement
};

// Names for numbers. Owned by the arena that it was made in; the names by whom they came from.
struct naming {
	const struct named *rows; // by value, one for each
	uint32_t count;
	const struct named *bits; // of flags: those that may be joined, most bits first
	uint32_t bit_count;	  // 0: these are no flags
	uint64_t mask;		  // of the bits that a value has
};

// Is this a glob of names: letters, digits, _ and ?, and at least one *?
bool naming_glob(const char *text, size_t len);

// Gathers the kernel's macros (uapi.def) and BTF's enum constants that match the glob and fit into
// size bytes (1, 2, 4 or 8). Of several sources one is taken, when it is sure to be meant: the enum
// type_id (0: none); then the largest enum whose matching names have just the glob's text in common
// (for TCP_* that of TCP_ESTABLISHED, not tcp_conntrack), those of include/uapi before others; then
// the macros, if that is so of them. They are flags, which may be joined, when most of the first
// source's values are single bits. None at all: count is 0. -1: no memory, or past a limit.
int naming_find(struct arena *a, const struct btf *btf, uint32_t type_id, uint32_t size,
		const char *glob, struct naming *ret);

// "SIGINT"; "O_RDWR|O_CLOEXEC|0x80000000" where the names are of flags; false, and nothing written,
// when the value has no name.
bool naming_show(const struct naming *c, uint64_t value, struct buf *out);
// The joining alone; the bits of several names before those that they consist of.
bool naming_join(const struct named *bits, uint32_t count, uint64_t value, struct buf *out);

#endif
