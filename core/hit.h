// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// A hit that is made up: what it says of itself, and the memory behind that.
#ifndef CORE_HIT_H
#define CORE_HIT_H

#include "trace.h"

#define HIT_ARG 16 // bytes of an argument

struct hit_region {
	struct hit_region *next;
	uint64_t address;
	size_t size;
	unsigned char *bytes;
};

struct hit_value {
	const char *name;
	struct value_type type;
	unsigned char bytes[HIT_ARG];
	bool is_set;
};

struct ks_hit {
	struct ks_variant *variant;
	const struct scope *scope; // of the function; borrowed
	uint32_t point;
	struct arena arena; // regions and records
	struct hit_region *regions;
	struct hit_value args[MAX_ARGS + 2]; // and retval, and current
	uint32_t count;
	bool has_elapsed, has_caller;
	uint64_t elapsed, pid, tid, uid, gid, cpu, cgroup, time, caller;
	char comm[16];
	uint64_t frames[STACK_MOST];
	uint32_t frame_count;
	bool has_stack;
	const char *missing;	       // what was asked for and not set
	struct ks_hit *opened, *outer; // borrowed: where it began; the innermost call that it is in
	const struct scope *const *begins; // of what is a beginning itself: all of them; NULL
};

// Is it at the end of a call, and not at its beginning or of one moment?
bool hit_is_return(const struct ks_hit *h);
bool hit_is_moment(const struct ks_hit *h);
// The region with these bytes; NULL: there is none.
const struct hit_region *hit_region_at(const struct ks_hit *h, uint64_t address, size_t n);

#endif
