// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Everything that runs together: opening, starting, reading and ending a trace.
#include "trace.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/membarrier.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "agg.h"
#include "cleanup.h"
#include "clock.h"
#include "cpus.h"
#include "error.h"
#include "own_types.h"
#include "recorder.h"
#include "span.h"
#include "type.h"
#include "within.h"

#define MAX_BUFFER     (1ull << 31)
#define DEFAULT_BUFFER (4u << 20)
#define DEFAULT_LINGER 10
#define HELD_MS	       1 // until a look whether what is held for the sake of its order can go
#define HELD_RINGS     4 // so many times the ring buffer's size of it, at most

int ks_abi(void)
{
	return KS_ABI;
}

uint64_t ks_now(void)
{
	return clock_ns(CLOCK_BOOTTIME);
}

// Both clocks can't be read at once: of a few tries the one that was least disturbed counts, and a
// machine that may never have been suspended was not.
uint64_t ks_suspended(void)
{
	uint64_t least = UINT64_MAX, best = 0;

	for (int i = 0; i < 5; i++) {
		uint64_t before = clock_ns(CLOCK_MONOTONIC), boot = clock_ns(CLOCK_BOOTTIME);
		uint64_t after = clock_ns(CLOCK_MONOTONIC);

		if (boot <= after)
			return 0;
		if (after - before < least) {
			least = after - before;
			best = boot - after + least / 2;
		}
	}
	return best;
}

// So many pages for each CPU, in one buffer, whose size is a power of two.
static int buffer_of_pages(struct ks_options *o, uint32_t page, struct ks_error *error)
{
	int cpus = cpus_possible();
	uint64_t bytes = (uint64_t)o->pages * page * (uint64_t)(cpus > 0 ? cpus : 1);
	uint64_t size = page;

	while (size < bytes && size <= MAX_BUFFER)
		size *= 2;
	if (size > MAX_BUFFER)
		return error_set(error, KS_ELIMIT, "a ring buffer of %llu bytes",
				 (unsigned long long)size);
	o->buffer = (uint32_t)size;
	return 0;
}

static int check_options(struct ks_options *o, struct ks_error *error)
{
	uint32_t page = (uint32_t)sysconf(_SC_PAGESIZE);

	if (o->pages && buffer_of_pages(o, page, error) < 0)
		return -1;
	if (!o->buffer)
		o->buffer = DEFAULT_BUFFER;
	if (!o->linger_ms)
		o->linger_ms = DEFAULT_LINGER;
	if (o->unbuffered)
		o->linger_ms = 0;
	if (o->buffer < page || (o->buffer & (o->buffer - 1))) {
		error_set(error, KS_ELIMIT, "a ring buffer of %u bytes", o->buffer);
		error_hint(error, "the size is a power of two, from %u bytes (one page) on", page);
		return -1;
	}
	return 0;
}

static int open_types(struct ks_trace *t, struct ks_error *error)
{
	struct btf_bytes own;

	if (!t->options.btf && own_types(&own))
		return btf_take(&t->btf, &own, NULL, error);
	return btf_open(&t->btf, t->btf_path, NULL, error);
}

struct ks_trace *ks_open(const struct ks_options *options, struct ks_error *error)
{
	struct ks_trace *t = calloc(1, sizeof(*t));
	struct utsname u;
	struct ks_error ignored;
	struct timespec tick;

