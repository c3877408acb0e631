// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "value.h"

#include <linux/bpf.h>

#include "layout.h"
#include "memory.h"

// A struct by value, or a part of one: it has no address, so its words are stored one by one.
static void words(struct lower *l, const struct node *n, const struct address *a, int base, int off)
{
	uint32_t from = (uint32_t)(a->bit / 8), done = 0;

	while (done < n->type.size) {
		struct node *part = arena_alloc(l->ir->arena, sizeof(*part));
		uint32_t each = 8;

		if (!part) {
			l->ir->failed = true;
			return;
		}
		while ((from + done) % each || ((uint32_t)off + done) % each ||
		       each > n->type.size - done)
			each /= 2;
		*part = (struct node){.kind = N_MEMBER,
				      .a = (struct node *)a->arg,
				      .bit_offset = (from + done) * 8,
				      .type = {.kind = V_INT, .size = each}};
		ir_store(l->ir, (int)each, base, off + (int)done, memory_load(l, part, false));
		done += each;
	}
}

static void read(struct lower *l, struct ir_arg size, int base, int off, int from, bool user)
{
	int to = ir_copy(l->ir, base), r;

	ir_alu_imm(l->ir, 8, BPF_ADD, to, off);
	lower_guard(l);
	r = ir_call(l->ir, user ? HELPER_probe_read_user : HELPER_probe_read_kernel, arg_reg(to),
		    size, arg_reg(from));
	lower_release(l);
	lower_fault_if(l, 8, BPF_JNE, r, 0);
}

// reg, when it is more than a register or a constant; the caller's own. An unsigned comparison.
static void at_most(struct lower *l, int reg, int most, int64_t constant)
{
	int good = ir_label(l->ir);

	if (most)
		ir_branch(l->ir, 8, BPF_JLE, reg, most, good);
	else
		ir_branch_imm(l->ir, 8, BPF_JLE, reg, constant, good);
	ir_move(l->ir, reg, most ? most : ir_const(l->ir, 8, constant));
	ir_place(l->ir, good);
}

#define COUNT  offsetof(struct ks_slice, count)
#define WANTED offsetof(struct ks_slice, wanted)

// How many elements there are, by bounds that are computed; stores how many are asked for. *from:
// the first one, a register, or 0 where it is a constant.
static int count_of(struct lower *l, const struct node *n, int base, int off, int *from)
{
	int count = lower_value(l, n->c), wanted, rest;

	lower_fault_if(l, 8, BPF_JSLT, count, 0);
	*from = 0;
	if (n->b->kind != N_NUMBER) {
		*from = lower_value(l, n->b);
		lower_fault_if(l, 8, n->number ? BPF_JGT : BPF_JSLT, *from, (int64_t)n->number);
		ir_alu(l->ir, 8, BPF_SUB, count, *from);
	} else if (n->b->number) {
		ir_alu_imm(l->ir, 8, BPF_SUB, count, (int64_t)n->b->number);
	}
	if (*from || n->b->number)
		lower_fault_if(l, 8, BPF_JSLT, count, 0);
	wanted = ir_copy(l->ir, count);
	at_most(l, wanted, 0, UINT32_MAX);
	ir_store(l->ir, 4, base, off + (int)WANTED, wanted);
	if (*from && n->number) {
		rest = ir_const(l->ir, 8, (int64_t)n->number);
		ir_alu(l->ir, 8, BPF_SUB, rest, *from);
		at_most(l, count, rest, 0);
	}
	return count;
}

static void slice(struct lower *l, const struct node *n, int base, int off)
{
	uint32_t each = n->type.size / n->count;
	bool user, moves = n->c && n->b->kind != N_NUMBER;
	int place = memory_place(l, n->a, moves, &user), empty = ir_label(l->ir), from, count,
	    bytes;

	if (!n->c) {
		ir_store_imm(l->ir, 4, base, off + (int)COUNT, (int32_t)n->count);
		ir_store_imm(l->ir, 4, base, off + (int)WANTED, (int32_t)n->count);
		read(l, arg_const(n->type.size), base, off + SLICE_HEAD, place, user);
		return;
	}
	// Nothing is read of an empty one, so here it is seen whether the pointer leads anywhere.
	if (!user)
		memory_check_kernel(l, place);
	count = count_of(l, n, base, off, &from);
	if (moves) {
		if (each != 1)
			ir_alu_imm(l->ir, 8, BPF_MUL, from, each);
		ir_alu(l->ir, 8, BPF_ADD, place, from);
	}
	// Just before the read: where a register is spilled, the verifier forgets its bounds.
	bytes = ir_copy(l->ir, count);
	at_most(l, bytes, 0, n->count);
	ir_store(l->ir, 4, base, off + (int)COUNT, bytes);
	ir_branch_imm(l->ir, 8, BPF_JEQ, bytes, 0, empty);
	if (each != 1)
		ir_alu_imm(l->ir, 8, BPF_MUL, bytes, each);
	read(l, arg_reg(bytes), base, off + SLICE_HEAD, place, user);
	ir_place(l->ir, empty);
}

void value_capture(struct lower *l, const struct node *n, int base, int off)
{
	struct address a;

	if (n->type.kind == V_SLICE) {
		slice(l, n, base, off);
		return;
	}
	a = address_of(l, n);
	if (a.pointer)
		memory_copy(l, n, n->type.size, base, off);
	else
		words(l, n, &a, base, off);
}
