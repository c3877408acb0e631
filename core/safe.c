// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "safe.h"

#include <stdbool.h>
#include <string.h>

size_t safe_decode(const unsigned char *s, size_t n, uint32_t *c)
{
	static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
	size_t len = s[0] < 0x80       ? 1
		     : s[0] >> 5 == 6  ? 2
		     : s[0] >> 4 == 14 ? 3
		     : s[0] >> 3 == 30 ? 4
				       : 0;

	if (len == 0 || len > n)
		return 0;
	*c = len == 1 ? s[0] : s[0] & (0xffu >> (len + 1));
	for (size_t i = 1; i < len; i++) {
		if (s[i] >> 6 != 2)
			return 0;
		*c = *c << 6 | (s[i] & 0x3f);
	}
	if (*c < least[len] || *c > 0x10ffff || (*c >= 0xd800 && *c <= 0xdfff))
		return 0;
	return len;
}

// How many bytes from here on are plain ASCII, which stands as it is: most of what there is.
static size_t plain(const unsigned char *s, size_t n, bool is_json)
{
	size_t i = 0;

	while (i < n && s[i] >= 0x20 && s[i] < 0x7f && !(is_json && (s[i] == '"' || s[i] == '\\')))
		i++;
	return i;
}

// Hexadecimal digits behind a prefix.
static void escape(struct buf *out, const char *prefix, uint32_t c, uint32_t digits)
{
	char text[12];
	size_t n = strlen(prefix);

	memcpy(text, prefix, n);
	while (digits--)
		text[n++] = "0123456789abcdef"[c >> digits * 4 & 15];
	buf_add(out, text, n);
}

static bool control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0);
}

// Characters that change the order in which others are shown (Unicode 15, Bidi_Control), and
// the line and paragraph separators.
static bool deceptive(uint32_t c)
{
	return c == 0x61c || c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

// Writes a character in another way, if it must not stand there as it is.
static bool escaped_text(struct buf *out, uint32_t c)
{
	if (c < 0x80 && control(c))
		escape(out, "\\x", c, 2);
	else if (control(c) || deceptive(c))
		buf_printf(out, "\\u{%x}", c);
	else
		return false;
	return true;
}

static bool escaped_json(struct buf *out, uint32_t c)
{
	if (c == '"' || c == '\\')
		buf_printf(out, "\\%c", (int)c);
	else if (control(c))
		escape(out, "\\u", c, 4);
	else
		return false;
	return true;
}

static void safe(struct buf *out, const char *bytes, size_t n, bool is_json)
{
	const unsigned char *s = (const unsigned char *)bytes;

	for (size_t i = 0; i < n;) {
		uint32_t c;
		size_t len = plain(s + i, n - i, is_json);

		if (len) {
			buf_add(out, bytes + i, len);
			i += len;
			continue;
		}
		len = safe_decode(s + i, n - i, &c);
		if (len == 0 && is_json)
			buf_str(out, "\\ufffd");
		else if (len == 0)
			escape(out, "\\x", s[i], 2);
		else if (!(is_json ? escaped_json : escaped_text)(out, c))
			buf_add(out, bytes + i, len);
		i += len ? len : 1;
	}
}

void safe_text(struct buf *out, const char *bytes, size_t n)
{
	safe(out, bytes, n, false);
}

void safe_json(struct buf *out, const char *bytes, size_t n)
{
	safe(out, bytes, n, true);
}
