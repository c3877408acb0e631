// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "attach.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../bpf/isa.h"
#include "cleanup.h"
#include "error.h"
#include "refused.h"

#define LICENSE	 "Dual BSD/GPL"
#define LOG_SIZE ((size_t)16 << 20) // too small a log fails a good program with ENOSPC
#define SESSION	 56		    // BPF_TRACE_KPROBE_SESSION; newer than our headers
#define NO_ENTRY 61		    // bytes behind a function's beginning where none begins
#define PMU	 "/sys/bus/event_source/devices/kprobe/"

static const struct kind {
	enum bpf_prog_type type;
	uint32_t expected; // attach type; 0: none
	bool by_id;	   // BTF says where
	bool multi, perf, is_return;
} kinds[] = {
	[ATTACH_FENTRY] = {BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY, .by_id = true},
	[ATTACH_FEXIT] = {BPF_PROG_TYPE_TRACING, BPF_TRACE_FEXIT, .by_id = true},
	[ATTACH_KPROBE] = {BPF_PROG_TYPE_KPROBE, .perf = true},
	[ATTACH_KRETPROBE] = {BPF_PROG_TYPE_KPROBE, .perf = true, .is_return = true},
	[ATTACH_MULTI] = {BPF_PROG_TYPE_KPROBE, BPF_TRACE_KPROBE_MULTI, .multi = true},
	[ATTACH_MULTI_RETURN] = {BPF_PROG_TYPE_KPROBE, BPF_TRACE_KPROBE_MULTI, .multi = true,
				 .is_return = true},
	[ATTACH_TP_BTF] = {BPF_PROG_TYPE_TRACING, BPF_TRACE_RAW_TP, .by_id = true},
	[ATTACH_RAW_TP] = {BPF_PROG_TYPE_RAW_TRACEPOINT},
	[ATTACH_TP] = {BPF_PROG_TYPE_TRACEPOINT, .perf = true},
	[ATTACH_SESSION] = {BPF_PROG_TYPE_KPROBE, SESSION, .multi = true},
	[ATTACH_PROFILE] = {BPF_PROG_TYPE_PERF_EVENT},
};

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

// A module's BTF, by name; "vmlinux" is the kernel's own. -errno when there is none, or when we may
// not have it (CAP_SYS_ADMIN).
static int module_btf(const char *module)
{
	for (uint32_t id = 0; bpf_btf_get_next_id(id, &id) == 0;) {
		char name[64] = "";
		struct bpf_btf_info info = {.name = (uintptr_t)name, .name_len = sizeof(name)};
		uint32_t size = sizeof(info);
		KS_CLOSE int fd = bpf_btf_get_fd_by_id(id);

		if (fd < 0 && errno == ENOENT)
			continue; // it went meanwhile
		if (fd < 0)
			return -errno;
		if (bpf_obj_get_info_by_fd(fd, &info, &size) == 0 && info.kernel_btf &&
		    !strcmp(name, module))
			return keep_fd(&fd);
	}
	return -errno;
}

// What all attempts to load one program share.
struct loading {
	const struct attach_target *target;
	struct bpf_insn *insns; // owned
	uint32_t count;
	struct proginfo info;
	int module_fd, info_fd; // of BTF; -1: none
};

static void loading_fini(struct loading *l)
{
	free(l->insns);
	proginfo_fini(&l->info);
	cleanup_close(&l->module_fd);
	cleanup_close(&l->info_fd);
}

#define KS_LOADING __attribute__((cleanup(loading_fini)))

// What describes the program is a help to readers: where it can't be had, it is left out.
static void describe(struct loading *l, const struct program *p)
{
	const struct program_lines *lines = l->target->lines;

	if (!lines || proginfo_make(p, lines, &l->info) < 0)
		return;
	l->info_fd = bpf_btf_load(l->info.btf, l->info.btf_size, NULL);
}

static int prepare(struct loading *l, const struct program *p, const struct attach_target *t,
		   const int *fds)
{
	l->target = t;
	l->count = p->count;
	l->insns = malloc((p->count + 1) * sizeof(*l->insns));
	if (!l->insns)
		return -ENOMEM;
	memcpy(l->insns, p->insns, p->count * sizeof(*l->insns));
	encode_maps(l->insns, p->count, fds);
	if (t->module && kinds[t->kind].by_id) {
		l->module_fd = module_btf(t->module);
		if (l->module_fd < 0)
			return l->module_fd;
	}
	describe(l, p);
	return 0;
}

// What the verifier writes of its way: only the one that it stopped on, or all that it went.
enum log_level { LOG_LAST = 1, LOG_ALL = 2 };

