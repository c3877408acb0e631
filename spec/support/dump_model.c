// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "dump_model.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "type.h"

const char *const model_rules[RULES] = {
	[FIRST_MEMBER] = "structs left out for their first member",
	[ZERO_ELEMENT] = "zeroes left out of arrays after bytes",
	[BYTES_BEGIN_ZERO] = "byte arrays left out for their first byte",
	[BYTES_END_ZERO] = "byte arrays cut at a zero",
	[CHARS_AFTER] = "strings shown beyond their end",
	[NOTHING_AFTER] = "bytes without a value after a string's end",
	[ARRAY_AFTER] = "arrays empty after a string's end",
	[BYTE_AS_CHAR] = "bytes that became characters",
	[SIGNED_COMMA] = "signed enums without a comma",
	[UNALIGNED_ENUM] = "enums read as 0 where they are not aligned",
	[NEIGHBOUR_ENUM] = "bit-field enums shown for their neighbours",
	[SIGNED_BITS] = "bit-field enums without their sign",
	[UNALIGNED_NULL] = "null pointers as 0x0 where they are not aligned",
	[HALF_ENUM] = "enums of 8 bytes cut to 4",
	[RENAMED] = "types with a number behind their name",
	[BITS_AT_END] = "texts that end at a bit-field near the end",
	[EMPTY_ELEMENT] = "texts that end at an array of nothing",
};

struct place {
	uint32_t id;
	const unsigned char *at;
	uint32_t shift, bits; // of a bit-field
	const char *name;
	uint32_t depth;
	bool in_array;
	bool in_bytes; // an element of an array of bytes
};

struct model {
	const struct btf *b;
	const struct show_dump *how;
	unsigned long *counts; // NULL: without faults
	struct buf *out;
	const unsigned char *end;
	bool bytes_seen, ended, stopped;
	uint32_t deeper;
};

static void count(struct model *m, enum rule rule)
{
	m->counts[rule]++;
}

static const struct btf_type *type_at(const struct model *m, uint32_t id)
{
	return type_peeled(m->b, id);
}

static bool is_byte(const struct model *m, uint32_t id)
{
	const struct btf_type *t = type_at(m, id);

	return btf_kind(t) == BTF_KIND_INT && t->size == 1;
}

static bool is_char(const struct model *m, uint32_t id)
{
	return is_byte(m, id) && !strcmp(btf_string(m->b, type_at(m, id)->name_off), "char");
}

static bool is_enum(const struct btf_type *t)
{
	return btf_kind(t) == BTF_KIND_ENUM || btf_kind(t) == BTF_KIND_ENUM64;
}

// Bit by bit, which is slow and hard to get wrong.
static unsigned __int128 bits_at(const unsigned char *at, uint32_t shift, uint32_t bits)
{
	unsigned __int128 v = 0;

	for (uint32_t i = 0; i < bits; i++)
		if (at[(shift + i) / 8] >> (shift + i) % 8 & 1)
			v |= (unsigned __int128)1 << i;
	return v;
}

static struct place member(const struct model *m, const struct btf_type *t, uint32_t i,
			   const struct place *of)
{
	const struct btf_member *has = (const struct btf_member *)(t + 1) + i;
	bool flagged = BTF_INFO_KFLAG(t->info);
	uint32_t bit = flagged ? BTF_MEMBER_BIT_OFFSET(has->offset) : has->offset;

	return (struct place){
		.id = has->type,
		.at = of->at + bit / 8,
		.shift = bit % 8,
		.bits = flagged ? BTF_MEMBER_BITFIELD_SIZE(has->offset) : 0,
		.name = btf_string(m->b, has->name_off),
		.depth = of->depth + 1,
		.in_array = of->in_array,
	};
}

static bool all_zero(const unsigned char *at, uint64_t n)
{
	while (n--)
		if (*at++)
			return false;
	return true;
}

static bool is_aligned(const struct btf_type *t, const unsigned char *at)
{
	return (uintptr_t)at % t->size == 0;
}

