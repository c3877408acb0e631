// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Captures of whole structs, unions and arrays, and of slices: bytes as they lie in memory, read
// straight into the record.
#ifndef CORE_VALUE_H
#define CORE_VALUE_H

#include "lower.h"

// Stores a V_STRUCT, V_ARRAY, V_CHARS or V_SLICE at base + off; what can't be read goes to l->fault.
void value_capture(struct lower *l, const struct node *n, int base, int off);

#endif
