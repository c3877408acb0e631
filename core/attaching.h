// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// All programs of a trace into the kernel and onto their places, in steps: a pattern can need
// thousands, and somebody waits.
#ifndef CORE_ATTACHING_H
#define CORE_ATTACHING_H

#include "ksnoop.h"
#include "programs.h"

struct attaching {
	struct programs walk;
	bool loaded; // all of them
	int turn;
	uint32_t done, total;  // loads and links
	uint32_t alone, multi; // links that are for one function each, and for many
};

// Counts what is to be done. Needs: all is compiled.
void attaching_begin(struct ks_trace *t);
// Goes on for a moment: 1 when there is more to do, 0 when all is done, -1 with error: *at is the probe
// that failed; KS_EENDED, a signal came.
int attaching_step(struct ks_trace *t, struct ks_probe **at, struct ks_error *error);
// Takes off what is there, before anything counted; many links by a process of their own, as nobody
// waits for them.
void attaching_undo(struct ks_trace *t);
// Reads the last counters and takes all off.
void attaching_end(struct ks_trace *t);

#endif
