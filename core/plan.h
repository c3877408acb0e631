// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// How values of a type are laid out, found out once and not for every value: a flat list of steps,
// with no BTF to walk afterwards. show.h runs it over bytes.
//
// BTF is not to be trusted: how deep types nest, how many steps they make and how many elements
// those stand for is bounded, and every step lies within the type.
#ifndef CORE_PLAN_H
#define CORE_PLAN_H

#include "arena.h"
#include "btf.h"
#include "choice.h"
#include "constants.h"
#include "formats.h"
#include "formatter.h"

#define PLAN_DEPTH    32      // how deep structs and arrays may nest
#define PLAN_STEPS    65536   // in a plan
#define PLAN_ELEMENTS 4194304 // values that the steps of a plan stand for, with all of arrays

enum plan_kind {
	PLAN_NOTHING, // void, a function, a type that is declared only: no bytes
	PLAN_INT,
	PLAN_CHAR, // an integer that is named char or is encoded as one
	PLAN_BOOL,
	PLAN_FLOAT,
	PLAN_ENUM,
	PLAN_PTR,
	PLAN_STRUCT, // its members follow, up to `next`
	PLAN_UNION,  // likewise
	PLAN_ARRAY,  // the steps of one element follow, up to `next`
};

struct plan_step {
	uint8_t kind;	// enum plan_kind
	uint8_t depth;	// how many structs, unions and arrays are around it
	bool is_signed; // PLAN_INT, PLAN_CHAR, PLAN_ENUM
	bool is_member; // else an array's element, or the whole value
	bool is_text;	// PLAN_ARRAY: of characters
	uint8_t bits;	// of a bit-field; 0: none
	uint8_t shift; // of a bit-field: its first bit, counted from that of lowest value at offset
	uint32_t type_id; // as declared
	uint32_t peeled;  // without typedefs and qualifiers
	uint32_t offset; // bytes, from the element of the innermost array around, or from the value
	uint32_t size;	 // bytes: of a bit-field, those that it touches
	uint32_t count;	 // PLAN_ARRAY: elements
	uint32_t next;	 // the step behind this one and all that is in it
	const char *name;		   // of a member, as BTF has it; "" for an anonymous one
	const struct constants *constants; // PLAN_ENUM
	const struct choice *choice;	   // of a union's member; NULL: it is always shown
	const struct formatter *formatter; // NULL: none
	uint32_t detail;		   // formatter_detail's
	uint32_t format;		   // formats_of's
};

struct plan_face; // show.c's own: a plan with the text of one form

struct plan {
	const struct btf *btf;
	struct plans *plans; // of which it is one
	uint32_t type_id;    // that was asked for
	bool is_elements;    // an array of as many elements as there are bytes: plan_of_elements
	uint32_t size;	     // bytes of a value; of plan_of_elements, of an element
	uint32_t count;	     // steps
	bool has_formats;    // of steps
	const struct plan_step *steps;
	struct plan_face **faces; // made when they are first shown
};

// All plans of one BTF, by type id.
struct plans {
	const struct btf *btf;	       // borrowed
	const struct formats *formats; // likewise; NULL: none
	uint64_t tick_ns;	       // how long a jiffy is; 0: not known
	struct arena arena;	       // the plans
	struct plan **plans;	       // owned
	uint32_t count, room;
	struct constants_cache constants;
};

void plans_init(struct plans *p, const struct btf *btf);
void plans_fini(struct plans *p);

// The plan of a type, made at the first call. NULL when the type nests too deep, is too large or
// does not fit into itself, or when there is no memory. Borrowed until plans_fini.
const struct plan *plan_of(struct plans *p, uint32_t type_id);
// The plan of an array of values of a type, whose length is known only from a record.
const struct plan *plan_of_elements(struct plans *p, uint32_t type_id);

#endif
