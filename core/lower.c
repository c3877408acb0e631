// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "lower.h"

#include <linux/bpf.h>
#include <string.h>

#include "../bpf/wire.h"
#include "memory.h"
#include "stack.h"
#include "stash.h"
#include "text.h"

// A division by what is only known when it runs: 0 there makes the value unknown.
static bool divides(const struct node *n)
{
	return n->kind == N_BINARY && (n->op == '/' || n->op == '%') && n->b->kind != N_NUMBER;
}

// An address that becomes a number goes through memory where the verifier knows it as a pointer.
static bool launders(const struct lower *l, const struct node *n)
{
	return n->kind == N_CONVERT && n->type.kind == V_INT && n->a->type.kind == V_PTR &&
	       address_is_typed(l, n->a);
}

static bool any(const struct lower *l, const struct node *n,
		bool (*asks)(const struct lower *, const struct node *))
{
	return (n->a && asks(l, n->a)) || (n->b && asks(l, n->b)) || (n->c && asks(l, n->c));
}

bool lower_needs_guard(const struct lower *l, const struct node *n)
{
	switch (n->kind) {
	case N_BUILTIN:
		return n->builtin != B_CPU;
	case N_STR:
	case N_BYTES:
	case N_MATCH:
	case N_INET:
	case N_PATH:
	case N_STASH:
		return true;
	case N_ARG:
		return address_argument_by_helper(l, n);
	case N_MEMBER:
	case N_DEREF:
	case N_INDEX:
		if (n->type.kind == V_CHARS || !address_is_direct(l, n))
			return true;
		break;
	default:
		if (launders(l, n))
			return true;
		break;
	}
	return any(l, n, lower_needs_guard);
}

bool lower_can_fail(const struct lower *l, const struct node *n)
{
	if (n->kind == N_BUILTIN)
		return n->builtin == B_CALLER || n->builtin == B_STACK || n->builtin == B_USTACK;
	if (n->kind == N_STR || n->kind == N_BYTES || n->kind == N_INET || n->kind == N_PATH ||
	    divides(n))
		return true;
	if (n->kind == N_ARG)
		return address_argument_by_helper(l, n);
	if (n->kind == N_STASH)
		return stash_can_fail(l, n);
	if (address_is_memory(n) && address_of(l, n).pointer)
		return true;
	return any(l, n, lower_can_fail);
}

bool lower_uses_task(const struct node *n)
{
	if (n->kind == N_BUILTIN)
		return n->builtin == B_PID || n->builtin == B_TID;
	return (n->a && lower_uses_task(n->a)) || (n->b && lower_uses_task(n->b)) ||
	       (n->c && lower_uses_task(n->c));
}

bool lower_same(const struct node *a, const struct node *b)
{
	if (a == b)
		return true;
	if (!a || !b || a->kind != b->kind || a->op != b->op || a->number != b->number ||
	    a->slot != b->slot || a->builtin != b->builtin || a->bit_offset != b->bit_offset ||
	    a->bits != b->bits || a->count != b->count || a->arrow != b->arrow ||
	    a->type.kind != b->type.kind || a->type.size != b->type.size ||
	    a->type.is_signed != b->type.is_signed || a->type.is_bool != b->type.is_bool ||
	    a->type.is_user != b->type.is_user)
		return false;
	if (a->kind == N_TEXT &&
	    (a->token.n != b->token.n || memcmp(a->token.p, b->token.p, a->token.n) != 0))
		return false;
	if (a->kind == N_STASH && a->opens != b->opens)
		return false;
	for (uint32_t i = 0; a->kind == N_STASH && i < a->slot; i++)
		if (!lower_same(a->entries[i], b->entries[i]))
			return false;
	return lower_same(a->a, b->a) && lower_same(a->b, b->b) && lower_same(a->c, b->c);
}

void lower_count(struct lower *l, int byte)
{
	int one = ir_const(l->ir, 4, 1);

	ir_emit(l->ir,
		(struct ir_insn){.op = IR_XADD, .a = l->block, .b = one, .off = (int16_t)byte});
}

void lower_is_on(struct lower *l, int byte, int label)
{
	int on = ir_register(l->ir);

	ir_note(l->ir, "is the probe on?");
	if (l->has_block) {
		on = ir_load(l->ir, 8, l->block, byte);
	} else {
		ir_emit(l->ir, (struct ir_insn){.op = IR_CELLS, .dst = on, .imm = byte});
		on = ir_load(l->ir, 8, on, 0);
	}
	ir_branch_imm(l->ir, 8, BPF_JEQ, on, 0, label);
}

