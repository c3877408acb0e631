// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Records in the order of their times. The ring has them in the order in which they got their places; a
// program reads the clock some time before or after that, and may be held up between the two.
//
// A record is held until no earlier one can come. That is known, not guessed: after a look at the clock
// each CPU is seen without a program of ours that is at work (its guard), and then the ring is read up to
// where it ends. What is not in there began later than the look. Only a program that is held up for longer
// than REORDER_WINDOW, or for longer than there is room for, is not waited for: its record comes late.
#ifndef CORE_REORDER_H
#define CORE_REORDER_H

#include "cells.h"
#include "ring.h"

#define REORDER_WINDOW 1000000000 // ns

struct reorder_kept;

struct reorder {
	struct ring *ring;
	const struct cells *cells;
	uint64_t window;     // ns
	size_t limit, bytes; // of what is held, at most and now
	// What is held, by time, [head, tail) of an array; of the same time in the ring's order.
	struct reorder_kept *kept;
	size_t head, tail, room;
	void *given;	     // the last one, ours to free
	const void *unmoved; // there was no memory for a copy of it: it is still in the ring
	// A turn: when it began (0: there is none), the next CPU to be looked at, and up to where the ring is
	// to be read when all were (0: not yet).
	uint64_t begun, end;
	uint32_t cpu;
	uint64_t horizon; // no earlier record will come
	bool over;	  // nobody writes any more
};

// limit: bytes. The ring and cells are the caller's; they may be opened later. -1 with error: KS_ENOMEM.
int reorder_init(struct reorder *o, struct ring *ring, const struct cells *cells, size_t limit,
		 struct ks_error *error);
void reorder_fini(struct reorder *o);
// The next record, or NULL: none is sure to be the next. Borrowed until the next call.
const struct ks_record *reorder_next(struct reorder *o);
// Are there records that only wait for their turn?
bool reorder_holds(const struct reorder *o);
// From now on nobody writes: what is in the ring is all there is.
void reorder_over(struct reorder *o);

#endif