	if (!t) {
		error_nomem(error);
		return NULL;
	}
	t->cells.fd = t->ring.fd = -1;
	wait_init(&t->wait);
	if (options)
		t->options = *options;
	t->last_note = &t->notes;
	t->glossary.arena = t->formats.arena = t->picks.arena = &t->keep;
	facts_init(&t->facts, t->options.btf, t->options.kallsyms, t->options.tracefs,
		   t->options.blacklist);
	if (uname(&u) == 0)
		snprintf(t->kernel, sizeof(t->kernel), "%s", u.release);
	snprintf(t->btf_path, sizeof(t->btf_path), "%s",
		 t->options.btf ? t->options.btf : VMLINUX_BTF);
	if (check_options(&t->options, error) < 0 || open_types(t, error) < 0) {
		if (error->kind == KS_EABSENT && !t->options.btf)
			error_hint(error, "the kernel must be built with CONFIG_DEBUG_INFO_BTF; "
					  "--btf FILE reads another's");
		ks_close(t);
		return NULL;
	}
	if (t->options.sort && reorder_init(&t->reorder, &t->ring, &t->cells,
					    HELD_RINGS * (size_t)t->options.buffer, error) < 0) {
		ks_close(t);
		return NULL;
	}
	// Coarse clocks go on with the tick (clock_getres(2); KTIME_LOW_RES in linux/hrtimer_defs.h).
	if (!t->options.btf && clock_getres(CLOCK_MONOTONIC_COARSE, &tick) == 0)
		t->tick_ns = (uint64_t)tick.tv_nsec;
	trace_make_plans(t, &t->plans, &t->btf);
	cgroups_init(&t->cgroups, NULL);
	t->names = (struct backtrace_names){.user = userfiles_name, .data = &t->users};
	feature_init(&t->features, &t->btf);
	// Where nothing will be loaded, the best is assumed.
	t->assumes = t->options.btf || t->options.kallsyms || t->options.tracefs ||
		     ks_privileges(&ignored) < 0;
	if (t->assumes)
		memset(t->features.known, 1, sizeof(t->features.known));
	t->arch = t->options.btf ? arch_of_btf(&t->btf) : arch_here();
	if (!t->arch)
		t->arch = arch_here(); // a file of types without registers: a test's
	libbpf_set_print(NULL);	       // errors are values here
	return t;
}

void ks_close(struct ks_trace *t)
{
	if (!t)
		return;
	governor_stop(&t->governor);
	attaching_end(t);
	reorder_fini(&t->reorder);
	cells_close(&t->cells);
	ring_close(&t->ring);
	for (struct ks_agg *a = t->aggs; a; a = a->next)
		agg_fini(a);
	for (uint32_t i = 0; i < t->map_count; i++)
		bpfmap_close(&t->maps[i]);
	wait_fini(&t->wait);
	cgroups_fini(&t->cgroups);
	userfiles_fini(&t->users);
	for (uint32_t i = 0; i < t->module_count; i++) {
		plans_fini(&t->modules[i]->plans);
		btf_fini(&t->modules[i]->btf);
	}
	plans_fini(&t->plans);
	btf_fini(&t->btf);
	free(t->points);
	facts_fini(&t->facts);
	arena_fini(&t->work);
	arena_fini(&t->keep);
	free(t);
}

const struct ks_variant *trace_variant(const struct ks_trace *t, const struct ks_record *r)
{
	return t->points[r->point].variant;
}

void trace_make_plans(const struct ks_trace *t, struct plans *plans, const struct btf *btf)
{
	plans_init(plans, btf);
	plans->tick_ns = t->tick_ns;
	plans->formats = &t->formats;
}

struct plans *trace_plans(struct ks_trace *t, const struct btf *btf)
{
	struct plans *plans = btf == &t->btf ? &t->plans : NULL;

	for (uint32_t i = 0; !plans && i < t->module_count; i++)
		if (btf == &t->modules[i]->btf)
			plans = &t->modules[i]->plans;
	return plans;
}

struct format trace_format(const struct ks_trace *t, const struct ks_record *r)
{
	const struct point *p = &t->points[r->point];

	return (struct format){.btf = p->variant->scope.btf,
			       .layout = &p->variant->layout,
			       .glossary = &p->variant->probe->trace->glossary,
			       .place = p->variant->probe->name,
			       .func_of = ks_point_func,
			       .trace = t,
			       .symbols = t->symbols,
			       .cgroups = &p->variant->probe->trace->cgroups,
			       .names = &t->names,
			       .start = t->start,
			       .start_wall = t->start_wall};
}

void trace_note(struct ks_trace *t, const char *format, ...)
{
	struct note *n = arena_alloc(&t->keep, sizeof(*n));
	char text[400];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (!n || !(n->text = arena_copy(&t->keep, text, strlen(text))))
		return;
	*t->last_note = n;
	t->last_note = &n->next;
}

const char *ks_note(struct ks_trace *t)
{
	struct note *n = t->notes;

	if (!n)
		return NULL;
	t->notes = n->next;
	if (!t->notes)
		t->last_note = &t->notes;
	return n->text;
}

