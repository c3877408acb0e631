// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "sampler.h"

#include <linux/bpf.h>

#include "../bpf/wire.h"

// The states of a generator that only multiplies are odd numbers, a quarter of which come before the
// first comes again; their high bits are what is compared (Borosh and Niederreiter's factor, which an
// instruction holds).
#define FACTOR 1812433253

// A generator of our own for each CPU: bpf_get_prandom_u32 takes some 40 instructions, and the guard
// before it. An interrupt between load and store has the same number drawn twice, no more.
void sampler_share(struct lower *l, const struct sampler *s, bool taken, int label)
{
	struct ir *ir = l->ir;
	int at = s->line + SAMPLER_STATE * 8, state;

	if (!s->one_in) {
		if (taken)
			ir_jump(ir, label);
		return;
	}
	l->weighs = s->one_in;
	if (s->one_in == 1) {
		if (taken)
			ir_jump(ir, label);
		return;
	}
	ir_note(ir, "one in so many, by chance");
	state = ir_load(ir, 8, l->block, at);
	ir_alu_imm(ir, 8, BPF_MUL, state, FACTOR);
	ir_store(ir, 8, l->block, at, state);
	ir_branch(ir, 8, taken ? BPF_JLT : BPF_JGE, state,
		  ir_const(ir, 8, (int64_t)(UINT64_MAX / s->one_in)), label);
}

// A token bucket, told by the one time at which it is full again: each hit moves that on.
void sampler_rate(struct lower *l, const struct sampler *s, int no)
{
	struct ir *ir = l->ir;
	int dropped = s->line + SAMPLER_DROPPED * 8, at = s->line + SAMPLER_NEXT * 8;
	int full = ir_label(ir), take = ir_label(ir), late = ir_label(ir), next, most;

	if (!s->interval)
		return;
	ir_note(ir, "so many in a time, on this CPU");
	l->now = ir_call(ir, HELPER_ktime_get_boot_ns, arg_none(), arg_none(), arg_none());
	next = ir_load(ir, 8, l->block, at);
	most = ir_copy(ir, l->now);
	if (s->burst)
		ir_alu(ir, 8, BPF_ADD, most, ir_const(ir, 8, (int64_t)s->burst));
	ir_branch(ir, 8, BPF_JGT, next, most, full);
	ir_branch(ir, 8, BPF_JGE, next, l->now, late);
	ir_move(ir, next, l->now);
	ir_place(ir, late);
	ir_alu(ir, 8, BPF_ADD, next, ir_const(ir, 8, (int64_t)s->interval));
	ir_store(ir, 8, l->block, at, next);
	ir_jump(ir, take);
	ir_place(ir, full);
	ir_note(ir, "the next one stands for it, too");
	lower_count(l, dropped);
	ir_jump(ir, no);
	ir_place(ir, take);
	ir_note(ir, "for how many it stands");
	l->weight = ir_load(ir, 8, l->block, dropped);
	ir_store_imm(ir, 8, l->block, dropped, 0);
	ir_alu_imm(ir, 8, BPF_ADD, l->weight, 1);
	if (s->one_in > 1)
		ir_alu_imm(ir, 8, BPF_MUL, l->weight, s->one_in);
}

int sampler_weight(struct lower *l)
{
	return l->weight ? l->weight : ir_const(l->ir, 8, l->weighs ? l->weighs : 1);
}
