// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// What values are made of, for whoever takes them apart: types from BTF, a level at a time; and parts
// of them as text.
#include <string.h>

#include "error.h"
#include "show.h"
#include "trace.h"
#include "type.h"

// Hostile BTF can nest structs without names so that their members are 2^n.
#define MAX_MEMBERS 100000

const struct ks_types *ks_types(const struct ks_variant *v)
{
	return (const void *)v->scope.btf;
}

static const struct btf *btf_of(const struct ks_types *types)
{
	return (const void *)types;
}

static uint32_t size_of(const struct btf *b, uint32_t id)
{
	uint64_t size = type_size(b, id);

	return size <= INT32_MAX ? (uint32_t)size : 0;
}

static void describe_int(const struct btf *b, uint32_t id, struct ks_part *p)
{
	const struct btf_type *t = type_peeled(b, id);
	uint32_t data = *(const uint32_t *)(t + 1);

	p->is_char = type_holds_text(b, id);
	p->is_signed = BTF_INT_ENCODING(data) & BTF_INT_SIGNED;
	if (BTF_INT_ENCODING(data) & BTF_INT_BOOL)
		p->kind = KS_BOOL;
	else if (p->size != 1 && p->size != 2 && p->size != 4 && p->size != 8)
		p->kind = KS_BYTES; // of 128 bits
	// A bit-field as compilers before kind_flag wrote it: its type is narrower than its bytes.
	if (BTF_INT_BITS(data) && BTF_INT_BITS(data) < p->size * 8 && p->size <= 8) {
		p->bits = (uint8_t)BTF_INT_BITS(data);
		p->bit = (uint8_t)BTF_INT_OFFSET(data);
	}
}

// A part of a type, at no place yet. of, member: the struct's own name and its; NULL: no member.
static struct ks_part describe(const struct btf *b, uint32_t id, const char *of, const char *member)
{
	const struct btf_type *t = type_peeled(b, id);
	const struct btf_array *a = (const void *)(t + 1);
	struct ks_part p = {.name = "", .type_id = id, .kind = KS_INT, .size = size_of(b, id)};

	switch (btf_kind(t)) {
	case BTF_KIND_INT:
		describe_int(b, id, &p);
		break;
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		p.kind = KS_ENUM;
		p.is_signed = BTF_INFO_KFLAG(t->info);
		break;
	case BTF_KIND_PTR:
		p.kind = KS_PTR;
		break;
	case BTF_KIND_FLOAT:
		p.kind = p.size == 4 || p.size == 8 ? KS_FLOAT : KS_BYTES;
		break;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		p.kind = KS_VALUE;
		p.shape = btf_kind(t) == BTF_KIND_UNION ? KS_UNION : KS_STRUCT;
		break;
	case BTF_KIND_ARRAY:
		p.kind = formatter_holds_text(b, a->type, of, member) ? KS_CHARS : KS_VALUE;
		p.shape = p.kind == KS_CHARS ? KS_SCALAR : KS_ARRAY;
		p.count = size_of(b, a->type) ? a->nelems : 0; // of nothing there is no number
		break;
	default:
		p.kind = KS_BYTES;
		break;
	}
	return p;
}

static bool is_scalar_of(const struct ks_part *p)
{
	return p->kind == KS_INT || p->kind == KS_BOOL || p->kind == KS_ENUM;
}

struct parts {
	const struct btf *btf;
	struct ks_part *out;
	int cap, count;
	int budget;
};

static int add_members(struct parts *p, uint32_t id, uint64_t bits, int depth)
{
	const struct btf_type *t = type_peeled(p->btf, id);
	const struct btf_member *m = (const void *)(t + 1);

	if ((btf_kind(t) != BTF_KIND_STRUCT && btf_kind(t) != BTF_KIND_UNION))
		return 0;
	if (depth > BTF_DEPTH)
		return -1;
	for (uint32_t i = 0; i < btf_vlen(t); i++) {
		const char *name = btf_string(p->btf, m[i].name_off);
		uint64_t at = bits + btf_member_at(t, &m[i]);
		uint32_t width = btf_member_bits(t, &m[i]);
		struct ks_part part;

		if (--p->budget < 0)
			return -1;
		if (!*name) {
			if (!width && add_members(p, m[i].type, at, depth + 1) < 0)
				return -1;
			continue;
		}
		part = describe(p->btf, m[i].type, btf_string(p->btf, t->name_off), name);
		part.name = name;
		at += part.bit;
		if (width && width <= 64 && is_scalar_of(&part))
			part.bits = (uint8_t)width;
		if (at / 8 > INT32_MAX) // of no struct that there could be
			return -1;
		part.offset = (uint32_t)(at / 8);
		part.bit = part.bits ? at % 8 : 0;
		if (p->count < p->cap)
			p->out[p->count] = part;
		p->count++;
	}
	return 0;
}

static int check_id(const struct btf *b, uint32_t id, struct ks_error *error)
{
	return id < b->end ? 0 : error_set(error, KS_ENAME, "there is no type %u", id);
}

int ks_type_whole(const struct ks_types *types, uint32_t id, struct ks_part *out,
		  struct ks_error *error)
{
	if (check_id(btf_of(types), id, error) < 0)
		return -1;
	*out = describe(btf_of(types), id, NULL, NULL);
	return 0;
}