// Programs for several points that came out the same need only be loaded once. own: those so far that do
// not serve others, the newest first.
static void find_same(struct ks_variant *v, struct ks_variant *own)
{
	for (struct ks_variant *o = own; o; o = o->own) {
		if (o->kind != v->kind || o->program.count != v->program.count ||
		    memcmp(o->program.insns, v->program.insns,
			   v->program.count * sizeof(*v->program.insns)) != 0)
			continue;
		v->same = o;
		return;
	}
}

// A program that is only to be loaded, and made of nothing that another one needs, leaves the arena as it
// was before it; one that another serves leaves nothing at all.
static int pack(struct ks_variant *v, struct arena_mark before, struct ks_error *error)
{
	const struct ks_probe *p = v->probe;
	struct arena *work = &p->trace->work;
	bool is_plain = !p->within && !p->span && !p->is_call && !p->recorder && !v->open;

	if (!p->trace->attaches || !is_plain)
		return 0;
	v->ir = (struct ir){.cost = v->ir.cost};
	v->compiled = false;
	if (!v->same)
		return encode_pack(&v->program, work, before) < 0 ? error_nomem(error) : 0;
	arena_back(work, before);
	v->program = (struct program){0};
	return 0;
}

static int compile(struct ks_probe *p, struct ks_error *error)
{
	struct arena *work = &p->trace->work;
	struct ks_variant *own = NULL;

	for (uint32_t i = 0; i < p->count; i++) {
		struct arena_mark before = arena_mark(work);
		struct ks_variant *v = p->variants[i];

		if (v->left_out)
			continue;
		if (recorder_size(v) + 8 > p->trace->options.buffer) {
			error_set(error, KS_ELIMIT, "%s of %u bytes, and a ring buffer of %u",
				  p->recorder ? "kept records" : "a record", recorder_size(v),
				  p->trace->options.buffer);
			error_hint(error, "--buffer makes it larger");
			return -1;
		}
		if (variant_compile(v, error) < 0)
			return -1;
		v->same = NULL;
		if (attach_is_multi(v->kind))
			find_same(v, own);
		if (pack(v, before, error) < 0)
			return -1;
		if (!v->same) {
			v->own = own;
			own = v;
		}
	}
	if (p->span && p->gone && variant_compile(p->gone, error) < 0)
		return -1;
	if (recorder_compile(p, error) < 0)
		return -1;
	return p->span ? compile(&p->span->opens, error) : 0;
}

// Where a kprobe's program finds arguments. A kernel without these members has no kprobes.
static int registers(struct ks_trace *t, struct ks_error *error)
{
	const struct arch *a = t->arch;
	struct lower_target *g = &t->target;

	if (!a)
		return error_set(error, KS_EABSENT,
				 "ksnoop knows the registers of x86-64 and arm64, not of this "
				 "machine");
	g->stack_skip = a->stack;
	g->arg_reg_count = a->arg_count;
	for (uint32_t i = 0; i < a->arg_count; i++)
		arch_reg_offset(&t->btf, &a->args[i], &g->arg_regs[i]);
	for (uint32_t i = 0; i < 6; i++)
		arch_reg_offset(&t->btf, &a->syscall_args[i], &g->syscall_regs[i]);
	arch_reg_offset(&t->btf, &a->sp, &g->stack_reg);
	arch_reg_offset(&t->btf, &a->retval, &g->retval_reg);
	return 0;
}

// What generated code may use here. Of another kernel's types all of it is assumed.
static int find_target(struct ks_trace *t, struct ks_error *error)
{
	struct lower_target *g = &t->target;
	struct type_member comm = {0};
	uint32_t task;

	g->helper_reads = t->options.helper_reads;
	g->checked_loads = feature_has(&t->features, FEATURE_CHECKED_LOADS);
	g->any_pointer = feature_has(&t->features, FEATURE_ANY_POINTER_ARG);
	task = btf_find(&t->btf, BTF_KIND_STRUCT, "task_struct", 0);
	g->task_btf = task && type_member(&t->btf, task, "comm", 4, &comm) &&
		      type_size(&t->btf, comm.type) == 16 &&
		      feature_has(&t->features, FEATURE_TASK_BTF);
	g->comm = comm.bit_offset / 8;
	return registers(t, error);
}

