// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Where each capture lies in a probe's records: the one thing that the compiler and the decoder share.
#ifndef CORE_LAYOUT_H
#define CORE_LAYOUT_H

#include "arena.h"
#include "buf.h"
#include "ksnoop.h"

#define MAX_FIELDS 128
#define MAX_RECORD 16384
#define SLICE_HEAD 8 // sizeof(struct ks_slice)

struct node;
struct formatter;
struct layout_ends;
struct plan;

struct layout {
	struct ks_field fields[MAX_FIELDS];
	const struct node *values[MAX_FIELDS];		// what fills it; NULL: the header does
	const struct plan *plans[MAX_FIELDS];		// KS_VALUE: how it is shown; NULL: as bytes
	const struct formatter *formatters[MAX_FIELDS]; // of a number whose type has one; or NULL
	uint32_t details[MAX_FIELDS];			// see formatter_detail
	uint32_t formats
		[MAX_FIELDS]; // of a number that a function of a script's shows: see formats_of
	const struct layout_ends *ends[MAX_FIELDS]; // KS_CHANGES: the two that it consists of
	uint32_t count;
	uint32_t size; // bytes of a record, header included
	uint32_t nil_bits;
	bool is_key; // of an aggregation: a stack is a number there, see stack.h
	bool weighs; // its first field behind the header is for how many hits a record stands
};

// A KS_CHANGES looked at as two fields: what was, and what is.
struct layout_ends {
	struct layout layout; // has no other fields
	const char *path;     // in front of the names of members: "file->"
};

// The fields that every event has: time cpu pid tid func.
void layout_init(struct layout *l);
// Room for a field of a size at the end, aligned for its kind. Fills in offset and, with can_fail,
// nil_bit. -1 with error: KS_ELIMIT.
int layout_add(struct layout *l, struct ks_field field, const struct node *value, bool can_fail,
	       struct ks_error *error);
// Gives it the field `weight`, before any other. -1 with error.
int layout_weigh(struct layout *l, struct ks_error *error);
// Index by name, or -1.
int layout_find(const struct layout *l, const char *name, size_t len);
void layout_dump(const struct layout *l, struct buf *out);

#endif
