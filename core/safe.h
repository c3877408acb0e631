// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Bytes that came from a kernel, made harmless for a terminal or valid for JSON.
#ifndef CORE_SAFE_H
#define CORE_SAFE_H

#include <stdint.h>

#include "buf.h"

// Control characters (C0, DEL, C1), bidirectional controls and bytes that are no UTF-8 become
// \xNN or \u{NNNN}; all else stays.
void safe_text(struct buf *out, const char *bytes, size_t n);
// The inside of a JSON string; bytes that are no UTF-8 become U+FFFD.
void safe_json(struct buf *out, const char *bytes, size_t n);
// Decodes one character of UTF-8 (RFC 3629: no overlong forms, no surrogates); n is not 0. Returns its
// bytes, 0 when it is none.
size_t safe_decode(const unsigned char *s, size_t n, uint32_t *c);

#endif
