// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "json.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

#define DEPTH 256

struct reader {
	const unsigned char *at, *end;
	const char *wrong;
};

static int fail(struct reader *r, const char *what)
{
	r->wrong = r->wrong ? r->wrong : what;
	return -1;
}

static int next(const struct reader *r)
{
	return r->at < r->end ? *r->at : -1;
}

static int utf8(struct reader *r)
{
	static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
	uint32_t c = *r->at;
	int len = c < 0x80 ? 1 : c >> 5 == 6 ? 2 : c >> 4 == 14 ? 3 : c >> 3 == 30 ? 4 : 0;

	if (!len || r->end - r->at < len)
		return fail(r, "a byte that is no UTF-8");
	c = len == 1 ? c : c & (0xffu >> (len + 1));
	for (int i = 1; i < len; i++) {
		if (r->at[i] >> 6 != 2)
			return fail(r, "a character that is cut off");
		c = c << 6 | (r->at[i] & 0x3f);
	}
	if (c < least[len] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return fail(r, "a character that is none");
	r->at += len;
	return 0;
}

static int string(struct reader *r)
{
	if (next(r) != '"')
		return fail(r, "no string");
	r->at++;
	while (next(r) != '"') {
		if (next(r) < 0x20)
			return fail(r, "a control byte in a string, or no end of it");
		if (next(r) != '\\') {
			if (utf8(r) < 0)
				return -1;
			continue;
		}
		r->at++;
		if (next(r) == 'u') {
			for (int i = 1; i <= 4; i++)
				if (r->end - r->at <= i || !isxdigit(r->at[i]))
					return fail(r, "\\u without four digits");
			r->at += 4;
		} else if (next(r) < 0 || !strchr("\"\\/bfnrt", next(r))) {
			return fail(r, "a backslash before something else");
		}
		r->at++;
	}
	r->at++;
	return 0;
}

static int digits(struct reader *r)
{
	if (!isdigit(next(r)))
		return fail(r, "no digit");
	while (isdigit(next(r)))
		r->at++;
	return 0;
}

static int number(struct reader *r)
{
	if (next(r) == '-')
		r->at++;
	if (next(r) == '0')
		r->at++;
	else if (digits(r) < 0)
		return -1;
	if (next(r) == '.') {
		r->at++;
		if (digits(r) < 0)
			return -1;
	}
	if (next(r) == 'e' || next(r) == 'E') {
		r->at++;
		if (next(r) == '+' || next(r) == '-')
			r->at++;
		return digits(r);
	}
	return 0;
}

static int value(struct reader *r, int depth)
{
	static const char *const words[] = {"true", "false", "null"};
	int open = next(r), close = open == '{' ? '}' : ']';

	if (depth > DEPTH)
		return fail(r, "deeper than anybody reads");
	if (open == '"')
		return string(r);
	for (int i = 0; i < 3; i++) {
		size_t n = strlen(words[i]);

		if ((size_t)(r->end - r->at) >= n && !memcmp(r->at, words[i], n)) {
			r->at += n;
			return 0;
		}
	}
	if (open != '{' && open != '[')
		return number(r);
	r->at++;
	if (next(r) == close) {
		r->at++;
		return 0;
	}
	for (;;) {
		if (open == '{') {
			if (string(r) < 0)
				return -1;
			if (next(r) != ':')
				return fail(r, "no colon");
			r->at++;
		}
		if (value(r, depth + 1) < 0)
			return -1;
		if (next(r) == close) {
			r->at++;
			return 0;
		}
		if (next(r) != ',')
			return fail(r, "no comma");
		r->at++;
	}
}

const char *json_flaw(const char *text, size_t n, size_t *at)
{
	struct reader r = {.at = (const unsigned char *)text};

	r.end = r.at + n;
	if (value(&r, 0) == 0 && r.at != r.end)
		fail(&r, "something behind the value");
	*at = (size_t)(r.at - (const unsigned char *)text);
	return r.wrong;
}
