// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// nested WORD N [M]: calls that lie in others.
//
//   reads N M  two threads, each with N read(2) and M pread(2) of one byte of /tmp/nested-file
//   late N M   N threads asleep in clock_nanosleep(2) until there is /tmp/nested-wake; each then writes M
//              times one byte. When they all sleep there is /tmp/nested-asleep.
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <time.h>
#include <unistd.h>

static long first, second;

static int open_file(void)
{
	return open("/tmp/nested-file", O_RDWR | O_CREAT, 0600);
}

static void *reader(void *unused)
{
	int fd = open_file();
	char byte = 'x';

	if (pwrite(fd, &byte, 1, 0) != 1)
		abort();
	for (long i = 0; i < first; i++)
		if (lseek(fd, 0, SEEK_SET) < 0 || read(fd, &byte, 1) != 1)
			abort();
	for (long i = 0; i < second; i++)
		if (pread(fd, &byte, 1, 0) != 1)
			abort();
	close(fd);
	return unused;
}

static void wake(int unused)
{
	(void)unused;
}

// Waits in another function than those that are traced.
static void wait_ms(long ms)
{
	struct timeval t = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};

	select(0, NULL, NULL, NULL, &t);
}

static void *late(void *unused)
{
	const struct timespec long_time = {.tv_sec = 1000};
	int fd = open_file();

	clock_nanosleep(CLOCK_MONOTONIC, 0, &long_time, NULL);
	for (long i = 0; i < second; i++)
		if (pwrite(fd, "x", 1, 0) != 1)
			abort();
	close(fd);
	return unused;
}

static void wake_when_told(const pthread_t *ids)
{
	wait_ms(500);
	close(open("/tmp/nested-asleep", O_WRONLY | O_CREAT, 0600));
	while (access("/tmp/nested-wake", F_OK) < 0)
		wait_ms(20);
	for (long i = 0; i < first; i++)
		pthread_kill(ids[i], SIGUSR1);
}

int main(int argc, char **argv)
{
	int is_late = argc == 4 && !strcmp(argv[1], "late");
	long count;
	pthread_t *ids;

	if (argc != 4 || (!is_late && strcmp(argv[1], "reads") != 0))
		return 2;
	first = atol(argv[2]);
	second = atol(argv[3]);
	count = is_late ? first : 2;
	ids = calloc((size_t)count, sizeof(*ids));
	signal(SIGUSR1, wake);
	for (long i = 0; i < count; i++)
		if (pthread_create(&ids[i], NULL, is_late ? late : reader, NULL) != 0)
			return 1;
	if (is_late)
		wake_when_told(ids);
	for (long i = 0; i < count; i++)
		pthread_join(ids[i], NULL);
	free(ids);
	return 0;
}
