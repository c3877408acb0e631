// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Constants that the kernel has as macros (O_DIRECT, AF_INET, ...), of which BTF knows nothing.
#ifndef CORE_UAPI_H
#define CORE_UAPI_H

#include "ksnoop.h"

// The value of a constant by name, which need not end in NUL; of a negative one the 64-bit two's
// complement. Its type is what C gives a hexadecimal literal of that value: int if it fits, else
// unsigned int, long, unsigned long.
bool uapi_constant(const char *name, size_t len, uint64_t *value);
// The name of the n-th of those that patterns such as O_* stand for, from 0 on, and its value; NULL
// when there are not so many.
const char *uapi_nth(uint32_t n, uint64_t *value);
// Offers all names.
struct nearest;
void uapi_offer(struct nearest *n);

#endif