// A program's descriptor or -errno.
static int load(const struct loading *l, enum log_level level, char *log, size_t log_size)
{
	const struct attach_target *t = l->target;
	const struct kind *k = &kinds[t->kind];
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = k->expected,
		    .attach_btf_id = k->by_id ? t->btf_id : 0, .log_level = log ? level : 0,
		    .log_buf = log, .log_size = (uint32_t)log_size);

	if (l->module_fd >= 0)
		opts.attach_btf_obj_fd = (uint32_t)l->module_fd;
	if (l->info_fd >= 0) {
		opts.prog_btf_fd = (uint32_t)l->info_fd;
		opts.func_info = &l->info.func;
		opts.func_info_cnt = 1;
		opts.func_info_rec_size = sizeof(l->info.func);
		opts.line_info = l->info.lines;
		opts.line_info_cnt = l->info.count;
		opts.line_info_rec_size = sizeof(*l->info.lines);
	}
	return bpf_prog_load(k->type, t->name, LICENSE, l->insns, l->count, &opts);
}

// Where a line speaks of an instruction by number: "jump out of range from insn 3 to 9".
static int64_t mentioned(const char *line, const char *end)
{
	const char *at = strstr(line, "insn ");

	// Not the summary's "max_states_per_insn 0".
	if (!at || at > end || at == line || at[-1] != ' ' || at[5] < '0' || at[5] > '9')
		return -1;
	return strtol(at + 5, NULL, 10);
}

int64_t attach_rejected_insn(const char *log)
{
	int64_t found = -1, other = -1;

	while (*log) {
		const char *end = log + strcspn(log, "\n");
		char *behind;
		long n = strtol(log, &behind, 10);

		if (behind > log && !strncmp(behind, ": (", 3)) // "12: (79) r1 = *(u64 *)(r1 +8)"
			found = n;
		else if (mentioned(log, end) >= 0)
			other = mentioned(log, end);
		log = *end ? end + 1 : end;
	}
	return found >= 0 ? found : other;
}

// After a failed load: again with a log, to say why. A descriptor, or -1 with error.
static int load_again(struct loading *l, int os, char *log, size_t log_size, struct ks_error *error)
{
	const struct attach_target *t = l->target;
	// A log of all that was too much is worth nothing.
	bool look = os != EPERM && os != E2BIG;
	KS_FREE char *own = log || !look ? NULL : malloc(LOG_SIZE);
	struct refusal why = {.target = t, .os = os, .log = log ? log : own, .keep = !!own};
	int fd = -1;

	if (own) {
		*own = '\0';
		fd = load(l, LOG_LAST, own, LOG_SIZE);
	}
	// Perhaps it is only what describes it that the kernel does not like.
	if (fd < 0 && l->info_fd >= 0 && look && (!why.log || attach_rejected_insn(why.log) < 0)) {
		close(keep_fd(&l->info_fd));
		fd = load(l, LOG_LAST, why.log, own ? LOG_SIZE : log_size);
	}
	return fd >= 0 ? fd : refused_load(&why, error);
}

int attach_load(const struct program *p, const struct attach_target *t, const int *fds, char *log,
		size_t log_size, struct attachment *ret, struct ks_error *error)
{
	KS_LOADING struct loading l = {.module_fd = -1, .info_fd = -1};
	int fd, r;

	if (t->rejection)
		*t->rejection = (struct attach_rejection){.insn = -1, .index = UINT32_MAX};
	r = prepare(&l, p, t, fds);
	if (r == -ENOMEM)
		return error_nomem(error);
	if (r < 0)
		return refused_module(t, -r, error);
	fd = load(&l, LOG_ALL, log, log_size);
	if (fd == -ENOSPC)
		fd = load(&l, LOG_LAST, log, log_size);
	if (fd < 0)
		fd = load_again(&l, -fd, log, log_size, error);
	if (fd < 0)
		return -1;
	ret->prog_fd = fd;
	ret->kind = t->kind;
	return 0;
}

int attach_try_load(const struct program *p, const struct attach_target *t, const int *fds,
		    struct attachment *ret)
{
	KS_LOADING struct loading l = {.module_fd = -1, .info_fd = -1};
	int fd = prepare(&l, p, t, fds);

	if (fd == 0)
		fd = load(&l, LOG_LAST, NULL, 0);
	if (fd < 0)
		return fd;
	ret->prog_fd = fd;
	ret->kind = t->kind;
	return 0;
}

// A small number from a file of sysfs: the first one in it. -1: there is none.
static int number(const char *path)
{
	KS_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
	char text[32] = "";
	size_t skip;

	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		return -1;
	skip = strcspn(text, "0123456789");
	return text[skip] ? atoi(text + skip) : -1;
}