// Where the function of one program lies.
static uint64_t address_of(struct ks_trace *t, const struct ks_variant *v, const struct ksyms *all)
{
	const char *name = t->points[v->first].symbol;
	const struct ksym *s;

	for (uint32_t i = 0; (s = ksyms_find(all, name, i)); i++)
		if (!strcmp(ksyms_module(all, s), v->module ? v->module->name : ""))
			return s->address;
	return 0;
}

// One program for many functions is at none of them, and so is one at an event.
static int know_address(struct ks_trace *t, struct ks_variant *v, const struct ksyms *all,
			struct ks_error *error)
{
	bool has_one = v->kind == ATTACH_FENTRY || v->kind == ATTACH_FEXIT ||
		       v->kind == ATTACH_KPROBE || v->kind == ATTACH_KRETPROBE;

	if (v->left_out || !has_one)
		return 0;
	v->scope.address = v->open_scope.address = all ? address_of(t, v, all) : 0;
	if (v->scope.address || t->assumes || !t->asked.caller ||
	    v->scope.context != CONTEXT_TRACING)
		return 0;
	error_set(error, KS_EABSENT, "caller needs the address of %s, which /proc/kallsyms hides",
		  t->points[v->first].symbol);
	error_hint(error, "it shows addresses where the sysctl kernel.kptr_restrict is not 2");
	return -1;
}

// What changes the code at a function's entry takes two kinds of it, old and new, since it may also be a
// jump to the trampoline.
static void know_trampolines(struct ks_trace *t, const struct ksyms *all)
{
	uint32_t id = btf_find(&t->btf, BTF_KIND_FUNC, "bpf_arch_text_poke", 0);
	const struct btf_type *poke = id ? btf_type(&t->btf, id) : NULL;
	const struct ksym *s;

	t->target.trampoline_jumps = poke && btf_vlen(btf_type(&t->btf, poke->type)) > 4;
	t->target.trampoline_count = 0;
	for (uint32_t i = 0; all && i < KSYMS_TRAMPOLINES; i++)
		if ((s = ksyms_symbol(all, ksyms_trampoline[i])))
			t->target.trampolines[t->target.trampoline_count++] = s->address;
}

static int know_addresses_of(struct ks_trace *t, const struct ks_probe *p, const struct ksyms *all,
			     struct ks_error *error)
{
	for (uint32_t i = 0; i < p->count; i++)
		if (know_address(t, p->variants[i], all, error) < 0)
			return -1;
	return 0;
}

// What programs have to know of addresses, if expressions ask for who called.
static int know_addresses(struct ks_trace *t, struct ks_error *error)
{
	struct ks_error ignored;
	const struct ksyms *all;

	if (!t->asked.caller && !t->asked.stack)
		return 0;
	all = facts_symbols(&t->facts, &ignored);
	if (all && all->hidden)
		all = NULL;
	know_trampolines(t, all);
	for (uint32_t i = 0; i < t->count; i++) {
		const struct ks_probe *p = t->probes[i];

		if (p->span && know_addresses_of(t, &p->span->opens, all, error) < 0)
			return -1;
		for (; p; p = within_calls(p))
			if (know_addresses_of(t, p, all, error) < 0)
				return -1;
	}
	return 0;
}

static int prepare(struct ks_trace *t, struct ks_probe **at, struct ks_error *error)
{
	for (uint32_t i = 0; i < t->count; i++) {
		*at = t->probes[i];
		if (within_prepare(t->probes[i], error) < 0 ||
		    call_prepare(t->probes[i], error) < 0 ||
		    span_prepare(t->probes[i], error) < 0 ||
		    recorder_prepare(t->probes[i], error) < 0)
			return -1;
	}
	return 0;
}

int ks_compile(struct ks_trace *t, struct ks_probe **at, struct ks_error *error)
{
	if (prepare(t, at, error) < 0 || cells_geometry(t->lines, &t->geometry, error) < 0 ||
	    find_target(t, error) < 0 || know_addresses(t, error) < 0)
		return -1;
	if (!t->own_pid && !t->options.self)
		t->own_pid = (uint32_t)getpid(); // for --dump; ks_start asks the kernel
	for (uint32_t i = 0; i < t->count; i++) {
		*at = t->probes[i];
		for (struct ks_probe *p = *at; p; p = within_calls(p))
			if (compile(p, error) < 0)
				return -1;
	}
	return 0;
}

