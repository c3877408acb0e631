// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// A timer on every CPU: a place without a function, where only built-in values are known.
#include <stdio.h>

#include "error.h"
#include "resolve.h"

static int too_often(struct resolver *r, uint32_t most)
{
	const struct place *at = r->at;

	error_at(r->error, KS_ELIMIT, at->name_pos, at->name_len,
		 "%s samples a second on each CPU are more than %u", at->name, most);
	if (most < TIMERS_MOST)
		error_hint(r->error,
			   "the sysctl kernel.perf_event_max_sample_rate sets this limit");
	else
		error_hint(r->error, "the kernel's timers of this kind are no faster");
	return -1;
}

int resolve_profile(struct resolver *r)
{
	struct ks_trace *t = r->trace;
	uint32_t most = t->options.btf ? TIMERS_MOST : timers_most();
	char func[24], symbol[24];
	struct ks_variant *v;

	if (r->at->hz > most)
		return too_often(r, most);
	v = resolve_variant(r, ATTACH_PROFILE, NULL);
	if (!v)
		return -1;
	snprintf(func, sizeof(func), "profile:%u", r->at->hz);
	snprintf(symbol, sizeof(symbol), "profile_%u", r->at->hz); // in the program's name
	v->scope = (struct scope){.btf = &t->btf,
				  .name = arena_copy(&t->keep, func, sizeof(func)),
				  .context = CONTEXT_TIMER,
				  .stack_may_be_empty = true};
	symbol[sizeof(symbol) - 1] = '\0';
	v->hz = r->at->hz;
	return resolve_point(r, v, v->scope.name, arena_copy(&t->keep, symbol, sizeof(symbol)));
}
