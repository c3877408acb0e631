// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "attach.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../bpf/isa.h"
#include "cleanup.h"
#include "error.h"

#define LICENSE	 "Dual BSD/GPL"
#define LOG_SIZE ((size_t)16 << 20) // too small a log fails a good program with ENOSPC

// What runs before a program of ours has taken its guard. A probe there would start itself again
// from inside itself, without end on kernels that do not look (before v5.12).
static const char *const before_guard[] = {
	"bpf_get_smp_processor_id",
	"__bpf_prog_*",
	"__bpf_tramp_*",
	"migrate_*",
	"___migrate_*",
	"__migrate_*",
};

// The innermost locks: what our own programs take inside a reserve or a map update.
static const char *const locks[] = {
	"_raw_spin_*",
	"__raw_spin_*",
	"queued_spin_*",
	"native_queued_spin_*",
	"__pv_queued_spin_*",
	"resilient_*",
	"raw_res_spin_*",
	"rcu_*",
	"__rcu_*",
};

// Functions that never return: a program at their return pins its trampoline for ever
// (kernel: tools/objtool/noreturns.h; refused by the kernel itself since v6.16).
static const char *const no_return[] = {
	"do_exit",
	"do_group_exit",
	"make_task_dead",
	"kthread_exit",
	"kthread_complete_and_exit",
	"panic",
	"__module_put_and_kthread_exit",
	"rewind_stack_and_make_dead",
	"cpu_startup_entry",
	"do_task_dead",
	"machine_real_restart",
	"stop_this_cpu",
	"__stack_chk_fail",
};

#define MATCHES(list, func) matches(list, sizeof(list) / sizeof(*(list)), func)

static bool matches(const char *const *list, size_t n, const char *func)
{
	for (size_t i = 0; i < n; i++)
		if (fnmatch(list[i], func, 0) == 0)
			return true;
	return false;
}

int attach_allowed(const char *func, bool is_return, struct ks_error *error)
{
	if (MATCHES(before_guard, func)) {
		error_set(
			error, KS_EABSENT,
			"%s can't be traced: ksnoop's own programs run it before their guard is up",
			func);
		return -1;
	}
	if (MATCHES(locks, func)) {
		error_set(error, KS_EABSENT,
			  "%s can't be traced: ksnoop's own programs need it, and the machine "
			  "could hang",
			  func);
		error_hint(error, "trace a function that calls it instead");
		return -1;
	}
	if (is_return && MATCHES(no_return, func)) {
		error_set(error, KS_EABSENT, "%s never returns", func);
		error_hint(error, "use the place \"%s\"", func);
		return -1;
	}
	return 0;
}

static int load(const struct program *p, const struct attach_target *t, const int fds[MAP_COUNT],
		char *log, size_t log_size)
{
	LIBBPF_OPTS(bpf_prog_load_opts, opts,
		    .expected_attach_type = (t->kind == ATTACH_FEXIT) ? BPF_TRACE_FEXIT
								      : BPF_TRACE_FENTRY,
		    .attach_btf_id = t->btf_id, .log_level = log ? 1 : 0, .log_buf = log,
		    .log_size = (uint32_t)log_size);
	KS_FREE struct bpf_insn *insns = malloc((p->count + 1) * sizeof(*insns));

	if (!insns)
		return -ENOMEM;
	memcpy(insns, p->insns, p->count * sizeof(*insns));
	encode_maps(insns, p->count, fds);
	return bpf_prog_load(BPF_PROG_TYPE_TRACING, t->name, LICENSE, insns, p->count, &opts);
}

// The verifier's last word: the line before its summary.
static void last_words(const char *log, char *ret, size_t cap)
{
	const char *end = log + strlen(log), *start;

	ret[0] = '\0';
	while (end > log) {
		while (end > log && end[-1] == '\n')
			end--;
		for (start = end; start > log && start[-1] != '\n'; start--)
			;
		if (strncmp(start, "processed ", 10) != 0 &&
		    strncmp(start, "verification time", 17) != 0 &&
		    strncmp(start, "stack depth", 11) != 0) {
			snprintf(ret, cap, "%.*s", (int)(end - start), start);
			return;
		}
		end = start;
	}
}

