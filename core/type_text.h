// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// A type for a person: a table of its members with offsets, sizes and holes; and for a program.
#ifndef CORE_TYPE_TEXT_H
#define CORE_TYPE_TEXT_H

#include "btf.h"
#include "buf.h"

#define TYPE_STEPS                                                                                 \
	20000000 // of declarations, for one question; those of a whole kernel need a million

// Where a type was found, and as what.
struct type_shown {
	const struct btf *btf;
	uint32_t id;	    // what is shown
	const char *module; // "" for the kernel itself
	const char *title;  // "struct sock"; of a member the whole path
	bool is_member;	    // of the type that the title begins with, or of one that it points to
	uint64_t offset;    // bits from its start; all offsets count from there
	uint32_t bits;	    // of a bit-field; 0: none
	int *steps;	    // left for declarations: see type_declare_within
};

// Lines, the last one with its newline. Shape: doc/ksnoop.1.scd, WHAT TYPE PRINTS.
void type_text(const struct type_shown *s, struct buf *out);
// One line that says what it is and how large: for lists.
void type_line(const struct type_shown *s, struct buf *out);
// An object of JSON, without a newline.
void type_json(const struct type_shown *s, struct buf *out);

#endif
