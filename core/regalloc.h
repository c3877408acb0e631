// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Virtual registers -> r0 to r9, by linear scan; those that do not fit live on the stack.
#ifndef CORE_REGALLOC_H
#define CORE_REGALLOC_H

#include "ir.h"

// Gives every virtual register a machine register, in *ret (an array by virtual register, in the
// IR's arena). Registers that outlive a call get r6 to r9. May rewrite the IR to spill.
// -1 with error: KS_ELIMIT when the 512 bytes of stack are not enough, KS_ENOMEM.
int regalloc(struct ir *ir, int8_t **ret, struct ks_error *error);

#endif
