// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Names and types: a parsed tree becomes one whose every node has a C type and a meaning.
#ifndef CORE_CHECK_H
#define CORE_CHECK_H

#include "scope.h"

#define STR_DEFAULT 256 // bytes that str() takes, without the NUL
#define STR_MAX	    4096
#define BUF_MAX	    4096 // bytes that buf() takes
#define SLICE_BYTES 256	 // that a slice takes where neither its bounds nor an array say how many

#define MATCH_STARS   4	  // of a pattern
#define MATCH_SEGMENT 32  // bytes between two stars
#define MATCH_TEXT    128 // bytes of what is matched

// A predicate: anything that C can test against 0. The tree is changed in place; the result is the
// root to use. NULL with error: KS_ENAME, KS_ETYPE, with a place.
struct node *check_where(struct arena *a, const struct scope *s, struct node *n,
			 struct ks_error *error);
// A value that a record can carry.
struct node *check_capture(struct arena *a, const struct scope *s, struct node *n,
			   struct ks_error *error);
// Is it known here what was when it began, as the spec at pos asks for? -1 with error.
int check_interval(const struct scope *s, const char *spec, uint32_t pos, struct ks_error *error);
// The same value at both ends of a call or span, N_CHANGES. A pointer that can't change itself, since
// it was passed or made, stands for what it points to: the object where it led when it began.
struct node *check_changes(struct arena *a, const struct scope *s, struct node *n,
			   struct ks_error *error);
// What a capture without "name=" is called, from its parsed tree; false: it needs one. *p is
// borrowed from the source.
bool check_capture_name(const struct node *n, const char **p, uint32_t *len);

// The C type in text[from, to): "unsigned long", "const struct pollfd __user *". A pointer that has
// the tag __user is one to user memory. The spelling is made in the arena.
// -1 with error, its place counted from text: KS_ESYNTAX, KS_ENAME with the nearest names, KS_ETYPE.
int check_type_text(const struct btf *b, struct arena *a, const char *text, uint32_t from,
		    uint32_t to, struct value_type *ret, struct ks_error *error);
// The same with a parameter's name behind it, "struct bio *b"; name: T_NAME or, without one, T_END.
int check_parameter_text(const struct btf *b, struct arena *a, const char *text, uint32_t from,
			 uint32_t to, struct value_type *ret, struct token *name,
			 struct ks_error *error);
// The formatter of what a checked node is, by its type or its member's name; NULL: it has none.
const struct formatter *check_formatter(const struct btf *b, const struct node *n);
// Is n, a V_CHARS, a text, and not numbers of one byte?
bool check_holds_text(const struct btf *b, const struct node *n);
// Of what a script shows or reads it by: formats_of; 0: nothing.
uint32_t check_format(const struct scope *s, const struct node *n);
// Are they one type to C, but for qualifiers?
bool check_same_type(const struct btf *b, const struct value_type *x, const struct value_type *y);

// Can one value hold what either of them is?
bool check_one_type(const struct btf *b, const struct value_type *x, const struct value_type *y);

#endif
