// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "btf_names.h"

#include <stdbool.h>
#include <stdlib.h>

#include "btf.h"

int btf_names_init(struct btf_names *n, uint32_t first, uint32_t count)
{
	uint32_t bits = 4;

	// A kernel's types have 25 bytes on average, not 12, and half of them have names.
	while (bits < 31 && (1u << bits) < count / 4)
		bits++;
	*n = (struct btf_names){.first = first, .shift = 64 - bits};
	n->last = calloc((size_t)1 << bits, sizeof(*n->last));
	n->next = malloc(((size_t)count + 1) * sizeof(*n->next));
	return n->last && n->next ? 0 : -1;
}

void btf_names_fini(struct btf_names *n)
{
	free(n->last);
	free(n->next);
	free(n->enums);
	*n = (struct btf_names){0};
}

int btf_names_add_enum(struct btf_names *n, uint32_t id)
{
	if (n->enum_count == n->enum_room) {
		uint32_t room = n->enum_room ? n->enum_room * 2 : 256;
		uint32_t *more = realloc(n->enums, room * sizeof(*more));

		if (!more)
			return -1;
		n->enums = more;
		n->enum_room = room;
	}
	n->enums[n->enum_count++] = id;
	return 0;
}

static uint64_t bucket(const struct btf *b, const char *name, size_t left)
{
	return name_hash_short(name, left) >> b->names.shift;
}

uint32_t btf_find(const struct btf *b, uint32_t kind, const char *name, uint32_t from)
{
	const struct btf_names *n = &b->names;
	uint32_t id, last;
	uint64_t at;

	if (!n->last || !*name)
		return 0;
	at = bucket(b, name, strlen(name) + 1);
	id = last = n->last[at];
	// From the one on that was found before: or to find all of a name would take quadratic time.
	if (last && from > b->first && from <= b->end && btf_type(b, from - 1)->name_off) {
		size_t left;
		const char *before = btf_string_left(b, btf_type(b, from - 1)->name_off, &left);

		if (bucket(b, before, left) == at)
			id = from - 1;
	}
	if (last < from || !last)
		return 0;
	do {
		id = n->next[id - n->first];
		if (id >= from && btf_kind(btf_type(b, id)) == kind &&
		    !strcmp(btf_name(b, id), name))
			return id;
	} while (id != last);
	return 0;
}

struct wanted {
	const char *name;
	size_t len;
	uint64_t begin, mask; // its first bytes and the 0 behind it, as they lie in memory
};

// Out of the loop, which then has registers enough.
__attribute__((cold, noinline)) static bool is_it(const struct btf *b, const struct wanted *w,
						  uint32_t offset)
{
	const char *name = btf_string(b, offset);

	return !strncmp(name, w->name, w->len) && !name[w->len];
}

// The first constant of an enum with a name, or -1. Nearly all are told apart by one load.
static inline int find_in(const struct btf *b, const uint32_t *e, uint32_t count, uint32_t words,
			  const struct wanted *w)
{
	uint32_t size = sizeof(w->begin), first = b->first_string;
	uint32_t readable = b->strings_len < size ? 0 : b->strings_len - size + 1;

	for (uint32_t i = 0; i < count; i++, e += words) {
		uint64_t has = w->begin;

		if (*e - first < readable)
			memcpy(&has, b->strings + (*e - first), sizeof(has));
		if (((has ^ w->begin) & w->mask) == 0 && is_it(b, w, *e))
			return (int)i;
	}
	return -1;
}

static uint32_t find_constant(const struct btf *b, const struct wanted *w, uint32_t from,
			      uint32_t *nth)
{
	uint32_t found = b->base && from < b->first ? find_constant(b->base, w, from, nth) : 0;

	for (uint32_t i = 0; i < b->names.enum_count && !found; i++) {
		uint32_t id = b->names.enums[i];

		if (id < from)
			continue;
		const struct btf_type *t = btf_type(b, id);
		uint32_t words = btf_kind(t) == BTF_KIND_ENUM64 ? 3 : 2;
		int at = find_in(b, (const void *)(t + 1), btf_vlen(t), words, w);

		if (at >= 0) {
			*nth = (uint32_t)at;
			found = id;
		}
	}
	return found;
}

uint32_t btf_find_constant(const struct btf *b, const char *name, size_t len, uint32_t from,
			   uint32_t *nth)
{
	struct wanted w = {.name = name, .len = len};

	memcpy(&w.begin, name, len < sizeof(w.begin) ? len : sizeof(w.begin));
	memset(&w.mask, 0xff, len + 1 < sizeof(w.mask) ? len + 1 : sizeof(w.mask));
	return find_constant(b, &w, from, nth);
}
