// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "attaching.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "error.h"
#include "span.h"
#include "trace.h"

#define SLICE 50000000 // ns of a step
#define MANY  16       // links that nobody waits for
#define FEW   6	       // links for which the kernel rather looks through its symbols itself

static bool is_alone(const struct ks_variant *v)
{
	return v->kind == ATTACH_FENTRY || v->kind == ATTACH_FEXIT || v->kind == ATTACH_KPROBE ||
	       v->kind == ATTACH_KRETPROBE;
}

// Where a function is that no other of the kernel, or of its module, has the name of. 0: not known.
static uint64_t address_of(const struct ksyms *k, const struct ks_variant *v, const char *name)
{
	const char *module = v->module ? v->module->name : "";
	const struct ksym *s;
	uint64_t found = 0;

	for (uint32_t i = 0; (s = ksyms_find(k, name, i)); i++) {
		if (strcmp(ksyms_module(k, s), module) != 0)
			continue;
		if (found)
			return 0;
		found = s->address;
	}
	return found;
}

// The addresses of a target's functions. NULL: they are not all known, and names say where.
static const uint64_t *addresses_of(struct ks_trace *t, const struct attach_target *target)
{
	struct ks_error ignored;
	const struct ksyms *k = facts_symbols(&t->facts, &ignored);
	uint64_t *list;

	if (!k || k->hidden)
		return NULL;
	list = arena_alloc(&t->work, target->count * sizeof(*list));
	for (uint32_t i = 0; list && i < target->count; i++) {
		list[i] = address_of(k, t->points[target->cookies[i]].variant, target->symbols[i]);
		if (!list[i])
			return NULL;
	}
	return list;
}

// The functions that one program serves: by name and cookie, its own and those of its like. The kernel
// goes through all its symbols to find names, once for each link.
static int multi_target(struct ks_trace *t, const struct ks_variant *v,
			struct attach_target *target, struct ks_error *error)
{
	const struct ks_probe *p = v->probe;
	const char **symbols;
	uint64_t *cookies;
	uint32_t n = 0, room = 0;

	for (uint32_t i = v->index; i < p->count; i++)
		if (p->variants[i] == v || p->variants[i]->same == v)
			room += p->variants[i]->count;
	symbols = arena_alloc(&t->work, room * sizeof(*symbols));
	cookies = arena_alloc(&t->work, room * sizeof(*cookies));
	if (!symbols || !cookies)
		return error_nomem(error);
	for (uint32_t i = v->index; i < p->count; i++) {
		const struct ks_variant *o = p->variants[i];

		for (uint32_t k = 0; (o == v || o->same == v) && k < o->count; k++) {
			symbols[n] = t->points[o->first + k].symbol;
			cookies[n++] = o->first + k;
		}
	}
	target->symbols = symbols;
	target->cookies = cookies;
	target->count = n;
	if (t->attaching.multi > FEW)
		target->addresses = addresses_of(t, target);
	return 0;
}

// Which part of the script did the verifier not take?
static void blame(struct ks_trace *t, const struct ks_variant *v,
		  const struct attach_rejection *why, struct ks_error *error)
{
	if (why->insn >= 0)
		t->refused_text = variant_source(v, (uint32_t)why->insn, &error->pos, &error->len);
}

static int link_one(struct ks_trace *t, struct ks_variant *v, struct ks_error *error)
{
	char name[16];
	struct attach_target target = variant_target(v, name);

	if (attach_is_multi(v->kind) && multi_target(t, v, &target, error) < 0)
		return -1;
	return attach_link(&v->attachment, &target, error);
}

// When the k-th program of a probe is attached, of 0 to 2.
static int link_turn(const struct ks_probe *p, uint32_t k)
{
	if (k < p->count)
		return 1;
	return p->span ? span_turn(program_of(p, k)) : 2;
}

void attaching_begin(struct ks_trace *t)
{
	struct ks_variant *v;

	t->attaching = (struct attaching){0};
	EACH_PROGRAM (t, v, w) {
		t->attaching.total += 2;
		t->attaching.alone += is_alone(v);
		t->attaching.multi += attach_is_multi(v->kind);
	}
}

