// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// The ring buffer, read in place: records stay in it until the next one is asked for.
#ifndef CORE_RING_H
#define CORE_RING_H

#include "ksnoop.h"

struct ring {
	int fd;
	uint64_t *consumer; // page with our position
	uint64_t *
		producer; // page with the kernel's; behind it the kernel has the data twice in a row
	size_t size;	  // bytes of data, a power of two
	unsigned char *data; // a window on them: pages that are mapped count as our memory
	size_t from, shown;  // where it begins, and its bytes
	size_t pending;	     // bytes of the record that was given out
	int failed;	     // errno of a window that could not be had; nothing more comes then
};

// Makes the map of `bytes`, a power of two and at least a page. -1 with error.
int ring_open(struct ring *r, uint32_t bytes, struct ks_error *error);
void ring_close(struct ring *r);
// The next record, or NULL: none is ready, or the ring failed. Gives the one before back to the kernel.
const void *ring_next(struct ring *r, uint32_t *size);
// Gives the last record back as well.
void ring_release(struct ring *r);
// Up to where records have a place now, in bytes from the beginning of all.
uint64_t ring_end(const struct ring *r);
// Bytes that wait.
size_t ring_used(const struct ring *r);

#endif
