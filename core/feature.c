// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "feature.h"

#include <bpf/bpf.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "../bpf/isa.h"
#include "attach.h"
#include "bpfmap.h"
#include "cleanup.h"
#include "cpus.h"
#include "type.h"

#define TRIES	  16   // functions of one shape: some are in BTF and can't be traced
#define SLEEPERS  32   // at least
#define MAX_SLEEP 1024 // at most

static const int no_maps[MAP_OWN] = {-1, -1};

// Functions that nearly every kernel has, the first of which nobody calls but a test.
static const char *const well_known[] = {"bpf_fentry_test1", "vfs_read", "vfs_write", "do_exit"};

#define KNOWN (sizeof(well_known) / sizeof(*well_known))

// Does the kernel take a program for the target? With link: attached, too.
static bool takes(const struct attach_target *t, struct bpf_insn *insns, uint32_t count, bool link)
{
	struct program p = {.insns = insns, .count = count};
	struct attachment a = {.prog_fd = -1, .link_fd = -1};
	bool yes = attach_try_load(&p, t, no_maps, &a) == 0;

	if (yes && link)
		yes = attach_try_link(&a, t) == 0;
	attach_close(&a);
	return yes;
}

// Does the kernel count what it skips of a program there?
static bool tells_skips(const struct attach_target *t)
{
	struct bpf_insn insns[] = {isa_alu_imm(4, BPF_MOV, BPF_REG_0, 0), isa_exit()};
	struct program p = {.insns = insns, .count = 2};
	struct attachment a = {.prog_fd = -1, .link_fd = -1};
	bool tells = attach_try_load(&p, t, no_maps, &a) == 0 && attach_try_link(&a, t) == 0 &&
		     attach_recursion(&a) >= 0;

	attach_close(&a);
	return tells;
}

static bool takes_empty(const struct attach_target *t, bool link)
{
	struct bpf_insn insns[] = {isa_alu_imm(4, BPF_MOV, BPF_REG_0, 0), isa_exit()};

	return takes(t, insns, 2, link);
}

// A program that calls one helper without arguments but the context.
static bool takes_helper(const struct attach_target *t, enum helper helper)
{
	struct bpf_insn insns[] = {isa_call(helper), isa_alu_imm(4, BPF_MOV, BPF_REG_0, 0),
				   isa_exit()};

	return takes(t, insns, 3, false);
}

static struct attach_target fentry(uint32_t id)
{
	return (struct attach_target){.kind = ATTACH_FENTRY, .name = "ks_ask", .btf_id = id};
}

static struct attach_target kprobe(const char *func)
{
	return (struct attach_target){.kind = ATTACH_KPROBE, .name = "ks_ask", .func = func};
}

// --- functions of a shape --------------------------------------------------------------------

// What a question wants to know of a function's parameter.
struct shape_of {
	uint32_t words;				   // of all parameters; 0: not traceable at all
	uint32_t struct_at, pointer_at, number_at; // parameter numbers from 1; 0: has none
};

static void look(const struct btf *b, uint32_t func, struct shape_of *ret)
{
	const struct btf_type *proto = btf_type(b, btf_type(b, func)->type);
	const struct btf_param *params = (const void *)(proto + 1);

	*ret = (struct shape_of){0};
	for (uint32_t i = 0; i < btf_vlen(proto); i++) {
		const struct btf_type *t = type_peeled(b, params[i].type);
		uint32_t kind = btf_kind(t), to = btf_kind(type_peeled(b, t->type));
		uint64_t size = type_size(b, params[i].type);

		if (kind == BTF_KIND_PTR && (to == BTF_KIND_STRUCT || to == BTF_KIND_UNION))
			ret->pointer_at = ret->pointer_at ? ret->pointer_at : i + 1;
		// A pointer to char is a string to the verifier, which it never minded.
		else if (kind == BTF_KIND_PTR && to == BTF_KIND_INT && type_size(b, t->type) > 1)
			ret->number_at = ret->number_at ? ret->number_at : i + 1;
		else if (kind == BTF_KIND_STRUCT && size && size <= 16)
			ret->struct_at = ret->struct_at ? ret->struct_at : i + 1;
		else if (kind != BTF_KIND_PTR && kind != BTF_KIND_INT && kind != BTF_KIND_ENUM) {
			ret->words = 0;
			return;
		}
		ret->words += kind == BTF_KIND_STRUCT ? (uint32_t)(size + 7) / 8 : 1;
	}
}

