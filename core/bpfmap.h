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

#endif
