// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "type.h"

#include <stdio.h>
#include <string.h>

uint32_t type_peel(const struct btf *b, uint32_t id)
{
	for (int depth = 0; depth < BTF_DEPTH; depth++) {
		const struct btf_type *t = btf_type(b, id);

		switch (btf_kind(t)) {
		case BTF_KIND_TYPEDEF:
		case BTF_KIND_CONST:
		case BTF_KIND_VOLATILE:
		case BTF_KIND_RESTRICT:
		case BTF_KIND_TYPE_TAG:
			id = t->type;
			break;
		default:
			return id;
		}
	}
	return 0;
}

uint64_t type_size(const struct btf *b, uint32_t id)
{
	uint64_t count = 1;

	for (int depth = 0; depth < BTF_DEPTH; depth++) {
		const struct btf_type *t = type_peeled(b, id);
		const struct btf_array *a = (const void *)(t + 1);

		switch (btf_kind(t)) {
		case BTF_KIND_INT:
		case BTF_KIND_FLOAT:
		case BTF_KIND_ENUM:
		case BTF_KIND_ENUM64:
		case BTF_KIND_STRUCT:
		case BTF_KIND_UNION:
			return count * t->size;
		case BTF_KIND_PTR:
			return count * 8;
		case BTF_KIND_ARRAY:
			if (a->nelems && count > UINT32_MAX / a->nelems)
				return 0;
			count *= a->nelems;
			id = a->type;
			break;
		default:
			return 0;
		}
	}
	return 0;
}

bool type_tagged(const struct btf *b, uint32_t id, const char *tag)
{
	const struct btf_type *t = type_peeled(b, id);

	if (btf_kind(t) != BTF_KIND_PTR)
		return false;
	id = t->type;
	for (int depth = 0; depth < BTF_DEPTH; depth++) {
		t = btf_type(b, id);
		if (btf_kind(t) == BTF_KIND_TYPE_TAG && !strcmp(btf_string(b, t->name_off), tag))
			return true;
		if (btf_kind(t) != BTF_KIND_TYPE_TAG && btf_kind(t) != BTF_KIND_CONST &&
		    btf_kind(t) != BTF_KIND_VOLATILE)
			return false;
		id = t->type;
	}
	return false;
}

// Hostile BTF can nest anonymous structs so that a search visits a member 2^n times. The largest struct
// of a kernel has some 700 members, with those of the structs without a name in it.
#define BUDGET 20000

bool type_is_byte(const struct btf *b, uint32_t id)
{
	const struct btf_type *t = type_peeled(b, id);

	return btf_kind(t) == BTF_KIND_INT && t->size == 1 &&
	       !(BTF_INT_ENCODING(*(const uint32_t *)(t + 1)) & BTF_INT_BOOL);
}

bool type_is_bytes(const struct btf *b, uint32_t id)
{
	const struct btf_type *t = type_peeled(b, id);

	return btf_kind(t) == BTF_KIND_ARRAY &&
	       type_is_byte(b, ((const struct btf_array *)(t + 1))->type);
}

bool type_holds_text(const struct btf *b, uint32_t element)
{
	const struct btf_type *t = type_peeled(b, element);

	return type_is_byte(b, element) &&
	       (BTF_INT_ENCODING(*(const uint32_t *)(t + 1)) & BTF_INT_CHAR ||
		!strcmp(btf_string(b, t->name_off), "char"));
}

static bool find(const struct btf *b, uint32_t id, const char *name, size_t len, int depth,
		 int *budget, struct type_member *ret)
{
	const struct btf_type *t = btf_type(b, id);
	const struct btf_member *m = (const void *)(t + 1);

	if ((btf_kind(t) != BTF_KIND_STRUCT && btf_kind(t) != BTF_KIND_UNION) || depth > BTF_DEPTH)
		return false;
	for (uint32_t i = 0; i < btf_vlen(t) && --*budget > 0; i++) {
		const char *has = btf_string(b, m[i].name_off);
		uint32_t bits = btf_member_at(t, &m[i]);

		if (!*has && find(b, type_peel(b, m[i].type), name, len, depth + 1, budget, ret)) {
			ret->bit_offset += bits;
			return true;
		}
		if (*has && strlen(has) == len && !memcmp(has, name, len)) {
			ret->type = m[i].type;
			ret->bit_offset = bits;
			ret->bits = btf_member_bits(t, &m[i]);
			return true;
		}
	}
	return false;
}