// The next traceable function after `id`; 0: none is left.
static uint32_t next_function(const struct btf *b, uint32_t id, struct shape_of *ret)
{
	while (++id < b->end) {
		if (btf_kind(btf_type(b, id)) != BTF_KIND_FUNC)
			continue;
		look(b, id, ret);
		if (ret->words)
			return id;
	}
	return 0;
}

// May a program be attached there for a moment? Not to what programs themselves need.
static bool safe(const struct btf *b, uint32_t id)
{
	struct ks_error ignored;

	return attach_allowed(btf_name(b, id), false, &ignored) == 0;
}

// --- the questions ---------------------------------------------------------------------------

// A function that an empty fentry program is taken for; 0: there is none. Where ftrace calls trampolines
// directly it takes what was loaded, which need not be tried: that costs as much as the trace's own.
static uint32_t target(struct features *f)
{
	bool direct = btf_find(f->btf, BTF_KIND_FUNC, "register_ftrace_direct", 0) != 0;

	for (size_t i = 0; !f->target && i < KNOWN; i++) {
		uint32_t id = btf_find(f->btf, BTF_KIND_FUNC, well_known[i], 0);
		struct attach_target t = fentry(id);

		if (id && takes_empty(&t, !direct))
			f->target = id;
	}
	return f->target;
}

static bool has_fentry(struct features *f)
{
	return target(f) != 0;
}

static bool has_module_btf(struct features *f)
{
	struct attach_target t = fentry(target(f));
	uint32_t module = btf_find(f->btf, BTF_KIND_STRUCT, "module", 0);
	struct bpf_insn insns[] = {isa_alu_imm(4, BPF_MOV, BPF_REG_0, 0), isa_exit()};
	struct type_member member;

	// Modules keep their BTF where the kernel was built to have it.
	if (!t.btf_id || !module || !type_member(f->btf, module, "btf_data", 8, &member))
		return false;
	t.module = "vmlinux"; // by the same way
	return takes(&t, insns, 2, false);
}

// Puts a kprobe somewhere, once, and looks at what holds it.
static void probe(struct features *f)
{
	struct bpf_insn insns[] = {isa_alu_imm(4, BPF_MOV, BPF_REG_0, 0), isa_exit()};
	struct program p = {.insns = insns, .count = 2};
	bool yes = false, link = false, skips = false;

	for (size_t i = 0; !yes && i < KNOWN; i++) {
		struct attach_target t = kprobe(well_known[i]);
		struct attachment a = {.prog_fd = -1, .link_fd = -1};
		struct bpf_link_info info = {0};
		uint32_t size = sizeof(info);

		yes = attach_try_load(&p, &t, no_maps, &a) == 0 && attach_try_link(&a, &t) == 0;
		link = yes && bpf_obj_get_info_by_fd(a.link_fd, &info, &size) == 0;
		skips = yes && attach_recursion(&a) >= 0;
		attach_close(&a);
	}
	f->known[FEATURE_KPROBE] = yes ? 1 : -1;
	f->known[FEATURE_PERF_LINK] = link ? 1 : -1;
	f->known[FEATURE_KPROBE_SKIPS] = skips ? 1 : -1;
}

static bool has_kprobe(struct features *f)
{
	probe(f);
	return f->known[FEATURE_KPROBE] > 0;
}

static bool has_perf_link(struct features *f)
{
	probe(f);
	return f->known[FEATURE_PERF_LINK] > 0;
}

static bool has_kprobe_skips(struct features *f)
{
	probe(f);
	return f->known[FEATURE_KPROBE_SKIPS] > 0;
}

