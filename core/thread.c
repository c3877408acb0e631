// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "thread.h"

#include <signal.h>

#define STACK (256 << 10)

int thread_start(pthread_t *id, void *(*run)(void *), void *data)
{
	pthread_attr_t attr;
	sigset_t all, before;
	int os;

	sigfillset(&all);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	os = pthread_create(id, &attr, run, data);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attr);
	return os;
}
