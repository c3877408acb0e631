// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Questions about C types, answered from BTF.
#ifndef CORE_TYPE_H
#define CORE_TYPE_H

#include "btf.h"
#include "buf.h"
#include "nearest.h"

// The type without typedefs, qualifiers and tags. 0 (void) also for a cycle of them.
uint32_t type_peel(const struct btf *b, uint32_t id);
static inline const struct btf_type *type_peeled(const struct btf *b, uint32_t id)
{
	return btf_type(b, type_peel(b, id));
}
// sizeof, in bytes; 0 for void, functions, forward declarations and cycles.
uint64_t type_size(const struct btf *b, uint32_t id);
// Is the pointer type with this id tagged, as "user" in __user? (kernels built with type tags)
bool type_tagged(const struct btf *b, uint32_t id, const char *tag);

// Do elements of this type make a text? Those of char do, which is known by its name: whether it has a
// sign differs between kernels. unsigned char, signed char and u8 are numbers of one byte.
bool type_holds_text(const struct btf *b, uint32_t element);

// Are values of this type bytes: integers of one byte, but not _Bool?
bool type_is_byte(const struct btf *b, uint32_t id);

// Is it an array of them?
bool type_is_bytes(const struct btf *b, uint32_t id);

struct type_member {
	uint32_t type;	     // BTF id
	uint32_t bit_offset; // from the start of the outermost struct
	uint32_t bits;	     // of a bit-field; 0: none
};

// Finds a member by name, looking inside anonymous structs and unions. id: struct or union, peeled.
bool type_member(const struct btf *b, uint32_t id, const char *name, size_t len,
		 struct type_member *ret);
// Offers all members' names, also those in embedded structs as "inner.name".
void type_offer_members(const struct btf *b, uint32_t id, struct nearest *n);

// The nth constant of an enum, as 64 bits; *is_negative: of an int64_t.
uint64_t type_constant(const struct btf_type *t, uint32_t nth, bool *is_negative);
const char *type_constant_name(const struct btf *b, const struct btf_type *t, uint32_t nth);

// Writes the declaration of a name with a type, as C has it: "char *argv[4]"; "" for the type alone.
void type_declare(const struct btf *b, uint32_t id, const char *name, struct buf *out);
// The same for somebody who declares many, and wants an end of it: *steps are taken off as they are
// needed, of which no sane type has ten; when none are left, all types are "endless".
void type_declare_within(const struct btf *b, uint32_t id, const char *name, int *steps,
			 struct buf *out);
// Writes the prototype of a BTF_KIND_FUNC, without a semicolon.
void type_prototype(const struct btf *b, uint32_t func, struct buf *out);

#endif
