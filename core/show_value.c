// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// The values that are not one number, and those whose text is looked up.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "digits.h"
#include "error.h"
#include "safe.h"
#include "show_run.h"

#define FORMATTED 1024 // bytes of a formatter's text, as most have less
#define MAX_ERRNO 4095

bool show_bytes_zero(const unsigned char *at, size_t n)
{
	uint64_t v;

	for (; n >= 8; at += 8, n -= 8) {
		memcpy(&v, at, 8);
		if (v)
			return false;
	}
	while (n--)
		if (*at++)
			return false;
	return true;
}

// A run of ops from `first` up to `end`: what may recurse is bounded by the plan's depth.
static bool all_zero(const struct show_run *r, uint32_t first, uint32_t end,
		     const unsigned char *base);

static bool zero(const struct show_run *r, uint32_t index, const unsigned char *base)
{
	const struct show_op *ops = r->face->ops;
	const struct show_op *op = &ops[index];
	const unsigned char *at = base + op->offset;

	if (op->code != SHOW_STRING && show_bytes_zero(at, op->end - op->offset))
		return true;
	switch (op->code) {
	case SHOW_CHOICE:
		return choice_is_other(op->choice, base, (size_t)(r->end - base)) ||
		       all_zero(r, index + 1, op->next, base);
	case SHOW_OPEN:
		return all_zero(r, index + 1, op->next - 1, base);
	case SHOW_SCALARS:
		return op->until_nul && !*at && op->count;
	case SHOW_STRING:
		return !op->count || !*at;
	case SHOW_ARRAY:
		for (uint32_t i = 0; i < op->count; i++)
			if (!all_zero(r, index + 1, op->next - 1, at + (size_t)i * op->stride))
				return false;
		return true;
	default:
		return op->code < LOADS && show_load(op, at, r->end) == 0;
	}
}

static bool all_zero(const struct show_run *r, uint32_t first, uint32_t end,
		     const unsigned char *base)
{
	for (uint32_t i = first; i < end; i = r->face->ops[i].next)
		if (!zero(r, i, base))
			return false;
	return true;
}

bool show_is_zero(const struct show_run *r, const struct show_op *op, const unsigned char *base)
{
	return zero(r, (uint32_t)(op - r->face->ops), base);
}

// A quote and a backslash are escaped as C does it, what else is not harmless as safe.h does.
static void quoted(struct buf *out, const char *text, size_t n)
{
	size_t from = 0;

	buf_char(out, '"');
	for (size_t i = 0; i < n; i++)
		if (text[i] == '"' || text[i] == '\\') {
			safe_text(out, text + from, i - from);
			buf_char(out, '\\');
			from = i;
		}
	safe_text(out, text + from, n - from);
	buf_char(out, '"');
}

char *show_string(struct show_run *r, char *p, const unsigned char *at, uint32_t count)
{
	size_t there = (size_t)(r->end - at) < count ? (size_t)(r->end - at) : count;
	size_t n = strnlen((const char *)at, there);
	bool cut = n == there && there < count;

	show_sync(r, p);
	if (r->face->form != SHOW_JSON) {
		quoted(r->out, (const char *)at, n);
		if (cut)
			buf_str(r->out, "...");
	} else if (cut) {
		buf_str(r->out, "{\"error\":\"missing\"}");
	} else {
		buf_char(r->out, '"');
		safe_json(r->out, (const char *)at, n);
		buf_char(r->out, '"');
	}
	r->cut = r->cut || cut;
	return show_resume(r);
}

static unsigned __int128 load_wide(const struct show_op *op, const unsigned char *at)
{
	uint32_t n = op->end - op->offset, bits = op->bits ? op->bits : n * 8;
	unsigned __int128 v = 0;

	if (bits > 128) // no value has so many
		bits = 128;

	for (uint32_t i = 0; i < n && i < 16; i++)
		v |= (unsigned __int128)at[i] << i * 8;
	v >>= op->shift;
	if (n > 16 && op->shift)
		v |= (unsigned __int128)at[16] << (128 - op->shift);
	v <<= 128 - bits;
	return op->is_signed ? (unsigned __int128)((__int128)v >> (128 - bits)) : v >> (128 - bits);
}

static void decimal(struct buf *out, unsigned __int128 v)
{
	char text[40];
	size_t at = sizeof(text);

	do
		text[--at] = (char)('0' + (int)(v % 10));
	while (v /= 10);
	buf_add(out, text + at, sizeof(text) - at);
}

char *show_wide(struct show_run *r, char *p, const struct show_op *op, const unsigned char *at)
{
	unsigned __int128 v = load_wide(op, at);
	uint8_t form = r->face->form;

	show_sync(r, p);
	if (form == SHOW_DUMP || r->face->hex) {
		uint32_t n = op->bits ? op->bits : (op->end - op->offset) * 8;

		if (n < 128)
			v &= ((unsigned __int128)1 << n) - 1;
		if (v >> 64)
			buf_printf(r->out, "0x%llx%016llx", (unsigned long long)(v >> 64),
				   (unsigned long long)v);
		else
			buf_hex(r->out, (uint64_t)v);
	} else if (op->is_signed && (__int128)v < 0) {
		buf_char(r->out, '-');
		decimal(r->out, -v);
	} else {
		decimal(r->out, v);
	}
	return show_resume(r);
}

