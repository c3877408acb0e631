// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// load OBJECT PROGRAM COMMAND: loads one program of the object and attaches it, runs the shell
// command and ends with its exit code. Meanwhile it empties the ring buffer as ksnoop does: when
// woken it waits 10 ms for more before it looks. With PRINT=1 it prints three numbers of each event.
#include <bpf/libbpf.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define LINGER_US 10000

static long events;
static int prints;

static int take(void *context, void *data, size_t size)
{
	const unsigned long *words = data;

	(void)context;
	events++;
	if (prints && size >= 4 * sizeof(*words))
		printf("EV %lx %ld %ld\n", words[1], words[2], words[3]);
	return 0;
}

static int fail(const char *what)
{
	fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
	return 1;
}

// Is a program's name among these, with commas between?
static int is_among(const char *name, const char *names)
{
	size_t n = strlen(name);

	for (const char *at = names; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
		if (!strncmp(at, name, n) && (at[n] == ',' || !at[n]))
			return 1;
	return 0;
}

// The program, or several of one object, attached in the order in which they stand in it.
static struct bpf_object *load(const char *path, const char *names)
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	struct bpf_program *p;
	int attached = 0;

	if (!object)
		return NULL;
	bpf_object__for_each_program(p, object)
		bpf_program__set_autoload(p, is_among(bpf_program__name(p), names));
	if (bpf_object__load(object) < 0)
		return NULL;
	bpf_object__for_each_program(p, object)
	{
		if (!is_among(bpf_program__name(p), names))
			continue;
		if (!bpf_program__attach(p))
			return NULL;
		attached++;
	}
	return attached ? object : NULL;
}

int main(int argc, char **argv)
{
	struct bpf_object *object;
	struct bpf_map *map;
	struct ring_buffer *ring = NULL;
	struct pollfd fds[2] = {{.fd = -1, .events = POLLIN}, {.fd = -1, .events = POLLIN}};
	int status;
	pid_t child;

	if (argc != 4) {
		fprintf(stderr, "usage: load OBJECT PROGRAM[,PROGRAM...] COMMAND\n");
		return 2;
	}
	prints = getenv("PRINT") != NULL;
	object = load(argv[1], argv[2]);
	if (!object)
		return fail(argv[2]);
	map = bpf_object__find_map_by_name(object, "ring");
	if (map)
		ring = ring_buffer__new(bpf_map__fd(map), take, NULL, NULL);
	fds[1].fd = ring ? ring_buffer__epoll_fd(ring) : -1;
	child = fork();
	if (child == 0) {
		execl("/bin/sh", "sh", "-c", argv[3], (char *)NULL);
		_exit(127);
	}
	fds[0].fd = (int)syscall(SYS_pidfd_open, child, 0);
	if (child < 0 || fds[0].fd < 0)
		return fail("can't run the command");
	while (poll(fds, 2, -1) > 0 && !fds[0].revents) {
		usleep(LINGER_US);
		ring_buffer__consume(ring);
		fflush(stdout);
	}
	if (ring)
		ring_buffer__consume(ring);
	if (waitpid(child, &status, 0) < 0)
		return fail("can't wait for the command");
	if (events)
		printf("events %ld\n", events);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}
