// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// What lies in memory: members, elements, and the pointers that lead there.
#include "checker.h"

#include "error.h"
#include "fold.h"
#include "nearest.h"
#include "type.h"

bool check_is_array(const struct node *n)
{
	return n->type.kind == V_ARRAY || n->type.kind == V_CHARS;
}

bool check_in_memory(const struct node *n)
{
	while ((n->kind == N_MEMBER && !n->arrow) || (n->kind == N_INDEX && check_is_array(n->a)))
		n = n->a;
	return n->kind == N_MEMBER || n->kind == N_DEREF || n->kind == N_INDEX;
}

// Does n lie in user memory? Its own type tells only for what is no pointer.
static bool in_user_memory(const struct node *n)
{
	while ((n->kind == N_MEMBER && !n->arrow) || (n->kind == N_INDEX && check_is_array(n->a)))
		n = n->a;
	return n->a && n->a->type.is_user;
}

int check_pointer_to(struct checker *c, uint32_t to, bool is_user, struct value_type *ret)
{
	const struct btf *b = c->scope->btf;
	uint32_t kind = btf_kind(type_peeled(b, to));
	bool nested = kind == BTF_KIND_ARRAY || kind == BTF_KIND_FUNC_PROTO;
	char text[160];
	struct buf out = buf_over(text, sizeof(text));
	size_t len;

	*ret = (struct value_type){.kind = V_PTR, .size = 8, .to = to, .is_user = is_user};
	if (kind == BTF_KIND_FUNC_PROTO)
		ret->unit = KS_SYMBOL;
	type_declare(b, to, nested ? "(*)" : is_user ? "__user *" : "*", &out);
	len = buf_end(&out);
	ret->spell = arena_copy(c->arena, text, len < sizeof(text) ? len : sizeof(text) - 1);
	return ret->spell ? 0 : error_nomem(c->error);
}

// The type of what lies where a pointer or an array of `to` leads; is_user: in user memory.
static bool found_there(const struct checker *c, uint32_t to, bool is_user, struct value_type *ret)
{
	if (!scope_value_type(c->scope->btf, to, ret) || ret->kind == V_VOID)
		return false;
	// What is embedded in user memory is user memory; a pointer found there leads to more of it.
	ret->is_user = ret->is_user || is_user;
	return true;
}

// May this pointer be followed at all?
static int follow(struct checker *c, const struct node *p)
{
	if (!p->type.id || !type_tagged(c->scope->btf, p->type.id, "percpu"))
		return 0;
	check_error(c, p, "%s is a per-CPU pointer, which can't be followed");
	return -1;
}

// Element i of an array in memory, or i elements behind a pointer.
static struct node *element(struct checker *c, const struct node *at, struct node *a,
			    struct node *i)
{
	struct node *n = check_make(c, N_INDEX, at, a, check_convert(c, i, &type_long), &type_int);

	if (!n || !n->b)
		return NULL;
	if (!found_there(c, a->type.to, a->type.is_user, &n->type))
		return check_error(c, a, "what is in %s can't be read");
	return n;
}

static struct node *first_element(struct checker *c, const struct node *at, struct node *a)
{
	struct node *zero = check_constant(c, at, 0, &type_long);

	return zero ? element(c, at, a, zero) : NULL;
}

struct node *check_decay(struct checker *c, struct node *n)
{
	struct value_type t;

	if (!n || !check_is_array(n) || !check_in_memory(n))
		return n;
	return check_pointer_to(c, n->type.to, in_user_memory(n), &t) < 0
		       ? NULL
		       : check_make(c, N_ADDRESS, n, n, NULL, &t);
}

static struct node *no_member(struct checker *c, struct node *n, uint32_t id)
{
	struct value_type t = {.id = id};
	struct nearest near;
	char type[96];

