// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Bytes in hexadecimal, for people.
#ifndef CORE_HEXDUMP_H
#define CORE_HEXDUMP_H

#include "buf.h"

// "de ad be ef"
void hexdump_pairs(const void *bytes, size_t n, struct buf *out);
// As hexdump -C: 16 bytes a line, with where they are and their ASCII; "*" stands for lines that are like
// the one before, but never for the last. No newline at the end.
void hexdump_block(const void *bytes, size_t n, struct buf *out);

#endif
