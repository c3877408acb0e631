// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "order.h"

static bool is_and(const struct node *n)
{
	return n->kind == N_LOGIC && n->op == TWO('&', '&');
}

// Does it cost next to nothing, and is its value always known?
static bool is_plain(const struct node *n)
{
	switch (n->kind) {
	case N_NUMBER:
	case N_ARG:
		return true;
	case N_BINARY:
		if ((n->op == '/' || n->op == '%') && n->b->kind != N_NUMBER)
			return false;
		return is_plain(n->a) && n->b->kind != N_TEXT && is_plain(n->b);
	case N_UNARY:
	case N_SWAP:
	case N_CONVERT:
		return is_plain(n->a) && n->a->type.kind == V_INT;
	case N_LOGIC:
		return is_plain(n->a) && is_plain(n->b);
	default:
		return false;
	}
}

// (a && b) && c: with plain parts only in front of others, as far as c may still move.
struct node *order_where(struct node *n)
{
	struct node *a, *b;

	if (!is_and(n))
		return n;
	a = n->a = order_where(n->a);
	b = n->b = order_where(n->b);
	if (!is_plain(b) || is_plain(a))
		return n;
	if (!is_and(a)) {
		n->a = b;
		n->b = a;
		return n;
	}
	// a is (p && q) with p plain or not: put b between what is plain in it and what is not
	n->a = a->a;
	n->b = b;
	a->a = order_where(n);
	return a;
}

void order_parts(const struct node *n, void (*f)(void *data, const struct node *part), void *data)
{
	if (is_and(n)) {
		order_parts(n->a, f, data);
		order_parts(n->b, f, data);
	} else {
		f(data, n);
	}
}
