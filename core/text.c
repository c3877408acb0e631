// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "text.h"

#include <linux/bpf.h>
#include <string.h>

#include "memory.h"
#include "stash.h"

// A place on the stack for a text that is used up at once.
static int room(struct lower *l, uint32_t size)
{
	if (l->text_room < size) {
		l->text_room = (size + 7) & ~7u;
		l->text_slot = ir_stack(l->ir, l->text_room);
	}
	return l->text_slot;
}

// The task's name is in its task_struct, which can be read directly.
static const struct node current = {.kind = N_BUILTIN,
				    .builtin = B_CURRENT,
				    .type = {.kind = V_PTR, .size = 8}};

void text_comm(struct lower *l, const struct node *n, int base, int off)
{
	int to = base;

	if (l->target->task_btf) {
		int task = lower_read(l, &current);

		for (int i = 0; i < (int)n->type.size; i += 8)
			ir_store(l->ir, 8, base, off + i,
				 ir_load(l->ir, 8, task, (int)l->target->comm + i));
		return;
	}
	if (base != IR_FP) {
		to = ir_copy(l->ir, base);
		ir_alu_imm(l->ir, 8, BPF_ADD, to, off);
	}
	ir_call(l->ir, HELPER_get_current_comm, base == IR_FP ? arg_frame(off) : arg_reg(to),
		arg_const(n->type.size), arg_none());
}

// The task's name, which stays on the stack.
static int comm(struct lower *l, const struct node *n)
{
	int at = memory_find(l, n), slot;

	if (at >= 0)
		return l->known.seen[at].place;
	slot = ir_stack(l->ir, n->type.size);
	lower_guard(l);
	text_comm(l, n, IR_FP, slot);
	lower_release(l);
	memory_keep(l, n, slot, true);
	return slot;
}

void text_length(struct lower *l, const struct node *n, int reg)
{
	int good = ir_label(l->ir);

	if (!n->type.is_user)
		return;
	ir_branch_imm(l->ir, 8, BPF_JNE, reg, 0, good);
	ir_emit(l->ir, (struct ir_insn){.op = IR_CONST, .width = 4, .dst = reg, .imm = 1});
	ir_place(l->ir, good);
}

// Reads the string at a pointer, at most size - 1 bytes and a NUL. Returns the register with its
// length, the NUL included.
static int string(struct lower *l, const struct node *n, int slot, uint32_t size)
{
	int pointer = lower_value(l, n->a), r;

	lower_guard(l);
	r = ir_call(l->ir,
		    n->type.is_user ? HELPER_probe_read_user_str : HELPER_probe_read_kernel_str,
		    arg_frame(slot), arg_const(size), arg_reg(pointer));
	lower_release(l);
	lower_fault_if(l, 8, BPF_JSLT, r, 0);
	text_length(l, n, r);
	return r;
}

// The first bytes of an array of characters, or of a string that was put away, onto the stack.
static void chars(struct lower *l, const struct node *n, uint32_t size, int slot)
{
	if (n->kind == N_STASH)
		stash_text(l, n, size, slot);
	else
		memory_copy(l, n, size, IR_FP, slot);
}

// Goes to the label when n bytes at off of the slot are not these.
static void differ(struct lower *l, int slot, uint32_t off, const char *text, uint32_t n, int label)
{
	for (uint32_t done = 0, step; done < n; done += step) {
		uint64_t word = 0;
		int reg;

		for (step = 8; step > n - done || (off + done) % step; step /= 2)
			;
		memcpy(&word, text + done, step);
		reg = ir_load(l->ir, (int)step, IR_FP, slot + (int)(off + done));
		ir_branch_imm(l->ir, step == 8 ? 8 : 4, BPF_JNE, reg,
			      step == 4 ? (int32_t)word : (int64_t)word, label);
	}
}

void text_equal(struct lower *l, const struct node *n, bool equal, int label)
{
	const struct node *a = n->a;
	uint32_t len = n->b->token.n, bytes = len + 1;
	int differs = ir_label(l->ir), slot, other = equal ? differs : label;
	char text[256] = ""; // with its NUL: a literal to compare with has at most 255 bytes

	// What is longer than the value can be is never equal to it.
	if (len >= sizeof(text) || len > a->type.size - (a->type.kind == V_STR ? 2 : 0)) {
		if (!equal)
			ir_jump(l->ir, label);
		return;
	}
	memcpy(text, n->b->token.p, len);
	if (a->kind != N_STR && bytes > a->type.size)
		bytes = len; // what fills all of it has no NUL
	if (a->kind == N_BUILTIN) {
		slot = comm(l, a);
	} else if (a->kind == N_STR) {
		int r;

		slot = room(l, len + 2);
		r = string(l, a, slot, len + 2);
		// Asked for with no more bytes than the literal has, it may go on behind them.
		ir_branch_imm(l->ir, 8, len + 2 < a->type.size ? BPF_JNE : BPF_JLT, r, len + 1,
			      other);
		bytes = len;
	} else {
		slot = room(l, bytes);
		chars(l, a, bytes, slot);
	}
	differ(l, slot, 0, text, bytes, other);
	if (equal)
		ir_jump(l->ir, label);
	ir_place(l->ir, differs);
}

// A pattern is pieces with stars between them.
struct piece {
	const char *p;
	uint32_t len;
};

