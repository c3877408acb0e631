// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "fold.h"

#include "error.h"

uint64_t fold_cut(const struct value_type *t, uint64_t v)
{
	unsigned spare = t->size && t->size < 8 ? 64 - t->size * 8 : 0;

	if (t->kind != V_INT)
		return v;
	if (t->is_bool)
		return v != 0;
	return t->is_signed ? (uint64_t)((int64_t)(v << spare) >> spare) : v << spare >> spare;
}

static bool compare(uint16_t op, bool is_signed, uint64_t a, uint64_t b)
{
	int64_t sa = (int64_t)a, sb = (int64_t)b;

	switch (op) {
	case TWO('=', '='):
		return a == b;
	case TWO('!', '='):
		return a != b;
	case '<':
		return is_signed ? sa < sb : a < b;
	case '>':
		return is_signed ? sa > sb : a > b;
	case TWO('<', '='):
		return is_signed ? sa <= sb : a <= b;
	default:
		return is_signed ? sa >= sb : a >= b;
	}
}

static uint64_t divide(bool is_signed, bool rest, uint64_t a, uint64_t b)
{
	if (!is_signed)
		return rest ? a % b : a / b;
	if (b == UINT64_MAX) // INT64_MIN / -1 traps
		return rest ? 0 : -a;
	return (uint64_t)(rest ? (int64_t)a % (int64_t)b : (int64_t)a / (int64_t)b);
}

static int binary(struct node *n, struct ks_error *error)
{
	const struct value_type *t = &n->a->type; // operands have one type, but for shifts
	uint64_t a = n->a->number, b = n->b->number, v;

	switch (n->op) {
	case '+':
		v = a + b;
		break;
	case '-':
		v = a - b;
		break;
	case '*':
		v = a * b;
		break;
	case '/':
	case '%':
		if (b == 0)
			return error_at(error, KS_ETYPE, n->token.pos, n->token.len,
					"division by 0");
		v = divide(t->is_signed, n->op == '%', a, b);
		break;
	case '&':
		v = a & b;
		break;
	case '|':
		v = a | b;
		break;
	case '^':
		v = a ^ b;
		break;
	case TWO('<', '<'):
	case TWO('>', '>'):
		if (b >= t->size * 8)
			return error_at(error, KS_ETYPE, n->token.pos, n->token.len,
					"a shift past the %u bits of its type", t->size * 8);
		v = n->op == TWO('<', '<') ? a << b
		    : t->is_signed	   ? (uint64_t)((int64_t)a >> b)
					   : a >> b;
		break;
	default:
		v = compare(n->op, t->is_signed, a, b);
		break;
	}
	n->number = fold_cut(&n->type, v);
	n->kind = N_NUMBER;
	return 0;
}

static uint64_t swap(uint32_t size, uint64_t v)
{
	return size == 2   ? __builtin_bswap16((uint16_t)v)
	       : size == 4 ? __builtin_bswap32((uint32_t)v)
			   : __builtin_bswap64(v);
}

static uint64_t unary(uint16_t op, uint64_t v)
{
	return op == '-' ? -v : op == '~' ? ~v : op == '!' ? !v : v;
}

// n becomes what it chose, and stays where it is written.
static void choose(struct node *n)
{
	struct node chosen = *(n->a->number ? n->b : n->c);

	chosen.pos = n->pos;
	chosen.len = n->len;
	chosen.next = n->next;
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
		n->number = fold_cut(&n->type, n->a->number);
		n->kind = N_NUMBER;
	} else if (n->kind == N_UNARY && a) {
		n->number = fold_cut(&n->type, unary(n->op, n->a->number));
		n->kind = N_NUMBER;
	} else if (n->kind == N_SWAP && a) {
		n->number = fold_cut(&n->type, swap(n->type.size, n->a->number));
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