static bool has_fentry_skips(struct features *f)
{
	struct attach_target t = fentry(target(f));

	return t.btf_id && tells_skips(&t);
}

static bool many(enum attach_kind kind)
{
	struct bpf_insn insns[] = {isa_alu_imm(4, BPF_MOV, BPF_REG_0, 0), isa_exit()};
	struct program p = {.insns = insns, .count = 2};
	struct attach_target t = {.kind = kind, .name = "ks_ask"};
	struct attachment a = {.prog_fd = -1, .link_fd = -1};
	bool yes = attach_try_load(&p, &t, no_maps, &a) == 0 && attach_knows_multi(&a, &t);

	attach_close(&a);
	return yes;
}

static bool has_kprobe_multi(struct features *f)
{
	(void)f;
	return many(ATTACH_MULTI);
}

static bool has_kprobe_session(struct features *f)
{
	(void)f;
	return many(ATTACH_SESSION);
}

static bool in_fentry(struct features *f, enum helper helper)
{
	struct attach_target t = fentry(target(f));

	return t.btf_id && takes_helper(&t, helper);
}

static bool has_task_btf(struct features *f)
{
	return in_fentry(f, HELPER_get_current_task_btf);
}

static bool has_func_arg(struct features *f)
{
	return in_fentry(f, HELPER_get_func_arg_cnt); // all of them came with it (f92c1e183604)
}

static bool in_both(struct features *f, enum helper helper)
{
	struct attach_target t = kprobe("");

	return in_fentry(f, helper) && takes_helper(&t, helper);
}

static bool has_func_ip(struct features *f)
{
	return in_both(f, HELPER_get_func_ip);
}

// The helper came with what it reads: for kprobes in v5.15 (7adfc6c9b315), for the rest later.
static bool has_cookie(struct features *f)
{
	return in_both(f, HELPER_get_attach_cookie);
}

// r = an argument's word.
static bool takes_word(uint32_t id, uint32_t word, bool link)
{
	struct attach_target t = fentry(id);
	struct bpf_insn insns[] = {isa_load(8, BPF_REG_2, BPF_REG_1, (int16_t)(8 * word)),
				   isa_alu_imm(4, BPF_MOV, BPF_REG_0, 0), isa_exit()};

	return takes(&t, insns, 3, link);
}

static bool has_any_pointer_arg(struct features *f)
{
	struct shape_of s;
	int tries = 0;

	for (uint32_t id = 0; tries < TRIES && (id = next_function(f->btf, id, &s));) {
		if (!s.number_at || s.struct_at || s.words > 6)
			continue;
		if (takes_word(id, s.number_at - 1, false))
			return true;
		tries++;
	}
	return false;
}

static bool has_struct_args(struct features *f)
{
	struct shape_of s;
	int tries = 0;

	for (uint32_t id = 0; tries < TRIES && (id = next_function(f->btf, id, &s));) {
		if (!s.struct_at || s.words > 6 || !safe(f->btf, id))
			continue;
		if (takes_word(id, s.struct_at - 1, true))
			return true;
		tries++;
	}
	return false;
}

static bool has_words_12(struct features *f)
{
	struct shape_of s;
	int tries = 0;

	for (uint32_t id = 0; tries < TRIES && (id = next_function(f->btf, id, &s));) {
		struct attach_target t = fentry(id);

		if (s.words <= 6 || s.words > 12 || s.struct_at || !safe(f->btf, id))
			continue;
		if (takes_empty(&t, true)) // loading is not enough: 6.1 says no when it is attached
			return true;
		tries++;
	}
	return false;
}

