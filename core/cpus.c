// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "cpus.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "cleanup.h"

// The list is "0-3" or "0,2-7": ids may have holes.
int cpus_highest(void)
{
	KS_CLOSE int fd = open("/sys/devices/system/cpu/possible", O_RDONLY | O_CLOEXEC);
	char text[256] = "";
	int highest = -ENODATA;

	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0)
		return -errno;
	for (char *p = text; *p; p++) {
		if (*p >= '0' && *p <= '9') {
			int cpu = (int)strtol(p, &p, 10);

			highest = cpu > highest ? cpu : highest;
			p--;
		}
	}
	return highest;
}
