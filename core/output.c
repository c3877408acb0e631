// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include "error.h"
#include "ksnoop.h"
#include "outfile.h"
#include "wait.h"

#define PATIENCE_MS 1000 // with a reader that stands still, once somebody wants to end

// How much a write takes at once. A pipe that poll calls writable has room for so much (pipe(7),
// PIPE_BUF); for more it blocks, and a signal that came before does not end that.
static size_t portion(int fd)
{
	struct stat s;

	return fstat(fd, &s) < 0 || S_ISREG(s.st_mode) ? SIZE_MAX : PIPE_BUF;
}

int ks_write(int fd, const char *bytes, size_t n, struct ks_error *error)
{
	size_t most;

	if (fd == STDOUT_FILENO)
		fd = outfile_own();
	most = n <= PIPE_BUF ? PIPE_BUF : portion(fd);
	while (n) {
		struct pollfd out = {.fd = fd, .events = POLLOUT};
		int ready = poll(&out, 1,
				 PATIENCE_MS); // not for ever: a signal may come right before
		ssize_t done;

		if (ready < 0 && errno == EINTR) // nothing says that there is room
			continue;
		if (ready == 0) {
			if (!wait_interrupted())
				continue;
			return error_set(error, KS_EOUTPUT,
					 "the reader of the output does not read");
		}
		done = write(fd, bytes, n < most ? n : most);
		if (done < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (done < 0)
			return error_os(error, KS_EOUTPUT, errno, "can't write the output");
		bytes += done;
		n -= (size_t)done;
	}
	return 0;
}
