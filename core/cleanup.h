// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Scope guards: what a block opens is closed when the block is left, on every path.
#ifndef CORE_CLEANUP_H
#define CORE_CLEANUP_H

#include <stdlib.h>
#include <unistd.h>

static inline void cleanup_close(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void cleanup_free(void *p)
{
	free(*(void **)p);
}

#define KS_CLOSE __attribute__((cleanup(cleanup_close)))
#define KS_FREE	 __attribute__((cleanup(cleanup_free)))

// Takes the descriptor out of the guard's hands.
static inline int keep_fd(int *fd)
{
	int kept = *fd;

	*fd = -1;
	return kept;
}

#endif
