// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Programs with one flaw each: program_flaw or sources_flaw finds it, and finds none in one that is
// whole.
#include "flaws.h"

#include <stdio.h>
#include <string.h>

#include "../bpf/isa.h"
#include "program.h"
#include "shape.h"
#include "sources.h"

struct flawed {
	const char *what; // part of what is said; NULL: nothing is wrong
	struct bpf_insn insns[20];
};

#define MOV(reg, imm)	isa_alu_imm(8, BPF_MOV, reg, imm)
#define FRAME(reg, off) isa_alu(8, BPF_MOV, reg, BPF_REG_10), isa_alu_imm(8, BPF_ADD, reg, off)
#define RESERVE(size)	isa_alu(8, BPF_MOV, 6, 1), MOV(1, 0), MOV(2, size), MOV(3, 0), CALL(reserve)
#define CALL(name)	isa_call(HELPER_ringbuf_##name)
#define SUBMIT		isa_alu(8, BPF_MOV, 1, 0), MOV(2, 0), CALL(submit)
#define NO_RECORD(off)	isa_branch_imm(8, BPF_JEQ, 0, 0, off)
#define END		MOV(0, 0), isa_exit()
// Reads as many elements as there are, at most `most`, to where there is room for 8 bytes.
#define READ(most, each)                                                                           \
	isa_load(8, 2, 1, 0), isa_branch_imm(8, BPF_JLE, 2, most, 1), MOV(2, 1),                   \
		isa_alu_imm(8, BPF_MUL, 2, each), isa_alu(8, BPF_MOV, 3, 1), FRAME(1, -8),         \
		isa_call(HELPER_probe_read_kernel)
// 8 bytes that lie up to `most` behind a record's start.
#define BOUNDED(most)                                                                              \
	isa_load(4, 2, 0, 0), isa_branch_imm(8, BPF_JGT, 2, most, 3), isa_alu(8, BPF_MOV, 3, 0),   \
		isa_alu(8, BPF_ADD, 3, 2), isa_store_imm(8, 3, 0, 1), SUBMIT, END

struct lost {
	const char *what;
	struct {
		const char *note;
		uint32_t source, len;
	} insns[8];
};

// How many of the flaws in texts are not found.
static int missed_texts(int *found)
{
	enum { TWO = 2, FIELD = MAX_WHERES + 1 };
	static const struct lost list[] = {
		{NULL,
		 {{NULL, 0, 0},
		  {"where: a", 1, 1},
		  {NULL, 1, 1},
		  {NULL, 0, 0},
		  {"header", 0, 0},
		  {"a", FIELD, 0},
		  {NULL, FIELD, 0},
		  {"submit", 0, 0}}},
		{"of a predicate", {{"where: a", 0, 0}, {NULL, 0, 0}}},
		{"of a predicate", {{"where: a", FIELD, 0}, {NULL, FIELD, 0}}},
		{"of a capture", {{"header", 0, 0}, {"a", 0, 0}, {"submit", 0, 0}}},
		{"in the midst", {{"where: a", 1, 1}, {NULL, 0, 0}, {NULL, 1, 1}}},
		{"in the midst", {{"where: a", 1, 1}, {NULL, TWO, 1}}},
		{"without a length", {{"where: a", 1, 0}}},
	};
	int missed = 0;

	for (size_t i = 0; i < sizeof(list) / sizeof(*list); i++) {
		struct ir_insn insns[8];
		const struct ir_insn *from[8];
		const char *note[8], *said;
		struct program p = {.from = from, .note = note, .count = 8};
		uint32_t at;

		for (int n = 0; n < 8; n++) {
			insns[n] = (struct ir_insn){.source = list[i].insns[n].source,
						    .len = list[i].insns[n].len};
			from[n] = &insns[n];
			note[n] = list[i].insns[n].note;
		}
		said = sources_flaw(&p, &at);
		if (!list[i].what ? !said : said && strstr(said, list[i].what)) {
			++*found;
			continue;
		}
		missed++;
		printf("texts %zu: got %s at %u\n", i, said ? said : "none", at);
	}
	return missed;
}