int ks_type_parts(const struct ks_types *types, uint32_t id, struct ks_part *out, int cap,
		  struct ks_error *error)
{
	struct parts p = {.btf = btf_of(types), .out = out, .cap = cap, .budget = MAX_MEMBERS};
	const struct btf_type *t;

	if (check_id(p.btf, id, error) < 0)
		return -1;
	t = type_peeled(p.btf, id);
	if (btf_kind(t) == BTF_KIND_ARRAY) {
		if (cap > 0)
			*out = describe(p.btf, ((const struct btf_array *)(t + 1))->type, NULL,
					NULL);
		return 1;
	}
	if (add_members(&p, id, 0, 0) < 0)
		return error_set(error, KS_ELIMIT,
				 "a type has more members than %d, or is nested deeper than %d",
				 MAX_MEMBERS, BTF_DEPTH);
	return p.count;
}

size_t ks_type_name(const struct ks_types *types, uint32_t id, char *buf, size_t cap)
{
	struct buf out = buf_over(buf, cap);

	if (id < btf_of(types)->end)
		type_declare(btf_of(types), id, "", &out);
	return buf_end(&out);
}

// A part as a field that lies where its record begins.
static struct ks_field as_field(const struct ks_part *p)
{
	return (struct ks_field){.kind = p->kind,
				 .is_signed = p->is_signed,
				 .size = p->size,
				 .type_id = p->type_id,
				 .nil_bit = -1};
}

// A number with a spec is shown as a field of that type.
static void show_scalar(struct ks_trace *t, const struct ks_part *p, const struct btf *b,
			const void *bytes, const char *spec, struct buf *out)
{
	struct format fmt = {.btf = b,
			     .glossary = &t->glossary,
			     .symbols = t->symbols,
			     .start = t->start,
			     .start_wall = t->start_wall};
	struct ks_field f = as_field(p);

	format_text(&fmt, &f, bytes, spec, out);
}

size_t ks_value_text(struct ks_trace *t, const struct ks_types *types, uint32_t id, bool elements,
		     const void *bytes, size_t n, const char *spec, char *buf, size_t cap)
{
	struct buf out = buf_over(buf, cap);
	const struct btf *b = btf_of(types);
	struct plans *plans = trace_plans(t, b);
	const struct plan *plan = NULL;
	struct spec s = {.format = ""};
	char format[SPEC_FORMAT];
	struct ks_error ignored;
	struct show how;
	struct ks_part p;

	if (spec && *spec)
		spec_read(spec, &s, format, &ignored);
	how = show_as(s.format, t->symbols);
	if (plans && id < b->end) {
		p = describe(b, id, NULL, NULL);
		if (*s.format && !elements && (is_scalar_of(&p) || p.kind == KS_PTR) &&
		    n >= p.size) {
			show_scalar(t, &p, b, bytes, s.format, &out);
			template_pad(&out, 0, s.width, false);
			return buf_end(&out);
		}
		if (*s.format && n && (type_is_bytes(b, id) || (elements && type_is_byte(b, id))) &&
		    format_bytes(s.format, bytes, n, !elements && n < p.size ? p.size - n : 0,
				 &out))
			return buf_end(&out);
		plan = elements ? plan_of_elements(plans, id) : plan_of(plans, id);
	}
	if (plan && plan->has_formats && s.width) {
		template_column(&out, s.width);
		show_text(&how, plan, bytes, n, &out);
		buf_str(&out, HOLE_END);
		return buf_end(&out);
	}
	if (plan)
		show_text(&how, plan, bytes, n, &out);
	else
		buf_str(&out, "?");
	template_pad(&out, 0, s.width, false);
	return buf_end(&out);
}

int ks_value_fits(struct ks_trace *t, const struct ks_types *types, uint32_t id, bool elements,
		  const char *spec, struct ks_error *error)
{
	const struct btf *b = btf_of(types);
	char format[SPEC_FORMAT], name[160];
	struct ks_field f;
	struct ks_part p;
	struct spec s;

	if (check_id(b, id, error) < 0 || spec_read(spec, &s, format, error) < 0)
		return -1;
	p = describe(b, id, NULL, NULL);
	f = as_field(&p);
	if (elements)
		f.kind = KS_VALUE;
	ks_type_name(types, id, name, sizeof(name));
	f.type = name;
	if (trace_fits(t, b, &f, &s, error) < 0)
		return -1;
	trace_symbols(t);
	return 0;
}

size_t ks_value_dump(struct ks_trace *t, const struct ks_types *types, uint32_t id, bool behind,
		     const void *bytes, size_t n, int level, uint64_t *size, char *buf, size_t cap)
{
	struct show how = {.form = SHOW_DUMP,
			   .dump = {.indent_str = " ", .indent_level = level, .ends = true}};
	struct buf out = buf_over(buf, cap);
	const struct btf *b = btf_of(types);
	struct plans *plans = trace_plans(t, b);
	const struct plan *plan;

	*size = 0;
	if (behind && id < b->end) {
		const struct btf_type *pointer = type_peeled(b, id);

		id = btf_kind(pointer) == BTF_KIND_PTR ? pointer->type : b->end;
	}
	plan = plans && id < b->end ? plan_of(plans, id) : NULL;
	if (plan) {
		*size = plan->size;
		show_text(&how, plan, bytes, n, &out);
	}
	return buf_end(&out);
}
