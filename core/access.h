// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// What the verifier thinks of a load through a BTF pointer, foretold, so that it never has to say no.
#ifndef CORE_ACCESS_H
#define CORE_ACCESS_H

#include "btf.h"

enum access {
	ACCESS_NONE,   // it would refuse: read by a helper
	ACCESS_SCALAR, // a number comes out
	// An address of anything but a struct comes out: a number, or since v6.17 (bpf:
	// rdonly_untrusted_mem for btf id walk pointer leafs) memory, which nobody computes with.
	ACCESS_POINTER,
	ACCESS_STRUCT // a pointer comes out that can be followed in turn
};

// A load of `size` bytes at `off` in a struct. *next: for ACCESS_STRUCT, what is pointed to.
// The rules are btf_struct_walk's (kernel/bpf/btf.c, the same from v5.5 on).
enum access access_load(const struct btf *b, uint32_t id, uint32_t off, uint32_t size,
			uint32_t *next);
// Can a word of context that holds an argument of this type be loaded, and what comes out?
// The rules are those of btf_ctx_access in v5.10; later kernels take a pointer to any
// integer for a number (bb6728d75611): int_pointer.
enum access access_arg(const struct btf *b, uint32_t type, bool int_pointer, uint32_t *next);

#endif
