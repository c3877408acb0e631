// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// first WORD COMMAND [ARG...]: how long until a tracer shows its first event. It runs the tracer on a terminal of its
// own and reads one byte of /dev/zero every millisecond, until a line with WORD comes; then it sends SIGINT and waits
// for the end. Prints "FIRST WALL CPU RSS": milliseconds to that line and to the end, milliseconds of processor time
// (user, and system), KiB of memory at most. What the tracer says goes to stderr; without an event it fails after 30 s.
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "milliseconds.h"

#define PATIENCE_MS 30000

int main(int argc, char **argv)
{
	static char text[1 << 16];
	size_t n = 0;
	double start = now(), first = 0;
	struct winsize size = {.ws_row = 50, .ws_col = 200};
	int fd = open("/dev/zero", O_RDONLY), master, status;
	struct rusage usage;
	struct pollfd from;
	pid_t child;

	if (argc < 3 || fd < 0)
		return 2;
	child = forkpty(&master, NULL, NULL, &size);
	if (child == 0) {
		execvp(argv[2], argv + 2);
		_exit(127);
	}
	if (child < 0)
		return 1;
	from = (struct pollfd){.fd = master, .events = POLLIN};
	for (;;) {
		int ready = poll(&from, 1, first ? -1 : 1);
		ssize_t got;
		char byte;

		if (!first && (read(fd, &byte, 1) != 1 || now() - start > PATIENCE_MS))
			kill(child, SIGKILL);
		if (ready <= 0)
			continue;
		n = n > sizeof(text) / 2 ? 0 : n;
		got = read(master, text + n, sizeof(text) - 1 - n);
		if (got <= 0) // the terminal's other end is closed
			break;
		fwrite(text + n, (size_t)got, 1, stderr);
		n += (size_t)got;
		text[n] = '\0';
		if (!first && strstr(text, argv[1])) {
			first = now() - start;
			kill(child, SIGINT);
		}
	}
	if (wait4(child, &status, 0, &usage) < 0)
		return 1;
	printf("%.2f %.2f %.2f %.2f %ld\n", first, now() - start, milliseconds(&usage.ru_utime),
	       milliseconds(&usage.ru_stime), usage.ru_maxrss);
	return first ? 0 : 1;
}
