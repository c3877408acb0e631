// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// IR with registers -> BPF instructions.
#ifndef CORE_ENCODE_H
#define CORE_ENCODE_H

#include <linux/bpf.h>

#include "ir.h"

#define MAX_INSNS 65536 // jumps are 16 bits wide

// Which part of the script's texts an instruction comes from; as in struct ir_insn.
struct origin {
	uint32_t source, pos, len;
};

// A program that needs only its maps' descriptors to be loaded. Lives in the arena.
struct program {
	struct bpf_insn *insns;
	struct origin *origins;	     // for each instruction
	const struct ir_insn **from; // for each instruction, the IR it came from
	const char **note;	     // what is said above it, or NULL
	uint32_t count;
	const char *const *maps; // see struct ir
};

// -1 with error: KS_ELIMIT, KS_ENOMEM.
int encode(const struct ir *ir, const int8_t *regs, struct program *ret, struct ks_error *error);
// Once it is only to be loaded: what that needs, moved into an arena that has been taken back to where it
// was before the program was made. -1: out of memory.
int encode_pack(struct program *p, struct arena *a, struct arena_mark to);
// In the map loads of a copy of the program: puts the descriptors in, those of MAP_RING, MAP_CELLS and so on.
void encode_maps(struct bpf_insn *insns, uint32_t count, const int *fds);
// The program in the kernel's syntax, for --dump bpf.
void encode_list(const struct program *p, struct buf *out);

#endif
