// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "buf.h"

#include <stdio.h>
#include <string.h>

#include "digits.h"

void buf_add(struct buf *b, const char *bytes, size_t n)
{
	if (b->len < b->cap) {
		size_t room = b->cap - b->len;

		memcpy(b->p + b->len, bytes, n < room ? n : room);
	}
	b->len += n;
}

void buf_str(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void buf_char(struct buf *b, char c)
{
	if (b->len < b->cap)
		b->p[b->len] = c;
	b->len++;
}

void buf_repeat(struct buf *b, char c, size_t n)
{
	while (n--)
		buf_char(b, c);
}

void buf_printf(struct buf *b, const char *format, ...)
{
	char text[512];
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	if (n > 0)
		buf_add(b, text, (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1);
}

void buf_u64(struct buf *b, uint64_t v)
{
	char text[DIGITS];

	buf_add(b, text, (size_t)(digits_u64(text, v) - text));
}

void buf_s64(struct buf *b, int64_t v)
{
	if (v < 0)
		buf_char(b, '-');
	buf_u64(b, v < 0 ? -(uint64_t)v : (uint64_t)v);
}

void buf_hex(struct buf *b, uint64_t v)
{
	char text[DIGITS];

	buf_add(b, text, (size_t)(digits_hex(text, v) - text));
}

size_t buf_end(struct buf *b)
{
	if (b->cap)
		b->p[b->len < b->cap ? b->len : b->cap - 1] = '\0';
	return b->len;
}
