// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// A plan with the text of one form: what stands in front of each value is ready to be copied, so
// that showing is copying, and writing numbers.
#ifndef CORE_SHOW_FACE_H
#define CORE_SHOW_FACE_H

#include "show.h"

// How a number that is not wider than 64 bits is read: of the ops that show one this is the code.
enum show_load {
	LOAD_U8,
	LOAD_S8,
	LOAD_U16,
	LOAD_S16,
	LOAD_U32,
	LOAD_S32,
	LOAD_64,
	LOAD_BITS,
	LOAD_SIGNED_BITS,
	LOADS,
};

enum show_code {
	SHOW_OPEN = LOADS, // a struct, up to its SHOW_CLOSE
	SHOW_CLOSE,
	SHOW_SCALARS, // an array of the number of the next op
	SHOW_ARRAY,   // an array of what the ops up to its SHOW_AGAIN show
	SHOW_AGAIN,
	SHOW_STRING,	// an array of char
	SHOW_WIDE,	// an integer of more than 64 bits
	SHOW_REAL,	// floating point
	SHOW_FORMATTED, // by a formatter
	SHOW_CHOICE,	// a union's member, unless another is in use
	SHOW_NOTHING,	// what has no bytes
	SHOW_END,
};

enum show_write {
	WRITE_UNSIGNED,
	WRITE_SIGNED,
	WRITE_HEX,
	WRITE_QUOTED_HEX, // "0x12"
	WRITE_NIL_HEX,	  // (nil) for 0
	WRITE_POINTER,	  // a symbol, an error or a number
	WRITE_CONSTANT,	  // an enum's
	WRITE_BOOL,
	WRITE_JSON_BOOL,
	WRITE_CHAR,	  // 'a', else a number
	WRITE_CHAR_LOOSE, // likewise, with nothing escaped
};

struct show_op {
	uint8_t code; // enum show_load or show_code
	uint8_t write;
	bool skip; // not shown when it is 0
	bool is_signed;
	bool is_member;
	bool is_enum64;
	bool until_nul; // SHOW_SCALARS of char: ends at a NUL
	uint8_t bits, shift;
	uint16_t prefix_len, room; // room: what is needed to write the prefix and SHOW_ROOM bytes
	union {
		uint32_t at;	    // in the text, while that grows
		const char *prefix; // afterwards
	};
	uint32_t offset, end;
	uint32_t count;	 // of an array
	uint32_t stride; // likewise: bytes of an element
	uint32_t next;	 // the op behind this one and all that is in it
	uint32_t step;	 // of the plan
	union {
		const struct constants *constants;
		const struct formatter *formatter;
		const struct choice *choice;
		const char *suffix;
	};
};

#define SHOW_PREFIX 4096 // bytes of a prefix, and
#define SHOW_ROOM   64	 // of what may follow it at once
#define SHOW_COPY   16 // a prefix is copied by so many bytes at a time, so there must be more room

struct plan_face {
	struct plan_face *next;
	// What it was made for.
	uint8_t form; // or SHOW_JSON
	bool hex, plain, compact, skip_names, emit_zeroes;
	int level;
	char indent[32];

	const struct show_op *ops;
	struct arena arena;
	bool is_complete; // else there was no memory, or too much text
	// What stands after every value, and how much of it is taken back before a closing brace.
	char separator[2];
	uint8_t separator_len, strip;
	char list_separator[2]; // the same between an array's numbers, which stand on one line
	uint8_t list_len;
	char open[2], open_array[2]; // "{" and perhaps a newline
	uint8_t open_len, open_array_len;
	char newline; // "\n" is in open
	bool fold;    // equal elements become one
	bool omit;    // runs of zero elements are left out
	bool tight;   // {} stays on one line
};

#define SHOW_JSON (SHOW_DUMP + 1)

// The face of a plan, made at the first call; NULL: no memory, or it would have too much text.
const struct plan_face *show_face(const struct plan *plan, const struct show *how, uint8_t form);
// All that were made, for plans_fini.
void show_faces_free(struct plan_face *first);
// Writes the type as libbpf writes it in front of values: without qualifiers and names of arguments.
void show_cast(const struct btf *b, uint32_t id, struct buf *out);

#endif
