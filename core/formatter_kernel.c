// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Types of the kernel's own: devices, ids, masks, times, counters, locks.
#include "formatter_rows.h"

#include <ctype.h>
#include <string.h>

#include "digits.h"
#include "error.h"
#include "safe.h"

#define MINOR_BITS 20 // include/linux/kdev_t.h

static int malformed(const char *text, size_t len, const char *what, struct ks_error *error)
{
	return error_at(error, KS_ESYNTAX, 0, (uint32_t)len, "'%.*s' is no %s",
			(int)(len < 64 ? len : 64), text, what);
}

SHOW(formatter_show_device)
{
	uint64_t v = formatter_integer(bytes, size);

	(void)context;
	buf_u64(out, v >> MINOR_BITS);
	buf_char(out, ':');
	buf_u64(out, v & ((1u << MINOR_BITS) - 1));
}

// digit+, less than `limit`; *at moves behind it. -1: no such number.
static int64_t digits(const char *text, size_t len, size_t *at, uint64_t limit)
{
	uint64_t v = 0;
	size_t from = *at;

	for (; *at < len && isdigit((unsigned char)text[*at]) && v < limit; ++*at)
		v = v * 10 + (uint64_t)(text[*at] - '0');
	return *at > from && v < limit ? (int64_t)v : -1;
}

PARSE(formatter_parse_device)
{
	size_t at = 0;
	int64_t major = digits(text, len, &at, 1 << (32 - MINOR_BITS)), minor = -1;
	uint32_t v;

	(void)context;
	if (major >= 0 && at < len && text[at] == ':') {
		at++;
		minor = digits(text, len, &at, 1 << MINOR_BITS);
	}
	if (minor < 0 || at != len || size != sizeof(v))
		return malformed(text, len, "device, as '8:1' is", error);
	v = (uint32_t)(major << MINOR_BITS | minor);
	memcpy(bytes, &v, sizeof(v));
	return 0;
}

