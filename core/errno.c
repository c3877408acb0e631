// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "error.h"

#include <string.h>

static const struct {
	const char *name;
	int number;
} names[] = {
#define X(name, number) {#name, number},
#include "errno.def"
#undef X
};

#define COUNT (sizeof(names) / sizeof(*names))

const char *errno_name(int number)
{
	for (size_t i = 0; i < COUNT; i++)
		if (names[i].number == number)
			return names[i].name;
	return NULL;
}

int errno_number(const char *name, size_t len)
{
	for (size_t i = 0; i < COUNT; i++)
		if (strlen(names[i].name) == len && !memcmp(names[i].name, name, len))
			return names[i].number;
	return 0;
}
