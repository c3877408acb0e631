// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// The form of a probe's program: count, test, copy, submit. bpf/README.md draws it.
#ifndef CORE_SHAPE_H
#define CORE_SHAPE_H

#include "aggregate.h"
#include "frames.h"
#include "ir.h"
#include "keep.h"
#include "layout.h"
#include "lower.h"
#include "pairs.h"
#include "predicates.h"
#include "sampler.h"
#include "scope.h"
#include "stash.h"

#define MAX_USES 16 // aggregations of a probe

// What an instruction's source is: predicate n is n + 1; a field's capture and an aggregation's texts
// follow, of which each has a value and keys, and what decides when kept records go out.
#define SOURCE_FIELD	(MAX_WHERES + 1)
#define SOURCE_USE	(SOURCE_FIELD + MAX_FIELDS)
#define SOURCE_USE_SIZE (1 + AGG_MAX_KEYS)
#define SOURCE_EMIT	(SOURCE_USE + MAX_USES * SOURCE_USE_SIZE)

// Where a CPU's block lies in the counter map, see bpf/wire.h.
struct shape_geometry {
	uint32_t cpu_mask;    // CPU ids are masked with it: a power of two less one
	uint32_t block_shift; // log2 of a block's bytes
};

struct shape {
	const struct btf *btf;
	const struct scope *scope;
	const struct layout *layout;
	const struct lower_target *target;
	const struct shape_where *wheres;
	uint32_t where_count;
	const struct aggregate_use *uses;
	uint32_t use_count;
	bool no_record; // a hit is for the aggregations alone
	uint32_t line;	// of the counters: the probe's
	uint32_t point; // what the record says where it comes from
	bool cookie;	// the program serves several points: a cookie tells which
	bool trusted;	// the verifier calls the arguments trusted: tp_btf
	bool no_hits;
	uint32_t self; // process whose hits are left out; 0: none
	struct shape_geometry geometry;
	// The end of a call, and what it asks for of its beginning; NULL: it asks for nothing.
	const struct frames *frames;
	const struct stash *stash;
	// The calls that hits must lie in, and what these left; NULL: hits count anywhere.
	const struct frames *inside;
	const struct stash *outer;
	// The end of a span, and what is read of its stash; NULL: it is none.
	const struct pairs_end *pairs;
	const struct pairs_use *use;
	// Records are kept, until `emit` holds; NULL: they go out at once.
	const struct keep *keep;
	const struct shape_where *emit;
	const struct sampler *sampler; // NULL: every hit is looked at
};

// Writes the program. -1 with error: KS_ELIMIT, KS_ENOMEM.
int shape_probe(struct ir *ir, const struct shape *s, struct ks_error *error);

#endif
