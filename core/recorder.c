// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "recorder.h"

#include <string.h>

#include "error.h"
#include "opening.h"
#include "resolve.h"
#include "storage.h"

int ks_keep(struct ks_probe *p, uint32_t count, struct ks_error *error)
{
	if (p->span)
		return error_set(error, KS_ETYPE,
				 "a span keeps no records: it may close in another task");
	if (!count)
		return error_set(error, KS_ELIMIT, "a recorder of 0 records");
	p->recorder = arena_alloc(&p->trace->keep, sizeof(*p->recorder));
	if (!p->recorder)
		return error_nomem(error);
	p->recorder->keep.count = count;
	p->recorder->line = trace_lines(p->trace, 1);
	return 0;
}

int ks_emit(struct ks_probe *p, const char *expr, struct ks_error *error)
{
	return probe_text(p, 0, p->count, expr, variant_emit, error);
}

// --- how much is kept -------------------------------------------------------------------------

// The text of what takes the most room in a record.
static const char *largest(const struct ks_variant *v)
{
	const char *text = NULL;
	uint32_t size = 0;

	for (uint32_t i = 0; i < v->layout.count; i++) {
		if (v->exprs[i] && v->layout.fields[i].in_args && v->layout.fields[i].size > size) {
			size = v->layout.fields[i].size;
			text = v->exprs[i];
		}
	}
	return text;
}

static int too_large(struct ks_probe *p, const struct ks_variant *v, struct ks_error *error)
{
	const struct keep *k = &p->recorder->keep;
	uint32_t fit = (KEEP_VALUE - (uint32_t)sizeof(struct wire_kept)) / k->each;

	error_set(error, KS_ELIMIT,
		  "%u records of %u bytes are %llu bytes, and a task keeps at most %d", k->count,
		  k->each, (unsigned long long)k->count * k->each, KEEP_VALUE);
	if (fit)
		error_hint(error, "keep = %u, or capture less", fit);
	else
		error_hint(error, "capture less");
	p->trace->refused_text = largest(v);
	error->pos = 0;
	error->len = p->trace->refused_text ? (uint32_t)strlen(p->trace->refused_text) : 0;
	return -1;
}

// The program that is told of every task's end takes out of a hash what the task kept.
static int tell_of_gone(struct ks_probe *p, struct ks_error *error)
{
	static const char *const tracepoint = "tp:sched_process_free";
	struct ks_probe place = {.trace = p->trace};

	if (resolve(&place, &tracepoint, 1, error) < 0)
		return -1;
	p->recorder->gone = place.variants[0];
	p->recorder->gone->probe = p;
	return 0;
}

int recorder_prepare(struct ks_probe *p, struct ks_error *error)
{
	struct recorder *r = p->recorder;
	struct ks_trace *t = p->trace;
	const struct ks_variant *most = NULL;
	struct keep *k;
	uint32_t tasks;
	bool affordable;

	if (!r || r->prepared)
		return 0;
	r->prepared = true;
	k = &r->keep;
	for (uint32_t i = 0; i < p->count; i++) {
		const struct ks_variant *v = p->variants[i];

		if (v->left_out)
			continue;
		if (!v->emit.node)
			return error_set(error, KS_ETYPE,
					 "records are kept, and nothing says when they go out");
		if (!most || v->layout.size > most->layout.size)
			most = v;
	}
	if (!most) // nothing is left of it
		return 0;
	k->each = (most->layout.size + 7) & ~7u;
	k->point = most->first;
	if ((uint64_t)k->count * k->each + sizeof(struct wire_kept) > KEEP_VALUE)
		return too_large(p, most, error);
	k->size = k->count * k->each + (uint32_t)sizeof(struct wire_kept);
	k->counters = (int)(WIRE_LINE * (1 + r->line));
	affordable = t->assumes || storage_affordable(k->size, &t->promised);
	if (trace_per_task(t, "kept", "kept_zeros", k->size, !affordable, &k->tasks, &tasks,
			   error) < 0)
		return -1;
	if (!tasks)
		return 0;
	trace_note(t,
		   "%s: %s %u bytes in %s; a map of %.1f MiB keeps the records of at most %u tasks",
		   p->name, affordable ? "this kernel has no storage of" : "there is no memory for",
		   k->size, affordable ? "tasks" : "all tasks that there may be",
		   (double)tasks * k->size / (1 << 20), tasks);
	return tell_of_gone(p, error);
}

// --- programs ---------------------------------------------------------------------------------

void recorder_shape(const struct ks_variant *v, struct shape *shape)
{
	if (!v->probe->recorder || !v->emit.node)
		return;
	shape->keep = &v->probe->recorder->keep;
	shape->emit = &v->emit;
}

int recorder_compile(struct ks_probe *p, struct ks_error *error)
{
	struct ks_variant *v = recorder_gone(p);
	struct ks_trace *t = p->trace;

	if (!v)
		return 0;
	ir_init(&v->ir, &t->work);
	v->ir.maps = t->map_names;
	if (opening_gone(&v->ir,
			 &(struct shape){.btf = v->scope.btf,
					 .scope = &v->scope,
					 .target = &t->target,
					 .geometry = t->geometry,
					 .keep = &p->recorder->keep},
			 error) < 0)
		return -1;
	return variant_finish(v, error);
}

struct ks_variant *recorder_gone(const struct ks_probe *p)
{
	return p->recorder ? p->recorder->gone : NULL;
}

uint32_t recorder_size(const struct ks_variant *v)
{
	const struct recorder *r = v->probe->recorder;

	return r ? r->keep.size : v->layout.size;
}

// --- records ----------------------------------------------------------------------------------

bool recorder_unroll(struct ks_trace *t, const struct ks_record *r)
{
	const struct wire_kept *kept = (const void *)r;
	const struct recorder *of = t->points[kept->point].variant->probe->recorder;

	if (!of || kept->mark != WIRE_KEPT)
		return false;
	if (kept->count > of->keep.count || kept->next >= of->keep.count)
		return true; // no program of ours writes such
	t->unroll = (struct unroll){
		.records = (const unsigned char *)(kept + 1),
		.at = kept->count == of->keep.count ? kept->next : 0,
		.left = kept->count,
		.count = of->keep.count,
		.each = of->keep.each,
	};
	return true;
}

const struct ks_record *recorder_next(struct ks_trace *t)
{
	struct unroll *u = &t->unroll;

	while (u->left) {
		const struct ks_record *r = (const void *)(u->records + (size_t)u->at * u->each);

		u->left--;
		u->at = u->at + 1 == u->count ? 0 : u->at + 1;
		if (r->point < t->point_count)
			return r;
	}
	return NULL;
}

// --- counters ---------------------------------------------------------------------------------

int64_t ks_unkept(const struct ks_probe *p)
{
	return p->recorder ? cells_sum(&p->trace->cells, p->recorder->line, KEPT_NO_ROOM) : 0;
}

void recorder_counters(const struct ks_probe *p, struct ks_counters *out)
{
	const struct cells *c = &p->trace->cells;

	out->overwritten = cells_sum(c, p->recorder->line, KEPT_OVERWRITTEN);
	out->kept = out->matched - out->lost - out->overwritten -
		    cells_sum(c, p->recorder->line, KEPT_EMITTED);
}
