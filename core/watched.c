// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// What of a trace the governor looks at, and what the trace's owner hears of it.
#include "trace.h"
#include "within.h"

// The least that one of a probe's programs costs, of those that make events or of the others.
static uint32_t least(struct ks_variant *const *list, uint32_t count)
{
	uint32_t found = UINT32_MAX;

	for (uint32_t i = 0; i < count; i++)
		if (!list[i]->left_out && list[i]->ir.cost && list[i]->ir.cost < found)
			found = list[i]->ir.cost;
	return found == UINT32_MAX ? 0 : found;
}

int trace_watch(struct ks_trace *t, struct ks_error *error)
{
	struct governor *g = &t->governor;

	g->cells = &t->cells;
	g->budget = t->options.budget;
	for (uint32_t i = 0; i < t->count; i++) {
		for (const struct ks_probe *p = t->probes[i]; p && g->count < GOVERNOR_ROWS;
		     p = within_calls(p)) {
			g->probes[g->count] = (uint8_t)i;
			g->rows[g->count++] =
				(struct governor_row){.counters = p->counters,
						      .paired = p->paired,
						      .no_hits = t->options.no_hits,
						      .match = least(p->variants, p->count),
						      .opening = least(p->others, p->other_count)};
		}
	}
	return governor_start(g, error);
}

bool ks_governed(struct ks_trace *t, struct ks_governed *out)
{
	struct governor *g = &t->governor;

	if (!governor_fired(g))
		return false;
	*out = (struct ks_governed){.share = g->share,
				    .hits = (int64_t)g->hits_per_second,
				    .probe = t->probes[g->probes[g->row]]};
	return true;
}
