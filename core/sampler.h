// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Which hits are looked at when not all are: one in so many by chance, or so many in a time. Each that
// is stands for the others, by its weight.
#ifndef CORE_SAMPLER_H
#define CORE_SAMPLER_H

#include "lower.h"

struct sampler {
	bool on;
	int line;	   // byte of its line in a CPU's block, see bpf/wire.h
	uint32_t one_in;   // by chance; 0: all
	uint64_t interval; // ns between two on one CPU; 0: as many as come
	uint64_t burst;	   // ns that hits may come before their time
};

// Lets chance say whether a hit is taken: goes to the label when that is so, or when it is not. Needs no
// helper and no guard.
void sampler_share(struct lower *l, const struct sampler *s, bool taken, int label);
// Goes to `no` when this CPU has had its hits for now, and counts it. Needs the guard.
void sampler_rate(struct lower *l, const struct sampler *s, int no);
// For how many hits this one stands: a register, not the caller's to change.
int sampler_weight(struct lower *l);

#endif