// Is all that a place shows 0?
static bool is_zero(const struct model *m, const struct place *p)
{
	const struct btf_type *t = type_at(m, p->id);
	const struct btf_array *a = (const void *)(t + 1);
	struct place inner;

	switch (btf_kind(t)) {
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		for (uint32_t i = 0; i < btf_vlen(t); i++) {
			inner = member(m, t, i, p);
			if (!is_zero(m, &inner))
				return false;
		}
		return true;
	case BTF_KIND_ARRAY:
		if (is_char(m, a->type) && a->nelems && !*p->at)
			return true; // ""
		inner = (struct place){.id = a->type, .at = p->at};
		for (uint32_t i = 0; i < a->nelems; i++, inner.at += type_size(m->b, a->type))
			if (!is_zero(m, &inner))
				return false;
		return true;
	default:
		if (p->bits)
			return bits_at(p->at, p->shift, p->bits) == 0;
		return all_zero(p->at, type_size(m->b, p->id));
	}
}

// The same as libbpf sees it.
static bool seems_zero(const struct model *m, const struct place *p)
{
	const struct btf_type *t = type_at(m, p->id);
	const struct btf_array *a = (const void *)(t + 1);
	struct place inner;

	if (p->in_array && !m->bytes_seen)
		return false;
	switch (btf_kind(t)) {
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		if (!btf_vlen(t))
			return true;
		inner = member(m, t, 0, p);
		return seems_zero(m, &inner);
	case BTF_KIND_ARRAY:
		if (is_byte(m, a->type) && a->nelems && !*p->at)
			return true;
		inner = (struct place){.id = a->type, .at = p->at, .in_array = p->in_array};
		for (uint32_t i = 0; i < a->nelems; i++, inner.at += type_size(m->b, a->type))
			if (!seems_zero(m, &inner))
				return false;
		return true;
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		return !is_aligned(t, p->at) || all_zero(p->at, t->size);
	default:
		return is_zero(m, p);
	}
}

static void indent(struct model *m, uint32_t depth)
{
	const char *text = m->how->indent_str ? m->how->indent_str : "\t";

	for (uint32_t i = 0;
	     !m->how->compact && i < (uint32_t)m->how->indent_level + depth + m->deeper; i++)
		buf_str(m->out, text);
}

// Is an indentation of this depth more than nothing?
static bool indents(const struct model *m, uint32_t depth)
{
	return !m->how->compact && m->how->indent_level + (int)depth > 0 &&
	       !(m->how->indent_str && !*m->how->indent_str);
}

static void newline(struct model *m)
{
	if (!m->how->compact)
		buf_char(m->out, '\n');
}

static void delimit(struct model *m, const struct place *p)
{
	if (p->depth + m->deeper == 0)
		return;
	buf_char(m->out, ',');
	newline(m);
}

static void show(struct model *m, const struct place *p);

static void show_members(struct model *m, const struct btf_type *t, const struct place *p)
{
	buf_char(m->out, '{');
	newline(m);
	for (uint32_t i = 0; i < btf_vlen(t) && !m->stopped; i++) {
		struct place inner = member(m, t, i, p);

		show(m, &inner);
	}
	if (m->stopped) {
		m->deeper++; // for good: what comes is indented more
		return;
	}
	indent(m, p->depth);
	buf_char(m->out, '}');
	delimit(m, p);
}

// An array of chars ends at a 0; the indentation of that 0 is still there if it would be shown.
static bool ends_here(struct model *m, const struct place *element, bool of_chars)
{
	if (m->counts || !of_chars || *element->at)
		return false;
	if (m->how->emit_zeroes)
		indent(m, element->depth);
	return true;
}

