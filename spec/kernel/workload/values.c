// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// values N: for i from 1 to N, sets things to known values and then calls setitimer, writev, connect
// and setsockopt once each, which the probes are put on. Ends with "calls N" on stderr.
//
//   limits     RLIMIT_NOFILE is 100 + i of 4096
//   groups     3 + i % 4 of them: 1000 + i, 1001 + i, ...; for i = N 100 of them
//   setitimer  1000 + i s and 7 us, then every 3 s and i us
//   writev     1 + i % 3 parts to /dev/null, of 10 + i, 20 + i and 30 + i bytes
//   connect    of a UDP socket, to 10.0.0.i port 5000 + i
//   setsockopt TCP_KEEPIDLE of 1 + i s
#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 10, null = open("/dev/null", O_WRONLY);
	int udp = socket(AF_INET, SOCK_DGRAM, 0), tcp = socket(AF_INET, SOCK_STREAM, 0);
	static char bytes[4096];
	bool failed = null < 0 || udp < 0 || tcp < 0;

	for (int i = 1; i <= n && !failed; i++) {
		const struct rlimit files = {.rlim_cur = (rlim_t)(100 + i), .rlim_max = 4096};
		const struct itimerval timer = {.it_interval = {.tv_sec = 3, .tv_usec = i},
						.it_value = {.tv_sec = 1000 + i, .tv_usec = 7}};
		const struct iovec parts[3] = {{bytes, (size_t)(10 + i)},
					       {bytes + 64, (size_t)(20 + i)},
					       {bytes + 128, (size_t)(30 + i)}};
		struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(5000 + i)};
		gid_t groups[100];
		int count = i == n ? 100 : 3 + i % 4, idle = 1 + i;

		to.sin_addr.s_addr = htonl(0x0a000000 + (uint32_t)i);
		for (int g = 0; g < 100; g++)
			groups[g] = (gid_t)(1000 + i + g);
		failed = setrlimit(RLIMIT_NOFILE, &files) || setgroups((size_t)count, groups) ||
			 setitimer(ITIMER_REAL, &timer, NULL) || writev(null, parts, 1 + i % 3) < 0;
		connect(udp, (struct sockaddr *)&to, sizeof(to)); // there may be no network
		failed = failed || setsockopt(tcp, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
	}
	if (failed)
		perror("values");
	fprintf(stderr, "calls %d\n", n);
	return failed;
}
