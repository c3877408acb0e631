// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "uapi.h"

#include <string.h>

#include "nearest.h"

struct constant {
	const char *name;
	int64_t value;
};

#define ROW(name, value) {#name, (int64_t)(value)},
#define NONE(name, value)
#if defined(__aarch64__)
#define X_X86_64 NONE
#define X_ARM64	 ROW
#else
#define X_X86_64 ROW
#define X_ARM64	 NONE
#endif

static const struct constant uapi[] = {
#define X	 ROW
#define X_ALONE	 NONE
#define X_KERNEL NONE
#include "uapi.def"
#undef X
#undef X_ALONE
#undef X_KERNEL
};

#undef X_X86_64
#undef X_ARM64

static const struct constant kernel[] = {
#define X	 NONE
#define X_X86_64 NONE
#define X_ARM64	 NONE
#define X_ALONE	 NONE
#define X_KERNEL ROW
#include "uapi.def"
#undef X_ALONE
#undef X_KERNEL
};

static const struct constant alone[] = {
#define X_ALONE	 ROW
#define X_KERNEL NONE
#include "uapi.def"
};

#define COUNT(table) (sizeof(table) / sizeof(*(table)))

// strcmp, of a name that need not end in NUL.
static int compare(const char *name, size_t len, const char *with)
{
	int r = strncmp(name, with, len);

	return r ? r : -(with[len] != '\0');
}

static const struct constant *find(const char *name, size_t len)
{
	size_t from = 0, to = COUNT(uapi);

	while (from < to) {
		size_t at = (from + to) / 2;
		int r = compare(name, len, uapi[at].name);

		if (r == 0)
			return &uapi[at];
		if (r < 0)
			to = at;
		else
			from = at + 1;
	}
	for (size_t i = 0; i < COUNT(kernel); i++)
		if (compare(name, len, kernel[i].name) == 0)
			return &kernel[i];
	for (size_t i = 0; i < COUNT(alone); i++)
		if (compare(name, len, alone[i].name) == 0)
			return &alone[i];
	return NULL;
}

bool uapi_constant(const char *name, size_t len, uint64_t *value)
{
	const struct constant *c = find(name, len);

	if (c)
		*value = (uint64_t)c->value;
	return c;
}

const char *uapi_nth(uint32_t n, uint64_t *value)
{
	const struct constant *c = n < COUNT(uapi)		     ? &uapi[n]
				   : n - COUNT(uapi) < COUNT(kernel) ? &kernel[n - COUNT(uapi)]
								     : NULL;

	if (!c)
		return NULL;
	*value = (uint64_t)c->value;
	return c->name;
}

void uapi_offer(struct nearest *n)
{
	for (size_t i = 0; i < COUNT(uapi); i++)
		nearest_offer(n, uapi[i].name);
	for (size_t i = 0; i < COUNT(kernel); i++)
		nearest_offer(n, kernel[i].name);
	for (size_t i = 0; i < COUNT(alone); i++)
		nearest_offer(n, alone[i].name);
}
