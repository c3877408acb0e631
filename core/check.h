// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Names and types: a parsed tree becomes one whose every node has a C type and a meaning.
#ifndef CORE_CHECK_H
#define CORE_CHECK_H

#include "scope.h"

#define STR_DEFAULT 256 // bytes that str() takes, without the NUL
#define STR_MAX	    4096

// A predicate: anything that C can test against 0. The tree is changed in place; the result is the
// root to use. NULL with error: KS_ENAME, KS_ETYPE, with a place.
struct node *check_where(struct arena *a, const struct scope *s, struct node *n,
			 struct ks_error *error);
// A value that a record can carry.
struct node *check_capture(struct arena *a, const struct scope *s, struct node *n,
			   struct ks_error *error);
// What a capture without "name=" is called; false: it needs one. *p is borrowed from the source.
bool check_capture_name(const struct node *n, const char **p, uint32_t *len);

int check_type_text(const struct btf *b, struct arena *a, const char *text, uint32_t from,
		    uint32_t to, struct value_type *ret, struct ks_error *error);

#endif
