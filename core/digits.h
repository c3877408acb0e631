// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Numbers to digits, as fast as they are needed where most of a text is numbers. No function here
// looks for room: each may write DIGITS bytes at p, whatever the number has, and returns the end of
// what counts.
#ifndef CORE_DIGITS_H
#define CORE_DIGITS_H

#include <stdint.h>
#include <string.h>

#define DIGITS 24

extern const char digits_pairs[200]; // "00" to "99"

static inline char *digits_pair(char *p, uint32_t v)
{
	memcpy(p, &digits_pairs[v * 2], 2);
	return p + 2;
}

// Eight digits, with zeroes in front.
static inline char *digits_eight(char *p, uint32_t v)
{
	uint32_t high = v / 10000, low = v % 10000;

	p = digits_pair(p, high / 100);
	p = digits_pair(p, high % 100);
	p = digits_pair(p, low / 100);
	return digits_pair(p, low % 100);
}

static inline char *digits_below_10000(char *p, uint32_t v)
{
	if (v >= 100) {
		uint32_t high = v / 100;

		memcpy(p, &digits_pairs[high * 2 + (high < 10)], 2);
		return digits_pair(p + 2 - (high < 10), v % 100);
	}
	memcpy(p, &digits_pairs[v * 2 + (v < 10)], 2);
	return p + 2 - (v < 10);
}

static inline char *digits_below_1e8(char *p, uint32_t v)
{
	uint32_t high = v / 10000, low = v % 10000;

	if (!high)
		return digits_below_10000(p, low);
	p = digits_below_10000(p, high);
	p = digits_pair(p, low / 100);
	return digits_pair(p, low % 100);
}

static inline char *digits_u64(char *p, uint64_t v)
{
	if (v < 10000)
		return digits_below_10000(p, (uint32_t)v);
	if (v < 100000000)
		return digits_below_1e8(p, (uint32_t)v);
	if (v < 10000000000000000) {
		p = digits_below_1e8(p, (uint32_t)(v / 100000000));
		return digits_eight(p, (uint32_t)(v % 100000000));
	}
	p = digits_below_10000(p, (uint32_t)(v / 10000000000000000));
	v %= 10000000000000000;
	p = digits_eight(p, (uint32_t)(v / 100000000));
	return digits_eight(p, (uint32_t)(v % 100000000));
}

static inline char *digits_s64(char *p, int64_t v)
{
	*p = '-';
	return v < 0 ? digits_u64(p + 1, -(uint64_t)v) : digits_u64(p, (uint64_t)v);
}

// The eight hexadecimal digits of v as they stand in memory, all eight at once.
static inline uint64_t digits_spread(uint32_t v)
{
	uint64_t x = v;

	x = (x | x << 16) & 0x0000ffff0000ffff;
	x = (x | x << 8) & 0x00ff00ff00ff00ff;
	x = (x | x << 4) & 0x0f0f0f0f0f0f0f0f;
	// What is above 9 becomes a letter.
	x += 0x3030303030303030 +
	     ((x + 0x0606060606060606) >> 4 & 0x0101010101010101) * ('a' - '9' - 1);
	return __builtin_bswap64(x);
}

// "0x" and the digits, none in front that are 0.
static inline char *digits_hex(char *p, uint64_t v)
{
	uint32_t n = (uint32_t)(67 - __builtin_clzll(v | 1)) / 4;
	uint64_t high, low;

	v <<= 64 - n * 4;
	high = digits_spread((uint32_t)(v >> 32));
	memcpy(p, "0x", 2);
	memcpy(p + 2, &high, 8);
	if (n > 8) {
		low = digits_spread((uint32_t)v);
		memcpy(p + 10, &low, 8);
	}
	return p + 2 + n;
}

#endif
