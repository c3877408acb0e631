// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Places -> points: which functions and tracepoints they stand for here, and how a program of ours
// gets there. The kernel is asked what it can do; under --btf all of it is assumed.
#ifndef CORE_RESOLVE_H
#define CORE_RESOLVE_H

#include "trace.h"

#define MAX_PLACES 64

struct resolver {
	struct ks_trace *trace;
	struct ks_probe *probe;
	struct place places[MAX_PLACES];
	uint32_t count;
	const struct place *at; // the one at hand
	uint32_t alone;		// programs for one function each that a pattern asked for
	uint32_t refused;	// functions of patterns that are left alone
	uint32_t left_out;	// names that a place with ! took from the one at hand
	struct ks_error *error;
};

static inline bool resolve_has(const struct resolver *r, enum feature which)
{
	return feature_has(&r->trace->features, which);
}

// The parts for each kind of place. -1 with the resolver's error.
int resolve_function(struct resolver *r);
int resolve_functions(struct resolver *r); // a pattern's
int resolve_tracepoints(struct resolver *r);
int resolve_event(struct resolver *r);
int resolve_syscalls(struct resolver *r);
int resolve_profile(struct resolver *r);

// A new variant of the probe, without points; and one more point, which belongs to the newest
// variant. Names are borrowed for the trace's life. NULL, -1 with error.
struct ks_variant *resolve_variant(struct resolver *r, enum attach_kind kind,
				   const struct module *module);
int resolve_point(struct resolver *r, struct ks_variant *v, const char *func, const char *symbol);
// A function of which the kernel has the symbol and BTF says nothing: it can be seen, but not what
// it is called with.
// why: it says nothing. Borrowed, for the trace's life.
int resolve_symbol(struct resolver *r, const char *symbol, const char *func, const char *why);
// Takes the scope's arguments away: they are not there at the return. in_the_way: of fexit, "takes
// a struct by value"; NULL: nothing.
int resolve_gone(struct resolver *r, struct scope *s, const char *in_the_way);
// Does a place of the probe with ! leave this name out?
bool resolve_left_out(struct resolver *r, const char *name);

#endif
