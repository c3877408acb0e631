// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// How many columns of a terminal characters take.
#ifndef CORE_COLUMNS_H
#define CORE_COLUMNS_H

#include <stddef.h>
#include <stdint.h>

// 0 (it stands in the one before), 1 or 2. Of control characters, which must not stand in a text, 1.
unsigned columns_of(uint32_t character);
// How many bytes of UTF-8 fit into so many columns, with what stands in the last of them; *columns:
// how many these take. A byte that is no UTF-8 takes 1, a colour none.
size_t columns_fit(const char *bytes, size_t n, size_t most, size_t *columns);

#endif
