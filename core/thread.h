// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Threads beside the one that works: signals are that one's, and what they call is little. The usual stack of
// 8 MB may be given a huge page at its first byte, 2 MB of memory.
#ifndef CORE_THREAD_H
#define CORE_THREAD_H

#include <pthread.h>

// 0, or an error number. The caller joins or detaches it.
int thread_start(pthread_t *id, void *(*run)(void *), void *data);

#endif
