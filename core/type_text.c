// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "type_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "digits.h"
#include "members.h"
#include "safe.h"
#include "type.h"

#define CACHE_LINE 64 // bytes, on what we run on

struct table {
	const struct type_shown *shown;
	struct buf *out;
	uint64_t base;	// bits that all offsets have more
	uint64_t line;	// the next cache line, bytes
	int width;	// of the offsets
	int size_width; // of the sizes
	bool has_bits;	// some offsets are not whole bytes
	uint64_t hole_bits, holes, padding;
};

static void declared(struct table *t, uint32_t type, const char *name, char *text, size_t cap)
{
	struct buf b = buf_over(text, cap);

	type_declare_within(t->shown->btf, type, name, t->shown->steps, &b);
	buf_end(&b);
}

// "8", or for what is not whole bytes "3 bits". Returns its length; nothing ends it. These are written
// for every row, so not by printf.
static size_t size_text(uint64_t bits, bool is_bit_field, char text[40])
{
	bool is_whole = !is_bit_field && bits % 8 == 0;
	const char *unit = is_whole ? "" : bits == 1 ? " bit" : " bits";
	char *end = digits_u64(text, is_whole ? bits / 8 : bits);

	memcpy(end, unit, strlen(unit));
	return (size_t)(end - text) + strlen(unit);
}

static void right(struct buf *out, const char *text, size_t n, int width)
{
	if ((size_t)width > n)
		buf_repeat(out, ' ', (size_t)width - n);
	buf_add(out, text, n);
}

static void left(struct buf *out, const char *text, size_t n, int width)
{
	buf_add(out, text, n);
	if ((size_t)width > n)
		buf_repeat(out, ' ', (size_t)width - n);
}

static void cells(struct table *t, uint64_t offset, const char *size, size_t size_len,
		  uint32_t depth)
{
	char text[DIGITS], bit[2] = ":";

	offset += t->base;
	bit[1] = (char)('0' + offset % 8);
	right(t->out, text, (size_t)(digits_u64(text, offset / 8) - text), t->width);
	left(t->out, bit, offset % 8 ? 2 : 0, t->has_bits ? 2 : 0);
	buf_add(t->out, "  ", 2);
	left(t->out, text, (size_t)(digits_hex(text, offset / 8) - text), t->width + 1);
	buf_char(t->out, ' ');
	right(t->out, size, size_len, t->size_width);
	buf_repeat(t->out, ' ', 2 + 2 * (size_t)depth);
}

static void line(struct table *t, const struct row *row, const char *text)
{
	char size[40];
	size_t n = size_text(row->size, row->is_bit_field, size);

	cells(t, row->offset, size, n, row->depth);
	safe_text(t->out, text, strlen(text));
	if (row->is_bit_field) {
		buf_str(t->out, " : ");
		buf_u64(t->out, row->size);
	}
	buf_char(t->out, '\n');
}

static void gap(struct table *t, const struct row *row)
{
	line(t, row, row->kind == ROW_HOLE ? "--- hole" : "--- padding");
	if (row->kind == ROW_PADDING && row->depth == 0) {
		t->padding = row->size;
		return;
	}
	t->holes++;
	t->hole_bits += row->size;
}

// A struct without a name: "struct {" on top of its members, "} name[4]" below them. It may have one
// when the member has none.
static void braces(struct table *t, const struct row *row)
{
	char text[6400];
	const char *rest = "";
	char *dots;

	declared(t, row->type, row->name, text, sizeof(text));
	dots = strstr(text, "{...}");
	if (dots) {
		rest = dots + strlen("{...}");
	} else {
		strcat(text, " ");
		dots = text + strlen(text);
	}
	if (row->kind == ROW_CLOSE) {
		buf_repeat(t->out, ' ',
			   (size_t)(2 * t->width + (t->has_bits ? 2 : 0) + t->size_width) + 6 +
				   2 * (size_t)row->depth);
		buf_char(t->out, '}');
		safe_text(t->out, rest, strlen(rest));
		buf_char(t->out, '\n');
		return;
	}
	strcpy(dots, "{");
	line(t, row, text);
}

