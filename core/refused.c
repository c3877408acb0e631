// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "refused.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cleanup.h"
#include "error.h"

#define NOT_SUPPORTED 524 // ENOTSUPP, which user space has no name for
#define LOCKDOWN      "/sys/kernel/security/lockdown"
#define PARANOID      "/proc/sys/kernel/perf_event_paranoid"

static bool read_text(const char *path, char *text, size_t cap)
{
	KS_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, cap - 1);

	text[n > 0 ? n : 0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return n > 0;
}

// Is it the limit of locked memory? Kernels before v5.11 charge maps and programs against it.
static bool by_memory(void)
{
	struct rlimit limit;
	KS_CLOSE int small = -1;
	KS_CLOSE int large = -1;

	if (getrlimit(RLIMIT_MEMLOCK, &limit) < 0 || limit.rlim_cur > 64 << 20)
		return false;
	small = bpf_map_create(BPF_MAP_TYPE_ARRAY, "ks_ask", 4, 8, 1, NULL);
	large = bpf_map_create(BPF_MAP_TYPE_ARRAY, "ks_ask", 4, (uint32_t)limit.rlim_cur + 4096, 1,
			       NULL);
	return small >= 0 && large == -EPERM;
}

// EPERM although the capabilities are there. what: "let programs be loaded"
static int not_permitted(const char *what, struct ks_error *error)
{
	char state[128];
	struct rlimit limit = {0};

	if (ks_privileges(error) < 0)
		return -1;
	if (by_memory()) {
		getrlimit(RLIMIT_MEMLOCK, &limit);
		error_set(error, KS_EPERM,
			  "the limit of locked memory is %llu KiB, which is too little on this "
			  "kernel",
			  (unsigned long long)limit.rlim_cur >> 10);
		error_hint(error, "run it with CAP_SYS_RESOURCE, or after `ulimit -l unlimited`");
		return -1;
	}
	error_set(error, KS_EPERM, "the kernel does not %s", what);
	if (read_text(LOCKDOWN, state, sizeof(state)) && !strstr(state, "[none]"))
		error_hint(error, "it is in lockdown (%.60s): boot without lockdown=", state);
	else
		error_hint(error, "a security module, or the filter of a container, may forbid it");
	return -1;
}

// What has the same reason for every kind of object; 0: nothing of that.
static int common(int os, const char *what, struct ks_error *error)
{
	if (os == EPERM)
		return not_permitted(what, error);
	if (os == ENOMEM)
		return error_set(error, KS_EKERNEL, "the kernel has no memory left for it");
	if (os == EMFILE || os == ENFILE) {
		error_set(error, KS_EOS, "%s has as many files open as the limit lets it",
			  os == EMFILE ? "ksnoop" : "this machine");
		error_hint(error, os == EMFILE ? "raise it with `ulimit -n`"
					       : "raise it in /proc/sys/fs/file-max");
		return -1;
	}
	if (os == ENOSYS)
		return error_set(error, KS_EABSENT, "this kernel is built without BPF");
	return 0;
}

int refused_map(const char *what, int os, struct ks_error *error)
{
	if (common(os, "let maps be made", error) < 0)
		return -1;
	if (os == E2BIG || os == EINVAL)
		return error_os(error, KS_EKERNEL, os,
				"this kernel does not take %s of this kind or size", what);
	return error_os(error, KS_EKERNEL, os, "can't make %s", what);
}

int refused_module(const struct attach_target *t, int os, struct ks_error *error)
{
	if (os == EPERM && ks_privileges(error) < 0)
		return -1;
	if (os == EPERM) {
		error_set(error, KS_EPERM,
			  "functions of modules can be traced by BTF only with CAP_SYS_ADMIN");
		error_hint(error, "run it as root, or use the place \"kprobe:%s\"", t->func);
	} else {
		error_set(error, KS_EABSENT, "this kernel has no BTF of a module '%s'", t->module);
		error_hint(error,
			   "is it loaded? Kernels describe the types of modules from 5.11 "
			   "on; \"kprobe:%s\" needs none",
			   t->func);
	}
	return -1;
}

