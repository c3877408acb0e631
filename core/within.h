// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// The calls that a probe's hits must lie in: each level has programs at the entry and the return of its
// functions, which keep for every task what it is in, and a level that lies in another asks for that
// one itself. What a level captures, and those around it, lies in its slot.
#ifndef CORE_WITHIN_H
#define CORE_WITHIN_H

#include "beginnings.h"
#include "end.h"

struct within {
	struct ks_end end;
	struct ks_probe
		calls; // no probe of the trace's: what the places stand for; in its own `within`
	struct beginnings begin;
};

// The innermost of a probe's levels as a probe, which may have more around it; NULL: it has none.
static inline struct ks_probe *within_calls(const struct ks_probe *p)
{
	return p->within ? &p->within->calls : NULL;
}

// Makes what a probe's levels capture names in a scope. -1 with error.
int within_know(const struct ks_probe *p, struct scope *scope, struct ks_error *error);
// Can it be told whether a variant's hits lie in a call? -1 with error: KS_EABSENT.
int within_reach(const struct ks_variant *v, struct ks_error *error);
// What belongs to a probe's levels, once, when all their texts are there and before there are maps. -1
// with error.
int within_prepare(struct ks_probe *p, struct ks_error *error);
// Adds to the form of a program of the probe's that hits count only in these calls; where they count
// anywhere nothing.
void within_shape(const struct ks_probe *p, struct shape *shape);
// Outer calls of which nobody knows: what was in them was left out.
int64_t within_unfollowed(const struct ks_probe *p);

#endif
