// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// The form of the program where a call begins: test, find a slot, put away. bpf/README.md draws it.
#ifndef CORE_OPENING_H
#define CORE_OPENING_H

#include "shape.h"

// What both ends of a call share, of which the end's program is made by shape_probe, and the scope
// of its beginning.
struct opening {
	const struct shape *shape; // of the end
	const struct scope *scope;
	uint32_t end; // which of the stash's trees are this end's
};

// Writes the program. -1 with error: KS_ELIMIT, KS_ENOMEM.
int opening_shape(struct ir *ir, const struct opening *o, struct ks_error *error);
// Writes the program that is told of every task's end.
int opening_gone(struct ir *ir, const struct shape *s, struct ks_error *error);

#endif
