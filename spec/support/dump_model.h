// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// What libbpf 1.1.2 prints for a value, and what it would print without its faults.
#ifndef SPEC_DUMP_MODEL_H
#define SPEC_DUMP_MODEL_H

#include "show.h"

enum rule {
	// A struct or union whose first member is 0 is left out, whatever the others are.
	FIRST_MEMBER,
	// After an array of bytes, what is 0 in other arrays is left out.
	ZERO_ELEMENT,
	// An array of numbers of one byte that begins with 0 is left out.
	BYTES_BEGIN_ZERO,
	// Of all of these the zeroes are left out, or what follows the first of them.
	BYTES_END_ZERO,
	// What follows a string's end is shown, as if it belonged to it.
	CHARS_AFTER,
	// After the end of a string, numbers of one byte have no value and no comma.
	NOTHING_AFTER,
	// And arrays have no elements.
	ARRAY_AFTER,
	// After an array of bytes, numbers of one byte are characters.
	BYTE_AS_CHAR,
	// Signed enums that no constant names have no comma.
	SIGNED_COMMA,
	// Enums that are not aligned are 0.
	UNALIGNED_ENUM,
	// A bit-field enum that is 0 is shown when its neighbours are not.
	NEIGHBOUR_ENUM,
	// Bit-fields of a signed enum are not signed.
	SIGNED_BITS,
	// A null pointer that is not aligned is no (nil).
	UNALIGNED_NULL,
	// Of an enum of eight bytes that is described by the older kind, four are shown.
	HALF_ENUM,
	// Of several types with one name all but the first that was written have a number.
	RENAMED,
	// A bit-field whose type is larger than what is left ends everything.
	BITS_AT_END,
	// An array of structs without members ends everything.
	EMPTY_ELEMENT,
	RULES,
};

extern const char *const model_rules[RULES];

// Writes a value of a struct, union, enum or typedef. counts: NULL for the right text, else for
// libbpf's, and how often each of its faults took effect is added there. bytes are aligned to 16.
void model(const struct btf *b, uint32_t id, const unsigned char *bytes, const struct show *how,
	   unsigned long *counts, struct buf *out);

// The type in front of a value. renamed: NULL for the right text, else how often a number is added.
void model_cast(const struct btf *b, uint32_t id, unsigned long *renamed, struct buf *out);
// Of the names that were written, for another BTF.
void model_forget(void);

#endif
