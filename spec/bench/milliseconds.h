// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// What first and took measure in.
#ifndef BENCH_MILLISECONDS_H
#define BENCH_MILLISECONDS_H

#include <sys/time.h>

#include "clock.h"

static inline double now(void)
{
	return (double)clock_ns(CLOCK_MONOTONIC) / 1e6;
}

static inline double milliseconds(const struct timeval *t)
{
	return (double)t->tv_sec * 1e3 + (double)t->tv_usec / 1e3;
}

#endif
