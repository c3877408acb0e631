// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "check.h"

#include <string.h>

#include "error.h"
#include "fold.h"
#include "nearest.h"
#include "type.h"

#define MAX_WEIGHT 4096 // operations in one expression, with all that its names stand for

struct checker {
	struct arena *arena;
	const struct scope *scope;
	struct ks_error *error;
	uint32_t
		weight; // nodes of the whole tree, those of captures that it mentions counted each time
};

static const struct value_type int_type = {.kind = V_INT,
					   .size = 4,
					   .is_signed = true,
					   .spell = "int"};
static const struct value_type long_type = {.kind = V_INT,
					    .size = 8,
					    .is_signed = true,
					    .spell = "long"};

static struct node *check(struct checker *c, struct node *n);

static void spell(const struct checker *c, const struct value_type *t, char *text, size_t cap)
{
	struct buf b = buf_over(text, cap);

	if (t->id || !t->spell)
		type_declare(c->scope->btf, t->id, "", &b);
	else
		buf_str(&b, t->spell);
	buf_end(&b);
}

// An error under the whole of a node, "%s" in the format being its type.
static struct node *type_error(struct checker *c, const struct node *n, const char *format)
{
	char type[96];

	spell(c, &n->type, type, sizeof(type));
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	error_at(c->error, KS_ETYPE, n->pos, n->len, format, type);
#pragma GCC diagnostic pop
	return NULL;
}

static struct node *convert(struct checker *c, struct node *n, const struct value_type *t)
{
	struct node *to;

	if (!n || (n->type.kind == t->kind && n->type.size == t->size &&
		   n->type.is_signed == t->is_signed && !n->type.is_bool && !n->bits))
		return n;
	to = arena_alloc(c->arena, sizeof(*to));
	if (!to) {
		error_nomem(c->error);
		return NULL;
	}
	*to = (struct node){.kind = N_CONVERT,
			    .token = n->token,
			    .pos = n->pos,
			    .len = n->len,
			    .a = n,
			    .type = *t};
	return fold(to, c->error) < 0 ? NULL : to;
}

// C's integer promotion (C11 6.3.1.1): what fits an int becomes one.
static struct node *promote(struct checker *c, struct node *n)
{
	bool narrow = n->type.size < 4 || n->type.is_bool || (n->bits && n->bits < 32);

	return n->type.kind == V_INT && narrow ? convert(c, n, &int_type) : n;
}

// The usual arithmetic conversions (C11 6.3.1.8) on both operands. Needs: both promoted.
static int balance(struct checker *c, struct node **a, struct node **b)
{
	const struct value_type *x = &(*a)->type, *y = &(*b)->type;
	struct value_type t = x->size > y->size || (x->size == y->size && !x->is_signed) ? *x : *y;

	t.is_bool = t.is_enum = false;
	*a = convert(c, *a, &t);
	*b = convert(c, *b, &t);
	return *a && *b ? 0 : -1;
}

static struct node *number(struct node *n)
{
	bool hex = n->token.n > 1 && n->token.p[0] == '0'; // octal too

	n->number = n->token.number;
	n->type = n->number <= INT32_MAX && n->token.kind == T_NUMBER ? int_type : long_type;
	if (hex && n->number > INT32_MAX && n->number <= UINT32_MAX)
		n->type = (struct value_type){.kind = V_INT, .size = 4, .spell = "unsigned int"};
	if (n->number > INT64_MAX)
		n->type = (struct value_type){.kind = V_INT, .size = 8, .spell = "unsigned long"};
	return n;
}

static struct node *arg(struct checker *c, struct node *n, const struct value_type *type,
			uint32_t slot)
{
	n->kind = N_ARG;
	n->slot = slot;
	n->type = *type;
	if (type->kind == V_VOID)
		return type_error(c, n, "a value of type %s can't be read here");
	if (type->kind == V_STRUCT)
		return type_error(c, n, "%s is passed by value, which can't be read here");
	return n;
}

static struct node *retval(struct checker *c, struct node *n)
{
	const struct scope *s = c->scope;

	if (!s->is_return) {
		error_at(c->error, KS_ENAME, n->pos, n->len, "there is no retval when %s begins",
			 s->name);
		error_hint(c->error, "use the place \"return:%s\"", s->name);
		return NULL;
	}
	if (!s->has_retval) {
		error_at(c->error, KS_ENAME, n->pos, n->len, "%s returns nothing", s->name);
		return NULL;
	}
	n = arg(c, n, &s->retval, ARG_RETVAL);
	if (n)
		n->type.unit = KS_RETVAL;
	return n;
}

