// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Programs into the kernel and onto functions and tracepoints, in every way the kernel has; all of
// it goes when the descriptors are closed. Which ways a kernel has: feature.h.
#ifndef CORE_ATTACH_H
#define CORE_ATTACH_H

#include "encode.h"
#include "proginfo.h"
#include "timers.h"

enum attach_kind {
	ATTACH_FENTRY,
	ATTACH_FEXIT,
	ATTACH_KPROBE, // by the perf PMU: nothing in tracefs that outlives us
	ATTACH_KRETPROBE,
	ATTACH_MULTI, // one program and one link for many functions (kprobe.multi)
	ATTACH_MULTI_RETURN,
	ATTACH_TP_BTF,	// a tracepoint, its arguments with their types
	ATTACH_RAW_TP,	// the same, the arguments as numbers
	ATTACH_TP,	// a tracepoint by its record (classic)
	ATTACH_SESSION, // kprobe.multi for entry and return with one program
	ATTACH_PROFILE	// a timer of every CPU that is online
};

// One program for many functions, told apart by their cookies. No probe is a session.
static inline bool attach_is_multi(enum attach_kind kind)
{
	return kind == ATTACH_MULTI || kind == ATTACH_MULTI_RETURN;
}

// What the kernel said of a program or of a place that it did not take.
struct attach_rejection {
	int64_t insn;	    // the last instruction that its verifier looked at; -1: it was not that
	uint32_t index;	    // multi: the first function that it does not take; UINT32_MAX: unknown
	char words[200];    // the verifier's last line
	char log_path[128]; // a file with all of the log, readable by us alone; "": there is none
};

// Pointers are borrowed for the call; what a kind does not need is 0.
struct attach_target {
	enum attach_kind kind;
	const char *name;   // of the program, as bpftool shows it: at most 15 characters
	const char *func;   // the function, or the tracepoint's name
	const char *module; // NULL: the kernel itself
	uint32_t btf_id;    // the function's (fentry, fexit), or of the typedef btf_trace_NAME
	uint32_t words;	    // of arguments, for messages
	uint32_t event_id;  // a classic tracepoint's
	uint32_t hz;	    // a timer's
	uint64_t cookie;    // fentry, fexit, kprobe, kretprobe, tp: FEATURE_COOKIE; 0: none
	// Multi and session: count of them. With addresses these say where, and symbols, if any, are
	// for messages; otherwise symbols say it. A kprobe also takes one address.
	const char *const *symbols;
	const uint64_t *addresses;
	const uint64_t *cookies;
	uint32_t count;
	const struct program_lines *lines;  // NULL: none
	struct attach_rejection *rejection; // NULL, or filled in on failure
};

struct attachment {
	int prog_fd, link_fd;
	struct timers timers; // of ATTACH_PROFILE, which has no link_fd
	enum attach_kind kind;
};

// Is it safe to put a program of ours there? -1 with error: KS_EABSENT, with the reason.
int attach_allowed(const char *func, bool is_return, struct ks_error *error);
// Loads a program for the target. log: NULL, or room for the verifier's log. -1 with error.
// p->from and p->note are not looked at.
int attach_load(const struct program *p, const struct attach_target *t, const int *fds, char *log,
		size_t log_size, struct attachment *ret, struct ks_error *error);
int attach_link(struct attachment *a, const struct attach_target *t, struct ks_error *error);
void attach_close(struct attachment *a);
// The same two without a reason, to ask what the kernel takes: 0 or -errno.
int attach_try_load(const struct program *p, const struct attach_target *t, const int *fds,
		    struct attachment *ret);
int attach_try_link(struct attachment *a, const struct attach_target *t);
// Does this kernel put one program, which is loaded, at many functions? To look a name up in order to see
// would take it as long as all the names of a trace.
bool attach_knows_multi(const struct attachment *a, const struct attach_target *t);
// The last instruction that a verifier's log speaks of; -1: none.
int64_t attach_rejected_insn(const char *log);
// How often the kernel itself skipped the program; -1 where it does not tell: fentry and fexit
// before v5.12, all that is built on kprobes and classic tracepoints before v6.7, timers.
int64_t attach_recursion(const struct attachment *a);
// How many symbols have the name by the kernel's own count, its modules' and data among them: 0, 1 or 2
// (several); -1: it does not say. Nothing is attached. One that does not count (feature.h) says 1.
int attach_symbols(const char *name);
// The caller's process id in the initial pid namespace, as BPF programs see it.
uint32_t attach_own_pid(void);
// What our programs tell the kernel that they are under.
const char *attach_license(void);

#endif
