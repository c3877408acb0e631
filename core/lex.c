// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "lex.h"

#include <ctype.h>
#include <string.h>

#include "error.h"

#define MAX_TEXT 4096

static bool word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

// The multiplier behind a number; 0 when there is no such suffix.
static uint64_t suffix(const char *s, uint32_t n, bool *duration)
{
	static const struct {
		const char *name;
		uint64_t factor;
		bool duration;
	} suffixes[] = {
		{"", 1, false},		  {"K", 1 << 10, false},
		{"M", 1 << 20, false},	  {"G", 1 << 30, false},
		{"ns", 1, true},	  {"us", 1000, true},
		{"ms", 1000000, true},	  {"s", 1000000000, true},
		{"m", 60000000000, true}, {"h", 3600000000000, true},
	};

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(*suffixes); i++) {
		if (strlen(suffixes[i].name) == n && !memcmp(suffixes[i].name, s, n)) {
			*duration = suffixes[i].duration;
			return suffixes[i].factor;
		}
	}
	return 0;
}

// number = ("0x" hex+ | "0" octal+ | digit+) [KMG | ns us ms s m h]
static int number(struct token *t, struct ks_error *error)
{
	uint32_t i = 0, base = 10;
	uint64_t v = 0, factor;
	bool duration = false;

	if (t->n > 2 && t->p[0] == '0' && (t->p[1] | 32) == 'x') {
		base = 16;
		i = 2;
	} else if (t->n > 1 && t->p[0] == '0' && isdigit((unsigned char)t->p[1])) {
		base = 8;
	}
	for (; i < t->n; i++) {
		int c = t->p[i] | 32;
		uint32_t d = c >= '0' && c <= '9'		  ? (uint32_t)(c - '0')
			     : base == 16 && c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a' + 10)
								  : base;

		if (d >= base)
			break;
		if (__builtin_mul_overflow(v, (uint64_t)base, &v) ||
		    __builtin_add_overflow(v, (uint64_t)d, &v))
			return error_at(error, KS_ESYNTAX, t->pos, t->len,
					"a number of more than 64 bits");
	}
	factor = suffix(t->p + i, t->n - i, &duration);
	if (!factor || (base == 8 && duration)) {
		error_at(error, KS_ESYNTAX, t->pos, t->len, "'%.*s' is no number", (int)t->n, t->p);
		if (i < t->n && strspn(t->p + i, "uUlL") >= t->n - i)
			error_hint(error, "without U and L a number has the type that fits it; a "
					  "cast such as (unsigned long)10 gives another");
		else
			error_hint(error, base == 8
						  ? "a number that begins with 0 is octal, as in C"
						  : "numbers are 10, 0x1f, 0644, 4K, 2M, 1G; "
						    "durations 10ns, 5us, 2ms, 1s, 3m, 1h");
		return -1;
	}
	if (__builtin_mul_overflow(v, factor, &t->number))
		return error_at(error, KS_ESYNTAX, t->pos, t->len, "a number of more than 64 bits");
	t->kind = duration ? T_DURATION : T_NUMBER;
	return 0;
}

// What C has and expressions without side effects don't. -1 with error when s begins with it.
static int assignment(const struct token *t, const char *s, uint32_t left, struct ks_error *error)
{
	static const char *const words[] = {"<<=", ">>=", "~=", "+=", "-=", "*=", "/=",
					    "%=",  "&=",  "|=", "^=", "++", "--", "="};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		uint32_t n = (uint32_t)strlen(words[i]);
		bool twice = n == 2 && s[0] == words[i][1];

		if (n > left || memcmp(s, words[i], n) != 0)
			continue;
		error_at(error, KS_ESYNTAX, t->pos, n,
			 "'%s' would %s, and expressions have no side effects", words[i],
			 twice ? "change a value" : "assign");
		if (*s == '~')
			error_hint(error, "to compare, write !=");
		else if (*s == '=')
			error_hint(error, "to compare, write ==");
		else if (twice)
			error_hint(error, "with a space between, %c %c is two operators", *s, *s);
		return -1;
	}
	return 0;
}

static int string(struct token *t, const char *s, uint32_t left, struct ks_error *error)
{
	const char *end = memchr(s + 1, *s, left - 1);

	if (!end) {
		error_at(error, KS_ESYNTAX, t->pos, left, "a string without its closing %c", *s);
		if (*s == '"')
			error_hint(error, "inside a Lua string, write text as 'text'");
		return -1;
	}
	t->p = s + 1;
	t->n = (uint32_t)(end - s) - 1;
	t->len = t->n + 2;
	t->kind = T_STRING;
	return 0;
}

