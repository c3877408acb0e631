// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "encode.h"

#include <stdlib.h>
#include <string.h>

#include "../bpf/isa.h"
#include "cleanup.h"
#include "error.h"

struct encoder {
	const struct ir *ir;
	const int8_t *regs;
	struct program *out;
	const struct ir_insn *now;
	const char *note;
	int *labels; // where each is, in instructions
	uint32_t room;
};

static void put(struct encoder *e, struct bpf_insn insn)
{
	struct program *p = e->out;

	if (p->count < e->room) {
		p->insns[p->count] = insn;
		p->from[p->count] = e->now;
		p->note[p->count] = e->note;
	}
	p->count++;
	e->note = NULL;
}

static int reg(const struct encoder *e, int v)
{
	return v == IR_FP ? BPF_REG_10 : e->regs[v];
}

static void move(struct encoder *e, int dst, int src)
{
	if (dst != src)
		put(e, isa_alu(8, BPF_MOV, dst, src));
}

static void wide(struct encoder *e, int dst, int kind, int32_t low, int32_t high)
{
	put(e, isa_imm64(dst, kind, low));
	put(e, isa(0, 0, 0, 0, high));
}

static void constant(struct encoder *e, int dst, int width, int64_t v)
{
	// A positive number of 32 bits is shorter as a 32-bit move, which clears the high half.
	if (width == 4 || (v >= 0 && v <= UINT32_MAX))
		put(e, isa_alu_imm(4, BPF_MOV, dst, (int32_t)v));
	else if (v == (int32_t)v)
		put(e, isa_alu_imm(8, BPF_MOV, dst, (int32_t)v));
	else
		wide(e, dst, 0, (int32_t)v, (int32_t)(v >> 32));
}

// Moves arguments into r1 to r5 as if all at once; r0 breaks a ring of moves.
static void arguments(struct encoder *e, const struct ir_arg *args)
{
	int from[6] = {-1, -1, -1, -1, -1, -1};
	int left = 0;

	for (int n = 0; n < 5; n++) {
		if (args[n].kind == ARG_REG && reg(e, args[n].reg) != n + 1) {
			from[n + 1] = reg(e, args[n].reg);
			left++;
		}
	}
	while (left) {
		bool moved = false;

		for (int to = 1; to <= 5; to++) {
			bool wanted = from[to] < 0;

			for (int n = 1; n <= 5; n++)
				wanted = wanted || from[n] == to;
			if (wanted)
				continue;
			move(e, to, from[to]);
			from[to] = -1;
			left--;
			moved = true;
		}
		for (int to = 1; !moved && to <= 5; to++) {
			if (from[to] < 0)
				continue;
			move(e, 0, from[to]);
			for (int n = 1; n <= 5; n++)
				if (n != to && from[n] == from[to])
					from[n] = 0;
			from[to] = 0;
			moved = true;
		}
	}
	for (int n = 0; n < 5; n++) {
		if (args[n].kind == ARG_CONST) {
			constant(e, n + 1, 8, args[n].imm);
		} else if (args[n].kind == ARG_FRAME) {
			move(e, n + 1, BPF_REG_10);
			put(e, isa_alu_imm(8, BPF_ADD, n + 1, (int32_t)args[n].imm));
		} else if (args[n].kind == ARG_MAP) {
			wide(e, n + 1, BPF_PSEUDO_MAP_FD, (int32_t)args[n].imm, 0);
		}
	}
}

