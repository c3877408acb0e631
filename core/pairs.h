// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Which end belongs to which beginning, where a key tells: a hash has a value for each that is open,
// in the form of a record, with what was put away behind the header.
#ifndef CORE_PAIRS_H
#define CORE_PAIRS_H

#include "lower.h"
#include "stash.h"

#define PAIRS_VALUE 32768 // bytes of a value, at most

struct pairs {
	int map;      // its number (ir.h)
	int counters; // byte of the counters' second line in a CPU's block
	int scratch;  // byte in it where a value is made, and where its end reads a copy
};

// One place where something opens or closes.
struct pairs_end {
	const struct pairs *pairs;
	const struct node *key; // a number or pointer of 8 bytes; NULL: the task
};

// What an end reads of what its beginning left there.
struct pairs_use {
	uint64_t values; // bit n: value n of the stash
	bool elapsed;
};

// What the header says of where it opens.
struct pairs_origin {
	uint32_t point;
	bool cookie;  // an attach cookie says it
	uint32_t end; // which of the stash's trees are this end's
};

// Needs the guard; weight: a register of the sampler's, 0: none. Puts the value under its key, counts what became of that and goes on behind; or to
// `full`. A key that can't be read goes to l->fault.
void pairs_open(struct lower *l, const struct pairs_end *e, const struct stash *s,
		const struct pairs_origin *from, int weight, int full);
// Takes the value of the key, so that nobody else has it; l->stash_at becomes a copy of what is used
// of it, and l->weight its weight. Or to `unmatched`.
void pairs_close(struct lower *l, const struct pairs_end *e, const struct stash *s,
		 const struct pairs_use *use, int unmatched);
// A task is no more: what has it as its key is gone.
void pairs_gone(struct lower *l, const struct pairs *p, int task);

#endif