bool type_member(const struct btf *b, uint32_t id, const char *name, size_t len,
		 struct type_member *ret)
{
	int budget = BUDGET;

	return find(b, id, name, len, 0, &budget, ret);
}

static void offer(const struct btf *b, uint32_t id, const char *prefix, int depth, int *budget,
		  struct nearest *n)
{
	const struct btf_type *t = btf_type(b, id);
	const struct btf_member *m = (const void *)(t + 1);

	if ((btf_kind(t) != BTF_KIND_STRUCT && btf_kind(t) != BTF_KIND_UNION) || depth > 4)
		return;
	for (uint32_t i = 0; i < btf_vlen(t) && --*budget > 0; i++) {
		const char *has = btf_string(b, m[i].name_off);
		char path[NEAREST_NAME];

		if (!*has) {
			offer(b, type_peel(b, m[i].type), prefix, depth + 1, budget, n);
			continue;
		}
		if (snprintf(path, sizeof(path), "%s%s", prefix, has) >= (int)sizeof(path) - 1)
			continue;
		nearest_offer(n, path);
		if (depth < 2) {
			strcat(path, ".");
			offer(b, type_peel(b, m[i].type), path, depth + 1, budget, n);
		}
	}
}

void type_offer_members(const struct btf *b, uint32_t id, struct nearest *n)
{
	int budget = 20000;

	offer(b, id, "", 0, &budget, n);
}

// The words of a constant: its name, its value; of a wide one the value's upper half.
static const uint32_t *constant(const struct btf_type *t, uint32_t nth)
{
	return (const uint32_t *)(t + 1) + (btf_kind(t) == BTF_KIND_ENUM64 ? 3 : 2) * (size_t)nth;
}

uint64_t type_constant(const struct btf_type *t, uint32_t nth, bool *is_negative)
{
	const uint32_t *e = constant(t, nth);
	uint64_t v = e[1];

	if (btf_kind(t) == BTF_KIND_ENUM64)
		v |= (uint64_t)e[2] << 32;
	else if (BTF_INFO_KFLAG(t->info))
		v = (uint64_t)(int64_t)(int32_t)e[1];
	*is_negative = BTF_INFO_KFLAG(t->info) && (int64_t)v < 0;
	return v;
}

const char *type_constant_name(const struct btf *b, const struct btf_type *t, uint32_t nth)
{
	return btf_string(b, *constant(t, nth));
}

// A declaration grows from the name outwards: "x" -> "*x" -> "(*x)" -> "(*x)(int)" -> "int (*x)(int)".
struct declaration {
	char text[6144];
	size_t from, to;
	int budget; // steps left: hostile BTF can make a prototype of 2^32 parts
};

#define START 1024
#define STEPS 10000

static void append(struct declaration *d, const char *s, size_t n)
{
	size_t room = sizeof(d->text) - d->to;

	memcpy(d->text + d->to, s, n < room ? n : room);
	d->to += n < room ? n : room;
}

static void prepend(struct declaration *d, const char *s)
{
	size_t n = strlen(s);

	if (n > d->from)
		return;
	d->from -= n;
	memcpy(d->text + d->from, s, n);
}

static void start(struct declaration *d, const char *name, int budget)
{
	d->from = d->to = START; // nothing else is read before it is written
	d->budget = budget;
	append(d, name, strlen(name));
}

struct qualifiers {
	bool is_const, is_volatile, is_restrict;
	char tags[64]; // " __user"
};

static void base(struct declaration *d, const struct qualifiers *q, const char *word,
		 const char *name)
{
	if (d->from != d->to)
		prepend(d, " ");
	prepend(d, q->tags);
	prepend(d, name);
	prepend(d, word);
	if (q->is_volatile)
		prepend(d, "volatile ");
	if (q->is_const)
		prepend(d, "const ");
}

static void declare(const struct btf *b, uint32_t id, struct declaration *d, int depth);

