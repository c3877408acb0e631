// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "cells.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../bpf/wire.h"
#include "cleanup.h"
#include "clock.h"
#include "cpus.h"
#include "error.h"
#include "refused.h"

static uint32_t power_of_two(uint32_t at_least, uint32_t *log)
{
	uint32_t v = 1;

	for (*log = 0; v < at_least; v *= 2)
		++*log;
	return v;
}

int cells_geometry(uint32_t lines, struct shape_geometry *ret, struct ks_error *error)
{
	int cpu = cpus_highest();
	uint32_t log;

	if (cpu < 0)
		return error_os(error, KS_EOS, -cpu, "can't learn which CPUs there can be");
	ret->cpu_mask = power_of_two((uint32_t)cpu + 1, &log) - 1;
	power_of_two(WIRE_LINE * (1 + lines), &ret->block_shift);
	return 0;
}

static uint64_t *line(const struct cells *c, uint32_t cpu, uint32_t number)
{
	return c->words +
	       (((size_t)cpu << c->geometry.block_shift) + (size_t)WIRE_LINE * number) / 8;
}

int cells_open(struct cells *c, const struct shape_geometry *g, struct ks_error *error)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_MMAPABLE);
	size_t size = ((size_t)g->cpu_mask + 1) << g->block_shift,
	       page = (size_t)sysconf(_SC_PAGESIZE);
	KS_CLOSE int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "ksnoop_cells", 4, (uint32_t)size, 1,
					 &opts);
	void *words;

	if (fd < 0)
		return refused_map("the counter map", errno, error);
	c->size = (size + page - 1) & ~(page - 1);
	words = mmap(NULL, c->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (words == MAP_FAILED)
		return error_os(error, KS_EKERNEL, errno, "can't map the counters");
	c->words = words;
	c->geometry = *g;
	c->fd = keep_fd(&fd);
	for (uint32_t cpu = 0; cpu <= g->cpu_mask; cpu++)
		line(c, cpu, 0)[GUARD_CPU] = cpu;
	return 0;
}

void cells_close(struct cells *c)
{
	if (c->words)
		munmap(c->words, c->size);
	cleanup_close(&c->fd);
	*c = (struct cells){.fd = -1};
}

uint64_t *cells_word(const struct cells *c, uint32_t cpu, uint32_t offset)
{
	return line(c, cpu, 0) + offset / 8;
}

int64_t cells_sum(const struct cells *c, uint32_t number, int cell)
{
	uint64_t sum = 0;

	for (uint32_t cpu = 0; c->words && cpu <= c->geometry.cpu_mask; cpu++)
		sum += __atomic_load_n(&line(c, cpu, 1 + number)[cell], __ATOMIC_RELAXED);
	return (int64_t)sum;
}

// Vigna's splitmix64: numbers that are close to each other become ones that have nothing in common.
static uint64_t mixed(uint64_t v)
{
	v = (v ^ v >> 30) * 0xbf58476d1ce4e5b9;
	v = (v ^ v >> 27) * 0x94d049bb133111eb;
	return v ^ v >> 31;
}

void cells_seed(struct cells *c, uint32_t number, int cell)
{
	uint64_t time = clock_ns(CLOCK_MONOTONIC);

	for (uint32_t cpu = 0; c->words && cpu <= c->geometry.cpu_mask; cpu++)
		line(c, cpu, 1 + number)[cell] = 1 | mixed(time ^ (uint64_t)getpid() << 44 ^
							   (uint64_t)number << 20 ^ cpu);
}

void cells_switch(struct cells *c, uint32_t number, bool on)
{
	for (uint32_t cpu = 0; c->words && cpu <= c->geometry.cpu_mask; cpu++)
		__atomic_store_n(&line(c, cpu, 1 + number)[CELL_ON], on, __ATOMIC_RELEASE);
}
