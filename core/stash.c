// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "stash.h"

#include <linux/bpf.h>
#include <stddef.h>

#include "../bpf/wire.h"
#include "error.h"
#include "memory.h"

#define WORDS 8 // of 8 bytes that are copied one by one; what is longer a helper copies

// A lower for the trees of one of its open ends.
static struct lower at_end(const struct lower *l, const struct node *n, uint32_t end)
{
	return (struct lower){.btf = l->btf, .scope = n->opens[end], .target = l->target};
}

bool stash_can_fail(const struct lower *l, const struct node *n)
{
	for (uint32_t i = 0; i < n->slot; i++) {
		struct lower open = at_end(l, n, i);

		if (lower_can_fail(&open, n->entries[i]))
			return true;
	}
	return false;
}

// Bytes that a record would need for it.
static uint32_t size_of(const struct node *n)
{
	switch (n->type.kind) {
	case V_PTR:
		return 8;
	case V_STR:
		return n->type.size + 4;
	case V_SLICE:
		return n->type.size + (uint32_t)sizeof(struct ks_slice);
	default:
		return n->type.size;
	}
}

static const struct stash_value *find(const struct stash *s, const struct node *n)
{
	for (uint32_t i = 0; i < s->count; i++)
		if (lower_same(s->values[i].node, n))
			return &s->values[i];
	return NULL;
}

int stash_add(struct stash *s, const struct lower *l, const struct node *n, struct ks_error *error)
{
	const struct node *const inner[] = {n->a, n->b, n->c};

	if (n->kind == N_BUILTIN && n->builtin == B_ELAPSED)
		s->wanted = s->has_time = true;
	// What calls around it left is in their stash.
	if (n->kind == N_STASH && n->opens == l->scope->opens && !find(s, n)) {
		bool fails = stash_can_fail(l, n);

		if (s->count == MAX_STASHED)
			return error_set(error, KS_ELIMIT, "more than %d values in entry()",
					 MAX_STASHED);
		s->values[s->count++] = (struct stash_value){.node = n,
							     .size = size_of(n),
							     .nil_bit = fails ? (int)s->nil_bits++
									      : -1};
		s->wanted = true;
	}
	for (int i = 0; i < 3; i++)
		if (inner[i] && stash_add(s, l, inner[i], error) < 0)
			return -1;
	return 0;
}

// The place where a span opened, which stands in the header.
static bool is_place(const struct stash_value *v)
{
	return v->node->type.kind == V_TEXT;
}

static void lay_values(struct stash *s, uint32_t at)
{
	for (uint32_t i = 0; i < s->count; i++) {
		if (is_place(&s->values[i])) {
			s->values[i].offset = offsetof(struct wire_header, point);
			continue;
		}
		s->values[i].offset = at;
		at += (s->values[i].size + 7) & ~7u;
	}
	s->size = at;
}

void stash_lay(struct stash *s, uint32_t head)
{
	uint32_t at = head;

	s->time = at;
	at += s->has_time ? 8 : 0;
	s->nils = at;
	at += s->nil_bits ? 8 : 0;
	s->weight = at;
	at += s->has_weight ? 8 : 0;
	lay_values(s, at);
}

void stash_lay_record(struct stash *s)
{
	s->time = offsetof(struct wire_header, time);
	s->nils = offsetof(struct wire_header, nils);
	s->weight = WIRE_HEADER;
	lay_values(s, WIRE_HEADER + (s->has_weight ? 8 : 0));
}

void stash_used(const struct stash *s, const struct node *n, uint64_t *bits, bool *elapsed)
{
	const struct node *const inner[] = {n->a, n->b, n->c};

	if (n->kind == N_BUILTIN && n->builtin == B_ELAPSED)
		*elapsed = true;
	for (uint32_t i = 0; n->kind == N_STASH && i < s->count; i++)
		if (lower_same(s->values[i].node, n))
			*bits |= (uint64_t)1 << i;
	for (int i = 0; i < 3; i++)
		if (inner[i])
			stash_used(s, inner[i], bits, elapsed);
}

// What it is about, in a word of the script.
static const struct token *word_of(const struct stash_value *v, uint32_t end)
{
	const struct node *n = v->node->entries[end];

	while (n->kind == N_DEREF || n->kind == N_SLICE || n->kind == N_CONVERT)
		n = n->a;
	return &n->token;
}

void stash_dump(const struct stash *s, struct buf *out)
{
	if (s->has_time)
		buf_printf(out, "%6u  %4u  the time\n", s->time, 8);
	if (s->nil_bits)
		buf_printf(out, "%6u  %4u  nils\n", s->nils, 8);
	if (s->has_weight)
		buf_printf(out, "%6u  %4u  the weight\n", s->weight, 8);
	for (uint32_t i = 0; i < s->count; i++) {
		const struct stash_value *v = &s->values[i];
		const struct token *name = word_of(v, 0);

		buf_printf(out, "%6u  %4u  ", v->offset, v->size);
		if (v->nil_bit >= 0)
			buf_printf(out, "nil %d  ", v->nil_bit);
		buf_add(out, name->p, name->n);
		buf_char(out, '\n');
	}
}

// --- where it begins --------------------------------------------------------------------------

