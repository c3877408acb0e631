// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// spans WORD N M [WORD N M]...: what opens and closes by a number: getsid(2) and getpgid(2) with one that
// is no process, so that they do nothing else. The number is 2^22 and what i % M is, for i from 0 to N-1.
//
//   open    N times getsid
//   close   N times getpgid
//   pair    N times getsid, getpgid of the same number
//   load    M threads, each of which does N pairs; the numbers are 16, and the same for all of them
//   tasks   N processes, one after the other, each of which does one getsid and ends
//   pipes   N times pipe(2), and close(2) of M of them
//   wait    N ms of sleep
//
// How many getsid and getpgid there were is printed on stderr: "opens N closes N".
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define FIRST (1L << 22) // a process's number is less (PID_MAX_LIMIT)
#define KEYS  16

static long opens, closes;

static void open_one(long key)
{
	syscall(SYS_getsid, FIRST + key);
	__atomic_fetch_add(&opens, 1, __ATOMIC_RELAXED);
}

static void close_one(long key)
{
	syscall(SYS_getpgid, FIRST + key);
	__atomic_fetch_add(&closes, 1, __ATOMIC_RELAXED);
}

static void *work(void *n)
{
	for (long i = 0; i < *(long *)n; i++) {
		open_one(i % KEYS);
		close_one(i % KEYS);
	}
	return NULL;
}

static int load(long n, long threads)
{
	pthread_t ids[64];

	for (long i = 0; i < threads; i++)
		if (i >= 64 || pthread_create(&ids[i], NULL, work, &n) != 0)
			return -1;
	for (long i = 0; i < threads; i++)
		pthread_join(ids[i], NULL);
	return 0;
}

static int tasks(long n)
{
	for (long i = 0; i < n; i++) {
		pid_t child = fork();

		if (child == 0) {
			open_one(i);
			_exit(0);
		}
		if (child < 0 || waitpid(child, NULL, 0) != child)
			return -1;
	}
	opens += n;
	return 0;
}

static int pipes(long n, long shut)
{
	for (long i = 0; i < n; i++) {
		int ends[2];

		if (pipe(ends) < 0)
			return -1;
		if (i < shut) {
			close(ends[0]);
			close(ends[1]);
		}
	}
	return 0;
}

static int run(const char *word, long n, long m)
{
	if (!strcmp(word, "load"))
		return load(n, m);
	if (!strcmp(word, "tasks"))
		return tasks(n);
	if (!strcmp(word, "pipes"))
		return pipes(n, m);
	if (!strcmp(word, "wait"))
		return usleep((useconds_t)n * 1000);
	for (long i = 0; i < n; i++) {
		if (strcmp(word, "close") != 0)
			open_one(i % m);
		if (strcmp(word, "open") != 0)
			close_one(i % m);
	}
	return 0;
}

int main(int argc, char **argv)
{
	for (int i = 1; i + 2 < argc; i += 3) {
		if (run(argv[i], atol(argv[i + 1]), atol(argv[i + 2])) < 0) {
			perror(argv[i]);
			return 1;
		}
	}
	fprintf(stderr, "opens %ld closes %ld\n", opens, closes);
	return 0;
}
