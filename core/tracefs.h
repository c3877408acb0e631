// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// What tracefs and debugfs list: the functions that have a place for probes, those that kprobes
// refuse, the events. Each file is read when it is first asked for, and once.
#ifndef CORE_TRACEFS_H
#define CORE_TRACEFS_H

#include "names.h"

struct tracefs_range {	     // functions that kprobes refuse
	uint64_t start, end; // end is one past; both 0 when addresses are hidden
	uint32_t name;	     // offset in the text
};

// A file of which the lines count. missing: why it can't be read, once that was tried.
struct tracefs_list {
	char *text;	  // owned
	uint32_t *offset; // of each line's name; owned
	uint32_t count;
	struct names names;
	bool tried;
	struct ks_error missing;
};

struct tracefs {
	char path[224]; // "/sys/kernel/tracing"; "" when there is none
	char blacklist_path[256];
	struct tracefs_list functions, blacklist, events;
	struct tracefs_range *ranges; // of the blacklist; owned
};

// Finds tracefs, or takes `path` (NULL: find it). blacklist: NULL for the kernel's own file.
// Reads nothing.
void tracefs_init(struct tracefs *t, const char *path, const char *blacklist);
void tracefs_fini(struct tracefs *t);
// Where it is; NULL with error when there is none.
const char *tracefs_folder(const struct tracefs *t, struct ks_error *error);

// --- available_filter_functions: what ftrace, and so fentry and kprobe.multi, can be put on ------

// Reads the list if that was not done yet. -1 with error: KS_EABSENT, KS_EPERM, KS_EOS, KS_ENOMEM.
// What follows needs it to have been 0.
int tracefs_functions(struct tracefs *t, struct ks_error *error);
// How often a name is in the list; more than once when several functions have it.
uint32_t tracefs_function_count(const struct tracefs *t, const char *name);
// The i-th line, and its module ("" for the kernel itself). i below functions.count.
const char *tracefs_function(const struct tracefs *t, uint32_t i, const char **module);
// The line of the first function with this name behind `after`; NAMES_NONE as in names_find.
static inline uint32_t tracefs_function_find(const struct tracefs *t, const char *name,
					     uint32_t after)
{
	return names_find(&t->functions.names, name, after);
}

// --- kprobes/blacklist: what kprobes refuse ------------------------------------------------------

int tracefs_blacklist(struct tracefs *t, struct ks_error *error);
// Is the function in it, by its name or, when that is not 0, its address?
bool tracefs_blacklisted(const struct tracefs *t, const char *name, uint64_t address);

// --- events --------------------------------------------------------------------------------------

// Reads available_events, "category:name" a line.
int tracefs_events(struct tracefs *t, struct ks_error *error);
// The i-th event's name, and its category. i below events.count.
const char *tracefs_event_name(const struct tracefs *t, uint32_t i, const char **category);
// The first event with this name behind `after` (NAMES_NONE: of all), in any category.
static inline uint32_t tracefs_event_find(const struct tracefs *t, const char *name, uint32_t after)
{
	return names_find(&t->events.names, name, after);
}
// Does this kernel have a system call of this name, "openat", as an event?
bool tracefs_syscall(const struct tracefs *t, const char *name);
// The i-th event's system call, "openat", when it is the entry of one; else NULL.
const char *tracefs_syscall_name(const struct tracefs *t, uint32_t i);

#endif
