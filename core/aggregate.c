// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "aggregate.h"

#include <errno.h>
#include <linux/bpf.h>

#include "../bpf/wire.h"
#include "memory.h"
#include "sampler.h"
#include "stash.h"

#define HEAD	 WIRE_LINE // bytes of the region's own words
#define NO_EXIST 1	   // BPF_NOEXIST

uint32_t aggregate_cell(int kind, bool sampled)
{
	uint32_t words = kind == KS_COUNT ? 1 : kind == KS_STATS ? AGG_CELL_WORDS : 2;

	return 8 * (words + sampled);
}

static bool in_powers(int64_t step, uint32_t sub_bits)
{
	return !step && !sub_bits;
}

uint32_t aggregate_half(int kind, bool has_keys, int64_t step, uint32_t sub_bits)
{
	if (kind == KS_HIST && !has_keys && in_powers(step, sub_bits))
		return 8 * 2 * AGG_BUCKETS; // AGG_CELL_WORDS in front, to a power of two
	return 8 * AGG_HALF_WORDS;
}

static int region(struct lower *l, const struct aggregate *a)
{
	int at = ir_copy(l->ir, l->block);

	ir_alu_imm(l->ir, 8, BPF_ADD, at, a->region);
	return ir_copy(l->ir, at); // what lives on is written once
}

// The cell of the half in use.
static void half(struct lower *l, const struct aggregate *a, int base, int cell)
{
	int at = ir_load(l->ir, 8, base, REGION_HALF * 8), to = ir_copy(l->ir, base);

	ir_alu_imm(l->ir, 8, BPF_AND, at, a->half);
	ir_alu_imm(l->ir, 8, BPF_ADD, to, HEAD);
	ir_alu(l->ir, 8, BPF_ADD, to, at);
	ir_move(l->ir, cell, to);
}

static void add(struct lower *l, int to, int off, int v)
{
	ir_emit(l->ir, (struct ir_insn){.op = IR_XADD, .a = to, .b = v, .off = (int16_t)off});
}

// Sets bucket to `base` and the position of v's highest bit, v > 0.
static void highest_bit(struct lower *l, int v, int bucket)
{
	struct ir *ir = l->ir;
	int left = ir_copy(ir, v), high, next = ir_label(ir);

	high = ir_copy(ir, left);
	ir_alu_imm(ir, 8, BPF_RSH, high, 32);
	ir_branch_imm(ir, 8, BPF_JEQ, high, 0, next);
	ir_move(ir, left, high);
	ir_alu_imm(ir, 8, BPF_ADD, bucket, 32);
	ir_place(ir, next);
	for (int bits = 16; bits; bits /= 2) {
		next = ir_label(ir);
		ir_branch_imm(ir, 8, BPF_JLT, left, (int64_t)1 << bits, next);
		ir_alu_imm(ir, 8, BPF_ADD, bucket, bits);
		if (bits > 1)
			ir_alu_imm(ir, 8, BPF_RSH, left, bits);
		ir_place(ir, next);
	}
}

static void set(struct lower *l, int reg, int64_t v)
{
	ir_emit(l->ir, (struct ir_insn){.op = IR_CONST, .width = 8, .dst = reg, .imm = v});
}

// -1 for what is negative, 0 for 0, else one more than the highest bit's number.
static void in_powers_of_two(struct lower *l, const struct aggregate *a, int v, int bucket)
{
	int end = ir_label(l->ir);

	if (a->is_signed) {
		set(l, bucket, -1);
		ir_branch_imm(l->ir, 8, BPF_JSLT, v, 0, end);
	}
	set(l, bucket, 0);
	ir_branch_imm(l->ir, 8, BPF_JEQ, v, 0, end);
	set(l, bucket, 1);
	highest_bit(l, v, bucket);
	ir_place(l->ir, end);
}

// v / step, towards the negative: of a negative number with all bits turned it is the same.
static void linear(struct lower *l, const struct aggregate *a, int v, int bucket)
{
	int negative = ir_label(l->ir), end = ir_label(l->ir);

	ir_move(l->ir, bucket, v);
	if (a->is_signed)
		ir_branch_imm(l->ir, 8, BPF_JSLT, bucket, 0, negative);
	ir_alu_imm(l->ir, 8, BPF_DIV, bucket, a->step);
	if (a->is_signed) {
		ir_jump(l->ir, end);
		ir_place(l->ir, negative);
		ir_alu_imm(l->ir, 8, BPF_XOR, bucket, -1);
		ir_alu_imm(l->ir, 8, BPF_DIV, bucket, a->step);
		ir_alu_imm(l->ir, 8, BPF_XOR, bucket, -1);
		ir_place(l->ir, end);
	}
}

