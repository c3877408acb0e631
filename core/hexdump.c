// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "hexdump.h"

#include <stdbool.h>
#include <string.h>

#define LINE 16 // bytes

static char *pair(char *p, unsigned char v)
{
	static const char digit[] = "0123456789abcdef";

	*p++ = digit[v >> 4];
	*p++ = digit[v & 15];
	return p;
}

void hexdump_pairs(const void *bytes, size_t n, struct buf *out)
{
	const unsigned char *at = bytes;
	char text[3];

	for (size_t i = 0; i < n; i++) {
		text[0] = ' ';
		pair(text + 1, at[i]);
		buf_add(out, text + (i == 0), 3 - (i == 0));
	}
}

// "00000010  7f 45 4c 46 02 01 01 00  00 00 00 00 00 00 00 00  |.ELF............|"
static void line(const unsigned char *at, size_t n, size_t offset, struct buf *out)
{
	char text[80], *p = text;

	for (int shift = 24; shift >= 0; shift -= 8)
		p = pair(p, (unsigned char)(offset >> shift));
	for (size_t i = 0; i < LINE; i++) {
		*p++ = ' ';
		if (i % 8 == 0)
			*p++ = ' ';
		if (i < n) {
			p = pair(p, at[i]);
		} else {
			*p++ = ' ';
			*p++ = ' ';
		}
	}
	*p++ = ' ';
	*p++ = ' ';
	*p++ = '|';
	for (size_t i = 0; i < n; i++)
		*p++ = (char)(at[i] >= ' ' && at[i] < 0x7f ? at[i] : '.');
	*p++ = '|';
	buf_add(out, text, (size_t)(p - text));
}

void hexdump_block(const void *bytes, size_t n, struct buf *out)
{
	const unsigned char *at = bytes;
	bool is_again = false;

	for (size_t i = 0; i < n; i += LINE) {
		bool is_same = i && n - i > LINE && !memcmp(at + i - LINE, at + i, LINE);

		if (i && !(is_same && is_again))
			buf_char(out, '\n');
		if (!is_same)
			line(at + i, n - i < LINE ? n - i : LINE, i, out);
		else if (!is_again)
			buf_char(out, '*');
		is_again = is_same;
	}
}
