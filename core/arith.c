// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "arith.h"

uint64_t arith_cut(const struct value_type *t, uint64_t v)
{
	unsigned spare = t->size && t->size < 8 ? 64 - t->size * 8 : 0;

	if (t->kind != V_INT)
		return v;
	if (t->is_bool)
		return v != 0;
	return t->is_signed ? (uint64_t)((int64_t)(v << spare) >> spare) : v << spare >> spare;
}

uint64_t arith_unary(uint16_t op, const struct value_type *t, uint64_t a)
{
	switch (op) {
	case '-':
		return arith_cut(t, -a);
	case '~':
		return arith_cut(t, ~a);
	case '!':
		return !a;
	default:
		return a;
	}
}

uint64_t arith_swap(uint32_t size, uint64_t v)
{
	return __builtin_bswap64(v) >> (64 - size * 8);
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

bool arith_binary(uint16_t op, const struct value_type *t, uint64_t a, uint64_t b, uint64_t *v)
{
	bool is_signed = t->kind == V_INT && t->is_signed;

	switch (op) {
	case '+':
		*v = a + b;
		break;
	case '-':
		*v = a - b;
		break;
	case '*':
		*v = a * b;
		break;
	case '/':
	case '%':
		if (b == 0)
			return false;
		*v = divide(is_signed, op == '%', a, b);
		break;
	case '&':
		*v = a & b;
		break;
	case '|':
		*v = a | b;
		break;
	case '^':
		*v = a ^ b;
		break;
	case TWO('<', '<'):
	case TWO('>', '>'):
		b %= t->size * 8;
		*v = op == TWO('<', '<') ? a << b
		     : is_signed	 ? (uint64_t)((int64_t)a >> b)
					 : a >> b;
		break;
	default:
		*v = compare(op, is_signed, a, b);
		return true;
	}
	*v = arith_cut(t, *v);
	return true;
}
