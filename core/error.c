// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void set(struct ks_error *e, enum ks_kind kind, int os, const char *format, va_list ap)
{
	e->kind = kind;
	e->os = os;
	e->pos = e->len = 0;
	e->hint[0] = '\0';
	vsnprintf(e->message, sizeof(e->message), format, ap);
}

int error_set(struct ks_error *e, enum ks_kind kind, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	set(e, kind, 0, format, ap);
	va_end(ap);
	return -1;
}

int error_os(struct ks_error *e, enum ks_kind kind, int os, const char *format, ...)
{
	va_list ap;
	const char *name = errno_name(os);
	size_t n;

	va_start(ap, format);
	set(e, kind, os, format, ap);
	va_end(ap);
	n = strlen(e->message);
	if (name)
		snprintf(e->message + n, sizeof(e->message) - n, ": %s (%s)", strerror(os), name);
	else
		snprintf(e->message + n, sizeof(e->message) - n, ": error %d", os);
	return -1;
}

int error_at(struct ks_error *e, enum ks_kind kind, uint32_t pos, uint32_t len, const char *format,
	     ...)
{
	va_list ap;

	va_start(ap, format);
	set(e, kind, 0, format, ap);
	va_end(ap);
	e->pos = pos;
	e->len = len ? len : 1;
	return -1;
}

void error_hint(struct ks_error *e, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(e->hint, sizeof(e->hint), format, ap);
	va_end(ap);
}

int error_nomem(struct ks_error *e)
{
	return error_set(e, KS_ENOMEM, "out of memory");
}
