// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// What stack and ustack captured, as text.
#ifndef CORE_BACKTRACE_H
#define CORE_BACKTRACE_H

#include "buf.h"
#include "ksnoop.h"
#include "ksyms.h"

struct wire_stack;
struct wire_user_frame;

// The function that a byte of a user's file is in, and how far behind its start. False: not known.
typedef bool backtrace_user(void *data, const struct wire_user_frame *f, const char **name,
			    uint64_t *offset);

// What tells names.
struct backtrace_names {
	const struct ksyms *symbols; // NULL: those of the kernel are not known
	backtrace_user *user;	     // NULL: those of users' files are not known
	void *data;
};

enum backtrace_form {
	BACKTRACE_LINES,  // a frame a line, the innermost first: "vfs_read+0x5\nksys_read+0x6b"
	BACKTRACE_BLOCK,  // the same, each on a new line and indented
	BACKTRACE_FOLDED, // functions in one line, the outermost first: "ksys_read;vfs_read"
	BACKTRACE_JSON	  // an array of texts, the innermost first
};

// Stacks that keys tell apart by a number, in no order until they are sorted.
struct backtraces {
	const uint64_t *numbers;
	const uint8_t *stacks; // struct wire_stack, `each` bytes apart
	uint32_t count, each;
	uint32_t *order; // owned: by number
};

// Sorts them. -1: out of memory.
int backtraces_sort(struct backtraces *b);
void backtraces_fini(struct backtraces *b);
// The stack of a number; NULL: there is none.
const struct wire_stack *backtraces_find(const struct backtraces *b, uint64_t number);

// Writes the frames of a stack, of a field. Those of the program that asked, and of what called it,
// are left out; where there are more than the field shows, and not as many were asked for, "..."
// stands in place of the rest. room: bytes of the stack that are there.
void backtrace_show(const struct ks_field *f, const struct wire_stack *stack, size_t room,
		    const struct backtrace_names *names, enum backtrace_form form, struct buf *out);

#endif
