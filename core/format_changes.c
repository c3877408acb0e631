// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "format_changes.h"

#include <string.h>

#include "plan.h"
#include "show.h"

static const unsigned char *bytes(const struct ks_field *f, const struct ks_record *r)
{
	return (const unsigned char *)r + f->offset;
}

// How many of the bytes of a field mean something: behind a string and a slice there is what was there
// before.
static size_t used(const struct ks_field *f, const struct ks_record *r)
{
	struct ks_slice slice;
	size_t n = f->size;
	int32_t length;

	if (f->kind == KS_STR) {
		memcpy(&length, bytes(f, r), sizeof(length));
		n = length > 0 ? sizeof(length) + (size_t)length : sizeof(length);
	} else if (f->kind == KS_VALUE && f->is_slice) {
		memcpy(&slice, bytes(f, r), sizeof(slice));
		n = (f->size - sizeof(slice)) / f->count * slice.count + sizeof(slice);
	}
	return n < f->size ? n : f->size;
}

static bool text_of(const struct format *fmt, const struct ks_field *f, const struct ks_record *r,
		    char *text, size_t room)
{
	struct buf out = buf_over(text, room);

	format_text(fmt, f, r, "", &out);
	return buf_end(&out) < room;
}

static bool same(const struct format *fmt, const struct ks_field *was, const struct ks_field *is,
		 const struct ks_record *r)
{
	char texts[2][2048];

	if (was->kind == KS_PATH) // which has room for more than there is
		return text_of(fmt, was, r, texts[0], sizeof(texts[0])) &&
		       text_of(fmt, is, r, texts[1], sizeof(texts[1])) &&
		       !strcmp(texts[0], texts[1]);
	return used(was, r) == used(is, r) && !memcmp(bytes(was, r), bytes(is, r), used(was, r));
}

// Characters that differ behind the NUL of one text, which may be more than rest.
static bool behind(const struct ks_field *was, const struct ks_field *is, const struct ks_record *r,
		   struct buf *out)
{
	const unsigned char *a = bytes(was, r), *b = bytes(is, r);
	size_t n = strnlen((const char *)a, was->size);
	bool first = true;

	if (was->kind != KS_CHARS || memcmp(a, b, n < was->size ? n + 1 : n) != 0)
		return false;
	for (size_t i = n; i < was->size; i++) {
		if (a[i] != b[i])
			buf_printf(out, "%s[%zu] %u -> %u", first ? "" : ", ", i, a[i], b[i]);
		first = first && a[i] == b[i];
	}
	return true;
}

// Is it shown member by member? Then its plan says how.
static const struct plan *plan_for(const struct layout *ends)
{
	const struct ks_field *f = &ends->fields[0];

	return f->kind == KS_VALUE && !f->is_slice && !ends->formatters[0] ? ends->plans[0] : NULL;
}

static struct show_pair pair(const struct layout_ends *e, const struct ks_record *r)
{
	const struct ks_field *was = &e->layout.fields[0], *is = &e->layout.fields[1];

	return (struct show_pair){.was = bytes(was, r),
				  .is = bytes(is, r),
				  .was_at = was->offset,
				  .is_at = is->offset,
				  .path = e->path};
}

void format_changes(const struct format *fmt, const struct ks_field *f, const struct ks_record *r,
		    struct buf *out)
{
	const struct layout_ends *e = fmt->layout->ends[f - fmt->layout->fields];
	const struct ks_field *was = &e->layout.fields[0], *is = &e->layout.fields[1];
	const struct plan *plan = plan_for(&e->layout);
	const struct show how = {.form = SHOW_LINE, .symbols = fmt->symbols};
	const struct show_pair both = pair(e, r);
	struct format inner = *fmt;

	inner.layout = &e->layout;
	if (plan) {
		show_changes(&how, plan, &both, out);
	} else if (same(&inner, was, is, r)) {
		buf_str(out, SHOW_UNCHANGED);
	} else if (!behind(was, is, r, out)) {
		format_holes(&inner, was, r, "", out);
		buf_str(out, " -> ");
		format_holes(&inner, is, r, "", out);
	}
}

void format_changes_json(const struct format *fmt, const struct ks_field *f,
			 const struct ks_record *r, struct buf *out)
{
	const struct layout_ends *e = fmt->layout->ends[f - fmt->layout->fields];
	const struct plan *plan = plan_for(&e->layout);
	const struct show how = {.form = SHOW_LINE, .symbols = fmt->symbols};
	const struct show_pair both = pair(e, r);
	struct format inner = *fmt;

	inner.layout = &e->layout;
	if (plan) {
		show_changes_json(&how, plan, &both, out);
		return;
	}
	buf_char(out, '[');
	format_json_value(&inner, &e->layout.fields[0], r, out);
	buf_char(out, ',');
	format_json_value(&inner, &e->layout.fields[1], r, out);
	buf_char(out, ']');
}
