// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Can a function be traced, how, and if not why: what `ksnoop explain` finds out.
#ifndef CORE_EXPLAIN_H
#define CORE_EXPLAIN_H

#include "arch.h"
#include "arena.h"
#include "buf.h"
#include "facts.h"
#include "nearest.h"

// What stands in the way, the gravest first. Each has a row in explain_text.c.
enum reason {
	R_ABSENT,	 // no file of the kernel's knows the name
	R_INLINED,	 // BTF does, but there is no such symbol
	R_VARIANTS,	 // there are only variants that the compiler made
	R_REFUSED,	 // on ksnoop's own list
	R_DUPLICATE,	 // several functions have the name
	R_INIT,		 // ran while the kernel booted
	R_NOTRACE,	 // ftrace has no place for a probe in it
	R_NO_BTF,	 // BTF does not describe it
	R_NO_MODULE_BTF, // it is a module's, and that has no BTF
	R_VARIADIC,
	R_TOO_MANY,   // more words of arguments than are carried
	R_STRUCT_ARG, // a struct by value that is not carried
	R_STRUCT_RETURN,
	R_BLACKLISTED, // kprobes refuse it
	R_NEVER_RETURNS,
	R_COUNT
};

enum way { W_FENTRY, W_FEXIT, W_KPROBE, W_KRETPROBE, W_MULTI, W_COUNT };

struct verdict {
	enum answer works;
	const char *why; // of NO and UNKNOWN
};

struct explained_arg {
	const char *name, *type; // name: "" when it has none
	uint64_t size;
	struct arch_arg at;   // by the calling convention
	uint32_t word, words; // in the context of fentry and fexit
};

struct explanation {
	const char *name;
	uint32_t reasons; // bits, 1 << enum reason
	enum answer traceable;
	char detail[R_COUNT][200]; // what a reason is about here: names, numbers
	const struct btf *btf;	   // where it is described; NULL: nowhere
	uint32_t func;		   // its type
	const char *module;	   // "" for the kernel itself
	enum answer in_symbols, in_ftrace, in_blacklist;
	uint32_t symbols; // functions of this name
	const char **variants;
	uint32_t variant_count;
	const struct arch *arch; // NULL: unknown to us
	struct explained_arg *args;
	uint32_t arg_count, word_count;
	bool has_result, hidden_result;
	struct verdict ways[W_COUNT];
	char instead[8][128]; // what to trace instead
	uint32_t instead_count;
	char unseen[4][200]; // what could not be looked at, and so is not known
	uint32_t unseen_count;
};

const char *explain_reason(enum reason r); // "notrace"
const char *explain_way(enum way w);	   // "kprobe.multi"
// The gravest reason; R_COUNT when there is none.
enum reason explain_first(const struct explanation *x);
void explain_text(const struct explanation *x, struct buf *out);
void explain_json(const struct explanation *x, struct buf *out);
// The one sentence that says why not, or "".
void explain_sentence(const struct explanation *x, enum reason r, struct buf *out);

#endif