static int operator(struct token *t, const char *s, uint32_t left, struct ks_error *error)
{
	static const char *const two[] = {"->", "&&", "||", "==", "!=",
					  "!~", "<=", ">=", "<<", ">>"};
	bool shift = left >= 3 && (!memcmp(s, "<<=", 3) || !memcmp(s, ">>=", 3));

	t->kind = T_OPERATOR;
	for (size_t i = 0; left >= 2 && !shift && i < sizeof(two) / sizeof(*two); i++) {
		if (!memcmp(two[i], s, 2)) {
			t->op = (uint16_t)TWO(s[0], s[1]);
			t->n = t->len = 2;
			return 0;
		}
	}
	t->op = (unsigned char)*s;
	t->n = t->len = 1;
	if (assignment(t, s, left, error) < 0)
		return -1;
	if (!*s || !strchr("+-*/%&|^~!<>?:()[].,", *s))
		return error_at(error, KS_ESYNTAX, t->pos, 1,
				isprint((unsigned char)*s) ? "'%c' means nothing here"
							   : "byte 0x%02x means nothing here",
				(unsigned char)*s);
	return 0;
}

// How long a text is that begins as an IPv4 address: digits with at least two dots between, and
// what follows without a space. 0: it is none.
static uint32_t address(const char *s, uint32_t left)
{
	uint32_t n = 0, dots = 0;

	while (n < left && (isdigit((unsigned char)s[n]) || s[n] == '.'))
		dots += s[n++] == '.';
	if (dots < 2)
		return 0;
	if (n + 1 < left && s[n] == '/' && isdigit((unsigned char)s[n + 1]))
		n++;
	while (n < left && (word(s[n]) || s[n] == '.'))
		n++;
	return n;
}

static int one(struct token *t, const char *s, uint32_t left, struct ks_error *error)
{
	t->p = s;
	t->n = isdigit((unsigned char)*s) ? address(s, left) : 0;
	if (t->n) {
		t->len = t->n;
		t->kind = T_ADDRESS;
		return 0;
	}
	if (word(*s)) {
		while (t->n < left && word(s[t->n]))
			t->n++;
		t->len = t->n;
		t->kind = T_NAME;
		return isdigit((unsigned char)*s) ? number(t, error) : 0;
	}
	if (*s == '$' && left > 1 && word(s[1]) && !isdigit((unsigned char)s[1])) {
		t->p = s + 1;
		while (t->n + 1 < left && word(s[t->n + 1]))
			t->n++;
		t->len = t->n + 1;
		t->kind = T_PARAM;
		return 0;
	}
	return *s == '\'' || *s == '"' ? string(t, s, left, error) : operator(t, s, left, error);
}

struct token *lex(struct arena *a, const char *text, uint32_t from, uint32_t to,
		  struct ks_error *error)
{
	struct token *tokens = to - from <= MAX_TEXT
				       ? arena_alloc(a, (to - from + 1) * sizeof(*tokens))
				       : NULL;
	uint32_t n = 0;

	if (to - from > MAX_TEXT) {
		error_set(error, KS_ELIMIT, "an expression of %u bytes; at most %d are taken",
			  to - from, MAX_TEXT);
		return NULL;
	}
	if (!tokens) {
		error_nomem(error);
		return NULL;
	}
	for (uint32_t at = from; at < to;) {
		struct token *t = &tokens[n];

		if (isspace((unsigned char)text[at])) {
			at++;
			continue;
		}
		t->pos = at;
		if (one(t, text + at, to - at, error) < 0)
			return NULL;
		at += t->len;
		n++;
	}
	tokens[n].pos = to;
	return tokens;
}

void lex_dump(const struct token *t, struct buf *out)
{
	static const char *const names[] = {"end",  "number", "duration", "string",
					    "name", "param",  "operator", "address"};

	for (; t->kind != T_END; t++) {
		buf_printf(out, "%4u  %-8s  ", t->pos, names[t->kind]);
		buf_add(out, t->p, t->n);
		if (t->kind == T_NUMBER || t->kind == T_DURATION)
			buf_printf(out, "  = %llu", (unsigned long long)t->number);
		buf_char(out, '\n');
	}
}
