// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// A map that a trace's programs share: wanted when the script is read, made when the trace starts.
#ifndef CORE_BPFMAP_H
#define CORE_BPFMAP_H

#include "ksnoop.h"

#define MAX_MAPS 64 // of a trace, besides the ring and the counters

struct bpfmap {
	const char *name; // as listings and bpftool show it: at most 15 characters; borrowed
	uint32_t type;	  // enum bpf_map_type; of task storage key and value get their BTF here
	uint32_t key_size, value_size, max_entries;
	uint32_t flags;
	int fd; // -1: not made
};

// Makes it. -1 with error.
int bpfmap_open(struct bpfmap *m, struct ks_error *error);
void bpfmap_close(struct bpfmap *m);

// All that was in a map at some time while it was read; what nobody writes to meanwhile is exact.
struct bpfmap_rows {
	uint8_t *keys;	 // count of them, m->key_size bytes each
	uint8_t *values; // of each as many as value_bytes
	uint32_t count, room;
	uint32_t
		value_bytes; // of one: in a map with a value for each CPU all of them, a multiple of 8 each
	uint32_t cpus; // values in it
};

// Reads a hash, one value a CPU or not, into rows that bpfmap_rows_fini frees. -1 with error.
int bpfmap_read(const struct bpfmap *m, struct bpfmap_rows *ret, struct ks_error *error);
void bpfmap_rows_fini(struct bpfmap_rows *r);
// Takes out these keys, one behind the other. -1 with error.
int bpfmap_delete(const struct bpfmap *m, const void *keys, uint32_t count, struct ks_error *error);

#endif