static void parameters(const struct btf *b, const struct btf_type *proto, struct declaration *d,
		       int depth)
{
	const struct btf_param *p = (const void *)(proto + 1);
	uint32_t n = btf_vlen(proto);

	append(d, "(", 1);
	for (uint32_t i = 0; i < n && d->budget > 0; i++) {
		struct declaration one;
		const char *name = btf_string(b, p[i].name_off);

		if (i)
			append(d, ", ", 2);
		if (p[i].type == 0) { // only varargs have no type
			append(d, "...", 3);
			continue;
		}
		start(&one, name, d->budget);
		declare(b, p[i].type, &one, depth + 1);
		d->budget = one.budget;
		append(d, one.text + one.from, one.to - one.from);
	}
	if (n == 0)
		append(d, "void", 4);
	append(d, ")", 1);
}

static void pointer(const struct btf *b, uint32_t target, const struct qualifiers *q,
		    struct declaration *d)
{
	bool named = d->from != d->to;

	if ((q->is_const || q->is_volatile || q->is_restrict) && named)
		prepend(d, " ");
	if (q->is_restrict)
		prepend(d, q->is_const || q->is_volatile ? " restrict" : "restrict");
	if (q->is_volatile)
		prepend(d, q->is_const ? " volatile" : "volatile");
	if (q->is_const)
		prepend(d, "const");
	prepend(d, "*");
	for (int depth = 0; depth < BTF_DEPTH; depth++) {
		const struct btf_type *t = btf_type(b, target);
		uint32_t kind = btf_kind(t);

		if (kind == BTF_KIND_ARRAY || kind == BTF_KIND_FUNC_PROTO) {
			prepend(d, "(");
			append(d, ")", 1);
		}
		if (kind != BTF_KIND_CONST && kind != BTF_KIND_VOLATILE &&
		    kind != BTF_KIND_RESTRICT && kind != BTF_KIND_TYPE_TAG)
			return;
		target = t->type;
	}
}

static void declare(const struct btf *b, uint32_t id, struct declaration *d, int depth)
{
	struct qualifiers q = {0};

	for (int steps = 0; steps < BTF_DEPTH && depth < BTF_DEPTH && d->budget-- > 0; steps++) {
		const struct btf_type *t = btf_type(b, id);
		const char *name = btf_string(b, t->name_off);
		const struct btf_array *a = (const void *)(t + 1);
		char text[96];

		switch (btf_kind(t)) {
		case BTF_KIND_CONST:
			q.is_const = true;
			break;
		case BTF_KIND_VOLATILE:
			q.is_volatile = true;
			break;
		case BTF_KIND_RESTRICT:
			q.is_restrict = true;
			break;
		case BTF_KIND_TYPE_TAG:
			snprintf(q.tags + strlen(q.tags), sizeof(q.tags) - strlen(q.tags),
				 " __%.20s", name);
			break;
		case BTF_KIND_PTR:
			pointer(b, t->type, &q, d);
			q = (struct qualifiers){0};
			break;
		case BTF_KIND_ARRAY:
			append(d, text, (size_t)snprintf(text, sizeof(text), "[%u]", a->nelems));
			id = a->type;
			continue;
		case BTF_KIND_FUNC_PROTO:
			parameters(b, t, d, depth);
			break;
		case BTF_KIND_STRUCT:
			base(d, &q, "struct ", *name ? name : "{...}");
			return;
		case BTF_KIND_UNION:
			base(d, &q, "union ", *name ? name : "{...}");
			return;
		case BTF_KIND_ENUM:
		case BTF_KIND_ENUM64:
			base(d, &q, "enum ", *name ? name : "{...}");
			return;
		case BTF_KIND_FWD:
			base(d, &q, BTF_INFO_KFLAG(t->info) ? "union " : "struct ", name);
			return;
		case BTF_KIND_UNKN:
			base(d, &q, "", "void");
			return;
		default:
			base(d, &q, "", name);
			return;
		}
		id = t->type;
	}
	base(d, &q, "", "/* endless */ void");
}

void type_declare_within(const struct btf *b, uint32_t id, const char *name, int *steps,
			 struct buf *out)
{
	struct declaration d;

	start(&d, name, *steps < STEPS ? *steps : STEPS);
	*steps -= d.budget;
	declare(b, id, &d, 0);
	*steps += d.budget > 0 ? d.budget : 0;
	buf_add(out, d.text + d.from, d.to - d.from);
}

void type_declare(const struct btf *b, uint32_t id, const char *name, struct buf *out)
{
	int steps = STEPS;

	type_declare_within(b, id, name, &steps, out);
}

void type_prototype(const struct btf *b, uint32_t func, struct buf *out)
{
	type_declare(b, btf_type(b, func)->type, btf_name(b, func), out);
}
