// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// What time it is.
#ifndef CORE_CLOCK_H
#define CORE_CLOCK_H

#include <stdint.h>
#include <time.h>

// Nanoseconds of a clock of clock_gettime(2). Events have CLOCK_BOOTTIME's.
static inline uint64_t clock_ns(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

#endif
