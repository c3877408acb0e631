// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "features.h"
#include "type.h"

#define HOPS 6

void put(struct text *t, const char *format, ...)
{
	va_list list;
	int n;

	if (t->n >= sizeof(t->s))
		return;
	va_start(list, format);
	n = vsnprintf(t->s + t->n, sizeof(t->s) - t->n, format, list);
	va_end(list);
	t->n = t->n + (uint32_t)n < sizeof(t->s) ? t->n + (uint32_t)n : sizeof(t->s);
}

static bool is_struct(const struct btf *b, uint32_t id)
{
	uint32_t kind = btf_kind(type_peeled(b, id));

	return (kind == BTF_KIND_STRUCT || kind == BTF_KIND_UNION) && type_size(b, id);
}

// What a pointer points to; 0: void, or it is no pointer.
static uint32_t behind(const struct btf *b, uint32_t id)
{
	const struct btf_type *t = type_peeled(b, id);

	return btf_kind(t) == BTF_KIND_PTR ? type_peel(b, t->type) : 0;
}

static bool is_int(const struct btf *b, uint32_t id)
{
	const struct btf_type *t = type_peeled(b, id);

	return btf_kind(t) == BTF_KIND_INT && t->size <= 8 &&
	       !(BTF_INT_ENCODING(*(const uint32_t *)(t + 1)) & BTF_INT_BOOL);
}

static bool is_char(const struct btf *b, uint32_t id)
{
	return is_int(b, id) && type_size(b, id) == 1;
}

bool draw_wished(const struct btf *b, uint32_t type, uint32_t bits, enum wish w)
{
	const struct btf_type *t = type_peeled(b, type);
	const struct btf_array *array = (const void *)(t + 1);
	uint32_t kind = btf_kind(t), to = behind(b, type);

	if (bits)
		return w == A_BIT_FIELD && bits <= 64;
	switch (w) {
	case AN_INT:
		return is_int(b, type);
	case AN_ENUM:
		return kind == BTF_KIND_ENUM || kind == BTF_KIND_ENUM64;
	case A_BOOL:
		return kind == BTF_KIND_INT && !is_int(b, type) && t->size == 1;
	case A_POINTER:
		return kind == BTF_KIND_PTR;
	case A_STRUCT_POINTER:
		return to && is_struct(b, to) && !type_tagged(b, type, "percpu");
	case A_FUNCTION_POINTER:
		return to && btf_kind(btf_type(b, to)) == BTF_KIND_FUNC_PROTO;
	case AN_INT_POINTER:
		return to && is_int(b, to) && type_size(b, to) > 1 &&
		       !type_tagged(b, type, "percpu");
	case A_DOUBLE_POINTER:
		return to && behind(b, to) && is_int(b, behind(b, to)) &&
		       !type_tagged(b, type, "percpu");
	case A_CHAR_POINTER:
		return to && is_char(b, to);
	case CHARS:
		return kind == BTF_KIND_ARRAY && is_char(b, array->type) && array->nelems > 1;
	case INTS:
		return kind == BTF_KIND_ARRAY && is_int(b, array->type) && array->nelems > 1 &&
		       !is_char(b, array->type);
	case A_STRUCT:
		return is_struct(b, type);
	case NETWORK_BYTES:
		return kind == BTF_KIND_ARRAY && type_size(b, type) == 16;
	default:
		return false;
	}
}

// Names that mean something else than an argument.
static bool taken(const char *name)
{
	static const char *const words[] = {"pid",    "tid",   "uid",  "gid",	  "comm",
					    "cpu",    "time",  "func", "cgroup",  "args",
					    "caller", "stack", "in",   "current", "ustack",
					    "sizeof", "retval"};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (!strcmp(words[i], name))
			return true;
	return *name == 'c' && name[1] >= '0' && name[1] <= '9'; // our captures
}

