// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// What belongs to a probe that keeps its records in the kernel (keep.h).
#ifndef CORE_RECORDER_H
#define CORE_RECORDER_H

#include "trace.h"

struct recorder {
	struct keep keep;
	struct ks_variant *gone; // the program at the end of tasks; NULL: it needs none
	uint32_t line;		 // of the counter map
	bool prepared;
};

// What belongs to it, once, when all texts of the probe are there and before there are maps. -1 with
// error: KS_ELIMIT, more than a task can keep.
int recorder_prepare(struct ks_probe *p, struct ks_error *error);
// Adds to the form of a variant's program that it keeps records; where it keeps none, nothing.
void recorder_shape(const struct ks_variant *v, struct shape *shape);
// The program at the end of tasks, if there is one. -1 with error.
int recorder_compile(struct ks_probe *p, struct ks_error *error);
struct ks_variant *recorder_gone(const struct ks_probe *p);
// Bytes that go into the ring at once.
uint32_t recorder_size(const struct ks_variant *v);
// Are these the records of a task? Then they come one by one from now on, as long as the caller leaves
// them where they are.
bool recorder_unroll(struct ks_trace *t, const struct ks_record *r);
// The next of them, or NULL.
const struct ks_record *recorder_next(struct ks_trace *t);
void recorder_counters(const struct ks_probe *p, struct ks_counters *out);

#endif
