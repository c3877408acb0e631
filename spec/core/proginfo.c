// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// proginfo NAME FILE TEXT...: what a program of as many instructions as there are texts tells the kernel
// of itself, read back: its name, then "INSN LINE:COLUMN FILE|TEXT". The instruction 2 has no code.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../bpf/isa.h"
#include "btf.h"
#include "proginfo.h"

enum { MOST = 64 };

int main(int argc, char **argv)
{
	struct bpf_insn insns[MOST];
	struct line lines[MOST];
	uint32_t count = argc < 3 ? 0 : (uint32_t)argc - 3;
	const struct program p = {.insns = insns, .count = count};
	const struct program_lines from = {.name = argv[1], .lines = lines, .count = count};
	struct proginfo info;
	struct ks_error e;
	struct btf b;

	if (argc < 3 || count > MOST)
		return 2;
	for (uint32_t i = 0; i < count; i++) {
		insns[i] = i == 2 ? isa(0, 0, 0, 0, 0) : isa_exit();
		lines[i] = (struct line){i, argv[2], argv[3 + i], 10 + i, 1};
	}
	if (proginfo_make(&p, &from, &info) < 0)
		return 1;
	// btf_parse takes the bytes.
	if (btf_parse(&b, info.btf, info.btf_size, NULL, &e) < 0) {
		printf("%s\n", e.message);
		return 1;
	}
	info.btf = NULL;
	printf("%s\n", btf_name(&b, info.func.type_id));
	for (uint32_t i = 0; i < info.count; i++)
		printf("%u %u:%u %s|%s\n", info.lines[i].insn_off, info.lines[i].line_col >> 10,
		       info.lines[i].line_col & 1023, btf_string(&b, info.lines[i].file_name_off),
		       btf_string(&b, info.lines[i].line_off));
	btf_fini(&b);
	proginfo_fini(&info);
	return 0;
}
