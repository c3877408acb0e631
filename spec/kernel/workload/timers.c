// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// timers ROUNDS COUNT: arms COUNT one-shot timerfds and reads each, ROUNDS times. The kernel runs
// timerfd_tmrproc exactly once for each, in a timer interrupt. Prints rounds x count.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 10, count = argc > 2 ? atoi(argv[2]) : 100;
	int *fds = malloc((size_t)count * sizeof(int));
	struct itimerspec soon = {.it_value.tv_nsec = 20000};
	uint64_t expired;

	for (int i = 0; i < count; i++)
		fds[i] = timerfd_create(CLOCK_MONOTONIC, 0);
	for (int r = 0; r < rounds; r++) {
		for (int i = 0; i < count; i++)
			timerfd_settime(fds[i], 0, &soon, NULL);
		for (int i = 0; i < count; i++)
			if (read(fds[i], &expired, sizeof(expired)) != sizeof(expired) ||
			    expired != 1)
				return 1;
	}
	fprintf(stderr, "calls %d\n", rounds * count);
	return 0;
}
