// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "within.h"

#include <string.h>

#include "error.h"

// The next level out; NULL: there is none.
static struct within *around(const struct ks_probe *p)
{
	return p->within;
}

static const struct beginnings *begin_of(const struct within *w)
{
	return w ? &w->begin : NULL;
}

static int seal(struct within *w, struct ks_error *error)
{
	return beginnings_seal(&w->begin, begin_of(around(&w->calls)), error);
}

int within_know(const struct ks_probe *p, struct scope *scope, struct ks_error *error)
{
	const struct within *w = around(p);

	return w ? beginnings_know(&w->begin, &p->trace->work, scope, error) : 0;
}

// A level's texts mean what they do at the entry, and those of its calls' ends nothing.
static int at_entries(struct within *w, struct ks_error *error)
{
	struct ks_probe *p = &w->calls;

	for (uint32_t i = 0; i < p->count; i++) {
		struct ks_variant *v = p->variants[i];
		struct ks_error why = {0};

		if (v->scope.no_open) {
			error_set(&why, KS_EABSENT, "where calls of %s begin can't be seen: %s",
				  v->scope.name, v->scope.no_open);
			if (probe_leave_out(v, &why, error) < 0)
				return -1;
		}
		v->open_scope.is_open = false;
		v->open_scope.is_outer = true;
		v->open_scope.opens = NULL;
		v->open_scope.open_count = 0;
		v->scope = v->open_scope;
		if (within_know(p, &v->scope, error) < 0)
			return -1;
	}
	return 0;
}

struct ks_end *ks_within(struct ks_probe *p, const char *const *places, int count,
			 struct ks_error *error)
{
	struct ks_trace *t = p->trace;
	struct within *w = arena_alloc(&t->keep, sizeof(*w)), *outer = around(p);

	if (!w) {
		error_nomem(error);
		return NULL;
	}
	if (outer && seal(outer, error) < 0)
		return NULL;
	w->calls = (struct ks_probe){.trace = t,
				     .index = p->index,
				     .is_call = true,
				     .at_entry = true,
				     .no_record = true,
				     .params = p->params,
				     .file = p->file,
				     .line = p->line,
				     .within = outer};
	w->begin = (struct beginnings){.what = "calls", .probe = &w->calls};
	if (end_places(&w->end, &w->calls, places, count, error) < 0 || at_entries(w, error) < 0)
		return NULL;
	w->calls.place = w->calls.name = w->end.places;
	w->calls.counters = trace_lines(t, 2);
	p->within = w;
	return &w->end;
}

int within_reach(const struct ks_variant *v, struct ks_error *error)
{
	if (v->kind == ATTACH_PROFILE)
		return error_set(error, KS_ETYPE,
				 "%s interrupts what runs: it can't be said to lie in a call",
				 v->scope.name);
	if (v->kind != ATTACH_TP)
		return 0;
	error_set(error, KS_EABSENT,
		  "%s does not tell where on a stack it is: it can't be said to lie in a call",
		  v->scope.name);
	error_hint(error, "a tracepoint by BTF does: \"tp:name\"");
	return -1;
}

struct ks_probe *ks_within_calls(struct ks_probe *p)
{
	return within_calls(p);
}

int ks_within_ready(struct ks_probe *p, struct ks_error *error)
{
	struct within *w = around(p);

	if (!w)
		return 0;
	if (seal(w, error) < 0)
		return -1;
	for (uint32_t i = 0; i < p->count; i++) {
		struct ks_variant *v = p->variants[i];

		if (within_reach(v, error) < 0 || within_know(p, &v->scope, error) < 0 ||
		    (p->is_call && within_know(p, &v->open_scope, error) < 0))
			return -1;
	}
	return 0;
}

// What a level keeps: its captures, among which are those of the levels around it.
static int keep(struct within *w, struct ks_error *error)
{
	struct ks_probe *p = &w->calls;
	struct lower l = {.btf = p->variants[0]->scope.btf, .target = &p->trace->target};
	struct stash *s = &w->begin.stash;

	if (beginnings_keep(&w->begin, &l, error) < 0)
		return -1;
	s->wanted = true;
	p->frames.sealed = true;
	stash_lay(s, FRAMES_HEAD + FRAMES_SEAL);
	for (uint32_t i = 0; i < p->count; i++) {
		p->variants[i]->stash = *s;
		layout_init(&p->variants[i]->layout); // of no record
	}
	return 0;
}

int within_prepare(struct ks_probe *p, struct ks_error *error)
{
	for (struct within *w = around(p); w; w = around(&w->calls)) {
		struct ks_probe *calls = &w->calls;

		if (calls->prepared)
			continue;
		calls->prepared = true;
		if (keep(w, error) < 0 || call_pair(calls, error) < 0)
			return -1;
		for (uint32_t i = 0; i < calls->count; i++)
			calls->variants[i]->where_count = 0; // its entry's now
	}
	return 0;
}

void within_shape(const struct ks_probe *p, struct shape *shape)
{
	const struct within *w = around(p);

	if (!w)
		return;
	shape->inside = &w->calls.frames;
	shape->outer = &w->begin.stash;
}

int64_t within_unfollowed(const struct ks_probe *p)
{
	int64_t n = 0;

	for (const struct within *w = around(p); w; w = around(&w->calls)) {
		struct ks_counters c;

		ks_counters((struct ks_probe *)&w->calls, &c);
		n += c.full + c.unopened;
	}
	return n;
}