static void mark_cache_line(struct table *t, const struct row *row)
{
	uint64_t at = (t->base + row->offset) / 8;

	if (row->depth || at < t->line || row->kind == ROW_CLOSE)
		return;
	t->line = at / CACHE_LINE * CACHE_LINE;
	buf_repeat(t->out, ' ', (size_t)(2 * t->width + (t->has_bits ? 2 : 0) + t->size_width) + 6);
	buf_printf(t->out, "--- cache line %" PRIu64 "\n", t->line / CACHE_LINE);
	t->line += CACHE_LINE;
}

static void show_row(void *user, const struct row *row)
{
	struct table *t = user;
	char text[6400];

	mark_cache_line(t, row);
	switch (row->kind) {
	case ROW_MEMBER:
		declared(t, row->type, row->name, text, sizeof(text));
		line(t, row, text);
		break;
	case ROW_OPEN:
	case ROW_CLOSE:
		braces(t, row);
		break;
	case ROW_HOLE:
	case ROW_PADDING:
		gap(t, row);
		break;
	case ROW_CUT:
		buf_str(t->out, "--- more members than any kernel's: not shown\n");
		break;
	}
}

static void measure(void *user, const struct row *row)
{
	struct table *t = user;
	char text[40];
	int n;

	if (row->kind == ROW_CUT)
		return;
	t->has_bits |= row->offset % 8 != 0;
	n = (int)size_text(row->size, row->is_bit_field, text);
	t->size_width = n > t->size_width ? n : t->size_width;
	n = (int)(digits_u64(text, (t->base + row->offset) / 8) - text);
	t->width = n > t->width ? n : t->width;
}

static void plural(struct buf *out, uint64_t n, const char *what)
{
	buf_printf(out, "%" PRIu64 " %s%s", n, what, n == 1 ? "" : "s");
}

static void bytes(struct buf *out, uint64_t bits)
{
	if (bits >= 8 || !bits)
		plural(out, bits / 8, "byte");
	if (bits >= 8 && bits % 8)
		buf_str(out, " and ");
	if (bits % 8)
		plural(out, bits % 8, "bit");
}

static void sum(const struct table *t, uint32_t id)
{
	const struct btf_type *type = btf_type(t->shown->btf, id);
	uint64_t lines = ((uint64_t)type->size + CACHE_LINE - 1) / CACHE_LINE;
	struct buf *out = t->out;

	buf_str(out, "size ");
	buf_u64(out, type->size);
	buf_str(out, ", ");
	plural(out, btf_vlen(type), "member");
	buf_str(out, ", ");
	if (t->holes) {
		plural(out, t->holes, "hole");
		buf_str(out, " of ");
		bytes(out, t->hole_bits);
	} else {
		buf_str(out, "no holes");
	}
	if (t->padding) {
		buf_str(out, ", ");
		bytes(out, t->padding);
		buf_str(out, " of padding");
	}
	if (lines > 1)
		buf_printf(out, ", %" PRIu64 " cache lines of %d", lines, CACHE_LINE);
	buf_char(out, '\n');
}

static void members(const struct type_shown *s, uint32_t id, struct buf *out)
{
	struct table t = {.shown = s,
			  .out = out,
			  .base = s->offset,
			  .width = (int)strlen("offset"),
			  .size_width = (int)strlen("size")};

	t.line = s->offset / 8 / CACHE_LINE * CACHE_LINE + CACHE_LINE;
	members_walk(s->btf, id, measure, &t);
	buf_printf(out, "%*s%*s  %-*s %*s\n", t.width, "offset", t.has_bits ? 2 : 0, "",
		   t.width + 1, "", t.size_width, "size");
	members_walk(s->btf, id, show_row, &t);
	sum(&t, id);
}

// The number of an enum's constant, as C has it, and in hex unless it is below 0.
static void number(const struct btf_type *t, uint32_t i, char decimal[24], char hex[24])
{
	bool is_negative;
	uint64_t v = type_constant(t, i, &is_negative);

	hex[0] = '\0';
	if (is_negative) {
		snprintf(decimal, 24, "%" PRId64, (int64_t)v);
	} else {
		snprintf(decimal, 24, "%" PRIu64, v);
		snprintf(hex, 24, "0x%" PRIx64, v);
	}
}

