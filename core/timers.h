// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// A program on a timer of every CPU: perf's software event cpu-clock, which needs no hardware that counts
// and ticks whether the CPU works or not.
#ifndef CORE_TIMERS_H
#define CORE_TIMERS_H

#include <stdbool.h>
#include <stdint.h>

#define TIMERS_MOST 100000 // ticks a second: the kernel's timers of this kind are no faster

// All zeros: none.
struct timers {
	int *fds; // owned; links or, where there are none for perf events, the events
	uint32_t count;
};

// Starts one on each CPU that is online now; one that comes later has none. 0, or -errno and nothing
// is started. *opened: whether it came as far as the program.
int timers_start(struct timers *t, int prog_fd, uint32_t hz, bool *opened);
void timers_stop(struct timers *t);
// Ticks a second that this kernel takes at most.
uint32_t timers_most(void);

#endif
