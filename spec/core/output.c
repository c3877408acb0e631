// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Does writing to a pipe that nobody reads end once a signal came, before it as well?
//   output room N     a pipe with N bytes of room; writes 65,536 after a SIGTERM
//   output read       somebody reads, late and slowly: all bytes arrive, in order
// Prints what ks_write said and how many bytes are in the pipe or arrived.
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ksnoop.h"
#include "wait.h"

enum { SIZE = 65536 };
static char bytes[4 * SIZE];

static int fail(const char *what)
{
	perror(what);
	return 2;
}

static int nobody(int room)
{
	struct ks_error e = {0};
	struct wait w;
	int fds[2], there = 0, r;

	wait_init(&w);
	if (pipe(fds) < 0 || wait_signals(&w, &e) < 0 ||
	    write(fds[1], bytes, (size_t)(SIZE - room)) != SIZE - room)
		return fail("pipe");
	raise(SIGTERM);
	r = ks_write(fds[1], bytes, SIZE, &e);
	if (ioctl(fds[0], FIONREAD, &there) < 0)
		return fail("ioctl");
	printf("%d %s; %d bytes\n", r, e.message, there - (SIZE - room));
	wait_fini(&w);
	return 0;
}

static int late(void)
{
	struct ks_error e = {0};
	char got[1000];
	size_t all = 0;
	ssize_t n;
	int fds[2];
	pid_t writer;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 7 + i / 251);
	if (pipe(fds) < 0 || (writer = fork()) < 0)
		return fail("pipe");
	if (writer == 0) {
		close(fds[0]);
		_exit(ks_write(fds[1], bytes, sizeof(bytes), &e) < 0);
	}
	close(fds[1]);
	usleep(1200000); // longer than ks_write looks at a time
	while ((n = read(fds[0], got, sizeof(got))) > 0) {
		if (all + (size_t)n > sizeof(bytes) || memcmp(got, bytes + all, (size_t)n))
			return fail("other bytes");
		all += (size_t)n;
	}
	waitpid(writer, NULL, 0);
	printf("%zu bytes\n", all);
	return 0;
}

int main(int argc, char **argv)
{
	alarm(20); // a test that hangs has failed
	return argc > 2 ? nobody(atoi(argv[2])) : late();
}
