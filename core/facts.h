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
	// The types are another kernel's, and of that one these files are not there.
	bool no_symbols, no_tracefs, no_blacklist;
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

// Where the files are; NULL for the running kernel's own. another: the types are of another kernel, of
// which those files say nothing; NULL then stands for none.
void facts_init(struct facts *f, bool another, const char *kallsyms, const char *tracefs,
		const char *blacklist);
void facts_fini(struct facts *f);
// NULL with error when they can't be read.
const struct ksyms *facts_symbols(struct facts *f, struct ks_error *error);
const struct tracefs *facts_functions(struct facts *f, struct ks_error *error);
const struct tracefs *facts_blacklist(struct facts *f, struct ks_error *error);
const struct tracefs *facts_events(struct facts *f, struct ks_error *error);
// The folder that has events/CATEGORY/NAME/format.
const char *facts_tracefs(const struct facts *f, struct ks_error *error);
// UNKNOWN where only trying would tell. b: vmlinux BTF.
enum answer facts_can(struct facts *f, const struct btf *b, enum ability what);

#endif
