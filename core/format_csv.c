// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "format_csv.h"

#include <string.h>

void format_csv_cell(const struct format *fmt, const struct ks_field *f, const struct ks_record *r,
		     struct buf *out)
{
	if (format_nil(f, r)) {
		format_text(fmt, f, r, "", out);
		return;
	}
	switch (f->kind) {
	case KS_FUNC:
	case KS_CHARS:
	case KS_STR:
	case KS_BYTES:
	case KS_INET:
	case KS_PATH:
	case KS_STACK:
	case KS_USTACK:
		format_text(fmt, f, r, "", out);
		break;
	case KS_PTR:
		format_text(fmt, f, r, "x", out);
		break;
	default: // numbers as they are, and what has parts as JSON
		format_json_value(fmt, f, r, out);
		break;
	}
}

// Puts what was written since `from` between quotes, where RFC 4180 asks for that. What had no room
// in the buffer is not there to look at: then all of it will be written once more.
static void quote(struct buf *out, size_t from)
{
	size_t n = out->len - from, more = 2;
	char *cell = out->p + from;
	bool asks = false;

	if (out->len >= out->cap) { // the most that it can come to
		buf_repeat(out, '"', n + 2);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		asks |= strchr(",\"\r\n", cell[i]) != NULL;
		more += cell[i] == '"';
	}
	if (!asks)
		return;
	buf_repeat(out, '"', more);
	if (out->len >= out->cap)
		return;
	for (size_t i = n, to = n + more - 1; i-- > 0;) {
		cell[--to] = cell[i];
		if (cell[i] == '"')
			cell[--to] = '"';
	}
	cell[0] = cell[n + more - 1] = '"';
}

void format_csv(const struct format *fmt, const struct layout *l, const int32_t *fields, uint32_t n,
		const struct ks_record *r, struct buf *out)
{
	size_t from = out->len;

	buf_str(out, fmt->place);
	quote(out, from);
	for (uint32_t i = 0; i < n; i++) {
		buf_char(out, ',');
		from = out->len;
		if (fields[i] < 0 || (uint32_t)fields[i] >= l->count)
			continue;
		format_csv_cell(fmt, &l->fields[fields[i]], r, out);
		quote(out, from);
	}
	buf_char(out, '\n');
}
