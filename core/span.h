// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// What belongs to a span besides its probe, whose variants are those where it closes.
#ifndef CORE_SPAN_H
#define CORE_SPAN_H

#include "beginnings.h"
#include "end.h"
#include "opening.h"
#include "trace.h"

// Places where it opens, or where it closes, with one key.
struct span_end {
	struct ks_end end; // its variants: of the span's, or of its `opens`
	struct span_end *next;
	struct ks_probe *span;
	bool opens;
	const char *key; // NULL: the task
	bool is_pointer; // the key
};

struct span {
	struct ks_probe opens; // what the places stand for where it opens
	struct span_end *ends, **last;
	uint32_t max;
	struct beginnings begin;
	struct pairs pairs;
	bool laid; // span_lay is done
};

// What is kept of what is open and how that is shown, once, when all its texts are there. -1 with error.
int span_lay(struct ks_probe *p, struct ks_error *error);
// What belongs to it, once, when all its texts are there and before there are maps. -1 with error.
int span_prepare(struct ks_probe *p, struct ks_error *error);
// Adds to the form of the program where a variant closes a span; of no span: nothing.
void span_shape(const struct ks_variant *v, struct shape *shape);
// The program where one opens, or the one at the end of tasks. end: the form of any end's.
int span_compile(struct ks_variant *v, const struct shape *end, struct ks_error *error);
// When the program where one opens is attached, of 0 to 2; those where it closes are at 1. A place in
// both ends closes first: what is newest there runs first, or last, by the kind.
int span_turn(const struct ks_variant *v);

#endif
