// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "regalloc.h"

#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "error.h"

#define STACK 512 // MAX_BPF_STACK, include/linux/filter.h

struct interval {
	int from, to; // first and last instruction that names it; -1: none
	bool crosses; // a call lies between
	bool spilled; // came out of a spill: never spill it again
	int8_t hint;  // the register it would like; -1: any
	int like;     // begins as a copy of this one
	int8_t reg;
};

static void touch(struct interval *v, int reg, int at)
{
	if (reg <= 0)
		return;
	if (v[reg].from < 0)
		v[reg].from = at;
	v[reg].to = at;
}

// calls[at]: how many calls there are before instruction at.
static void each_interval(const struct ir *ir, struct interval *v, uint32_t *calls)
{
	calls[0] = 0;
	for (int at = 0; at < (int)ir->count; at++) {
		const struct ir_insn *i = &ir->insns[at];

		calls[at + 1] = calls[at] + (i->op == IR_CALL);
		touch(v, i->dst, at);
		touch(v, i->a, at);
		touch(v, i->b, at);
		if (i->op == IR_ENTRY)
			v[i->dst].hint = 1;
		if (i->op == IR_MOVE && i->dst != i->a)
			v[i->dst].like = i->a;
		if (i->op != IR_CALL)
			continue;
		v[i->dst].hint = 0;
		for (int n = 0; n < 5; n++) {
			if (i->args[n].kind == ARG_REG) {
				touch(v, i->args[n].reg, at);
				v[i->args[n].reg].hint = (int8_t)(n + 1);
			}
		}
	}
	for (int reg = 1; reg <= ir->registers; reg++)
		v[reg].crosses = v[reg].from >= 0 && calls[v[reg].to] > calls[v[reg].from + 1];
}

static int pick(unsigned registers, const struct interval *v, int like)
{
	unsigned mask = v->crosses ? 0x3c0 : 0x3ff; // helpers keep r6 to r9

	registers &= mask;
	if (!registers)
		return -1;
	if (v->hint >= 0 && (registers & 1u << v->hint))
		return v->hint;
	if (like >= 0 && (registers & 1u << like))
		return like;
	return __builtin_ctz(registers);
}

// Of those live at `from` that could make room for v: the one needed again last.
static int victim(const struct interval *v, const int *active, int wants)
{
	int worst = v[wants].spilled ? -1 : wants;

	for (int n = v[wants].crosses ? 6 : 0; n < 10; n++) {
		int reg = active[n];

		if (reg == 0 || v[reg].spilled || v[reg].to <= v[wants].from)
			continue;
		if (worst < 0 || v[reg].to > v[worst].to)
			worst = reg;
	}
	return worst < 0 ? wants : worst; // which runs into the stack's limit
}

// Rewrites the IR so that a register lives in a stack slot: a new one around each use.
static void spill(struct ir *ir, int reg)
{
	struct ir old = *ir;
	int slot = ir_stack(ir, 8);

	ir->insns = NULL;
	ir->count = ir->room = 0;
	for (uint32_t n = 0; n < old.count; n++) {
		struct ir_insn i = old.insns[n];
		bool reads = i.a == reg || i.b == reg ||
			     ((i.op == IR_ALU || i.op == IR_SWAP) && i.dst == reg),
		     writes = i.dst == reg;
		int fresh = 0;

		for (int k = 0; k < 5; k++)
			reads = reads || (i.args[k].kind == ARG_REG && i.args[k].reg == reg);
		ir->source = i.source;
		ir->pos = i.pos;
		ir->len = i.len;
		if (reads || writes)
			fresh = ir_register(ir);
		if (reads)
			ir_emit(ir, (struct ir_insn){.op = IR_LOAD,
						     .width = 8,
						     .dst = fresh,
						     .a = IR_FP,
						     .off = (int16_t)slot});
		i.a = i.a == reg ? fresh : i.a;
		i.b = i.b == reg ? fresh : i.b;
		i.dst = i.dst == reg ? fresh : i.dst;
		for (int k = 0; k < 5; k++)
			if (i.args[k].kind == ARG_REG && i.args[k].reg == reg)
				i.args[k].reg = fresh;
		ir_emit(ir, i);
		if (writes)
			ir_emit(ir, (struct ir_insn){.op = IR_STORE,
						     .width = 8,
						     .a = IR_FP,
						     .b = fresh,
						     .off = (int16_t)slot});
	}
}

// -1: done; else the register to spill first.
static int scan(const struct ir *ir, struct interval *v)
{
	int active[10] = {0}; // which interval holds each register

	for (int at = 0; at < (int)ir->count; at++) {
		int reg = ir->insns[at].dst, like;
		unsigned open = 0;

		if (reg == 0 || v[reg].from != at || v[reg].reg >= 0)
			continue;
		for (int n = 0; n < 10; n++)
			open |= active[n] == 0 || v[active[n]].to <= at ? 1u << n : 0;
		like = v[reg].like ? v[v[reg].like].reg : -1;
		v[reg].reg = (int8_t)pick(open, &v[reg], like);
		if (v[reg].reg < 0)
			return victim(v, active, reg);
		active[v[reg].reg] = reg;
	}
	return -1;
}

int regalloc(struct ir *ir, int8_t **ret, struct ks_error *error)
{
	int last_own = ir->registers;

	for (;;) {
		KS_FREE struct interval *v = malloc(((size_t)ir->registers + 1) * sizeof(*v));
		KS_FREE uint32_t *calls = malloc(((size_t)ir->count + 1) * sizeof(*calls));
		int reg;

		if (!v || !calls || ir->failed)
			return error_nomem(error);
		for (reg = 1; reg <= ir->registers; reg++)
			v[reg] = (struct interval){.from = -1,
						   .to = -1,
						   .hint = -1,
						   .reg = -1,
						   .spilled = reg > last_own};
		each_interval(ir, v, calls);
		reg = scan(ir, v);
		if (reg < 0 && ir->frame <= STACK) {
			*ret = arena_alloc(ir->arena, (size_t)ir->registers + 1);
			if (!*ret)
				return error_nomem(error);
			for (reg = 1; reg <= ir->registers; reg++)
				(*ret)[reg] = v[reg].reg;
			return 0;
		}
		if (reg < 0 || ir->frame + 8 > STACK)
			return error_set(error, KS_ELIMIT,
					 "this needs more than the %d bytes of stack that BPF has",
					 STACK);
		spill(ir, reg);
	}
}
