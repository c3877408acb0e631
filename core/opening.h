// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// The form of the program where a call or span begins: test, find a place, put away. bpf/README.md
// draws it.
#ifndef CORE_OPENING_H
#define CORE_OPENING_H

#include "shape.h"

// What both ends share, of which the end's program is made by shape_probe, and what is known where it
// begins.
struct opening {
	const struct shape *shape; // of a call's end, of any end of a span
	const struct scope *scope;
	const struct shape_where *wheres;
	uint32_t where_count;
	bool decides; // the predicates are tested here alone, not again at the end
	// Of a span; pairs NULL: it is a call.
	const struct pairs_end *pairs;
	struct pairs_origin from;
	uint32_t words; // of arguments, of a call
	bool trusted;	// the verifier calls the arguments trusted
};

// Writes the program. -1 with error: KS_ELIMIT, KS_ENOMEM.
int opening_shape(struct ir *ir, const struct opening *o, struct ks_error *error);
// Writes the program that is told of every task's end. s: of whose tasks something is put away; where
// records are kept, of these.
int opening_gone(struct ir *ir, const struct shape *s, struct ks_error *error);

#endif
