// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// stacks COMMAND...: system calls on known ways through the kernel, so many of each.
//
//   reads N M      N times read(2) and M times pread64(2), of one byte
//   sleeps N       N times nanosleep(2), of 10 ms
//   drops N        N UDP packets to a port on the loopback where nobody listens
//   fails N        N times bpf(2) with a command that there is none of
//   user N         N times getsid(2), called by outer() and inner() of this program
//   pipes N        N pipes, which stay open as long as there is /tmp/stacks-pipes, which it makes
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

// The kernel finds a process's frames by its frame pointers.
#pragma GCC optimize("no-omit-frame-pointer")

static void reads(long n, long m)
{
	int fd = open("/dev/zero", O_RDONLY);
	char c;

	for (long i = 0; i < n; i++)
		if (read(fd, &c, 1) != 1)
			exit(1);
	for (long i = 0; i < m; i++)
		if (pread(fd, &c, 1, 0) != 1)
			exit(1);
}

static void sleeps(long n)
{
	for (long i = 0; i < n; i++)
		nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
}

static void drops(long n)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(9)};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
	for (long i = 0; i < n; i++)
		sendto(fd, "x", 1, 0, (struct sockaddr *)&to, sizeof(to));
}

static void fails(long n)
{
	char attr[8] = {0};

	for (long i = 0; i < n; i++)
		if (syscall(SYS_bpf, 12345, attr, sizeof(attr)) != -1)
			exit(1);
}

static __attribute__((noinline)) void inner(void)
{
	// The call itself, so that no function of a library stands between.
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(SYS_getsid), "D"(0)
			 : "rcx", "r11", "memory");
}

__attribute__((noinline)) void outer(long n)
{
	for (long i = 0; i < n; i++) {
		inner();
		__asm__ volatile("");
	}
}

static void pipes(long n)
{
	int ends[2];

	for (long i = 0; i < n; i++)
		if (pipe(ends) < 0)
			exit(1);
	close(open("/tmp/stacks-pipes", O_WRONLY | O_CREAT, 0600));
	while (access("/tmp/stacks-pipes", F_OK) == 0)
		usleep(20000);
}

int main(int argc, char **argv)
{
	long n = argc > 2 ? atol(argv[2]) : 0;

	if (argc < 3)
		return 2;
	if (!strcmp(argv[1], "reads"))
		reads(n, argc > 3 ? atol(argv[3]) : 0);
	else if (!strcmp(argv[1], "sleeps"))
		sleeps(n);
	else if (!strcmp(argv[1], "drops"))
		drops(n);
	else if (!strcmp(argv[1], "fails"))
		fails(n);
	else if (!strcmp(argv[1], "user"))
		outer(n);
	else if (!strcmp(argv[1], "pipes"))
		pipes(n);
	else
		return 2;
	return 0;
}
