// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "spec.h"

#include <ctype.h>
#include <string.h>

#include "error.h"
#include "format.h"

static void trim(const char *text, uint32_t *from, uint32_t *to)
{
	while (*from < *to && isspace((unsigned char)text[*from]))
		++*from;
	while (*to > *from && isspace((unsigned char)text[*to - 1]))
		--*to;
}

// Where the expression ends: at the first single | outside of parentheses, brackets and quotes.
static uint32_t end_of(const char *text, uint32_t from, uint32_t to)
{
	int depth = 0;
	char quote = 0;

	for (uint32_t i = from; i < to; i++) {
		char c = text[i];

		if (quote) {
			quote = c == quote ? 0 : quote;
		} else if (c == '\'' || c == '"') {
			quote = c;
		} else if (c == '(' || c == '[' || c == ')' || c == ']') {
			depth += c == '(' || c == '[' ? 1 : -1;
		} else if (c == '|' && i + 1 < to && text[i + 1] == '|') {
			i++;
		} else if (c == '|' && depth <= 0) {
			return i;
		}
	}
	return to;
}

// name = letter {letter | digit} "=", but not "=="
static void take_name(const char *text, uint32_t to, struct spec *s)
{
	uint32_t i = s->from, end;

	while (i < to && (isalnum((unsigned char)text[i]) || text[i] == '_'))
		i++;
	end = i;
	while (i < to && text[i] == ' ')
		i++;
	if (i == s->from || isdigit((unsigned char)text[s->from]) || i + 1 >= to ||
	    text[i] != '=' || text[i + 1] == '=')
		return;
	s->name_pos = s->from;
	s->name_len = end - s->from;
	s->from = i + 1;
}

static int one(const char *text, uint32_t from, uint32_t to, struct spec *s, struct ks_error *error)
{
	uint32_t digits = from + (from < to && text[from] == '-'), i = digits;
	int32_t width = 0;

	for (; i < to && isdigit((unsigned char)text[i]) && width < 1000; i++)
		width = width * 10 + (text[i] - '0');
	if (i == to && digits < to && width < 1000) {
		s->width = digits > from ? -width : width;
		return 0;
	}
	if (!format_spec(text + from, to - from)) {
		error_at(error, KS_ESYNTAX, from, to - from, "'%.*s' is no way to show a value",
			 (int)(to - from), text + from);
		error_hint(error, "after | come x, size, dur, clock, sym, tree, full, changes, "
				  "fold, names such as "
				  "O_* or a width; C's | belongs in parentheses here");
		return -1;
	}
	s->format_pos = from;
	s->format_len = to - from;
	return 0;
}

// Those between | from one place to another.
static int all(const char *text, uint32_t from, uint32_t to, struct spec *s, struct ks_error *error)
{
	for (uint32_t next; from <= to; from = next + 1) {
		uint32_t start = from, stop = next = end_of(text, from, to);

		trim(text, &start, &stop);
		if (one(text, start, stop, s, error) < 0)
			return -1;
	}
	return 0;
}

int spec_split(struct arena *a, const char *text, uint32_t from, uint32_t to, struct spec *ret,
	       struct ks_error *error)
{
	struct spec s = {.from = from, .format = ""};
	uint32_t at;

	trim(text, &s.from, &to);
	take_name(text, to, &s);
	s.to = at = end_of(text, s.from, to);
	trim(text, &s.from, &s.to);
	if (at < to && all(text, at + 1, to, &s, error) < 0)
		return -1;
	if (s.format_len && !(s.format = arena_copy(a, text + s.format_pos, s.format_len)))
		return error_nomem(error);
	*ret = s;
	return 0;
}

int spec_read(const char *text, struct spec *ret, char format[SPEC_FORMAT], struct ks_error *error)
{
	struct spec s = {.format = format};

	if (all(text, 0, (uint32_t)strlen(text), &s, error) < 0)
		return -1;
	if (s.format_len >= SPEC_FORMAT)
		return error_at(error, KS_ELIMIT, s.format_pos, s.format_len,
				"names of more than %d letters", SPEC_FORMAT - 1);
	memcpy(format, text + s.format_pos, s.format_len);
	format[s.format_len] = '\0';
	*ret = s;
	return 0;
}
