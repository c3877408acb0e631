// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// calls COUNT [PLACES]: reads one byte of /dev/zero so often, in 20 batches, and prints "LEAST MEAN": ns of this
// thread's processor time a call, in the cheapest batch and over all; what reading the clock takes is taken off. It reads
// to PLACES different addresses by turns (1).
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define BATCHES 20

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

int main(int argc, char **argv)
{
	long count = argc > 1 ? atol(argv[1]) : 20000, places = argc > 2 ? atol(argv[2]) : 1,
	     at = 0;
	long batch = count / BATCHES;
	double least = 0, sum = 0, clock = 0;
	int fd = open("/dev/zero", O_RDONLY);
	char *room = places > 0 ? mmap(NULL, (size_t)places, PROT_READ | PROT_WRITE,
				       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0)
				: MAP_FAILED;

	if (fd < 0 || room == MAP_FAILED || batch <= 0)
		return 2;
	for (int i = 0; i < BATCHES; i++) {
		double start = now(), took = now() - start;

		clock = i == 0 || took < clock ? took : clock;
	}
	for (int b = 0; b < BATCHES; b++) {
		double start = now(), took;

		for (long i = 0; i < batch; i++) {
			if (read(fd, room + at, 1) != 1)
				return 1;
			at = at + 1 < places ? at + 1 : 0;
		}
		took = now() - start - clock;
		sum += took;
		least = b == 0 || took < least ? took : least;
	}
	printf("%.2f %.2f\n", least / (double)batch, sum / (double)(batch * BATCHES));
	return 0;
}
