// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// A capture's value into its place in the record.
#include <linux/bpf.h>

#include "lower.h"
#include "memory.h"
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
	default:
		ir_store(l->ir, n->type.kind == V_PTR ? 8 : (int)n->type.size, base, off,
			 lower_read(l, n));
		break;
	}
}
