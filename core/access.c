// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "access.h"

#include "type.h"

static bool is_struct(const struct btf_type *t)
{
	return btf_kind(t) == BTF_KIND_STRUCT || btf_kind(t) == BTF_KIND_UNION;
}

// What a member of pointer type leads to.
static enum access pointer(const struct btf *b, const struct btf_type *t, uint32_t *next)
{
	*next = type_peel(b, t->type);
	return is_struct(btf_type(b, *next)) ? ACCESS_STRUCT : ACCESS_POINTER;
}

enum access access_load(const struct btf *b, uint32_t id, uint32_t off, uint32_t size,
			uint32_t *next)
{
	for (int depth = 0; depth < BTF_DEPTH; depth++) {
		const struct btf_type *t = btf_type(b, id), *inner = NULL;
		const struct btf_member *m = (const void *)(t + 1);

		if (!is_struct(t) || off + size > t->size)
			return ACCESS_NONE;
		for (uint32_t i = 0; i < btf_vlen(t); i++) {
			uint32_t bit = btf_member_at(t, &m[i]);
			uint32_t bits = btf_member_bits(t, &m[i]);
			uint32_t at = bit / 8, length, end, element = 0;
			const struct btf_array *array;

			if (off + size <= at)
				return ACCESS_NONE;
			if (bits) {
				if (off <= at && (bit + bits + 7) / 8 <= off + size)
					return ACCESS_SCALAR;
				continue;
			}
			if (off < at)
				return ACCESS_NONE;
			length = (uint32_t)type_size(b, m[i].type);
			end = at + length;
			if (off >= end)
				continue;
			inner = type_peeled(b, m[i].type);
			id = type_peel(b, m[i].type);
			while (btf_kind(inner) == BTF_KIND_ARRAY && length) {
				array = (const void *)(inner + 1);
				element = array->type;
				id = type_peel(b, element);
				inner = btf_type(b, id);
				length = (uint32_t)type_size(b, element);
			}
			if (!length)
				return ACCESS_NONE;
			at += (off - at) / length * length;
			if (is_struct(inner)) {
				off -= at;
				// At an element's beginning the kernel goes on with the id that the
				// array has: "Type 'local_t' is not a struct" (5.10 and 6.1).
				if (!off && element && element != id)
					return ACCESS_NONE;
				break;
			}
			if (btf_kind(inner) == BTF_KIND_PTR)
				return off == at && size == 8 ? pointer(b, inner, next)
							      : ACCESS_NONE;
			return off + size <= end ? ACCESS_SCALAR : ACCESS_NONE;
		}
		if (!inner || !is_struct(inner))
			return ACCESS_NONE;
	}
	return ACCESS_NONE;
}

enum access access_arg(const struct btf *b, uint32_t type, bool int_pointer, uint32_t *next)
{
	const struct btf_type *t = type_peeled(b, type), *target;

	if (btf_kind(t) == BTF_KIND_INT || btf_kind(t) == BTF_KIND_ENUM ||
	    btf_kind(t) == BTF_KIND_ENUM64)
		return ACCESS_SCALAR;
	if (btf_kind(t) != BTF_KIND_PTR)
		return ACCESS_NONE;
	if (pointer(b, t, next) == ACCESS_STRUCT)
		return ACCESS_STRUCT;
	target = btf_type(b, t->type);
	if (t->type == 0)
		return ACCESS_SCALAR;
	if (int_pointer) {
		target = type_peeled(b, t->type);
		return btf_kind(target) == BTF_KIND_INT ? ACCESS_SCALAR : ACCESS_NONE;
	}
	if (btf_kind(target) == BTF_KIND_CONST)
		target = btf_type(b, target->type);
	return btf_kind(target) == BTF_KIND_INT && target->size == 1 ? ACCESS_SCALAR : ACCESS_NONE;
}
