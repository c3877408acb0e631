// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// A call: a probe at the return of functions that may ask what was at their entry, and how long ago
// that is. Then it has a program there, too, and one that hears of tasks that end in a call.
#include <linux/bpf.h>
#include <string.h>

#include "error.h"
#include "opening.h"
#include "resolve.h"

void call_scope(struct ks_variant *v, const char *why)
{
	v->open_scope = v->scope;
	v->open_scope.is_return = v->open_scope.has_retval = false;
	v->open_scope.is_open = true;
	v->opens[0] = &v->open_scope;
	v->scope.opens = v->opens;
	v->scope.open_count = 1;
	v->scope.no_open = why;
}

struct asked {
	struct ks_variant *variant;
	struct lower lower;
	struct ks_error *error;
};

static int ask_one(void *data, const struct node *n)
{
	struct asked *a = data;

	return stash_add(&a->variant->stash, &a->lower, n, a->error);
}

// What a variant's texts ask for of the beginning.
static int ask(struct ks_variant *v, struct ks_error *error)
{
	struct asked a = {.variant = v,
			  .lower = {.btf = v->scope.btf,
				    .scope = &v->scope,
				    .target = &v->probe->trace->target},
			  .error = error};

	if (variant_each_tree(v, ask_one, &a) < 0)
		return -1;
	v->stash.has_weight = v->probe->sampler.on;
	if (v->stash.wanted)
		stash_lay(&v->stash, FRAMES_HEAD);
	return 0;
}

// --- what is read too late --------------------------------------------------------------------

// Does the function, by its name, give up what it is called with?
static bool gives_up(const char *func)
{
	if (strstr(func, "free") || strstr(func, "release") || strstr(func, "destroy"))
		return true;
	// put_page, css_put, fput; not input, output
	for (const char *word = func; *word;) {
		size_t len = strcspn(word, "_");

		if (len >= 3 && len <= 5 && !memcmp(word + len - 3, "put", 3) &&
		    memcmp(word, "in", 2) != 0)
			return true;
		word += len;
		word += *word == '_';
	}
	return false;
}

// An argument that a pointer is or is made of; NULL: it has nothing of one.
static const struct node *argument_in(const struct node *n)
{
	const struct node *found = NULL;

	if (!n)
		return NULL;
	if (n->kind == N_ARG)
		return n->slot == ARG_RETVAL ? NULL : n;
	found = argument_in(n->a);
	return found ? found : argument_in(n->b);
}

// An argument through which a tree reads memory; NULL: none.
static const struct node *read_through(const struct node *n)
{
	const struct node *inner[] = {n->a, n->b, n->c}, *found = NULL;
	bool follows = n->kind == N_DEREF || (n->kind == N_MEMBER && n->arrow) ||
		       (n->kind == N_INDEX && n->a->type.kind == V_PTR) || n->kind == N_STR ||
		       n->kind == N_BYTES || n->kind == N_PATH;

	if (follows)
		found = argument_in(n->a);
	for (int i = 0; i < 3 && !found; i++)
		found = inner[i] ? read_through(inner[i]) : NULL;
	return found;
}

static bool warn(struct ks_variant *v, const struct node *n, const char *text)
{
	const char *func = v->probe->trace->points[v->first].func;
	const struct node *arg = n ? read_through(n) : NULL;

	if (!arg)
		return false;
	trace_note(v->probe->trace,
		   "'%s' is read when %s has ended, which may have given up what %s leads to: "
		   "entry(...) around it reads it before",
		   text, func, v->scope.args[arg->slot].name);
	return true;
}

// Says so of the first text that does.
static void warn_late(struct ks_variant *v)
{
	bool said = !gives_up(v->probe->trace->points[v->first].func);

	for (uint32_t i = 0; i < v->where_count && !said; i++)
		said = warn(v, v->wheres[i].node, v->wheres[i].text);
	for (uint32_t i = 0; i < v->layout.count && !said; i++)
		said = v->exprs[i] && warn(v, v->layout.values[i], v->exprs[i]);
}

// --- the programs besides the ends ------------------------------------------------------------

static int other(struct ks_probe *p, const struct ks_variant *like, enum attach_kind kind,
		 struct ks_variant **ret, struct ks_error *error)
{
	struct ks_variant *v = arena_alloc(&p->trace->keep, sizeof(*v));

	if (!v)
		return error_nomem(error);
	v->probe = p;
	v->kind = kind;
	v->module = like->module;
	v->btf_id = like->btf_id;
	v->words = like->words;
	v->first = like->first;
	v->scope = like->open_scope;
	v->attachment = (struct attachment){.prog_fd = -1, .link_fd = -1};
	v->recursion = -1;
	p->others[p->other_count++] = *ret = v;
	return 0;
}

