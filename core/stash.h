// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// What is put away where something begins, for its end: the time, and what entry(x) stands for. It
// lies in a map's value, whichever way its end finds that.
#ifndef CORE_STASH_H
#define CORE_STASH_H

#include "lower.h"

#define MAX_STASHED 64 // values, each of which may have a bit that says it is unknown

struct stash_value {
	const struct node *node; // N_STASH; those that are the same share a value
	uint32_t offset, size;	 // bytes
	int nil_bit;		 // in the word of nils; -1: always known
};

struct stash {
	struct stash_value values[MAX_STASHED];
	uint32_t count, nil_bits;
	bool wanted;		     // an end asks for any of it
	bool has_time;		     // for elapsed
	bool has_weight;	     // of a sampler's: for how many hits it stands, 0 for none
	uint32_t time, nils, weight; // where these lie
	uint32_t size;		     // bytes of all, a multiple of 8
};

// Adds what a tree asks for. l: of the end, its scope and target. -1 with error: KS_ELIMIT.
int stash_add(struct stash *s, const struct lower *l, const struct node *n, struct ks_error *error);
// Gives each value its place, behind `head` bytes of another's.
void stash_lay(struct stash *s, uint32_t head);
// The same as a record has it: time and nils in the header, the values behind it.
void stash_lay_record(struct stash *s);
// Which of the values a tree reads, added to bits; *elapsed: also the time.
void stash_used(const struct stash *s, const struct node *n, uint64_t *bits, bool *elapsed);
void stash_dump(const struct stash *s, struct buf *out);

// At open end number `end`: puts all of it away at l->stash_at, the time last.
void stash_put(struct lower *l, const struct stash *s, uint32_t end);
// Where it ends, once l->stash_at is known: what time it is, if that matters.
void stash_take(struct lower *l);
// There: an N_STASH's number or pointer, not the caller's to change; the value of any other as a
// capture at base + off; the first bytes of its characters on the stack. Or to l->fault.
int stash_read(struct lower *l, const struct node *n);
void stash_copy(struct lower *l, const struct node *n, int base, int off);
// Where the value lies; a register of the caller's.
int stash_address(struct lower *l, const struct node *n);
void stash_text(struct lower *l, const struct node *n, uint32_t size, int slot);
// Can it be that an N_STASH could not be read where it was put away?
bool stash_can_fail(const struct lower *l, const struct node *n);

#endif
