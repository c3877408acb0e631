// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// What a program tells the kernel about itself: its name, and the script's text behind its
// instructions. The verifier's log, bpftool, perf and kernel stacks then show them.
// Format: Documentation/bpf/btf.rst, "BPF_PROG_LOAD".
#ifndef CORE_PROGINFO_H
#define CORE_PROGINFO_H

#include "encode.h"

// A text stands for the instructions from `insn` on, up to the next line's. They ascend.
struct line {
	uint32_t insn;
	const char *file; // the script's
	const char *text;
	uint32_t line, column; // from 1
};

struct program_lines {
	const char *name; // of the probe: the program becomes ksnoop_NAME
	struct line *lines;
	uint32_t count;
};

struct proginfo {
	unsigned char *btf; // owned
	size_t btf_size;
	struct bpf_func_info func;
	struct bpf_line_info *lines; // owned
	uint32_t count;
};

// The text of a line is cut to so many bytes: beyond 1 KiB the kernel would warn (its verifier
// formats a line of its log in so much).
#define PROGINFO_TEXT 240

// What the kernel can't take is put right: control characters, lines out of order, a first
// instruction without a line. -1: out of memory.
int proginfo_make(const struct program *p, const struct program_lines *from, struct proginfo *ret);
void proginfo_fini(struct proginfo *i);

#endif
