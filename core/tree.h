// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// The tree of an expression: made by parse, given types and meaning by check.
#ifndef CORE_TREE_H
#define CORE_TREE_H

#include "lex.h"

enum value_kind {
	V_INT,	  // size 1, 2, 4, 8; _Bool and enums too
	V_PTR,	  // an address
	V_STRUCT, // struct or union in memory, or in an argument's words
	V_CHARS,  // char[size] in memory; of a flexible array size is 0
	V_ARRAY,  // any other array in memory; of a flexible array size is 0
	V_SLICE,  // elements of an array, `size` bytes of them at most: only good as a capture
	V_STR,	  // a string read from where a pointer points: size bytes, of which the last two
		  // are its NUL and one byte more than was asked for, to know of a cut
	V_BYTES,  // size bytes read from where a pointer points
	V_ADDR,	  // an internet address: u16 family, 2 bytes of 0, 16 bytes in network order
	V_PATH,	  // the path of a file: struct wire_path (bpf/wire.h)
	V_STACK,  // where calls return to: struct wire_stack (bpf/wire.h); is_user: of ustack
	V_TEXT,	  // a string literal
	V_VOID
};

struct value_type {
	uint8_t kind; // enum value_kind
	uint8_t unit; // enum ks_unit
	bool is_signed;
	bool is_bool, is_enum;
	bool is_user;	   // V_PTR: to user memory; V_STR, V_BYTES: read from there
	uint32_t size;	   // bytes
	uint32_t id;	   // BTF type as declared; 0 when the value is not from BTF
	uint32_t to;	   // V_PTR: BTF type pointed to, 0: void; V_CHARS, V_ARRAY, V_SLICE: of
			   // the elements
	const char *spell; // C's words for it when id is 0
};

// What a checked tree can hold, and what its node's value is:
//
//   N_NUMBER   number's low bits, by type
//   N_TEXT     a literal, only as b of a comparison or a match
//   N_ARG      the argument `slot` of the scope; -1 (ARG_RETVAL): retval. V_INT, V_PTR or V_STRUCT
//   N_BUILTIN  a value of the task or the moment
//   N_MEMBER   what lies bit_offset bits behind the start of a (.) or behind where a points (->)
//   N_DEREF    what a points to
//   N_INDEX    element b of a: a is an array in memory, or a pointer to the first element. b is
//              V_INT of 8 bytes, signed. With count, b past it makes the value unknown.
//   N_ADDRESS  where a lies: a is N_MEMBER, N_DEREF or N_INDEX (or a V_STR's pointer: never)
//   N_UNARY    - ~ + ! of a
//   N_BINARY   a op b, both of one type but for shifts; comparisons also of two pointers, and of
//              a string (V_CHARS, V_STR) with N_TEXT by == and !=
//   N_LOGIC    && ||         N_CHOICE  a ? b : c, b and c of one type
//   N_CONVERT  a as another V_INT or V_PTR: the bits cut or extended by a's sign; to _Bool: a != 0
//   N_STR      the string at pointer a        N_BYTES  the bytes at pointer a
//   N_SLICE    `count` elements of an array from element b on; with c, only those before element c.
//              b and c are V_INT of 8 bytes, signed. a (N_INDEX) is element b, or element 0 when b
//              is computed. Bounds before element 0 or before each other make it unknown, as does
//              a b past `number`, the array's elements (0: not known); what is behind them or
//              past `count` is left out.
//   N_SWAP     a (V_INT of 2, 4 or 8 bytes, unsigned) with its bytes the other way round
//   N_MATCH    does the string a match the glob b (N_TEXT)? op: '~' or TWO('!', '~')
//   N_INET     V_ADDR from family a, b where an IPv4 and c where an IPv6 address lies: b and c are
//              in memory (N_MEMBER, N_DEREF, N_INDEX), of 4 and 16 bytes
//   N_STASH    what a value was where the call or span began: `slot` trees that mean it, one for each
//              of its open ends, are in `entries`; count: of a V_SLICE. No tree of this end is in it.
//              V_TEXT of 4 bytes: the place where a span opened, as records say it.
//   N_CHANGES  of one thing, a (N_STASH) what it was and b what it is now; in a record the second lies
//              `number` bytes behind the first. Only the root of a capture's tree.
//   N_PATH     V_PATH of the dentry at pointer a in the mount (struct vfsmount) at pointer b; NULL:
//              as far as its file system
//
// Trees may share nodes: a capture's tree stands wherever its name is written.
enum node_kind {
	N_NUMBER,
	N_TEXT,
	N_NAME,	 // only before check
	N_PARAM, // only before check: $name
	N_CALL,	 // only before check: name(args); casts, sizeof and `in` have kinds of parse's own
	N_CAST,
	N_SIZEOF,
	N_IN,
	N_LIST,
	N_ARG,
	N_BUILTIN,
	N_MEMBER,
	N_DEREF,
	N_INDEX,
	N_ADDRESS,
	N_UNARY,
	N_BINARY,
	N_LOGIC,
	N_CHOICE,
	N_CONVERT,
	N_STR,
	N_BYTES,
	N_SWAP,
	N_MATCH,
	N_INET,
	N_PATH,
	N_SLICE, // before check: a[b:c], b NULL when it is not written
	N_STASH,
	N_CHANGES // never before check
};

#define ARG_RETVAL UINT32_MAX

enum builtin {
	B_PID,
	B_TID,
	B_UID,
	B_GID,
	B_COMM,
	B_CPU,
	B_CGROUP,
	B_TIME,
	B_FUNC,
	B_CURRENT, // a pointer to struct task_struct
	B_ELAPSED, // since the call or span began, ns
	B_CALLER,  // the address that the function returns to
	B_STACK,   // of `count` frames that are shown, at most
	B_USTACK
};

struct scope;

struct node {
	uint8_t kind;	    // enum node_kind
	bool arrow;	    // N_MEMBER: ->
	uint16_t op;	    // as in the token
	struct token token; // the operator or name, for carets
	uint32_t pos, len;  // what the whole node spans in the source
	struct node *a, *b, *c;
	struct node *next; // before check: the next of a call's arguments, of a list's elements
	struct value_type type; // from here on: given by check
	uint64_t number;	// N_NUMBER: its bits, by type; N_SLICE: elements of the array
	uint32_t slot;		// N_ARG: index into the scope's args, or ARG_RETVAL; N_STASH
	uint32_t count;		// N_INDEX: elements of the array; 0: not known; N_SLICE: at most
				// N_BUILTIN, N_STASH: of a V_STACK, frames
	bool is_part;		// of a V_STACK: as many frames as were asked for, not all
	uint8_t builtin;	// N_BUILTIN
	uint32_t bit_offset;	// N_MEMBER: from a's start
	uint32_t bits;		// N_MEMBER: of a bit-field; 0: none
	const struct node *const *entries; // N_STASH: checked, each in the scope of its end,
	const struct scope *const *opens;  // which are these
	uint32_t weight;		   // of a capture's root: how many operations it stands for
};

#endif
