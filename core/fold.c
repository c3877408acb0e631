// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "fold.h"

#include "arith.h"
#include "error.h"

static int binary(struct node *n, struct ks_error *error)
{
	const struct value_type *t = &n->a->type; // operands have one type, but for shifts
	bool shift = n->op == TWO('<', '<') || n->op == TWO('>', '>');

	if (shift && n->b->number >= t->size * 8)
		return error_at(error, KS_ETYPE, n->token.pos, n->token.len,
				"a shift past the %u bits of its type", t->size * 8);
	if (!arith_binary(n->op, t, n->a->number, n->b->number, &n->number))
		return error_at(error, KS_ETYPE, n->token.pos, n->token.len, "division by 0");
	n->kind = N_NUMBER;
	return 0;
}

// n becomes what it chose, and stays where it is written.
static void choose(struct node *n)
{
	struct node chosen = *(n->a->number ? n->b : n->c);

	chosen.pos = n->pos;
	chosen.len = n->len;
	chosen.next = n->next;
	chosen.type.unit = n->type.unit;
	*n = chosen;
}

int fold(struct node *n, struct ks_error *error)
{
	bool a = n->a && n->a->kind == N_NUMBER, b = n->b && n->b->kind == N_NUMBER;

	if (n->kind == N_CHOICE && a) {
		choose(n);
		return 0;
	}
	if (n->kind == N_BINARY && a && b) {
		if (binary(n, error) < 0)
			return -1;
	} else if (n->kind == N_CONVERT && a) {
		n->number = arith_cut(&n->type, n->a->number);
		n->kind = N_NUMBER;
	} else if (n->kind == N_UNARY && a) {
		n->number = arith_unary(n->op, &n->type, n->a->number);
		n->kind = N_NUMBER;
	} else if (n->kind == N_SWAP && a) {
		n->number = arith_swap(n->type.size, n->a->number);
		n->kind = N_NUMBER;
	} else if (n->kind == N_LOGIC && a &&
		   (b || (n->op == TWO('|', '|')) == (n->a->number != 0))) {
		// Of 0 && x and 1 || x nothing is left; 1 && x and 0 || x are for check to simplify.
		n->number = n->a->number ? n->op == TWO('|', '|') || n->b->number != 0
					 : n->op == TWO('|', '|') && n->b->number != 0;
		n->kind = N_NUMBER;
	}
	if (n->kind == N_NUMBER)
		n->a = n->b = NULL;
	return 0;
}
