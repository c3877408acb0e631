// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "lower.h"

#include <linux/bpf.h>
#include <string.h>

#include "../bpf/wire.h"
#include "access.h"
#include "type.h"

// An address that C's . and -> have led to: a pointer and an offset behind it.
struct address {
	const struct node *pointer;
	uint32_t bit; // from where it points
	uint32_t id;  // the struct that the verifier takes it for; 0: just a number
};

static uint32_t struct_behind(const struct lower *l, const struct node *n);

static struct address address_of(const struct lower *l, const struct node *n)
{
	struct address a = {0};

	for (; n->kind == N_MEMBER && !n->arrow; n = n->a)
		a.bit += n->bit_offset;
	a.bit += n->kind == N_MEMBER ? n->bit_offset : 0;
	a.pointer = n->a;
	if (!n->a->type.is_user)
		a.id = struct_behind(l, n->a);
	return a;
}

// The bytes that hold a value: a bit-field's may be more than its type says.
static void bytes_of(const struct node *n, uint32_t bit, uint32_t *off, uint32_t *size)
{
	uint32_t last;

	*off = bit / 8;
	*size = n->type.size;
	if (!n->bits)
		return;
	last = (bit + n->bits - 1) / 8;
	for (*size = 1; *off + *size <= last; *size *= 2)
		;
}

static enum access direct(const struct lower *l, const struct node *n, const struct address *a,
			  uint32_t *next)
{
	uint32_t off, size;

	bytes_of(n, a->bit, &off, &size);
	return a->id && !l->helper_reads && size <= 8 && off < 32768
		       ? access_load(l->btf, a->id, off, size, next)
		       : ACCESS_NONE;
}

// Which struct does the verifier know this pointer to lead to? 0: none that it lets us follow.
static uint32_t struct_behind(const struct lower *l, const struct node *n)
{
	uint32_t next = 0, wanted;
	enum access how = ACCESS_NONE;

	if (n->type.kind != V_PTR || !n->type.id || n->type.is_user)
		return 0;
	if (n->kind == N_ARG) {
		how = access_arg(l->btf, n->type.id, &next);
	} else if (n->kind == N_MEMBER || n->kind == N_DEREF) {
		struct address a = address_of(l, n);

		how = direct(l, n, &a, &next);
	}
	wanted = type_peel(l->btf, type_peeled(l->btf, n->type.id)->type);
	return how == ACCESS_STRUCT && next == wanted ? next : 0;
}

bool lower_needs_guard(const struct lower *l, const struct node *n)
{
	uint32_t next;

	if (n->kind == N_BUILTIN)
		return n->builtin != B_CPU;
	if (n->kind == N_STR || n->type.kind == V_CHARS)
		return true;
	if (n->kind == N_ARG)
		return access_arg(l->btf, n->type.id, &next) == ACCESS_NONE;
	if (n->kind == N_MEMBER || n->kind == N_DEREF) {
		struct address a = address_of(l, n);

		return direct(l, n, &a, &next) == ACCESS_NONE || lower_needs_guard(l, a.pointer);
	}
	return (n->a && lower_needs_guard(l, n->a)) || (n->b && lower_needs_guard(l, n->b)) ||
	       (n->c && lower_needs_guard(l, n->c));
}

bool lower_can_fail(const struct lower *l, const struct node *n)
{
	if (n->kind == N_BUILTIN)
		return false;
	if (n->kind == N_MEMBER || n->kind == N_DEREF || n->kind == N_STR)
		return true;
	if (n->kind == N_ARG)
		return lower_needs_guard(l, n);
	if (lower_divides(n))
		return true;
	return (n->a && lower_can_fail(l, n->a)) || (n->b && lower_can_fail(l, n->b)) ||
	       (n->c && lower_can_fail(l, n->c));
}

bool lower_uses_task(const struct node *n)
{
	if (n->kind == N_BUILTIN)
		return n->builtin == B_PID || n->builtin == B_TID;
	return (n->a && lower_uses_task(n->a)) || (n->b && lower_uses_task(n->b)) ||
	       (n->c && lower_uses_task(n->c));
}

