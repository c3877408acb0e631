// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// cgroups MOUNTS ID...: the path of each, by that file of mounts, or a -.
#include "cgroups.h"

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
	struct cgroups c;

	if (argc < 2)
		return 2;
	cgroups_init(&c, argv[1]);
	for (int i = 2; i < argc; i++) {
		const char *path = cgroups_path(&c, strtoull(argv[i], NULL, 10));

		puts(path ? path : "-");
	}
	cgroups_fini(&c);
	return 0;
}
