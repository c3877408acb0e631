// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Functions of a pattern share a variant as long as the probe's texts mean the same at all of them: what a
// text looks up is kept, and those where the answers differ part from the others.
#ifndef CORE_ALIKE_H
#define CORE_ALIKE_H

#include "trace.h"

// What one of a variant's prototypes says, and how many of its points have it; they follow each other.
struct alike {
	struct scope scope;
	uint32_t count;
};

// A text's turn at a variant.
struct alike_turn {
	struct ks_variant *variant;
	struct ks_variant *before; // as it was; owned. NULL: there is nobody to part from
};

// One more prototype of the variant's, the newest of its probe, whose points come next. Its scope is
// filled in by the caller. NULL: out of memory.
struct alike *alike_add(struct ks_variant *v);
// Before a text is added to the variant. -1 with error.
int alike_begin(struct ks_variant *v, struct alike_turn *turn, struct ks_error *error);
// After that, whether or not it compiled: prototypes where it looked up something else get variants
// of their own, without the text, behind the probe's others. -1 with error.
int alike_end(struct alike_turn *turn, struct ks_error *error);
// The scope of a variant's point, with the arguments of that function.
const struct scope *alike_scope(const struct ks_variant *v, uint32_t point);

#endif