	check_spell(c, &t, type, sizeof(type));
	error_at(c->error, KS_ENAME, n->token.pos, n->token.len, "%s has no member '%.*s'", type,
		 (int)n->token.n, n->token.p);
	nearest_init(&near, n->token.p, n->token.n);
	type_offer_members(c->scope->btf, id, &near);
	nearest_hint(&near, c->error);
	return NULL;
}

static struct node *no_struct(struct checker *c, const struct node *n)
{
	const struct node *a = n->a;

	check_error(c, a,
		    n->arrow ? "-> needs a pointer to a struct, and this is %s"
			     : ". needs a struct, and this is %s");
	if (a->type.kind == V_PTR && !n->arrow)
		error_hint(c->error, "members behind a pointer are read with ->");
	else if (a->type.kind == V_STRUCT)
		error_hint(c->error, "members of a struct itself are read with .");
	else if (check_is_scalar(a) && (a->type.kind == V_INT ? a->type.size == 8 : !a->type.to))
		error_hint(c->error, "a cast says what it points to: ((struct x *)y)->%.*s",
			   (int)n->token.n, n->token.p);
	return NULL;
}

// a->b where a is written &s is s.b; where it is an array, a[0].b.
static struct node *simplify_arrow(struct checker *c, struct node *n)
{
	if (n->a->kind == N_ADDRESS && n->a->a->type.id == n->a->type.to && n->a->type.to) {
		n->a = n->a->a;
		n->arrow = false;
	} else if (n->a->type.kind == V_ARRAY && check_in_memory(n->a)) {
		n->a = first_element(c, n->a, n->a);
		n->arrow = false;
	}
	return n->a ? n : NULL;
}

struct node *check_member(struct checker *c, struct node *n)
{
	const struct btf *b = c->scope->btf;
	struct type_member m;
	uint32_t id;

	n->a = check_node(c, n->a);
	if (!n->a || (n->arrow && !simplify_arrow(c, n)))
		return NULL;
	if (n->a->type.kind != (n->arrow ? V_PTR : V_STRUCT))
		return no_struct(c, n);
	if (!n->arrow && check_stashed(c, n->a))
		return NULL;
	id = type_peel(b, n->arrow ? n->a->type.to : n->a->type.id);
	if (btf_kind(btf_type(b, id)) == BTF_KIND_FWD)
		return check_error(c, n->a, "%s: its members are not in this kernel's BTF");
	if (btf_kind(btf_type(b, id)) != BTF_KIND_STRUCT &&
	    btf_kind(btf_type(b, id)) != BTF_KIND_UNION)
		return no_struct(c, n);
	if (n->arrow && follow(c, n->a) < 0)
		return NULL;
	if (!type_member(b, id, n->token.p, n->token.n, &m))
		return no_member(c, n, id);
	n->bit_offset = m.bit_offset;
	n->bits = m.bits;
	if (!found_there(c, m.type, n->a->type.is_user, &n->type))
		return check_error(c, n, "a member of type %s can't be read here");
	if (m.bits > n->type.size * 8 || (m.bits && m.bit_offset % 8 + m.bits > 64))
		return check_error(c, n,
				   "a bit-field of type %s in more than 8 bytes can't be read");
	return n;
}

struct node *check_deref(struct checker *c, struct node *n)
{
	struct node *a = check_node(c, n->a);

	n->a = a;
	if (!a)
		return NULL;
	if (check_is_array(a) && check_in_memory(a))
		return first_element(c, n, a);
	if (a->type.kind != V_PTR)
		return check_error(c, a, "* needs a pointer, and this is %s");
	if (a->kind == N_ADDRESS && a->type.to && a->a->type.id == a->type.to)
		return a->a;
	if (follow(c, a) < 0)
		return NULL;
	if (found_there(c, a->type.to, a->type.is_user, &n->type))
		return n;
	check_error(c, a, "what a %s points to can't be read");
	if (!a->type.to)
		error_hint(c->error, "a cast says what it points to: *(int *)x");
	return NULL;
}

