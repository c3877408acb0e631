// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Literals that mean more than their text: an address (10.0.0.0/8, 'fe80::1'), a device ('8:1'), and
// whatever else a type's formatter reads. Their comparison becomes one of numbers.
#include "checker.h"

#include <string.h>
#include <sys/socket.h>

#include "error.h"
#include "fold.h"
#include "formatter.h"
#include "type.h"

#define LITERAL_MAX 16 // bytes of a value that a literal gives

static const struct value_type type_short = {.kind = V_INT, .size = 2, .spell = "unsigned short"};
static const struct value_type type_byte = {.kind = V_INT, .size = 1, .spell = "unsigned char"};

// What a literal stands for: the bits of `bytes` that `mask` has.
struct literal {
	uint8_t bytes[LITERAL_MAX], mask[LITERAL_MAX];
};

#define MEMBER 64

// The struct's own name and the member's of a N_MEMBER. NULL: there is none, or it is too long for any
// that we know.
static const char *member_of(const struct btf *btf, const struct node *n, char *member)
{
	if (n->kind != N_MEMBER || n->token.n >= MEMBER)
		return NULL;
	memcpy(member, n->token.p, n->token.n);
	member[n->token.n] = '\0';
	return btf_name(btf, type_peel(btf, n->arrow ? n->a->type.to : n->a->type.id));
}

bool check_holds_text(const struct btf *btf, const struct node *n)
{
	char member[MEMBER];
	const char *of = member_of(btf, n, member);

	return !n->type.id || formatter_holds_text(btf, n->type.to, of, of ? member : NULL);
}

const struct formatter *check_formatter(const struct btf *btf, const struct node *n)
{
	char member[MEMBER];
	const char *of;

	if (n->kind == N_STASH)
		n = n->entries[0];
	// What is computed has a type, but not its meaning: dev >> 20 is no device.
	if ((n->kind != N_ARG && n->kind != N_MEMBER && n->kind != N_DEREF && n->kind != N_INDEX &&
	     n->kind != N_CONVERT) ||
	    !n->type.id || n->bits)
		return NULL;
	of = member_of(btf, n, member);
	return of ? formatter_of_member(btf, n->type.id, of, member)
		  : formatter_of(btf, n->type.id);
}

static bool is_mac(const struct node *n, const struct node *text)
{
	return n->type.kind == V_CHARS && n->type.size == 6 && text->token.n > 6 &&
	       memchr(text->token.p, ':', text->token.n);
}

// Who reads the text, for a value like n; NULL: it is compared as what it is.
static const struct formatter *reader(const struct checker *c, const struct node *n,
				      const struct node *text)
{
	const struct formatter *f;

	if (n->type.kind == V_ADDR)
		return formatter_address(memchr(text->token.p, ':', text->token.n) != NULL);
	if (is_mac(n, text))
		return formatter_mac();
	f = check_formatter(c->scope->btf, n);
	return f && f->parse ? f : NULL;
}

bool check_has_literals(const struct checker *c, const struct node *n, const struct node *text)
{
	return n->type.kind == V_ADDR ||
	       (text->kind == N_TEXT && (text->token.kind == T_ADDRESS || reader(c, n, text)));
}

// "/8" behind an address: its number, and *len without it. -1 with error, -2: there is none.
static int prefix(struct checker *c, const struct node *text, uint32_t bits, size_t *len)
{
	const char *p = text->token.p, *slash = memchr(p, '/', text->token.n), *end = p + *len;
	uint32_t n = 0;
	const char *s;

	if (!slash)
		return -2;
	*len = (size_t)(slash - p);
	for (s = slash + 1; s < end && *s >= '0' && *s <= '9' && n <= bits; s++)
		n = n * 10 + (uint32_t)(*s - '0');
	if (s == end && s > slash + 1 && n <= bits)
		return (int)n;
	return error_at(c->error, KS_ESYNTAX, text->pos, text->len,
			"behind / stands how many bits of the address count, 0 to %u", bits);
}

// Fills in the mask. -1 when bits are set that it leaves out.
static int cut(struct literal *l, uint32_t size, int bits)
{
	for (uint32_t i = 0; i < size; i++) {
		int here = bits < 0 ? 8 : bits - (int)i * 8;

		l->mask[i] = (uint8_t)(here >= 8 ? 0xff : here <= 0 ? 0 : 0xff << (8 - here));
		if (l->bytes[i] & ~l->mask[i])
			return -1;
	}
	return 0;
}

