// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_SIZE ((size_t)16384)

struct arena_block {
	struct arena_block *next;
	size_t used, size;
	alignas(max_align_t) unsigned char bytes[];
};

void *arena_alloc(struct arena *a, size_t size)
{
	struct arena_block *b = a->blocks;

	if (size > SIZE_MAX / 2)
		return NULL;
	size = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	if (!b || b->size - b->used < size) {
		size_t room = size > BLOCK_SIZE ? size : BLOCK_SIZE;

		b = malloc(sizeof(*b) + room);
		if (!b)
			return NULL;
		b->used = 0;
		b->size = room;
		b->next = a->blocks;
		a->blocks = b;
	}
	b->used += size;
	return memset(b->bytes + b->used - size, 0, size); // what nobody asks for is never touched
}

char *arena_copy(struct arena *a, const char *bytes, size_t n)
{
	char *copy = arena_alloc(a, n + 1);

	if (copy && n)
		memcpy(copy, bytes, n);
	return copy;
}

struct arena_mark arena_mark(const struct arena *a)
{
	return (struct arena_mark){.block = a->blocks, .used = a->blocks ? a->blocks->used : 0};
}

static void free_until(struct arena *a, const struct arena_block *last)
{
	while (a->blocks != last) {
		struct arena_block *next = a->blocks->next;

		free(a->blocks);
		a->blocks = next;
	}
}

void arena_back(struct arena *a, struct arena_mark to)
{
	free_until(a, to.block);
	if (a->blocks)
		a->blocks->used = to.used;
}

void arena_fini(struct arena *a)
{
	free_until(a, NULL);
}
