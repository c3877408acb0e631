// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// The second engine: what a checked tree means, over bytes that were captured or made up. No kernel,
// no memory of its own. Equal to the BPF that lower makes, on every input; where C leaves the answer
// open, doc/ksnoop-script.7.scd has it ("Arithmetic", "Failed reads").
//
// A value is 64 bits: those of its type, sign- or zero-extended by it, as in core/arith.h. A _Bool
// that memory holds is its byte as it is, also when that is neither 0 nor 1.
#ifndef CORE_EVAL_H
#define CORE_EVAL_H

#include "btf.h"
#include "tree.h"

#define EVAL_MATCH 128 // bytes of a string that a pattern looks at

struct eval {
	void *data; // for the two functions
	// Copies n bytes of user's or the kernel's memory; false: not all of them are there.
	bool (*read)(void *data, bool user, uint64_t address, void *to, size_t n);
	// Copies an argument as it was passed, or what was returned (ARG_RETVAL): n bytes, at most
	// 16; false: not known.
	bool (*arg)(void *data, uint32_t slot, void *to, size_t n);
	const struct btf *btf;				   // for N_PATH
	uint64_t pid_tgid, uid_gid, cgroup, time, current; // as BPF's helpers give them
	uint32_t cpu;
	char comm[16];
	const struct eval *opening; // of a call or span: when it began; NULL: not known
	const struct eval
		*outer; // the innermost call that it lies in, when that began; NULL: not known
	// Of what is another's opening or outer: which beginnings it is one of (N_STASH), and which.
	const struct scope *const *begins;
	uint32_t begin;
	uint32_t point;		// what a record says of its place
	const uint64_t *caller; // NULL: not known
	const uint64_t *frames; // of a stack; NULL: not known
	uint32_t frame_count;
};

// A number or a pointer. False: unknown; *v is untouched.
bool eval_value(const struct eval *e, const struct node *n, uint64_t *v);
// 1, 0, or -1: unknown.
int eval_test(const struct eval *e, const struct node *n);
// Bytes of a record that a capture takes.
size_t eval_size(const struct node *n);
// What the program puts into the record: see V_... in core/tree.h; V_STR has before its bytes an
// int32 with their length, the NUL included, V_SLICE a struct ks_slice. Behind a string's NUL it is all zeros. False: unknown,
// and the record has zeros, or for V_STR -EFAULT; or there is no room, and nothing was written.
bool eval_capture(const struct eval *e, const struct node *n, void *to, size_t room);
// The same of an N_PATH: struct wire_path, which is all zeros before.
bool eval_path(const struct eval *e, const struct node *n, void *to);

#endif
