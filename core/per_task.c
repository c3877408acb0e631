// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "per_task.h"

#include <linux/bpf.h>

static int call(struct lower *l, enum helper helper, struct ir_arg a, struct ir_arg b,
		struct ir_arg c, struct ir_arg d)
{
	int dst = ir_register(l->ir);

	ir_emit(l->ir,
		(struct ir_insn){.op = IR_CALL, .dst = dst, .imm = helper, .args = {a, b, c, d}});
	return dst;
}

static int look_up(struct lower *l, const struct per_task *p, int key)
{
	return ir_call(l->ir, HELPER_map_lookup_elem, arg_map(p->map), arg_frame(key), arg_none());
}

int per_task_key(struct lower *l, const struct per_task *p)
{
	return p->storage ? 0 : ir_stack(l->ir, 8);
}

int per_task_find(struct lower *l, const struct per_task *p, int task, int key)
{
	if (p->storage)
		return call(l, HELPER_task_storage_get, arg_map(p->map), arg_reg(task),
			    arg_const(0), arg_const(0));
	ir_store(l->ir, 8, IR_FP, key, task);
	return look_up(l, p, key);
}

int per_task_current(struct lower *l, const struct per_task *p)
{
	return ir_call(l->ir, p->storage ? HELPER_get_current_task_btf : HELPER_get_current_task,
		       arg_none(), arg_none(), arg_none());
}

int per_task_make(struct lower *l, const struct per_task *p, const char *new, int full)
{
	struct ir *ir = l->ir;
	int task = per_task_current(l, p), value, there, zero, key, zeros;

	if (p->storage) {
		value = call(l, HELPER_task_storage_get, arg_map(p->map), arg_reg(task),
			     arg_const(0), arg_const(BPF_LOCAL_STORAGE_GET_F_CREATE));
		ir_branch_imm(ir, 8, BPF_JEQ, value, 0, full);
		return value;
	}
	key = ir_stack(ir, 8);
	there = ir_label(ir);
	value = ir_copy(ir, per_task_find(l, p, task, key));
	ir_branch_imm(ir, 8, BPF_JNE, value, 0, there);
	ir_emit(ir, (struct ir_insn){.op = IR_COLD});
	ir_note(ir, new);
	zero = ir_stack(ir, 8);
	ir_store_imm(ir, 8, IR_FP, zero, 0);
	zeros = ir_call(ir, HELPER_map_lookup_elem, arg_map(p->zeros), arg_frame(zero), arg_none());
	ir_branch_imm(ir, 8, BPF_JEQ, zeros, 0, full);
	call(l, HELPER_map_update_elem, arg_map(p->map), arg_frame(key), arg_reg(zeros),
	     arg_const(BPF_NOEXIST));
	ir_move(ir, value, look_up(l, p, key));
	ir_branch_imm(ir, 8, BPF_JEQ, value, 0, full);
	ir_emit(ir, (struct ir_insn){.op = IR_WARM});
	ir_place(ir, there);
	return value;
}

void per_task_delete(struct lower *l, const struct per_task *p, int key)
{
	if (!p->storage)
		ir_call(l->ir, HELPER_map_delete_elem, arg_map(p->map), arg_frame(key), arg_none());
}