static void put(struct lower *l, const struct stash *s, const struct stash_value *v, uint32_t end)
{
	const struct token *name = word_of(v, end);
	struct ir *ir = l->ir;
	int done = ir_label(ir), bits, mask;
	char *note = arena_alloc(ir->arena, name->n + 10);

	if (note) {
		struct buf b = buf_over(note, name->n + 10);

		buf_printf(&b, "entry: %.*s", (int)name->n, name->p);
		buf_end(&b);
		ir_note(ir, note);
	}
	l->fault = ir_label(ir);
	l->may_fault = false;
	lower_capture(l, v->node->entries[end], l->stash_at, (int)v->offset);
	if (v->nil_bit < 0)
		return;
	ir_jump(ir, done);
	ir_place(ir, l->fault);
	bits = ir_load(ir, 8, l->stash_at, (int)s->nils);
	mask = ir_const(ir, 8, (int64_t)(1ull << v->nil_bit));
	ir_alu(ir, 8, BPF_OR, bits, mask);
	ir_store(ir, 8, l->stash_at, (int)s->nils, bits);
	ir_place(ir, done);
	lower_forget(l);
}

void stash_put(struct lower *l, const struct stash *s, uint32_t end)
{
	const struct node *trees[MAX_STASHED];
	struct ir *ir = l->ir;

	for (uint32_t i = 0; i < s->count; i++)
		trees[i] = s->values[i].node->entries[end];
	if (s->nil_bits)
		ir_store_imm(ir, 8, l->stash_at, (int)s->nils, 0);
	l->captures = true;
	memory_plan(l, trees, s->count);
	for (uint32_t i = 0; i < s->count; i++)
		if (!is_place(&s->values[i]))
			put(l, s, &s->values[i], end);
	if (s->has_time) {
		ir_note(ir, "the time");
		ir_store(ir, 8, l->stash_at, (int)s->time,
			 ir_call(ir, HELPER_ktime_get_boot_ns, arg_none(), arg_none(), arg_none()));
	}
}

// --- where it ends ----------------------------------------------------------------------------

void stash_take(struct lower *l)
{
	struct ir *ir = l->ir;

	if (!l->stash->has_time)
		return;
	ir_note(ir, "the time since it began");
	l->now = ir_call(ir, HELPER_ktime_get_boot_ns, arg_none(), arg_none(), arg_none());
	l->elapsed = ir_copy(ir, l->now);
	ir_alu(ir, 8, BPF_SUB, l->elapsed, ir_load(ir, 8, l->stash_at, (int)l->stash->time));
}

// Where a value lies: in what was left where this began, or in what a call around it left.
struct left {
	const struct stash_value *value; // NULL: nowhere
	const struct stash *stash;	 // of which it is one
	int at;				 // register with that one's address
};

static struct left find_left(const struct lower *l, const struct node *n)
{
	struct left left = {.stash = l->stash, .at = l->stash_at};

	left.value = l->stash ? find(l->stash, n) : NULL;
	if (left.value || !l->outer)
		return left;
	return (struct left){.value = find(l->outer, n), .stash = l->outer, .at = l->outer_at};
}

// The value that a node stands for, if it is known.
static struct left known(struct lower *l, const struct node *n)
{
	struct left left = find_left(l, n);
	int bits;

	if (!left.value) {
		l->failed = true;
		return left;
	}
	if (left.value->nil_bit >= 0) {
		bits = ir_load(l->ir, 8, left.at, (int)left.stash->nils);
		if (left.value->nil_bit)
			ir_alu_imm(l->ir, 8, BPF_RSH, bits, left.value->nil_bit);
		ir_alu_imm(l->ir, 8, BPF_AND, bits, 1);
		lower_fault_if(l, 8, BPF_JNE, bits, 0);
	}
	return left;
}

int stash_read(struct lower *l, const struct node *n)
{
	int at = memory_find(l, n), reg;
	struct left left;

	if (at >= 0)
		return l->known.seen[at].place;
	left = known(l, n);
	if (!left.value)
		return ir_const(l->ir, 8, 0);
	reg = ir_load(l->ir, (int)left.value->size, left.at, (int)left.value->offset);
	lower_extend(l, n, reg, 0, left.value->size);
	memory_keep(l, n, reg, true);
	return reg;
}

// A register with the address of a byte of the value.
static int address(struct lower *l, const struct left *left, uint32_t more)
{
	int from = ir_copy(l->ir, left->at);

	ir_alu_imm(l->ir, 8, BPF_ADD, from, left->value->offset + more);
	return from;
}

static void copy_words(struct lower *l, const struct left *left, int base, int off)
{
	const struct stash_value *v = left->value;
	uint32_t each;

	for (uint32_t done = 0; done < v->size; done += each) {
		for (each = 8; each > v->size - done || ((uint32_t)off + done) % each; each /= 2)
			;
		ir_store(l->ir, (int)each, base, off + (int)done,
			 ir_load(l->ir, (int)each, left->at, (int)(v->offset + done)));
	}
}

int stash_address(struct lower *l, const struct node *n)
{
	const struct left left = known(l, n);

	return left.value ? address(l, &left, 0) : ir_const(l->ir, 8, 0);
}

void stash_copy(struct lower *l, const struct node *n, int base, int off)
{
	const struct left left = known(l, n);
	int to;

	if (left.value && left.value->size <= 8 * WORDS) {
		copy_words(l, &left, base, off);
	} else if (left.value) {
		to = ir_copy(l->ir, base);
		ir_alu_imm(l->ir, 8, BPF_ADD, to, off);
		ir_call(l->ir, HELPER_probe_read_kernel, arg_reg(to), arg_const(left.value->size),
			arg_reg(address(l, &left, 0)));
	}
}

void stash_text(struct lower *l, const struct node *n, uint32_t size, int slot)
{
	const struct left left = known(l, n);

	if (left.value) // a string has its length before it
		ir_call(l->ir, HELPER_probe_read_kernel, arg_frame(slot), arg_const(size),
			arg_reg(address(l, &left, n->type.kind == V_STR ? 4 : 0)));
}
