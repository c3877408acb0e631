// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "constants.h"

#include <stdlib.h>
#include <string.h>

#include "safe.h"

#define NEAR 1024 // so many values may lie between the least and the greatest

static int by_value(const void *a, const void *b)
{
	const struct constant *x = a, *y = b;

	if (x->value != y->value)
		return x->value < y->value ? -1 : 1;
	return x->len < y->len ? -1 : x->len > y->len; // len: here the place in the enum
}

// A name as it may be shown: BTF's own text where nothing is wrong with it.
static bool name(struct arena *arena, const char *text, struct constant *c)
{
	char room[CONSTANT_NAME + 1];
	struct buf safe = buf_over(room, sizeof(room));
	size_t n = strlen(text);

	safe_text(&safe, text, n > CONSTANT_NAME ? CONSTANT_NAME : n);
	c->len = (uint32_t)(safe.len > CONSTANT_NAME ? CONSTANT_NAME : safe.len);
	c->name = c->len == n && !memcmp(room, text, n) ? text : arena_copy(arena, room, c->len);
	return c->name != NULL;
}

static struct constants *make(struct constants_cache *cache, const struct btf *btf,
			      uint32_t type_id)
{
	const struct btf_type *t = btf_type(btf, type_id);
	bool wide = btf_kind(t) == BTF_KIND_ENUM64, is_signed = BTF_INFO_KFLAG(t->info);
	const uint32_t *e = (const void *)(t + 1), words = wide ? 3 : 2;
	uint32_t vlen = btf_vlen(t), count = 0;
	struct constants *made = arena_alloc(&cache->arena, sizeof(*made));
	struct constant *all = arena_alloc(&cache->arena, (vlen + 1) * sizeof(*all));
	uint16_t *near;

	if (!made || !all)
		return NULL;
	for (uint32_t i = 0; i < vlen; i++)
		all[i] = (struct constant){
			.value = wide	     ? e[i * words + 1] | (uint64_t)e[i * words + 2] << 32
				 : is_signed ? (uint64_t)(int64_t)(int32_t)e[i * words + 1]
					     : e[i * words + 1],
			.len = i,
		};
	qsort(all, vlen, sizeof(*all), by_value);
	for (uint32_t i = 0; i < vlen; i++) {
		uint32_t nth = all[i].len;

		if (count && all[count - 1].value == all[i].value)
			continue;
		all[count].value = all[i].value;
		if (!name(&cache->arena, btf_string(btf, e[nth * words]), &all[count++]))
			return NULL;
	}
	*made = (struct constants){.type_id = type_id, .count = count, .sorted = all};
	// By the difference, which is right for signed values too as long as they are close.
	for (uint32_t i = 0; i < count; i++)
		if (i == 0 || (int64_t)all[i].value < (int64_t)made->first)
			made->first = all[i].value;
	for (uint32_t i = 0; i < count; i++)
		if (all[i].value - made->first >= NEAR)
			return made;
	near = count ? arena_alloc(&cache->arena, NEAR * sizeof(*near)) : NULL;
	for (uint32_t i = 0; near && i < count; i++) {
		uint32_t at = (uint32_t)(all[i].value - made->first);

		near[at] = (uint16_t)(i + 1);
		if (at >= made->span)
			made->span = at + 1;
	}
	made->near = near;
	return made;
}

const struct constants *constants_of(struct constants_cache *c, const struct btf *btf,
				     uint32_t type_id)
{
	struct constants *made;

	for (uint32_t i = 0; i < c->count; i++)
		if (c->all[i]->type_id == type_id)
			return c->all[i];
	if (c->count == c->room) {
		uint32_t room = c->room ? c->room * 2 : 16;
		struct constants **all = realloc(c->all, room * sizeof(*all));

		if (!all)
			return NULL;
		c->all = all;
		c->room = room;
	}
	made = make(c, btf, type_id);
	if (made)
		c->all[c->count++] = made;
	return made;
}

void constants_fini(struct constants_cache *c)
{
	arena_fini(&c->arena);
	free(c->all);
	*c = (struct constants_cache){0};
}