// The first number in a struct: where, and how many bytes. false: has none at hand.
static bool first_number(const struct btf *b, uint32_t id, int16_t *offset, int *size)
{
	const struct btf_type *t = btf_type(b, id);
	const struct btf_member *m = (const void *)(t + 1);

	for (uint32_t i = 0; i < btf_vlen(t); i++) {
		uint32_t bits = BTF_MEMBER_BIT_OFFSET(m[i].offset);

		if (btf_kind(type_peeled(b, m[i].type)) != BTF_KIND_INT ||
		    BTF_INFO_KFLAG(t->info) || bits % 8 || bits / 8 > 2048)
			continue;
		*offset = (int16_t)(bits / 8);
		*size = (int)type_size(b, m[i].type);
		return *size <= 8;
	}
	return false;
}

// Bytes of machine code of a program that loads a struct pointer and, with `loads` 1, what it
// points to; 0: the kernel did not take it.
static uint32_t jited(uint32_t id, uint32_t word, int16_t offset, int size, uint32_t loads)
{
	struct attach_target t = fentry(id);
	struct bpf_insn insns[] = {isa_load(8, BPF_REG_1, BPF_REG_1, (int16_t)(8 * word)),
				   isa_load(size, BPF_REG_2, BPF_REG_1, offset),
				   isa_alu_imm(4, BPF_MOV, BPF_REG_0, 0), isa_exit()};
	struct program p = {.insns = insns, .count = 3 + loads};
	struct attachment a = {.prog_fd = -1, .link_fd = -1};
	struct bpf_prog_info info = {0};
	uint32_t length = sizeof(info);

	if (!loads) {
		insns[1] = insns[2];
		insns[2] = insns[3];
	}
	if (attach_try_load(&p, &t, no_maps, &a) < 0 ||
	    bpf_obj_get_info_by_fd(a.prog_fd, &info, &length) < 0)
		info.jited_prog_len = 0;
	attach_close(&a);
	return info.jited_prog_len;
}

// A bare load is one instruction, at most 8 bytes; with the check of its address it is longer.
// x86 began to check between v5.10 and v6.1. arm64's hardware refuses user addresses: what that
// saves does not show here.
static bool has_checked_loads(struct features *f)
{
	struct shape_of s;
	int tries = 0;

	for (uint32_t id = 0; tries < TRIES && (id = next_function(f->btf, id, &s));) {
		const struct btf_type *proto = btf_type(f->btf, btf_type(f->btf, id)->type);
		const struct btf_param *params = (const void *)(proto + 1);
		uint32_t with, without, to;
		int16_t offset;
		int size;

		if (!s.pointer_at || s.struct_at || s.words > 6)
			continue;
		to = type_peel(f->btf, type_peeled(f->btf, params[s.pointer_at - 1].type)->type);
		if (!first_number(f->btf, to, &offset, &size))
			continue;
		tries++;
		without = jited(id, s.pointer_at - 1, offset, size, 0);
		with = without ? jited(id, s.pointer_at - 1, offset, size, 1) : 0;
		if (with)
			return with - without > 8;
	}
	return false;
}

static bool has_task_storage(struct features *f)
{
	struct bpfmap map = {.name = "ks_ask",
			     .type = BPF_MAP_TYPE_TASK_STORAGE,
			     .key_size = 4,
			     .value_size = 8,
			     .flags = BPF_F_NO_PREALLOC};
	struct bpf_insn insns[] = {
		isa_call(HELPER_get_current_task_btf),
		isa_alu(8, BPF_MOV, BPF_REG_2, BPF_REG_0),
		isa_imm64(BPF_REG_1, BPF_PSEUDO_MAP_FD, MAP_CELLS),
		isa(0, 0, 0, 0, 0),
		isa_alu_imm(4, BPF_MOV, BPF_REG_3, 0),
		isa_alu_imm(4, BPF_MOV, BPF_REG_4, BPF_LOCAL_STORAGE_GET_F_CREATE),
		isa_call(HELPER_task_storage_get),
		isa_alu_imm(4, BPF_MOV, BPF_REG_0, 0),
		isa_exit(),
	};
	struct program p = {.insns = insns, .count = sizeof(insns) / sizeof(*insns)};
	struct attach_target t = fentry(target(f));
	struct attachment a = {.prog_fd = -1, .link_fd = -1};
	int fds[MAP_OWN] = {-1, -1};
	struct ks_error ignored;
	bool yes = t.btf_id && bpfmap_open(&map, &ignored) == 0;

	if (yes) {
		fds[MAP_CELLS] = map.fd;
		yes = attach_try_load(&p, &t, fds, &a) == 0;
		attach_close(&a);
		bpfmap_close(&map);
	}
	return yes;
}

