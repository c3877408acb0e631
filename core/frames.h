// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Which return belongs to which entry: every task has a few slots, one for each call that it is in,
// the outermost first. A slot knows its call by the address of the trampoline's frame, which is the
// context that both programs get, and which no other live call has.
#ifndef CORE_FRAMES_H
#define CORE_FRAMES_H

#include "per_task.h"

#define FRAMES_HEAD  8	// bytes of a slot before what is put away: the frame; 0: the slot is free
#define FRAMES_SEAL  24 // bytes more where a slot must not be taken for a live one's: frames_inside
#define FRAMES_ONE   4	// slots where one function is traced,
#define FRAMES_MANY  8	// and where several are, which may call each other
#define FRAMES_VALUE 32768 // bytes of all slots of a task, at most

struct frames {
	struct per_task tasks; // where the slots lie
	bool sealed;	       // slots tell whether their frame is still on the stack
	uint32_t slots, size;  // of a slot
	int counters;	       // byte of the counters' second line in a CPU's block
};

// At an entry: l->stash_at becomes a slot that is this call's, or it goes to `full`. words: of arguments
// in the context.
void frames_open(struct lower *l, const struct frames *f, uint32_t words, int full);
// At a return: l->stash_at becomes this call's slot, which is free from now on, but keeps what is in
// it until this task calls again. Or it goes to `unmatched`.
void frames_close(struct lower *l, const struct frames *f, int unmatched);
// In a program elsewhere: l->outer_at becomes the slot of the innermost of the calls that this one is
// in. Or it goes to `outside`: also when an interrupt came in between, which no call made. The slots
// are sealed.
void frames_inside(struct lower *l, const struct frames *f, int outside);
// A task is no more: what it leaves behind is counted, and gone. Goes to `none` when that is nothing.
void frames_gone(struct lower *l, const struct frames *f, int task, int none);

#endif