// As many buckets for each power of two as there are numbers below the first that has several in one.
static void log_linear(struct lower *l, const struct aggregate *a, int v, int bucket)
{
	int end = ir_label(l->ir), shift = ir_register(l->ir), rest, sub = (int)a->sub_bits;

	if (a->is_signed) {
		set(l, bucket, -1);
		ir_branch_imm(l->ir, 8, BPF_JSLT, v, 0, end);
	}
	ir_move(l->ir, bucket, v);
	ir_branch_imm(l->ir, 8, BPF_JLT, v, (int64_t)1 << sub, end);
	set(l, shift, -sub);
	highest_bit(l, v, shift);
	rest = ir_copy(l->ir, v);
	ir_alu(l->ir, 8, BPF_RSH, rest, shift);
	ir_move(l->ir, bucket, shift);
	ir_alu_imm(l->ir, 8, BPF_LSH, bucket, sub);
	ir_alu(l->ir, 8, BPF_ADD, bucket, rest);
	ir_place(l->ir, end);
}

static void bucket_of(struct lower *l, const struct aggregate *a, int v, int bucket)
{
	ir_note(l->ir, "its bucket");
	if (a->step)
		linear(l, a, v, bucket);
	else if (a->sub_bits)
		log_linear(l, a, v, bucket);
	else
		in_powers_of_two(l, a, v, bucket);
}

// A text's bytes behind its end are part of the key too.
static void blank(struct ir *ir, const struct ks_field *f, int base, int off)
{
	int end = off + (int)f->size, each;

	if (f->kind != KS_STR)
		return;
	for (off += 4; off < end; off += each) {
		each = 8;
		while (off % each || off + each > end)
			each /= 2;
		ir_store_imm(ir, each, base, off, 0);
	}
}

// Where in the region the frames of a key lie that is a stack; 0: it is none.
static int frames_of(const struct aggregate_use *u, uint32_t key)
{
	uint32_t before = 0;

	if (u->keys->values[key] == NULL || u->keys->values[key]->type.kind != V_STACK)
		return 0;
	for (uint32_t i = 0; i < key; i++)
		before += u->keys->values[i] && u->keys->values[i]->type.kind == V_STACK;
	return (int)(u->aggregate->stack_at + before * u->aggregate->stack_size);
}

static void field(struct lower *l, const struct aggregate_use *u, const struct aggregate_context *c,
		  uint32_t i, int base)
{
	const struct ks_field *f = &u->keys->fields[i];
	const struct lower_place to = {
		.base = base,
		.off = (int)u->aggregate->key_at - WIRE_HEADER,
		.nils = (int)(u->aggregate->key_at + u->aggregate->nils_at),
		.nils_size = 4,
		.nils_cell = c->nils_cell,
		.frames = frames_of(u, i),
	};
	bool is_here = f->kind == KS_FUNC && u->keys->values[i]->kind == N_BUILTIN;
	int off = to.off + (int)f->offset;

	blank(l->ir, f, base, off);
	l->ir->source = u->source + 1 + i;
	if (is_here)
		ir_note(l->ir, f->name);
	if (is_here && c->cookie) {
		ir_store(l->ir, 4, base, off,
			 ir_call(l->ir, HELPER_get_attach_cookie, arg_reg(l->ctx), arg_none(),
				 arg_none()));
	} else if (is_here) {
		ir_store_imm(l->ir, 4, base, off, (int32_t)c->point);
	} else {
		lower_field(l, u->keys, i, &to);
	}
	l->ir->source = 0;
}

static void key(struct lower *l, const struct aggregate_use *u, const struct aggregate_context *c,
		int base, int bucket)
{
	const struct aggregate *a = u->aggregate;
	int at = (int)a->key_at;

	ir_note(l->ir, "the key");
	if (a->nils_at)
		ir_store_imm(l->ir, 4, base, at + (int)a->nils_at, 0);
	for (uint32_t i = 0; i < u->keys->count; i++)
		field(l, u, c, i, base);
	if (a->bucket_at >= 0)
		ir_store(l->ir, 8, base, at + a->bucket_at, bucket);
}