static bool has_ringbuf(struct features *f)
{
	KS_CLOSE int fd = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "ks_ask", 0, 0,
					 (uint32_t)sysconf(_SC_PAGESIZE), NULL);

	(void)f;
	return fd >= 0;
}

// Names that several functions of nearly every kernel have, each in a file of its own.
static bool has_symbol_count(struct features *f)
{
	static const char *const names[] = {"t_next", "c_start", "m_show"};

	(void)f;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (attach_symbols(names[i]) == 2)
			return true;
	return false;
}

// --- are returns lost? -----------------------------------------------------------------------

// What the programs count, in a map.
enum { COUNT_ENTRIES, COUNT_RETURNS, COUNTS };

static void *sleeper(void *deadline)
{
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, deadline, NULL);
	return NULL;
}

static int64_t until(const struct timespec *deadline)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (deadline->tv_sec - now.tv_sec) * 1000000000 + deadline->tv_nsec - now.tv_nsec;
}

// So many threads asleep at the same time, each once, undisturbed by signals. false: a busy machine
// did not get them all to sleep before the first ones woke up.
static bool sleep_together(int count, int milliseconds, const volatile uint64_t *counts)
{
	static pthread_t ids[MAX_SLEEP];
	uint64_t before = counts[COUNT_ENTRIES];
	struct timespec deadline;
	pthread_attr_t attr;
	sigset_t all, old;
	bool together = false;
	int made = 0;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 64 << 10);
	clock_gettime(CLOCK_MONOTONIC, &deadline);
	deadline.tv_nsec += milliseconds % 1000 * 1000000;
	deadline.tv_sec += milliseconds / 1000 + deadline.tv_nsec / 1000000000;
	deadline.tv_nsec %= 1000000000;
	while (made < count && pthread_create(&ids[made], &attr, sleeper, &deadline) == 0)
		made++;
	while (made == count && !together && until(&deadline) > 0) {
		together = counts[COUNT_ENTRIES] - before == (uint64_t)count;
		sched_yield();
	}
	together = together && until(&deadline) > 0;
	for (int i = 0; i < made; i++)
		pthread_join(ids[i], NULL);
	pthread_attr_destroy(&attr);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return together;
}

// A program that counts the calls of this process, or their returns.
static bool count_calls(enum attach_kind kind, int map, struct attachment *a)
{
	static const char *const func = "hrtimer_nanosleep"; // all that sleep pass through it
	int cell = kind == ATTACH_MULTI ? COUNT_ENTRIES : COUNT_RETURNS;
	struct attach_target t = {
		.kind = kind, .name = "ks_ask", .func = func, .symbols = &func, .count = 1};
	struct bpf_insn insns[] = {
		isa_call(HELPER_get_current_pid_tgid),
		isa_alu_imm(8, BPF_RSH, BPF_REG_0, 32),
		isa_branch_imm(4, BPF_JNE, BPF_REG_0, (int32_t)attach_own_pid(), 4),
		isa_imm64(BPF_REG_1, BPF_PSEUDO_MAP_VALUE, MAP_CELLS),
		isa(0, 0, 0, 0, 8 * cell),
		isa_alu_imm(4, BPF_MOV, BPF_REG_2, 1),
		isa_xadd(BPF_REG_1, 0, BPF_REG_2),
		isa_alu_imm(4, BPF_MOV, BPF_REG_0, 0),
		isa_exit(),
	};
	struct program p = {.insns = insns, .count = sizeof(insns) / sizeof(*insns)};
	const int fds[MAP_OWN] = {[MAP_RING] = -1, [MAP_CELLS] = map};

	return attach_try_load(&p, &t, fds, a) == 0 && attach_try_link(a, &t) == 0;
}

