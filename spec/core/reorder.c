// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// The order of records, with this program in the place of the kernel: a ring buffer and guards in memory, and
// CPUs that do what generated programs do. A number is a record's place in the order of all that were made.
//   reorder turns             a case a line: what comes, step by step; "." none is sure to be the next
//   reorder threads N [sort]  N records by two threads; counts of what came: records, gaps (one of a CPU
//                             that is not its next), falls (one of an earlier time than one before)
#include <linux/bpf.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../bpf/wire.h"
#include "clock.h"
#include "reorder.h"

enum { RING = 4096, CPUS = 2 };

static struct ring ring;
static struct cells cells;
static uint64_t producer, consumer, words[CPUS * WIRE_LINE / 8];
static pthread_mutex_t spinlock = PTHREAD_MUTEX_INITIALIZER;

// --- memory that runs out ---------------------------------------------------------------------

static long left = -1; // so many pieces can be had; -1: any number

void *__real_malloc(size_t n);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_realloc(void *p, size_t n);

static bool is_out(void)
{
	if (left == 0)
		return true;
	left -= left > 0;
	return false;
}

void *__wrap_malloc(size_t n)
{
	return is_out() ? NULL : __real_malloc(n);
}

void *__wrap_realloc(void *p, size_t n)
{
	return is_out() ? NULL : __real_realloc(p, n);
}

// --- the kernel's half ------------------------------------------------------------------------

