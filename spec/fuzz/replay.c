// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// compile.c without libFuzzer: tries each file that is named, says how many they were; or (--flaws) program.c. One that it
// does not survive is the last that it names.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flaws.h"

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size);

int main(int argc, char **argv)
{
	static unsigned char bytes[1 << 20];
	int tried = 0;

	if (argc == 2 && !strcmp(argv[1], "--flaws"))
		return flaws();

	for (int i = 1; i < argc; i++) {
		FILE *f = fopen(argv[i], "rb");
		unsigned char *copy;
		size_t n;

		if (!f) {
			perror(argv[i]);
			return 2;
		}
		n = fread(bytes, 1, sizeof(bytes), f);
		fclose(f);
		copy = malloc(n + !n); // exactly: what reads past it is seen
		if (!copy)
			return 2;
		memcpy(copy, bytes, n);
		printf("%s\n", argv[i]);
		fflush(stdout);
		LLVMFuzzerTestOneInput(copy, n);
		free(copy);
		tried++;
	}
	printf("%d tried\n", tried);
	return 0;
}