static int refused(const struct program *p, const struct attach_target *t, const int fds[MAP_COUNT],
		   int os, struct ks_error *error)
{
	KS_FREE char *log = malloc(LOG_SIZE);
	char words[200] = "";
	int fd;

	if (os == EPERM || os == EACCES) {
		// EACCES is the verifier's too; without privileges nothing is loaded at all.
		if (ks_privileges(error) < 0)
			return -1;
	}
	if (os == EPERM) {
		error_os(error, KS_EPERM, os, "the kernel does not let programs be loaded");
		error_hint(error, "it may be in lockdown: see /sys/kernel/security/lockdown");
		return -1;
	}
	if (log) {
		log[0] = '\0';
		fd = load(p, t, fds, log, LOG_SIZE);
		cleanup_close(&fd);
		last_words(log, words, sizeof(words));
	}
	error_os(error, KS_EKERNEL, os, "the kernel refused the program for %s", t->func);
	if (strstr(log ? log : "", "func") && strstr(log, "is not supported"))
		error_hint(error, "%s", words);
	else
		error_hint(error, "its verifier said: %s; --dump log shows all of it", words);
	return -1;
}

int attach_load(const struct program *p, const struct attach_target *t, const int fds[MAP_COUNT],
		char *log, size_t log_size, struct attachment *ret, struct ks_error *error)
{
	int fd = load(p, t, fds, log, log_size);

	if (fd < 0)
		return refused(p, t, fds, -fd, error);
	ret->prog_fd = fd;
	return 0;
}

int attach_link(struct attachment *a, const struct attach_target *t, struct ks_error *error)
{
	int fd = bpf_link_create(a->prog_fd, 0,
				 (t->kind == ATTACH_FEXIT) ? BPF_TRACE_FEXIT : BPF_TRACE_FENTRY,
				 NULL),
	    os = -fd;

	if (fd >= 0) {
		a->link_fd = fd;
		return 0;
	}
	if (os == 524) { // ENOTSUPP
		error_set(error, KS_EABSENT,
			  "%s passes %u words of arguments; this kernel carries 6", t->func,
			  t->words);
		error_hint(error, "kernels from 6.6 on carry %d", 12);
	} else if (os == E2BIG) {
		error_set(error, KS_EKERNEL,
			  "%s has as many programs attached as the kernel takes (about 38)",
			  t->func);
	} else if (os == EBUSY || os == EINVAL || os == ENOENT) {
		error_set(error, KS_EABSENT,
			  "%s can't be traced here: the kernel keeps no place for a probe in it",
			  t->func);
		error_hint(error, "it may be marked notrace, or belong to the tracing code itself; "
				  "trace its callers instead");
	} else {
		error_os(error, os == EPERM ? KS_EPERM : KS_EKERNEL, os, "can't attach to %s",
			 t->func);
	}
	return -1;
}

void attach_close(struct attachment *a)
{
	cleanup_close(&a->link_fd);
	cleanup_close(&a->prog_fd);
	a->link_fd = a->prog_fd = -1;
}

int64_t attach_recursion(const struct attachment *a)
{
	struct bpf_prog_info info = {0};
	uint32_t size = sizeof(info);

	if (a->prog_fd < 0 || bpf_obj_get_info_by_fd(a->prog_fd, &info, &size) < 0)
		return -1;
	if (size < offsetof(struct bpf_prog_info, recursion_misses) + sizeof(info.recursion_misses))
		return -1;
	return (int64_t)info.recursion_misses;
}

uint32_t attach_own_pid(void)
{
	struct bpf_insn insns[] = {
		isa_call(HELPER_get_current_pid_tgid),
		isa_alu_imm(8, BPF_RSH, BPF_REG_0, 32),
		isa_exit(),
	};
	LIBBPF_OPTS(bpf_test_run_opts, run);
	// Run in our own context, it sees us as all our programs do, whatever namespace we are in
	// (raw tracepoints can be run so since v5.10, 1b4d60ec162f).
	KS_CLOSE int fd = bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, "ksnoop_pid", LICENSE, insns,
					3, NULL);

	if (fd >= 0 && bpf_prog_test_run_opts(fd, &run) == 0 && run.retval)
		return run.retval;
	return (uint32_t)getpid();
}