bool lower_divides(const struct node *n)
{
	return n->kind == N_BINARY && (n->op == '/' || n->op == '%') && n->b->kind != N_NUMBER;
}

void lower_block(struct lower *l)
{
	struct ir *ir = l->ir;
	int cpu;

	if (l->has_block)
		return;
	cpu = ir_call(ir, HELPER_get_smp_processor_id, arg_none(), arg_none(), arg_none());
	ir_alu_imm(ir, 4, BPF_AND, cpu, l->cpu_mask);
	ir_alu_imm(ir, 8, BPF_LSH, cpu, l->block_shift);
	ir_emit(ir, (struct ir_insn){.op = IR_CELLS, .dst = l->block});
	ir_alu(ir, 8, BPF_ADD, l->block, cpu);
}

void lower_guard(struct lower *l)
{
	if (l->guarded)
		return;
	lower_block(l);
	ir_note(l->ir, "take this CPU's guard");
	ir_branch_imm(l->ir, 8, BPF_JNE, ir_load(l->ir, 8, l->block, GUARD_BUSY), 0, l->suppressed);
	ir_store_imm(l->ir, 8, l->block, GUARD_BUSY, 1);
}

// Gives the guard back, unless it was ours before.
static void release(struct lower *l)
{
	if (!l->guarded)
		ir_store_imm(l->ir, 8, l->block, GUARD_BUSY, 0);
}

// Reads size bytes at pointer + off into the stack slot, or goes to l->fault.
static void read_slot(struct lower *l, int slot, uint32_t size, int pointer, uint32_t off,
		      bool user)
{
	int from = pointer, r;

	if (off) {
		from = ir_copy(l->ir, pointer);
		ir_alu_imm(l->ir, 8, BPF_ADD, from, off);
	}
	lower_guard(l);
	r = ir_call(l->ir, user ? HELPER_probe_read_user : HELPER_probe_read_kernel,
		    arg_frame(slot), arg_const(size), arg_reg(from));
	release(l);
	ir_branch_imm(l->ir, 8, BPF_JNE, r, 0, l->fault);
}

static int scratch(struct lower *l)
{
	if (!l->scratch)
		l->scratch = ir_stack(l->ir, 8);
	return l->scratch;
}

// NULL, user addresses and error pointers, all in one signed compare: kernel addresses are
// negative and below the last page (MAX_ERRNO, include/linux/err.h).
static void check_pointer(struct lower *l, int pointer)
{
	ir_branch_imm(l->ir, 8, BPF_JSGE, pointer, -4095, l->fault);
}

// A register loaded with an unsigned value of `size` bytes -> the type's value.
static void extend(struct lower *l, const struct node *n, int reg, uint32_t bit, uint32_t loaded)
{
	int width = n->type.size == 8 ? 8 : 4;

	if (n->bits) {
		width = loaded == 8 || width == 8 ? 8 : 4;
		ir_alu_imm(l->ir, width, BPF_LSH, reg, width * 8 - (int)(bit % 8 + n->bits));
		ir_alu_imm(l->ir, width, n->type.is_signed ? BPF_ARSH : BPF_RSH, reg,
			   width * 8 - (int)n->bits);
		if (width == 8 && n->type.size < 8) // the high half clear again
			ir_alu_imm(l->ir, 4, BPF_ADD, reg, 0);
	} else if (n->type.is_signed && n->type.size < 4) {
		ir_alu_imm(l->ir, 4, BPF_LSH, reg, 32 - (int)n->type.size * 8);
		ir_alu_imm(l->ir, 4, BPF_ARSH, reg, 32 - (int)n->type.size * 8);
	}
}

static void assign(struct lower *l, int dst, int src)
{
	ir_emit(l->ir, (struct ir_insn){.op = IR_MOVE, .width = 8, .dst = dst, .a = src});
}

