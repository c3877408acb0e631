// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// What a person calls a type: "struct sock", "sock", "struct sock.__sk_common", "struct tcp_*".
#ifndef CORE_TYPE_NAME_H
#define CORE_TYPE_NAME_H

#include "btf.h"
#include "nearest.h"

#define TYPE_NAME 128 // bytes of a name, with its NUL

struct type_name {
	const uint32_t *kinds; // that it may be of, the first found counts; ends in BTF_KIND_UNKN
	char name[TYPE_NAME];  // without struct, union, enum or typedef before it
	const char *path;      // what is behind: ".a.b", "[2]"; borrowed from the text; "": nothing
	bool is_tagged;	       // there was such a word
	bool is_glob;
};

// A member that a path leads to.
struct type_place {
	uint32_t root;	 // offsets count from the start of this type
	uint32_t type;	 // the member's
	uint64_t offset; // bits
	uint32_t bits;	 // of a bit-field; 0: none
};

// -1 with error (KS_ESYNTAX, with a place in the text) when it is no such name.
int type_name_parse(const char *text, struct type_name *ret, struct ks_error *error);
// The next type of one kind that has the name, at or after an id; 0: none.
uint32_t type_name_next(const struct type_name *n, const struct btf *b, uint32_t kind, uint32_t id);
// Offers the names of the kinds asked for.
void type_name_offer(const struct type_name *n, const struct btf *b, struct nearest *near);
// Goes n->path from a type on, also through pointers, behind which offsets begin anew. -1 with error:
// KS_EABSENT, with the nearest members.
int type_name_follow(const struct type_name *n, const struct btf *b, uint32_t id,
		     struct type_place *ret, struct ks_error *error);
// "struct sock", "enum x", "fmode_t": with the word that the kind has in C, and no more.
void type_name_text(const struct btf *b, uint32_t id, char text[TYPE_NAME + 16]);

#endif
