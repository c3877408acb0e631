// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Bytes that came from a kernel, made harmless for a terminal or valid for JSON.
#ifndef CORE_SAFE_H
#define CORE_SAFE_H

#include "buf.h"

// Control characters (C0, DEL, C1), bidirectional controls and bytes that are no UTF-8 become
// \xNN or \u{NNNN}; all else stays.
void safe_text(struct buf *out, const char *bytes, size_t n);
// The inside of a JSON string; bytes that are no UTF-8 become U+FFFD.
void safe_json(struct buf *out, const char *bytes, size_t n);

#endif
