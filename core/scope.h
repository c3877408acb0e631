// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// What a name means at a place: captures > built-ins > arguments > enum constants.
#ifndef CORE_SCOPE_H
#define CORE_SCOPE_H

#include "btf.h"
#include "tree.h"

#define MAX_ARGS 12 // what BPF trampolines carry (MAX_BPF_FUNC_ARGS in include/linux/bpf.h)

struct scope_capture {
	const char *name;
	const struct node *value; // checked
	struct scope_capture *next;
};

struct scope {
	const struct btf *btf;
	uint32_t func;			// BTF_KIND_FUNC
	bool is_return;			// retval is there
	uint32_t slots;			// words of the context before retval
	struct scope_capture *captures; // newest first
};

// The place's words of context; an argument of a struct by value takes two when it is large.
void scope_init(struct scope *s, const struct btf *b, uint32_t func, bool is_return);
// The argument's type and slot by name; false when there is none.
bool scope_arg(const struct scope *s, const char *name, size_t len, uint32_t *type, uint32_t *slot);
// The same by position; false past the last. *name is borrowed.
bool scope_arg_at(const struct scope *s, uint32_t index, const char **name, uint32_t *type,
		  uint32_t *slot);
// BTF type of retval; 0 when the function returns nothing.
uint32_t scope_retval(const struct scope *s);

struct builtin_name {
	const char *name;
	uint8_t builtin; // enum builtin
	struct value_type type;
};

// The row of a built-in value; NULL when there is none of that name.
const struct builtin_name *scope_builtin(const char *name, size_t len);
// An enum constant of the kernel's by name.
bool scope_constant(const struct scope *s, const char *name, size_t len, struct value_type *type,
		    uint64_t *value);
// Offers all names of the scope but enum constants.
struct nearest;
void scope_offer(const struct scope *s, struct nearest *n);

#endif
