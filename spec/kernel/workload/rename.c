// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// rename NAME: takes NAME (with \xNN for bytes) as the task's name and calls umask(2) once.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>

int main(int argc, char **argv)
{
	char name[64] = "";
	size_t n = 0;

	for (const char *c = argc > 1 ? argv[1] : ""; *c && n < sizeof(name) - 1; c++) {
		if (c[0] == '\\' && c[1] == 'x') {
			char hex[3] = {c[2], c[3], 0};

			name[n++] = (char)strtol(hex, NULL, 16);
			c += 3;
		} else {
			name[n++] = *c;
		}
	}
	prctl(PR_SET_NAME, name, 0, 0, 0);
	umask(022);
	return 0;
}