// Sleeps until it is known, each time longer.
static bool none_lost(int count, const volatile uint64_t *counts)
{
	for (int milliseconds = 40; milliseconds < 4000; milliseconds *= 3) {
		uint64_t before = counts[COUNT_RETURNS];

		if (sleep_together(count, milliseconds, counts))
			return counts[COUNT_RETURNS] - before == (uint64_t)count;
	}
	return false;
}

// Kernels that keep a pool for returns have two places for each possible CPU in it (rethook, before
// v6.14); what finds no place is lost. More threads than that sleep in one function.
static bool has_multi_return_exact(struct features *f)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_MMAPABLE);
	struct attachment entry = {.prog_fd = -1, .link_fd = -1}, back = entry;
	int count = 2 * cpus_possible() + 8;
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	bool exact = false;
	void *counts;
	KS_CLOSE int map = bpf_map_create(BPF_MAP_TYPE_ARRAY, "ks_ask", 4, 8 * COUNTS, 1, &opts);

	count = count < SLEEPERS ? SLEEPERS : count;
	if (map < 0 || count > MAX_SLEEP || !feature_has(f, FEATURE_KPROBE_MULTI))
		return false;
	counts = mmap(NULL, page, PROT_READ, MAP_SHARED, map, 0);
	if (counts == MAP_FAILED)
		return false;
	if (count_calls(ATTACH_MULTI, map, &entry) && count_calls(ATTACH_MULTI_RETURN, map, &back))
		exact = none_lost(count, counts);
	attach_close(&entry);
	attach_close(&back);
	munmap(counts, page);
	return exact;
}

// --- the answers -----------------------------------------------------------------------------

static const struct {
	const char *name;
	bool (*ask)(struct features *f);
} questions[] = {
	[FEATURE_FENTRY] = {"fentry", has_fentry},
	[FEATURE_MODULE_BTF] = {"module BTF", has_module_btf},
	[FEATURE_KPROBE] = {"kprobe", has_kprobe},
	[FEATURE_KPROBE_MULTI] = {"kprobe.multi", has_kprobe_multi},
	[FEATURE_MULTI_RETURN_EXACT] = {"exact kretprobe.multi", has_multi_return_exact},
	[FEATURE_KPROBE_SESSION] = {"kprobe.session", has_kprobe_session},
	[FEATURE_PERF_LINK] = {"perf link", has_perf_link},
	[FEATURE_COOKIE] = {"cookie", has_cookie},
	[FEATURE_TASK_BTF] = {"task BTF", has_task_btf},
	[FEATURE_FUNC_ARG] = {"function arguments", has_func_arg},
	[FEATURE_FUNC_IP] = {"function address", has_func_ip},
	[FEATURE_ANY_POINTER_ARG] = {"any pointer argument", has_any_pointer_arg},
	[FEATURE_STRUCT_ARGS] = {"struct arguments", has_struct_args},
	[FEATURE_WORDS_12] = {"12 words of arguments", has_words_12},
	[FEATURE_CHECKED_LOADS] = {"checked loads", has_checked_loads},
	[FEATURE_TASK_STORAGE] = {"task storage", has_task_storage},
	[FEATURE_RINGBUF] = {"ring buffer", has_ringbuf},
	[FEATURE_FENTRY_SKIPS] = {"skips of fentry", has_fentry_skips},
	[FEATURE_KPROBE_SKIPS] = {"skips of kprobes", has_kprobe_skips},
	[FEATURE_SYMBOL_COUNT] = {"symbols counted", has_symbol_count},
};

void feature_init(struct features *f, const struct btf *btf)
{
	*f = (struct features){.btf = btf};
}

bool feature_has(struct features *f, enum feature which)
{
	if (!f->known[which])
		f->known[which] = questions[which].ask(f) ? 1 : -1;
	return f->known[which] > 0;
}

const char *feature_name(enum feature which)
{
	return questions[which].name;
}
