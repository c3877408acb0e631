// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Text into a buffer of fixed size, counting what did not fit: snprintf's rule for many pieces.
#ifndef CORE_BUF_H
#define CORE_BUF_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
	char *p;
	size_t cap; // bytes of p
	size_t len; // bytes that the text has, also past cap
};

static inline struct buf buf_over(char *p, size_t cap)
{
	return (struct buf){.p = p, .cap = cap, .len = 0};
}

void buf_add(struct buf *b, const char *bytes, size_t n);
void buf_str(struct buf *b, const char *s);
void buf_char(struct buf *b, char c);
void buf_repeat(struct buf *b, char c, size_t n);
void buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_u64(struct buf *b, uint64_t v);
void buf_s64(struct buf *b, int64_t v);
void buf_hex(struct buf *b, uint64_t v);
// Terminates the text (cut to cap when it did not fit); returns the length needed.
size_t buf_end(struct buf *b);

#endif
