// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "order.h"

static bool is_and(const struct node *n)
{
	return n->kind == N_LOGIC && n->op == TWO('&', '&');
}

bool order_is_plain(const struct node *n)
{
	switch (n->kind) {
	case N_NUMBER:
	case N_ARG:
		return true;
	case N_BINARY:
		if ((n->op == '/' || n->op == '%') && n->b->kind != N_NUMBER)
			return false;
		return order_is_plain(n->a) && n->b->kind != N_TEXT && order_is_plain(n->b);
	case N_UNARY:
	case N_SWAP:
	case N_CONVERT:
		return order_is_plain(n->a) && n->a->type.kind == V_INT;
	case N_LOGIC:
		return order_is_plain(n->a) && order_is_plain(n->b);
	default:
		return false;
	}
}

bool order_is_lasting(const struct node *n)
{
	switch (n->kind) {
	case N_NUMBER:
		return true;
	case N_ARG:
		return n->slot != ARG_RETVAL;
	case N_BUILTIN:
		return n->builtin == B_PID || n->builtin == B_TID;
	case N_BINARY:
	case N_LOGIC:
		return order_is_lasting(n->a) && order_is_lasting(n->b);
	case N_CHOICE:
		return order_is_lasting(n->a) && order_is_lasting(n->b) && order_is_lasting(n->c);
	case N_UNARY:
	case N_SWAP:
	case N_CONVERT:
		return order_is_lasting(n->a);
	default:
		return false;
	}
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