// A computed index has the array's length as its bound; a constant is held against it now.
static int bound(struct checker *c, struct node *n)
{
	const struct btf *b = c->scope->btf;
	uint64_t each = type_size(b, n->a->type.to);
	uint64_t count = each ? n->a->type.size / each : 0;
	char type[96];

	if (!count) // flexible
		return 0;
	if (n->b->kind != N_NUMBER) {
		n->count = (uint32_t)count;
		return 0;
	}
	if (n->b->number < count)
		return 0;
	check_spell(c, &n->a->type, type, sizeof(type));
	return error_at(c->error, KS_ETYPE, n->b->pos, n->b->len,
			"element %lld of %s, which has %llu, from 0 on", (long long)n->b->number,
			type, (unsigned long long)count);
}

// BTF as pahole writes it has all of an array's dimensions as one.
static struct node *no_array(struct checker *c, const struct node *n)
{
	check_error(c, n->a, "[] needs an array or a pointer, and this is %s");
	if (n->a->kind == N_INDEX && n->a->type.kind == V_INT)
		error_hint(c->error, "this kernel's BTF tells an array of arrays as one: a[i][j] "
				     "is a[i * columns + j]");
	return NULL;
}

int check_element_of(struct checker *c, const struct node *n, const struct node *i)
{
	const struct node *a = n->a;
	bool fits = false;

	if (a->type.kind != V_PTR && !check_is_array(a))
		no_array(c, n);
	else if (i && i->type.kind != V_INT)
		check_error(c, i, "an index is a number, and this is %s");
	else if (check_is_array(a) && check_stashed(c, a))
		return -1;
	else if (check_is_array(a) && a->kind == N_BUILTIN)
		check_error(c, a, "single characters of this %s can't be read");
	else
		fits = a->type.kind != V_PTR || follow(c, a) == 0;
	return fits ? 0 : -1;
}

struct node *check_index(struct checker *c, struct node *n)
{
	struct node *made;

	n->a = check_node(c, n->a);
	n->b = n->a ? check_node(c, n->b) : NULL;
	if (!n->b || check_element_of(c, n, n->b) < 0)
		return NULL;
	made = element(c, n, n->a, n->b);
	if (!made || (check_is_array(made->a) && bound(c, made) < 0))
		return NULL;
	if (made->count && !check_in_memory(made))
		return check_error(c, n,
				   "an element that is passed in a register needs a constant "
				   "index");
	return made;
}

struct node *check_address(struct checker *c, struct node *n)
{
	struct node *a = check_node(c, n->a);

	n->a = a;
	if (!a)
		return NULL;
	if (!check_in_memory(a))
		return check_error(c, a, "& needs something in memory, and this %s is a value");
	if (a->kind == N_MEMBER && a->bits)
		return check_error(c, a, "a bit-field has no address");
	if (a->kind == N_DEREF)
		return a->a;
	return check_pointer_to(c, a->type.id, in_user_memory(a), &n->type) < 0 ? NULL : n;
}

// By how much a pointer's arithmetic counts; 0: not known. As gcc has it, 1 for void.
static uint64_t step(const struct checker *c, const struct node *p)
{
	const struct btf *b = c->scope->btf;

	return btf_kind(type_peeled(b, p->type.to)) == BTF_KIND_UNKN ? 1 : type_size(b, p->type.to);
}

// p + i by plain numbers, for what can be pointed to, but not read.
static struct node *plain_sum(struct checker *c, const struct node *at, struct node *p,
			      struct node *i)
{
	struct node *each = check_constant(c, at, step(c, p), &type_long);
	struct node *sum = check_make_operation(c, '*', at, i, each);

	sum = sum ? check_make_operation(c, '+', at, check_convert(c, p, &type_address), sum)
		  : NULL;
	return sum ? check_convert(c, sum, &p->type) : NULL;
}

