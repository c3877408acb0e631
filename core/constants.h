// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// The constants of an enum by their values.
#ifndef CORE_CONSTANTS_H
#define CORE_CONSTANTS_H

#include "arena.h"
#include "btf.h"

struct constant {
	uint64_t value;	  // extended to 64 bits by the enum's sign
	const char *name; // safe for a terminal
	uint32_t len;	  // of name, at most CONSTANT_NAME
};

#define CONSTANT_NAME 512 // bytes of a name that are shown: more than any of the kernel has

struct constants {
	uint32_t type_id;
	uint32_t count;
	const struct constant *sorted; // by value, none twice: the first of a value counts
	// Of values that lie close together also by the value less `first`: 0, or one more than the
	// index in sorted.
	const uint16_t *near;
	uint64_t first;
	uint32_t span;
};

struct constants_cache {
	struct arena arena;
	struct constants **all; // owned
	uint32_t count, room;
};

// Those of a BTF_KIND_ENUM or ENUM64, made at the first call; NULL when there is no memory. Borrowed
// for the cache's life.
const struct constants *constants_of(struct constants_cache *c, const struct btf *btf,
				     uint32_t type_id);
void constants_fini(struct constants_cache *c);

static inline const struct constant *constants_far(const struct constants *c, uint64_t value)
{
	uint32_t low = 0, high = c->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (c->sorted[middle].value < value)
			low = middle + 1;
		else
			high = middle;
	}
	return low < c->count && c->sorted[low].value == value ? &c->sorted[low] : NULL;
}

// The first constant with this value; NULL: none.
static inline const struct constant *constants_at(const struct constants *c, uint64_t value)
{
	if (!c->near)
		return constants_far(c, value);
	value -= c->first;
	return value < c->span && c->near[value] ? &c->sorted[c->near[value] - 1] : NULL;
}

#endif