// --- programs --------------------------------------------------------------------------------

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

// The log into a file that only we can read; "" where that fails.
static void keep_log(const char *log, char *path, size_t cap)
{
	const char *folder = getenv("TMPDIR");
	size_t left = strlen(log);
	KS_CLOSE int fd = -1;

	if (!folder || folder[0] != '/' || strlen(folder) + 32 > cap)
		folder = "/tmp";
	snprintf(path, cap, "%s/ksnoop-verifier-XXXXXX", folder);
	fd = mkostemp(path, O_CLOEXEC); // O_EXCL, 0600
	while (fd >= 0 && left) {
		ssize_t n = write(fd, log, left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		log += n;
		left -= (size_t)n;
	}
	if (fd >= 0 && left)
		unlink(path);
	if (fd < 0 || left)
		*path = '\0';
}

static int by_verifier(const struct refusal *r, struct ks_error *error)
{
	struct attach_rejection local = {0},
				*why = r->target->rejection ? r->target->rejection : &local;

	*why = (struct attach_rejection){.insn = attach_rejected_insn(r->log), .index = UINT32_MAX};
	last_words(r->log, why->words, sizeof(why->words));
	if (r->keep)
		keep_log(r->log, why->log_path, sizeof(why->log_path));
	error_os(error, KS_EKERNEL, r->os, "the kernel refused the program for %s",
		 r->target->func);
	if (*why->log_path)
		error_hint(error, "its verifier's log is in %s; it ends: %s", why->log_path,
			   why->words);
	else
		error_hint(error, "its verifier said: %s", why->words);
	return -1;
}

static int too_many_words(const struct attach_target *t, struct ks_error *error)
{
	error_set(error, KS_EABSENT, "%s passes %u words of arguments; this kernel carries 6",
		  t->func, t->words);
	error_hint(error, "kernels from 6.6 on carry 12");
	return -1;
}

// By what the log says of the function, before the verifier came to our program.
static int by_function(const struct refusal *r, struct ks_error *error)
{
	const char *func = r->target->func, *log = r->log ? r->log : "";

	if (r->os == NOT_SUPPORTED)
		return too_many_words(r->target, error);
	if (strstr(log, "noreturn")) {
		error_set(error, KS_EABSENT, "%s never returns", func);
		error_hint(error, "use the place \"%s\"", func);
		return -1;
	}
	if (strstr(log, "is rejected"))
		return error_set(error, KS_EABSENT,
				 "%s can't be traced: the kernel itself allows no programs there",
				 func);
	if (strstr(log, "is unsupported") || strstr(log, "Too many")) {
		error_set(error, KS_EABSENT,
			  "%s takes or returns a struct by value, or more words than this kernel "
			  "carries",
			  func);
		error_hint(error, "use the place \"kprobe:%s\"", func);
		return -1;
	}
	if (r->os == ENOENT) {
		error_set(error, KS_EABSENT,
			  "%s is in this kernel's BTF and not in its code: it was inlined, or has "
			  "another name there",
			  func);
		error_hint(error, "trace a function that calls it instead");
		return -1;
	}
	error_os(error, KS_EKERNEL, r->os, "the kernel refused the program for %s", func);
	if (*log) {
		char words[200];

		last_words(log, words, sizeof(words));
		error_hint(error, "it said: %s", words);
	} else {
		error_hint(error, "it gave no reason; it may not know this kind of program");
	}
	return -1;
}

int refused_load(const struct refusal *r, struct ks_error *error)
{
	// EACCES is the verifier's too; without privileges nothing is loaded at all.
	if (r->os == EACCES && ks_privileges(error) < 0)
		return -1;
	if (common(r->os, "let programs be loaded", error) < 0)
		return -1;
	if (r->os == E2BIG) {
		error_set(error, KS_ELIMIT,
			  "the program for %s is longer, or has more ways through it, than the "
			  "kernel looks at",
			  r->target->func);
		error_hint(error, "use fewer or shorter expressions");
		return -1;
	}
	if (r->log && attach_rejected_insn(r->log) >= 0)
		return by_verifier(r, error);
	return by_function(r, error);
}

// --- places ----------------------------------------------------------------------------------

static int no_place(const char *func, struct ks_error *error)
{
	error_set(error, KS_EABSENT,
		  "%s can't be traced here: the kernel keeps no place for a probe in it", func);
	error_hint(error, "it may be marked notrace, or belong to the tracing code itself; "
			  "trace its callers instead");
	return -1;
}

// Is there a symbol of that name? Addresses may be hidden from us, names are not.
static bool in_code(const char *func)
{
	FILE *f = fopen("/proc/kallsyms", "re");
	char line[600];
	bool found = false;

	while (f && !found && fgets(line, sizeof(line), f)) {
		const char *name = strrchr(line, ' '); // "ffffffff81000000 T name\t[module]"

		found = name && !strncmp(++name, func, strlen(func)) &&
			strchr("\t\n", name[strlen(func)]);
	}
	if (f)
		fclose(f);
	return found;
}

static int no_function(const char *func, struct ks_error *error)
{
	if (in_code(func))
		return no_place(func, error);
	error_set(error, KS_EABSENT, "this kernel has no function '%.200s' in its code", func);
	error_hint(error, "it may be inlined, or have another name: `grep %.60s /proc/kallsyms`",
		   func);
	return -1;
}

static int several(const char *func, struct ks_error *error)
{
	error_set(error, KS_EABSENT, "several functions of this kernel are called '%.200s'", func);
	error_hint(error, "a kprobe by name would be at one of them only");
	return -1;
}

static int no_tracepoint(const struct attach_target *t, struct ks_error *error)
{
	error_set(error, KS_EABSENT, "this kernel has no tracepoint '%.200s'", t->func);
	error_hint(error, "they are listed in /sys/kernel/tracing/available_events");
	return -1;
}

static int link_traced(const struct refusal *r, struct ks_error *error)
{
	const char *func = r->target->func;

	switch (r->os) {
	case NOT_SUPPORTED:
		return too_many_words(r->target, error);
	case E2BIG:
		error_set(error, KS_EKERNEL,
			  "%s has as many programs attached as the kernel takes (about 38)", func);
		error_hint(error, "other tracers hold them: `bpftool link` shows whose they are");
		return -1;
	case EBUSY:
	case EINVAL:
	case ENOENT:
	case ENODEV:
	case ESRCH:
		return no_place(func, error);
	default:
		return error_os(error, KS_EKERNEL, r->os, "can't attach to %s", func);
	}
}

// What the perf subsystem said, before it came to the program.
static int event_refused(const struct refusal *r, struct ks_error *error)
{
	const struct attach_target *t = r->target;
	bool tracepoint = t->kind == ATTACH_TP;
	char level[16];

	switch (r->os) {
	case EACCES:
		error_set(error, KS_EPERM, "%s need CAP_SYS_ADMIN here: perf_event_paranoid is %s",
			  tracepoint ? "tracepoints by their record" : "kprobes",
			  read_text(PARANOID, level, sizeof(level)) ? level : "set");
		error_hint(error,
			   "run it as root, or lower it: sysctl kernel.perf_event_paranoid=%s",
			   tracepoint ? "-1" : "2");
		return -1;
	case ENODEV:
		error_set(error, KS_EABSENT, "this kernel is built without %s",
			  tracepoint ? "perf events" : "kprobes for perf");
		error_hint(error, "it needs CONFIG_%s_EVENTS", tracepoint ? "PERF" : "KPROBE");
		return -1;
	case ENOENT:
		return tracepoint ? no_tracepoint(t, error) : no_function(t->func, error);
	case EADDRNOTAVAIL:
		return several(t->func, error);
	default:
		return tracepoint ? no_tracepoint(t, error) : no_place(t->func, error);
	}
}

static int link_event(const struct refusal *r, struct ks_error *error)
{
	const struct attach_target *t = r->target;

	if (!r->opened)
		return event_refused(r, error);
	if (r->os == EINVAL && t->cookie) {
		error_set(error, KS_EABSENT, "this kernel gives probes no cookies");
		error_hint(error, "kernels from 5.15 on do");
		return -1;
	}
	if (r->os == E2BIG)
		return error_set(error, KS_EKERNEL,
				 "%s has as many programs attached as the kernel takes (64)",
				 t->func);
	if (t->kind == ATTACH_TP && r->os == EACCES)
		return error_set(error, KS_ELIMIT, "the program reads past the end of %s's record",
				 t->func);
	return error_os(error, KS_EKERNEL, r->os, "can't attach to %s", t->func);
}

bool refused_by_one(int os)
{
	return os == EINVAL || os == ESRCH || os == ENOENT || os == EADDRNOTAVAIL || os == EBUSY;
}

static int link_multi(const struct refusal *r, struct ks_error *error)
{
	const struct attach_target *t = r->target;
	const char *func = t->symbols && r->index < t->count ? t->symbols[r->index] : NULL;
	char number[48];

	if (r->os == EOPNOTSUPP) {
		error_set(error, KS_EABSENT, "this kernel can't probe many functions at once (%s)",
			  t->kind == ATTACH_SESSION ? "kprobe.session" : "kprobe.multi");
		error_hint(error, "kernels from %s on can, if they are built with CONFIG_FPROBE",
			   t->kind == ATTACH_SESSION ? "6.10" : "5.18");
		return -1;
	}
	if (r->os == E2BIG)
		return error_set(error, KS_ELIMIT,
				 "%u functions are more than the kernel takes at once", t->count);
	if (!refused_by_one(r->os))
		return error_os(error, KS_EKERNEL, r->os, "can't attach to %s", t->func);
	if (!func) {
		snprintf(number, sizeof(number), "function %u of %u", r->index + 1, t->count);
		func = number;
	}
	if (r->os == ESRCH)
		return no_function(func, error);
	if (r->os == EADDRNOTAVAIL)
		return several(func, error);
	return no_place(func, error);
}

static int link_timer(const struct refusal *r, struct ks_error *error)
{
	const struct attach_target *t = r->target;
	char level[16];

	if (r->os == EACCES && !r->opened) {
		error_set(error, KS_EPERM,
			  "timers on all CPUs need CAP_SYS_ADMIN here: perf_event_paranoid is %s",
			  read_text(PARANOID, level, sizeof(level)) ? level : "set");
		error_hint(error,
			   "run it as root, or lower it: sysctl kernel.perf_event_paranoid=2");
		return -1;
	}
	if (r->os == EINVAL && !r->opened)
		return error_set(error, KS_EKERNEL, "this kernel takes no %u samples a second",
				 t->hz);
	if (r->os == ENOENT || r->os == ENODEV)
		return error_set(error, KS_EABSENT, "this kernel has no timers for perf");
	return error_os(error, KS_EKERNEL, r->os, "can't start the timers of %s", t->func);
}

static int link_tracepoint(const struct refusal *r, struct ks_error *error)
{
	const struct attach_target *t = r->target;

	if (r->os == ENOENT)
		return no_tracepoint(t, error);
	if (r->os == EINVAL)
		return error_set(error, KS_EABSENT,
				 "the tracepoint %s passes fewer arguments than the program reads",
				 t->func);
	return error_os(error, KS_EKERNEL, r->os, "can't attach to %s", t->func);
}

int refused_link(const struct refusal *r, struct ks_error *error)
{
	int kind = (int)r->target->kind;

	if (r->os == EACCES && r->opened && ks_privileges(error) < 0)
		return -1;
	if (common(r->os, "let programs be attached", error) < 0)
		return -1;
	switch (kind) {
	case ATTACH_FENTRY:
	case ATTACH_FEXIT:
		return link_traced(r, error);
	case ATTACH_KPROBE:
	case ATTACH_KRETPROBE:
	case ATTACH_TP:
		return link_event(r, error);
	case ATTACH_MULTI:
	case ATTACH_MULTI_RETURN:
	case ATTACH_SESSION:
		return link_multi(r, error);
	case ATTACH_PROFILE:
		return link_timer(r, error);
	default:
		return link_tracepoint(r, error);
	}
}
