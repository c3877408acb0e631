// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// What task storage does for a value of some size: a kernel may take the map and give no value.
#ifndef CORE_STORAGE_H
#define CORE_STORAGE_H

#include <stdbool.h>
#include <stdint.h>

// Does the kernel give a task so many bytes? It is tried, with our own. Needs privileges to say yes.
bool storage_takes(uint32_t bytes);

#endif
