// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// took COMMAND [ARG...]: runs it and prints "WALL CPU RSS": milliseconds from its start to its end,
// milliseconds of processor time, and KiB of memory at most. Its output goes to stderr.
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "milliseconds.h"

int main(int argc, char **argv)
{
	double start = now();
	struct rusage usage;
	int status;
	pid_t child;

	if (argc < 2)
		return 2;
	child = fork();
	if (child == 0) {
		dup2(STDERR_FILENO, STDOUT_FILENO);
		execvp(argv[1], argv + 1);
		_exit(127);
	}
	if (child < 0 || wait4(child, &status, 0, &usage) < 0)
		return 1;
	printf("%.2f %.2f %ld\n", now() - start,
	       milliseconds(&usage.ru_utime) + milliseconds(&usage.ru_stime), usage.ru_maxrss);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}