static int read_literal(struct checker *c, const struct formatter *f, const struct node *n,
			const struct node *text, uint32_t size, struct literal *ret)
{
	const struct formatter_context context = {.btf = c->scope->btf, .type_id = n->type.id};
	size_t len = text->token.n;
	int bits = f->is_address ? prefix(c, text, size * 8, &len) : -2;

	*ret = (struct literal){{0}, {0}};
	if (bits == -1)
		return -1;
	if (f->parse(text->token.p, len, &context, ret->bytes, size, c->error) < 0) {
		c->error->pos = text->pos;
		c->error->len = text->len;
		return -1;
	}
	if (cut(ret, size, bits) == 0)
		return 0;
	error_at(c->error, KS_ESYNTAX, text->pos, text->len,
		 "%.*s has bits set that do not count, behind the first %d", (int)text->token.n,
		 text->token.p, bits);
	error_hint(c->error, "without /%d it is that one address", bits);
	return -1;
}

// The integer of a size at some bytes of x: x itself, or a part of what lies in memory.
static struct node *part(struct checker *c, struct node *x, uint32_t at, uint32_t size)
{
	const struct value_type *t = size == 8	 ? &type_address
				     : size == 4 ? &type_unsigned
				     : size == 2 ? &type_short
						 : &type_byte;
	struct node *m;

	if (x->type.kind == V_INT)
		return check_convert(c, x, t);
	m = check_make(c, N_MEMBER, x, x, NULL, t);
	if (m)
		m->bit_offset = at * 8;
	return m;
}

// (part & mask) == bytes, or != for op.
static struct node *compare(struct checker *c, const struct node *n, struct node *x, uint16_t op,
			    const struct literal *l, uint32_t at, uint32_t size)
{
	uint64_t value = 0, mask = 0, all = size < 8 ? (1ull << size * 8) - 1 : ~0ull;
	struct node *p;

	memcpy(&value, l->bytes + at, size);
	memcpy(&mask, l->mask + at, size);
	if (!mask)
		return check_constant(c, n, op == TWO('=', '='), &type_int);
	p = part(c, x, at, size);
	if (!p || check_weight(c, n, 3) < 0)
		return NULL;
	if (mask != all)
		p = check_make_operation(c, '&', n, p, check_constant(c, n, mask, &p->type));
	return p ? check_make_operation(c, op, n, p, check_constant(c, n, value, &p->type)) : NULL;
}

// All of x as the literal has it, in parts of as many bytes as can be compared at once.
static struct node *equal(struct checker *c, const struct node *n, struct node *x,
			  const struct literal *l, uint32_t size, struct node *sum)
{
	for (uint32_t at = 0, step; at < size; at += step) {
		struct node *one;

		for (step = 8; step > size - at; step /= 2)
			;
		one = compare(c, n, x, TWO('=', '='), l, at, step);
		if (!one)
			return NULL;
		sum = sum ? check_logic(c, TWO('&', '&'), n, sum, one) : one;
		if (!sum)
			return NULL;
	}
	return sum;
}

// An address in n, an N_INET: its family, and what lies where that family's addresses are.
static struct node *inet(struct checker *c, const struct node *n, struct node *x, bool is_v6,
			 const struct literal *l)
{
	struct node *family = check_constant(c, n, is_v6 ? AF_INET6 : AF_INET, &type_int);

	family = family ? check_make_operation(c, TWO('=', '='), n, x->a, family) : NULL;
	return family && check_weight(c, n, 1) == 0
		       ? equal(c, n, is_v6 ? x->c : x->b, l, is_v6 ? 16 : 4, family)
		       : NULL;
}

// What lies at a place: as many bytes of it as can be compared at once.
static struct node *alike(struct checker *c, const struct node *n, struct node *a, struct node *b,
			  uint32_t at, uint32_t size)
{
	a = part(c, a, at, size);
	b = a ? part(c, b, at, size) : NULL;
	return b && check_weight(c, n, 1) == 0 ? check_make_operation(c, TWO('=', '='), n, a, b)
					       : NULL;
}

// family != `other` || same, with which an address is only read if it is of that family.
static struct node *unless(struct checker *c, const struct node *n, uint32_t other,
			   struct node *same)
{
	struct node *number = same ? check_constant(c, n, other, &type_int) : NULL;
	struct node *differs = number ? check_make_operation(c, TWO('!', '='), n, n->a->a, number)
				      : NULL;

