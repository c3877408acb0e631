// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// BPF instructions as text, in the syntax of the kernel's own verifier log (kernel/bpf/disasm.c).
#include "encode.h"

static const char *const alu_words[16] = {"+=",	 "-=", "*=", "/=", "|=",   "&=",     "<<=", ">>=",
					  "neg", "%=", "^=", "=",  "s>>=", "endian", "?",   "?"};
static const char *const jump_words[16] = {"jmp",  "==",   ">", ">=", "&",  "!=",  "s>", "s>=",
					   "call", "exit", "<", "<=", "s<", "s<=", "?",	 "?"};
static const char *const sizes[4] = {"u32", "u16", "u8", "u64"};

static void alu(const struct bpf_insn *i, struct buf *out)
{
	char r = BPF_CLASS(i->code) == BPF_ALU64 ? 'r' : 'w';

	if (BPF_OP(i->code) == BPF_NEG)
		buf_printf(out, "%c%d = -%c%d", r, i->dst_reg, r, i->dst_reg);
	else if (BPF_OP(i->code) == BPF_END)
		buf_printf(out, "r%d = be%d r%d", i->dst_reg, i->imm, i->dst_reg);
	else if (BPF_SRC(i->code) == BPF_X)
		buf_printf(out, "%c%d %s %c%d", r, i->dst_reg, alu_words[BPF_OP(i->code) >> 4], r,
			   i->src_reg);
	else
		buf_printf(out, "%c%d %s %d", r, i->dst_reg, alu_words[BPF_OP(i->code) >> 4],
			   i->imm);
}

static void jump(const struct bpf_insn *i, struct buf *out)
{
	char r = BPF_CLASS(i->code) == BPF_JMP ? 'r' : 'w';

	if (BPF_OP(i->code) == BPF_CALL)
		buf_printf(out, "call %s#%d", helper_name(i->imm), i->imm);
	else if (BPF_OP(i->code) == BPF_EXIT)
		buf_str(out, "exit");
	else if (BPF_OP(i->code) == BPF_JA)
		buf_printf(out, "goto pc%+d", i->off);
	else if (BPF_SRC(i->code) == BPF_X)
		buf_printf(out, "if %c%d %s %c%d goto pc%+d", r, i->dst_reg,
			   jump_words[BPF_OP(i->code) >> 4], r, i->src_reg, i->off);
	else
		buf_printf(out, "if %c%d %s %d goto pc%+d", r, i->dst_reg,
			   jump_words[BPF_OP(i->code) >> 4], i->imm, i->off);
}

static void one(const struct bpf_insn *i, const char *const *maps, struct buf *out)
{
	const char *size = sizes[BPF_SIZE(i->code) >> 3];

	switch (BPF_CLASS(i->code)) {
	case BPF_ALU:
	case BPF_ALU64:
		alu(i, out);
		break;
	case BPF_JMP:
	case BPF_JMP32:
		jump(i, out);
		break;
	case BPF_LDX:
		buf_printf(out, "r%d = *(%s *)(r%d %+d)", i->dst_reg, size, i->src_reg, i->off);
		break;
	case BPF_STX:
		if (BPF_MODE(i->code) == BPF_XADD)
			buf_printf(out, "lock *(%s *)(r%d %+d) += r%d", size, i->dst_reg, i->off,
				   i->src_reg);
		else
			buf_printf(out, "*(%s *)(r%d %+d) = r%d", size, i->dst_reg, i->off,
				   i->src_reg);
		break;
	case BPF_ST:
		buf_printf(out, "*(%s *)(r%d %+d) = %d", size, i->dst_reg, i->off, i->imm);
		break;
	default: // the 64-bit constant
		if (i->src_reg == BPF_PSEUDO_MAP_FD)
			buf_printf(out, "r%d = map[%s]", i->dst_reg, ir_map(maps, i->imm));
		else if (i->src_reg == BPF_PSEUDO_MAP_VALUE)
			buf_printf(out, "r%d = map[cells]+%d", i->dst_reg, i[1].imm);
		else {
			buf_printf(out, "r%d = ", i->dst_reg);
			buf_hex(out, (uint32_t)i->imm | (uint64_t)(uint32_t)i[1].imm << 32);
		}
		break;
	}
}

void encode_list(const struct program *p, struct buf *out)
{
	for (uint32_t n = 0; n < p->count; n++) {
		const struct bpf_insn *i = &p->insns[n];

		if (p->note[n]) {
			buf_str(out, "; ");
			buf_str(out, p->note[n]);
			buf_char(out, '\n');
		}
		buf_printf(out, "%4u: (%02x) ", n, i->code);
		one(i, p->maps, out);
		buf_char(out, '\n');
		if (i->code == (BPF_LD | BPF_DW | BPF_IMM))
			n++;
	}
}