uint32_t trace_lines(struct ks_trace *t, uint32_t count)
{
	t->lines += count;
	return t->lines - count;
}

int trace_map(struct ks_trace *t, const struct bpfmap *wanted, struct ks_error *error)
{
	struct bpfmap *m = &t->maps[t->map_count];

	if (t->map_count == MAX_MAPS)
		return error_set(error, KS_ELIMIT, "more than %d maps", MAX_MAPS);
	*m = *wanted;
	m->fd = -1;
	m->name = arena_copy(&t->keep, wanted->name, strlen(wanted->name));
	if (!m->name)
		return error_nomem(error);
	t->map_names[t->map_count] = m->name;
	return MAP_OWN + (int)t->map_count++;
}

void trace_map_fds(const struct ks_trace *t, int *fds)
{
	fds[MAP_RING] = t->ring.fd;
	fds[MAP_CELLS] = t->cells.fd;
	for (uint32_t i = 0; i < t->map_count; i++)
		fds[MAP_OWN + i] = t->maps[i].fd;
}

int trace_maps(struct ks_trace *t, struct ks_error *error)
{
	if (t->has_maps)
		return 0;
	if (ks_privileges(error) < 0)
		return -1;
	if (t->options.btf) {
		error_set(error, KS_EABSENT,
			  "with --btf nothing is loaded: the types are another kernel's");
		return -1;
	}
	if (cells_geometry(t->lines, &t->geometry, error) < 0 ||
	    cells_open(&t->cells, &t->geometry, error) < 0 ||
	    ring_open(&t->ring, t->options.buffer, error) < 0)
		return -1;
	for (const struct ks_agg *a = t->aggs; a; a = a->next)
		agg_bound(a);
	for (uint32_t i = 0; i < t->map_count; i++)
		if (bpfmap_open(&t->maps[i], error) < 0)
			return -1;
	if (!t->options.self)
		t->own_pid = attach_own_pid();
	for (uint32_t i = 0; i < t->count; i++)
		if (t->probes[i]->sampler.on)
			cells_seed(&t->cells, (uint32_t)t->probes[i]->sampler.line / WIRE_LINE - 1,
				   SAMPLER_STATE);
	t->has_maps = true;
	return 0;
}

void trace_symbols(struct ks_trace *t)
{
	struct ks_error ignored;

	if (t->wants_symbols && !t->symbols)
		t->names.symbols = t->symbols = facts_symbols(&t->facts, &ignored);
}

// Calls that hits must lie in are followed also while what counts these hits is paused.
static void switch_all(struct ks_trace *t, bool on)
{
	for (uint32_t i = 0; i < t->count; i++) {
		struct ks_probe *p = t->probes[i];

		for (struct ks_probe *calls = within_calls(p); calls; calls = within_calls(calls))
			cells_switch(&t->cells, calls->counters, on);
		cells_switch(&t->cells, p->counters, on && !p->paused);
	}
}

// From the texts to programs that can be loaded.
static int begin(struct ks_trace *t, struct ks_probe **at, struct ks_error *error)
{
	*at = NULL;
	tzset(); // reads /etc/localtime: not while the probes are on
	if (wait_signals(&t->wait, error) < 0 || prepare(t, at, error) < 0)
		return -1;
	*at = NULL;
	t->attaches = true;
	if (trace_maps(t, error) < 0 || ks_compile(t, at, error) < 0)
		return -1;
	trace_symbols(t);
	attaching_begin(t);
	return 0;
}

static void go(struct ks_trace *t)
{
	arena_fini(&t->work);
	for (uint32_t i = 0; i < t->count; i++)
		for (uint32_t k = 0; k < t->probes[i]->count; k++)
			t->probes[i]->variants[k]->compiled = false; // what --dump shows is gone
	t->start = ks_now();
	t->start_wall = clock_ns(CLOCK_REALTIME);
	t->started = true;
	switch_all(t, true);
	wait_release(&t->wait);
}

