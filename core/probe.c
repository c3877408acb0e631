// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// One probe: places, and texts that hold at all of them.
#include <stdio.h>
#include <string.h>

#include "alike.h"
#include "error.h"
#include "recorder.h"
#include "span.h"
#include "within.h"

const char *probe_places(struct arena *a, const char *const *places, int count,
			 struct ks_error *error)
{
	size_t size = 16;
	struct buf b;
	char *text;

	for (int i = 0; i < count; i++)
		size += strlen(places[i]) + 2;
	text = arena_alloc(a, size);
	if (!text) {
		error_nomem(error);
		return NULL;
	}
	b = buf_over(text, size);
	for (int i = 0; i < count; i++) {
		buf_str(&b, i ? ", " : "");
		buf_str(&b, places[i]);
	}
	buf_end(&b);
	return text;
}

// Events and counters are told apart by it, also those of two probes at one place.
int probe_name(struct ks_probe *p, const char *place, struct ks_error *error)
{
	const struct ks_trace *t = p->trace;
	size_t size = strlen(place) + 16;
	char *numbered = arena_alloc(&p->trace->keep, size);
	unsigned same = 1;

	if (!numbered)
		return error_nomem(error);
	for (uint32_t i = 0; i < t->count; i++)
		same += t->probes[i] != p && !strcmp(t->probes[i]->place, place);
	snprintf(numbered, size, same > 1 ? "%s#%u" : "%s", place, same);
	p->place = place;
	p->name = numbered;
	return 0;
}

struct ks_probe *probe_new(struct ks_trace *t, uint32_t lines, struct ks_error *error)
{
	struct ks_probe *p;

	if (t->has_maps) {
		error_set(error, KS_ELIMIT, "a probe can't be added to a trace that runs");
		return NULL;
	}
	if (t->count == WIRE_MAX_PROBES) {
		error_set(error, KS_ELIMIT, "more than %d probes", WIRE_MAX_PROBES);
		return NULL;
	}
	p = arena_alloc(&t->keep, sizeof(*p));
	if (!p) {
		error_nomem(error);
		return NULL;
	}
	p->trace = t;
	p->index = t->count;
	p->counters = trace_lines(t, lines);
	return p;
}

static struct ks_probe *make(struct ks_trace *t, const char *const *places, int count, bool is_call,
			     struct ks_error *error)
{
	struct ks_probe *p = probe_new(t, is_call ? 2 : 1, error);
	uint32_t points = t->point_count;
	const char *place = p ? probe_places(&t->keep, places, count, error) : NULL;

	if (!place || probe_name(p, place, error) < 0)
		return NULL;
	p->is_call = is_call;
	p->shares = !is_call;
	if (resolve(p, places, count, error) < 0) {
		t->point_count = points;
		return NULL;
	}
	t->probes[t->count++] = p;
	return p;
}

struct ks_probe *ks_probe(struct ks_trace *t, const char *const *places, int count,
			  struct ks_error *error)
{
	return make(t, places, count, false, error);
}

struct ks_probe *ks_call(struct ks_trace *t, const char *const *places, int count,
			 struct ks_error *error)
{
	return make(t, places, count, true, error);
}

int probe_leave_out(struct ks_variant *v, const struct ks_error *why, struct ks_error *error)
{
	struct ks_probe *p = v->probe;

	*error = *why;
	if (!v->is_glob || why->kind == KS_ENOMEM || why->kind == KS_ESYNTAX ||
	    why->kind == KS_ELITERAL)
		return -1;
	v->left_out = true;
	p->left_out += v->count;
	for (uint32_t i = 0; i < p->count; i++)
		if (p->variants[i]->end == v->end && !p->variants[i]->left_out)
			return 0;
	return -1; // nowhere at all: because of the text at hand, which the error's place is in
}

// What a variant has so far.
struct probe_mark {
	uint32_t count; // of the first one's: of them all
	uint32_t wheres, uses, fields, size, nil_bits;
	struct shape_where emit;
	struct scope_capture *captures;
};

struct probe_mark *probe_marks(struct ks_probe *p, struct ks_error *error)
{
	struct probe_mark *marks = arena_alloc(&p->trace->work, (p->count + 1) * sizeof(*marks));

	if (!marks)
		error_nomem(error);
	for (uint32_t i = 0; marks && i < p->count; i++) {
		const struct ks_variant *v = p->variants[i];

		marks[i] = (struct probe_mark){.count = p->count,
					       .wheres = v->where_count,
					       .uses = v->use_count,
					       .fields = v->layout.count,
					       .size = v->layout.size,
					       .nil_bits = v->layout.nil_bits,
					       .emit = v->emit,
					       .captures = v->scope.captures};
	}
	p->trace->has_texts = true;
	return marks;
}

