// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Places with texts of their own, which are not those of the probe that they belong to: where a span opens
// or closes, calls that hits must lie in.
#ifndef CORE_END_H
#define CORE_END_H

#include "trace.h"

struct ks_end {
	struct ks_probe *probe; // whose variants stand for them
	uint32_t first, count;	// which of these
	const char *places;	// "tp:a, tp:b"
};

// Finds what they stand for, as the next of the probe's. -1 with error.
int end_places(struct ks_end *e, struct ks_probe *probe, const char *const *places, int count,
	       struct ks_error *error);

#endif