void lower_task(struct lower *l)
{
	if (!l->pid_tgid)
		l->pid_tgid = ir_call(l->ir, HELPER_get_current_pid_tgid, arg_none(), arg_none(),
				      arg_none());
}

void lower_block(struct lower *l)
{
	struct ir *ir = l->ir;
	int cpu, block;

	if (l->has_block)
		return;
	cpu = ir_call(ir, HELPER_get_smp_processor_id, arg_none(), arg_none(), arg_none());
	ir_alu_imm(ir, 4, BPF_AND, cpu, l->cpu_mask);
	ir_alu_imm(ir, 8, BPF_LSH, cpu, l->block_shift);
	block = ir_register(ir);
	ir_emit(ir, (struct ir_insn){.op = IR_CELLS, .dst = block});
	ir_alu(ir, 8, BPF_ADD, block, cpu);
	ir_move(ir, l->block, block);
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

void lower_release(struct lower *l)
{
	if (!l->guarded)
		ir_store_imm(l->ir, 8, l->block, GUARD_BUSY, 0);
}

// Up to 32 bits: the high half is clear.
static int width_of(const struct value_type *t)
{
	return t->kind == V_PTR || t->size == 8 ? 8 : 4;
}

static void clear_high(struct lower *l, int reg)
{
	ir_emit(l->ir, (struct ir_insn){.op = IR_MOVE, .width = 4, .dst = reg, .a = reg});
}

void lower_extend(struct lower *l, const struct node *n, int reg, uint32_t bit, uint32_t loaded)
{
	int width = width_of(&n->type);

	if (n->bits) {
		width = loaded == 8 ? 8 : width;
		ir_alu_imm(l->ir, width, BPF_LSH, reg, width * 8 - (int)(bit + n->bits));
		ir_alu_imm(l->ir, width, n->type.is_signed ? BPF_ARSH : BPF_RSH, reg,
			   width * 8 - (int)n->bits);
		if (width == 8 && n->type.size < 8)
			clear_high(l, reg);
	} else if (n->type.kind == V_INT && n->type.is_signed && n->type.size < 4) {
		ir_alu_imm(l->ir, 4, BPF_LSH, reg, 32 - (int)n->type.size * 8);
		ir_alu_imm(l->ir, 4, BPF_ARSH, reg, 32 - (int)n->type.size * 8);
	}
}

void lower_fault_if(struct lower *l, int width, int code, int reg, int64_t imm)
{
	ir_branch_imm(l->ir, width, code, reg, imm, l->fault);
	if (!l->may_fault)
		l->then = l->known;
	l->may_fault = true;
}

void lower_forget(struct lower *l)
{
	struct lower_known *k = &l->known, *then = &l->then;
	uint32_t same = 0;

	if (!l->may_fault)
		return;
	while (same < k->count && same < then->count &&
	       k->seen[same].node == then->seen[same].node &&
	       k->seen[same].place == then->seen[same].place)
		same++;
	k->count = same;
	k->final &= then->final;
	k->checked &= then->checked;
	k->ranges &= then->ranges;
}

static int call(struct lower *l, enum helper helper)
{
	return ir_call(l->ir, helper, arg_none(), arg_none(), arg_none());
}

static int task(struct lower *l)
{
	// Where a predicate reads it on one path only, it is read anew on the other.
	return l->pid_tgid ? ir_copy(l->ir, l->pid_tgid) : call(l, HELPER_get_current_pid_tgid);
}

static int builtin(struct lower *l, const struct node *n)
{
	int reg, at;

	switch (n->builtin) {
	case B_PID:
		if (l->process)
			return ir_copy(l->ir, l->process);
		reg = task(l);
		ir_alu_imm(l->ir, 8, BPF_RSH, reg, 32);
		return reg;
	case B_TID:
		reg = task(l);
		clear_high(l, reg);
		return reg;
	case B_UID:
		reg = call(l, HELPER_get_current_uid_gid);
		clear_high(l, reg);
		return reg;
	case B_GID:
		reg = call(l, HELPER_get_current_uid_gid);
		ir_alu_imm(l->ir, 8, BPF_RSH, reg, 32);
		return reg;
	case B_CPU:
		return call(l, HELPER_get_smp_processor_id);
	case B_CGROUP:
		return call(l, HELPER_get_current_cgroup_id);
	case B_CURRENT:
		at = memory_find(l, n);
		if (at >= 0)
			return l->known.seen[at].place;
		reg = call(l, l->target->task_btf ? HELPER_get_current_task_btf
						  : HELPER_get_current_task);
		memory_keep(l, n, reg, true);
		return reg;
	case B_ELAPSED:
		return ir_copy(l->ir, l->elapsed);
	case B_CALLER:
		return stack_caller(l);
	default:
		return call(l, HELPER_ktime_get_boot_ns);
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
	struct lower_known known = l->known;

	ir_emit(l->ir, (struct ir_insn){.op = IR_CONST, .width = 4, .dst = reg, .imm = 0});
	lower_branch(l, n, false, end);
	ir_emit(l->ir, (struct ir_insn){.op = IR_CONST, .width = 4, .dst = reg, .imm = 1});
	ir_place(l->ir, end);
	if (!comparison(n)) // parts of it may have been left out
		l->known = known;
	return reg;
}

static int binary(struct lower *l, const struct node *n)
{
	int width = width_of(&n->type), a, b;
	bool is_signed = n->a->type.is_signed, division = n->op == '/' || n->op == '%';

	if (comparison(n))
		return truth(l, n);
	a = lower_value(l, n->a);
	if (n->b->kind == N_NUMBER && !(division && is_signed)) {
		int64_t v = (int64_t)n->b->number;

		if (n->op == TWO('<', '<') || n->op == TWO('>', '>'))
			v &= width * 8 - 1;
		if (width == 4)
			v = (int32_t)v;
		ir_alu_imm(l->ir, width, operation(n->op, is_signed), a, v);
		return a;
	}
	b = lower_value(l, n->b);
	if (divides(n))
		lower_fault_if(l, width, BPF_JEQ, b, 0);
	if (division && is_signed)
		divide(l, n, a, b);
	else
		ir_alu(l->ir, width, operation(n->op, is_signed), a, b);
	return a;
}

// Tests that may leave out a part of themselves: what is known behind them is not known where they
// jump to.
static bool is_compound(const struct node *n)
{
	if (n->kind == N_LOGIC)
		return true;
	return (n->kind == N_UNARY || n->kind == N_CONVERT) && is_compound(n->a);
}

static int choice(struct lower *l, const struct node *n)
{
	int other = ir_label(l->ir), end = ir_label(l->ir), reg = ir_register(l->ir);
	struct lower_known before = l->known;

	lower_branch(l, n->a, false, other);
	if (!is_compound(n->a))
		before = l->known;
	ir_move(l->ir, reg, lower_read(l, n->b));
	ir_jump(l->ir, end);
	l->known = before;
	ir_place(l->ir, other);
	ir_move(l->ir, reg, lower_read(l, n->c));
	ir_place(l->ir, end);
	l->known = before;
	return reg;
}

// C's conversions. Between pointers, and between what is 8 bytes wide, no bit changes.
static int convert(struct lower *l, const struct node *n)
{
	const struct value_type *to = &n->type, *from = &n->a->type;
	int reg;

	if (to->is_bool && !from->is_bool)
		return truth(l, n);
	if (to->kind == V_INT && from->kind == V_PTR)
		reg = memory_plain(l, n->a);
	else
		reg = lower_value(l, n->a);
	if (width_of(to) == 8 && width_of(from) == 4) {
		if (from->is_signed) {
			ir_alu_imm(l->ir, 8, BPF_LSH, reg, 32);
			ir_alu_imm(l->ir, 8, BPF_ARSH, reg, 32);
		}
	} else if (width_of(to) == 4) {
		if (to->size < 4 && (from->size > to->size || from->is_signed != to->is_signed)) {
			int spare = 32 - (int)to->size * 8;

			ir_alu_imm(l->ir, 4, BPF_LSH, reg, spare);
			ir_alu_imm(l->ir, 4, to->is_signed ? BPF_ARSH : BPF_RSH, reg, spare);
		} else if (width_of(from) == 8) {
			clear_high(l, reg);
		}
	}
	return reg;
}

static int swap(struct lower *l, const struct node *n)
{
	int reg = lower_value(l, n->a);

	ir_emit(l->ir,
		(struct ir_insn){.op = IR_SWAP, .width = (uint8_t)n->a->type.size, .dst = reg});
	return reg;
}

static int negate(struct lower *l, const struct node *n)
{
	int reg;

	if (n->op == '!')
		return truth(l, n);
	reg = lower_value(l, n->a);
	if (n->op == '-')
		ir_alu_imm(l->ir, width_of(&n->type), BPF_NEG, reg, 0);
	else if (n->op == '~')
		ir_alu_imm(l->ir, width_of(&n->type), BPF_XOR, reg, -1);
	return reg;
}

int lower_read(struct lower *l, const struct node *n)
{
	switch (n->kind) {
	case N_NUMBER:
		return ir_const(l->ir, width_of(&n->type), (int64_t)n->number);
	case N_ARG:
		return memory_argument(l, n);
	case N_BUILTIN:
		return builtin(l, n);
	case N_MEMBER:
	case N_DEREF:
	case N_INDEX:
		return memory_load(l, n, true);
	case N_ADDRESS:
		return memory_where(l, n->a);
	case N_UNARY:
		return negate(l, n);
	case N_BINARY:
		return binary(l, n);
	case N_LOGIC:
	case N_MATCH:
		return truth(l, n);
	case N_CHOICE:
		return choice(l, n);
	case N_CONVERT:
		return convert(l, n);
	case N_SWAP:
		return swap(l, n);
	case N_STASH:
		return stash_read(l, n);
	default:
		l->failed = true;
		return ir_const(l->ir, 8, 0);
	}
}

// Is what lower_read gives kept for others?
static bool is_kept(const struct node *n)
{
	return n->kind == N_ARG || address_is_memory(n) ||
	       (n->kind == N_BUILTIN && n->builtin == B_CURRENT);
}

int lower_value(struct lower *l, const struct node *n)
{
	int reg = lower_read(l, n);

	return is_kept(n) && memory_find(l, n) >= 0 ? ir_copy(l->ir, reg) : reg;
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
	int width = width_of(t), a;
	int code = condition(n->op, t->kind == V_INT && t->is_signed, when);

	if (n->b->kind == N_TEXT) {
		text_equal(l, n, when == (n->op == TWO('=', '=')), label);
		return;
	}
	a = lower_read(l, n->a);
	if (n->b->kind == N_NUMBER)
		ir_branch_imm(l->ir, width, code, a,
			      width == 4 ? (int32_t)n->b->number : (int64_t)n->b->number, label);
	else
		ir_branch(l->ir, width, code, a, lower_read(l, n->b), label);
}

static void logic(struct lower *l, const struct node *n, bool when, int label)
{
	bool all = n->op == TWO('&', '&');

	if (all == when) { // both must go one way
		int end = ir_label(l->ir);
		struct lower_known known = l->known;

		lower_branch(l, n->a, !when, end);
		if (!is_compound(n->a))
			known = l->known;
		lower_branch(l, n->b, when, label);
		ir_place(l->ir, end);
		l->known = known; // b was not always seen
	} else {
		lower_branch(l, n->a, when, label);
		lower_branch(l, n->b, when, label);
	}
}

void lower_branch(struct lower *l, const struct node *n, bool when, int label)
{
	if (n->kind == N_NUMBER) {
		if ((n->number != 0) == when)
			ir_jump(l->ir, label);
	} else if (n->kind == N_LOGIC) {
		logic(l, n, when, label);
	} else if (n->kind == N_UNARY && n->op == '!') {
		lower_branch(l, n->a, !when, label);
	} else if (n->kind == N_CONVERT && n->type.is_bool && !n->a->type.is_bool) {
		lower_branch(l, n->a, when, label);
	} else if (n->kind == N_MATCH) {
		text_match(l, n, when == (n->op == '~'), label);
	} else if (comparison(n)) {
		compare(l, n, when, label);
	} else if (n->kind == N_BINARY && n->op == '&' && n->b->kind == N_NUMBER && when) {
		ir_branch_imm(l->ir, width_of(&n->type), BPF_JSET, lower_read(l, n->a),
			      width_of(&n->type) == 4 ? (int32_t)n->b->number
						      : (int64_t)n->b->number,
			      label);
	} else {
		ir_branch_imm(l->ir, width_of(&n->type), when ? BPF_JNE : BPF_JEQ, lower_read(l, n),
			      0, label);
	}
}