int flaws(void)
{
	const struct flawed list[] = {
		{.what = NULL, .insns = {isa_load(8, 2, 1, 0), END}},
		{.what = NULL,
		 .insns = {RESERVE(64), NO_RECORD(4), isa_store_imm(8, 0, 56, 1), SUBMIT, END}},
		{.what = "never set", .insns = {isa_alu(8, BPF_MOV, 0, 3), isa_exit()}},
		{.what = "never set",
		 .insns = {isa_branch_imm(8, BPF_JEQ, 1, 0, 1), MOV(3, 1),
			   isa_alu(8, BPF_MOV, 0, 3), isa_exit()}},
		{.what = "never set",
		 .insns = {isa_call(HELPER_get_smp_processor_id), isa_load(8, 2, 1, 0), END}},
		{.what = "bytes of the stack", .insns = {isa_load(8, 2, BPF_REG_10, -8), END}},
		{.what = "bytes of the stack",
		 .insns = {isa_store_imm(4, BPF_REG_10, -8, 1), isa_load(8, 2, BPF_REG_10, -8),
			   END}},
		{.what = "the stack is left",
		 .insns = {isa_store_imm(8, BPF_REG_10, -520, 1), END}},
		{.what = "alignment", .insns = {isa_store_imm(8, BPF_REG_10, -12, 1), END}},
		{.what = "unknown number",
		 .insns = {isa_alu(8, BPF_MOV, 3, 1), isa_load(8, 2, 1, 0), FRAME(1, -8),
			   isa_call(HELPER_probe_read_kernel), END}},
		{.what = NULL, .insns = {READ(8, 1), END}},
		{.what = NULL, .insns = {READ(4, 2), END}},
		{.what = "the stack is left", .insns = {READ(9, 1), END}},
		{.what = "the stack is left", .insns = {READ(8, 2), END}},
		{.what = "the stack is left",
		 .insns = {isa_alu(8, BPF_MOV, 3, 1), MOV(2, 16), FRAME(1, -8),
			   isa_call(HELPER_probe_read_kernel), END}},
		{.what = "before the test", .insns = {RESERVE(64), isa_store_imm(8, 0, 0, 1), END}},
		{.what = "never handed in", .insns = {RESERVE(64), NO_RECORD(2), END, END}},
		{.what = "never handed in",
		 .insns = {RESERVE(64), NO_RECORD(4), isa_branch_imm(8, BPF_JEQ, 6, 0, 3), SUBMIT,
			   END}},
		{.what = "a record is left",
		 .insns = {RESERVE(64), NO_RECORD(4), isa_store_imm(8, 0, 60, 1), SUBMIT, END}},
		{.what = "is no record", .insns = {isa_alu(8, BPF_MOV, 0, 1), SUBMIT, END}},
		{.what = "no path comes here",
		 .insns = {MOV(0, 0), isa_exit(), MOV(0, 0), isa_exit()}},
		{.what = "no program goes", .insns = {isa_jump(5), END}},
		{.what = "no program goes", .insns = {MOV(0, 0), isa_jump(-3), isa_exit()}},
		{.what = "no path comes here", .insns = {MOV(0, 0), isa_jump(-2), isa_exit()}},
		{.what = NULL,
		 .insns = {MOV(2, 9), isa_alu_imm(8, BPF_SUB, 2, 1),
			   isa_branch_imm(8, BPF_JEQ, 2, 0, 1), isa_jump(-3), END}},
		{.what = "never set",
		 .insns = {MOV(2, 9), isa_alu_imm(8, BPF_SUB, 2, 1),
			   isa_branch_imm(8, BPF_JEQ, 2, 0, 1), isa_jump(-3),
			   isa_alu(8, BPF_MOV, 0, 3), isa_exit()}},
		{.what = NULL, .insns = {RESERVE(64), NO_RECORD(8), BOUNDED(56)}},
		{.what = "a record is left", .insns = {RESERVE(64), NO_RECORD(8), BOUNDED(57)}},
		{.what = "does not end", .insns = {MOV(0, 0)}},
		{.what = "no pointer", .insns = {MOV(2, 5), isa_store_imm(8, 2, 0, 1), END}},
		{.what = "past the width",
		 .insns = {MOV(2, 5), isa_alu_imm(4, BPF_LSH, 2, 32), END}},
		{.what = "division by 0", .insns = {MOV(2, 5), isa_alu_imm(8, BPF_DIV, 2, 0), END}},
		{.what = "computed with",
		 .insns = {FRAME(2, -8), isa_alu_imm(8, BPF_LSH, 2, 1), END}},
	};
	int found = 0, missed = 0;

	for (size_t i = 0; i < sizeof(list) / sizeof(*list); i++) {
		struct bpf_insn insns[20];
		struct program p = {.insns = insns};
		const char *said;
		uint32_t at;

		memcpy(insns, list[i].insns, sizeof(insns));
		for (p.count = 20; p.count && !insns[p.count - 1].code; p.count--)
			;
		said = program_flaw(&p, &at);
		if (!list[i].what ? !said : said && strstr(said, list[i].what)) {
			found++;
			continue;
		}
		missed++;
		printf("%zu: wanted %s, got %s at %u\n", i, list[i].what ? list[i].what : "none",
		       said ? said : "none", at);
	}
	missed += missed_texts(&found);
	printf("%d flaws found, %d missed\n", found, missed);
	return missed != 0;
}