uint32_t probe_origin(const struct ks_variant *v, uint32_t count)
{
	while (v->index >= count)
		v = v->probe->variants[v->origin];
	return v->index;
}

void probe_take_back(struct ks_probe *p, const struct probe_mark *marks)
{
	for (uint32_t i = 0; i < p->count; i++) {
		struct ks_variant *v = p->variants[i];
		const struct probe_mark *m = &marks[probe_origin(v, marks->count)];

		v->where_count = m->wheres;
		v->use_count = m->uses;
		v->emit = m->emit;
		v->layout.count = m->fields;
		v->layout.size = m->size;
		v->layout.nil_bits = m->nil_bits;
		v->scope.captures = m->captures;
	}
}

static int add_capture(struct ks_variant *v, const char *text, struct ks_error *error)
{
	struct spec spec;

	return variant_capture(v, text, 0, (uint32_t)strlen(text), false, &spec, error);
}

int probe_text(struct ks_probe *p, uint32_t first, uint32_t count, const char *given,
	       int (*add)(struct ks_variant *, const char *, struct ks_error *),
	       struct ks_error *error)
{
	const char *text = arena_copy(&p->trace->keep, given, strlen(given));
	const struct probe_mark *marks = text ? probe_marks(p, error) : NULL;
	uint32_t before = p->count;

	if (!marks)
		return error_nomem(error);
	for (uint32_t i = first; i < first + count + (p->count - before); i++) {
		struct ks_variant *v = p->variants[i];
		struct ks_error why = {0};
		struct alike_turn turn;
		int r;

		if (v->left_out)
			continue;
		if (alike_begin(v, &turn, error) < 0)
			return -1;
		r = add(v, text, &why);
		if (alike_end(&turn, error) < 0)
			return -1;
		if (r >= 0 || probe_leave_out(v, &why, error) == 0)
			continue;
		if (why.kind == KS_ELITERAL)
			probe_take_back(p, marks);
		return -1;
	}
	return 0;
}

int ks_sample(struct ks_probe *p, uint32_t one_in, uint64_t interval, uint64_t burst,
	      struct ks_error *error)
{
	const uint64_t most = (uint64_t)INT64_MAX / 4; // what is added to a time stays one
	bool late = p->sampler.on || p->prepared;

	for (uint32_t i = 0; i < p->count; i++)
		late = late || p->variants[i]->layout.size > WIRE_HEADER;
	if (late)
		return error_set(error, KS_ELIMIT,
				 "which hits are looked at is said once, before captures");
	if (one_in > INT32_MAX || interval > most || burst > most)
		return error_set(error, KS_ELIMIT, "no probe can be sampled so thinly");
	p->sampler = (struct sampler){.on = true,
				      .line = (int)(WIRE_LINE * (1 + trace_lines(p->trace, 1))),
				      .one_in = one_in,
				      .interval = interval,
				      .burst = burst};
	for (uint32_t i = 0; i < p->count; i++)
		if (layout_weigh(&p->variants[i]->layout, error) < 0)
			return -1;
	return 0;
}

int ks_where(struct ks_probe *p, const char *expr, struct ks_error *error)
{
	return probe_text(p, 0, p->count, expr, variant_where, error);
}

int ks_capture(struct ks_probe *p, const char *capture, struct ks_error *error)
{
	return probe_text(p, 0, p->count, capture, add_capture, error);
}

int ks_capture_default(struct ks_probe *p, struct ks_error *error)
{
	p->trace->has_texts = true;
	for (uint32_t i = 0; i < p->count; i++) {
		struct ks_variant *v = p->variants[i];
		struct alike_turn turn;
		int r;

		if (v->left_out)
			continue;
		if (alike_begin(v, &turn, error) < 0)
			return -1;
		r = variant_capture_default(v, error);
		if (alike_end(&turn, error) < 0 || r < 0)
			return -1;
	}
	return 0;
}

int ks_probe_index(const struct ks_probe *p)
{
	return (int)p->index;
}

int ks_probe_source(struct ks_probe *p, const char *file, int line, struct ks_error *error)
{
	p->file = arena_copy(&p->trace->keep, file, strlen(file));
	p->line = line;
	if (p->span) { // and where it opens
		p->span->opens.file = p->file;
		p->span->opens.line = line;
	}
	return p->file ? 0 : error_nomem(error);
}

const char *ks_probe_name(const struct ks_probe *p)
{
	return p->name;
}

int ks_variant_count(const struct ks_probe *p)
{
	return (int)p->count;
}

