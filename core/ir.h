// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// BPF with as many registers as one likes: lower writes it, regalloc and encode make it real.
// Jumps go forward only, so the order of instructions is an order of time: but for the end of a loop,
// IR_AGAIN. What a round leaves to the next is made before the loop, and what is made inside of it is
// not needed behind it. Loops have no cold parts, and no loops in them.
#ifndef CORE_IR_H
#define CORE_IR_H

#include "arena.h"
#include "buf.h"
#include "ksnoop.h"

enum helper {
#define X(name, number) HELPER_##name = number,
#include "../bpf/helpers.def"
#undef X
};

// "bpf_ringbuf_reserve"
const char *helper_name(int helper);

enum ir_op {
	IR_ENTRY,  // dst = the context
	IR_MOVE,   // dst = a; with width 4 its low half
	IR_SWAP,   // dst = its low `width` bytes the other way round
	IR_CONST,  // dst = imm, of width 4 or 8
	IR_CELLS,  // dst = address of byte imm of the counter map's value
	IR_ALU,	   // dst code= b or imm
	IR_LOAD,   // dst = *(width)(a + off)
	IR_STORE,  // *(width)(a + off) = b or imm
	IR_XADD,   // lock *(u64)(a + off) += b
	IR_LABEL,  // label:
	IR_JUMP,   // to label
	IR_AGAIN,  // to label, which stands before: the loop between ends by a branch out of it
	IR_BRANCH, // if a code b or imm, to label
	IR_CALL,   // dst = helper imm(args)
	IR_EXIT,   // return 0
	IR_COLD,   // what follows, up to IR_WARM, hardly ever runs
	IR_WARM,
	IR_NOTE // says what follows; no code
};

#define IR_FP (-1) // the stack's frame pointer

// The maps that a program may name; from MAP_OWN on those that the trace has for its own ends.
enum { MAP_RING, MAP_CELLS, MAP_OWN };

enum ir_arg_kind { ARG_NONE, ARG_REG, ARG_CONST, ARG_FRAME, ARG_MAP };

struct ir_arg {
	uint8_t kind; // enum ir_arg_kind
	int reg;
	int64_t imm; // the constant, the offset from the frame's top, or the map
};

struct ir_insn {
	uint8_t op;    // enum ir_op
	uint8_t code;  // BPF_ADD ..., BPF_JEQ ...
	uint8_t width; // bytes
	bool use_imm;  // imm instead of b
	int dst, a, b; // virtual registers, from 1; 0: none; as a base also IR_FP
	int16_t off;
	int label; // from 1
	int64_t imm;
	struct ir_arg args[5];
	uint32_t source;   // 0: none; 1 to MAX_WHERES: a predicate; from there on: shape.h
	uint32_t pos, len; // in that text
	const char *note;
};

struct ir {
	struct arena *arena;
	struct ir_insn *insns;
	uint32_t count, room;
	int registers, labels;
	int frame;		   // bytes of stack in use
	bool failed;		   // out of memory: what follows does nothing
	bool lean;		   // use no register that has to be saved when the program begins
	uint32_t source, pos, len; // given to every instruction made from now on
	uint32_t cost;		   // instructions of a run that is not ended early, see cost.h
	const char *const *maps;   // names of the trace's own maps, from MAP_OWN on
};

void ir_init(struct ir *ir, struct arena *a);
// Begins the program anew: takes all instructions out, and makes room for as many and some more.
void ir_empty(struct ir *ir);
int ir_register(struct ir *ir);
int ir_label(struct ir *ir);
// Room on the stack for bytes; returns the (negative) offset from the frame's top.
int ir_stack(struct ir *ir, uint32_t bytes);
// A new instruction at the end, zeroed but for what `insn` says. Never fails: see failed.
void ir_emit(struct ir *ir, struct ir_insn insn);

int ir_const(struct ir *ir, int width, int64_t v);
int ir_load(struct ir *ir, int width, int base, int off);
void ir_store(struct ir *ir, int width, int base, int off, int value);
void ir_store_imm(struct ir *ir, int width, int base, int off, int32_t value);
void ir_alu(struct ir *ir, int width, int code, int dst, int b);
void ir_alu_imm(struct ir *ir, int width, int code, int dst, int64_t imm);
int ir_copy(struct ir *ir, int a);
void ir_move(struct ir *ir, int dst, int a);
void ir_branch(struct ir *ir, int width, int code, int a, int b, int label);
void ir_branch_imm(struct ir *ir, int width, int code, int a, int64_t imm, int label);
void ir_jump(struct ir *ir, int label);
// The end of the loop that began where the label was placed.
void ir_again(struct ir *ir, int label);
void ir_place(struct ir *ir, int label);
// Calls a helper; unused arguments are left out by {0}. Returns the register of its result.
int ir_call(struct ir *ir, enum helper helper, struct ir_arg a, struct ir_arg b, struct ir_arg c);
// The same with as many arguments as a helper may have.
int ir_call_with(struct ir *ir, enum helper helper, const struct ir_arg args[5]);
void ir_note(struct ir *ir, const char *note);

static inline struct ir_arg arg_reg(int reg)
{
	return (struct ir_arg){.kind = ARG_REG, .reg = reg};
}
static inline struct ir_arg arg_const(int64_t v)
{
	return (struct ir_arg){.kind = ARG_CONST, .imm = v};
}
static inline struct ir_arg arg_frame(int off)
{
	return (struct ir_arg){.kind = ARG_FRAME, .imm = off};
}
static inline struct ir_arg arg_map(int map)
{
	return (struct ir_arg){.kind = ARG_MAP, .imm = map};
}
static inline struct ir_arg arg_none(void)
{
	return (struct ir_arg){.kind = ARG_NONE};
}

// A map's name in dumps and listings.
const char *ir_map(const char *const *own, int64_t map);
// Takes out what no path reaches, which the verifier refuses, and copies that nobody reads.
void ir_prune(struct ir *ir);
void ir_dump(const struct ir *ir, struct buf *out);

#endif