static void show_elements(struct model *m, const struct btf_array *a, const struct place *p)
{
	uint64_t size = type_size(m->b, a->type);
	struct place inner = {
		.id = a->type,
		.at = p->at,
		.depth = p->depth + 1,
		.in_array = true,
		.in_bytes = is_byte(m, a->type),
	};
	bool of_chars = is_char(m, a->type), nul = false;

	if (m->counts && !size) {
		count(m, EMPTY_ELEMENT);
		m->stopped = true;
		return;
	}
	buf_char(m->out, '[');
	newline(m);
	if (inner.in_bytes)
		m->bytes_seen = true;
	for (uint32_t i = 0; i < a->nelems; i++, inner.at += size) {
		if (m->counts && m->ended) {
			if ((i == 0 && !(of_chars && !*inner.at && !indents(m, inner.depth))) ||
			    !inner.in_bytes)
				count(m, ARRAY_AFTER);
			break;
		}
		if (ends_here(m, &inner, of_chars))
			break;
		if (m->counts && of_chars && *inner.at && nul)
			count(m, CHARS_AFTER);
		nul = nul || !*inner.at;
		show(m, &inner);
		m->stopped = false; // of an element: the next one follows all the same
	}
	indent(m, p->depth);
	buf_char(m->out, ']');
	delimit(m, p);
}

static void show_byte(struct model *m, const struct place *p, bool is_signed)
{
	uint8_t c = *p->at;
	bool chars = p->in_bytes;

	if (m->counts && m->bytes_seen) {
		if (m->ended || !c) {
			if (!p->in_bytes)
				count(m, NOTHING_AFTER);
			else if (!is_char(m, p->id))
				count(m, BYTES_END_ZERO);
			m->ended = true;
			return;
		}
		if (!chars && c < 0x7f && isprint(c))
			count(m, BYTE_AS_CHAR);
		chars = true;
	}
	if (chars && c < 0x80 && isprint(c))
		buf_printf(m->out, "'%c'", c);
	else
		buf_printf(m->out, "%d", is_signed ? (int8_t)c : c);
	delimit(m, p);
}

static void show_integer(struct model *m, const struct btf_type *t, const struct place *p)
{
	bool is_signed = BTF_INT_ENCODING(*(const uint32_t *)(t + 1)) & BTF_INT_SIGNED;
	uint32_t bits = p->bits ? p->bits : t->size * 8;
	unsigned __int128 v = bits_at(p->at, p->shift, bits);
	unsigned long long low = (unsigned long long)v;

	if (t->size == 1 && !p->bits) {
		show_byte(m, p, is_signed);
		return;
	}
	if (v >> 64)
		buf_printf(m->out, "0x%llx%016llx", (unsigned long long)(v >> 64), low);
	else if (p->bits || t->size > 8)
		buf_printf(m->out, "0x%llx", low);
	else if (is_signed)
		buf_printf(m->out, "%lld", (long long)(low << (64 - bits)) >> (64 - bits));
	else
		buf_printf(m->out, "%llu", low);
	delimit(m, p);
}

static void show_enum(struct model *m, const struct btf_type *t, const struct place *p)
{
	bool wide = btf_kind(t) == BTF_KIND_ENUM64, is_signed = BTF_INFO_KFLAG(t->info);
	uint32_t bits = p->bits ? p->bits : t->size * 8, words = wide ? 3 : 2;
	uint64_t v = (uint64_t)bits_at(p->at, p->shift, bits);
	const uint32_t *e = (const void *)(t + 1);
	uint64_t extended = (uint64_t)((int64_t)(v << (64 - bits)) >> (64 - bits));

	if (is_signed && !(m->counts && p->bits))
		v = extended;
	else if (is_signed && v != extended)
		count(m, SIGNED_BITS);
	if (m->counts && !p->bits && !is_aligned(t, p->at) && v) {
		count(m, UNALIGNED_ENUM);
		v = 0;
	}
	for (uint32_t i = 0; i < btf_vlen(t); i++, e += words) {
		uint64_t has = wide	   ? e[1] | (uint64_t)e[2] << 32
			       : is_signed ? (uint64_t)(int64_t)(int32_t)e[1]
					   : e[1];

		if (has == v) {
			buf_str(m->out, btf_string(m->b, e[0]));
			delimit(m, p);
			return;
		}
	}
	if (m->counts && !wide && v != (is_signed ? (uint64_t)(int64_t)(int32_t)v : (uint32_t)v)) {
		count(m, HALF_ENUM);
		v = is_signed ? (uint64_t)(int64_t)(int32_t)v : (uint32_t)v;
	}
	buf_printf(m->out, is_signed ? "%lld" : "%llu", (long long)v);
	if (wide)
		buf_str(m->out, is_signed ? "LL" : "ULL");
	if (m->counts && is_signed && !wide && p->depth)
		count(m, SIGNED_COMMA);
	else
		delimit(m, p);
}

