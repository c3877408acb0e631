// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "error.h"
#include "ksnoop.h"
#include "wait.h"

#define PATIENCE_MS 1000 // with a reader that stands still, once somebody wants to end

int ks_write(int fd, const char *bytes, size_t n, struct ks_error *error)
{
	while (n) {
		struct pollfd out = {.fd = fd, .events = POLLOUT};
		ssize_t done;

		// What is polled first does not block, but a large write to a pipe still may.
		if (poll(&out, 1, wait_interrupted() ? PATIENCE_MS : -1) == 0)
			return error_set(error, KS_EOUTPUT,
					 "the reader of the output does not read");
		done = write(fd, bytes, n);
		if (done < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (done < 0)
			return error_os(error, KS_EOUTPUT, errno, "can't write the output");
		bytes += done;
		n -= (size_t)done;
	}
	return 0;
}
