// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// pairs WORD N [M]: calls that begin and end, or do not. Prints "calls N" on stderr.
//
//   sleepers  N threads asleep in clock_nanosleep(2) at the same time, for M ms; with 0, until there is
//             /tmp/pairs-wake. When they all sleep there is /tmp/pairs-asleep.
//   brief     N processes, one after the other, each of which sleeps once, for 1 us
//   killed    N processes that sleep for long and are killed in it
//   tower     epolls in epolls: N times 5 of them, so that the kernel's ep_loop_check_proc goes 1 to 5
//             levels deep. 15 calls each time.
//   positions N reads of M bytes of /tmp/pairs-file, from its start on
//   opens     N times open(2) of /tmp/pairs-M, which is not there
//   stashed   none: prints how many elements the hash maps of ksnoop's that are called "calls" have, once there
//             are at most N, or after ten seconds
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static struct timespec deadline;

static struct timespec from_now(long ms)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += ms / 1000;
	t.tv_nsec += ms % 1000 * 1000000;
	t.tv_sec += t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	return t;
}

static void *sleeper(void *unused)
{
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &deadline, NULL);
	return unused;
}

// Waits in another function than those that are traced.
static void wait_ms(long ms)
{
	struct timeval t = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};

	select(0, NULL, NULL, NULL, &t);
}

static void wake(int unused)
{
	(void)unused;
}

static long sleepers(long n, long ms)
{
	pthread_t *ids = calloc((size_t)n, sizeof(*ids));
	pthread_attr_t attr;
	long made = 0;

	signal(SIGUSR1, wake);
	deadline = from_now(ms ? ms : 1000000);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 64 << 10);
	while (made < n && pthread_create(&ids[made], &attr, sleeper, NULL) == 0)
		made++;
	if (!ms) {
		wait_ms(500);
		close(open("/tmp/pairs-asleep", O_WRONLY | O_CREAT, 0600));
		while (access("/tmp/pairs-wake", F_OK) < 0)
			wait_ms(20);
	}
	for (long i = 0; i < made && !ms; i++)
		pthread_kill(ids[i], SIGUSR1);
	for (long i = 0; i < made; i++) {
		// one that was not asleep yet
		while (!ms && pthread_tryjoin_np(ids[i], NULL) == EBUSY) {
			wait_ms(1);
			pthread_kill(ids[i], SIGUSR1);
		}
		if (ms)
			pthread_join(ids[i], NULL);
	}
	return made;
}

static long brief(long n, long unused)
{
	const struct timespec moment = {.tv_nsec = 1000};

	(void)unused;
	for (long i = 0; i < n; i++) {
		pid_t child = fork();

		if (child == 0) {
			syscall(SYS_nanosleep, &moment, NULL);
			_exit(0);
		}
		if (child < 0 || waitpid(child, NULL, 0) != child)
			return -1;
	}
	return n;
}

static bool is_asleep(pid_t pid)
{
	char path[64], state = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	f = fopen(path, "r");
	if (f && fscanf(f, "%*d %*s %c", &state) != 1)
		state = 0;
	if (f)
		fclose(f);
	return state == 'S';
}

static long killed(long n, long unused)
{
	pid_t *children = calloc((size_t)n, sizeof(*children));

	(void)unused;
	for (long i = 0; i < n; i++) {
		children[i] = fork();
		if (children[i] == 0) {
			deadline = from_now(1000000);
			sleeper(NULL);
			_exit(0);
		}
	}
	for (long i = 0; i < n; i++)
		while (!is_asleep(children[i]))
			wait_ms(10);
	for (long i = 0; i < n; i++)
		kill(children[i], SIGKILL);
	for (long i = 0; i < n; i++)
		waitpid(children[i], NULL, 0);
	return n;
}

static long tower(long n, long unused)
{
	(void)unused;
	for (long i = 0; i < n; i++) {
		int levels[6];

		for (int k = 0; k < 6; k++)
			levels[k] = epoll_create1(0);
		for (int k = 0; k < 5; k++) {
			struct epoll_event e = {.events = EPOLLIN};

			epoll_ctl(levels[k + 1], EPOLL_CTL_ADD, levels[k], &e);
		}
		for (int k = 0; k < 6; k++)
			close(levels[k]);
	}
	return n * 15;
}

static long positions(long n, long bytes)
{
	int fd = open("/tmp/pairs-file", O_RDWR | O_CREAT | O_TRUNC, 0600);
	char *buffer = calloc(1, (size_t)bytes);

	if (fd < 0 || !buffer || ftruncate(fd, n * bytes) < 0)
		return -1;
	for (long i = 0; i < n; i++)
		if (read(fd, buffer, (size_t)bytes) != bytes)
			return -1;
	return n;
}

static long opens(long n, long number)
{
	char name[64];

	snprintf(name, sizeof(name), "/tmp/pairs-%ld", number);
	for (long i = 0; i < n; i++)
		if (syscall(SYS_open, name, O_RDONLY) >= 0)
			return -1;
	return n;
}

static long bpf(int cmd, union bpf_attr *attr)
{
	return syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

static long keys(int fd)
{
	uint64_t key, next;
	union bpf_attr attr = {.map_fd = (uint32_t)fd, .next_key = (uintptr_t)&next};
	long count = 0;

	while (bpf(BPF_MAP_GET_NEXT_KEY, &attr) == 0) {
		count++;
		key = next;
		attr.key = (uintptr_t)&key;
	}
	return count;
}

static long stashed_now(void)
{
	uint32_t id = 0;
	long count = 0;

	for (;;) {
		struct bpf_map_info info = {0};
		union bpf_attr attr = {.start_id = id};
		long fd;

		if (bpf(BPF_MAP_GET_NEXT_ID, &attr) < 0)
			break;
		id = attr.next_id;
		attr = (union bpf_attr){.map_id = id};
		fd = bpf(BPF_MAP_GET_FD_BY_ID, &attr);
		if (fd < 0)
			continue;
		attr = (union bpf_attr){.info = {.bpf_fd = (uint32_t)fd,
						 .info_len = sizeof(info),
						 .info = (uintptr_t)&info}};
		if (bpf(BPF_OBJ_GET_INFO_BY_FD, &attr) == 0 && !strcmp(info.name, "calls") &&
		    info.type == BPF_MAP_TYPE_HASH)
			count += keys((int)fd);
		close((int)fd);
	}
	return count;
}

// Tasks are freed a grace period after their end.
static long stashed(long most, long unused)
{
	long count = stashed_now();

	(void)unused;
	for (int i = 0; i < 100 && count > most; i++) {
		wait_ms(100);
		count = stashed_now();
	}
	return count;
}

static const struct {
	const char *word;
	long (*work)(long, long);
} words[] = {
	{"sleepers", sleepers},	  {"brief", brief}, {"killed", killed},	  {"tower", tower},
	{"positions", positions}, {"opens", opens}, {"stashed", stashed},
};

int main(int argc, char **argv)
{
	long n = argc > 2 ? atol(argv[2]) : 0, m = argc > 3 ? atol(argv[3]) : 0;

	for (size_t i = 0; argc > 1 && i < sizeof(words) / sizeof(*words); i++) {
		if (strcmp(argv[1], words[i].word) != 0)
			continue;
		n = words[i].work(n, m);
		fprintf(stderr, "calls %ld\n", n);
		return n < 0;
	}
	return 2;
}
