// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// The parts of a predicate that are joined by &&, and which of them are the cheapest.
#ifndef CORE_ORDER_H
#define CORE_ORDER_H

#include "tree.h"

// Does it only look at arguments and constants? It costs next to nothing, and can't fail, so that it
// may be tested before parts that stand in front of it.
bool order_is_plain(const struct node *n);
// Is it the same when a call begins and when it ends? What was passed by value, the task.
bool order_is_lasting(const struct node *n);
// Calls f for each part of a predicate that is joined by &&, in order.
void order_parts(const struct node *n, void (*f)(void *data, const struct node *part), void *data);

#endif