	return differs && check_weight(c, n, 2) == 0
		       ? check_logic(c, TWO('|', '|'), n, differs, same)
		       : NULL;
}

// Two addresses, each an N_INET, are equal when what a capture would copy of them is: the family,
// and of one that has addresses the address.
static struct node *addresses(struct checker *c, const struct node *n)
{
	const struct node *a = n->a, *b = n->b;
	struct node *family = check_make_operation(c, TWO('=', '='), n, a->a, b->a);
	struct node *v4 = unless(c, n, AF_INET, alike(c, n, a->b, b->b, 0, 4));
	struct node *front = v4 ? alike(c, n, a->c, b->c, 0, 8) : NULL;
	struct node *back = front ? alike(c, n, a->c, b->c, 8, 8) : NULL;
	struct node *v6 = back ? check_logic(c, TWO('&', '&'), n, front, back) : NULL;

	v6 = unless(c, n, AF_INET6, v6);
	v4 = family && v6 ? check_logic(c, TWO('&', '&'), n, v4, v6) : NULL;
	return v4 ? check_logic(c, TWO('&', '&'), n, family, v4) : NULL;
}

static struct node *negate(struct checker *c, const struct node *n, struct node *x)
{
	struct node *not = x ? check_make(c, N_UNARY, n, x, NULL, &type_int) : NULL;

	if (not )
		not ->op = '!';
	return not &&fold(not, c->error) == 0 ? not : NULL;
}

static struct node *no_literal(struct checker *c, const struct node *n)
{
	bool address = n->a->type.kind == V_ADDR;

	if (n->b->kind == N_TEXT && n->b->token.kind == T_ADDRESS) {
		check_error(c, n->a, "only an address is compared with an address, and this is %s");
		if (n->a->type.kind == V_INT && n->a->type.size == 4)
			error_hint(c->error, "a number that holds one is (__be32)x");
		else if (check_is_text(c, n->a))
			error_hint(c->error, "a text stands in quotes: '%.*s'", (int)n->b->token.n,
				   n->b->token.p);
		return NULL;
	}
	error_at(c->error, KS_ETYPE, n->pos, n->len,
		 address ? "an address is compared by == and != with an address"
			 : "this can't be compared");
	error_hint(c->error, "as in == 10.0.0.0/8, == 'fe80::/10' and laddr(sk) == raddr(sk)");
	return NULL;
}

struct node *check_literals(struct checker *c, struct node *n)
{
	const struct formatter *f;
	struct literal l;
	struct node *x, *result;
	uint32_t size;
	bool differs = n->op == TWO('!', '=');

	if (n->a->type.kind == V_ADDR && n->b->type.kind == V_ADDR &&
	    (differs || n->op == TWO('=', '='))) {
		result = addresses(c, n);
		return differs ? negate(c, n, result) : result;
	}
	if (n->a->kind == N_TEXT || n->b->type.kind == V_ADDR) { // the literal ends up in b
		x = n->a;
		n->a = n->b;
		n->b = x;
	}
	f = n->b->kind == N_TEXT ? reader(c, n->a, n->b) : NULL;
	if (!f || n->a->kind == N_TEXT)
		return no_literal(c, n);
	if (!differs && n->op != TWO('=', '=')) {
		error_at(c->error, KS_ETYPE, n->token.pos, n->token.len,
			 "'%.*s' can only be compared with == and !=", (int)n->b->token.n,
			 n->b->token.p);
		return NULL;
	}
	x = n->a;
	if (x->kind == N_STASH && x->type.kind != V_INT) {
		check_error(c, x,
			    "entry() keeps this %s as a whole, whose parts can't be looked at");
		error_hint(c->error, "compare it then: entry(x == y)");
		return NULL;
	}
	size = x->type.kind == V_ADDR ? f == formatter_address(true) ? 16 : 4 : x->type.size;
	if (size > LITERAL_MAX || read_literal(c, f, x, n->b, size, &l) < 0)
		return size > LITERAL_MAX ? no_literal(c, n) : NULL;
	if (x->type.kind == V_INT)
		return compare(c, n, x, n->op, &l, 0, size);
	result = x->type.kind == V_ADDR ? inet(c, n, x, size == 16, &l)
					: equal(c, n, x, &l, size, NULL);
	return differs ? negate(c, n, result) : result;
}
