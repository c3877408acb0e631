// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// All programs of a trace, one after the other.
#ifndef CORE_PROGRAMS_H
#define CORE_PROGRAMS_H

#include <stdint.h>

struct ks_trace;
struct ks_probe;
struct ks_variant;

// A walk over all variants that have a program of their own: of each probe, and of the calls that its
// hits must lie in. Begins with zeros.
struct programs {
	uint32_t probe, program; // of the trace; of `at`, the next
	struct ks_probe *at, *owner;
};

// NULL: there are no more.
struct ks_variant *programs_next(const struct ks_trace *t, struct programs *w);
// The k-th of a probe's programs: those that make events, its others, that of its recorder.
struct ks_variant *program_of(const struct ks_probe *p, uint32_t k);

#define EACH_PROGRAM(t, v, w) for (struct programs w = {0}; (v = programs_next(t, &w));)

#endif
