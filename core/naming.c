// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "naming.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "type.h"
#include "uapi.h"

#define MAX_FOUND 16384

// One that matches, and how well what it comes from does: less is better.
struct found {
	struct named constant;
	uint32_t rank, order;
};

struct search {
	const struct btf *btf;
	const char *glob;
	size_t prefix; // bytes of the glob before its first * or ?
	struct found *found;
	uint32_t count, room;
	uint32_t groups; // enums that have one that matches, and the macros
};

// How well an enum, or all macros together, fit the glob; from the worst on.
enum { OTHERS, MACROS, MACROS_PREFIX, SAME_PREFIX, SAME_PREFIX_UAPI, OWN_TYPE };
#define RANK(reason, size, group) ((uint32_t)(7 - (reason)) << 28 | (4095 - (size)) << 16 | (group))
#define IS_SURE(rank)		  ((rank) >> 28 <= 7 - MACROS_PREFIX)

bool naming_glob(const char *text, size_t len)
{
	bool star = false, word = false;

	for (size_t i = 0; i < len; i++) {
		star = star || text[i] == '*';
		word = word || isalnum((unsigned char)text[i]) || text[i] == '_';
		if (!isalnum((unsigned char)text[i]) && !strchr("_*?", text[i]))
			return false;
	}
	return star && word;
}

// * and ?; every star but the last one that was met is done with, so this takes no more than
// length times length steps.
static bool matches(const char *name, const char *glob)
{
	const char *star = NULL, *again = NULL;

	while (*name) {
		if (*glob == '*') {
			star = glob++;
			again = name;
		} else if (*glob == '?' || *glob == *name) {
			glob++;
			name++;
		} else if (star) {
			glob = star + 1;
			name = ++again;
		} else {
			return false;
		}
	}
	while (*glob == '*')
		glob++;
	return !*glob;
}

static int add(struct search *s, const char *name, uint64_t value)
{
	if (s->count == MAX_FOUND)
		return -1;
	if (s->count == s->room) {
		uint32_t room = s->room ? s->room * 2 : 64;
		struct found *more = realloc(s->found, room * sizeof(*more));

		if (!more)
			return -1;
		s->found = more;
		s->room = room;
	}
	s->found[s->count] = (struct found){.constant = {name, value}, .order = s->count};
	s->count++;
	return 0;
}

// Gives all that were found since `from` the rank of their group.
static void rank(struct search *s, uint32_t from, uint32_t reason)
{
	uint32_t size = s->count - from < 4095 ? s->count - from : 4095;
	uint32_t group = s->groups < 65535 ? s->groups++ : 65535;

	for (uint32_t i = from; i < s->count; i++)
		s->found[i].rank = RANK(reason, size, group);
}

// How many bytes the names found since `from` begin with alike.
static size_t common(const struct search *s, uint32_t from)
{
	const char *first = s->found[from].constant.name;
	size_t n = strlen(first);

	for (uint32_t i = from + 1; i < s->count; i++)
		for (size_t j = 0; j < n; j++)
			if (s->found[i].constant.name[j] != first[j])
				n = j;
	return n;
}

static int of_enum(struct search *s, uint32_t id, uint32_t own)
{
	const struct btf_type *t = btf_type(s->btf, id);
	const struct btf_enum *e = (const void *)(t + 1);
	const struct btf_enum64 *e64 = (const void *)(t + 1);
	bool wide = btf_kind(t) == BTF_KIND_ENUM64, is_uapi = false;
	uint32_t from = s->count;

	for (uint32_t i = 0; i < btf_vlen(t); i++) {
		const char *name = btf_string(s->btf, wide ? e64[i].name_off : e[i].name_off);
		uint64_t value = wide ? e64[i].val_lo32 | (uint64_t)e64[i].val_hi32 << 32
				      : (uint64_t)(int64_t)e[i].val,
			 ignored;

		if (!matches(name, s->glob))
			continue;
		if (add(s, name, value) < 0)
			return -1;
		is_uapi = is_uapi || uapi_constant(name, strlen(name), &ignored);
	}
	if (s->count > from)
		rank(s, from,
		     id == own			    ? OWN_TYPE
		     : common(s, from) != s->prefix ? OTHERS
		     : is_uapi			    ? SAME_PREFIX_UAPI
						    : SAME_PREFIX);
	return 0;
}

static int all(struct search *s, uint32_t own)
{
	const char *name;
	uint64_t value;
	uint32_t from;

	for (const struct btf *b = s->btf; b; b = b->base)
		for (uint32_t id = 0; (id = btf_next_enum(b, id + 1));)
			if (of_enum(s, id, own) < 0)
				return -1;
	from = s->count;
	for (uint32_t i = 0; (name = uapi_nth(i, &value)); i++)
		if (matches(name, s->glob) && add(s, name, value) < 0)
			return -1;
	if (s->count > from)
		rank(s, from, common(s, from) == s->prefix ? MACROS_PREFIX : MACROS);
	return 0;
}

