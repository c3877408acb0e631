// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// C's arithmetic on values that are known: what fold computes beforehand and eval at its time.
//
// A value is 64 bits: those of its type, sign- or zero-extended by it. What C leaves undefined is
// written down in doc/ksnoop-script.7.scd, "Arithmetic".
#ifndef CORE_ARITH_H
#define CORE_ARITH_H

#include "tree.h"

// Cuts a value to its type: what a variable of that type would hold. To _Bool: is it not 0?
uint64_t arith_cut(const struct value_type *t, uint64_t v);
// - ~ + ! of a value of type t.
uint64_t arith_unary(uint16_t op, const struct value_type *t, uint64_t a);
// The `size` bytes of v, 2, 4 or 8, the other way round.
uint64_t arith_swap(uint32_t size, uint64_t v);
// Both operands of type t, but for a shift's count. False: a division by 0.
bool arith_binary(uint16_t op, const struct value_type *t, uint64_t a, uint64_t b, uint64_t *v);

#endif
