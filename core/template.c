// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// "{pid|7} {comm|-16} {str(path)}": text with captures in braces, printed in columns.
#include <ctype.h>
#include <string.h>

#include "alike.h"
#include "error.h"
#include "format_csv.h"
#include "safe.h"
#include "trace.h"

#define MAX_ITEMS (2 * MAX_FIELDS + 8) // a text before each field

#define HOLE_LITERAL HOLE "l" HOLE_BODY HOLE_END

#define SHORT 16 // bytes that can be read behind an item's text

struct item {
	const char *text; // literal, in front of the field
	size_t len;
	int field; // -1: none
	const char *spec;
	int32_t width;
	bool is_number; // format_number may show it
	bool has_holes;
};

// What is printed of one variant's events.
struct shown {
	struct ks_variant *variant;
	uint32_t count;
	struct item items[MAX_ITEMS];
};

struct ks_template {
	const struct ks_probe *probe;
	struct shown **shown; // by the variant's index; NULL: it is left out
	uint32_t count, room; // of these; a variant that parted from one later is shown as that one
	bool has_holes;	      // of an item
};

static struct item *next_item(struct shown *t, uint32_t pos, struct ks_error *error)
{
	if (t->count < MAX_ITEMS) {
		t->items[t->count].field = -1;
		return &t->items[t->count++];
	}
	error_at(error, KS_ELIMIT, pos, 1, "a template of more than %d parts", MAX_ITEMS);
	return NULL;
}

// Text up to the next brace, with {{ and }} as single ones. Returns where it ends, or 0 with error.
static uint32_t literal(struct shown *t, const char *text, uint32_t at, uint32_t end,
			struct ks_error *error)
{
	struct item *item = next_item(t, at, error);
	struct ks_trace *trace = t->variant->probe->trace;
	size_t each = trace->formats.count ? strlen(HOLE_LITERAL) : 1;
	char *copy = arena_alloc(&trace->keep, (end - at) * each + 1);

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
		if (text[at] == *HOLE && trace->formats.count) {
			memcpy(copy + item->len, HOLE_LITERAL, each);
			item->len += each;
		} else {
			copy[item->len++] = text[at];
		}
		at += text[at] == '{' || text[at] == '}' ? 2 : 1;
	}
	return at;
}

static int add_text(struct shown *t, const char *text, struct ks_error *error)
{
	struct item *item = next_item(t, 0, error);

	if (!item)
		return -1;
	item->text = text;
	item->len = strlen(text);
	return 0;
}

// {args}: every capture but retval, as "name=value, name=value".
static int arguments(struct shown *t, struct ks_error *error)
{
	const struct layout *l = &t->variant->layout;
	bool first = true;

	for (uint32_t i = 0; i < l->count; i++) {
		const struct ks_field *f = &l->fields[i];
		struct item *item;

		if (!f->in_args || !strcmp(f->name, "retval"))
			continue;
		if ((!first && add_text(t, ", ", error) < 0) || add_text(t, f->name, error) < 0 ||
		    add_text(t, "=", error) < 0 || !(item = next_item(t, 0, error)))
			return -1;
		item->field = (int)i;
		item->spec = f->spec;
		first = false;
	}
	return 0;
}

static uint32_t capture(struct shown *t, const char *text, uint32_t at, uint32_t end,
			struct ks_error *error)
{
	uint32_t close = at + 1;
	struct ks_variant *v = t->variant;
	struct item *item;
	struct spec spec;
	char quote = 0;

	for (; close < end && (quote || text[close] != '}'); close++) {
		if (text[close] == '\'' || text[close] == '"')
			quote = quote == text[close] ? 0 : quote ? quote : text[close];
	}
	if (close == end) {
		error_at(error, KS_ESYNTAX, at, end - at, "a { without its }");
		error_hint(error, "a brace itself is written {{");
		return 0;
	}
	if (close - at == 5 && !memcmp(text + at, "{args", 5)) {
		bool none = true;

		for (uint32_t i = 0; i < v->layout.count; i++)
			none = none && !v->layout.fields[i].in_args;
		if (none && variant_capture_default(v, error) < 0)
			return 0;
		return arguments(t, error) < 0 ? 0 : close + 1;
	}
	item = next_item(t, at, error);
	if (!item)
		return 0;
	item->field = variant_capture(v, text, at + 1, close, true, &spec, error);
	if (item->field < 0)
		return 0;
	item->spec = *spec.format ? spec.format : v->layout.fields[item->field].spec;
	item->width = spec.width ? spec.width : v->layout.fields[item->field].width;
	return close + 1;
}

