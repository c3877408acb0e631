// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "frames.h"

#include <linux/bpf.h>

#include "../bpf/wire.h"
#include "memory.h"

// Stacks are as large as this, and lie at multiples of it (THREAD_SIZE of x86-64 and arm64 is 16
// KiB). Where they are larger, a slot may be taken for one of another stack and stay in use: it is
// never taken for a dead one that lives.
#define STACK_SHIFT 14

static void count(struct lower *l, const struct frames *f, int cell)
{
	lower_count(l, f->counters + cell * 8);
}

static int offset(const struct frames *f, uint32_t slot)
{
	return (int)(slot * f->size);
}

// The context as a number that can be computed with: through memory, where the verifier forgets what
// it was.
static int frame_number(struct lower *l)
{
	ir_store(l->ir, 8, l->block, GUARD_SCRATCH * 8, l->ctx);
	return ir_load(l->ir, 8, l->block, GUARD_SCRATCH * 8);
}

// From a slot on (labels, that of `first` and those behind it) all calls are over, though nobody saw
// them end: up to the first free one.
static void forget(struct lower *l, const struct frames *f, int slots, const int *labels,
		   uint32_t first, int done)
{
	struct ir *ir = l->ir;

	for (uint32_t i = first; i < f->slots; i++) {
		ir_place(ir, labels[i]);
		if (i == first)
			ir_note(ir, "calls whose return was not seen");
		ir_branch_imm(ir, 8, BPF_JEQ, ir_load(ir, 8, slots, offset(f, i)), 0, done);
		ir_store_imm(ir, 8, slots, offset(f, i), 0);
		count(l, f, PAIR_REOPENED);
	}
}

// Above the arguments a trampoline has the function's result, then what it keeps for as long as the call
// lasts: the caller's frame pointer and the address in the function that it returns to
// (arch_prepare_bpf_trampoline). When a return is not seen and others use the stack, they are gone.
#define KEPT_SKIP 8
#define KEPT_SIZE 16

static void seal(struct lower *l, uint32_t words)
{
	struct ir *ir = l->ir;
	int kept, to = ir_copy(ir, l->stash_at);

	ir_note(ir, "what this frame keeps");
	kept = frame_number(l);
	ir_alu_imm(ir, 8, BPF_ADD, kept, (int)(8 * words + KEPT_SKIP));
	ir_store(ir, 8, l->stash_at, FRAMES_HEAD, kept);
	ir_alu_imm(ir, 8, BPF_ADD, to, FRAMES_HEAD + 8);
	ir_call(ir, HELPER_probe_read_kernel, arg_reg(to), arg_const(KEPT_SIZE), arg_reg(kept));
}

// Goes to the label if the frame of a slot keeps something else now. now: room for that on the stack.
static void is_sealed(struct lower *l, int slots, int at, int now, int label)
{
	struct ir *ir = l->ir;

	at += FRAMES_HEAD;
	ir_call(ir, HELPER_probe_read_kernel, arg_frame(now), arg_const(KEPT_SIZE),
		arg_reg(ir_load(ir, 8, slots, at)));
	for (int i = 0; i < KEPT_SIZE; i += 8)
		ir_branch(ir, 8, BPF_JNE, ir_load(ir, 8, IR_FP, now + i),
			  ir_load(ir, 8, slots, at + 8 + i), label);
}

void frames_open(struct lower *l, const struct frames *f, uint32_t words, int full)
{
	struct ir *ir = l->ir;
	int dead[FRAMES_MANY], take = ir_label(ir), slots, frame, busy;

	ir_note(ir, "this task's calls");
	slots = per_task_make(l, &f->tasks, "this task's first call", full);
	for (uint32_t i = 0; i < f->slots; i++)
		dead[i] = ir_label(ir);
	l->stash_at = ir_copy(ir, slots);
	busy = ir_load(ir, 8, slots, 0);
	ir_branch_imm(ir, 8, BPF_JEQ, busy, 0, take);
	ir_emit(ir, (struct ir_insn){.op = IR_COLD});
	ir_note(ir,
		"it is in a call already: the first slot that is free, or whose frame is no more");
	frame = frame_number(l);
	for (uint32_t i = 0; i < f->slots; i++) {
		int next = ir_label(ir), stack;

		if (i) {
			ir_alu_imm(ir, 8, BPF_ADD, l->stash_at, f->size);
			busy = ir_load(ir, 8, slots, offset(f, i));
			ir_branch_imm(ir, 8, BPF_JEQ, busy, 0, take);
		}
		// Below our frame there is none that lives, if it is of the same stack.
		ir_branch(ir, 8, BPF_JGT, busy, frame, next);
		stack = ir_copy(ir, busy);
		ir_alu(ir, 8, BPF_XOR, stack, frame);
		ir_alu_imm(ir, 8, BPF_RSH, stack, STACK_SHIFT);
		ir_branch_imm(ir, 8, BPF_JEQ, stack, 0, dead[i]);
		ir_place(ir, next);
	}
	ir_jump(ir, full);
	forget(l, f, slots, dead, 0, take);
	ir_emit(ir, (struct ir_insn){.op = IR_WARM});
	ir_place(ir, take);
	ir_note(ir, "this call's slot");
	ir_store(ir, 8, l->stash_at, 0, l->ctx);
	count(l, f, PAIR_OPENED);
	if (f->sealed)
		seal(l, words);
}

