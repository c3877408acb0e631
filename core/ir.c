// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "ir.h"

#include <linux/bpf.h>
#include <string.h>

const char *helper_name(int helper)
{
	switch (helper) {
#define X(name, number)                                                                            \
	case number:                                                                               \
		return "bpf_" #name;
#include "../bpf/helpers.def"
#undef X
	default:
		return "?";
	}
}

void ir_init(struct ir *ir, struct arena *a)
{
	*ir = (struct ir){.arena = a};
}

void ir_empty(struct ir *ir)
{
	uint32_t room = ir->count + ir->count / 4 + 32;

	ir->insns = arena_alloc(ir->arena, room * sizeof(*ir->insns));
	ir->count = 0;
	ir->room = ir->insns ? room : 0;
	ir->failed = ir->failed || !ir->insns;
}

int ir_register(struct ir *ir)
{
	return ++ir->registers;
}

int ir_label(struct ir *ir)
{
	return ++ir->labels;
}

int ir_stack(struct ir *ir, uint32_t bytes)
{
	ir->frame += (int)((bytes + 7) & ~7u);
	return -ir->frame;
}

void ir_emit(struct ir *ir, struct ir_insn insn)
{
	if (ir->count == ir->room) {
		uint32_t room = ir->room ? ir->room * 2 : 128;
		struct ir_insn *more = arena_alloc(ir->arena, room * sizeof(*more));

		if (!more) {
			ir->failed = true;
			return;
		}
		if (ir->count)
			memcpy(more, ir->insns, ir->count * sizeof(*more));
		ir->insns = more;
		ir->room = room;
	}
	insn.source = ir->source;
	insn.pos = ir->pos;
	insn.len = ir->len;
	ir->insns[ir->count++] = insn;
}

#define EMIT(ir, ...) ir_emit(ir, (struct ir_insn){__VA_ARGS__})

int ir_const(struct ir *ir, int width, int64_t v)
{
	int dst = ir_register(ir);

	EMIT(ir, .op = IR_CONST, .width = (uint8_t)width, .dst = dst, .imm = v);
	return dst;
}

int ir_load(struct ir *ir, int width, int base, int off)
{
	int dst = ir_register(ir);

	EMIT(ir, .op = IR_LOAD, .width = (uint8_t)width, .dst = dst, .a = base,
	     .off = (int16_t)off);
	return dst;
}

void ir_store(struct ir *ir, int width, int base, int off, int value)
{
	EMIT(ir, .op = IR_STORE, .width = (uint8_t)width, .a = base, .b = value,
	     .off = (int16_t)off);
}

void ir_store_imm(struct ir *ir, int width, int base, int off, int32_t value)
{
	EMIT(ir, .op = IR_STORE, .width = (uint8_t)width, .a = base, .use_imm = true, .imm = value,
	     .off = (int16_t)off);
}

void ir_alu(struct ir *ir, int width, int code, int dst, int b)
{
	EMIT(ir, .op = IR_ALU, .code = (uint8_t)code, .width = (uint8_t)width, .dst = dst, .b = b);
}

void ir_alu_imm(struct ir *ir, int width, int code, int dst, int64_t imm)
{
	// Immediates are 32 bits, sign-extended.
	if (width == 8 && imm != (int32_t)imm) {
		ir_alu(ir, width, code, dst, ir_const(ir, 8, imm));
		return;
	}
	EMIT(ir, .op = IR_ALU, .code = (uint8_t)code, .width = (uint8_t)width, .dst = dst,
	     .use_imm = true, .imm = (int32_t)imm);
}

int ir_copy(struct ir *ir, int a)
{
	int dst = ir_register(ir);

	EMIT(ir, .op = IR_MOVE, .width = 8, .dst = dst, .a = a);
	return dst;
}

void ir_move(struct ir *ir, int dst, int a)
{
	EMIT(ir, .op = IR_MOVE, .width = 8, .dst = dst, .a = a);
}

void ir_branch(struct ir *ir, int width, int code, int a, int b, int label)
{
	EMIT(ir, .op = IR_BRANCH, .code = (uint8_t)code, .width = (uint8_t)width, .a = a, .b = b,
	     .label = label);
}

void ir_branch_imm(struct ir *ir, int width, int code, int a, int64_t imm, int label)
{
	if (width == 8 && imm != (int32_t)imm) {
		ir_branch(ir, width, code, a, ir_const(ir, 8, imm), label);
		return;
	}
	EMIT(ir, .op = IR_BRANCH, .code = (uint8_t)code, .width = (uint8_t)width, .a = a,
	     .use_imm = true, .imm = (int32_t)imm, .label = label);
}

