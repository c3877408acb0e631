// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// type_split BASE FILE KIND-AND-NAME...: types of a file that builds on another one, as a module's does.
#include <stdio.h>
#include <string.h>

#include "type_name.h"
#include "type_text.h"

int main(int argc, char **argv)
{
	static char text[8192];
	struct btf base, b;
	struct ks_error e;

	if (argc < 4)
		return 2;
	if (btf_open(&base, argv[1], NULL, &e) < 0 || btf_open(&b, argv[2], &base, &e) < 0) {
		printf("%s\n", e.message);
		return 1;
	}
	for (int i = 3; i < argc; i++) {
		int steps = TYPE_STEPS;
		struct type_shown s = {.btf = &b,
				       .module = "split",
				       .title = argv[i],
				       .steps = &steps};
		struct buf out = buf_over(text, sizeof(text));
		struct type_name n;

		if (type_name_parse(argv[i], &n, &e) < 0)
			return 2;
		s.id = type_name_next(&n, &b, n.kinds[0], 0);
		if (!s.id) {
			printf("%s: not in the file itself\n", argv[i]);
			continue;
		}
		type_text(&s, &out);
		buf_end(&out);
		fputs(text, stdout);
	}
	btf_fini(&b);
	btf_fini(&base);
	return 0;
}
