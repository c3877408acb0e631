// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// load OBJECT PROGRAM COMMAND: loads one program of the object and attaches it, runs the shell
// command and ends with its exit code. Meanwhile it empties the ring buffer as ksnoop does: when
// woken it waits 10 ms for more before it looks.
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

static int take(void *context, void *data, size_t size)
{
	(void)context, (void)data, (void)size;
	events++;
	return 0;
}

static int fail(const char *what)
{
	fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
	return 1;
}

static struct bpf_object *load_one(const char *path, const char *name)
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	struct bpf_program *p;

	if (!object)
		return NULL;
	bpf_object__for_each_program(p, object)
		bpf_program__set_autoload(p, strcmp(bpf_program__name(p), name) == 0);
	return bpf_object__load(object) < 0 ? NULL : object;
}

int main(int argc, char **argv)
{
	struct bpf_object *object;
	const struct bpf_program *p;
	struct bpf_map *map;
	struct ring_buffer *ring = NULL;
	struct pollfd fds[2] = {{.fd = -1, .events = POLLIN}, {.fd = -1, .events = POLLIN}};
	int status;
	pid_t child;

	if (argc != 4) {
		fprintf(stderr, "usage: load OBJECT PROGRAM COMMAND\n");
		return 2;
	}
	object = load_one(argv[1], argv[2]);
	p = object ? bpf_object__find_program_by_name(object, argv[2]) : NULL;
	if (!p || !bpf_program__attach(p))
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
	}
	if (ring)
		ring_buffer__consume(ring);
	if (waitpid(child, &status, 0) < 0)
		return fail("can't wait for the command");
	if (events)
		printf("events %ld\n", events);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}
