// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// The tree of an expression: made by parse, given types and meaning by check.
#ifndef CORE_TREE_H
#define CORE_TREE_H

#include "lex.h"

enum value_kind {
	V_INT,	  // size 1, 2, 4, 8; _Bool and enums too
	V_PTR,	  // an address
	V_STRUCT, // struct or union in memory: only good for its members
	V_CHARS,  // char[size] in memory
	V_ARRAY,  // any other array in memory
	V_STR,	  // a string read from where a pointer points: size bytes, of which the last two
		  // are its NUL and one byte more than was asked for, to know of a cut
	V_TEXT,	  // a string literal
	V_VOID
};

struct value_type {
	uint8_t kind; // enum value_kind
	uint8_t unit; // enum ks_unit
	bool is_signed;
	bool is_bool, is_enum;
	bool is_user;	   // V_PTR: to user memory; V_STR: read from there
	uint32_t size;	   // bytes
	uint32_t id;	   // BTF type as declared; 0 when the value is not from BTF
	const char *spell; // C's words for it when id is 0
};

enum node_kind {
	N_NUMBER,
	N_TEXT,
	N_NAME, // only before check
	N_CALL, // only before check: name(a, b)
	N_ARG,	// an argument, or retval: slot
	N_BUILTIN,
	N_MEMBER,  // a.name, a->name
	N_DEREF,   // *a
	N_UNARY,   // - ~ + ! a
	N_BINARY,  // a op b
	N_LOGIC,   // a && b, a || b
	N_CHOICE,  // a ? b : c
	N_CONVERT, // C's implicit conversion of a to type
	N_STR	   // the string at pointer a
};

enum builtin { B_PID, B_TID, B_UID, B_COMM, B_CPU, B_TIME, B_FUNC };

struct node {
	uint8_t kind;	    // enum node_kind
	bool arrow;	    // N_MEMBER: ->
	uint16_t op;	    // as in the token
	struct token token; // the operator or name, for carets
	uint32_t pos, len;  // what the whole node spans in the source
	struct node *a, *b, *c;
	struct value_type type; // from here on: given by check
	uint64_t number;	// N_NUMBER: its bits, by type
	uint32_t slot;		// N_ARG: which 8-byte word of the context
	uint8_t builtin;	// N_BUILTIN
	uint32_t bit_offset;	// N_MEMBER: from a's start
	uint32_t bits;		// N_MEMBER: of a bit-field; 0: none
	uint32_t weight;	// of a capture's root: how many operations it stands for
};

#endif
