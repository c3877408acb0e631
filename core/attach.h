// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Programs into the kernel and onto functions; both go when their descriptors are closed.
#ifndef CORE_ATTACH_H
#define CORE_ATTACH_H

#include "encode.h"

struct attachment {
	int prog_fd, link_fd;
};

enum attach_kind {
	ATTACH_FENTRY,
	ATTACH_FEXIT,
	ATTACH_KPROBE,
	ATTACH_KRETPROBE,
	ATTACH_MULTI,
	ATTACH_MULTI_RETURN,
	ATTACH_TP_BTF,
	ATTACH_RAW_TP,
	ATTACH_TP
};
struct attach_target {
	enum attach_kind kind;
	const char *name; // of the program, as bpftool shows it
	const char *func;
	const char *module;
	uint32_t btf_id; // in vmlinux BTF
	uint32_t words;	 // words of arguments
	uint32_t event_id;
	uint64_t cookie;
	const char *const *symbols;
	const uint64_t *addresses, *cookies;
	uint32_t count;
};

// Is it safe to put a program of ours there? -1 with error: KS_EABSENT, with the reason.
int attach_allowed(const char *func, bool is_return, struct ks_error *error);
// Loads a program for the target. log: NULL, or room for the verifier's log. -1 with error.
int attach_load(const struct program *p, const struct attach_target *t, const int fds[MAP_COUNT],
		char *log, size_t log_size, struct attachment *ret, struct ks_error *error);
int attach_link(struct attachment *a, const struct attach_target *t, struct ks_error *error);
void attach_close(struct attachment *a);
// How often the kernel itself skipped the program; -1 where it does not tell (before v5.12).
int64_t attach_recursion(const struct attachment *a);
// The caller's process id in the initial pid namespace, as BPF programs see it.
uint32_t attach_own_pid(void);

#endif
