// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Types that a script shows, and reads, by functions of its own. Nothing here calls one: text has
// holes, which whoever asked for the text fills; and a literal stands for bytes once they were told.
//
// A hole is \1 HEAD \2 BODY \3. No text has these bytes but by its holes, which may lie in one
// another:
//   f<format>;<type>;<at>;<keep>  the value of that BTF type `at` bytes behind the start of what is
//                                 shown; the body is how it looks without a function, of which the
//                                 first `keep` bytes stay in any case: ".member = "
//   w<width>                      a column of that width, negative: left; the body is what is in it
//   l                             \1 itself, as a template has it; no body
#ifndef CORE_FORMATS_H
#define CORE_FORMATS_H

#include "arena.h"
#include "btf.h"
#include "buf.h"

#define HOLE	  "\1"
#define HOLE_BODY "\2"
#define HOLE_END  "\3"

#define FORMATS_MAX	256
#define FORMATS_LITERAL 64 // bytes of a type whose literals can be compared, at most

struct format_literal;

struct formats {
	struct arena *arena; // owns what is below
	struct formats_row {
		const char *name; // "struct in6_addr", "kuid_t"
		bool reads;	  // has an inverse
		struct format_literal *literals;
	} rows[FORMATS_MAX];
	uint32_t count;
	struct ks_literal wanted; // that KS_ELITERAL was last said of; size 0: none
};

// The bytes that a text stands for.
struct format_literal {
	struct format_literal *next;
	const char *text;
	size_t len;
	uint32_t size;
	bool is_none; // it stands for nothing
	uint8_t bytes[];
};

// Adds a type by its name as C has it, or finds it. Its index; -1 with error.
int formats_add(struct formats *f, const char *name, bool reads, struct ks_error *error);
// Of a type the row's index and 1, looked for under each of its names from the outermost typedef on;
// 0 when it has none, or when a formatter of ours is found first. f: NULL is fine.
uint32_t formats_of(const struct formats *f, const struct btf *btf, uint32_t type_id);
// What a text stands for; NULL: that was not told yet.
const struct format_literal *formats_literal(const struct formats_row *row, const char *text,
					     size_t len, uint32_t size);
// Tells it of what is wanted; bytes: NULL for none. -1 with error.
int formats_tell(struct formats *f, const void *bytes, struct ks_error *error);
// Begins a hole for a value; which ends in HOLE_END.
void formats_open(uint32_t index, uint32_t type_id, uint64_t at, uint32_t keep, struct buf *out);

#endif
