// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// The cheapest test first: of a predicate's parts that are joined by &&, those that only look at
// arguments and constants come before the others. They can't fail, so no part is evaluated that was
// not before.
#ifndef CORE_ORDER_H
#define CORE_ORDER_H

#include "tree.h"

// Changes the tree in place; returns its root.
struct node *order_where(struct node *n);
// Calls f for each part of a predicate that is joined by &&, in order.
void order_parts(const struct node *n, void (*f)(void *data, const struct node *part), void *data);

#endif
