// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "end.h"

#include <string.h>

#include "error.h"

int end_places(struct ks_end *e, struct ks_probe *probe, const char *const *places, int count,
	       struct ks_error *error)
{
	e->probe = probe;
	e->places = probe_places(&probe->trace->keep, places, count, error);
	e->first = probe->count;
	if (!e->places || resolve(probe, places, count, error) < 0)
		return -1;
	e->count = probe->count - e->first;
	for (uint32_t i = e->first; i < probe->count; i++)
		probe->variants[i]->end = e->first;
	return e->count ? 0 : error_set(error, KS_EABSENT, "all places are left out");
}

// What decides at an end is tested there, and not at what the script made it an end of.
static int add_where(struct ks_variant *v, const char *text, struct ks_error *error)
{
	if (variant_where(v, text, error) < 0)
		return -1;
	v->wheres[v->where_count - 1].late = false;
	return 0;
}

static int add_capture(struct ks_variant *v, const char *text, struct ks_error *error)
{
	struct spec spec;

	v->scope.no_open = NULL;
	return variant_capture(v, text, 0, (uint32_t)strlen(text), false, &spec, error);
}

int ks_end_where(struct ks_end *e, const char *expr, struct ks_error *error)
{
	return probe_text(e->probe, e->first, e->count, expr, add_where, error);
}

int ks_end_capture(struct ks_end *e, const char *text, struct ks_error *error)
{
	return probe_text(e->probe, e->first, e->count, text, add_capture, error);
}
