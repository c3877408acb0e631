// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <errno.h>
#include <unistd.h>

#include "error.h"
#include "ksnoop.h"

int ks_write(int fd, const char *bytes, size_t n, struct ks_error *error)
{
	while (n) {
		ssize_t done = write(fd, bytes, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return error_os(error, KS_EOUTPUT, errno, "can't write the output");
		bytes += done;
		n -= (size_t)done;
	}
	return 0;
}
