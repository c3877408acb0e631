// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// What a checked tree is as a field of a record: its kind, and what its values mean.
#ifndef CORE_FIELD_H
#define CORE_FIELD_H

#include "layout.h"
#include "tree.h"

struct ks_variant;

// A type as C has it, in the trace's memory; NULL: no memory.
const char *field_spell(struct ks_variant *v, const struct value_type *t);
// All but its name and place. type: NULL when there is no memory.
struct ks_field field_of(struct ks_variant *v, const struct node *n);
// The field of every event that a built-in value lies in already; -1: none.
int field_header(const struct ks_variant *v, const struct node *n);
// Finds out how a field of a layout is shown, before there are values of it.
void field_know(struct ks_variant *v, struct layout *l, uint32_t index, const struct node *n);
// The same of a KS_CHANGES, whose two ends are fields of their own. name: of what it is about. -1: no
// memory.
int field_split(struct ks_variant *v, struct layout *l, uint32_t index, const struct node *n,
		const char *name);

#endif