static void open_ring(void)
{
	int fd = memfd_create("ring", 0);
	unsigned char *twice = mmap(NULL, 2 * RING, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (fd < 0 || ftruncate(fd, RING) < 0 || twice == MAP_FAILED ||
	    mmap(twice, RING, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) ==
		    MAP_FAILED ||
	    mmap(twice + RING, RING, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) ==
		    MAP_FAILED) {
		perror("ring");
		exit(2);
	}
	close(fd);
	ring = (struct ring){.fd = -1,
			     .consumer = &consumer,
			     .producer = &producer,
			     .data = twice,
			     .shown = 2 * RING,
			     .size = RING};
	cells = (struct cells){.fd = -1,
			       .words = words,
			       .geometry = {.cpu_mask = CPUS - 1, .block_shift = 6}};
}

static void guard(int cpu, bool busy)
{
	__atomic_store_n(cells_word(&cells, (uint32_t)cpu, GUARD_BUSY * 8), busy, __ATOMIC_RELEASE);
}

static uint64_t now(void)
{
	return clock_ns(CLOCK_BOOTTIME);
}

// As bpf_ringbuf_reserve; NULL: no room.
static struct wire_header *reserve(void)
{
	uint32_t size = sizeof(struct wire_header);
	uint64_t at, room = BPF_RINGBUF_HDR_SZ + size;
	unsigned char *head = NULL;

	pthread_mutex_lock(&spinlock);
	at = producer;
	if (at + room - __atomic_load_n(&consumer, __ATOMIC_ACQUIRE) <= RING) {
		head = ring.data + (at & (RING - 1));
		__atomic_store_n((uint32_t *)head, size | BPF_RINGBUF_BUSY_BIT, __ATOMIC_RELAXED);
		__atomic_store_n(&producer, at + room, __ATOMIC_RELEASE);
	}
	pthread_mutex_unlock(&spinlock);
	return head ? (void *)(head + BPF_RINGBUF_HDR_SZ) : NULL;
}

static void submit(struct wire_header *r)
{
	__atomic_store_n((uint32_t *)((unsigned char *)r - BPF_RINGBUF_HDR_SZ), sizeof(*r),
			 __ATOMIC_RELEASE);
}

// --- step by step -----------------------------------------------------------------------------

static struct reorder order;
static struct ks_error error;

// A whole program: nils says which record it is.
static void whole(int cpu, uint64_t number, uint64_t time)
{
	struct wire_header *r;

	guard(cpu, true);
	r = reserve();
	*r = (struct wire_header){.time = time ? time : now(),
				  .cpu = (uint32_t)cpu,
				  .nils = number};
	submit(r);
	guard(cpu, false);
}

static void show(int n)
{
	for (int i = 0; i < n; i++) {
		const struct ks_record *r = reorder_next(&order);

		if (r)
			printf(" %d", (int)r->nils);
		else
			printf(" .");
	}
}

// Longer than the horizon lies behind the clock.
static void later(void)
{
	usleep(1000);
}

static void begin(const char *name, size_t limit)
{
	producer = consumer = 0;
	ring.pending = 0;
	if (reorder_init(&order, &ring, &cells, limit, &error) < 0)
		exit(2);
	order.window = UINT64_MAX; // however slow the machine is
	printf("%s:", name);
}

static void end(void)
{
	reorder_over(&order);
	printf(" |");
	for (const struct ks_record *r; (r = reorder_next(&order));)
		printf(" %d", (int)r->nils);
	printf("%s\n", reorder_holds(&order) || ring_used(&ring) ? " and more" : "");
	reorder_fini(&order);
}

// Do so many come, in order?
static void little(int n)
{
	int came = 0;

	for (int i = 0; i < 3 * n; i++) {
		const struct ks_record *r = reorder_next(&order);

		came += r && (int)r->nils == came;
	}
	printf(" %d of %d", came, n);
}

static void turns(void)
{
	struct wire_header *a;
	uint64_t time;

	begin("in order", 1 << 20);
	for (int i = 0; i < 4; i++)
		whole(i % 2, (uint64_t)i, 0);
	later();
	show(5);
	end();

	begin("just now", 1 << 20);
	whole(0, 0, now() + 1000000000);
	show(2);
	end();

	begin("held up behind its place", 1 << 20);
	guard(0, true);
	a = reserve();
	whole(1, 0, 0);
	later();
	show(2);
	*a = (struct wire_header){.time = now(), .nils = 1};
	submit(a);
	guard(0, false);
	later();
	show(3);
	end();

	begin("held up before its place", 1 << 20);
	guard(0, true);
	time = now();
	whole(1, 1, 0);
	whole(1, 2, 0);
	later();
	show(2);
	a = reserve();
	*a = (struct wire_header){.time = time, .nils = 0};
	submit(a);
	guard(0, false);
	later();
	show(5);
	end();

	begin("held up for longer than the window", 1 << 20);
	guard(0, true);
	time = now();
	whole(1, 1, 0);
	later();
	show(1);
	order.window = 0;
	show(2);
	a = reserve();
	*a = (struct wire_header){.time = time, .nils = 0};
	submit(a);
	guard(0, false);
	later();
	show(2);
	end();

	begin("held up while no room is left", 200);
	guard(0, true);
	for (int i = 1; i <= 6; i++)
		whole(1, (uint64_t)i, 0);
	later();
	show(7);
	whole(0, 0, now() - 1000000000);
	later();
	show(6);
	end();

	begin("of the same time", 1 << 20);
	time = now();
	for (int i = 0; i < 6; i++)
		whole(i % 2, (uint64_t)i, time);
	later();
	show(7);
	end();

	begin("at the end", 1 << 20);
	for (int i = 5; i >= 0; i--)
		whole(i % 2, (uint64_t)i, 1000 + (uint64_t)i);
	end();

	for (long pieces = 0; pieces <= 80; pieces += 10) {
		begin("with little memory", 1 << 20);
		left = pieces;
		for (int i = 0; i < 100; i++)
			whole(i % 2, (uint64_t)i, 0);
		later();
		little(100);
		left = -1;
		end();
	}
}

// --- two at once ------------------------------------------------------------------------------

static uint64_t each;
static int done;

static void *cpu(void *number)
{
	int c = number != NULL;

	for (uint64_t i = 0; i < each; i++) {
		bool before = i % 3 == 0;
		struct wire_header *r;
		uint64_t time;

		for (;;) {
			guard(c, true);
			time = now();
			if (before && i % 999 == 0)
				usleep(20);
			r = reserve();
			if (r)
				break;
			guard(c, false);
			sched_yield();
		}
		if (!before && i % 1000 == 0)
			usleep(20);
		*r = (struct wire_header){.time = before ? time : now(),
					  .cpu = (uint32_t)c,
					  .nils = i};
		submit(r);
		guard(c, false);
	}
	__atomic_add_fetch(&done, 1, __ATOMIC_RELEASE);
	return NULL;
}

static int threads(uint64_t count, bool sort)
{
	uint64_t seen[CPUS] = {0}, gaps = 0, falls = 0, latest = 0, by = 0, size;
	const struct ks_record *r;
	pthread_t ids[CPUS];
	bool over = false;
	uint32_t n;

	each = count / CPUS;
	if (reorder_init(&order, &ring, &cells, SIZE_MAX, &error) < 0)
		return 2;
	order.window = UINT64_MAX;
	for (int i = 0; i < CPUS; i++)
		pthread_create(&ids[i], NULL, cpu, i ? &done : NULL);
	for (;;) {
		r = sort ? reorder_next(&order) : ring_next(&ring, &n);
		if (!r && over)
			break;
		if (!r) {
			sched_yield();
			over = __atomic_load_n(&done, __ATOMIC_ACQUIRE) == CPUS;
			if (over)
				reorder_over(&order);
			continue;
		}
		gaps += r->nils != seen[r->cpu]++;
		if (r->time < latest) {
			falls++;
			by = latest - r->time > by ? latest - r->time : by;
		} else {
			latest = r->time;
		}
	}
	for (int i = 0; i < CPUS; i++)
		pthread_join(ids[i], NULL);
	size = seen[0] + seen[1];
	reorder_fini(&order);
	printf("%llu records, %llu gaps, %llu falls", (unsigned long long)size,
	       (unsigned long long)gaps, (unsigned long long)falls);
	if (falls)
		printf(" by %llu ns", (unsigned long long)by);
	printf("\n");
	return 0;
}

int main(int argc, char **argv)
{
	alarm(300); // a test that hangs has failed
	open_ring();
	if (argc > 2)
		return threads(strtoull(argv[2], NULL, 10), argc > 3);
	turns();
	return 0;
}
