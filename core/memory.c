// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "memory.h"

#include <linux/bpf.h>
#include <string.h>

#include "../bpf/wire.h"

#define RANGE_GAP  32  // bytes that may lie between members that are read together
#define RANGE_SIZE 128 // bytes that one read takes at most
#define RANGE_ROOM 256 // bytes of stack for all of them

// What may be added to a pointer that the verifier knows, at most (BPF_MAX_VAR_OFF in
// include/linux/bpf_verifier.h).
#define MAX_OFFSET ((int64_t)1 << 29)

int memory_scratch(struct lower *l)
{
	if (!l->scratch)
		l->scratch = ir_stack(l->ir, 8);
	return l->scratch;
}

// Reads size bytes at the address in a register to the stack, or goes to l->fault.
static void read_slot(struct lower *l, int slot, uint32_t size, int from, bool user)
{
	int r;

	lower_guard(l);
	r = ir_call(l->ir, user ? HELPER_probe_read_user : HELPER_probe_read_kernel,
		    arg_frame(slot), arg_const(size), arg_reg(from));
	lower_release(l);
	lower_fault_if(l, 8, BPF_JNE, r, 0);
}

int memory_find(const struct lower *l, const struct node *n)
{
	for (uint32_t i = 0; i < l->known.count; i++)
		if (lower_same(l->known.seen[i].node, n))
			return (int)i;
	return -1;
}

void memory_keep(struct lower *l, const struct node *n, int place, bool final)
{
	uint32_t at = l->known.count;
	uint64_t bit = 1ull << at % 64;

	if (at == MAX_SEEN)
		return;
	l->known.seen[at].node = n;
	l->known.seen[at].place = place;
	l->known.final = final ? l->known.final | bit : l->known.final & ~bit;
	l->known.checked &= ~bit;
	l->known.count++;
}

// A value that was computed already. A pointer that was read as a value is not one to follow: where
// its 0 was read again, the verifier has it for a number.
static int find(const struct lower *l, const struct node *n, bool final)
{
	bool typed = !final && address_struct(l, n);

	for (uint32_t i = 0; i < l->known.count; i++) {
		bool is_final = l->known.final >> i & 1;

		if ((final ? is_final : !is_final || !typed) &&
		    lower_same(l->known.seen[i].node, n))
			return (int)i;
	}
	return -1;
}

// NULL, user addresses and error pointers, all in one signed compare: kernel addresses are
// negative and below the last page (MAX_ERRNO, include/linux/err.h).
void memory_check_kernel(struct lower *l, int pointer)
{
	lower_fault_if(l, 8, BPF_JSGE, pointer, -4095);
}

// What must be known of a pointer before it is followed directly. Where loads check addresses by
// themselves, a bad one reads as 0, and the last 0 of a chain is never believed.
static void check_pointer(struct lower *l, const struct node *n, int reg)
{
	int at = find(l, n, false);

	if (at >= 0 && l->known.checked >> at & 1)
		return;
	if (address_is_trusted(l, n))
		lower_fault_if(l, 8, BPF_JEQ, reg, 0);
	if (!l->target->checked_loads)
		memory_check_kernel(l, reg);
	if (at >= 0)
		l->known.checked |= 1ull << at;
}

// A register for the pointer that an address starts from: followed, so its own 0 is a fault.
static int pointer_of(struct lower *l, const struct node *n)
{
	return address_is_memory(n) ? memory_load(l, n, false) : lower_read(l, n);
}

// pointer + off + the computed elements, ours to change; plain: a number also to the verifier.
static int point(struct lower *l, const struct address *a, int64_t off, bool final, bool plain)
{
	bool trusted = address_is_trusted(l, a->pointer);
	int reg;

	plain = plain || a->index_count || off <= -MAX_OFFSET || off >= MAX_OFFSET;
	l->failed = l->failed || a->too_many;
	if (plain || (final && trusted))
		reg = memory_plain(l, a->pointer);
	else
		reg = ir_copy(l->ir, final && address_is_memory(a->pointer)
					     ? memory_load(l, a->pointer, true)
					     : pointer_of(l, a->pointer));
	if (trusted && !final && !plain)
		lower_fault_if(l, 8, BPF_JEQ, reg, 0);
	if (off)
		ir_alu_imm(l->ir, 8, BPF_ADD, reg, off);
	for (uint32_t i = 0; i < a->index_count; i++) {
		const struct node *n = a->indexes[i];
		int index = lower_value(l, n->b);

		if (n->count)
			lower_fault_if(l, 8, BPF_JGE, index, n->count);
		if (n->type.size != 1)
			ir_alu_imm(l->ir, 8, BPF_MUL, index, n->type.size);
		ir_alu(l->ir, 8, BPF_ADD, reg, index);
	}
	return reg;
}