static uint32_t pieces(const char *p, uint32_t n, struct piece *out, uint32_t cap)
{
	uint32_t count = 0, from = 0;

	for (uint32_t i = 0; i <= n && count < cap; i++) {
		if (i < n && p[i] != '*')
			continue;
		if (i > from)
			out[count++] = (struct piece){.p = p + from, .len = i - from};
		from = i + 1;
	}
	return count;
}

struct match {
	struct lower *l;
	int slot, byte; // where the text is; a register for its bytes
	uint32_t size;	// bytes that it has at most; behind them is a NUL
	int no;		// label: it does not match
};

// Goes to the label unless the piece stands at a position. A ? stands for any byte but the end.
static void stands(const struct match *m, const struct piece *piece, uint32_t at, int label)
{
	for (uint32_t i = 0; i < piece->len; i++) {
		ir_emit(m->l->ir, (struct ir_insn){.op = IR_LOAD,
						   .width = 1,
						   .dst = m->byte,
						   .a = IR_FP,
						   .off = (int16_t)(m->slot + (int)(at + i))});
		if (piece->p[i] == '?')
			ir_branch_imm(m->l->ir, 4, BPF_JEQ, m->byte, 0, label);
		else
			ir_branch_imm(m->l->ir, 4, BPF_JNE, m->byte, (unsigned char)piece->p[i],
				      label);
	}
}

static void byte_is(const struct match *m, uint32_t at, int code, int label)
{
	ir_emit(m->l->ir, (struct ir_insn){.op = IR_LOAD,
					   .width = 1,
					   .dst = m->byte,
					   .a = IR_FP,
					   .off = (int16_t)(m->slot + (int)at)});
	ir_branch_imm(m->l->ir, 4, code, m->byte, 0, label);
}

// Looks for the piece from each position on that the one before may have ended at; every position
// is code of its own, as jumps only go forward. here[i]: label of position i; next[i]: where it
// goes on when the piece ended there. last: it must end where the text does.
static void look(const struct match *m, const struct piece *piece, const int *here, int *next,
		 bool last, int yes)
{
	uint32_t first = 0;

	while (first <= m->size && !here[first])
		first++;
	for (uint32_t at = first; at + piece->len <= m->size; at++) {
		int other = ir_label(m->l->ir);

		if (here[at])
			ir_place(m->l->ir, here[at]);
		stands(m, piece, at, other);
		if (last)
			byte_is(m, at + piece->len, BPF_JEQ, yes);
		else
			ir_jump(m->l->ir, next[at + piece->len] = ir_label(m->l->ir));
		ir_place(m->l->ir, other);
		byte_is(m, at, BPF_JEQ, m->no); // the text ends here
	}
	for (uint32_t at = m->size - piece->len + 1; at <= m->size; at++)
		if (here[at])
			ir_place(m->l->ir, here[at]);
	ir_jump(m->l->ir, m->no);
}

static void match_pieces(const struct match *m, const char *pattern, uint32_t n, int yes)
{
	struct piece list[MATCH_MAX];
	uint32_t count = pieces(pattern, n, list, MATCH_MAX), at = 0, done = 0;
	int labels[2][MATCH_MAX + 1] = {0}, *here = labels[0], *next = labels[1];
	bool open = n && pattern[n - 1] == '*';

	for (uint32_t i = 0; i < count; i++)
		if (list[i].len > m->size) {
			ir_jump(m->l->ir, m->no);
			return;
		}
	if (n == 0 || pattern[0] != '*') {
		if (count) {
			stands(m, &list[0], 0, m->no);
			at = list[0].len;
			done = 1;
		}
		if (done == count && !open) { // no star at all
			byte_is(m, at, BPF_JEQ, yes);
			ir_jump(m->l->ir, m->no);
			return;
		}
	}
	ir_jump(m->l->ir, here[at] = ir_label(m->l->ir));
	for (; done < count; done++) {
		bool last = done + 1 == count && !open;
		int *used = here;

		look(m, &list[done], here, next, last, yes);
		if (last)
			return;
		here = next;
		next = memset(used, 0, sizeof(labels[0]));
	}
	for (uint32_t i = 0; i <= m->size; i++)
		if (here[i])
			ir_place(m->l->ir, here[i]);
	ir_jump(m->l->ir, yes);
}

void text_match(struct lower *l, const struct node *n, bool match, int label)
{
	const struct node *a = n->a;
	int end = ir_label(l->ir);
	struct match m = {.l = l, .no = match ? end : label, .size = a->type.size};

	if (a->kind == N_BUILTIN) {
		m.slot = comm(l, a);
		m.size--; // the kernel ends it with a NUL
	} else if (a->kind == N_STR) {
		m.size = m.size - 2 < MATCH_MAX ? m.size - 2 : MATCH_MAX;
		m.slot = room(l, m.size + 1);
		string(l, a, m.slot, m.size + 1);
	} else {
		m.size -= a->type.kind == V_STR ? 2 : 0; // put away as a string
		m.size = m.size < MATCH_MAX ? m.size : MATCH_MAX;
		m.slot = room(l, m.size + 1);
		chars(l, a, m.size, m.slot);
		ir_store_imm(l->ir, 1, IR_FP, m.slot + (int)m.size, 0);
	}
	m.byte = ir_register(l->ir);
	match_pieces(&m, n->b->token.p, n->b->token.n, match ? label : end);
	ir_place(l->ir, end);
}