// The default: "15:04:05.123456  1234 dd  vfs_read(file=0xffff..., count=1) = 1".
static int standard(struct shown *t, struct ks_error *error)
{
	static const char head[] = "{time} {pid|7} {comm|-15} {func}({args})";
	uint32_t at = 0, end = sizeof(head) - 1;

	while (at < end) {
		at = head[at] == '{' ? capture(t, head, at, end, error)
				     : literal(t, head, at, end, error);
		if (!at)
			return -1;
	}
	if (layout_find(&t->variant->layout, "retval", 6) >= 0) {
		if (add_text(t, " = ", error) < 0 ||
		    !capture(t, "{retval}", 0, (uint32_t)strlen("{retval}"), error))
			return -1;
	}
	return 0;
}

static int bind(struct shown *t, const char *text, struct ks_error *error)
{
	uint32_t at = 0, end = text ? (uint32_t)strlen(text) : 0;

	if (!text)
		return standard(t, error);
	while (at < end) {
		bool field = text[at] == '{' && (at + 1 == end || text[at + 1] != '{');

		at = field ? capture(t, text, at, end, error) : literal(t, text, at, end, error);
		if (!at)
			return -1;
	}
	return 0;
}

// What is known of the items before any event: texts become one with what follows them. False: out of
// memory. has_holes is set when one of them has.
static bool settle(struct shown *t, bool *has_holes)
{
	struct arena *keep = &t->variant->probe->trace->keep;
	uint32_t n = 0;

	for (uint32_t i = 0; i < t->count; i++) {
		struct item *item = &t->items[i], *last = n ? &t->items[n - 1] : NULL;

		bool joins = last && last->field < 0;
		size_t before = joins ? last->len : 0;
		char *both = arena_alloc(keep, before + item->len + SHORT);

		if (!both)
			return false;
		if (item->field >= 0 && !*item->spec &&
		    format_is_stack(&t->variant->layout.fields[item->field]))
			item->spec = FORMAT_BLOCK;
		if (item->field >= 0)
			item->is_number = !*item->spec &&
					  format_is_number(&t->variant->layout, item->field);
		item->has_holes = item->field >= 0 &&
				  format_has_holes(&t->variant->layout, item->field);
		*has_holes = *has_holes || item->has_holes;
		if (before)
			memcpy(both, last->text, before);
		if (item->len)
			memcpy(both + before, item->text, item->len);
		item->text = both;
		item->len += before;
		n -= joins;
		t->items[n++] = *item;
	}
	t->count = n;
	return true;
}

// For one more variant's.
static bool make_room(struct ks_template *t)
{
	if (t->count == t->room) {
		uint32_t room = t->room ? t->room * 2 : t->probe->count;
		struct shown **more = arena_alloc(&t->probe->trace->keep,
						  room * sizeof(struct shown *));

		if (!more)
			return false;
		if (t->count)
			memcpy(more, t->shown, t->count * sizeof(struct shown *));
		t->shown = more;
		t->room = room;
	}
	t->count++;
	return true;
}

struct ks_template *ks_template(struct ks_probe *p, const char *source, struct ks_error *error)
{
	struct arena *keep = &p->trace->keep;
	struct ks_template *t = arena_alloc(keep, sizeof(*t));
	const struct probe_mark *marks = probe_marks(p, error);
	char *text = source ? arena_copy(keep, source, strlen(source)) : NULL;

