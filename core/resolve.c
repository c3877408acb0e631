// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "resolve.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"

int resolve_point(struct resolver *r, struct ks_variant *v, const char *func, const char *symbol)
{
	struct ks_trace *t = r->trace;

	if (t->point_count == MAX_POINTS)
		return error_set(r->error, KS_ELIMIT, "more than %d functions", MAX_POINTS);
	if (t->point_count == t->point_room) {
		uint32_t room = t->point_room ? t->point_room * 2 : 16;
		struct point *more = realloc(t->points, room * sizeof(*more));

		if (!more)
			return error_nomem(r->error);
		t->points = more;
		t->point_room = room;
	}
	t->points[t->point_count] = (struct point){.variant = v, .func = func, .symbol = symbol};
	t->point_count++;
	v->count++;
	return 0;
}

struct ks_variant *resolve_variant(struct resolver *r, enum attach_kind kind,
				   const struct module *module)
{
	struct ks_probe *p = r->probe;
	struct ks_variant *v = arena_alloc(&r->trace->keep, sizeof(*v));

	if (p->count == p->room) {
		uint32_t room = p->room ? p->room * 2 : 4;
		struct ks_variant **more = arena_alloc(&r->trace->keep, room * sizeof(*more));

		if (!more)
			v = NULL;
		else if (p->count)
			memcpy(more, p->variants, p->count * sizeof(*more));
		p->variants = more;
		p->room = room;
	}
	if (!v) {
		error_nomem(r->error);
		return NULL;
	}
	v->probe = p;
	v->index = p->count;
	v->kind = kind;
	v->module = module;
	v->first = r->trace->point_count;
	v->attachment = (struct attachment){.prog_fd = -1, .link_fd = -1};
	v->recursion = -1;
	layout_init(&v->layout);
	p->variants[p->count++] = v;
	return v;
}

int resolve_symbol(struct resolver *r, const char *symbol, const char *func, const char *why)
{
	enum attach_kind kind = r->at->is_return ? ATTACH_KRETPROBE : ATTACH_KPROBE;
	struct ks_variant *v = resolve_variant(r, kind, NULL);

	if (!v)
		return -1;
	v->scope = (struct scope){.btf = &r->trace->btf,
				  .name = func,
				  .context = CONTEXT_REGS,
				  .is_return = r->at->is_return,
				  .why = why};
	return resolve_point(r, v, func, symbol);
}

int resolve_gone(struct resolver *r, struct scope *s, const char *in_the_way)
{
	static const char *const changed = "a kretprobe sees registers that have changed by then";
	const char *kind = r->at->kind == PLACE_SYSCALL ? "sys:" : "";
	char text[240];

	if (s->why)
		return 0; // nor were they known before
	s->gone = s->args;
	s->gone_count = s->arg_count;
	s->arg_count = 0;
	s->why = changed;
	if (in_the_way) {
		snprintf(text, sizeof(text), "%.80s %s, and %s", s->name, in_the_way, changed);
		s->why = arena_copy(&r->trace->keep, text, strlen(text));
	}
	if (r->at->force == PLACE_KPROBE && !in_the_way)
		snprintf(text, sizeof(text), "use the place \"return:%.160s\"", s->name);
	else
		snprintf(text, sizeof(text), "they are known when it begins: \"%s%.160s\"", kind,
			 s->name);
	s->hint = arena_copy(&r->trace->keep, text, strlen(text));
	return s->why && s->hint ? 0 : error_nomem(r->error);
}

bool resolve_left_out(struct resolver *r, const char *name)
{
	for (uint32_t i = 0; i < r->count; i++) {
		if (r->places[i].leaves_out && fnmatch(r->places[i].name, name, 0) == 0) {
			r->left_out++;
			return true;
		}
	}
	return false;
}

static int one(struct resolver *r)
{
	switch (r->at->kind) {
	case PLACE_TRACEPOINT:
	case PLACE_RAW:
		return resolve_tracepoints(r);
	case PLACE_EVENT:
		return resolve_event(r);
	case PLACE_SYSCALL:
		return resolve_syscalls(r);
	case PLACE_PROFILE:
		return resolve_profile(r);
	default:
		return r->at->is_glob ? resolve_functions(r) : resolve_function(r);
	}
}

