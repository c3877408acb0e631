// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// The tables of constants that a trace's specs ask for ("SIG*", "O_*"), each made once.
#ifndef CORE_GLOSSARY_H
#define CORE_GLOSSARY_H

#include "naming.h"

struct glossary_entry;

struct glossary {
	struct arena *arena; // owns the entries
	struct glossary_entry *first;
	uint32_t count;
};

// The constants that match a glob, for values of a type (0: none) and a size: see naming_find.
// NULL: no memory, or more than 256 tables. Borrowed, for the arena's life.
const struct naming *glossary_of(struct glossary *g, const struct btf *btf, uint32_t type_id,
				 uint32_t size, const char *glob);
// Hints at globs that match something and are close to this one, which matches nothing.
void glossary_hint(const struct btf *btf, const char *glob, struct ks_error *error);

#endif
