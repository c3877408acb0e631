// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "timers.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cleanup.h"
#include "cpus.h"

static int event(int cpu, uint32_t hz)
{
	struct perf_event_attr attr = {.type = PERF_TYPE_SOFTWARE,
				       .size = sizeof(attr),
				       .config = PERF_COUNT_SW_CPU_CLOCK,
				       .freq = 1,
				       .sample_freq = hz};
	int fd = (int)syscall(SYS_perf_event_open, &attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

// A descriptor that holds it, or -errno.
static int start(int cpu, int prog_fd, uint32_t hz, bool *opened)
{
	KS_CLOSE int timer = event(cpu, hz);
	int fd;

	if (timer < 0)
		return timer;
	*opened = true;
	fd = bpf_link_create(prog_fd, timer, BPF_PERF_EVENT, NULL);
	if (fd >= 0 || fd != -EINVAL)
		return fd;
	// Before v5.15 (b89fbfbb854c) there are no such links: the event itself holds the program.
	return ioctl(timer, PERF_EVENT_IOC_SET_BPF, prog_fd) < 0 ? -errno : keep_fd(&timer);
}

int timers_start(struct timers *t, int prog_fd, uint32_t hz, bool *opened)
{
	int highest = cpus_highest();

	*opened = false;
	if (highest < 0)
		return highest;
	t->fds = malloc(((size_t)highest + 1) * sizeof(*t->fds));
	if (!t->fds)
		return -ENOMEM;
	for (int cpu = 0; cpu <= highest; cpu++) {
		int fd = start(cpu, prog_fd, hz, opened);

		if (fd == -ENODEV)
			continue; // it is off, or there is none of this number
		if (fd < 0) {
			timers_stop(t);
			return fd;
		}
		t->fds[t->count++] = fd;
	}
	return t->count ? 0 : -ENODEV;
}

uint32_t timers_most(void)
{
	KS_CLOSE int fd = open("/proc/sys/kernel/perf_event_max_sample_rate", O_RDONLY | O_CLOEXEC);
	char text[16] = "";
	unsigned long most;

	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		return TIMERS_MOST;
	most = strtoul(text, NULL, 10);
	return most < TIMERS_MOST ? (uint32_t)most : TIMERS_MOST;
}

void timers_stop(struct timers *t)
{
	for (uint32_t i = 0; i < t->count; i++)
		close(t->fds[i]);
	free(t->fds);
	*t = (struct timers){0};
}