static struct ir_arg address(struct lower *l, int base, int off)
{
	int to = ir_copy(l->ir, base);

	ir_alu_imm(l->ir, 8, BPF_ADD, to, off);
	return arg_reg(to);
}

static void look_up(struct lower *l, int map, struct ir_arg key, int cell)
{
	ir_emit(l->ir, (struct ir_insn){.op = IR_CALL,
					.dst = cell,
					.imm = HELPER_map_lookup_elem,
					.args = {arg_map(map), key}});
}

// Puts the frames of those keys away that are stacks, or goes to `full`.
static void keep_frames(struct lower *l, const struct aggregate_use *u, int half, int base,
			int full)
{
	const struct aggregate *a = u->aggregate;
	struct ir *ir = l->ir;

	for (uint32_t i = 0; i < u->keys->count; i++) {
		int frames = frames_of(u, i), done, result;
		int number = (int)(a->key_at + u->keys->fields[i].offset - WIRE_HEADER);

		if (!frames)
			continue;
		done = ir_label(ir);
		ir_note(ir, "its frames");
		l->fault = done;
		if (u->keys->values[i]->kind == N_STASH)
			stash_copy(l, u->keys->values[i], base, frames);
		result = ir_call_with(ir, HELPER_map_update_elem,
				      (struct ir_arg[5]){arg_map(a->stacks[half]),
							 address(l, base, number),
							 address(l, base, frames),
							 arg_const(NO_EXIST)});
		ir_branch_imm(ir, 4, BPF_JEQ, result, 0, done);
		ir_branch_imm(ir, 4, BPF_JNE, result, -EEXIST, full);
		ir_place(ir, done);
	}
}

// The key's cell in one half's map; a new one, if need be. Goes on behind when there is no room. Where the
// region lies is worked out anew behind the call: nearly all have their cell, and so it is not kept.
static void cell_of(struct lower *l, const struct aggregate_use *u, int half, struct ir_arg key,
		    int cell, int have, int full)
{
	const struct aggregate *a = u->aggregate;
	int map = a->maps[half], base;

	look_up(l, map, key, cell);
	ir_branch_imm(l->ir, 8, BPF_JNE, cell, 0, have);
	ir_note(l->ir, "a new one");
	base = region(l, a);
	keep_frames(l, u, half, base, full);
	ir_call_with(l->ir, HELPER_map_update_elem,
		     (struct ir_arg[5]){arg_map(map), address(l, base, (int)a->key_at),
					address(l, base, REGION_ZERO * 8), arg_const(NO_EXIST)});
	look_up(l, map, address(l, base, (int)a->key_at), cell);
	ir_branch_imm(l->ir, 8, BPF_JNE, cell, 0, have);
}

// The key's cell or, where there is no room for it, that of the half in use.
static void find_cell(struct lower *l, const struct aggregate_use *u, int base, int cell)
{
	int have = ir_label(l->ir), second = ir_label(l->ir), full = ir_label(l->ir), which;
	struct ir_arg key;

	ir_note(l->ir, "its cell, in one of two maps");
	which = ir_load(l->ir, 8, base, REGION_HALF * 8);
	key = address(l, base, (int)u->aggregate->key_at);
	ir_branch_imm(l->ir, 8, BPF_JNE, which, 0, second);
	cell_of(l, u, 0, key, cell, have, full);
	ir_jump(l->ir, full);
	ir_place(l->ir, second);
	cell_of(l, u, 1, key, cell, have, full);
	ir_place(l->ir, full);
	ir_note(l->ir, "no room: the cell of all others");
	half(l, u->aggregate, region(l, u->aggregate), cell);
	ir_place(l->ir, have);
}