// A call is at the return of its function, and knows what was at the entry.
static int call_place(struct place *at, struct ks_error *error)
{
	uint32_t len = (uint32_t)strlen(at->text);

	if (at->is_return) {
		error_at(error, KS_ESYNTAX, 0, 7, "a call has its return already");
		error_hint(error, "write \"%s\"", at->text + 7);
		return -1;
	}
	if (at->kind != PLACE_FUNCTION && at->kind != PLACE_SYSCALL) {
		bool timer = at->kind == PLACE_PROFILE;

		error_at(error, KS_ESYNTAX, 0, len, "a %s is one moment, not a call",
			 timer ? "timer's tick" : "tracepoint");
		error_hint(error, timer ? "ks.probe is for it" : "ks.span pairs two of them");
		return -1;
	}
	at->is_return = true;
	return 0;
}

// Can it be seen where the calls of a variant begin? For that, fentry has to be there.
static void know_beginning(struct ks_variant *v)
{
	const struct scope *s = &v->scope;
	const char *why = NULL;

	if (v->kind != ATTACH_FEXIT)
		why = "a kretprobe is not paired with the entry";
	if (why && s->why && !strncmp(s->why, s->name, strlen(s->name)))
		why = s->why; // what is in the way of fentry
	call_scope(v, why);
}

// What a stack begins with, and whether it is known what the function returns to.
static void know_callers(struct ks_variant *v)
{
	const struct arch *a = v->probe->trace->arch;
	bool is_x86 = a && !strcmp(a->name, "x86_64");

	v->scope.asked = &v->probe->trace->asked;
	v->scope.frames_before = v->kind == ATTACH_FENTRY || v->kind == ATTACH_FEXIT	? 2
				 : v->kind == ATTACH_TP_BTF || v->kind == ATTACH_RAW_TP ? 1
											: 0;
	v->scope.in_event = v->kind == ATTACH_TP_BTF || v->kind == ATTACH_RAW_TP ||
			    v->kind == ATTACH_TP;
	switch (v->kind) {
	case ATTACH_FENTRY:
	case ATTACH_FEXIT:
	case ATTACH_KPROBE:
	case ATTACH_MULTI:
		v->scope.no_caller = is_x86 ? NULL
					    : "where its return address lies is known of x86-64";
		break;
	case ATTACH_KRETPROBE:
	case ATTACH_MULTI_RETURN:
		v->scope.no_caller = "a kretprobe takes the place of its return address";
		break;
	case ATTACH_PROFILE:
		v->scope.no_caller = "a timer ticks anywhere in a function";
		break;
	default:
		v->scope.no_caller = "a tracepoint stands within a function";
		break;
	}
}

int resolve(struct ks_probe *p, const char *const *places, int count, struct ks_error *error)
{
	struct resolver r = {.trace = p->trace, .probe = p, .error = error};

	if (count > MAX_PLACES)
		return error_set(error, KS_ELIMIT, "more than %d places", MAX_PLACES);
	for (int i = 0; i < count; i++) {
		struct place *at = &r.places[r.count++];

		if (place_parse(&p->trace->keep, places[i], at, error) < 0 ||
		    (p->is_call && call_place(at, error) < 0))
			return -1;
	}
	for (uint32_t i = 0; i < r.count; i++) {
		uint32_t before = p->count;

		r.at = &r.places[i];
		if (r.at->leaves_out || (!r.at->is_glob && resolve_left_out(&r, r.at->name)))
			continue;
		r.left_out = 0;
		if (one(&r) < 0)
			return -1;
		for (uint32_t k = before; k < p->count; k++)
			p->variants[k]->is_glob = r.at->is_glob;
	}
	if (!p->count)
		return error_set(error, KS_EABSENT, "all places are left out");
	p->refused = r.refused;
	for (uint32_t i = 0; i < p->count; i++)
		know_callers(p->variants[i]);
	for (uint32_t i = 0; p->is_call && i < p->count; i++)
		know_beginning(p->variants[i]);
	return 0;
}