// Floating point of a size that the machine has none of is left in hexadecimal.
char *show_real(struct show_run *r, char *p, const struct show_op *op, const unsigned char *at)
{
	bool is_dump = r->face->form == SHOW_DUMP, is_json = r->face->form == SHOW_JSON;
	uint32_t size = op->end - op->offset;
	long double v = 0;
	int digits = 9;
	char text[5120]; // the longest that "%Lf" makes has less
	float f;
	double d;

	if (size == sizeof(f)) {
		memcpy(&f, at, sizeof(f));
		v = f;
	} else if (size == sizeof(d)) {
		memcpy(&d, at, sizeof(d));
		v = d;
		digits = 17;
	} else if (size == sizeof(v)) {
		memcpy(&v, at, sizeof(v));
		digits = 21;
	} else {
		return show_wide(r, p, op, at);
	}
	// The shortest that is read as the same number.
	for (int i = 1; !is_dump && i <= digits; i++) {
		snprintf(text, sizeof(text), "%.*Lg", i, v);
		if (size == sizeof(f)	? strtof(text, NULL) == (float)v
		    : size == sizeof(d) ? strtod(text, NULL) == (double)v
					: strtold(text, NULL) == v)
			break;
	}
	if (is_dump)
		snprintf(text, sizeof(text), "%Lf", v);
	show_sync(r, p);
	if (is_json && !isfinite(v))
		buf_printf(r->out, "\"%s\"", isnan(v) ? "NaN" : v > 0 ? "Infinity" : "-Infinity");
	else
		buf_add(r->out, text, strlen(text));
	return show_resume(r);
}

// The formatter's text as a string; one that is longer than most is made twice.
static void show_formatted_json(const struct plan_step *s, const unsigned char *at,
				const struct formatter_context *context, struct buf *out)
{
	char text[FORMATTED], *more = NULL;
	struct buf json = buf_over(text, sizeof(text));

	s->formatter->show(at, s->size, context, &json);
	if (json.len > json.cap) {
		more = malloc(json.len);
		if (!more) {
			buf_str(out, "{\"error\":\"ENOMEM\"}");
			return;
		}
		json = buf_over(more, json.len);
		s->formatter->show(at, s->size, context, &json);
	}
	buf_char(out, '"');
	safe_json(out, json.p, json.len < json.cap ? json.len : json.cap);
	buf_char(out, '"');
	free(more);
}

char *show_formatted(struct show_run *r, char *p, const struct show_op *op, const unsigned char *at)
{
	const struct plan_step *s = &r->plan->steps[op->step];
	struct formatter_context context = {
		.btf = r->plan->btf,
		.type_id = s->type_id,
		.detail = s->detail,
		.symbols = r->how->symbols,
	};

	show_sync(r, p);
	if (r->face->form != SHOW_JSON || s->formatter->json == FORMATTER_NUMBER) {
		s->formatter->show(at, s->size, &context, r->out);
	} else {
		show_formatted_json(s, at, &context, r->out);
	}
	return show_resume(r);
}

char *show_pointer(struct show_run *r, char *p, uint64_t v)
{
	const struct ksyms *symbols = r->how->symbols;
	uint64_t offset = 0;
	const struct ksym *s;
	const char *name;

	if (v >= (uint64_t)-MAX_ERRNO && (name = errno_name((int)-(int64_t)v))) {
		show_sync(r, p);
		buf_char(r->out, '-');
		buf_str(r->out, name);
		return show_resume(r);
	}
	s = symbols && v ? ksyms_at(symbols, v, &offset) : NULL;
	if (!s) {
		return digits_hex(p, v);
	}
	show_sync(r, p);
	name = ksyms_name(symbols, s);
	safe_text(r->out, name, strlen(name));
	if (offset) {
		buf_char(r->out, '+');
		buf_hex(r->out, offset);
	}
	return show_resume(r);
}

// The number of a value that no constant has; or a name that does not fit into SHOW_ROOM.
char *show_constant(struct show_run *r, char *p, const struct show_op *op, uint64_t v)
{
	const struct constant *c = constants_at(op->constants, v);

	show_sync(r, p);
	if (c)
		buf_add(r->out, c->name, c->len);
	else if (op->is_signed)
		buf_s64(r->out, (int64_t)v);
	else
		buf_u64(r->out, v);
	if (!c && r->face->form == SHOW_DUMP && op->is_enum64)
		buf_str(r->out, op->is_signed ? "LL" : "ULL");
	return show_resume(r);
}
