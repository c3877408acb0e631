// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// What a name means at a place: captures > built-ins > arguments > enum constants > uapi's.
#ifndef CORE_SCOPE_H
#define CORE_SCOPE_H

#include "btf.h"
#include "formats.h"
#include "tree.h"

#define MAX_NAMES 16 // that are kept apart of those that a text looks up
#define MAX_ARGS  12 // what BPF trampolines carry (MAX_BPF_FUNC_ARGS in include/linux/bpf.h)

// What a program gets as its context, and so how it reads an argument.
enum scope_context {
	CONTEXT_TRACING, // fentry, fexit, tp_btf: words whose types the verifier knows
	CONTEXT_WORDS,	 // raw tracepoint: words
	CONTEXT_REGS,	 // kprobe, kretprobe: struct pt_regs
	CONTEXT_EVENT,	 // classic tracepoint: its record
	CONTEXT_TIMER	 // nothing but where the CPU was: struct pt_regs
};

struct scope_arg {
	const char *name; // "" when it has none
	struct value_type type;
	// TRACING, WORDS: the word; REGS: the n-th word that the calling convention passes;
	// EVENT: the byte. behind_regs: the n-th word of a system call, in the struct pt_regs that
	// the function's only argument points to.
	uint32_t at;
	bool behind_regs;
};

struct scope_capture {
	const char *name;
	const struct node *value; // checked
	struct scope_capture *next;
};

struct scope_constant {
	struct value_type type;
	uint64_t value;
	uint32_t of, other; // enums that have it; 0: a macro; other: with another value, or 0
	uint64_t other_value;
};

struct scope_name {
	const char *text; // borrowed
	uint32_t len;
};

// What expressions of a trace ask for.
struct scope_asked {
	bool caller, stack; // these need the address of the function
	// What was looked up among a function's arguments, "retval" being one, by the text at hand; all:
	// more than the list holds, or what they are altogether.
	struct scope_name name_list[MAX_NAMES];
	uint32_t names;
	bool all;
	// The constant that was looked for last: of a pattern each function's expressions ask anew.
	const struct btf *btf;
	char name[40];
	bool found;
	struct scope_constant constant;
};

// What first() took, each once.
struct scope_pick {
	const char *call;  // "first(a, b)" as it was written, in the text at hand or in a word's
	uint32_t nth;	   // of its arguments, from 0 on
	uint32_t pos, len; // where in the text at hand: of first() or of the word
	// That text, and where the script has the probe; NULL: not said.
	const char *text, *file;
	int line;
	struct scope_pick *next;
};

// Those of a trace, in the order in which they came.
struct scope_picks {
	struct arena *arena;
	struct scope_pick *first, *last;
};

struct scope {
	const struct btf *btf;
	const char *name; // of the function or tracepoint, for messages
	uint32_t proto;	  // id of the prototype that says the arguments
	enum scope_context context;
	bool is_return;
	const struct scope_arg *args; // borrowed
	uint32_t arg_count;
	// What the function is called with and the place does not have: names that are known, and why
	// these or all others are not there, "a kretprobe sees ..."; NULL: nothing is missing. hint:
	// what to write instead; NULL: none. Borrowed.
	const struct scope_arg *gone;
	uint32_t gone_count;
	const char *why, *hint;
	// TRACING: BTF has no more than the name of what behind_regs arguments are in (v5.10: of half the
	// system calls, as a file that does not know struct pt_regs has them too), so that the verifier
	// lets nobody load a pointer to it.
	bool regs_unknown;
	bool has_retval; // is_return, and it returns something
	// Of a stack that a program asks for here: frames of its own in front, and of its trampoline; do
	// those of a tracepoint follow?
	uint8_t frames_before;
	bool in_event;
	bool stack_may_be_empty; // as the kernel's is while a process runs by itself: no failed read
	uint64_t address;	 // of the function; 0: not known, or not asked for
	const char *no_caller;	 // why there is no `caller`; NULL: there is
	struct scope_asked *asked; // set by expressions; NULL: nobody wants to know
	struct scope_picks *picks; // the same
	struct value_type retval;
	uint32_t retval_at;		// TRACING: its word
	struct formats *formats;	// of the script's; NULL: none
	uint64_t tick_ns;		// what jiffies count; 0: not known
	struct scope_capture *captures; // newest first
	// Where something ends that began before: the scopes of its open ends, and why they are of no
	// use; NULL: they are. Borrowed.
	const struct scope *const *opens;
	uint32_t open_count; // 0: a moment, not an interval
	const char *no_open;
	bool is_open;  // the beginning of one
	bool is_outer; // the beginning of a call that hits must lie in
};

// The scope of a BTF_KIND_FUNC or, with skip, of a tracepoint's `__traceiter_` function without its
// first argument. -1 with error: KS_ENOMEM.
int scope_init(struct scope *s, struct arena *a, const struct btf *b, uint32_t func,
	       enum scope_context context, bool is_return, uint32_t skip, struct ks_error *error);
// The argument with this name, or -1; and that it was asked for, as a text's meaning hangs on it.
int scope_arg(const struct scope *s, const char *name, size_t len);
// The same, and nobody's meaning hangs on it.
int scope_arg_at(const struct scope *s, const char *name, size_t len);
// A text's meaning hangs on this name, or on all arguments.
void scope_asks(const struct scope *s, const char *name, size_t len);
void scope_asks_all(const struct scope *s);

struct builtin_name {
	const char *name;
	uint8_t builtin; // enum builtin
	struct value_type type;
};

// The row of a built-in value; NULL when there is none of that name.
const struct builtin_name *scope_builtin(const char *name, size_t len);

// Keeps what a call of first() took. -1: out of memory.
int scope_pick(const struct scope *s, const struct node *call, uint32_t nth);
// A constant by name: of the kernel's enums, else of its macros (uapi.h). of: the enum that it must
// be of, peeled; 0: any.
bool scope_constant(const struct scope *s, const char *name, size_t len, uint32_t of,
		    struct scope_constant *ret);
// Offers all names of the scope but enum constants; macros too.
struct nearest;
void scope_offer(const struct scope *s, struct nearest *n);
// The C type of something with this BTF type; false for what no expression can hold. A pointer to
// functions has the unit KS_SYMBOL.
bool scope_value_type(const struct btf *b, uint32_t id, struct value_type *t);

#endif