// The tracepoint that every task passes once, when nothing of it runs any more.
int call_gone(struct ks_probe *p, struct ks_error *error)
{
	uint32_t id = btf_find(&p->trace->btf, BTF_KIND_TYPEDEF, "btf_trace_sched_process_free", 0);
	struct ks_variant *first = p->others[0];
	struct resolver r = {.trace = p->trace, .probe = p, .error = error};

	if (!id)
		return error_set(error, KS_EABSENT,
				 "this kernel has no tracepoint 'sched_process_free', which tells "
				 "of tasks that end in a call");
	if (other(p, first, ATTACH_TP_BTF, &p->gone, error) < 0)
		return -1;
	p->gone->module = NULL;
	p->gone->btf_id = id;
	p->gone->words = 1;
	p->gone->first = p->trace->point_count;
	return resolve_point(&r, p->gone, "sched_process_free", "sched_process_free");
}

static int too_large(struct ks_probe *p, uint32_t size, struct ks_error *error)
{
	const struct ks_variant *v = NULL;

	for (uint32_t i = 0; i < p->count; i++)
		if (!p->variants[i]->left_out && p->variants[i]->stash.size == p->frames.size)
			v = p->variants[i];
	error_set(error, KS_ELIMIT,
		  "what is kept of a call is %u bytes, and %u for those that a task can be "
		  "in at once; at most %d",
		  p->frames.size, size, FRAMES_VALUE);
	error_hint(error, p->at_entry ? "capture fewer or shorter values of the calls in within"
				      : "entry(x) or x|changes of fewer or shorter values");
	p->trace->refused_text = v ? variant_largest(v, &v->stash) : NULL;
	error->len = p->trace->refused_text ? (uint32_t)strlen(p->trace->refused_text) : 0;
	return -1;
}

// Where the slots of all functions lie.
static int maps(struct ks_probe *p, uint32_t points, struct ks_error *error)
{
	struct frames *f = &p->frames;
	uint32_t size, tasks;

	f->slots = points > 1 ? FRAMES_MANY : FRAMES_ONE;
	size = f->slots * f->size;
	if (size > FRAMES_VALUE)
		return too_large(p, size, error);
	f->counters = (int)(WIRE_LINE * (2 + p->counters));
	return trace_per_task(p->trace, "calls", "zeros", size, false, &f->tasks, &tasks, error);
}

int call_pair(struct ks_probe *p, struct ks_error *error)
{
	uint32_t wanted = 0, points = 0;

	for (uint32_t i = 0; i < p->count; i++) {
		const struct ks_variant *v = p->variants[i];

		if (v->left_out)
			continue;
		points += v->count;
		wanted += v->stash.wanted;
		if (v->stash.wanted && v->stash.size > p->frames.size)
			p->frames.size = v->stash.size;
	}
	if (!wanted)
		return 0;
	p->others = arena_alloc(&p->trace->keep, (wanted + 1) * sizeof(*p->others));
	if (!p->others)
		return error_nomem(error);
	for (uint32_t i = 0; i < p->count; i++) {
		struct ks_variant *v = p->variants[i];

		if (v->left_out || !v->stash.wanted)
			continue;
		if (other(p, v, ATTACH_FENTRY, &v->open, error) < 0)
			return -1;
		memcpy(v->open->wheres, v->wheres, sizeof(v->wheres));
		v->open->where_count = v->where_count;
	}
	p->paired = true;
	return call_gone(p, error) < 0 ? -1 : maps(p, points, error);
}

int call_prepare(struct ks_probe *p, struct ks_error *error)
{
	if (!p->is_call || p->prepared)
		return 0;
	for (uint32_t i = 0; i < p->count; i++) {
		struct ks_variant *v = p->variants[i];

		if (v->left_out)
			continue;
		if (ask(v, error) < 0)
			return -1;
		warn_late(v);
	}
	p->prepared = true;
	return call_pair(p, error);
}

static int finish(struct ks_variant *v, int shaped, struct ks_error *error)
{
	return shaped < 0 ? -1 : variant_finish(v, error);
}

static void begin(struct ks_variant *v)
{
	ir_init(&v->ir, &v->probe->trace->work);
	v->ir.maps = v->probe->trace->map_names;
}

int call_compile(struct ks_variant *v, const struct shape *end, struct ks_error *error)
{
	const struct opening opening = {.shape = end,
					.scope = &v->open_scope,
					.wheres = v->open->wheres,
					.where_count = v->open->where_count,
					.decides = v->probe->at_entry,
					.from.end = v->pairs_from.end,
					.words = v->words};
	struct ks_variant *gone = v->probe->gone;
	struct shape ended = *end; // a recorder has a program of its own where a task ends

	ended.keep = NULL;
	begin(v->open);
	if (finish(v->open, opening_shape(&v->open->ir, &opening, error), error) < 0)
		return -1;
	if (v->open != v->probe->others[0])
		return 0;
	begin(gone);
	return finish(gone, opening_gone(&gone->ir, &ended, error), error);
}
