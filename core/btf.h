// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// BTF, the kernel's own description of its types. After btf_open every offset, string and type id in it
// is in range: btf_check has seen to that, or the kernel, of its own. What is left to a reader is to bound
// its own recursion (cycles through typedefs are possible).
// Format: Documentation/bpf/btf.rst.
#ifndef CORE_BTF_H
#define CORE_BTF_H

#include <stdbool.h>

#include "btf_names.h"
#include "btf_read.h"
#include "ksnoop.h"

#include <linux/btf.h>

#define BTF_DEPTH 32 // how deep types may nest before we call them a cycle

struct btf {
	struct btf_bytes bytes;
	const char *strings; // this file's part
	uint32_t strings_len;
	uint32_t *at;	// offset of each type of this file in its bytes; owned
	uint32_t first; // id of this file's first type: 1, or behind the base
	uint32_t end;	// one past the last id
	uint32_t first_string;
	const struct btf *base;	 // what a module's BTF builds on; or NULL
	struct btf_names *names; // owned
};

// Reads a file, raw or ELF with a .BTF section. base: see struct btf, borrowed for b's life.
// KS_EABSENT when there is no such file or no BTF in it, KS_EOS when it can't be read or is corrupt.
int btf_open(struct btf *b, const char *path, const struct btf *base, struct ks_error *error);
// The same of bytes that were read already; takes them in any case.
int btf_take(struct btf *b, const struct btf_bytes *bytes, const struct btf *base,
	     struct ks_error *error);
// The same from memory; takes the malloc'ed data in any case.
int btf_parse(struct btf *b, unsigned char *data, size_t size, const struct btf *base,
	      struct ks_error *error);
void btf_fini(struct btf *b);

// The type with an id that btf_open has seen; id 0 (void) gives a type of kind BTF_KIND_UNKN.
const struct btf_type *btf_type(const struct btf *b, uint32_t id);
const char *btf_string(const struct btf *b, uint32_t offset);
// left: the bytes from there to the end of the strings.
const char *btf_string_left(const struct btf *b, uint32_t offset, size_t *left);
static inline const char *btf_name(const struct btf *b, uint32_t id)
{
	return btf_string(b, btf_type(b, id)->name_off);
}

// The same of one of this file's own types, from b->first on and before b->end, where all are looked through.
static inline const struct btf_type *btf_own(const struct btf *b, uint32_t id)
{
	return (const void *)(b->bytes.data + b->at[id - b->first]);
}
static inline const char *btf_own_string(const struct btf *b, uint32_t offset)
{
	return offset - b->first_string < b->strings_len ? b->strings + (offset - b->first_string)
							 : btf_string(b, offset);
}

static inline uint32_t btf_kind(const struct btf_type *t)
{
	return BTF_INFO_KIND(t->info);
}

// Where a member lies in its struct or union, in bits; and of a bit-field how many it has, else 0.
static inline uint32_t btf_member_at(const struct btf_type *t, const struct btf_member *m)
{
	return BTF_INFO_KFLAG(t->info) ? BTF_MEMBER_BIT_OFFSET(m->offset) : m->offset;
}
static inline uint32_t btf_member_bits(const struct btf_type *t, const struct btf_member *m)
{
	return BTF_INFO_KFLAG(t->info) ? BTF_MEMBER_BITFIELD_SIZE(m->offset) : 0;
}

static inline uint32_t btf_vlen(const struct btf_type *t)
{
	return BTF_INFO_VLEN(t->info);
}

// Has a type a tag with this text (BTF_KIND_DECL_TAG, kernel macros such as __bpf_kfunc)?
bool btf_has_tag(const struct btf *b, uint32_t id, const char *text);
// The first enum of this file at or after `from`, named or not; 0: none.
uint32_t btf_next_enum(const struct btf *b, uint32_t from);
// The id of the first type of a kind with this name at or after `from`, in this file; 0: none. What
// has no name is not found by "".
uint32_t btf_find(const struct btf *b, uint32_t kind, const char *name, uint32_t from);
// The id of the first enum at or after `from`, in the base or in this file, that has a constant of this
// name, and which of its constants that is; 0: none.
uint32_t btf_find_constant(const struct btf *b, const char *name, size_t len, uint32_t from,
			   uint32_t *nth);

#endif
