// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// An aggregation of a trace: one set of cells, to which one probe adds or several.
#ifndef CORE_AGG_H
#define CORE_AGG_H

#include "trace.h"

struct ks_agg {
	struct ks_agg *next;
	struct ks_trace *trace;
	struct ks_agg_options options;
	struct aggregate code;
	// As the first probe's texts made it; all others must make the same.
	const struct ks_probe *first; // NULL: no probe adds to it yet
	struct ks_variant *shown;     // the keys are its fields
	struct ks_field value;	      // as it is shown; of a count without a name
	bool in_second;		      // half
	// What was read last.
	struct ks_row *rows;
	uint8_t *records; // a record for each row's key
	uint32_t count, room, record_size;
	struct bpfmap_rows frames; // of the keys that are stacks
	struct backtraces stacks;  // the same, to be found
};

// One of the maps for its keys; NULL: it has none.
struct bpfmap *agg_map(const struct ks_agg *a, int which);
// One of the maps for the frames of keys that are stacks; NULL: there are none.
struct bpfmap *agg_stacks(const struct ks_agg *a, int which);
// Before the maps are made: no more keys than there are functions, where these are the keys. The kernel
// allocates each place by itself, for each CPU.
void agg_bound(const struct ks_agg *a);
// Frees the rows that were read.
void agg_fini(struct ks_agg *a);

#endif