// last: nothing follows this pointer, so that a 0 must be told from a failed load.
static int load(struct lower *l, const struct node *n, bool last)
{
	struct address a = address_of(l, n);
	int pointer, reg, slot;
	uint32_t off, size, next;

	bytes_of(n, a.bit, &off, &size);
	if (direct(l, n, &a, &next) == ACCESS_NONE) {
		pointer = lower_value(l, a.pointer);
		slot = scratch(l);
		read_slot(l, slot, size, pointer, off, a.pointer->type.is_user);
		reg = ir_load(l->ir, (int)size, IR_FP, slot);
	} else {
		int good = ir_label(l->ir);
		int fresh;

		pointer = a.pointer->kind == N_MEMBER || a.pointer->kind == N_DEREF
				  ? load(l, a.pointer, false)
				  : lower_value(l, a.pointer);
		check_pointer(l, pointer);
		reg = ir_load(l->ir, (int)size, pointer, (int)off);
		if (!last)
			return reg;
		// A load that faults gives 0 and says nothing: a 0 is read again before it is believed.
		slot = scratch(l);
		ir_branch_imm(l->ir, 8, BPF_JNE, reg, 0, good);
		read_slot(l, slot, size, pointer, off, false);
		fresh = ir_load(l->ir, (int)size, IR_FP, slot);
		assign(l, reg, fresh);
		ir_place(l->ir, good);
	}
	extend(l, n, reg, a.bit, size);
	return reg;
}

static uint32_t arg_word(const struct lower *l, const struct node *n)
{
	return n->slot == ARG_RETVAL ? l->scope->retval_at : l->scope->args[n->slot].at;
}

static int argument(struct lower *l, const struct node *n)
{
	uint32_t next, size = n->type.kind == V_PTR ? 8 : n->type.size;
	int reg;

	if (access_arg(l->btf, n->type.id, &next) == ACCESS_NONE) {
		// The verifier won't have it loaded, but the context is memory: on the kernel's stack.
		int slot = scratch(l);

		read_slot(l, slot, 8, l->ctx, arg_word(l, n) * 8, false);
		reg = ir_load(l->ir, (int)size, IR_FP, slot);
	} else {
		reg = ir_load(l->ir, (int)size, l->ctx, (int)arg_word(l, n) * 8);
	}
	extend(l, n, reg, 0, size);
	return reg;
}

static int task(struct lower *l)
{
	// Where a predicate reads it on one path only, it is read anew on the other.
	return l->pid_tgid ? ir_copy(l->ir, l->pid_tgid)
			   : ir_call(l->ir, HELPER_get_current_pid_tgid, arg_none(), arg_none(),
				     arg_none());
}

static int builtin(struct lower *l, const struct node *n)
{
	int reg;

	switch (n->builtin) {
	case B_PID:
		reg = task(l);
		ir_alu_imm(l->ir, 8, BPF_RSH, reg, 32);
		return reg;
	case B_TID:
		reg = task(l);
		ir_alu_imm(l->ir, 4, BPF_ADD, reg, 0); // clears the high half
		return reg;
	case B_UID:
		reg = ir_call(l->ir, HELPER_get_current_uid_gid, arg_none(), arg_none(),
			      arg_none());
		ir_alu_imm(l->ir, 4, BPF_ADD, reg, 0);
		return reg;
	case B_CPU:
		reg = ir_call(l->ir, HELPER_get_smp_processor_id, arg_none(), arg_none(),
			      arg_none());
		return reg;
	default:
		return ir_call(l->ir, HELPER_ktime_get_boot_ns, arg_none(), arg_none(), arg_none());
	}
}

static int operation(uint16_t op, bool is_signed)
{
	switch (op) {
	case '+':
		return BPF_ADD;
	case '-':
		return BPF_SUB;
	case '*':
		return BPF_MUL;
	case '/':
		return BPF_DIV;
	case '%':
		return BPF_MOD;
	case '&':
		return BPF_AND;
	case '|':
		return BPF_OR;
	case '^':
		return BPF_XOR;
	case TWO('<', '<'):
		return BPF_LSH;
	default:
		return is_signed ? BPF_ARSH : BPF_RSH;
	}
}

