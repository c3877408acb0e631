// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "members.h"

#include "type.h"

// The largest struct of a kernel has some 700. Hostile BTF can nest so that they are 2^n.
#define MAX_ROWS 20000

struct walk {
	const struct btf *btf;
	void (*each)(void *user, const struct row *row);
	void *user;
	uint32_t rows;
};

uint32_t members_inside(const struct btf *b, uint32_t type)
{
	for (int depth = 0; depth < BTF_DEPTH; depth++) {
		const struct btf_type *t = btf_type(b, type);

		switch (btf_kind(t)) {
		case BTF_KIND_STRUCT:
		case BTF_KIND_UNION:
			return *btf_string(b, t->name_off) ? 0 : type;
		case BTF_KIND_ARRAY:
			type = ((const struct btf_array *)(t + 1))->type;
			break;
		case BTF_KIND_CONST:
		case BTF_KIND_VOLATILE:
		case BTF_KIND_RESTRICT:
		case BTF_KIND_TYPE_TAG:
			type = t->type;
			break;
		default:
			return 0;
		}
	}
	return 0;
}

// Whose members follow a member: those of a struct without a name, and those of a member without one,
// which C counts among its struct's own (-fms-extensions lets its type have a name).
static uint32_t inside(const struct btf *b, const struct row *row)
{
	uint32_t id = type_peel(b, row->type), kind = btf_kind(btf_type(b, id));

	if (*row->name || (kind != BTF_KIND_STRUCT && kind != BTF_KIND_UNION))
		return members_inside(b, row->type);
	return id;
}

// False: enough.
static bool give(struct walk *w, const struct row *row)
{
	const struct row cut = {.kind = ROW_CUT, .depth = row->depth, .name = ""};

	if (w->rows > MAX_ROWS)
		return false;
	w->each(w->user, w->rows == MAX_ROWS ? &cut : row);
	return ++w->rows <= MAX_ROWS;
}

// Bits [from, to) that no member has. False: enough.
static bool give_gap(struct walk *w, enum row_kind kind, uint64_t from, uint64_t to, uint32_t depth)
{
	const struct row row = {
		.kind = kind, .depth = depth, .name = "", .offset = from, .size = to - from};

	return from >= to || give(w, &row);
}

// Of a member: where it is in its struct, what it takes.
static struct row member(const struct btf *b, const struct btf_type *t, uint32_t i)
{
	const struct btf_member *m = (const struct btf_member *)(t + 1) + i;
	const struct btf_type *of = type_peeled(b, m->type);
	uint32_t bits = 0, encoding;
	struct row row = {.name = btf_string(b, m->name_off), .type = m->type};

	row.offset = btf_member_at(t, m);
	if (BTF_INFO_KFLAG(t->info)) {
		bits = btf_member_bits(t, m);
	} else if (btf_kind(of) == BTF_KIND_INT) { // as old compilers said it
		encoding = *(const uint32_t *)(of + 1);
		if (BTF_INT_BITS(encoding) < of->size * 8) {
			bits = BTF_INT_BITS(encoding);
			row.offset += BTF_INT_OFFSET(encoding);
		}
	}
	row.is_bit_field = bits != 0;
	row.size = bits ? bits : type_size(b, m->type) * 8;
	return row;
}

// base: bits from the start of the outermost. False: enough.
static bool walk(struct walk *w, uint32_t id, uint64_t base, uint32_t depth)
{
	const struct btf_type *t = btf_type(w->btf, id);
	bool is_struct = btf_kind(t) == BTF_KIND_STRUCT;
	uint64_t end = base;

	for (uint32_t i = 0; i < btf_vlen(t); i++) {
		struct row row = member(w->btf, t, i);

		row.offset += base;
		row.depth = depth;
		row.inside = depth < BTF_DEPTH ? inside(w->btf, &row) : 0;
		if (is_struct && !give_gap(w, ROW_HOLE, end, row.offset, depth))
			return false;
		row.kind = row.inside ? ROW_OPEN : ROW_MEMBER;
		if (!give(w, &row))
			return false;
		if (row.inside) {
			if (!walk(w, row.inside, row.offset, depth + 1))
				return false;
			row.kind = ROW_CLOSE;
			if (!give(w, &row))
				return false;
		}
		if (row.offset + row.size > end)
			end = row.offset + row.size;
	}
	return give_gap(w, ROW_PADDING, end, base + (uint64_t)t->size * 8, depth);
}

void members_walk(const struct btf *b, uint32_t id, void (*each)(void *user, const struct row *row),
		  void *user)
{
	struct walk w = {.btf = b, .each = each, .user = user};

	walk(&w, id, 0, 0);
}
