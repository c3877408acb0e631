// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "buf.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "digits.h"

// n bytes, at least one of type and at most two.
#define MOVE(type, to, from, n)                                                                    \
	do {                                                                                       \
		type first_, last_;                                                                \
		memcpy(&first_, from, sizeof(type));                                               \
		memcpy(&last_, (from) + (n) - sizeof(type), sizeof(type));                         \
		memcpy(to, &first_, sizeof(type));                                                 \
		memcpy((to) + (n) - sizeof(type), &last_, sizeof(type));                           \
	} while (0)

void buf_add(struct buf *b, const char *bytes, size_t n)
{
	size_t at = b->len, room = at < b->cap ? b->cap - at : 0;
	char *p;

	b->len += n;
	if (n > room)
		n = room;
	if (!n)
		return; // there may be no bytes at all
	p = b->p + at;
	// Most of a text is short words between short numbers: two moves that overlap.
	if (n > 16)
		memcpy(p, bytes, n);
	else if (n >= 8)
		MOVE(uint64_t, p, bytes, n);
	else if (n >= 4)
		MOVE(uint32_t, p, bytes, n);
	else if (n >= 2)
		MOVE(uint16_t, p, bytes, n);
	else
		*p = *bytes;
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
	size_t room = b->len < b->cap ? b->cap - b->len : 0;

	if (room && n)
		memset(b->p + b->len, c, n < room ? n : room);
	b->len += n;
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

// Numbers are written where they belong when there is room for any.
static bool has_room(const struct buf *b)
{
	return b->cap > DIGITS && b->len < b->cap - DIGITS;
}

void buf_u64(struct buf *b, uint64_t v)
{
	char text[DIGITS];

	if (has_room(b))
		b->len = (size_t)(digits_u64(b->p + b->len, v) - b->p);
	else
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

	if (has_room(b))
		b->len = (size_t)(digits_hex(b->p + b->len, v) - b->p);
	else
		buf_add(b, text, (size_t)(digits_hex(text, v) - text));
}

size_t buf_end(struct buf *b)
{
	if (b->cap)
		b->p[b->len < b->cap ? b->len : b->cap - 1] = '\0';
	return b->len;
}
