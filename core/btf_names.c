// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "btf_names.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "btf.h"

#define HASHED 16 // bytes of a name that the index knows
// The index takes about as many instructions for a name as four walks do.
#define WALKS 4

int btf_ids_grow(struct btf_ids *list)
{
	uint32_t room = list->room ? list->room * 2 : 256;
	uint32_t *more = realloc(list->ids, room * sizeof(*more));

	if (!more)
		return -1;
	list->ids = more;
	list->room = room;
	return 0;
}

void btf_names_free(struct btf_names *n)
{
	if (!n)
		return;
	for (size_t i = 0; i < sizeof(n->of_kind) / sizeof(*n->of_kind); i++)
		free(n->of_kind[i].ids);
	free(n->last);
	free(n->next);
	free(n);
}

// --- the index -------------------------------------------------------------------------------

// The first 8 bytes of a text, what is behind its end replaced by zeros; *ends: it ends in them.
static inline uint64_t name_word(const char *text, int *ends)
{
	const uint64_t ones = 0x0101010101010101;
	uint64_t word, zeros;

	memcpy(&word, text, sizeof(word));
	word = le64toh(word);
	zeros = (word - ones) & ~word & ones << 7; // its lowest bit is in the first byte that is 0
	*ends = zeros != 0;
	return zeros ? word & (zeros - 1) & ~zeros : word;
}

// Of a text with HASHED bytes behind it that may be read.
static inline uint64_t name_hash(const char *text)
{
	uint64_t a, b = 0;
	int ends;

	a = name_word(text, &ends);
	if (!ends)
		b = name_word(text + 8, &ends);
	return (a + b * 0x9e3779b97f4a7c15) * 0xd6e8feb86659fd93;
}

// The same, of a text with `left` bytes.
static inline uint64_t name_hash_short(const char *text, size_t left)
{
	char copy[HASHED] = {0};

	memcpy(copy, text, left < HASHED ? left : HASHED);
	return name_hash(copy);
}

static inline void insert(struct btf_names *n, uint32_t first, uint32_t id, uint64_t hash)
{
	uint32_t *last = &n->last[hash >> n->shift], *next = &n->next[id - first];

	*next = id;
	if (*last) {
		uint32_t *before = &n->next[*last - first];

		*next = *before;
		*before = id;
	}
	*last = id;
}

static bool make_index(const struct btf *b)
{
	uint32_t hashable = b->strings_len < HASHED ? 0 : b->strings_len - HASHED + 1;
	uint32_t bits = 4, count = b->end - b->first;
	struct btf_names *n = b->names;

	while (bits < 31 && (1u << bits) < count / 2) // half of them have names
		bits++;
	n->shift = 64 - bits;
	n->last = calloc((size_t)1 << bits, sizeof(*n->last));
	n->next = malloc(((size_t)count + 1) * sizeof(*n->next));
	if (!n->last || !n->next) {
		free(n->last);
		free(n->next);
		n->last = n->next = NULL;
		n->refused = true; // the lists do
		return false;
	}
	for (uint32_t id = b->first; id < b->end; id++) {
		uint32_t offset = btf_own(b, id)->name_off;
		const char *name;
		size_t left;

		if (!offset)
			continue;
		if (offset - b->first_string < hashable) {
			name = b->strings + (offset - b->first_string);
			insert(n, b->first, id, name_hash(name));
		} else {
			name = btf_string_left(b, offset, &left);
			insert(n, b->first, id, name_hash_short(name, left));
		}
	}
	return true;
}

static uint64_t bucket(const struct btf *b, const char *name, size_t left)
{
	return name_hash_short(name, left) >> b->names->shift;
}

static uint32_t find_indexed(const struct btf *b, uint32_t kind, const char *name, uint32_t from)
{
	const struct btf_names *n = b->names;
	uint64_t at = bucket(b, name, strlen(name) + 1);
	uint32_t id = n->last[at], last = id;

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
		id = n->next[id - b->first];
		if (id >= from && btf_kind(btf_type(b, id)) == kind &&
		    !strcmp(btf_name(b, id), name))
			return id;
	} while (id != last);
	return 0;
}

// --- the lists -------------------------------------------------------------------------------

struct wanted {
	const char *name;
	size_t len;
	uint64_t begin, mask; // its first bytes and the 0 behind it, as they lie in memory
};

static bool is_it(const struct btf *b, const struct wanted *w, uint32_t offset)
{
	const char *name = btf_string(b, offset);

	return !strncmp(name, w->name, w->len) && !name[w->len];
}

static struct wanted wanted_of(const char *name, size_t len)
{
	struct wanted w = {.name = name, .len = len};

