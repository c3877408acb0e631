// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#ifndef FUZZ_JSON_H
#define FUZZ_JSON_H

#include <stddef.h>

// Is text one value of JSON (RFC 8259), in UTF-8? NULL, or what is wrong. *at: where.
const char *json_flaw(const char *text, size_t n, size_t *at);

#endif
