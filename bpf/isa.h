// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// One constructor for each BPF instruction that we emit. The instruction set is
// Documentation/bpf/standardization/instruction-set.rst; opcodes come from linux/bpf.h.
#ifndef BPF_ISA_H
#define BPF_ISA_H

#include <linux/bpf.h>
#include <stdint.h>

static inline struct bpf_insn isa(uint8_t code, int dst, int src, int16_t off, int32_t imm)
{
	return (struct bpf_insn){
		.code = code, .dst_reg = dst & 15, .src_reg = src & 15, .off = off, .imm = imm};
}

// op: BPF_ADD ... ; width 4 works on the low half and clears the high one
static inline struct bpf_insn isa_alu(int width, int op, int dst, int src)
{
	return isa((uint8_t)((width == 4 ? BPF_ALU : BPF_ALU64) | op | BPF_X), dst, src, 0, 0);
}

static inline struct bpf_insn isa_alu_imm(int width, int op, int dst, int32_t imm)
{
	return isa((uint8_t)((width == 4 ? BPF_ALU : BPF_ALU64) | op | BPF_K), dst, 0, 0, imm);
}

// the low bytes of dst, from or to network order; the rest of it becomes 0
static inline struct bpf_insn isa_swap(int bytes, int dst)
{
	return isa(BPF_ALU | BPF_END | BPF_TO_BE, dst, 0, 0, bytes * 8);
}

static inline uint8_t isa_size(int bytes)
{
	return bytes == 1 ? BPF_B : bytes == 2 ? BPF_H : bytes == 4 ? BPF_W : BPF_DW;
}

static inline struct bpf_insn isa_load(int bytes, int dst, int base, int16_t off)
{
	return isa((uint8_t)(BPF_LDX | BPF_MEM | isa_size(bytes)), dst, base, off, 0);
}

static inline struct bpf_insn isa_store(int bytes, int base, int16_t off, int src)
{
	return isa((uint8_t)(BPF_STX | BPF_MEM | isa_size(bytes)), base, src, off, 0);
}

static inline struct bpf_insn isa_store_imm(int bytes, int base, int16_t off, int32_t imm)
{
	return isa((uint8_t)(BPF_ST | BPF_MEM | isa_size(bytes)), base, 0, off, imm);
}

// lock *(u64 *)(base + off) += src
static inline struct bpf_insn isa_xadd(int base, int16_t off, int src)
{
	return isa(BPF_STX | BPF_XADD | BPF_DW, base, src, off, BPF_ADD);
}

// op: BPF_JEQ ... ; width 4 compares the low halves
static inline struct bpf_insn isa_branch(int width, int op, int dst, int src, int16_t off)
{
	return isa((uint8_t)((width == 4 ? BPF_JMP32 : BPF_JMP) | op | BPF_X), dst, src, off, 0);
}

static inline struct bpf_insn isa_branch_imm(int width, int op, int dst, int32_t imm, int16_t off)
{
	return isa((uint8_t)((width == 4 ? BPF_JMP32 : BPF_JMP) | op | BPF_K), dst, 0, off, imm);
}

static inline struct bpf_insn isa_jump(int16_t off)
{
	return isa(BPF_JMP | BPF_JA, 0, 0, off, 0);
}

static inline struct bpf_insn isa_call(int helper)
{
	return isa(BPF_JMP | BPF_CALL, 0, 0, 0, helper);
}

static inline struct bpf_insn isa_exit(void)
{
	return isa(BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

// The first of the two words of a 64-bit constant; the second is isa(0, 0, 0, 0, high half).
// kind: 0, BPF_PSEUDO_MAP_FD or BPF_PSEUDO_MAP_VALUE
static inline struct bpf_insn isa_imm64(int dst, int kind, int32_t low)
{
	return isa(BPF_LD | BPF_DW | BPF_IMM, dst, kind, 0, low);
}

#endif
