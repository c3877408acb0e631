// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// tick FILE: sleeps until each next millisecond; FILE has how often it woke up, in 8 bytes. A millisecond
// that is over before it sleeps is missed.
#include <fcntl.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

#define MS 1000000ll

static int64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ll + t.tv_nsec;
}

int main(int argc, char **argv)
{
	int fd = open(argc > 1 ? argv[1] : "/tmp/ticks", O_CREAT | O_TRUNC | O_WRONLY, 0600);

	for (int64_t ticks = 0; pwrite(fd, &ticks, sizeof(ticks), 0) == sizeof(ticks); ticks++) {
		int64_t next = (now() / MS + 1) * MS;
		struct timespec t = {.tv_sec = next / 1000000000, .tv_nsec = next % 1000000000};

		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
	}
	return 1;
}
