// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// An index over many names of one text: by name, and by what stands before a name's first dot, as
// compilers call the variants that they make of a function ("f.isra.0", "f.part.0").
#ifndef CORE_NAMES_H
#define CORE_NAMES_H

#include "ksnoop.h"

#define NAMES_NONE UINT32_MAX

struct names {
	const char *text;    // borrowed; each name in it ends in NUL
	const char *offsets; // borrowed: entry i's offset into text is the uint32_t at i * stride
	size_t stride;
	uint32_t *bucket, *next; // owned
	uint32_t mask;
};

// Indexes `count` entries; the first one's offset is *offsets. -1 with error: KS_ENOMEM.
int names_init(struct names *n, const char *text, const uint32_t *offsets, size_t stride,
	       uint32_t count, struct ks_error *error);
void names_fini(struct names *n);
const char *names_at(const struct names *n, uint32_t i);
// The first entry behind `after` (NAMES_NONE: of all) with this name; NAMES_NONE: none.
uint32_t names_find(const struct names *n, const char *name, uint32_t after);
// The same for an entry that is a variant of the name: the name, a dot, and more.
uint32_t names_variant(const struct names *n, const char *name, uint32_t after);

#endif
