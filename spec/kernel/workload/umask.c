// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// umask CALLS [THREADS]: calls umask(2) so often in all, each thread on a CPU of its own, and prints
// the number. Nothing else in the guest calls it.
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static long each;

static void *work(void *cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((long)cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
	for (long i = 0; i < each; i++)
		umask((mode_t)(i & 0777));
	return NULL;
}

int main(int argc, char **argv)
{
	long calls = argc > 1 ? atol(argv[1]) : 1000, threads = argc > 2 ? atol(argv[2]) : 1;
	pthread_t ids[64];

	each = calls / threads;
	if (threads == 1) {
		work((void *)0);
	} else {
		for (long t = 0; t < threads; t++)
			pthread_create(&ids[t], NULL, work, (void *)t);
		for (long t = 0; t < threads; t++)
			pthread_join(ids[t], NULL);
	}
	fprintf(stderr, "calls %ld\n", each * threads);
	return 0;
}
