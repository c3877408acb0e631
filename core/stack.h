// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Who called: the frames of stack and ustack, a number that stands for them in a key, and caller.
#ifndef CORE_STACK_H
#define CORE_STACK_H

#include "lower.h"

// Stores stack or ustack as struct wire_stack at base + off; or goes to l->fault.
void stack_capture(struct lower *l, const struct node *n, int base, int off);
// The number of a V_STACK: equal for equal stacks, and for two that differ as good as never (64 bits
// of which each depends on all of their frames). room: bytes from base where frames may be put.
// Not the caller's to change. Or to l->fault.
int stack_number(struct lower *l, const struct node *n, int base, int room);
// The address that the traced function returns to, or to l->fault.
int stack_caller(struct lower *l);

#endif
