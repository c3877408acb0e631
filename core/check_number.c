// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Numbers: C's conversions (C11 6.3.1), its operators on them, and what they count.
#include "checker.h"

#include "error.h"
#include "fold.h"

struct node *check_literal(struct node *n)
{
	bool hex = n->token.n > 1 && n->token.p[0] == '0'; // octal too

	n->number = n->token.number;
	n->type = n->number <= INT32_MAX && n->token.kind == T_NUMBER ? type_int : type_long;
	if (hex && n->number > INT32_MAX && n->number <= UINT32_MAX)
		n->type = type_unsigned;
	if (n->number > INT64_MAX)
		n->type = type_address;
	if (n->token.kind == T_DURATION)
		n->type.unit = KS_DURATION;
	return n;
}

struct node *check_convert(struct checker *c, struct node *n, const struct value_type *t)
{
	struct node *to;

	if (!n || (n->type.kind == t->kind && n->type.size == t->size &&
		   n->type.is_signed == t->is_signed && !n->type.is_bool && !t->is_bool &&
		   !n->bits && t->kind == V_INT))
		return n;
	to = check_make(c, N_CONVERT, n, n, NULL, t);
	return to && fold(to, c->error) == 0 ? to : NULL;
}

// C's integer promotion (C11 6.3.1.1): what fits an int becomes one.
struct node *check_promote(struct checker *c, struct node *n)
{
	bool narrow = n->type.size < 4 || n->type.is_bool || (n->bits && n->bits < 32);

	return n->type.kind == V_INT && narrow ? check_convert(c, n, &type_int) : n;
}

// The usual arithmetic conversions (C11 6.3.1.8) on both operands. Needs: both promoted.
int check_balance(struct checker *c, struct node **a, struct node **b)
{
	const struct value_type *x = &(*a)->type, *y = &(*b)->type;
	struct value_type t = x->size > y->size || (x->size == y->size && !x->is_signed) ? *x : *y;

	t.is_bool = t.is_enum = false;
	t.unit = KS_PLAIN;
	*a = check_convert(c, *a, &t);
	*b = check_convert(c, *b, &t);
	return *a && *b ? 0 : -1;
}

bool check_is_zero(const struct node *n)
{
	return n->kind == N_NUMBER && n->type.kind == V_INT && n->number == 0;
}

struct node *check_truth(struct checker *c, struct node *n)
{
	struct node *zero;

	if (n->kind == N_LOGIC || n->kind == N_MATCH || (n->kind == N_UNARY && n->op == '!') ||
	    (n->kind == N_BINARY && check_compares(n->op)))
		return n;
	zero = check_constant(c, n, 0, &type_int);
	return zero ? check_make_operation(c, TWO('!', '='), n, n, zero) : NULL;
}

struct node *check_unary(struct checker *c, struct node *n)
{
	if (n->op == '!') {
		if (!check_is_scalar(n->a))
			return check_error(c, n->a,
					   "! needs a number or a pointer, and this is %s");
		n->type = type_int;
		return fold(n, c->error) < 0 ? NULL : n;
	}
	if (n->a->type.kind != V_INT) {
		check_error(c, n->a, "this operator needs a number, and this is %s");
		if (n->op == '~' && n->a->kind == N_TEXT)
			error_hint(c->error, "a pattern is matched by x ~ 'a*'");
		return NULL;
	}
	n->type.unit = n->op == '~' ? KS_PLAIN : n->a->type.unit;
	n->a = check_promote(c, n->a);
	if (!n->a)
		return NULL;
	n->type = (struct value_type){.kind = V_INT,
				      .unit = n->type.unit == KS_DURATION ? KS_DURATION : KS_PLAIN,
				      .is_signed = n->a->type.is_signed,
				      .size = n->a->type.size,
				      .id = n->a->type.id,
				      .spell = n->a->type.spell};
	return fold(n, c->error) < 0 ? NULL : n;
}

// What a result counts: durations add up and scale, two moments are a duration apart.
static uint8_t unit_of(uint16_t op, uint8_t a, uint8_t b)
{
	bool a_dur = a == KS_DURATION, b_dur = b == KS_DURATION;

	switch (op) {
	case '+':
		return a_dur && b_dur					    ? KS_DURATION
		       : (a == KS_TIME && b_dur) || (a_dur && b == KS_TIME) ? KS_TIME
									    : KS_PLAIN;
	case '-':
		return (a_dur && b_dur) || (a == KS_TIME && b == KS_TIME) ? KS_DURATION
		       : a == KS_TIME && b_dur				  ? KS_TIME
									  : KS_PLAIN;
	case '*':
		return a_dur != b_dur ? KS_DURATION : KS_PLAIN;
	case '/':
		return a_dur && !b_dur ? KS_DURATION : KS_PLAIN;
	case '%':
		return a_dur ? KS_DURATION : KS_PLAIN;
	default:
		return KS_PLAIN;
	}
}

// A duration beside a number that counts who knows what is a mistake more often than not.
static int comparable(struct checker *c, const struct node *n)
{
	bool a = n->a->type.unit == KS_DURATION, b = n->b->type.unit == KS_DURATION;
	const struct node *other = a ? n->b : n->a;

	if (a == b || other->type.unit == KS_TIME || check_is_zero(other))
		return 0;
	error_at(c->error, KS_ETYPE, n->pos, n->len,
		 "a duration is compared with a number that may count anything");
	error_hint(c->error, "ns(x), us(x), ms(x), jiffies(x) say what x counts");
	return -1;
}

// Undefined in C, and known now.
static int undefined(struct checker *c, const struct node *n, bool shift)
{
	bool divides = n->op == '/' || n->op == '%';

	if (n->b->kind != N_NUMBER ||
	    !((shift && n->b->number >= n->a->type.size * 8) || (divides && n->b->number == 0)))
		return 0;
	return error_at(c->error, KS_ETYPE, n->pos, n->len,
			shift ? "a shift past the %u bits of its type" : "division by 0",
			n->a->type.size * 8);
}

struct node *check_numbers(struct checker *c, struct node *n)
{
	bool shift = n->op == TWO('<', '<') || n->op == TWO('>', '>');
	uint8_t unit;

	if (n->a->type.kind != V_INT || n->b->type.kind != V_INT)
		return check_error(c, n->a->type.kind == V_INT ? n->b : n->a,
				   "this operator needs numbers, and this is %s");
	if (check_compares(n->op) && comparable(c, n) < 0)
		return NULL;
	unit = unit_of(n->op, n->a->type.unit, n->b->type.unit);
	n->a = check_promote(c, n->a);
	n->b = n->a ? check_promote(c, n->b) : NULL;
	if (!n->b || (!shift && check_balance(c, &n->a, &n->b) < 0) || undefined(c, n, shift) < 0)
		return NULL;
	n->type = check_compares(n->op) ? type_int : n->a->type;
	n->type.unit = unit;
	n->type.is_enum = false; // what is computed has no name
	return fold(n, c->error) < 0 ? NULL : n;
}