// Counts why something is left out, or is not.
static void explain(struct model *m, const struct place *p, bool seems, bool is)
{
	const struct btf_type *t = type_at(m, p->id);

	if (seems == is && !(is && p->in_array))
		return;
	if (p->in_bytes && is_char(m, p->id))
		return; // CHARS_AFTER, if there are any
	if (p->in_bytes)
		count(m, BYTES_END_ZERO);
	else if (p->in_array)
		count(m, ZERO_ELEMENT);
	else if (is_enum(t))
		count(m, seems ? UNALIGNED_ENUM : NEIGHBOUR_ENUM);
	else if (btf_kind(t) == BTF_KIND_ARRAY)
		count(m, BYTES_BEGIN_ZERO);
	else
		count(m, FIRST_MEMBER);
}

static bool is_left_out(struct model *m, const struct place *p)
{
	bool seems, is;

	if (m->how->emit_zeroes || !p->depth)
		return false;
	is = is_zero(m, p);
	if (!m->counts)
		return is && !p->in_array;
	seems = seems_zero(m, p);
	if (seems || !p->in_array)
		explain(m, p, seems, is);
	return seems;
}

static void show(struct model *m, const struct place *p)
{
	const struct btf_type *t = type_at(m, p->id);
	uint64_t size = type_size(m->b, p->id);
	char text[5120];
	long double ld = 0;
	double d;
	float f;
	void *pointer;

	if (m->counts && p->at + size > m->end) {
		count(m, BITS_AT_END);
		m->stopped = true;
		return;
	}
	if (is_left_out(m, p))
		return;
	if (!p->depth && !size && btf_kind(t) != BTF_KIND_STRUCT && btf_kind(t) != BTF_KIND_UNION)
		return;
	indent(m, p->depth);
	if (!m->how->skip_names) {
		if (p->name && *p->name)
			buf_printf(m->out, ".%s = ", p->name);
		if (!p->in_array)
			model_cast(m->b, p->id, m->counts ? &m->counts[RENAMED] : NULL, m->out);
	}
	switch (btf_kind(t)) {
	case BTF_KIND_INT:
		show_integer(m, t, p);
		break;
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		show_enum(m, t, p);
		break;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		show_members(m, t, p);
		break;
	case BTF_KIND_ARRAY:
		show_elements(m, (const void *)(t + 1), p);
		break;
	case BTF_KIND_PTR:
		memcpy(&pointer, p->at, sizeof(pointer));
		if (m->counts && !pointer && (uintptr_t)p->at % 8) {
			count(m, UNALIGNED_NULL);
			buf_str(m->out, "0x0");
		} else {
			buf_printf(m->out, "%p", pointer);
		}
		delimit(m, p);
		break;
	case BTF_KIND_FLOAT:
		memcpy(&ld, p->at, size == sizeof(ld) ? size : 0);
		memcpy(&d, p->at, sizeof(d));
		memcpy(&f, p->at, sizeof(f));
		ld = size == sizeof(ld) ? ld : size == sizeof(d) ? d : f;
		buf_add(m->out, text, (size_t)snprintf(text, sizeof(text), "%Lf", ld));
		delimit(m, p);
		break;
	default:
		break;
	}
}

void model(const struct btf *b, uint32_t id, const unsigned char *bytes, const struct show *how,
	   unsigned long *counts, struct buf *out)
{
	struct model m = {.b = b,
			  .how = &how->dump,
			  .counts = counts,
			  .out = out,
			  .end = bytes + type_size(b, id)};
	struct place top = {.id = id, .at = bytes};

	show(&m, &top);
}