// Does a value, of a negative one the two's complement, fit into the mask's bits?
static bool fits(uint64_t value, uint64_t mask)
{
	return value <= mask || value >= ~(mask >> 1);
}

static int by_value(const void *a, const void *b)
{
	const struct found *x = a, *y = b;

	if (x->constant.value != y->constant.value)
		return x->constant.value < y->constant.value ? -1 : 1;
	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

static int by_bits(const void *a, const void *b)
{
	const struct named *x = a, *y = b;
	int bits = __builtin_popcountll(y->value) - __builtin_popcountll(x->value);

	return bits ? bits : x->value < y->value ? -1 : 1;
}

// Which of n rows may be joined: those of rank `best`, when most of them are single bits. -1: no
// memory.
static int gather_bits(struct arena *a, const struct found *f, uint32_t n, uint32_t best,
		       struct naming *ret)
{
	struct named *bits = arena_alloc(a, (n + 1) * sizeof(*bits));
	uint32_t count = 0, single = 0;
	bool negative = false;

	if (!bits)
		return -1;
	for (uint32_t i = 0; i < n; i++) {
		if (f[i].rank != best || !f[i].constant.value)
			continue;
		negative = negative ||
			   (ret->mask >> 16 && f[i].constant.value > ret->mask - 0xffff);
		bits[count++] = f[i].constant;
		single += __builtin_popcountll(f[i].constant.value) == 1;
	}
	qsort(bits, count, sizeof(*bits), by_bits);
	ret->bits = bits;
	ret->bit_count = single * 2 > count && single > 1 && !negative ? count : 0;
	return 0;
}

// Leaves those that fit into the mask, by value; of one value the best. Where one source is sure
// to be what was meant, the others say wrong things of what it does not have. How many are left.
static uint32_t choose(struct found *f, uint32_t n, uint64_t mask, uint32_t *best)
{
	uint32_t fit = 0, kept = 0;

	*best = UINT32_MAX;
	for (uint32_t i = 0; i < n; i++) {
		if (!fits(f[i].constant.value, mask))
			continue;
		f[fit] = f[i];
		f[fit].constant.value &= mask;
		*best = f[fit].rank < *best ? f[fit].rank : *best;
		fit++;
	}
	qsort(f, fit, sizeof(*f), by_value);
	for (uint32_t i = 0; i < fit; i++) {
		if (IS_SURE(*best) && f[i].rank != *best)
			continue;
		if (!kept || f[kept - 1].constant.value != f[i].constant.value)
			f[kept++] = f[i];
	}
	return kept;
}

static int table(struct arena *a, struct found *f, uint32_t n, uint32_t size, struct naming *ret)
{
	uint64_t mask = size < 8 ? (1ull << size * 8) - 1 : ~0ull;
	uint32_t best, count = n ? choose(f, n, mask, &best) : 0;
	struct named *rows = arena_alloc(a, (count + 1) * sizeof(*rows));

	*ret = (struct naming){.rows = rows, .count = count, .mask = mask};
	if (!rows)
		return -1;
	for (uint32_t i = 0; i < count; i++)
		rows[i] = f[i].constant;
	return count ? gather_bits(a, f, count, best, ret) : 0;
}

int naming_find(struct arena *a, const struct btf *btf, uint32_t type_id, uint32_t size,
		const char *glob, struct naming *ret)
{
	struct search s = {.btf = btf, .glob = glob, .prefix = strcspn(glob, "*?")};
	int r = all(&s, type_peel(btf, type_id));

	if (r == 0)
		r = table(a, s.found, s.count, size, ret);
	free(s.found);
	return r;
}

bool naming_join(const struct named *bits, uint32_t count, uint64_t value, struct buf *out)
{
	uint64_t left = value;

	for (uint32_t i = 0; i < count && left; i++) {
		// All its bits must be set, and one of them be new.
		if ((value & bits[i].value) != bits[i].value || !(left & bits[i].value))
			continue;
		if (left != value)
			buf_char(out, '|');
		buf_str(out, bits[i].name);
		left &= ~bits[i].value;
	}
	if (left == value)
		return false;
	if (left) {
		buf_char(out, '|');
		buf_hex(out, left);
	}
	return true;
}

bool naming_show(const struct naming *c, uint64_t value, struct buf *out)
{
	uint32_t from = 0, to = c->count;

	value &= c->mask;
	while (from < to) {
		uint32_t at = (from + to) / 2;

		if (c->rows[at].value == value) {
			buf_str(out, c->rows[at].name);
			return true;
		}
		if (c->rows[at].value < value)
			from = at + 1;
		else
			to = at;
	}
	return naming_join(c->bits, c->bit_count, value, out);
}