static void one(struct encoder *e, const struct ir_insn *i)
{
	int dst = i->dst ? reg(e, i->dst) : 0, a = i->a ? reg(e, i->a) : 0,
	    b = i->b ? reg(e, i->b) : 0;

	e->now = i;
	switch (i->op) {
	case IR_ENTRY:
		move(e, dst, BPF_REG_1);
		break;
	case IR_MOVE:
		if (i->width == 4)
			put(e, isa_alu(4, BPF_MOV, dst, a));
		else
			move(e, dst, a);
		break;
	case IR_SWAP:
		put(e, isa_swap(i->width, dst));
		break;
	case IR_CONST:
		constant(e, dst, i->width, i->imm);
		break;
	case IR_CELLS:
		wide(e, dst, BPF_PSEUDO_MAP_VALUE, MAP_CELLS, (int32_t)i->imm);
		break;
	case IR_ALU:
		if (i->code == BPF_NEG || i->use_imm)
			put(e, isa_alu_imm(i->width, i->code, dst, (int32_t)i->imm));
		else
			put(e, isa_alu(i->width, i->code, dst, b));
		break;
	case IR_LOAD:
		put(e, isa_load(i->width, dst, a, i->off));
		break;
	case IR_STORE:
		if (i->use_imm)
			put(e, isa_store_imm(i->width, a, i->off, (int32_t)i->imm));
		else
			put(e, isa_store(i->width, a, i->off, b));
		break;
	case IR_XADD:
		put(e, isa_xadd(a, i->off, b));
		break;
	case IR_LABEL:
		e->labels[i->label] = (int)e->out->count + 1;
		break;
	case IR_JUMP:
	case IR_AGAIN:
		put(e, isa_jump(0));
		break;
	case IR_BRANCH:
		if (i->use_imm)
			put(e, isa_branch_imm(i->width, i->code, a, (int32_t)i->imm, 0));
		else
			put(e, isa_branch(i->width, i->code, a, b, 0));
		break;
	case IR_CALL:
		arguments(e, i->args);
		put(e, isa_call((int)i->imm));
		move(e, dst, BPF_REG_0);
		break;
	case IR_EXIT:
		put(e, isa_alu_imm(4, BPF_MOV, BPF_REG_0, 0));
		put(e, isa_exit());
		break;
	case IR_NOTE:
		e->note = i->note;
		break;
	default:
		break;
	}
}

int encode(const struct ir *ir, const int8_t *regs, struct program *ret, struct ks_error *error)
{
	struct encoder e = {.ir = ir, .regs = regs, .out = ret, .room = ir->count * 12 + 16};

	*ret = (struct program){
		.insns = arena_alloc(ir->arena, e.room * sizeof(*ret->insns)),
		.origins = arena_alloc(ir->arena, e.room * sizeof(*ret->origins)),
		.from = arena_alloc(ir->arena, e.room * sizeof(*ret->from)),
		.note = arena_alloc(ir->arena, e.room * sizeof(*ret->note)),
		.maps = ir->maps,
	};
	e.labels = arena_alloc(ir->arena, ((size_t)ir->labels + 1) * sizeof(*e.labels));
	if (ir->failed || !ret->insns || !ret->origins || !ret->from || !ret->note || !e.labels)
		return error_nomem(error);
	for (uint32_t n = 0; n < ir->count; n++)
		one(&e, &ir->insns[n]);
	if (ret->count > MAX_INSNS / 2 || ret->count > e.room)
		return error_set(error, KS_ELIMIT,
				 "a program of %u instructions; at most %d are made", ret->count,
				 MAX_INSNS / 2);
	for (uint32_t n = 0; n < ret->count; n++) {
		const struct ir_insn *i = ret->from[n];

		ret->origins[n] = (struct origin){.source = i->source,
						  .pos = i->pos,
						  .len = i->len};
		if (i->op != IR_JUMP && i->op != IR_BRANCH && i->op != IR_AGAIN)
			continue;
		if (!e.labels[i->label] ||
		    (e.labels[i->label] <= (int)n + 1) != (i->op == IR_AGAIN))
			return error_set(error, KS_ELIMIT, "a jump in the program leads nowhere");
		ret->insns[n].off = (int16_t)(e.labels[i->label] - (int)n - 2);
	}
	return 0;
}

int encode_pack(struct program *p, struct arena *a, struct arena_mark to)
{
	size_t insns = p->count * sizeof(*p->insns), origins = p->count * sizeof(*p->origins);
	KS_FREE char *copy = malloc(insns + origins + 1);

	if (!copy)
		return -1;
	memcpy(copy, p->insns, insns);
	memcpy(copy + insns, p->origins, origins);
	arena_back(a, to);
	p->insns = arena_alloc(a, insns);
	p->origins = arena_alloc(a, origins);
	p->from = NULL;
	p->note = NULL;
	if (!p->insns || !p->origins)
		return -1;
	memcpy(p->insns, copy, insns);
	memcpy(p->origins, copy + insns, origins);
	return 0;
}

void encode_maps(struct bpf_insn *insns, uint32_t count, const int *fds)
{
	for (uint32_t n = 0; n < count; n++) {
		if (insns[n].code != (BPF_LD | BPF_DW | BPF_IMM))
			continue;
		if (insns[n].src_reg == BPF_PSEUDO_MAP_FD ||
		    insns[n].src_reg == BPF_PSEUDO_MAP_VALUE)
			insns[n].imm = fds[insns[n].imm];
		n++;
	}
}