// BPF divides unsigned only (signed since v6.6): take the signs off, and put the result's back.
static void divide(struct lower *l, const struct node *n, int a, int b)
{
	int width = n->type.size == 8 ? 8 : 4, sign = ir_copy(l->ir, a);
	int a_good = ir_label(l->ir), b_good = ir_label(l->ir), good = ir_label(l->ir);

	if (n->op == '/')
		ir_alu(l->ir, width, BPF_XOR, sign, b);
	ir_branch_imm(l->ir, width, BPF_JSGE, a, 0, a_good);
	ir_alu_imm(l->ir, width, BPF_NEG, a, 0);
	ir_place(l->ir, a_good);
	ir_branch_imm(l->ir, width, BPF_JSGE, b, 0, b_good);
	ir_alu_imm(l->ir, width, BPF_NEG, b, 0);
	ir_place(l->ir, b_good);
	ir_alu(l->ir, width, n->op == '/' ? BPF_DIV : BPF_MOD, a, b);
	ir_branch_imm(l->ir, width, BPF_JSGE, sign, 0, good);
	ir_alu_imm(l->ir, width, BPF_NEG, a, 0);
	ir_place(l->ir, good);
}

static bool comparison(const struct node *n)
{
	return n->kind == N_BINARY &&
	       (n->op == TWO('=', '=') || n->op == TWO('!', '=') || n->op == '<' || n->op == '>' ||
		n->op == TWO('<', '=') || n->op == TWO('>', '='));
}

// 0 or 1
static int truth(struct lower *l, const struct node *n)
{
	int end = ir_label(l->ir), reg = ir_register(l->ir);

	ir_emit(l->ir, (struct ir_insn){.op = IR_CONST, .width = 4, .dst = reg, .imm = 0});
	lower_branch(l, n, false, end);
	ir_emit(l->ir, (struct ir_insn){.op = IR_CONST, .width = 4, .dst = reg, .imm = 1});
	ir_place(l->ir, end);
	return reg;
}

static int binary(struct lower *l, const struct node *n)
{
	int width = n->type.size == 8 ? 8 : 4, a, b;
	bool is_signed = n->a->type.is_signed, divides = n->op == '/' || n->op == '%';

	if (comparison(n))
		return truth(l, n);
	a = lower_value(l, n->a);
	if (n->b->kind == N_NUMBER && !(divides && is_signed)) {
		int64_t v = (int64_t)n->b->number;

		if (width == 4)
			v = (int32_t)v;
		ir_alu_imm(l->ir, width, operation(n->op, is_signed), a, v);
		return a;
	}
	b = lower_value(l, n->b);
	if (lower_divides(n))
		ir_branch_imm(l->ir, width, BPF_JEQ, b, 0, l->fault);
	if (divides && is_signed)
		divide(l, n, a, b);
	else
		ir_alu(l->ir, width, operation(n->op, is_signed), a, b);
	return a;
}

static int choice(struct lower *l, const struct node *n)
{
	int other = ir_label(l->ir), end = ir_label(l->ir), reg = ir_register(l->ir);

	lower_branch(l, n->a, false, other);
	assign(l, reg, lower_value(l, n->b));
	ir_jump(l->ir, end);
	ir_place(l->ir, other);
	assign(l, reg, lower_value(l, n->c));
	ir_place(l->ir, end);
	return reg;
}

int lower_value(struct lower *l, const struct node *n)
{
	int reg;

	switch (n->kind) {
	case N_NUMBER:
		return ir_const(l->ir, n->type.size == 8 ? 8 : 4, (int64_t)n->number);
	case N_ARG:
		return argument(l, n);
	case N_BUILTIN:
		return builtin(l, n);
	case N_MEMBER:
	case N_DEREF:
		return load(l, n, true);
	case N_UNARY:
		if (n->op == '!')
			return truth(l, n);
		reg = lower_value(l, n->a);
		if (n->op == '-')
			ir_alu_imm(l->ir, n->type.size == 8 ? 8 : 4, BPF_NEG, reg, 0);
		else if (n->op == '~')
			ir_alu_imm(l->ir, n->type.size == 8 ? 8 : 4, BPF_XOR, reg, -1);
		return reg;
	case N_BINARY:
		return binary(l, n);
	case N_LOGIC:
		return truth(l, n);
	case N_CHOICE:
		return choice(l, n);
	case N_CONVERT:
		reg = lower_value(l, n->a);
		if (n->type.size == 8 && n->a->type.size < 8 && n->a->type.is_signed) {
			ir_alu_imm(l->ir, 8, BPF_LSH, reg, 32);
			ir_alu_imm(l->ir, 8, BPF_ARSH, reg, 32);
		}
		return reg;
	default:
		l->failed = true;
		return ir_const(l->ir, 8, 0);
	}
}

