// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// What task storage does for a value of some size: a kernel may take the map and give no value, and
// it gives every task one, however little memory is left.
#ifndef CORE_STORAGE_H
#define CORE_STORAGE_H

#include <stdbool.h>
#include <stdint.h>

// Does the kernel give a task so many bytes? It is tried, with our own. Needs privileges to say yes.
bool storage_takes(uint32_t bytes);
// May all tasks that this machine can have at once take so many bytes each? Not when that is more than
// half of the memory that is available. *promised: the bytes of what was allowed before, to which this
// is added. Yes where the kernel does not tell.
bool storage_affordable(uint32_t bytes, uint64_t *promised);

#endif
