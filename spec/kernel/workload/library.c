// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// library WORD [N]: what some recipes of the library are asked about.
//
//   faults N    touches N pages of its own and N of the file /tmp/faults
//   eats N      touches N MB: more than it may have
//   unheard N   N datagrams to a port of 127.0.0.1 where nobody listens
//   overrun N   N datagrams to a socket of its own that has no room for all of them, and that is only read then.
//               Prints "port P, kept M" on stderr.
//   asks        asks a DNS server of its own, at 127.0.0.1, for some names. Two do not exist, and one question has no
//               answer.
//   unanswered  connects to a socket of its own whose queue is full, until the kernel has asked again.
//               Prints "port P, again M" on stderr.
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void touch(size_t bytes, int flags, int fd)
{
	volatile char *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags, fd, 0);

	if (p == MAP_FAILED)
		die("mmap");
	madvise((void *)p, bytes, MADV_NOHUGEPAGE);
	for (size_t i = 0; i < bytes; i += 4096)
		p[i] = 1;
}

static void faults(int n)
{
	int fd = open("/tmp/faults", O_RDWR | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || ftruncate(fd, n * 4096L) < 0)
		die("/tmp/faults");
	touch(n * 4096L, MAP_SHARED, fd);
	touch(n * 4096L, MAP_PRIVATE | MAP_ANONYMOUS, -1);
}

// A socket that is bound to the port of 127.0.0.1, or to one that is free; *to: where that is.
static int bound(int type, int port, struct sockaddr_in *to)
{
	int s = socket(AF_INET, type, 0);
	socklen_t size = sizeof(*to);

	*to = (struct sockaddr_in){.sin_family = AF_INET,
				   .sin_port = htons(port),
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	if (s < 0 || bind(s, (struct sockaddr *)to, size) < 0)
		die("bind");
	getsockname(s, (struct sockaddr *)to, &size);
	return s;
}

static int connected(const struct sockaddr_in *to)
{
	int s = socket(AF_INET, SOCK_DGRAM, 0);

	if (s < 0 || connect(s, (const struct sockaddr *)to, sizeof(*to)) < 0)
		die("connect");
	return s;
}

static void unheard(int n)
{
	struct sockaddr_in to;
	int s;

	close(bound(SOCK_DGRAM, 0, &to));
	s = connected(&to);
	for (int sent = 0;
	     sent < n;) // what came back as an answer to the last one is an error of this one
		sent += send(s, "hello", 5, 0) == 5;
}

static void overrun(int n)
{
	char data[1000] = {0};
	struct sockaddr_in to;
	int to_it = bound(SOCK_DGRAM, 0, &to), room = 20000, kept = 0, s = connected(&to);

	setsockopt(to_it, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	for (int i = 0; i < n; i++)
		if (send(s, data, sizeof(data), 0) != sizeof(data))
			die("send");
	while (recv(to_it, data, sizeof(data), MSG_DONTWAIT) > 0)
		kept++;
	fprintf(stderr, "port %d, kept %d\n", ntohs(to.sin_port), kept);
}

// Sends a question; its length.
static size_t ask(int s, const char *name, uint8_t type, uint8_t *message)
{
	size_t n = 12;

	memset(message, 0, 12);
	message[0] = rand();
	message[1] = rand();
	message[2] = 1; // recursion desired
	message[5] = 1; // one question
	while (*name) {
		size_t length = strcspn(name, ".");

		message[n++] = length;
		memcpy(message + n, name, length);
		n += length;
		name += length + (name[length] == '.');
	}
	memcpy(message + n, (uint8_t[]){0, 0, type, 0, 1}, 5);
	n += 5;
	if (send(s, message, n, 0) != (ssize_t)n)
		die("send");
	return n;
}

static void asks(void)
{
	static const struct {
		const char *name;
		uint8_t type, answer;
	} questions[] = {
		{"www.example.org", 1, 0},     {"www.example.org", 1, 0},
		{"www.example.org", 28, 0},    {"nothing.example.org", 1, 3},
		{"nothing.example.org", 1, 3}, {"www.example.org", 1, 0},
		{"lost.example.org", 1, 255},
	};
	struct sockaddr_in to, from;
	socklen_t size = sizeof(from);
	uint8_t message[512];
	int server = bound(SOCK_DGRAM, 53, &to), s = connected(&to);

	for (size_t i = 0; i < sizeof(questions) / sizeof(*questions); i++) {
		size_t n = ask(s, questions[i].name, questions[i].type, message);

		if (questions[i].answer == 255)
			continue;
		if (recvfrom(server, message, sizeof(message), 0, (struct sockaddr *)&from,
			     &size) != (ssize_t)n)
			die("recvfrom");
		message[2] |= 0x80;
		message[3] = questions[i].answer;
		if (sendto(server, message, n, 0, (struct sockaddr *)&from, size) != (ssize_t)n ||
		    recv(s, message, sizeof(message), 0) != (ssize_t)n)
			die("sendto");
	}
}

static void unanswered(void)
{
	struct sockaddr_in to;
	int listener = bound(SOCK_STREAM, 0, &to), first = socket(AF_INET, SOCK_STREAM, 0);
	int s = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	struct tcp_info info = {0};
	socklen_t size = sizeof(info);

	if (listen(listener, 0) < 0 || connect(first, (struct sockaddr *)&to, sizeof(to)) < 0)
		die("connect");
	if (connect(s, (struct sockaddr *)&to, sizeof(to)) < 0 && errno != EINPROGRESS)
		die("connect");
	while (info.tcpi_total_retrans < 1) {
		usleep(50000);
		if (getsockopt(s, IPPROTO_TCP, TCP_INFO, &info, &size) < 0)
			die("TCP_INFO");
	}
	close(s);
	fprintf(stderr, "port %d, again %u\n", ntohs(to.sin_port), info.tcpi_total_retrans);
}

int main(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : "";
	int n = argc > 2 ? atoi(argv[2]) : 0;

	if (strcmp(word, "faults") == 0)
		faults(n);
	else if (strcmp(word, "eats") == 0)
		touch(n * (size_t)1048576, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	else if (strcmp(word, "unheard") == 0)
		unheard(n);
	else if (strcmp(word, "overrun") == 0)
		overrun(n);
	else if (strcmp(word, "asks") == 0)
		asks();
	else if (strcmp(word, "unanswered") == 0)
		unanswered();
	else
		return 2;
	return 0;
}