static struct node *unknown_name(struct checker *c, struct node *n)
{
	struct nearest near;

	error_at(c->error, KS_ENAME, n->pos, n->len,
		 "%s has no argument '%.*s', and nothing else has that name", c->scope->name,
		 (int)n->token.n, n->token.p);
	nearest_init(&near, n->token.p, n->token.n);
	scope_offer(c->scope, &near);
	nearest_hint(&near, c->error);
	if (n->token.n == 6 && !memcmp(n->token.p, "return", 6))
		error_hint(c->error, "the return value is retval");
	return NULL;
}

static struct node *name(struct checker *c, struct node *n)
{
	const char *p = n->token.p;
	uint32_t len = n->token.n;
	const struct builtin_name *b = scope_builtin(p, len);
	int error_code, index;

	for (const struct scope_capture *s = c->scope->captures; s; s = s->next) {
		if (strlen(s->name) == len && !memcmp(s->name, p, len)) {
			uint32_t pos = n->pos, length = n->len;

			c->weight += s->value->weight;
			if (c->weight > MAX_WEIGHT) {
				error_at(c->error, KS_ELIMIT, n->pos, n->len,
					 "captures within captures: more than %d operations",
					 MAX_WEIGHT);
				return NULL;
			}
			*n = *s->value;
			n->pos = pos;
			n->len = length;
			return n;
		}
	}
	if (b) {
		n->kind = N_BUILTIN;
		n->builtin = b->builtin;
		n->type = b->type;
		return n;
	}
	if (len == 6 && !memcmp(p, "retval", 6))
		return retval(c, n);
	index = scope_arg(c->scope, p, len);
	if (index >= 0)
		return arg(c, n, &c->scope->args[index].type, (uint32_t)index);
	if (scope_constant(c->scope, p, len, &n->type, &n->number)) {
		n->kind = N_NUMBER;
		return n;
	}
	if ((len == 4 && (!memcmp(p, "NULL", 4) || !memcmp(p, "true", 4))) ||
	    (len == 5 && !memcmp(p, "false", 5))) {
		n->kind = N_NUMBER;
		n->type = int_type;
		n->number = *p == 't';
		return n;
	}
	error_code = errno_number(p, len);
	if (error_code) {
		n->kind = N_NUMBER;
		n->type = int_type;
		n->number = (uint64_t)error_code;
		return n;
	}
	return unknown_name(c, n);
}

static struct node *no_member(struct checker *c, struct node *n, uint32_t id)
{
	struct value_type t = {.id = id};
	struct nearest near;
	char type[96];

	spell(c, &t, type, sizeof(type));
	error_at(c->error, KS_ENAME, n->token.pos, n->token.len, "%s has no member '%.*s'", type,
		 (int)n->token.n, n->token.p);
	nearest_init(&near, n->token.p, n->token.n);
	type_offer_members(c->scope->btf, id, &near);
	nearest_hint(&near, c->error);
	return NULL;
}

static struct node *member(struct checker *c, struct node *n)
{
	const struct btf *b = c->scope->btf;
	struct node *a = check(c, n->a);
	struct type_member m;
	uint32_t id;
	bool user;

	if (!a)
		return NULL;
	n->a = a;
	if (a->type.kind != (n->arrow ? V_PTR : V_STRUCT) || !a->type.id) {
		type_error(c, a,
			   n->arrow ? "-> needs a pointer to a struct, and this is %s"
				    : ". needs a struct, and this is %s");
		if (a->type.kind == V_PTR && !n->arrow)
			error_hint(c->error, "members behind a pointer are read with ->");
		else if (a->type.kind == V_STRUCT)
			error_hint(c->error, "members of a struct itself are read with .");
		return NULL;
	}
	id = type_peel(b, n->arrow ? type_peeled(b, a->type.id)->type : a->type.id);
	if (btf_kind(btf_type(b, id)) == BTF_KIND_FWD)
		return type_error(c, a, "%s: its members are not in this kernel's BTF");
	if (btf_kind(btf_type(b, id)) != BTF_KIND_STRUCT &&
	    btf_kind(btf_type(b, id)) != BTF_KIND_UNION)
		return type_error(c, a, "-> needs a pointer to a struct, and this is %s");
	if (n->arrow && type_tagged(b, a->type.id, "percpu"))
		return type_error(c, a, "%s is a per-CPU pointer, which can't be followed");
	if (!type_member(b, id, n->token.p, n->token.n, &m))
		return no_member(c, n, id);
	n->bit_offset = m.bit_offset;
	n->bits = m.bits;
	user = a->type.is_user;
	if (!scope_value_type(b, m.type, &n->type))
		return type_error(c, n, "a member of type %s can't be read here");
	if (m.bits > n->type.size * 8 || (m.bits && m.bit_offset % 8 + m.bits > 64))
		return type_error(c, n,
				  "a bit-field of type %s in more than 8 bytes can't be read");
	// What is embedded in user memory is user memory; a pointer found there too.
	n->type.is_user = n->type.is_user || user;
	return n;
}

