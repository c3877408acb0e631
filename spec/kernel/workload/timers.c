// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// timers ROUNDS COUNT: arms COUNT one-shot timerfds for one moment 300 ms from now and reads each,
// ROUNDS times. The kernel runs timerfd_tmrproc exactly once for each, in a timer interrupt - if the
// moment is not over when the last is armed: kernel 7.2 deals with those at once, without a timer.
// Prints rounds x count.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 10, count = argc > 2 ? atoi(argv[2]) : 100;
	int *fds = malloc((size_t)count * sizeof(int));
	struct rlimit files = {.rlim_cur = 10000, .rlim_max = 10000};
	struct timespec now;
	uint64_t expired;

	setrlimit(RLIMIT_NOFILE, &files);
	for (int i = 0; i < count; i++)
		fds[i] = timerfd_create(CLOCK_MONOTONIC, 0);
	for (int r = 0; r < rounds; r++) {
		struct itimerspec then = {0};

		clock_gettime(CLOCK_MONOTONIC, &now);
		then.it_value.tv_sec = now.tv_sec + (now.tv_nsec >= 700000000);
		then.it_value.tv_nsec = (now.tv_nsec + 300000000) % 1000000000;
		for (int i = 0; i < count; i++)
			timerfd_settime(fds[i], TFD_TIMER_ABSTIME, &then, NULL);
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (now.tv_sec > then.it_value.tv_sec ||
		    (now.tv_sec == then.it_value.tv_sec && now.tv_nsec > then.it_value.tv_nsec))
			return 2; // too slow: what was promised above does not hold
		for (int i = 0; i < count; i++)
			if (read(fds[i], &expired, sizeof(expired)) != sizeof(expired) ||
			    expired != 1)
				return 1;
	}
	fprintf(stderr, "calls %d\n", rounds * count);
	return 0;
}
