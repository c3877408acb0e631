// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// A flight recorder: the last records of every task stay in the kernel until a condition comes true, and
// go out together then (struct wire_kept in bpf/wire.h).
#ifndef CORE_KEEP_H
#define CORE_KEEP_H

#include "per_task.h"
#include "predicates.h"

#define KEEP_VALUE 60000 // bytes of all records of a task, at most

struct keep {
	struct per_task tasks;
	uint32_t count; // records of a task
	uint32_t each;	// bytes from one to the next
	uint32_t size;	// bytes of all and what is before them
	uint32_t point; // one of the probe's
	int counters;	// byte of the counters' line in a CPU's block
};

// Where the next record of this task goes: a register with its address. Or goes to `full`.
// *value: one with that of all of them.
int keep_place(struct lower *l, const struct keep *k, int full, int *value);
// Behind the record, at that register: sends all of them if `emit` is true. lost_cell: counts them where the ring is full;
// nils_cell: that it is not known whether it is true, which sends nothing. Goes to `out`, or on behind.
void keep_emit(struct lower *l, const struct keep *k, const struct shape_where *emit, int value,
	       int record, int lost_cell, int nils_cell, int out);
// Of a task that is no more; goes to `none` when it has nothing.
void keep_gone(struct lower *l, const struct keep *k, int task, int none);

#endif