struct ks_variant *ks_variant(struct ks_probe *p, int index)
{
	return index >= 0 && index < (int)p->count && !p->variants[index]->left_out
		       ? p->variants[index]
		       : NULL;
}

int ks_probe_points(const struct ks_probe *p, uint32_t *left_out)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < p->count; i++)
		n += p->variants[i]->left_out ? 0 : p->variants[i]->count;
	*left_out = p->left_out;
	return (int)n;
}

int64_t ks_lost(const struct ks_probe *p)
{
	return cells_sum(&p->trace->cells, p->counters, CELL_LOST) + ks_unkept(p);
}

// What the kernel skipped of these programs; -1 when it does not tell of one.
static int64_t recursion(struct ks_variant *const *list, uint32_t count)
{
	int64_t sum = 0;

	for (uint32_t i = 0; i < count; i++) {
		const struct ks_variant *v = list[i];
		int64_t n;

		if (v->left_out || v->same)
			continue;
		n = v->attachment.prog_fd >= 0 ? attach_recursion(&v->attachment) : v->recursion;
		if (n < 0)
			return -1;
		sum += n;
	}
	return sum;
}

// What became of the beginnings.
static void pairs(const struct ks_probe *p, struct ks_counters *out)
{
	const struct cells *c = &p->trace->cells;
	uint32_t line = p->counters + 1;
	// Of the programs where something begins; where there is one at the end of tasks, it is the last.
	int64_t skipped = recursion(p->others, p->other_count - (p->gone ? 1 : 0));

	out->opened = cells_sum(c, line, PAIR_OPENED);
	out->closed = cells_sum(c, line, PAIR_CLOSED);
	out->reopened = cells_sum(c, line, PAIR_REOPENED);
	out->gone = cells_sum(c, line, PAIR_GONE);
	out->full = cells_sum(c, line, PAIR_FULL);
	out->unmatched = cells_sum(c, line, PAIR_UNMATCHED);
	out->unopened = cells_sum(c, line, PAIR_SUPPRESSED) + cells_sum(c, line, PAIR_UNKNOWN) +
			(skipped > 0 ? skipped : 0);
	out->open = out->opened - out->closed - out->reopened - out->gone;
}

// The hits that were not looked at, and those of them that nothing stands for.
static void sampled(const struct ks_probe *p, struct ks_counters *out)
{
	const struct cells *c = &p->trace->cells;
	const struct sampler *s = &p->sampler;
	uint32_t line = (uint32_t)s->line / WIRE_LINE - 1;

	out->sampled = cells_sum(c, line, SAMPLER_SAMPLED);
	if (s->interval)
		out->remainder = cells_sum(c, line, SAMPLER_DROPPED) * (s->one_in ? s->one_in : 1);
}

void ks_switch(struct ks_probe *p, bool on)
{
	struct ks_trace *t = p->trace;

	p->paused = !on;
	if (!t->started || t->stopped)
		return;
	cells_switch(&t->cells, p->counters, on);
	__atomic_thread_fence(__ATOMIC_SEQ_CST); // the governor's is between its two as well
	if (on && governor_fired(&t->governor))	 // perhaps just now
		cells_switch(&t->cells, p->counters, false);
}

void ks_counters(struct ks_probe *p, struct ks_counters *out)
{
	const struct cells *c = &p->trace->cells;
	bool hits = !p->trace->options.no_hits;

	*out = (struct ks_counters){
		.recursion = recursion(p->variants, p->count),
		.suppressed = cells_sum(c, p->counters, CELL_SUPPRESSED),
		.self = cells_sum(c, p->counters, CELL_SELF),
		.faults = cells_sum(c, p->counters, CELL_FAULTS),
		.matched = cells_sum(c, p->counters, CELL_MATCHED),
		.lost = ks_lost(p),
		.nils = cells_sum(c, p->counters, CELL_NILS),
		.hits = hits ? cells_sum(c, p->counters, CELL_HITS) : -1,
		.filtered = -1,
		.remainder = -1,
		.delivered = p->delivered,
		.opened = -1,
		.closed = -1,
		.reopened = -1,
		.gone = -1,
		.full = -1,
		.unopened = -1,
		.open = -1,
		.overwritten = -1,
		.kept = -1,
		.unfollowed = p->within ? within_unfollowed(p) : -1,
	};
	if (p->recorder)
		recorder_counters(p, out);
	if (p->paired)
		pairs(p, out);
	if (p->sampler.on)
		sampled(p, out);
	if (hits)
		out->filtered = out->hits - out->suppressed - out->self - out->sampled -
				out->faults - out->unmatched - out->matched;
}