void ir_jump(struct ir *ir, int label)
{
	EMIT(ir, .op = IR_JUMP, .label = label);
}

void ir_again(struct ir *ir, int label)
{
	EMIT(ir, .op = IR_AGAIN, .label = label);
}

void ir_place(struct ir *ir, int label)
{
	EMIT(ir, .op = IR_LABEL, .label = label);
}

int ir_call(struct ir *ir, enum helper helper, struct ir_arg a, struct ir_arg b, struct ir_arg c)
{
	int dst = ir_register(ir);

	EMIT(ir, .op = IR_CALL, .dst = dst, .imm = helper, .args = {a, b, c});
	return dst;
}

int ir_call_with(struct ir *ir, enum helper helper, const struct ir_arg args[5])
{
	int dst = ir_register(ir);

	EMIT(ir, .op = IR_CALL, .dst = dst, .imm = helper,
	     .args = {args[0], args[1], args[2], args[3], args[4]});
	return dst;
}

void ir_note(struct ir *ir, const char *note)
{
	EMIT(ir, .op = IR_NOTE, .note = note);
}

// How often each register is read.
static uint32_t *reads_of(const struct ir *ir)
{
	uint32_t *reads = arena_alloc(ir->arena, ((size_t)ir->registers + 1) * sizeof(*reads));

	for (uint32_t n = 0; reads && n < ir->count; n++) {
		const struct ir_insn *i = &ir->insns[n];

		if (i->a > 0)
			reads[i->a]++;
		if (i->b > 0)
			reads[i->b]++;
		if (i->op == IR_ALU || i->op == IR_SWAP)
			reads[i->dst]++;
		for (int k = 0; k < 5; k++)
			if (i->args[k].kind == ARG_REG)
				reads[i->args[k].reg]++;
	}
	return reads;
}

static bool is_code(const struct ir_insn *i)
{
	return i->op != IR_NOTE && i->op != IR_LABEL && i->op != IR_COLD && i->op != IR_WARM;
}

// Does a jump go to what comes next anyway? COLD and WARM: loads may be put there.
static bool goes_on(const struct ir *ir, const struct ir_insn *jump, uint32_t next)
{
	for (; next < ir->count; next++) {
		const struct ir_insn *i = &ir->insns[next];

		if (i->op == IR_LABEL && i->label == jump->label)
			return true;
		if (i->op != IR_LABEL && i->op != IR_NOTE)
			return false;
	}
	return false;
}

// Jumps to the next instruction, and notes on texts that need none: what stands behind such a note is
// for another.
static void drop_idle(struct ir *ir)
{
	uint32_t kept = ir->count, source = 0;

	for (uint32_t n = ir->count; n > 0; n--) {
		const struct ir_insn *i = &ir->insns[n - 1];

		if (i->op == IR_JUMP && goes_on(ir, i, kept))
			continue;
		if (is_code(i))
			source = i->source;
		if (i->op != IR_NOTE || !i->source || i->source == source)
			ir->insns[--kept] = *i;
	}
	ir->count -= kept;
	memmove(ir->insns, ir->insns + kept, ir->count * sizeof(*ir->insns));
}

void ir_prune(struct ir *ir)
{
	bool *wanted = arena_alloc(ir->arena, (size_t)ir->labels + 1), reached = true;
	uint32_t *reads = reads_of(ir), kept = 0;

	if (!wanted || !reads) {
		ir->failed = true;
		return;
	}
	for (uint32_t n = 0; n < ir->count; n++) {
		const struct ir_insn *i = &ir->insns[n];

		if (i->op == IR_LABEL)
			reached = reached || wanted[i->label];
		if (!reached || (i->op == IR_MOVE && !reads[i->dst]))
			continue;
		if (i->op == IR_JUMP || i->op == IR_BRANCH)
			wanted[i->label] = true;
		if (i->op == IR_JUMP || i->op == IR_AGAIN || i->op == IR_EXIT)
			reached = false;
		ir->insns[kept++] = *i;
	}
	ir->count = kept;
	drop_idle(ir);
}

static const char *alu_word(int code)
{
	switch (code) {
	case BPF_ADD:
		return "+=";
	case BPF_SUB:
		return "-=";
	case BPF_MUL:
		return "*=";
	case BPF_DIV:
		return "/=";
	case BPF_MOD:
		return "%=";
	case BPF_OR:
		return "|=";
	case BPF_AND:
		return "&=";
	case BPF_XOR:
		return "^=";
	case BPF_LSH:
		return "<<=";
	case BPF_RSH:
		return ">>=";
	case BPF_ARSH:
		return "s>>=";
	default:
		return "= -";
	}
}

