// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// A program's predicates, in the parts that && joins, and the order in which these are tested.
#ifndef CORE_PREDICATES_H
#define CORE_PREDICATES_H

#include "lower.h"

#define MAX_WHERES 32  // predicates of a probe
#define MAX_PARTS  128 // parts of them

struct shape_where {
	const char *text;
	const struct node *node; // checked
	uint32_t source;	 // see struct ir_insn
	bool late;		 // of a span: tested once it is known where it began
};

// When a part is tested.
enum part_turn {
	PART_FIRST, // before anything else: needs no helper
	PART_NEXT,  // once this CPU's guard is ours
	PART_LAST   // once it is known where it began
};

struct part {
	const struct shape_where *where;
	const struct node *node;
	uint8_t turn; // enum part_turn
	bool plain;   // of the first: reads no memory
};

struct predicates {
	const struct shape_where *where;
	struct part list[MAX_PARTS];
	uint32_t count;
};

// What the program is at. Where a call begins, the parts are tested that are the same at its end; no
// others can be, and none of their reads are planned.
enum parts_at { PARTS_MOMENT, PARTS_BEGINNING, PARTS_END };

// Takes them apart and plans their reads. False: too many.
bool predicates_split(struct predicates *p, struct lower *l, const struct shape_where *wheres,
		      uint32_t count, enum parts_at at);
// The first parts, which when they fail go to `rejected`; no register has to be saved for them.
void predicates_first(struct lower *l, const struct predicates *p, int rejected);
// Those whose turn it is.
void predicates_test(struct lower *l, const struct predicates *p, enum part_turn turn,
		     int rejected);
// One that is no predicate of the hit, as a whole: goes to `out` when it is false. title: in listings,
// before its text, of at most 8 characters.
void predicate_test(struct lower *l, const struct shape_where *where, const char *title, int out);

#endif