static int perf_open(struct perf_event_attr *attr)
{
	int fd = (int)syscall(SYS_perf_event_open, attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);

	if (fd < 0 && errno == ENODEV) // CPU 0 is off
		fd = (int)syscall(SYS_perf_event_open, attr, -1, sched_getcpu(), -1,
				  PERF_FLAG_FD_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

// An event for a kprobe by name: the kernel counts whose name it is before it looks at the rest, at which
// it then fails, since nothing begins at that byte.
int attach_symbols(const char *name)
{
	struct perf_event_attr attr = {.type = (uint32_t)number(PMU "type"),
				       .size = sizeof(attr),
				       .kprobe_func = (uintptr_t)name,
				       .probe_offset = NO_ENTRY};
	int bit = number(PMU "format/retprobe"), fd;

	if ((int)attr.type < 0 || bit < 0)
		return -1;
	attr.config = 1ull << bit; // which alone must be where a function begins
	fd = perf_open(&attr);
	if (fd >= 0)
		close(fd);
	switch (fd) {
	case -ENOENT:
		return 0;
	case -EADDRNOTAVAIL:
		return 2;
	case -EPERM:
	case -EACCES:
	case -EMFILE:
	case -ENFILE:
	case -ENOMEM:
		return -1;
	default:
		return 1;
	}
}

// The event that makes a place call its programs. The CPU matters to its count only.
static int perf_event(const struct attach_target *t)
{
	struct perf_event_attr attr = {.type = PERF_TYPE_TRACEPOINT,
				       .size = sizeof(attr),
				       .config = t->event_id};
	char name[256];
	int type, bit;

	if (t->kind == ATTACH_TP)
		return perf_open(&attr);
	type = number(PMU "type");
	bit = number(PMU "format/retprobe"); // "config:0"
	if (type < 0 || bit < 0)
		return -ENODEV;
	attr = (struct perf_event_attr){.type = (uint32_t)type, .size = sizeof(attr)};
	if (kinds[t->kind].is_return)
		attr.config = 1ull << bit;
	snprintf(name, sizeof(name), "%s%s%s", t->module ? t->module : "", t->module ? ":" : "",
		 t->func);
	if (t->addresses)
		attr.kprobe_addr = *t->addresses;
	else
		attr.kprobe_func = (uintptr_t)name;
	return perf_open(&attr);
}

static int link_perf(const struct attachment *a, const struct attach_target *t, bool *opened)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .perf_event.bpf_cookie = t->cookie);
	KS_CLOSE int event = perf_event(t);
	int fd;

	*opened = event >= 0;
	if (event < 0)
		return event;
	fd = bpf_link_create(a->prog_fd, event, BPF_PERF_EVENT, &opts);
	if (fd < 0 && fd != -EINVAL)
		return fd;
	// Before v5.15 (b89fbfbb854c) there are no such links: the event itself holds the program.
	// Otherwise the link holds the event.
	if (fd < 0 && (t->cookie || ioctl(event, PERF_EVENT_IOC_SET_BPF, a->prog_fd) < 0))
		return t->cookie ? -EINVAL : -errno;
	if (ioctl(event, PERF_EVENT_IOC_ENABLE, 0) < 0) {
		int os = errno;

		cleanup_close(&fd);
		return -os;
	}
	return fd >= 0 ? fd : keep_fd(&event);
}

// The first `count` of the target's functions.
static int link_multi(const struct attachment *a, const struct attach_target *t, uint32_t count)
{
	union bpf_attr attr;
	int fd;

	memset(&attr, 0, sizeof(attr));
	attr.link_create.prog_fd = (uint32_t)a->prog_fd;
	attr.link_create.attach_type = kinds[t->kind].expected;
	attr.link_create.kprobe_multi.flags = kinds[t->kind].is_return ? BPF_F_KPROBE_MULTI_RETURN
								       : 0;
	attr.link_create.kprobe_multi.cnt = count;
	if (t->addresses)
		attr.link_create.kprobe_multi.addrs = (uintptr_t)t->addresses;
	else
		attr.link_create.kprobe_multi.syms = (uintptr_t)t->symbols;
	attr.link_create.kprobe_multi.cookies = (uintptr_t)t->cookies;
	fd = (int)syscall(SYS_bpf, BPF_LINK_CREATE, &attr, sizeof(attr));
	return fd < 0 ? -errno : fd;
}

// A kernel that can do it looks at the names, which are nowhere.
bool attach_knows_multi(const struct attachment *a, const struct attach_target *t)
{
	struct attach_target nowhere = {.kind = t->kind, .symbols = (const char *const *)8};
	int fd = link_multi(a, &nowhere, 1);

	cleanup_close(&fd);
	return fd == -EFAULT;
}