static int load_one(struct ks_trace *t, struct ks_variant *v, struct ks_error *error)
{
	int fds[MAP_OWN + MAX_MAPS];
	char name[16];
	struct attach_target target = variant_target(v, name);
	struct attach_rejection why = {.insn = -1};
	struct program_lines lines;

	trace_map_fds(t, fds);
	if (variant_lines(v, &lines) < 0)
		return error_nomem(error);
	target.lines = &lines;
	target.rejection = &why;
	if (attach_load(&v->program, &target, fds, NULL, 0, &v->attachment, error) < 0) {
		blame(t, v, &why, error);
		return -1;
	}
	return 0;
}

// The next program's turn: 1, 0 when there is none, -1.
static int advance(struct ks_trace *t, struct ks_probe **at, struct ks_error *error)
{
	struct attaching *a = &t->attaching;
	struct ks_variant *v = programs_next(t, &a->walk);

	if (!v && a->loaded && a->turn == 2)
		return 0;
	if (!v) {
		a->turn += a->loaded;
		a->loaded = true;
		a->walk = (struct programs){0};
		return 1;
	}
	*at = a->walk.owner;
	// Every program that is put on a function makes the kernel forget returns of calls that are on
	// their way: ends are there before beginnings.
	if (a->loaded && a->turn != link_turn(a->walk.at, a->walk.program - 1))
		return 1;
	if ((a->loaded ? link_one : load_one)(t, v, error) < 0)
		return -1;
	a->done++;
	return 1;
}

int attaching_step(struct ks_trace *t, struct ks_probe **at, struct ks_error *error)
{
	uint64_t until = ks_now() + SLICE;
	int r;

	do {
		if (wait_interrupted()) {
			*at = NULL;
			return error_set(error, KS_EENDED,
					 "a signal came before all probes were on: nothing was "
					 "traced");
		}
		r = advance(t, at, error);
	} while (r > 0 && ks_now() < until);
	return r;
}

// All descriptors but these, which rise.
static void close_others(const int *kept, uint32_t n)
{
	unsigned from = 0;

	for (uint32_t i = 0; i < n; i++) {
		if ((unsigned)kept[i] > from)
			syscall(SYS_close_range, from, kept[i] - 1, 0);
		from = (unsigned)kept[i] + 1;
	}
	syscall(SYS_close_range, from, ~0u, 0);
}

static int ascending(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

// A process, nobody's child, that has nothing but these descriptors. It ends when it alone has them:
// who closes a link last waits for the kernel. gate: a pipe's end that reads, one of them.
static void leave_to_another(int *kept, uint32_t n, int gate)
{
	pid_t child = fork();
	char byte;

	if (child > 0)
		waitpid(child, NULL, 0);
	if (child != 0)
		return;
	if (fork() != 0)
		_exit(0);
	setsid();
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	close_others(kept, n);
	while (read(gate, &byte, 1) < 0 && errno == EINTR)
		;
	_exit(0);
}

void attaching_undo(struct ks_trace *t)
{
	struct ks_variant *v;
	uint32_t n = 0;
	int *kept = malloc((t->attaching.total + 1) * sizeof(*kept)), gate[2] = {-1, -1};

	EACH_PROGRAM (t, v, w) {
		if (kept && v->attachment.link_fd >= 0)
			kept[n++] = v->attachment.link_fd;
	}
	if (n > MANY && pipe2(gate, O_CLOEXEC) == 0) {
		kept[n++] = gate[0];
		qsort(kept, n, sizeof(*kept), ascending);
		leave_to_another(kept, n, gate[0]);
	}
	free(kept);
	EACH_PROGRAM (t, v, w)
		attach_close(&v->attachment);
	cleanup_close(&gate[0]);
	cleanup_close(&gate[1]);
}

void attaching_end(struct ks_trace *t)
{
	struct ks_variant *v;

	EACH_PROGRAM (t, v, w) {
		if (v->attachment.prog_fd >= 0)
			v->recursion = attach_recursion(&v->attachment);
		attach_close(&v->attachment);
	}
}