	if (!t || !marks || (source && !text)) {
		error_nomem(error);
		return NULL;
	}
	t->probe = p;
	for (uint32_t i = 0; i < p->count; i++) {
		struct shown *shown = arena_alloc(&p->trace->work, sizeof(*shown)), *kept;
		struct ks_variant *v = p->variants[i];
		struct ks_error why = {0};
		struct alike_turn turn;
		size_t size;
		int r;

		if (!shown || !make_room(t)) {
			error_nomem(error);
			return NULL;
		}
		if (v->left_out)
			continue;
		shown->variant = v;
		if (alike_begin(v, &turn, error) < 0)
			return NULL;
		r = bind(shown, text, &why);
		if (alike_end(&turn, error) < 0)
			return NULL;
		if (r < 0) {
			if (probe_leave_out(v, &why, error) == 0)
				continue;
			if (why.kind == KS_ELITERAL)
				probe_take_back(p, marks);
			return NULL;
		}
		kept = NULL;
		if (settle(shown, &t->has_holes)) {
			size = offsetof(struct shown, items) + shown->count * sizeof(struct item);
			kept = arena_alloc(keep, size);
		}
		if (!kept) {
			error_nomem(error);
			return NULL;
		}
		t->shown[i] = memcpy(kept, shown, size);
	}
	return t;
}

// Columns that a terminal shows for a text. Most are ASCII.
static int32_t columns(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (s[i] & 0x80)
			return (int32_t)ks_columns(s, n);
	return (int32_t)n;
}

// What is short is copied with what stands behind it, SHORT bytes in any case: faster than to ask how
// many.
static void add_short(struct buf *out, const char *text, size_t n)
{
	if (n <= SHORT && out->len + SHORT < out->cap) {
		memcpy(out->p + out->len, text, SHORT);
		out->len += n;
	} else {
		buf_add(out, text, n);
	}
}

// Pads what was written from `from` on to a column's width. A part of printing an event: inline.
static inline void pad(struct buf *out, size_t from, int32_t width, bool is_ascii)
{
	size_t n = out->len - from;
	int32_t missing = width < 0 ? -width : width;

	if (is_ascii && n >= (size_t)missing)
		return;
	if (out->len <= out->cap) // else there will be another time, with room for all of this
		missing -= is_ascii ? (int32_t)n : columns(out->p + from, n);
	if (missing <= 0)
		return;
	if (missing <= SHORT)
		add_short(out, "                ", (size_t)missing);
	else
		buf_repeat(out, ' ', (size_t)missing);
	if (width > 0 && out->len <= out->cap) {
		memmove(out->p + from + missing, out->p + from, n);
		memset(out->p + from, ' ', (size_t)missing);
	}
}

void template_pad(struct buf *out, size_t from, int32_t width, bool is_ascii)
{
	pad(out, from, width, is_ascii);
}

// A padded last column would only be spaces at the end of a line.
static void end_line(struct buf *out)
{
	while (out->len && out->len <= out->cap && out->p[out->len - 1] == ' ')
		out->len--;
	buf_char(out, '\n');
}

void template_column(struct buf *out, int32_t width)
{
	buf_printf(out, HOLE "w%d" HOLE_BODY, width);
}

static void item_with_holes(const struct format *fmt, const struct item *item,
			    const struct ks_field *f, const struct ks_record *r, struct buf *out)
{
	if (item->width)
		template_column(out, item->width);
	format_holes(fmt, f, r, item->spec, out);
	if (item->width)
		buf_str(out, HOLE_END);
}

// holes: are there any? A template without them has no test for each item.
static inline __attribute__((always_inline)) size_t
text(const struct ks_template *t, const struct ks_record *r, char *p, size_t cap, bool holes)
{
	struct format fmt = trace_format(t->probe->trace, r);
	const struct ks_variant *v = trace_variant(t->probe->trace, r);
	const struct shown *shown =
		t->shown[v->index < t->count ? v->index : probe_origin(v, t->count)];
	struct buf out = buf_over(p, cap);

	for (uint32_t i = 0; shown && i < shown->count; i++) {
		const struct item *item = &shown->items[i];
		const struct ks_field *f;
		size_t from;

		add_short(&out, item->text, item->len);
		if (item->field < 0)
			break; // the text at the end
		f = &v->layout.fields[item->field];
		if (holes && item->has_holes) {
			item_with_holes(&fmt, item, f, r, &out);
			continue;
		}
		from = out.len;
		if (!item->is_number || !format_number(&fmt, f, r, &out))
			format_text(&fmt, f, r, item->spec, &out);
		if (item->width)
			pad(&out, from, item->width, item->is_number);
	}
	end_line(&out);
	return buf_end(&out);
}

static __attribute__((noinline)) size_t with_holes(const struct ks_template *t,
						   const struct ks_record *r, char *p, size_t cap)
{
	return text(t, r, p, cap, true);
}