// Where a UUID's text has its bytes: as they lie, or with the first three numbers little-endian
// (lib/uuid.c).
static const uint8_t uuid_order[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
static const uint8_t guid_order[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};

static bool dash_before(int byte)
{
	return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

static void uuid(const uint8_t *p, const uint8_t *order, struct buf *out)
{
	static const char digit[] = "0123456789abcdef";

	for (int i = 0; i < 16; i++) {
		if (dash_before(i))
			buf_char(out, '-');
		buf_char(out, digit[p[order[i]] >> 4]);
		buf_char(out, digit[p[order[i]] & 15]);
	}
}

static int parse_uuid(const char *text, size_t len, uint8_t *p, const uint8_t *order,
		      struct ks_error *error)
{
	const char *s = text;
	unsigned v;

	if (len != 36)
		return malformed(text, len, "UUID of 36 characters", error);
	for (int i = 0; i < 16; i++, s += 2) {
		if ((dash_before(i) && *s++ != '-') || !isxdigit((unsigned char)s[0]) ||
		    !isxdigit((unsigned char)s[1]))
			return malformed(text, len, "UUID", error);
		v = 0;
		for (int k = 0; k < 2; k++)
			v = v << 4 |
			    (isdigit((unsigned char)s[k]) ? (unsigned)(s[k] - '0')
							  : (unsigned)((s[k] | 32) - 'a' + 10));
		p[order[i]] = (uint8_t)v;
	}
	return 0;
}

SHOW(formatter_show_uuid)
{
	(void)size;
	(void)context;
	uuid(bytes, uuid_order, out);
}

PARSE(formatter_parse_uuid)
{
	(void)size;
	(void)context;
	return parse_uuid(text, len, bytes, uuid_order, error);
}

SHOW(formatter_show_guid)
{
	(void)size;
	(void)context;
	uuid(bytes, guid_order, out);
}

PARSE(formatter_parse_guid)
{
	(void)size;
	(void)context;
	return parse_uuid(text, len, bytes, guid_order, error);
}

// Of the numbers that follow one another in a mask most have the same digits before the last two.
struct hundred {
	size_t first; // a multiple of 100
	size_t len;
	char digits[8]; // of first / 100
};

static inline char *number(char *p, size_t v, struct hundred *h)
{
	char text[DIGITS];

	if (v - h->first >= 100) {
		if (v < 100 || v >= 10000000)
			return digits_u64(p, v);
		h->first = v - v % 100;
		h->len = (size_t)(digits_u64(text, v / 100) - text);
		memcpy(h->digits, text, sizeof(h->digits));
	}
	memcpy(p, h->digits, sizeof(h->digits));
	return digits_pair(p + h->len, (uint32_t)(v - h->first));
}

// Bits from one up to another, and a comma.
static inline char *bits(char *p, size_t from, size_t behind, struct hundred *h)
{
	p = number(p, from, h);
	if (behind - from > 1) {
		*p++ = '-';
		p = number(p, behind - 1, h);
	}
	*p++ = ',';
	return p;
}

#define WORD (33 * (2 * DIGITS + 2)) // what the bits of 64 take at most

// Masks have bits for all processors that a kernel may have, thousands: by words, of which the bits
// are looked at that are not like the one before.
SHOW(formatter_show_mask)
{
	size_t count = size * 8, from = 0;
	char text[2 * WORD], *p = text;
	bool any = false, is_set = false;
	uint64_t last = 0, v;
	struct hundred h = {.first = SIZE_MAX / 2}; // far from any

	(void)context;
	for (size_t at = 0; at < count; at += 64, last = v >> 63) {
		memcpy(&v, (const char *)bytes + at / 8, sizeof(v));
		for (uint64_t edges = v ^ (v << 1 | last); edges; edges &= edges - 1) {
			size_t bit = at + (size_t)__builtin_ctzll(edges);

			is_set = !is_set;
			if (is_set)
				from = bit;
			else
				p = bits(p, from, bit, &h);
		}
		if (p > text + WORD) {
			buf_add(out, text, (size_t)(p - text));
			any = true;
			p = text;
		}
	}
	if (is_set)
		p = bits(p, from, count, &h);
	if (p > text)
		buf_add(out, text, (size_t)(p - text) - 1);
	else if (any)
		out->len--; // the comma
	else
		buf_str(out, "none");
}

SHOW(formatter_show_signed)
{
	unsigned spare = 64 - (unsigned)size * 8;

	(void)context;
	buf_s64(out, (int64_t)(formatter_integer(bytes, size) << spare) >> spare);
}

SHOW(formatter_show_unsigned)
{
	(void)context;
	buf_u64(out, formatter_integer(bytes, size));
}

static void seconds(int64_t whole, uint32_t ns, struct buf *out)
{
	char text[DIGITS];

	buf_s64(out, whole);

	// With a digit in front, so that there are nine behind it.
	digits_u64(text, 1000000000 + (uint64_t)ns);
	text[0] = '.';
	text[10] = 's';
	buf_add(out, text, 11);
}

// No more than that it counts nanoseconds is known, not from when on.
SHOW(formatter_show_ktime)
{
	uint64_t v = formatter_integer(bytes, size);

	(void)context;
	if ((int64_t)v == INT64_MAX) { // KTIME_MAX, "never"
		buf_str(out, "KTIME_MAX");
		return;
	}
	if ((int64_t)v < 0) {
		buf_char(out, '-');
		v = -v;
	}
	seconds((int64_t)(v / 1000000000), (uint32_t)(v % 1000000000), out);
}

// TICK_NSEC is a second divided by HZ, rounded (include/linux/jiffies.h).
uint32_t formatter_hz(uint64_t tick_ns)
{
	uint64_t second = 1000000000, hz = tick_ns ? (second + tick_ns / 2) / tick_ns : 0;

	return hz && hz <= 10000 && (second + hz / 2) / hz == tick_ns ? (uint32_t)hz : 0;
}

// Exact but for a third of a nanosecond where HZ is 300.
static void jiffies(uint64_t n, uint32_t hz, struct buf *out)
{
	seconds((int64_t)(n / hz), (uint32_t)(n % hz * 1000000000 / hz), out);
}

SHOW(formatter_show_ticks)
{
	uint64_t v = formatter_integer(bytes, size);

	if (context->detail)
		jiffies(v, context->detail, out);
	else
		buf_u64(out, v);
}

SHOW(formatter_show_timeout)
{
	int64_t v = (int64_t)formatter_integer(bytes, size);

	if (v == INT64_MAX)
		buf_str(out, "MAX_SCHEDULE_TIMEOUT");
	else if (v < 0)
		buf_s64(out, v);
	else
		formatter_show_ticks(bytes, size, context, out);
}

// Jiffies begin so that their low 32 bits are 0 after five minutes (INITIAL_JIFFIES); what is smaller was
// never set. What they are now is not known.
SHOW(formatter_show_moment)
{
	uint64_t v = formatter_integer(bytes, size);
	uint64_t first = (uint32_t)(-300 * (int64_t)context->detail);

	if (context->detail && v >= first && v - first <= INT64_MAX)
		jiffies(v - first, context->detail, out);
	else
		buf_u64(out, v);
}

SHOW(formatter_show_timespec)
{
	int64_t whole = (int64_t)formatter_integer(bytes, 8);
	int64_t ns = (int64_t)formatter_integer((const char *)bytes + 8, 8);

	(void)size;
	(void)context;
	if (ns >= 0 && ns < 1000000000) { // as it is when it is normalised
		seconds(whole, (uint32_t)ns, out);
		return;
	}
	buf_char(out, '{');
	buf_s64(out, whole);
	buf_str(out, "s, ");
	buf_s64(out, ns);
	buf_str(out, "ns}");
}

// include/asm-generic/qspinlock_types.h: the lowest byte is 1 while it is held, above are who waits.
SHOW(formatter_show_spinlock)
{
	uint64_t v = formatter_integer(bytes, size);

	(void)context;
	buf_str(out, v & 1 ? "locked" : "unlocked");
	if (v > 1) {
		buf_str(out, ", contended ");
		buf_hex(out, v);
	}
}

static void pointer(uint64_t v, const struct ksyms *symbols, struct buf *out)
{
	uint64_t offset = 0;
	const struct ksym *s = symbols && v ? ksyms_at(symbols, v, &offset) : NULL;

	if (!s) {
		buf_hex(out, v);
		return;
	}
	safe_text(out, ksyms_name(symbols, s), strlen(ksyms_name(symbols, s)));
	if (offset) {
		buf_char(out, '+');
		buf_hex(out, offset);
	}
}

// Whether a list is empty can't be told without its own address; that both ends are the same can.
SHOW(formatter_show_list)
{
	uint64_t next = formatter_integer(bytes, 8);
	uint64_t prev = formatter_integer((const char *)bytes + 8, 8);

	(void)size;
	buf_str(out, next == prev ? "{next, prev: " : "{next: ");
	pointer(next, context->symbols, out);
	if (next != prev) {
		buf_str(out, ", prev: ");
		pointer(prev, context->symbols, out);
	}
	buf_char(out, '}');
}