static struct node *deref(struct checker *c, struct node *n)
{
	const struct btf *b = c->scope->btf;
	bool user;

	n->a = check(c, n->a);
	if (!n->a)
		return NULL;
	user = n->a->type.is_user;
	if (n->a->type.kind != V_PTR || !n->a->type.id)
		return type_error(c, n->a, "* needs a pointer, and this is %s");
	if (!scope_value_type(b, type_peeled(b, n->a->type.id)->type, &n->type) ||
	    n->type.kind == V_VOID)
		return type_error(c, n->a, "what a %s points to can't be read");
	n->type.is_user = n->type.is_user || user;
	return n;
}

static bool scalar(const struct node *n)
{
	return n->type.kind == V_INT || n->type.kind == V_PTR;
}

static struct node *unary(struct checker *c, struct node *n)
{
	n->a = check(c, n->a);
	if (!n->a)
		return NULL;
	if (n->op == '!') {
		if (!scalar(n->a))
			return type_error(c, n->a, "! needs a number or a pointer, and this is %s");
		n->type = int_type;
	} else {
		if (n->a->type.kind != V_INT)
			return type_error(c, n->a, "this operator needs a number, and this is %s");
		n->a = promote(c, n->a);
		if (!n->a)
			return NULL;
		n->type = n->a->type;
		n->type.unit = KS_PLAIN;
		n->type.is_enum = false;
	}
	return fold(n, c->error) < 0 ? NULL : n;
}

static bool comparison(uint16_t op)
{
	return op == TWO('=', '=') || op == TWO('!', '=') || op == '<' || op == '>' ||
	       op == TWO('<', '=') || op == TWO('>', '=');
}

static bool is_char_pointer(const struct checker *c, const struct value_type *t)
{
	const struct btf_type *raw;

	if (t->kind != V_PTR || !t->id)
		return false;
	raw = type_peeled(c->scope->btf, type_peeled(c->scope->btf, t->id)->type);
	return btf_kind(raw) == BTF_KIND_INT && raw->size == 1;
}

static struct node *make_str(struct checker *c, struct node *pointer, uint32_t size)
{
	struct node *n = arena_alloc(c->arena, sizeof(*n));

	if (!n) {
		error_nomem(c->error);
		return NULL;
	}
	*n = (struct node){.kind = N_STR,
			   .token = pointer->token,
			   .pos = pointer->pos,
			   .len = pointer->len,
			   .a = pointer};
	n->type = (struct value_type){.kind = V_STR,
				      .size = size + 2,
				      .is_user = pointer->type.is_user,
				      .spell = "char *"};
	return n;
}

// text == "literal", either way round; the literal ends up in b.
static struct node *text_comparison(struct checker *c, struct node *n)
{
	if (n->a->type.kind == V_TEXT) {
		struct node *a = n->a;

		n->a = n->b;
		n->b = a;
	}
	if (n->op != TWO('=', '=') && n->op != TWO('!', '=')) {
		error_at(c->error, KS_ETYPE, n->token.pos, n->token.len,
			 "strings can only be compared with == and !=");
		return NULL;
	}
	if (n->b->kind != N_TEXT || n->a->type.kind == V_TEXT) {
		error_at(c->error, KS_ETYPE, n->pos, n->len,
			 "a string can only be compared with 'text'");
		return NULL;
	}
	if (is_char_pointer(c, &n->a->type))
		n->a = make_str(c, n->a, n->b->token.n + 1);
	if (!n->a)
		return NULL;
	if (n->a->type.kind != V_CHARS && n->a->type.kind != V_STR)
		return type_error(c, n->a, "%s is no string");
	if (n->b->token.n >= STR_DEFAULT) {
		error_at(c->error, KS_ELIMIT, n->b->pos, n->b->len,
			 "a string of %u bytes; at most %d can be compared", n->b->token.n,
			 STR_DEFAULT - 1);
		return NULL;
	}
	n->type = int_type;
	return n;
}