// A pointer's string, or an array's bytes, into the stack. A string that is not size - 2 long goes
// to other_length; one that was asked for with no more bytes than that may be longer.
static int text_slot(struct lower *l, const struct node *n, uint32_t size, int other_length)
{
	int slot = ir_stack(l->ir, size), r;

	if (n->kind == N_BUILTIN) {
		lower_guard(l);
		ir_call(l->ir, HELPER_get_current_comm, arg_frame(slot), arg_const(size),
			arg_none());
		release(l);
	} else if (n->kind == N_STR) {
		int pointer = lower_value(l, n->a);

		lower_guard(l);
		r = ir_call(l->ir,
			    n->a->type.is_user ? HELPER_probe_read_user_str
					       : HELPER_probe_read_kernel_str,
			    arg_frame(slot), arg_const(size), arg_reg(pointer));
		release(l);
		ir_branch_imm(l->ir, 8, BPF_JSLT, r, 0, l->fault);
		ir_branch_imm(l->ir, 8, size < n->type.size ? BPF_JNE : BPF_JLT, r, size - 1,
			      other_length);
	} else {
		struct address a = address_of(l, n);

		read_slot(l, slot, size, lower_value(l, a.pointer), a.bit / 8,
			  a.pointer->type.is_user);
	}
	return slot;
}

// Goes to the label when a's text is, or is not, the literal b.
static void text_branch(struct lower *l, const struct node *n, bool equal, int label)
{
	const struct node *a = n->a;
	const char *text = n->b->token.p;
	uint32_t len = n->b->token.n, bytes = len + 1, done = 0;
	int differs = ir_label(l->ir), slot;

	// What is longer than the value can be is never equal to it.
	if (len > a->type.size - (a->kind == N_STR ? 2 : 0)) {
		if (!equal)
			ir_jump(l->ir, label);
		return;
	}
	if (a->kind == N_STR ? len + 2 == a->type.size : bytes > a->type.size)
		bytes = len; // nothing follows, no NUL either
	slot = text_slot(l, a,
			 a->kind == N_STR	? len + 2
			 : a->kind == N_BUILTIN ? a->type.size
						: bytes,
			 equal ? differs : label);
	while (done < bytes) {
		uint32_t left = bytes - done, step = left >= 8	 ? 8
						     : left >= 4 ? 4
						     : left >= 2 ? 2
								 : 1;
		uint64_t word = 0;

		memcpy(&word, text + done, len - done < step ? len - done : step);
		ir_branch_imm(l->ir, step == 4 ? 4 : 8, BPF_JNE,
			      ir_load(l->ir, (int)step, IR_FP, slot + (int)done),
			      step == 4 ? (int32_t)word : (int64_t)word, equal ? differs : label);
		done += step;
	}
	if (equal)
		ir_jump(l->ir, label);
	ir_place(l->ir, differs);
}

static int condition(uint16_t op, bool is_signed, bool when)
{
	switch (op) {
	case TWO('=', '='):
		return when ? BPF_JEQ : BPF_JNE;
	case TWO('!', '='):
		return when ? BPF_JNE : BPF_JEQ;
	case '<':
		return when ? is_signed ? BPF_JSLT : BPF_JLT : is_signed ? BPF_JSGE : BPF_JGE;
	case '>':
		return when ? is_signed ? BPF_JSGT : BPF_JGT : is_signed ? BPF_JSLE : BPF_JLE;
	case TWO('<', '='):
		return when ? is_signed ? BPF_JSLE : BPF_JLE : is_signed ? BPF_JSGT : BPF_JGT;
	default:
		return when ? is_signed ? BPF_JSGE : BPF_JGE : is_signed ? BPF_JSLT : BPF_JLT;
	}
}