static void constants(const struct type_shown *s, uint32_t id, struct buf *out)
{
	const struct btf_type *t = btf_type(s->btf, id);
	int width = (int)strlen("value"), hex_width = 0, n;
	char decimal[24], hex[24];

	for (uint32_t i = 0; i < btf_vlen(t); i++) {
		number(t, i, decimal, hex);
		n = (int)strlen(decimal);
		width = n > width ? n : width;
		n = (int)strlen(hex);
		hex_width = n > hex_width ? n : hex_width;
	}
	buf_printf(out, "%*s\n", width, "value");
	for (uint32_t i = 0; i < btf_vlen(t); i++) {
		const char *name = type_constant_name(s->btf, t, i);

		number(t, i, decimal, hex);
		buf_printf(out, "%*s  %-*s  ", width, decimal, hex_width, hex);
		safe_text(out, name, strlen(name));
		buf_char(out, '\n');
	}
	buf_printf(out, "size %u, ", t->size);
	plural(out, btf_vlen(t), "value");
	buf_str(out, BTF_INFO_KFLAG(t->info) ? ", signed\n" : ", unsigned\n");
}

static void scalar(const struct type_shown *s, uint32_t id, struct buf *out)
{
	const struct btf_type *t = btf_type(s->btf, id);
	uint32_t encoding;

	buf_str(out, "size ");
	buf_u64(out, type_size(s->btf, s->id));
	if (btf_kind(t) == BTF_KIND_INT) {
		encoding = BTF_INT_ENCODING(*(const uint32_t *)(t + 1));
		buf_str(out, encoding & BTF_INT_BOOL	 ? ", true or false"
			     : encoding & BTF_INT_SIGNED ? ", signed"
							 : ", unsigned");
	}
	buf_char(out, '\n');
}

// What the title does not say: where it is, what it stands for, whose it is.
static void heading(const struct type_shown *s, struct buf *out)
{
	const struct btf_type *t = btf_type(s->btf, s->id);
	char text[6400];
	struct buf b = buf_over(text, sizeof(text));

	safe_text(out, s->title, strlen(s->title));
	if (s->is_member || btf_kind(t) == BTF_KIND_TYPEDEF) {
		type_declare(s->btf, s->is_member ? s->id : t->type, "", &b);
		buf_end(&b);
		buf_str(out, ": ");
		safe_text(out, text, strlen(text));
	}
	if (s->bits)
		buf_printf(out, " : %u", s->bits);
	if (s->is_member) {
		buf_printf(out, " at byte %" PRIu64, s->offset / 8);
		if (s->bits)
			buf_printf(out, ", bit %d", (int)(s->offset % 8));
	}
	if (*s->module)
		buf_printf(out, " [%s]", s->module);
	buf_char(out, '\n');
}

void type_text(const struct type_shown *s, struct buf *out)
{
	uint32_t id = type_peel(s->btf, s->id);

	heading(s, out);
	switch (s->bits ? BTF_KIND_UNKN : btf_kind(btf_type(s->btf, id))) {
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		members(s, id, out);
		break;
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		constants(s, id, out);
		break;
	default:
		scalar(s, id, out);
		break;
	}
}

void type_line(const struct type_shown *s, struct buf *out)
{
	const struct btf_type *t = type_peeled(s->btf, s->id);

	safe_text(out, s->title, strlen(s->title));
	buf_printf(out, ": %" PRIu64 " byte%s", type_size(s->btf, s->id),
		   type_size(s->btf, s->id) == 1 ? "" : "s");
	if (btf_kind(t) == BTF_KIND_STRUCT || btf_kind(t) == BTF_KIND_UNION) {
		buf_str(out, ", ");
		plural(out, btf_vlen(t), "member");
	} else if (btf_kind(t) == BTF_KIND_ENUM || btf_kind(t) == BTF_KIND_ENUM64) {
		buf_str(out, ", ");
		plural(out, btf_vlen(t), "value");
	}
	if (*s->module)
		buf_printf(out, " [%s]", s->module);
	buf_char(out, '\n');
}