static void read_range(struct lower *l, struct lower_range *r, const struct address *a)
{
	uint32_t bytes = (uint32_t)(r->to - r->from);
	struct lower_known known = l->known;
	int fault = l->fault, failed, done;

	if (!r->slot)
		r->slot = ir_stack(l->ir, bytes);
	if (!l->captures) {
		int from = point(l, a, r->from, false, false);

		read_slot(l, r->slot, bytes, from, a->user);
		return;
	}
	// Captures fail one by one: each that looks here asks how the read went.
	if (!r->status)
		r->status = ir_stack(l->ir, 8);
	failed = l->fault = ir_label(l->ir);
	done = ir_label(l->ir);
	read_slot(l, r->slot, bytes, point(l, a, r->from, false, false), a->user);
	ir_store_imm(l->ir, 8, IR_FP, r->status, 0);
	ir_jump(l->ir, done);
	ir_place(l->ir, failed);
	ir_store_imm(l->ir, 8, IR_FP, r->status, 1);
	ir_place(l->ir, done);
	l->fault = fault;
	l->known = known;
}

// The range that was planned for these bytes, read if need be; NULL: none was.
static const struct lower_range *range(struct lower *l, const struct address *a, int64_t off,
				       uint32_t size)
{
	for (uint32_t i = 0; i < l->range_count; i++) {
		struct lower_range *r = &l->ranges[i];

		if (r->user != a->user || off < r->from || off + size > r->to || off % size ||
		    !lower_same(r->pointer, a->pointer))
			continue;
		if (!(l->known.ranges >> i & 1)) {
			bool may_fault = l->may_fault;
			struct lower_known then = l->then;

			read_range(l, r, a);
			if (l->captures) { // what failed inside was dealt with
				l->may_fault = may_fault;
				l->then = then;
			}
			l->known.ranges |= 1u << i;
		}
		if (r->status)
			lower_fault_if(l, 8, BPF_JNE, ir_load(l->ir, 8, IR_FP, r->status), 0);
		return r;
	}
	return NULL;
}

static int load_by_helper(struct lower *l, const struct node *n, const struct address *a)
{
	const struct lower_range *r = NULL;
	int64_t off;
	uint32_t size;
	int slot;

	address_bytes(n, a->bit, &off, &size);
	if (!a->index_count)
		r = range(l, a, off, size);
	if (r) {
		slot = r->slot + (int)(off - r->from);
		return ir_load(l->ir, (int)size, IR_FP, slot);
	}
	slot = memory_scratch(l);
	read_slot(l, slot, size, point(l, a, off, false, false), a->user);
	return ir_load(l->ir, (int)size, IR_FP, slot);
}

// A load that faults gives 0 and says nothing: a 0 is read again before it is believed.
static void believe(struct lower *l, const struct node *n, const struct address *a, int reg)
{
	struct lower_known known = l->known;
	int good = ir_label(l->ir), slot = memory_scratch(l), from;
	uint32_t size;
	int64_t off;

	address_bytes(n, a->bit, &off, &size);
	ir_branch_imm(l->ir, 8, BPF_JNE, reg, 0, good);
	ir_emit(l->ir, (struct ir_insn){.op = IR_COLD});
	from = pointer_of(l, a->pointer);
	if (l->target->checked_loads)
		memory_check_kernel(l, from);
	// Where it was loaded anew, the verifier knows nothing of it, and nobody adds to a maybe NULL.
	if (off && address_is_trusted(l, a->pointer))
		lower_fault_if(l, 8, BPF_JEQ, from, 0);
	if (off) {
		from = ir_copy(l->ir, from);
		ir_alu_imm(l->ir, 8, BPF_ADD, from, off);
	}
	read_slot(l, slot, size, from, false);
	ir_emit(l->ir, (struct ir_insn){.op = IR_LOAD,
					.width = (uint8_t)size,
					.dst = reg,
					.a = IR_FP,
					.off = (int16_t)slot});
	ir_emit(l->ir, (struct ir_insn){.op = IR_WARM});
	ir_place(l->ir, good);
	l->known = known;
}

