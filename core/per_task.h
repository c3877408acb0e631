// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// A value for every task: in the storage that the kernel has in each or, where programs have none, in a
// hash by the task's address. A new value is all zeros.
#ifndef CORE_PER_TASK_H
#define CORE_PER_TASK_H

#include "lower.h"

struct per_task {
	bool storage;	// else a hash
	int map, zeros; // numbers of maps (ir.h); zeros: one value of zeros, for the hash
};

// The task that runs, as the two below want it.
int per_task_current(struct lower *l, const struct per_task *p);
// Room on the stack that per_task_find needs; 0: none.
int per_task_key(struct lower *l, const struct per_task *p);
// The value of a task, or 0.
int per_task_find(struct lower *l, const struct per_task *p, int task, int key);
// The value of the task that runs, made if need be; or to `full`. new: what that is, for listings.
int per_task_make(struct lower *l, const struct per_task *p, const char *new, int full);
// Of a task that is no more, once its value was found: storage goes with the task.
void per_task_delete(struct lower *l, const struct per_task *p, int key);

#endif
