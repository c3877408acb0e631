// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// "{pid|7} {comm|-16} {str(path)}": text with captures in braces, printed in columns.
#include <ctype.h>
#include <string.h>

#include "error.h"
#include "safe.h"
#include "trace.h"

#define MAX_ITEMS (2 * MAX_FIELDS + 8) // a text before each field

struct item {
	const char *text; // literal, or NULL: a field
	size_t len;
	int field;
	const char *spec;
	int32_t width;
};

struct ks_template {
	const struct ks_probe *probe;
	uint32_t count;
	struct item items[MAX_ITEMS];
};

static struct item *next_item(struct ks_template *t, uint32_t pos, struct ks_error *error)
{
	if (t->count < MAX_ITEMS)
		return &t->items[t->count++];
	error_at(error, KS_ELIMIT, pos, 1, "a template of more than %d parts", MAX_ITEMS);
	return NULL;
}

// Text up to the next brace, with {{ and }} as single ones. Returns where it ends, or 0 with error.
static uint32_t literal(struct ks_template *t, const char *text, uint32_t at, uint32_t end,
			struct ks_error *error)
{
	struct item *item = next_item(t, at, error);
	char *copy = arena_alloc(&t->probe->trace->keep, end - at + 1);

	if (!item)
		return 0;
	if (!copy) {
		error_nomem(error);
		return 0;
	}
	item->text = copy;
	while (at < end) {
		if (text[at] == '{' && (at + 1 == end || text[at + 1] != '{'))
			break;
		if (text[at] == '}' && (at + 1 == end || text[at + 1] != '}')) {
			error_at(error, KS_ESYNTAX, at, 1, "a } without its {");
			error_hint(error, "a brace itself is written }}");
			return 0;
		}
		copy[item->len++] = text[at];
		at += text[at] == '{' || text[at] == '}' ? 2 : 1;
	}
	return at;
}

static uint32_t capture(struct ks_template *t, struct ks_probe *p, const char *text, uint32_t at,
			uint32_t end, struct ks_error *error)
{
	uint32_t close = at + 1;
	struct item *item = next_item(t, at, error);
	struct spec spec;
	char quote = 0;

	if (!item)
		return 0;
	for (; close < end && (quote || text[close] != '}'); close++) {
		if (text[close] == '\'' || text[close] == '"')
			quote = quote == text[close] ? 0 : quote ? quote : text[close];
	}
	if (close == end) {
		error_at(error, KS_ESYNTAX, at, end - at, "a { without its }");
		error_hint(error, "a brace itself is written {{");
		return 0;
	}
	item->field = probe_capture(p, text, at + 1, close, &spec, error);
	if (item->field < 0)
		return 0;
	item->spec = *spec.format ? spec.format : p->layout.fields[item->field].spec;
	item->width = spec.width ? spec.width : p->layout.fields[item->field].width;
	return close + 1;
}

struct ks_template *ks_template(struct ks_probe *p, const char *source, struct ks_error *error)
{
	struct ks_template *t = arena_alloc(&p->trace->keep, sizeof(*t));
	char *text = arena_copy(&p->trace->keep, source, strlen(source));
	uint32_t at = 0, end = (uint32_t)strlen(source);

	if (!t || !text) {
		error_nomem(error);
		return NULL;
	}
	t->probe = p;
	while (at < end) {
		bool field = text[at] == '{' && (at + 1 == end || text[at + 1] != '{');

		at = field ? capture(t, p, text, at, end, error) : literal(t, text, at, end, error);
		if (!at)
			return NULL;
	}
	return t;
}

// Columns that a terminal shows for a UTF-8 text, good enough for padding: one a character.
static int32_t columns(const char *s, size_t n)
{
	int32_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += (s[i] & 0xc0) != 0x80;
	return count;
}

static void padded(struct buf *out, const char *s, size_t n, int32_t width)
{
	int32_t pad = (width < 0 ? -width : width) - columns(s, n);

	if (pad > 0 && width > 0)
		buf_repeat(out, ' ', (size_t)pad);
	buf_add(out, s, n);
	if (pad > 0 && width < 0)
		buf_repeat(out, ' ', (size_t)pad);
}

// A padded last column would only be spaces at the end of a line.
static void end_line(struct buf *out)
{
	while (out->len && out->len <= out->cap && out->p[out->len - 1] == ' ')
		out->len--;
	buf_char(out, '\n');
}

size_t ks_template_text(const struct ks_template *t, const struct ks_record *r, char *p, size_t cap)
{
	struct format fmt = trace_format(t->probe);
	struct buf out = buf_over(p, cap);

	for (uint32_t i = 0; i < t->count; i++) {
		const struct item *item = &t->items[i];
		char text[STR_TEXT];
		struct buf b = buf_over(text, sizeof(text));

		if (item->text) {
			buf_add(&out, item->text, item->len);
		} else if (!item->width) {
			format_text(&fmt, &t->probe->layout.fields[item->field], r, item->spec,
				    &out);
		} else {
			format_text(&fmt, &t->probe->layout.fields[item->field], r, item->spec, &b);
			padded(&out, text, b.len < sizeof(text) ? b.len : sizeof(text),
			       item->width);
		}
	}
	end_line(&out);
	return buf_end(&out);
}

size_t ks_template_header(const struct ks_template *t, char *p, size_t cap)
{
	struct buf out = buf_over(p, cap);

	for (uint32_t i = 0; i < t->count; i++) {
		const struct item *item = &t->items[i];
		char title[64];
		size_t n = 0;

		if (item->text) {
			buf_add(&out, item->text, item->len);
			continue;
		}
		for (const char *c = t->probe->layout.fields[item->field].name;
		     *c && n < sizeof(title); c++)
			title[n++] = (char)toupper((unsigned char)*c);
		// time has no width, but its text always has the same: 15:04:05.123456
		padded(&out, title, n,
		       item->width						    ? item->width
		       : !strcmp(t->probe->layout.fields[item->field].name, "time") ? -15
										    : 0);
	}
	end_line(&out);
	return buf_end(&out);
}

size_t ks_text(const struct ks_probe *p, const struct ks_record *r, int field, const char *spec,
	       char *buf, size_t cap)
{
	struct format fmt = trace_format(p);
	struct buf out = buf_over(buf, cap);

	if (field >= 0 && field < (int)p->layout.count)
		format_text(&fmt, &p->layout.fields[field], r,
			    spec ? spec : p->layout.fields[field].spec, &out);
	return buf_end(&out);
}

const char *ks_why(const struct ks_probe *p, const struct ks_record *r, int field)
{
	return field >= 0 && field < (int)p->layout.count ? format_why(&p->layout.fields[field], r)
							  : "";
}

size_t ks_json(const struct ks_probe *p, const struct ks_record *r, char *buf, size_t cap)
{
	struct format fmt = trace_format(p);
	struct buf out = buf_over(buf, cap);

	format_json(&fmt, &p->layout, r, &out);
	return buf_end(&out);
}

size_t ks_json_string(const char *bytes, size_t n, char *buf, size_t cap)
{
	struct buf out = buf_over(buf, cap);

	safe_json(&out, bytes, n);
	return buf_end(&out);
}

size_t ks_safe_string(const char *bytes, size_t n, char *buf, size_t cap)
{
	struct buf out = buf_over(buf, cap);

	safe_text(&out, bytes, n);
	return buf_end(&out);
}
