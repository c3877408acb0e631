// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "btf_check.h"

#include "btf.h"
#include "error.h"

static const char no_prototype[] = "a function without a prototype";

// Which types are referred to. They may be later ones than those that refer to them.
struct walk {
	uint32_t strings;	    // the first offset behind them
	uint32_t highest;	    // id that is referred to
	const struct btf_type *who; // refers to it
};

static inline void refer(struct walk *w, const struct btf_type *t, uint32_t id)
{
	if (id > w->highest) {
		w->highest = id;
		w->who = t;
	}
}

static inline const char *check_members(struct walk *w, const struct btf_type *t, uint32_t count)
{
	const struct btf_member *m = (const void *)(t + 1), *end = m + count;
	uint32_t mask = BTF_INFO_KFLAG(t->info) ? 0xffffff : 0xffffffff; // else a bit-field's size
	uint64_t bits = (uint64_t)t->size * 8;

	for (; m < end; m++) {
		refer(w, t, m->type);
		if (m->name_off >= w->strings)
			return "a member's name outside the strings";
		if ((m->offset & mask) > bits)
			return "a member outside its struct";
	}
	return NULL;
}

static inline const char *check_enum(const struct walk *w, const struct btf_type *t, uint32_t count,
				     uint32_t words)
{
	const uint32_t *e = (const void *)(t + 1), *end = e + words * count;

	if (t->size != 1 && t->size != 2 && t->size != 4 && t->size != 8)
		return "an enum of impossible size";
	for (; e < end; e += words)
		if (*e >= w->strings)
			return "an enum constant's name outside the strings";
	return NULL;
}

static inline const char *check_parameters(struct walk *w, const struct btf_type *t, uint32_t count)
{
	const struct btf_param *p = (const void *)(t + 1), *end = p + count;

	refer(w, t, t->type);
	for (; p < end; p++) {
		refer(w, t, p->type);
		if (p->name_off >= w->strings)
			return "a parameter's name outside the strings";
	}
	return NULL;
}

static const char *check_int(const struct btf_type *t)
{
	uint32_t v = *(const uint32_t *)(t + 1);

	return t->size == 0 || t->size > 16 || BTF_INT_BITS(v) + BTF_INT_OFFSET(v) > t->size * 8
		       ? "an integer of impossible size"
		       : NULL;
}

// NULL, or what is wrong with one type.
static inline const char *check_type(const struct btf *b, struct walk *w, const struct btf_type *t)
{
	const struct btf_array *a = (const void *)(t + 1);

	if (t->name_off >= w->strings)
		return "a name outside the strings";
	switch (btf_kind(t)) {
	case BTF_KIND_PTR:
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPE_TAG:
	case BTF_KIND_VAR:
	case BTF_KIND_DECL_TAG:
		refer(w, t, t->type);
		return NULL;
	case BTF_KIND_FUNC:
		return btf_kind(btf_type(b, t->type)) == BTF_KIND_FUNC_PROTO ? NULL : no_prototype;
	case BTF_KIND_FUNC_PROTO:
		return check_parameters(w, t, btf_vlen(t));
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return check_members(w, t, btf_vlen(t));
	case BTF_KIND_ENUM:
		return check_enum(w, t, btf_vlen(t), 2);
	case BTF_KIND_ENUM64:
		return check_enum(w, t, btf_vlen(t), 3);
	case BTF_KIND_ARRAY:
		refer(w, t, a->type);
		refer(w, t, a->index_type);
		return NULL;
	case BTF_KIND_INT:
		return check_int(t);
	default:
		return NULL;
	}
}

int btf_check(const struct btf *b, struct ks_error *error)
{
	struct walk w = {.strings = b->first_string + b->strings_len};
	const struct btf_type *t = NULL;
	const char *wrong = NULL;

	for (uint32_t id = b->first; !wrong && id < b->end; id++) {
		t = btf_own(b, id);
		wrong = check_type(b, &w, t);
	}
	if (!wrong && w.highest >= b->end) {
		wrong = "a type id out of range";
		t = w.who;
	}
	return wrong ? error_set(error, KS_EOS, "corrupt BTF at byte %zu: %s",
				 (size_t)((const unsigned char *)t - b->bytes.data), wrong)
		     : 0;
}
