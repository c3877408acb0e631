// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// A capture's value into its place in the record.
#include <linux/bpf.h>

#include "layout.h"
#include "lower.h"
#include "memory.h"
#include "stack.h"
#include "stash.h"
#include "text.h"
#include "value.h"
#include "walk.h"

// The address of base + off in a register that is ours.
static int into(struct lower *l, int base, int off)
{
	int to = ir_copy(l->ir, base);

	ir_alu_imm(l->ir, 8, BPF_ADD, to, off);
	return to;
}

static void capture_str(struct lower *l, const struct node *n, int base, int off)
{
	int from = lower_value(l, n->a), r;

	r = ir_call(l->ir,
		    n->type.is_user ? HELPER_probe_read_user_str : HELPER_probe_read_kernel_str,
		    arg_reg(into(l, base, off + 4)), arg_const(n->type.size), arg_reg(from));
	text_length(l, n, r);
	ir_store(l->ir, 4, base, off, r);
	lower_fault_if(l, 8, BPF_JSLT, r, 0);
}

static void capture_bytes(struct lower *l, const struct node *n, int base, int off)
{
	int from = lower_value(l, n->a), r;

	r = ir_call(l->ir, n->type.is_user ? HELPER_probe_read_user : HELPER_probe_read_kernel,
		    arg_reg(into(l, base, off)), arg_const(n->type.size), arg_reg(from));
	lower_fault_if(l, 8, BPF_JNE, r, 0);
}

// An internet address: its family, and as many bytes as that has (AF_INET 2, AF_INET6 10).
static void capture_inet(struct lower *l, const struct node *n, int base, int off)
{
	int family = lower_read(l, n->a), v6 = ir_label(l->ir), end = ir_label(l->ir);
	struct lower_known known = l->known;

	ir_store(l->ir, 4, base, off, family);
	for (int i = 4; i < 20; i += 4)
		ir_store_imm(l->ir, 4, base, off + i, 0);
	ir_branch_imm(l->ir, 4, BPF_JNE, family, 2, v6);
	memory_copy(l, n->b, 4, base, off + 4);
	ir_jump(l->ir, end);
	l->known = known;
	ir_place(l->ir, v6);
	ir_branch_imm(l->ir, 4, BPF_JNE, family, 10, end);
	memory_copy(l, n->c, 16, base, off + 4);
	l->known = known;
	ir_place(l->ir, end);
}

void lower_capture(struct lower *l, const struct node *n, int base, int off)
{
	if (n->kind == N_STASH && n->type.kind != V_INT && n->type.kind != V_PTR) {
		stash_copy(l, n, base, off);
		return;
	}
	if (n->kind == N_CHANGES) {
		lower_capture(l, n->a, base, off);
		lower_capture(l, n->b, base, off + (int)n->number);
		return;
	}
	switch (n->type.kind) {
	case V_CHARS:
		if (n->kind == N_BUILTIN)
			text_comm(l, n, base, off);
		else
			value_capture(l, n, base, off);
		break;
	case V_STRUCT:
	case V_ARRAY:
	case V_SLICE:
		value_capture(l, n, base, off);
		break;
	case V_STR:
		capture_str(l, n, base, off);
		break;
	case V_BYTES:
		capture_bytes(l, n, base, off);
		break;
	case V_PATH:
		walk_path(l, n, base, off);
		break;
	case V_ADDR:
		capture_inet(l, n, base, off);
		break;
	case V_STACK:
		stack_capture(l, n, base, off);
		break;
	default:
		ir_store(l->ir, n->type.kind == V_PTR ? 8 : (int)n->type.size, base, off,
			 lower_read(l, n));
		break;
	}
}

// What a failed read leaves: zeros, or for a string its error.
static void clear(struct ir *ir, const struct ks_field *f, int base, int off)
{
	if (f->kind == KS_STR)
		ir_store_imm(ir, 4, base, off, -14); // EFAULT
	else if (f->kind == KS_VALUE && f->is_slice)
		ir_store_imm(ir, 8, base, off, 0);
	else if (f->kind == KS_VALUE || f->kind == KS_CHARS || f->kind == KS_BYTES ||
		 f->kind == KS_INET)
		ir_store_imm(ir, 1, base, off, 0);
	else if (f->kind == KS_PATH || f->kind == KS_STACK || f->kind == KS_USTACK ||
		 f->kind == KS_CHANGES)
		ir_store_imm(ir, 8, base, off, 0);
	else
		ir_store_imm(ir, (int)f->size, base, off, 0);
}

void lower_field(struct lower *l, const struct layout *layout, uint32_t i,
		 const struct lower_place *to)
{
	const struct ks_field *f = &layout->fields[i];
	int off = to->off + (int)f->offset, done = ir_label(l->ir), bits, mask;
	struct ir *ir = l->ir;

	ir_note(ir, f->name);
	l->fault = ir_label(ir);
	l->may_fault = false;
	if (to->frames && layout->values[i]->type.kind == V_STACK)
		ir_store(ir, 8, to->base, off,
			 stack_number(l, layout->values[i], to->base, to->frames));
	else
		lower_capture(l, layout->values[i], to->base, off);
	if (f->nil_bit < 0)
		return;
	ir_jump(ir, done);
	ir_place(ir, l->fault);
	clear(ir, f, to->base, off);
	bits = ir_load(ir, to->nils_size, to->base, to->nils);
	mask = ir_const(ir, 8, (int64_t)(1ull << f->nil_bit));
	ir_alu(ir, 8, BPF_OR, bits, mask);
	ir_store(ir, to->nils_size, to->base, to->nils, bits);
	ir_emit(ir, (struct ir_insn){.op = IR_XADD,
				     .a = l->block,
				     .b = ir_const(ir, 4, 1),
				     .off = (int16_t)to->nils_cell});
	ir_place(ir, done);
	lower_forget(l);
}