void frames_close(struct lower *l, const struct frames *f, int unmatched)
{
	struct ir *ir = l->ir;
	int dead[FRAMES_MANY], mine[FRAMES_MANY], found = ir_label(ir), deeper = ir_label(ir);
	int slots, task;

	ir_note(ir, "this task's calls");
	task = per_task_current(l, &f->tasks);
	slots = per_task_find(l, &f->tasks, task, per_task_key(l, &f->tasks));
	ir_branch_imm(ir, 8, BPF_JEQ, slots, 0, unmatched);
	for (uint32_t i = 0; i < f->slots; i++) {
		dead[i] = ir_label(ir);
		mine[i] = ir_label(ir);
	}
	l->stash_at = ir_copy(ir, slots);
	ir_note(ir, "which of them is it?");
	ir_branch(ir, 8, BPF_JNE, ir_load(ir, 8, slots, 0), l->ctx, deeper);
	ir_branch_imm(ir, 8, BPF_JEQ, ir_load(ir, 8, slots, offset(f, 1)), 0, found);
	ir_emit(ir, (struct ir_insn){.op = IR_COLD});
	ir_jump(ir, dead[1]);
	ir_place(ir, deeper);
	for (uint32_t i = 1; i < f->slots; i++) {
		ir_alu_imm(ir, 8, BPF_ADD, l->stash_at, f->size);
		ir_branch(ir, 8, BPF_JEQ, ir_load(ir, 8, slots, offset(f, i)), l->ctx,
			  i + 1 < f->slots ? mine[i] : found);
	}
	ir_jump(ir, unmatched);
	for (uint32_t i = 1; i + 1 < f->slots; i++) {
		ir_place(ir, mine[i]);
		ir_branch_imm(ir, 8, BPF_JNE, ir_load(ir, 8, slots, offset(f, i + 1)), 0,
			      dead[i + 1]);
		ir_jump(ir, found);
	}
	forget(l, f, slots, dead, 1, found);
	ir_emit(ir, (struct ir_insn){.op = IR_WARM});
	ir_place(ir, found);
	ir_note(ir, "the call is over");
	ir_store_imm(ir, 8, l->stash_at, 0, 0);
	count(l, f, PAIR_CLOSED);
}

void frames_inside(struct lower *l, const struct frames *f, int outside)
{
	struct ir *ir = l->ir;
	int found = ir_label(ir), now = ir_stack(ir, KEPT_SIZE), slots, task, frame, at;

	ir_note(ir, "is this task in such a call?");
	task = per_task_current(l, &f->tasks);
	slots = per_task_find(l, &f->tasks, task, per_task_key(l, &f->tasks));
	ir_branch_imm(ir, 8, BPF_JEQ, slots, 0, outside);
	ir_branch_imm(ir, 8, BPF_JEQ, ir_load(ir, 8, slots, 0), 0, outside);
	ir_note(ir, "in which: the innermost whose frame is above, on the same stack");
	frame = frame_number(l);
	slots = ir_copy(ir, slots);
	for (uint32_t i = f->slots; i-- > 0;) {
		int next = ir_label(ir), stack = ir_load(ir, 8, slots, offset(f, i)), busy;

		ir_branch_imm(ir, 8, BPF_JEQ, stack, 0, next);
		ir_branch(ir, 8, BPF_JLE, stack, frame, next);
		busy = ir_copy(ir, stack);
		ir_alu(ir, 8, BPF_XOR, busy, frame);
		ir_alu_imm(ir, 8, BPF_RSH, busy, STACK_SHIFT);
		ir_branch_imm(ir, 8, BPF_JNE, busy, 0, next);
		is_sealed(l, slots, offset(f, i), now, next);
		ir_store_imm(ir, 8, l->block, GUARD_SCRATCH * 8, offset(f, i));
		ir_jump(ir, found);
		ir_place(ir, next);
	}
	ir_jump(ir, outside);
	ir_place(ir, found);
	// Through memory, so that the verifier does not go on once for each of them.
	at = ir_load(ir, 8, l->block, GUARD_SCRATCH * 8);
	ir_branch_imm(ir, 8, BPF_JGT, at, offset(f, f->slots - 1), outside);
	l->outer_at = ir_copy(ir, slots);
	ir_alu(ir, 8, BPF_ADD, l->outer_at, at);
}

void frames_gone(struct lower *l, const struct frames *f, int task, int none)
{
	struct ir *ir = l->ir;
	int over = ir_label(ir), slots, key = per_task_key(l, &f->tasks);

	ir_note(ir, "the calls that this task was in");
	slots = per_task_find(l, &f->tasks, task, key);
	ir_branch_imm(ir, 8, BPF_JEQ, slots, 0, none);
	for (uint32_t i = 0; i < f->slots; i++) {
		ir_branch_imm(ir, 8, BPF_JEQ, ir_load(ir, 8, slots, offset(f, i)), 0, over);
		count(l, f, PAIR_GONE);
	}
	ir_place(ir, over);
	per_task_delete(l, &f->tasks, key);
}