int ks_attach(struct ks_trace *t, struct ks_probe **at, struct ks_error *error)
{
	bool fresh = !t->attaching.total;
	int r;

	if (fresh && begin(t, at, error) < 0)
		return -1;
	// What many programs will cost can be said before any is there.
	if (fresh)
		return 1;
	r = attaching_step(t, at, error);
	if (r == 0 && trace_watch(t, error) < 0)
		r = -1;
	if (r < 0)
		attaching_undo(t);
	if (r == 0)
		go(t);
	return r;
}

int ks_start(struct ks_trace *t, struct ks_probe **at, struct ks_error *error)
{
	int r;

	while ((r = ks_attach(t, at, error)) > 0)
		;
	return r;
}

uint32_t ks_attached(const struct ks_trace *t, uint32_t *total, uint32_t *alone)
{
	*total = t->attaching.total;
	*alone = t->attaching.alone;
	return t->attaching.done;
}

int ks_spawn(struct ks_trace *t, const char *command, struct ks_error *error)
{
	t->users.command = arena_copy(&t->keep, command, strlen(command));
	return wait_spawn(&t->wait, command, error);
}

int ks_child_status(const struct ks_trace *t)
{
	return t->wait.child_status;
}

int ks_wait(struct ks_trace *t, int timeout_ms, struct ks_error *error)
{
	if (reorder_holds(&t->reorder) && (timeout_ms < 0 || timeout_ms > HELD_MS))
		timeout_ms = HELD_MS;
	return wait_for(&t->wait, &t->ring, timeout_ms, (int)t->options.linger_ms, error);
}

int ks_signal(struct ks_trace *t)
{
	int number = t->wait.signal;

	t->wait.signal = 0;
	return number;
}

static const struct ks_record *next_record(struct ks_trace *t)
{
	const struct ks_record *r;
	uint32_t size;

	if (t->options.sort)
		return reorder_next(&t->reorder);
	while ((r = ring_next(&t->ring, &size)) && size < sizeof(*r))
		; // no program of ours writes such
	return r;
}

static void note_order(struct ks_trace *t, uint64_t time)
{
	if (time >= t->latest) {
		t->latest = time;
		return;
	}
	t->late++;
	if (t->latest - time > t->late_by)
		t->late_by = t->latest - time;
}

const struct ks_record *ks_next(struct ks_trace *t)
{
	struct ks_limits *limits = ks_limits();
	const struct ks_record *r;
	struct ks_probe *p;

	while (!(r = recorder_next(t))) {
		r = next_record(t);
		if (!r)
			return NULL;
		if (r->point >= t->point_count)
			continue; // no program of ours writes such
		note_order(t, r->time);
		if (!recorder_unroll(t, r))
			break;
	}
	p = t->points[r->point].variant->probe;
	p->delivered++;
	limits->caller = p->name;
	limits->turn++;
	return r;
}

int64_t ks_late(const struct ks_trace *t, uint64_t *by)
{
	*by = t->late_by;
	return t->late;
}

int ks_stop(struct ks_trace *t, struct ks_error *error)
{
	if (!t->started || t->stopped)
		return 0;
	t->stopped = true;
	switch_all(t, false);
	governor_stop(&t->governor); // after that: a thread that ends would be a hit of some probes
	// A grace period: no program runs any more that saw its probe on.
	reorder_over(&t->reorder);
	if (syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0) < 0)
		return error_os(error, KS_EOS, errno, "can't wait for the programs to end");
	return 0;
}

uint64_t ks_start_time(const struct ks_trace *t)
{
	return t->start;
}

uint64_t ks_start_wall(const struct ks_trace *t)
{
	return t->start_wall;
}

const struct ks_variant *ks_record_variant(const struct ks_trace *t, const struct ks_record *r)
{
	return trace_variant(t, r);
}

struct ks_probe *ks_record_probe(const struct ks_trace *t, const struct ks_record *r)
{
	return trace_variant(t, r)->probe;
}

const char *ks_refused_text(const struct ks_trace *t)
{
	return t->refused_text;
}

const char *ks_point_func(const struct ks_trace *t, uint32_t point)
{
	return point < t->point_count ? t->points[point].func : NULL;
}

const char *ks_kernel(const struct ks_trace *t)
{
	return t->kernel;
}