	memcpy(&w.begin, name, len < sizeof(w.begin) ? len : sizeof(w.begin));
	memset(&w.mask, 0xff, len + 1 < sizeof(w.mask) ? len + 1 : sizeof(w.mask));
	return w;
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

// Where a list has its first id at or after `from`.
static uint32_t begin_at(const struct btf_ids *list, uint32_t from)
{
	uint32_t low = 0, high = list->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (list->ids[middle] < from)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

// The first id of a list whose name may be the wanted one; nearly all are told apart by one load. A name so
// near the end of the strings that it can't be loaded, or in the base's, may always be.
static const uint32_t *candidate(const struct btf *b, const uint32_t *id, const uint32_t *end,
				 const struct wanted *w)
{
	uint32_t size = sizeof(w->begin), first = b->first_string;
	uint32_t readable = b->strings_len < size ? 0 : b->strings_len - size + 1;
	const unsigned char *types = b->bytes.data;
	const uint32_t *at = b->at, first_id = b->first;
	const char *strings = b->strings;
	uint64_t begin = w->begin, mask = w->mask;

	for (; id < end; id++) {
		uint32_t offset = ((const struct btf_type *)(const void *)(types +
									   at[*id - first_id]))
					  ->name_off;
		uint64_t has;

		if (offset - first >= readable)
			break;
		memcpy(&has, strings + (offset - first), sizeof(has));
		if (((has ^ begin) & mask) == 0)
			break;
	}
	return id;
}

static uint32_t find_listed(const struct btf *b, uint32_t kind, const struct wanted *w,
			    uint32_t from)
{
	const struct btf_ids *list = &b->names->of_kind[kind];
	const uint32_t *start, *id, *end;

	if (!list->count)
		return 0;
	start = list->ids + (from > b->first ? begin_at(list, from) : 0);
	end = list->ids + list->count;
	id = candidate(b, start, end, w);
	while (id < end && !is_it(b, w, btf_type(b, *id)->name_off))
		id = candidate(b, id + 1, end, w);
	b->names->walked += (size_t)(id - start);
	return id < end ? *id : 0;
}

static bool is_indexed(const struct btf *b)
{
	struct btf_names *n = b->names;

	return n->last ||
	       (n->walked >= WALKS * (uint64_t)(b->end - b->first) && !n->refused && make_index(b));
}

uint32_t btf_find(const struct btf *b, uint32_t kind, const char *name, uint32_t from)
{
	struct btf_names *n = b->names;
	struct wanted w;
	uint32_t id;

	if (!n || !*name || kind >= sizeof(n->of_kind) / sizeof(*n->of_kind))
		return 0;
	if (is_indexed(b))
		return find_indexed(b, kind, name, from);
	if (!from && kind == n->before.kind && !strcmp(n->before.name, name))
		return n->before.id;
	w = wanted_of(name, strlen(name));
	id = find_listed(b, kind, &w, from);
	if (!from && w.len < sizeof(n->before.name)) {
		memcpy(n->before.name, name, w.len + 1);
		n->before.kind = kind;
		n->before.id = id;
	}
	return id;
}

bool btf_has_tag(const struct btf *b, uint32_t id, const char *text)
{
	const struct btf_ids *tags = &b->names->of_kind[BTF_KIND_DECL_TAG];

	for (uint32_t i = 0; i < tags->count; i++) {
		const struct btf_type *t = btf_own(b, tags->ids[i]);

		if (t->type == id && !strcmp(btf_string(b, t->name_off), text))
			return true;
	}
	return false;
}

uint32_t btf_next_enum(const struct btf *b, uint32_t from)
{
	const struct btf_ids *old = &b->names->of_kind[BTF_KIND_ENUM];
	const struct btf_ids *new = &b->names->of_kind[BTF_KIND_ENUM64];
	uint32_t i = begin_at(old, from), k = begin_at(new, from);

	if (i == old->count)
		return k < new->count ? new->ids[k] : 0;
	return k < new->count &&new->ids[k] < old->ids[i] ? new->ids[k] : old->ids[i];
}

static uint32_t find_constant(const struct btf *b, const struct wanted *w, uint32_t from,
			      uint32_t *nth)
{
	uint32_t id = b->base && from < b->first ? find_constant(b->base, w, from, nth) : 0;

	for (; !id && (id = btf_next_enum(b, from)); from = id + 1, id = 0) {
		const struct btf_type *t = btf_type(b, id);
		uint32_t words = btf_kind(t) == BTF_KIND_ENUM64 ? 3 : 2;
		int at = find_in(b, (const void *)(t + 1), btf_vlen(t), words, w);

		if (at >= 0) {
			*nth = (uint32_t)at;
			return id;
		}
	}
	return id;
}

uint32_t btf_find_constant(const struct btf *b, const char *name, size_t len, uint32_t from,
			   uint32_t *nth)
{
	struct wanted w = wanted_of(name, len);

	return find_constant(b, &w, from, nth);
}