static struct node *pointer_comparison(struct checker *c, struct node *n)
{
	static const struct value_type address = {.kind = V_INT,
						  .size = 8,
						  .spell = "unsigned long"};
	bool equality = n->op == TWO('=', '=') || n->op == TWO('!', '=');

	if (!comparison(n->op))
		return type_error(c, n->a->type.kind == V_PTR ? n->a : n->b,
				  "this operator needs numbers, and this is %s");
	if (!scalar(n->a) || !scalar(n->b))
		return type_error(c, scalar(n->a) ? n->b : n->a,
				  "a pointer can't be compared with %s");
	if (!equality && (n->a->type.kind != V_PTR || n->b->type.kind != V_PTR))
		return type_error(c, n,
				  "a pointer and a number can only be compared with == and !=");
	if (n->a->type.kind == V_INT)
		n->a = convert(c, promote(c, n->a), &address);
	if (n->b->type.kind == V_INT)
		n->b = convert(c, promote(c, n->b), &address);
	n->type = int_type;
	return n->a && n->b ? n : NULL;
}

static struct node *binary(struct checker *c, struct node *n)
{
	bool shift = n->op == TWO('<', '<') || n->op == TWO('>', '>');

	n->a = check(c, n->a);
	n->b = n->a ? check(c, n->b) : NULL;
	if (!n->b)
		return NULL;
	if (n->a->type.kind == V_TEXT || n->b->type.kind == V_TEXT)
		return text_comparison(c, n);
	if (n->a->type.kind == V_PTR || n->b->type.kind == V_PTR)
		return pointer_comparison(c, n);
	if (n->a->type.kind != V_INT || n->b->type.kind != V_INT)
		return type_error(c, n->a->type.kind == V_INT ? n->b : n->a,
				  "this operator needs numbers, and this is %s");
	n->a = promote(c, n->a);
	n->b = n->a ? promote(c, n->b) : NULL;
	if (!n->b || (!shift && balance(c, &n->a, &n->b) < 0))
		return NULL;
	if (n->b->kind == N_NUMBER && ((shift && n->b->number >= n->a->type.size * 8) ||
				       ((n->op == '/' || n->op == '%') && n->b->number == 0))) {
		error_at(c->error, KS_ETYPE, n->pos, n->len,
			 shift ? "a shift past the %u bits of its type" : "division by 0",
			 n->a->type.size * 8);
		return NULL;
	}
	n->type = comparison(n->op) ? int_type : n->a->type;
	n->type.unit = KS_PLAIN;
	n->type.is_enum = false; // what is computed has no name
	return fold(n, c->error) < 0 ? NULL : n;
}

static struct node *logic(struct checker *c, struct node *n)
{
	n->a = check(c, n->a);
	n->b = n->a ? check(c, n->b) : NULL;
	if (!n->b)
		return NULL;
	if (!scalar(n->a) || !scalar(n->b))
		return type_error(c, scalar(n->a) ? n->b : n->a,
				  "&& and || need numbers or pointers, and this is %s");
	n->type = int_type;
	return n;
}

static struct node *choice(struct checker *c, struct node *n)
{
	n->a = check(c, n->a);
	n->b = n->a ? check(c, n->b) : NULL;
	n->c = n->b ? check(c, n->c) : NULL;
	if (!n->c)
		return NULL;
	if (!scalar(n->a))
		return type_error(c, n->a, "?: tests a number or a pointer, and this is %s");
	if (n->b->type.kind == V_PTR && n->c->type.kind == V_PTR) {
		n->type = n->b->type;
		return n;
	}
	if (n->b->type.kind != V_INT || n->c->type.kind != V_INT)
		return type_error(c, n->b->type.kind == V_INT ? n->c : n->b,
				  "?: chooses between numbers or between pointers, and this is %s");
	n->b = promote(c, n->b);
	n->c = n->b ? promote(c, n->c) : NULL;
	if (!n->c || balance(c, &n->b, &n->c) < 0)
		return NULL;
	n->type = n->b->type;
	return n;
}

static bool called(const struct node *n, const char *name)
{
	return strlen(name) == n->token.n && !memcmp(name, n->token.p, n->token.n);
}

