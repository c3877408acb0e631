// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "keep.h"

#include <linux/bpf.h>
#include <stddef.h>

#include "../bpf/wire.h"
#include "memory.h"

#define COUNT ((int)offsetof(struct wire_kept, count))
#define NEXT  ((int)offsetof(struct wire_kept, next))
#define MARK  ((int)offsetof(struct wire_kept, mark))
#define POINT ((int)offsetof(struct wire_kept, point))

static void add(struct lower *l, int byte, int number)
{
	ir_emit(l->ir,
		(struct ir_insn){.op = IR_XADD, .a = l->block, .b = number, .off = (int16_t)byte});
}

int keep_place(struct lower *l, const struct keep *k, int full, int *value)
{
	struct ir *ir = l->ir;
	int more = ir_label(ir), counted = ir_label(ir), wrapped = ir_label(ir), count, next, at;

	ir_note(ir, "this task's records");
	*value = ir_copy(ir, per_task_make(l, &k->tasks, "the first of this task", full));
	count = ir_load(ir, 4, *value, COUNT);
	ir_branch_imm(ir, 8, BPF_JLT, count, k->count, more);
	ir_note(ir, "there are enough: the oldest gives way");
	lower_count(l, k->counters + KEPT_OVERWRITTEN * 8);
	ir_jump(ir, counted);
	ir_place(ir, more);
	ir_alu_imm(ir, 8, BPF_ADD, count, 1);
	ir_store(ir, 4, *value, COUNT, count);
	ir_place(ir, counted);
	ir_note(ir, "where the next one goes");
	next = ir_load(ir, 4, *value, NEXT);
	ir_branch_imm(ir, 8, BPF_JGE, next, k->count, full); // it never is: for the verifier
	at = ir_copy(ir, next);
	ir_alu_imm(ir, 8, BPF_MUL, at, k->each);
	ir_alu_imm(ir, 8, BPF_ADD, next, 1);
	ir_branch_imm(ir, 8, BPF_JLT, next, k->count, wrapped);
	ir_alu_imm(ir, 8, BPF_MOV, next, 0);
	ir_place(ir, wrapped);
	ir_store(ir, 4, *value, NEXT, next);
	next = ir_copy(ir, *value);
	ir_alu(ir, 8, BPF_ADD, next, at);
	ir_alu_imm(ir, 8, BPF_ADD, next, sizeof(struct wire_kept));
	return next;
}

void keep_emit(struct lower *l, const struct keep *k, const struct shape_where *emit, int value,
	       int record, int lost_cell, int nils_cell, int out)
{
	struct ir *ir = l->ir;
	int unknown = ir_label(ir), lost = ir_label(ir), count, result;

	l->fault = unknown;
	l->captures = false;
	memory_plan(l, &emit->node, 1);
	predicate_test(l, emit, "emit: ", out);
	ir_note(ir, "all that is kept goes into the ring, or is lost");
	count = ir_load(ir, 4, value, COUNT);
	ir_store(ir, 8, value, offsetof(struct wire_kept, time),
		 ir_load(ir, 8, record, offsetof(struct wire_header, time)));
	ir_store_imm(ir, 4, value, MARK, (int32_t)WIRE_KEPT);
	ir_store_imm(ir, 4, value, POINT, (int32_t)k->point);
	result = ir_call_with(ir, HELPER_ringbuf_output,
			      (struct ir_arg[5]){arg_map(MAP_RING), arg_reg(value),
						 arg_const(k->size), arg_const(0)});
	ir_store_imm(ir, 4, value, COUNT, 0);
	ir_store_imm(ir, 4, value, NEXT, 0);
	ir_branch_imm(ir, 8, BPF_JNE, result, 0, lost);
	add(l, k->counters + KEPT_EMITTED * 8, count);
	ir_jump(ir, out);
	ir_place(ir, lost);
	ir_note(ir, "lost: the ring is full");
	add(l, lost_cell, count);
	ir_jump(ir, out);
	ir_place(ir, unknown);
	ir_note(ir, "it is not known: they stay");
	lower_count(l, nils_cell);
}

void keep_gone(struct lower *l, const struct keep *k, int task, int none)
{
	int key = per_task_key(l, &k->tasks);

	ir_note(l->ir, "what this task kept");
	ir_branch_imm(l->ir, 8, BPF_JEQ, per_task_find(l, &k->tasks, task, key), 0, none);
	per_task_delete(l, &k->tasks, key);
}