// Which function is it that the kernel does not take? It takes all or nothing.
static uint32_t first_refused(const struct attachment *a, const struct attach_target *t)
{
	uint32_t good = 0, bad = t->count; // it takes the first `good`, not the first `bad`

	while (bad - good > 1) {
		uint32_t middle = good + (bad - good) / 2;
		int fd = link_multi(a, t, middle);

		cleanup_close(&fd);
		if (fd >= 0)
			good = middle;
		else
			bad = middle;
	}
	return good;
}

// A link's descriptor or -errno. *opened: whether it came as far as the program.
static int link_any(const struct attachment *a, const struct attach_target *t, bool *opened)
{
	const struct kind *k = &kinds[t->kind];
	LIBBPF_OPTS(bpf_link_create_opts, opts, .tracing.cookie = t->cookie);

	*opened = true;
	if (k->multi)
		return link_multi(a, t, t->count);
	if (k->perf)
		return link_perf(a, t, opened);
	if (t->kind == ATTACH_RAW_TP)
		return bpf_raw_tracepoint_open(t->func, a->prog_fd);
	// Where links can't be made of these, libbpf opens them as raw tracepoints (5.10).
	return bpf_link_create(a->prog_fd, 0, k->expected, t->kind == ATTACH_TP_BTF ? NULL : &opts);
}

int attach_try_link(struct attachment *a, const struct attach_target *t)
{
	bool opened;
	int fd = link_any(a, t, &opened);

	if (fd >= 0)
		a->link_fd = fd;
	return fd < 0 ? fd : 0;
}

int attach_link(struct attachment *a, const struct attach_target *t, struct ks_error *error)
{
	struct refusal why = {.target = t, .index = UINT32_MAX};
	int fd;

	if (t->kind == ATTACH_PROFILE) {
		why.os = -timers_start(&a->timers, a->prog_fd, t->hz, &why.opened);
		return why.os ? refused_link(&why, error) : 0;
	}
	fd = link_any(a, t, &why.opened);
	if (fd >= 0) {
		a->link_fd = fd;
		return 0;
	}
	why.os = -fd;
	if (kinds[t->kind].multi && refused_by_one(why.os)) {
		if (attach_knows_multi(a, t))
			why.index = first_refused(a, t);
		else
			why.os = EOPNOTSUPP;
	}
	if (t->rejection)
		*t->rejection = (struct attach_rejection){.insn = -1, .index = why.index};
	return refused_link(&why, error);
}

void attach_close(struct attachment *a)
{
	timers_stop(&a->timers);
	cleanup_close(&a->link_fd);
	cleanup_close(&a->prog_fd);
	a->link_fd = a->prog_fd = -1;
}

// struct bpf_link_info as it is since v6.7, for the kinds of ours that count in their link.
struct link_info {
	uint32_t type, id, prog_id, pad;
	union {
		struct {
			uint64_t addrs;
			uint32_t count, flags;
			uint64_t missed;
		} multi;
		struct {
			uint32_t type, pad;
			uint64_t name;
			uint32_t name_len, offset;
			uint64_t address, missed;
		} event;
	};
};

// What is built on kprobes is skipped in two places: before the program's own counter (a kprobe in
// a kprobe, no room for one more return) and at it. The kernel tells both since v6.7 (3acf8ace6823,
// dd8657894c11): before that its bpf_link_info is shorter.
static int64_t missed(const struct attachment *a, int64_t by_program)
{
	struct link_info info = {0};
	uint32_t size = sizeof(info);

	if (a->link_fd < 0 || bpf_obj_get_info_by_fd(a->link_fd, &info, &size) < 0 ||
	    size < sizeof(info))
		return -1;
	if (kinds[a->kind].multi)
		return by_program + (int64_t)info.multi.missed;
	return by_program + (a->kind == ATTACH_TP ? 0 : (int64_t)info.event.missed);
}

int64_t attach_recursion(const struct attachment *a)
{
	struct bpf_prog_info info = {0};
	uint32_t size = sizeof(info);
	bool tells;

	if (a->prog_fd < 0 || bpf_obj_get_info_by_fd(a->prog_fd, &info, &size) < 0)
		return -1;
	// A timer is skipped where a program on a kprobe or a tracepoint runs, and nobody counts that.
	if (a->kind == ATTACH_PROFILE)
		return -1;
	tells = size >=
		offsetof(struct bpf_prog_info, recursion_misses) + sizeof(info.recursion_misses);
	if (kinds[a->kind].type == BPF_PROG_TYPE_KPROBE || a->kind == ATTACH_TP)
		return tells ? missed(a, (int64_t)info.recursion_misses) : -1;
	// Raw tracepoints skipped nothing before the kernel counted it (05b24ff9b2cf).
	if (!tells && (a->kind == ATTACH_RAW_TP || a->kind == ATTACH_TP_BTF))
		return 0;
	return tells ? (int64_t)info.recursion_misses : -1;
}

const char *attach_license(void)
{
	return LICENSE;
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