// str(p), str(p, n), user(p)
static struct node *call(struct checker *c, struct node *n)
{
	bool str = called(n, "str"), user = called(n, "user");
	uint32_t size = STR_DEFAULT;
	struct node *p, *length;

	if (!str && !user) {
		error_at(c->error, KS_ENAME, n->token.pos, n->token.len,
			 "there is no function '%.*s'", (int)n->token.n, n->token.p);
		error_hint(
			c->error,
			"functions here are str(pointer), str(pointer, bytes) and user(pointer)");
		return NULL;
	}
	if (!n->a || (n->a->next && (user || n->a->next->next))) {
		error_at(c->error, KS_ETYPE, n->pos, n->len, "%s",
			 str ? "str takes a pointer and, if wanted, a number of bytes"
			     : "user takes one pointer");
		return NULL;
	}
	length = n->a->next;
	p = check(c, n->a);
	if (!p)
		return NULL;
	if (user) {
		if (p->type.kind != V_PTR && !(p->type.kind == V_INT && p->type.size == 8))
			return type_error(c, p, "user needs a pointer, and this is %s");
		if (p->type.kind == V_INT)
			p->type = (struct value_type){.size = 8, .spell = "a plain address"};
		p->type.is_user = true;
		p->type.kind = V_PTR;
		return p;
	}
	if (p->type.kind == V_CHARS || p->type.kind == V_STR)
		return p;
	if (p->type.kind != V_PTR && !(p->type.kind == V_INT && p->type.size == 8))
		return type_error(c, p, "str needs a pointer, and this is %s");
	if (length) {
		struct node *bytes = check(c, length);

		if (!bytes)
			return NULL;
		if (bytes->kind != N_NUMBER || bytes->number < 1 || bytes->number > STR_MAX) {
			error_at(c->error, KS_ELIMIT, length->pos, length->len,
				 "str takes 1 to %d bytes, as a constant", STR_MAX);
			return NULL;
		}
		size = (uint32_t)bytes->number;
	}
	return make_str(c, p, size);
}

static struct node *check(struct checker *c, struct node *n)
{
	c->weight++;
	switch (n->kind) {
	case N_NUMBER:
		return n->type.size ? n : number(n);
	case N_TEXT:
		n->type = (struct value_type){.kind = V_TEXT, .spell = "text"};
		return n;
	case N_NAME:
		return name(c, n);
	case N_CALL:
		return call(c, n);
	case N_MEMBER:
		return n->type.id ? n : member(c, n);
	case N_DEREF:
		return deref(c, n);
	case N_UNARY:
		return unary(c, n);
	case N_BINARY:
		return binary(c, n);
	case N_LOGIC:
		return logic(c, n);
	case N_CHOICE:
		return choice(c, n);
	default:
		return n;
	}
}

struct node *check_where(struct arena *a, const struct scope *s, struct node *n,
			 struct ks_error *error)
{
	struct checker c = {.arena = a, .scope = s, .error = error};

	n = check(&c, n);
	if (n && !scalar(n))
		return type_error(&c, n, "a predicate is a number or a pointer, and this is %s");
	return n;
}

struct node *check_capture(struct arena *a, const struct scope *s, struct node *n,
			   struct ks_error *error)
{
	struct checker c = {.arena = a, .scope = s, .error = error};

	n = check(&c, n);
	if (!n)
		return NULL;
	if (n->type.kind == V_STRUCT || n->type.kind == V_ARRAY) {
		type_error(&c, n, "a whole %s can't be captured");
		error_hint(error, "capture its members by name");
		return NULL;
	}
	if (n->kind == N_TEXT) {
		error_at(error, KS_ETYPE, n->pos, n->len, "a constant text is no capture");
		return NULL;
	}
	n->weight = c.weight;
	return n;
}

bool check_capture_name(const struct node *n, const char **p, uint32_t *len)
{
	while (n->kind == N_DEREF ||
	       (n->kind == N_CALL && n->a && (called(n, "str") || called(n, "user"))))
		n = n->a;
	if (n->kind != N_NAME && n->kind != N_MEMBER)
		return false;
	*p = n->token.p;
	*len = n->token.n;
	return true;
}

int check_type_text(const struct btf *b, struct arena *a, const char *text, uint32_t from,
		    uint32_t to, struct value_type *ret, struct ks_error *error)
{
	(void)b, (void)a, (void)text, (void)from, (void)to, (void)ret;
	return error_set(error, KS_ETYPE, "no");
}
