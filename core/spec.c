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

static int one(struct arena *a, const char *text, uint32_t from, uint32_t to, struct spec *s,
	       struct ks_error *error)
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
		error_hint(error,
			   "after | come x, size, dur, clock, sym, tree, full, names such as "
			   "O_* or a width; C's | belongs in parentheses here");
		return -1;
	}
	s->format_pos = from;
	s->format_len = to - from;
	s->format = arena_copy(a, text + from, to - from);
	return s->format ? 0 : error_nomem(error);
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
	while (at < to) {
		uint32_t start = at + 1, next = end_of(text, start, to), stop = next;

		trim(text, &start, &stop);
		if (one(a, text, start, stop, &s, error) < 0)
			return -1;
		at = next;
	}
	*ret = s;
	return 0;
}