// The guard is ours, so nobody of ours comes between on this CPU.
static void extremes(struct lower *l, const struct aggregate *a, int cell, int v)
{
	struct ir *ir = l->ir;
	int first = ir_label(ir), not_less = ir_label(ir), done = ir_label(ir);
	int count = ir_load(ir, 8, cell, AGG_COUNT * 8), had;

	ir_branch_imm(ir, 8, BPF_JEQ, count, 0, first);
	had = ir_load(ir, 8, cell, AGG_MIN * 8);
	ir_branch(ir, 8, a->is_signed ? BPF_JSGE : BPF_JGE, v, had, not_less);
	ir_store(ir, 8, cell, AGG_MIN * 8, v);
	ir_place(ir, not_less);
	had = ir_load(ir, 8, cell, AGG_MAX * 8);
	ir_branch(ir, 8, a->is_signed ? BPF_JSLE : BPF_JLE, v, had, done);
	ir_store(ir, 8, cell, AGG_MAX * 8, v);
	ir_jump(ir, done);
	ir_place(ir, first);
	ir_store(ir, 8, cell, AGG_MIN * 8, v);
	ir_store(ir, 8, cell, AGG_MAX * 8, v);
	ir_place(ir, done);
}

// A histogram's buckets without keys lie behind its cell. Through memory, so that the verifier does
// not go on once for each of them.
static void count_bucket(struct lower *l, const struct aggregate *a, int base, int cell, int bucket,
			 int weight)
{
	int at, to = ir_copy(l->ir, cell);

	ir_store(l->ir, 8, base, (int)a->key_at, bucket);
	at = ir_load(l->ir, 8, base, (int)a->key_at);
	ir_alu_imm(l->ir, 8, BPF_ADD, at, 1);
	ir_alu_imm(l->ir, 8, BPF_AND, at, AGG_BUCKETS - 1);
	ir_alu_imm(l->ir, 8, BPF_LSH, at, 3);
	ir_alu(l->ir, 8, BPF_ADD, to, at);
	add(l, to, AGG_CELL_WORDS * 8, weight);
}

static bool is_weighed(const struct lower *l)
{
	return l->weight || l->weighs > 1;
}

static void plan(struct lower *l, const struct aggregate_use *u)
{
	const struct node *trees[AGG_MAX_KEYS + 1];
	uint32_t count = 0;

	if (u->value)
		trees[count++] = u->value;
	for (uint32_t i = 0; i < u->keys->count; i++)
		if (u->keys->fields[i].kind != KS_FUNC || u->keys->values[i]->kind != N_BUILTIN)
			trees[count++] = u->keys->values[i];
	l->captures = true;
	memory_plan(l, trees, count);
}

void aggregate_hit(struct lower *l, const struct aggregate_use *u,
		   const struct aggregate_context *c)
{
	const struct aggregate *a = u->aggregate;
	struct ir *ir = l->ir;
	int unreadable = ir_label(ir), done = ir_label(ir), base, v = 0, bucket = 0, weight;
	int cell = ir_register(ir);
	struct lower_known known;

	plan(l, u);
	base = region(l, a);
	l->fault = unreadable;
	l->may_fault = false;
	if (u->value) {
		ir->source = u->source;
		ir_note(ir, "the value");
		v = lower_value(l, u->value);
		ir->source = 0;
	}
	known = l->may_fault ? l->then : l->known;
	if (a->kind == KS_HIST) {
		bucket = ir_register(ir);
		bucket_of(l, a, v, bucket);
	}
	if (a->maps[0] >= 0) {
		key(l, u, c, base, bucket);
		find_cell(l, u, base, cell);
	} else {
		half(l, a, base, cell);
	}
	ir_note(ir, "add");
	if (a->kind == KS_STATS)
		extremes(l, a, cell, v);
	weight = is_weighed(l) ? sampler_weight(l) : ir_const(ir, 4, 1);
	if (a->kind == KS_HIST && a->maps[0] < 0)
		count_bucket(l, a, base, cell, bucket, weight);
	else
		add(l, cell, AGG_COUNT * 8, weight);
	if (u->value && is_weighed(l)) {
		v = ir_copy(ir, v);
		ir_alu(ir, 8, BPF_MUL, v, weight);
	}
	if (u->value)
		add(l, cell, AGG_SUM * 8, v);
	if (a->sampled)
		add(l, cell, (int)aggregate_cell(a->kind, false), ir_const(ir, 4, 1));
	if (u->value && lower_can_fail(l, u->value)) {
		ir_jump(ir, done);
		ir_place(ir, unreadable);
		ir_note(ir, "its value is unreadable: not added");
		add(l, base, REGION_UNREADABLE * 8, ir_const(ir, 4, 1));
		add(l, l->block, c->nils_cell, ir_const(ir, 4, 1));
		l->known = known;
	}
	ir_place(ir, done);
}