static int load_directly(struct lower *l, const struct node *n, const struct address *a, bool final)
{
	int pointer = pointer_of(l, a->pointer), reg;
	int64_t off;
	uint32_t size;

	address_bytes(n, a->bit, &off, &size);
	check_pointer(l, a->pointer, pointer);
	reg = ir_load(l->ir, (int)size, pointer, (int)off);
	if (final)
		believe(l, n, a, reg);
	return reg;
}

// A word of a TRACING context that the verifier won't have loaded: the context is memory, on the
// kernel's stack.
static int context_word(struct lower *l, uint32_t nth, uint32_t size)
{
	int slot = memory_scratch(l), from = ir_copy(l->ir, l->ctx);

	ir_alu_imm(l->ir, 8, BPF_ADD, from, nth * 8);
	read_slot(l, slot, 8, from, false);
	return ir_load(l->ir, (int)size, IR_FP, slot);
}

// A word of the context, whatever the context is; the caller's to change.
static int word(struct lower *l, const struct node *arg, uint32_t nth, uint32_t size)
{
	const struct lower_target *t = l->target;
	const struct scope_arg *a = arg->slot == ARG_RETVAL ? NULL : &l->scope->args[arg->slot];
	uint32_t at = (a ? a->at : l->scope->retval_at) + nth;
	int base = l->ctx, slot;

	if (a && a->behind_regs) {
		bool tracing = l->scope->context == CONTEXT_TRACING;

		if (tracing && l->scope->regs_unknown)
			base = context_word(l, 0, 8);
		else
			base = ir_load(l->ir, 8, l->ctx, tracing ? 0 : (int)t->arg_regs[0]);
		if (tracing && !l->scope->regs_unknown) // of the task's own stack
			return ir_load(l->ir, (int)size, base, (int)t->syscall_regs[at]);
		ir_alu_imm(l->ir, 8, BPF_ADD, base, t->syscall_regs[at]);
	} else if (l->scope->context == CONTEXT_EVENT) {
		return ir_load(l->ir, (int)size, base, (int)at);
	} else if (l->scope->context != CONTEXT_REGS) {
		return ir_load(l->ir, (int)size, base, (int)at * 8);
	} else if (!a || at < t->arg_reg_count) {
		return ir_load(l->ir, (int)size, base, (int)(a ? t->arg_regs[at] : t->retval_reg));
	} else {
		base = ir_load(l->ir, 8, l->ctx, (int)t->stack_reg);
		ir_alu_imm(l->ir, 8, BPF_ADD, base, t->stack_skip + (at - t->arg_reg_count) * 8);
	}
	slot = memory_scratch(l);
	read_slot(l, slot, 8, base, false);
	return ir_load(l->ir, (int)size, IR_FP, slot);
}

int memory_argument(struct lower *l, const struct node *n)
{
	uint32_t size = n->type.kind == V_PTR ? 8 : n->type.size;
	bool helper = address_argument_by_helper(l, n);
	int at = memory_find(l, n), reg;

	if (at >= 0)
		return l->known.seen[at].place;
	if (helper && l->scope->context == CONTEXT_TRACING && !l->scope->regs_unknown)
		reg = context_word(l,
				   n->slot == ARG_RETVAL ? l->scope->retval_at
							 : l->scope->args[n->slot].at,
				   size);
	else
		reg = word(l, n, 0, size);
	lower_extend(l, n, reg, 0, size);
	if (helper)
		memory_keep(l, n, reg, true);
	return reg;
}

// From an argument's own words: bits of one of them.
static int load_by_value(struct lower *l, const struct node *n, const struct address *a)
{
	uint32_t bit = (uint32_t)a->bit % 64, bits = n->bits ? n->bits : n->type.size * 8;
	int reg = word(l, a->arg, (uint32_t)a->bit / 64, 8);

	if (bit + bits > 64)
		l->failed = true;
	if (bits == 64)
		return reg;
	ir_alu_imm(l->ir, 8, BPF_LSH, reg, 64 - bits - bit);
	ir_alu_imm(l->ir, 8, n->type.is_signed ? BPF_ARSH : BPF_RSH, reg, 64 - bits);
	if (n->type.size < 8)
		ir_emit(l->ir, (struct ir_insn){.op = IR_MOVE, .width = 4, .dst = reg, .a = reg});
	return reg;
}

