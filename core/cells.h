// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// The counter map, as user space sees it: mmapped, so that counting costs no system call.
#ifndef CORE_CELLS_H
#define CORE_CELLS_H

#include "ksnoop.h"
#include "shape.h"

struct cells {
	int fd;
	uint64_t *words; // the mapped value
	size_t size;
	struct shape_geometry geometry;
};

// How the map must lie for so many lines on this machine. -1 with error: KS_EOS.
int cells_geometry(uint32_t lines, struct shape_geometry *ret, struct ks_error *error);
// Makes the map, all zero but for the CPU numbers. -1 with error.
int cells_open(struct cells *c, const struct shape_geometry *g, struct ks_error *error);
void cells_close(struct cells *c);
// One cell of a line (CELL_..., bpf/wire.h), summed over all CPUs.
int64_t cells_sum(const struct cells *c, uint32_t number, int cell);
// A word of the block of one CPU, `offset` bytes from its start.
uint64_t *cells_word(const struct cells *c, uint32_t cpu, uint32_t offset);
// Gives a generator of random numbers in a line's word another beginning on each CPU, and in each
// run: an odd number.
void cells_seed(struct cells *c, uint32_t number, int cell);
// Lets the program of a probe with this line count, or not.
void cells_switch(struct cells *c, uint32_t number, bool on);

#endif