static __attribute__((noinline)) size_t without(const struct ks_template *t,
						const struct ks_record *r, char *p, size_t cap)
{
	return text(t, r, p, cap, false);
}

size_t ks_template_text(const struct ks_template *t, const struct ks_record *r, char *p, size_t cap)
{
	return t->has_holes ? with_holes(t, r, p, cap) : without(t, r, p, cap);
}

// Of the first variant: columns are the same in all of them.
size_t ks_template_header(const struct ks_template *t, char *p, size_t cap)
{
	struct buf out = buf_over(p, cap);
	const struct shown *shown = NULL;

	for (uint32_t i = 0; i < t->count && !shown; i++)
		shown = t->shown[i];
	for (uint32_t i = 0; shown && i < shown->count; i++) {
		const struct item *item = &shown->items[i];
		const char *name;
		char title[64];
		size_t n = 0, from;

		buf_add(&out, item->text, item->len);
		if (item->field < 0)
			break;
		name = shown->variant->layout.fields[item->field].name;
		for (const char *c = name; *c && n < sizeof(title); c++)
			title[n++] = (char)toupper((unsigned char)*c);
		// time has no width, but its text always has the same: 15:04:05.123456
		from = out.len;
		buf_add(&out, title, n);
		template_pad(&out, from,
			     item->width	     ? item->width
			     : !strcmp(name, "time") ? -15
						     : 0,
			     false);
	}
	end_line(&out);
	return buf_end(&out);
}

size_t ks_text(const struct ks_trace *t, const struct ks_record *r, int field, const char *spec,
	       char *buf, size_t cap)
{
	const struct ks_variant *v = trace_variant(t, r);
	struct format fmt = trace_format(t, r);
	struct buf out = buf_over(buf, cap);
	const struct ks_field *f = ks_field(v, field);
	struct spec s = {.format = spec || !f ? "" : f->spec};
	char format[SPEC_FORMAT];
	struct ks_error ignored;

	if (spec && *spec)
		spec_read(spec, &s, format, &ignored);
	if (f && s.width && format_has_holes(&v->layout, field)) {
		template_column(&out, s.width);
		format_holes(&fmt, f, r, s.format, &out);
		buf_str(&out, HOLE_END);
	} else if (f) {
		format_holes(&fmt, f, r, s.format, &out);
		template_pad(&out, 0, s.width, false);
	}
	return buf_end(&out);
}

int ks_fits(struct ks_trace *t, const struct ks_variant *v, int field, const char *spec,
	    struct ks_error *error)
{
	const struct ks_field *f = ks_field(v, field);
	char format[SPEC_FORMAT];
	struct spec s;

	if (!f)
		return error_set(error, KS_ENAME, "there is no field %d", field);
	if (spec_read(spec, &s, format, error) < 0 || trace_fits(t, v->scope.btf, f, &s, error) < 0)
		return -1;
	trace_symbols(t);
	return 0;
}

const char *ks_why(const struct ks_trace *t, const struct ks_record *r, int field)
{
	const struct layout *l = &trace_variant(t, r)->layout;

	return field >= 0 && field < (int)l->count ? format_why(&l->fields[field], r) : "";
}

size_t ks_json(const struct ks_trace *t, const struct ks_record *r, char *buf, size_t cap)
{
	struct format fmt = trace_format(t, r);
	struct buf out = buf_over(buf, cap);

	format_json(&fmt, &trace_variant(t, r)->layout, r, &out);
	return buf_end(&out);
}

size_t ks_csv(const struct ks_columns *c, const struct ks_record *r, char *buf, size_t cap)
{
	struct format fmt = trace_format(c->trace, r);
	struct buf out = buf_over(buf, cap);

	format_csv(&fmt, &trace_variant(c->trace, r)->layout, c->fields, c->count, r, &out);
	return buf_end(&out);
}

size_t ks_csv_cell(const struct ks_trace *t, const struct ks_record *r, int field, char *buf,
		   size_t cap)
{
	const struct layout *l = &trace_variant(t, r)->layout;
	struct format fmt = trace_format(t, r);
	struct buf out = buf_over(buf, cap);

	if (field >= 0 && field < (int)l->count)
		format_csv_cell(&fmt, &l->fields[field], r, &out);
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