// Where a chain can begin. False: not this time.
static bool root(struct maker *m, struct text *out, uint32_t *type)
{
	uint32_t n = m->root_count, i = draw(n + 2);

	if (i < n) {
		const char *name = m->roots[i].name;

		*type = m->roots[i].type;
		if (!*name || taken(name) || is_struct(m->b, *type))
			return false;
		put(out, "%s", name);
		m->used |= feature(F_ARGUMENT);
		return true;
	}
	if (i == n && m->returned) {
		*type = m->returned;
		if (is_struct(m->b, *type))
			return false;
		put(out, "retval");
		m->used |= feature(F_RETVAL);
		return true;
	}
	if (i == n + 1 && m->task && (n == 0 || draw(3) == 0)) {
		*type = m->task;
		put(out, "current");
		m->used |= feature(F_CURRENT);
		return true;
	}
	return false;
}

bool draw_root(struct maker *m, enum wish w, struct text *out, uint32_t *type)
{
	features used = m->used;
	uint32_t n = out->n;

	for (int tries = 0; tries < 12; tries++) {
		if (root(m, out, type) && draw_wished(m->b, *type, 0, w))
			return true;
		m->used = used;
		out->n = n;
		out->s[n] = '\0';
	}
	return false;
}

struct step {
	const struct btf_member *member;
	uint32_t bits;
};

// A member of a struct that ends the chain, or (wish A_STRUCT or A_STRUCT_POINTER) leads on.
static bool pick(const struct btf *b, uint32_t id, enum wish w, struct step *ret)
{
	const struct btf_type *t = btf_type(b, id);
	const struct btf_member *m = (const void *)(t + 1);
	uint32_t n = btf_vlen(t), from = draw(n);

	for (uint32_t i = 0; i < n; i++) {
		const struct btf_member *at = &m[(from + i) % n];

		ret->member = at;
		ret->bits = BTF_INFO_KFLAG(t->info) ? BTF_MEMBER_BITFIELD_SIZE(at->offset) : 0;
		if (draw_wished(b, at->type, ret->bits, w) &&
		    (*btf_string(b, at->name_off) || w == A_STRUCT))
			return true;
	}
	return false;
}

// Goes on from a struct; its text ends where "->x" or ".x" would follow.
static bool walk(struct maker *m, uint32_t id, bool arrow, enum wish w, struct text *out,
		 uint32_t *type)
{
	static const enum feature deep[] = {F_MEMBER, F_MEMBER, F_TWO_POINTERS, F_THREE_POINTERS};
	uint32_t pointers = arrow;

	for (int hop = 0; hop < HOPS; hop++) {
		bool found = draw(4) && pick(m->b, id, w, &(struct step){0});
		enum wish way = found ? w : draw(3) ? A_STRUCT_POINTER : A_STRUCT;
		struct step s;
		const char *name;

		if (!pick(m->b, id, way, &s) &&
		    !pick(m->b, id, way = way == A_STRUCT ? A_STRUCT_POINTER : A_STRUCT, &s))
			return false;
		name = btf_string(m->b, s.member->name_off);
		if (*name)
			put(out, "%s%s", arrow ? "->" : ".", name);
		if (*name && !arrow && hop)
			m->used |= feature(F_EMBEDDED);
		if (!*name)
			m->used |= feature(F_ANONYMOUS);
		*type = s.member->type;
		if (way == w && *name && (found || draw(2))) {
			m->used |= feature(deep[pointers < 3 ? pointers : 3]);
			return out->n < 300;
		}
		if (way == A_STRUCT_POINTER) {
			id = behind(m->b, *type);
			arrow = true;
			pointers++;
		} else if (way == A_STRUCT) {
			id = type_peel(m->b, *type);
			arrow = *name ? false : arrow;
		} else {
			return false;
		}
	}
	return false;
}

bool draw_chain(struct maker *m, enum wish w, struct text *out, uint32_t *type)
{
	features used = m->used;
	uint32_t n = out->n;

	for (int tries = 0; tries < 30; tries++) {
		bool good = root(m, out, type);

		if (good && draw_wished(m->b, *type, 0, w) && draw(3) == 0)
			return true;
		if (good && draw_wished(m->b, *type, 0, A_STRUCT_POINTER)) {
			bool of_retval = !strcmp(out->s + n, "retval");

			if (walk(m, behind(m->b, *type), true, w, out, type)) {
				m->used |= of_retval ? feature(F_RETVAL_CHAIN) : 0;
				return true;
			}
		}
		m->used = used;
		out->n = n;
		out->s[n] = '\0';
	}
	return draw_root(m, w, out, type);
}
