// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "cpus.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "cleanup.h"

// The list is "0-3" or "0,2-7": ids may have holes. *highest: the last; returns how many, or -errno.
static int possible(int *highest)
{
	KS_CLOSE int fd = open("/sys/devices/system/cpu/possible", O_RDONLY | O_CLOEXEC);
	char text[256] = "", *p = text;
	int count = 0;

	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0)
		return -errno;
	while (*p >= '0' && *p <= '9') {
		int from = (int)strtol(p, &p, 10);
		int to = *p == '-' ? (int)strtol(p + 1, &p, 10) : from;

		count += to - from + 1;
		*highest = to;
		p += *p == ',';
	}
	return count ? count : -ENODATA;
}

int cpus_highest(void)
{
	int highest, count = possible(&highest);

	return count < 0 ? count : highest;
}

int cpus_possible(void)
{
	int highest;

	return possible(&highest);
}
