// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Errors as values: filled in where they happen, shown by whoever owns a terminal.
#ifndef CORE_ERROR_H
#define CORE_ERROR_H

#include "ksnoop.h"

#define PRINTF(a, b) __attribute__((format(printf, a, b)))

// Each returns -1, so that a function can end with `return error_set(...)`.
// A later hint or position may be added to the same error.
int error_set(struct ks_error *e, enum ks_kind kind, const char *format, ...) PRINTF(3, 4);
// The same with errno's name and text behind the message.
int error_os(struct ks_error *e, enum ks_kind kind, int os, const char *format, ...) PRINTF(4, 5);
// The same with a place in the expression.
int error_at(struct ks_error *e, enum ks_kind kind, uint32_t pos, uint32_t len, const char *format,
	     ...) PRINTF(5, 6);
void error_hint(struct ks_error *e, const char *format, ...) PRINTF(2, 3);
int error_nomem(struct ks_error *e);

// "ENOENT" for 2; NULL for a number that has no name.
const char *errno_name(int number);
// 2 for "ENOENT"; 0 when there is no such name. The name need not end in NUL.
int errno_number(const char *name, size_t len);

#endif