static void compare(struct lower *l, const struct node *n, bool when, int label)
{
	const struct value_type *t = &n->a->type;
	int width = t->kind == V_PTR || t->size == 8 ? 8 : 4;
	int code = condition(n->op, t->kind == V_INT && t->is_signed, when), a;

	if (n->b->type.kind == V_TEXT) {
		text_branch(l, n, when == (n->op == TWO('=', '=')), label);
		return;
	}
	a = lower_value(l, n->a);
	if (n->b->kind == N_NUMBER)
		ir_branch_imm(l->ir, width, code, a,
			      width == 4 ? (int32_t)n->b->number : (int64_t)n->b->number, label);
	else
		ir_branch(l->ir, width, code, a, lower_value(l, n->b), label);
}

void lower_branch(struct lower *l, const struct node *n, bool when, int label)
{
	if (n->kind == N_NUMBER) {
		if ((n->number != 0) == when)
			ir_jump(l->ir, label);
	} else if (n->kind == N_LOGIC) {
		bool all = n->op == TWO('&', '&');

		if (all == when) { // both must go one way
			int end = ir_label(l->ir);

			lower_branch(l, n->a, !when, end);
			lower_branch(l, n->b, when, label);
			ir_place(l->ir, end);
		} else {
			lower_branch(l, n->a, when, label);
			lower_branch(l, n->b, when, label);
		}
	} else if (n->kind == N_UNARY && n->op == '!') {
		lower_branch(l, n->a, !when, label);
	} else if (comparison(n)) {
		compare(l, n, when, label);
	} else {
		int width = n->type.kind == V_PTR || n->type.size == 8 ? 8 : 4;

		ir_branch_imm(l->ir, width, when ? BPF_JNE : BPF_JEQ, lower_value(l, n), 0, label);
	}
}

void lower_capture(struct lower *l, const struct node *n, int base, int off)
{
	int to, from, r;

	if (n->type.kind != V_CHARS && n->type.kind != V_STR) {
		r = lower_value(l, n);
		ir_store(l->ir, n->type.kind == V_PTR ? 8 : (int)n->type.size, base, off, r);
		return;
	}
	if (n->kind == N_BUILTIN) {
		to = ir_copy(l->ir, base);
		ir_alu_imm(l->ir, 8, BPF_ADD, to, off);
		ir_call(l->ir, HELPER_get_current_comm, arg_reg(to), arg_const(n->type.size),
			arg_none());
		return;
	}
	if (n->kind == N_STR) {
		from = lower_value(l, n->a);
		to = ir_copy(l->ir, base);
		ir_alu_imm(l->ir, 8, BPF_ADD, to, off + 4);
		r = ir_call(l->ir,
			    n->a->type.is_user ? HELPER_probe_read_user_str
					       : HELPER_probe_read_kernel_str,
			    arg_reg(to), arg_const(n->type.size), arg_reg(from));
		ir_store(l->ir, 4, base, off, r);
		ir_branch_imm(l->ir, 8, BPF_JSLT, r, 0, l->fault);
		return;
	}
	struct address a = address_of(l, n);

	from = lower_value(l, a.pointer);
	if (a.bit)
		ir_alu_imm(l->ir, 8, BPF_ADD, from, a.bit / 8);
	to = ir_copy(l->ir, base);
	ir_alu_imm(l->ir, 8, BPF_ADD, to, off);
	r = ir_call(l->ir,
		    a.pointer->type.is_user ? HELPER_probe_read_user : HELPER_probe_read_kernel,
		    arg_reg(to), arg_const(n->type.size), arg_reg(from));
	ir_branch_imm(l->ir, 8, BPF_JNE, r, 0, l->fault);
}