int memory_load(struct lower *l, const struct node *n, bool final)
{
	struct address a = address_of(l, n);
	int at = find(l, n, final), reg;
	int64_t off;
	uint32_t size, next;

	if (at >= 0)
		return l->known.seen[at].place;
	address_bytes(n, a.bit, &off, &size);
	if (final && address_struct(l, n)) {
		reg = ir_copy(l->ir, memory_load(l, n, false));
		believe(l, n, &a, reg);
	} else if (!a.pointer) {
		reg = load_by_value(l, n, &a);
	} else {
		bool directly = address_access(l, n, &a, &next) != ACCESS_NONE;

		reg = directly ? load_directly(l, n, &a, final) : load_by_helper(l, n, &a);
		final = final || !directly;
		lower_extend(l, n, reg, (uint32_t)(a.bit & 7), size);
	}
	memory_keep(l, n, reg, final);
	return reg;
}

int memory_where(struct lower *l, const struct node *n)
{
	struct address a = address_of(l, n);

	return point(l, &a, a.bit >> 3, true, false);
}

int memory_place(struct lower *l, const struct node *n, bool plain, bool *user)
{
	struct address a = address_of(l, n);

	*user = a.user;
	// Of a user's pointer nobody sees later that its 0 came from a bad chain: it is read again here.
	return point(l, &a, a.bit >> 3, a.user, plain);
}

void memory_copy(struct lower *l, const struct node *n, uint32_t size, int base, int off)
{
	struct address a = address_of(l, n);
	int from = point(l, &a, a.bit >> 3, false, false), to = base, r;

	if (base != IR_FP) {
		to = ir_copy(l->ir, base);
		ir_alu_imm(l->ir, 8, BPF_ADD, to, off);
	}
	lower_guard(l);
	r = ir_call(l->ir, a.user ? HELPER_probe_read_user : HELPER_probe_read_kernel,
		    base == IR_FP ? arg_frame(off) : arg_reg(to), arg_const(size), arg_reg(from));
	lower_release(l);
	lower_fault_if(l, 8, BPF_JNE, r, 0);
}

int memory_plain(struct lower *l, const struct node *n)
{
	int reg = lower_value(l, n);

	if (!address_is_typed(l, n))
		return reg;
	// What went through a map's value is a number to the verifier.
	lower_guard(l);
	ir_store(l->ir, 8, l->block, GUARD_SCRATCH * 8, reg);
	reg = ir_load(l->ir, 8, l->block, GUARD_SCRATCH * 8);
	lower_release(l);
	return reg;
}

static void plan_one(struct lower *l, const struct address *a, int64_t from, int64_t to)
{
	int64_t used = 0;

	for (uint32_t i = 0; i < l->range_count; i++) {
		struct lower_range *r = &l->ranges[i];
		int64_t low = r->from < from ? r->from : from, high = r->to > to ? r->to : to;

		if (!r->slot && r->user == a->user && lower_same(r->pointer, a->pointer) &&
		    from <= r->to + RANGE_GAP && to >= r->from - RANGE_GAP &&
		    high - low <= RANGE_SIZE) {
			r->from = low;
			r->to = high;
			r->members++;
			return;
		}
		used += r->to - r->from;
	}
	if (l->range_count < MAX_RANGES && used + RANGE_SIZE <= RANGE_ROOM)
		l->ranges[l->range_count++] = (struct lower_range){.pointer = a->pointer,
								   .from = from,
								   .to = to,
								   .user = a->user,
								   .members = 1};
}

static void plan(struct lower *l, const struct node *n)
{
	if (address_is_memory(n) && (n->type.kind == V_INT || n->type.kind == V_PTR)) {
		struct address a = address_of(l, n);
		int64_t off;
		uint32_t size, next;

		address_bytes(n, a.bit, &off, &size);
		// A range begins at a multiple of 8, as its slot does, so that what is aligned in
		// memory is aligned there: the verifier wants that of the stack.
		if (a.pointer && !a.index_count && off % size == 0 &&
		    address_access(l, n, &a, &next) == ACCESS_NONE)
			plan_one(l, &a, off & ~(int64_t)7, off + size);
	}
	if (n->a)
		plan(l, n->a);
	if (n->b)
		plan(l, n->b);
	if (n->c)
		plan(l, n->c);
}

void memory_plan(struct lower *l, const struct node *const *trees, uint32_t count)
{
	uint32_t kept = 0, before = l->range_count;

	for (uint32_t i = 0; i < count; i++)
		plan(l, trees[i]);
	for (uint32_t i = 0; i < l->range_count; i++) {
		// For one member alone the slot that all share will do.
		if (i >= before && l->ranges[i].members < 2)
			continue;
		if (kept != i)
			l->ranges[kept] = l->ranges[i];
		kept++;
	}
	l->range_count = kept;
}
