// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Checked trees -> IR. A value of up to 32 bits lies in a register's low half, the high half clear;
// C's promotions have made everything that is computed 32 or 64 bits wide.
#ifndef CORE_LOWER_H
#define CORE_LOWER_H

#include "ir.h"
#include "scope.h"
#include "tree.h"

struct lower {
	struct ir *ir;
	const struct btf *btf;
	const struct scope *scope;
	int ctx;			// register of the context
	int block;			// register of the CPU's block of counters
	bool has_block;			// it is computed at this point
	bool guarded;			// this CPU's guard is ours at this point
	int pid_tgid;			// register, or 0
	int scratch;			// stack slot of 8 bytes, used up at once; 0: none yet
	uint32_t cpu_mask, block_shift; // where a CPU's block is (bpf/wire.h)
	// where to go
	int fault;	   // a read failed: the value is unknown
	int suppressed;	   // the guard was taken
	bool helper_reads; // no direct loads through pointers
	bool failed;	   // more offset than an instruction holds
};

// Does evaluating this call a helper that may be traced itself, so that the guard comes first?
bool lower_needs_guard(const struct lower *l, const struct node *n);
// Can it be that its value is not known: memory that can't be read, a division by 0?
bool lower_can_fail(const struct lower *l, const struct node *n);
bool lower_uses_task(const struct node *n);
// A division by what is only known when it runs: 0 there makes the value unknown.
bool lower_divides(const struct node *n);
// Makes l->block good from here on.
void lower_block(struct lower *l);
// Takes the guard, or goes to l->suppressed.
void lower_guard(struct lower *l);
// Jumps to the label when the truth of n is `when`; else goes on behind.
void lower_branch(struct lower *l, const struct node *n, bool when, int label);
// A number or an address.
int lower_value(struct lower *l, const struct node *n);
// Stores a capture of any kind at base + off; failed reads go to l->fault.
void lower_capture(struct lower *l, const struct node *n, int base, int off);

#endif
