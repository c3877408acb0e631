// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "stack.h"

#include <linux/bpf.h>

#include "../bpf/wire.h"
#include "memory.h"
#include "stash.h"

// Odd, and with its ones and zeros well mixed: 2^64 divided by the golden ratio.
#define SPREAD ((int64_t)0x9e3779b97f4a7c15)

// Code of the kernel and its modules lies from here on (Documentation/arch/x86/x86_64/mm.rst).
#define KERNEL_TEXT ((int64_t)0xffffffff80000000)

static int address(struct lower *l, int base, int off)
{
	int to = ir_copy(l->ir, base);

	ir_alu_imm(l->ir, 8, BPF_ADD, to, off);
	return to;
}

static int function(struct lower *l, const struct node *n)
{
	return ir_const(l->ir, 8, n->type.is_user ? 0 : (int64_t)l->scope->address);
}

void stack_capture(struct lower *l, const struct node *n, int base, int off)
{
	struct ir *ir = l->ir;
	int flags = n->type.is_user ? BPF_F_USER_STACK | BPF_F_USER_BUILD_ID : 0, size;
	int ours = n->type.is_user ? 0 : l->scope->frames_before;
	bool in_event = !n->type.is_user && l->scope->in_event;

	size = ir_call_with(ir, HELPER_get_stack,
			    (struct ir_arg[5]){arg_reg(l->ctx),
					       arg_reg(address(l, base, off + STACK_HEAD)),
					       arg_const(n->type.size - STACK_HEAD),
					       arg_const(flags)});
	lower_fault_if(l, 8, l->scope->stack_may_be_empty ? BPF_JSLT : BPF_JSLE, size, 0);
	ir_store(ir, 4, base, off, size);
	ir_store_imm(ir, 4, base, off + 4, ours | in_event << 16);
	ir_store(ir, 8, base, off + 8, function(l, n));
}

int stack_number(struct lower *l, const struct node *n, int base, int room)
{
	struct ir *ir = l->ir;
	int again = ir_label(ir), done = ir_label(ir), at, left, number, high;

	if (n->kind == N_STASH) {
		at = stash_address(l, n);
	} else {
		stack_capture(l, n, base, room);
		at = address(l, base, room);
	}
	ir_note(ir, "its number");
	left = ir_load(ir, 4, at, 0);
	ir_alu_imm(ir, 8, BPF_RSH, left, 3);
	lower_fault_if(l, 8, BPF_JGT, left, (n->type.size - STACK_HEAD) / 8);
	number = ir_load(ir, 8, at, 8);
	if (n->type.is_user)
		ir_alu_imm(ir, 8, BPF_XOR, number, 1);
	ir_place(ir, again);
	ir_branch_imm(ir, 8, BPF_JLT, left, 1, done); // of == 0 the verifier learns nothing
	ir_alu_imm(ir, 8, BPF_SUB, left, 1);
	ir_alu(ir, 8, BPF_XOR, number, ir_load(ir, 8, at, STACK_HEAD));
	ir_alu(ir, 8, BPF_MUL, number, ir_const(ir, 8, SPREAD));
	high = ir_copy(ir, number);
	ir_alu_imm(ir, 8, BPF_RSH, high, 29);
	ir_alu(ir, 8, BPF_XOR, number, high);
	ir_alu_imm(ir, 8, BPF_ADD, at, 8);
	ir_again(ir, again);
	ir_place(ir, done);
	return number;
}

static void read(struct lower *l, int slot, uint32_t size, int from)
{
	int r;

	lower_guard(l);
	r = ir_call(l->ir, HELPER_probe_read_kernel, arg_frame(slot), arg_const(size),
		    arg_reg(from));
	lower_release(l);
	lower_fault_if(l, 8, BPF_JNE, r, 0);
}

// Behind the words of the context lies, on the kernel's stack, the trampoline's frame: where it keeps
// what the function returned, if it calls it; the frame pointer of before; where it returns to, in the
// function's prologue; and where that returns to (arch_prepare_bpf_trampoline in
// arch/x86/net/bpf_jit_comp.c). A function that jumps to its trampoline, as it may where that calls
// it (since v7.0), leaves out the third. The prologue tells which form it is.
static int behind_trampoline(struct lower *l)
{
	struct ir *ir = l->ir;
	int64_t function = (int64_t)l->scope->address;
	int slot = ir_stack(ir, 24), done = ir_label(ir), caller, at;

	read(l, slot, 24, address(l, l->ctx, (int)l->scope->retval_at * 8 + 8));
	caller = ir_load(ir, 8, IR_FP, slot + 8);
	at = ir_load(ir, 8, IR_FP, slot);
	ir_alu(ir, 8, BPF_SUB, at, ir_const(ir, 8, function));
	ir_branch_imm(ir, 8, BPF_JLT, at, STACK_PROLOGUE, done);
	at = ir_copy(ir, caller);
	ir_alu(ir, 8, BPF_SUB, at, ir_const(ir, 8, function));
	if (l->target->trampoline_jumps) {
		lower_fault_if(l, 8, BPF_JLT, caller, KERNEL_TEXT);
		ir_branch_imm(ir, 8, BPF_JGE, at, STACK_PROLOGUE, done);
	} else {
		lower_fault_if(l, 8, BPF_JGE, at, STACK_PROLOGUE);
	}
	ir_move(ir, caller, ir_load(ir, 8, IR_FP, slot + 16));
	ir_place(ir, done);
	return caller;
}

static int on_stack(struct lower *l)
{
	int slot = memory_scratch(l);

	read(l, slot, 8, ir_load(l->ir, 8, l->ctx, (int)l->target->stack_reg));
	return ir_load(l->ir, 8, IR_FP, slot);
}

int stack_caller(struct lower *l)
{
	struct ir *ir = l->ir;
	int caller = l->scope->context == CONTEXT_TRACING ? behind_trampoline(l) : on_stack(l);

	for (uint32_t i = 0; i < l->target->trampoline_count; i++) {
		int other = ir_const(ir, 8, (int64_t)l->target->trampolines[i]);

		ir_alu(ir, 8, BPF_SUB, other, caller);
		lower_fault_if(l, 8, BPF_JEQ, other, 0);
	}
	return caller;
}
