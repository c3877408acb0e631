// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// The strings with a name and a spec: "[name=]expr|spec|width".
#ifndef CORE_SPEC_H
#define CORE_SPEC_H

#include "arena.h"
#include "ksnoop.h"

struct spec {
	uint32_t name_pos, name_len; // 0: none written
	uint32_t from, to;	     // the expression
	const char *format;	     // "" when none
	uint32_t format_pos, format_len;
	int32_t width; // negative: left; 0: none
};

// Splits text[from, to). -1 with error and a place: an unknown spec.
int spec_split(struct arena *a, const char *text, uint32_t from, uint32_t to, struct spec *ret,
	       struct ks_error *error);

#define SPEC_FORMAT 128 // bytes of a spec that is given while the trace runs, with its NUL

// Reads specs alone, "size|6", into all of ret but its expression and format; format: a copy of that.
// -1 with error and a place in text.
int spec_read(const char *text, struct spec *ret, char format[SPEC_FORMAT], struct ks_error *error);

#endif
