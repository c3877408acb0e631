// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// What the kernel says of its functions besides types, each file read when it is first needed; and
// what it can do, as far as its files tell.
#ifndef CORE_FACTS_H
#define CORE_FACTS_H

#include "btf.h"
#include "ksyms.h"
#include "tracefs.h"

struct facts {
	struct tracefs tracefs;
	struct ksyms symbols;
	char symbols_path[256];
	bool tried;
	bool none; // the types are another kernel's, and of that one there is nothing else
	struct ks_error missing;
};

enum answer { NO, YES, UNKNOWN };

enum ability {
	CAN_TRAMPOLINE, // fentry and fexit
	CAN_KPROBE,	// kprobe and kretprobe through perf_event_open(2)
	CAN_MULTI,	// kprobe.multi
	CAN_STRUCTS,	// structs by value in fentry and fexit
	CAN_MANY_WORDS, // more than 6 words of arguments in fentry and fexit
};

// Where the files are; NULL for the running kernel's own.
void facts_init(struct facts *f, const char *kallsyms, const char *tracefs, const char *blacklist);
void facts_fini(struct facts *f);
// NULL with error when they can't be read.
const struct ksyms *facts_symbols(struct facts *f, struct ks_error *error);
const struct tracefs *facts_functions(struct facts *f, struct ks_error *error);
const struct tracefs *facts_blacklist(struct facts *f, struct ks_error *error);
const struct tracefs *facts_events(struct facts *f, struct ks_error *error);
// UNKNOWN where only trying would tell. b: vmlinux BTF.
enum answer facts_can(struct facts *f, const struct btf *b, enum ability what);

#endif
