// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "programs.h"

#include "recorder.h"
#include "trace.h"
#include "within.h"

static uint32_t programs_of(const struct ks_probe *p)
{
	return p->count + p->other_count + (recorder_gone(p) ? 1 : 0);
}

// The k-th of a probe's programs: those that make events, its others, that of its recorder.
struct ks_variant *program_of(const struct ks_probe *p, uint32_t k)
{
	if (k < p->count)
		return p->variants[k];
	return k - p->count < p->other_count ? p->others[k - p->count] : recorder_gone(p);
}

struct ks_variant *programs_next(const struct ks_trace *t, struct programs *w)
{
	while (w->at || w->probe < t->count) {
		if (!w->at)
			w->at = w->owner = t->probes[w->probe++];
		while (w->program < programs_of(w->at)) {
			struct ks_variant *v = program_of(w->at, w->program++);

			if (!v->left_out && !v->same)
				return v;
		}
		w->at = within_calls(w->at);
		w->program = 0;
	}
	return NULL;
}
