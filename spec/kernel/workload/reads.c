// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// reads COUNT SIZE FILE...: COUNT reads of SIZE bytes, each from one of the files, chosen by a fixed
// pseudo-random sequence. Prints "INODE DEVICE READS" for each file: what a tracer must have seen.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	long count = atol(argv[1]), size = atol(argv[2]);
	int files = argc - 3, fds[64];
	long done[64] = {0};
	char *buf = malloc((size_t)size);
	unsigned state = 12345;

	for (int i = 0; i < files; i++) {
		fds[i] = open(argv[i + 3], O_RDONLY | (i % 2 ? O_NONBLOCK : 0));
		if (fds[i] < 0)
			return 1;
	}
	for (long n = 0; n < count; n++) {
		state = state * 1103515245 + 12345;
		int i = (int)((state >> 16) % (unsigned)files);

		lseek(fds[i], 0, SEEK_SET);
		if (read(fds[i], buf, (size_t)size) < 0)
			return 1;
		done[i]++;
	}
	for (int i = 0; i < files; i++) {
		struct stat st;

		fstat(fds[i], &st);
		fprintf(stderr, "%lu %lu %ld\n", (unsigned long)st.st_ino, (unsigned long)st.st_dev,
			done[i]);
	}
	return 0;
}