// p + i and p - i: the address of p[i].
static struct node *move(struct checker *c, struct node *n, struct node *p, struct node *i)
{
	struct node *a = p, *e;
	struct value_type t;

	if (i->type.kind != V_INT)
		return check_error(c, i, "a pointer moves by a number, and this is %s");
	if (!step(c, p))
		return check_error(c, p, "how far %s moves is not known");
	i = check_convert(c, i, &type_long);
	if (i && n->op == '-') {
		i = check_make(c, N_UNARY, i, i, NULL, &type_long);
		if (i)
			i->op = '-';
		if (i && fold(i, c->error) < 0)
			return NULL;
	}
	if (!i || check_is_zero(i))
		return i ? p : NULL;
	if (!found_there(c, p->type.to, p->type.is_user, &t))
		return plain_sum(c, n, p, i);
	// An array that became a pointer to its first element.
	if (p->kind == N_ADDRESS && check_is_array(p->a) && p->a->type.id != p->type.to)
		a = p->a;
	e = element(c, n, a, i);
	t = p->type;
	t.unit = KS_PLAIN;
	return e ? check_make(c, N_ADDRESS, n, e, NULL, &t) : NULL;
}

// p - q, in elements.
static struct node *distance(struct checker *c, struct node *n)
{
	const struct btf *b = c->scope->btf;
	uint64_t each = step(c, n->a);
	bool power = each && !(each & (each - 1));
	struct node *bytes, *by;

	if (!each || type_peel(b, n->a->type.to) != type_peel(b, n->b->type.to)) {
		char type[96];

		check_spell(c, &n->a->type, type, sizeof(type));
		error_at(c->error, KS_ETYPE, n->pos, n->len,
			 "only pointers to the same type have a distance, and the first is %s",
			 type);
		error_hint(c->error, "(char *)p - (char *)q counts bytes");
		return NULL;
	}
	bytes = check_make_operation(c, '-', n, check_convert(c, n->a, &type_long),
				     check_convert(c, n->b, &type_long));
	if (!bytes || each == 1)
		return bytes;
	// The distance of two elements is a multiple of their size: a shift is exact.
	by = power ? check_constant(c, n, (uint64_t)__builtin_ctzll(each), &type_int)
		   : check_constant(c, n, each, &type_long);
	return by ? check_make_operation(c, power ? TWO('>', '>') : '/', n, bytes, by) : NULL;
}

static struct node *compare(struct checker *c, struct node *n)
{
	bool equality = n->op == TWO('=', '=') || n->op == TWO('!', '=');

	if (!check_is_scalar(n->a) || !check_is_scalar(n->b))
		return check_error(c, check_is_scalar(n->a) ? n->b : n->a,
				   "a pointer can't be compared with %s");
	if (!equality && (n->a->type.kind != V_PTR || n->b->type.kind != V_PTR)) {
		check_error(c, n, "a pointer and a number can only be compared with == and !=");
		error_hint(c->error, "(unsigned long)p is the pointer as a number");
		return NULL;
	}
	if (n->a->type.kind == V_INT)
		n->a = check_convert(c, check_promote(c, n->a), &type_address);
	if (n->b->type.kind == V_INT)
		n->b = check_convert(c, check_promote(c, n->b), &type_address);
	n->type = type_int;
	return n->a && n->b && fold(n, c->error) == 0 ? n : NULL;
}

struct node *check_pointers(struct checker *c, struct node *n)
{
	bool a = n->a->type.kind == V_PTR, b = n->b->type.kind == V_PTR;

	if (check_compares(n->op))
		return compare(c, n);
	if (n->op == '-' && a && b)
		return distance(c, n);
	if ((n->op == '+' || n->op == '-') && a && !b)
		return move(c, n, n->a, n->b);
	if (n->op == '+' && b && !a)
		return move(c, n, n->b, n->a);
	return check_error(c, a ? n->a : n->b, "this operator needs numbers, and this is %s");
}
