// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// The constants that core/uapi.c knows of those on stdin, one a line: "O_APPEND 400", in hex.
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "uapi.h"

int main(void)
{
	char line[128];

	while (fgets(line, sizeof(line), stdin)) {
		uint64_t value;
		size_t len = strcspn(line, "\n");

		line[len] = '+'; // a name need not end in NUL
		if (uapi_constant(line, len, &value))
			printf("%.*s %" PRIx64 "\n", (int)len, line, value);
	}
	return 0;
}
