// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Memory by lifetime: many small objects, freed all at once.
#ifndef CORE_ARENA_H
#define CORE_ARENA_H

#include <stddef.h>

struct arena_block;

struct arena {
	struct arena_block *blocks; // newest first
};

// Zeroed memory, aligned for any type, or NULL. Lives until arena_fini.
void *arena_alloc(struct arena *a, size_t size);
// A copy of n bytes with a NUL behind, or NULL.
char *arena_copy(struct arena *a, const char *bytes, size_t n);
void arena_fini(struct arena *a);

// How far it is filled; and back to there, which frees what came since.
struct arena_mark {
	struct arena_block *block;
	size_t used;
};
struct arena_mark arena_mark(const struct arena *a);
void arena_back(struct arena *a, struct arena_mark to);

#endif