static const char *jump_word(int code)
{
	switch (code) {
	case BPF_JEQ:
		return "==";
	case BPF_JNE:
		return "!=";
	case BPF_JGT:
		return ">";
	case BPF_JGE:
		return ">=";
	case BPF_JLT:
		return "<";
	case BPF_JLE:
		return "<=";
	case BPF_JSGT:
		return "s>";
	case BPF_JSGE:
		return "s>=";
	case BPF_JSLT:
		return "s<";
	case BPF_JSLE:
		return "s<=";
	default:
		return "&";
	}
}

static void operand(const struct ir_insn *i, struct buf *out)
{
	if (i->use_imm)
		buf_s64(out, i->imm);
	else
		buf_printf(out, "v%d", i->b);
}

static void address(const struct ir_insn *i, struct buf *out)
{
	if (i->a == IR_FP)
		buf_printf(out, "fp%+d)", i->off);
	else
		buf_printf(out, "v%d %+d)", i->a, i->off);
}

const char *ir_map(const char *const *own, int64_t map)
{
	return map == MAP_RING ? "ring" : map == MAP_CELLS ? "cells" : own[map - MAP_OWN];
}

static void dump_call(const struct ir *ir, const struct ir_insn *i, struct buf *out)
{
	buf_printf(out, "v%d = %s(", i->dst, helper_name((int)i->imm));
	for (int n = 0; n < 5 && i->args[n].kind != ARG_NONE; n++) {
		const struct ir_arg *a = &i->args[n];

		if (n)
			buf_str(out, ", ");
		if (a->kind == ARG_REG)
			buf_printf(out, "v%d", a->reg);
		else if (a->kind == ARG_CONST)
			buf_s64(out, a->imm);
		else if (a->kind == ARG_FRAME)
			buf_printf(out, "fp%d", (int)a->imm);
		else
			buf_str(out, ir_map(ir->maps, a->imm));
	}
	buf_char(out, ')');
}

static void dump_one(const struct ir *ir, const struct ir_insn *i, struct buf *out)
{
	int bits = i->width * 8;

	switch (i->op) {
	case IR_ENTRY:
		buf_printf(out, "v%d = ctx", i->dst);
		break;
	case IR_MOVE:
		buf_printf(out, "v%d = v%d%s", i->dst, i->a, i->width == 4 ? "  (32 bits)" : "");
		break;
	case IR_SWAP:
		buf_printf(out, "v%d = swap%d(v%d)", i->dst, bits, i->dst);
		break;
	case IR_CONST:
		buf_printf(out, "v%d = ", i->dst);
		buf_s64(out, i->imm);
		break;
	case IR_CELLS:
		buf_printf(out, "v%d = cells+%d", i->dst, (int)i->imm);
		break;
	case IR_ALU:
		buf_printf(out, "v%d %s ", i->dst, alu_word(i->code));
		if (i->code != BPF_NEG)
			operand(i, out);
		else
			buf_printf(out, "v%d", i->dst);
		buf_str(out, i->width == 4 ? "  (32 bits)" : "");
		break;
	case IR_LOAD:
		buf_printf(out, "v%d = *(u%d *)(", i->dst, bits);
		address(i, out);
		break;
	case IR_STORE:
		buf_printf(out, "*(u%d *)(", bits);
		address(i, out);
		buf_str(out, " = ");
		operand(i, out);
		break;
	case IR_XADD:
		buf_str(out, "lock *(u64 *)(");
		address(i, out);
		buf_printf(out, " += v%d", i->b);
		break;
	case IR_JUMP:
		buf_printf(out, "goto L%d", i->label);
		break;
	case IR_AGAIN:
		buf_printf(out, "again from L%d", i->label);
		break;
	case IR_BRANCH:
		buf_printf(out, "if v%d %s ", i->a, jump_word(i->code));
		operand(i, out);
		buf_printf(out, " goto L%d%s", i->label, i->width == 4 ? "  (32 bits)" : "");
		break;
	case IR_CALL:
		dump_call(ir, i, out);
		break;
	default:
		buf_str(out, "exit");
		break;
	}
}

void ir_dump(const struct ir *ir, struct buf *out)
{
	for (uint32_t n = 0; n < ir->count; n++) {
		const struct ir_insn *i = &ir->insns[n];

		if (i->op == IR_LABEL) {
			buf_printf(out, "L%d:", i->label);
		} else if (i->op == IR_COLD || i->op == IR_WARM) {
			buf_str(out, i->op == IR_COLD ? "  (cold)" : "  (warm)");
		} else if (i->op == IR_NOTE) {
			buf_str(out, "  ; ");
			buf_str(out, i->note);
		} else {
			buf_str(out, "  ");
			dump_one(ir, i, out);
		}
		buf_char(out, '\n');
	}
}
