// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// The walk over a parsed tree, and what belongs to no kind of value alone.
#include "checker.h"

#include <string.h>

#include "arith.h"
#include "error.h"
#include "fold.h"
#include "layout.h"
#include "type.h"

const struct value_type type_int = {.kind = V_INT, .size = 4, .is_signed = true, .spell = "int"};
const struct value_type type_long = {.kind = V_INT, .size = 8, .is_signed = true, .spell = "long"};
const struct value_type type_unsigned = {.kind = V_INT, .size = 4, .spell = "unsigned int"};
const struct value_type type_address = {.kind = V_INT, .size = 8, .spell = "unsigned long"};

void check_spell(const struct checker *c, const struct value_type *t, char *text, size_t cap)
{
	struct buf b = buf_over(text, cap);

	if (t->id || !t->spell)
		type_declare(c->scope->btf, t->id, "", &b);
	else
		buf_str(&b, t->spell);
	buf_end(&b);
}

struct node *check_error(struct checker *c, const struct node *n, const char *format)
{
	char type[96];

	check_spell(c, &n->type, type, sizeof(type));
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	error_at(c->error, KS_ETYPE, n->pos, n->len, format, type);
#pragma GCC diagnostic pop
	if (n->type.kind == V_PATH && scope_arg(c->scope, "path", 4) >= 0)
		error_hint(c->error, "path(x) is for captures and templates, and so is a capture "
				     "named path; arg(path) is the argument");
	else if (n->type.kind == V_STACK)
		error_hint(c->error,
			   "it is for captures, templates and keys; caller is an address, "
			   "which can be compared");
	else if (n->type.kind == V_PATH)
		error_hint(c->error, "path(x) is for captures and templates; a function in where "
				     "can test the path that was captured");
	return NULL;
}

int check_weight(struct checker *c, const struct node *at, uint32_t more)
{
	c->weight += more;
	if (c->weight <= MAX_WEIGHT)
		return 0;
	return error_at(c->error, KS_ELIMIT, at->pos, at->len,
			"an expression of more than %d operations", MAX_WEIGHT);
}

struct node *check_make(struct checker *c, enum node_kind kind, const struct node *at,
			struct node *a, struct node *b, const struct value_type *type)
{
	struct node *n = arena_alloc(c->arena, sizeof(*n));

	if (!n) {
		error_nomem(c->error);
		return NULL;
	}
	*n = (struct node){.kind = kind,
			   .op = at->op,
			   .token = at->token,
			   .pos = at->pos,
			   .len = at->len,
			   .a = a,
			   .b = b,
			   .type = *type};
	return n;
}

struct node *check_constant(struct checker *c, const struct node *at, uint64_t value,
			    const struct value_type *type)
{
	struct node *n = check_make(c, N_NUMBER, at, NULL, NULL, type);

	if (n)
		n->number = arith_cut(type, value);
	return n;
}

struct node *check_make_operation(struct checker *c, uint16_t op, const struct node *at,
				  struct node *a, struct node *b)
{
	struct node *n = a && b ? check_make(c, N_BINARY, at, a, b, &type_int) : NULL;

	if (!n)
		return NULL;
	n->op = op;
	return check_operation(c, n);
}

bool check_is_scalar(const struct node *n)
{
	return n->type.kind == V_INT || n->type.kind == V_PTR;
}

bool check_compares(uint16_t op)
{
	return op == TWO('=', '=') || op == TWO('!', '=') || op == '<' || op == '>' ||
	       op == TWO('<', '=') || op == TWO('>', '=');
}

// The operand `it` whose `other` is already checked.
static struct node *beside(struct checker *c, struct node *it, const struct node *other,
			   bool compares)
{
	struct node *constant = compares && check_may_be_constant(c, it)
					? check_constant_of(c, it, &other->type)
					: NULL;
	struct node *n = constant ? constant : check_node(c, it);

	if (!n && compares && it->kind == N_NAME && c->error->kind == KS_ENAME &&
	    check_is_text(c, other))
		error_hint(c->error, "a text stands in quotes: '%.*s'", (int)it->token.n,
			   it->token.p);
	return n;
}

int check_operands(struct checker *c, struct node *n)
{
	bool compares = check_compares(n->op) || n->op == '~' || n->op == TWO('!', '~');

	if (compares && check_may_be_constant(c, n->a) && !check_may_be_constant(c, n->b)) {
		n->b = check_node(c, n->b);
		n->a = n->b ? beside(c, n->a, n->b, compares) : NULL;
	} else {
		n->a = check_node(c, n->a);
		n->b = n->a ? beside(c, n->b, n->a, compares) : NULL;
	}
	return n->a && n->b ? 0 : -1;
}

struct node *check_operation(struct checker *c, struct node *n)
{
	bool match = n->op == '~' || n->op == TWO('!', '~');

	if (n->a->type.kind == V_STACK || n->b->type.kind == V_STACK)
		return check_error(c, n->a->type.kind == V_STACK ? n->a : n->b,
				   "%s can't be compared or computed with");
	if (match)
		return check_match(c, n);
	if (check_has_literals(c, n->a, n->b) || check_has_literals(c, n->b, n->a))
		return check_literals(c, n);
	if (n->a->type.kind == V_TEXT || n->b->type.kind == V_TEXT ||
	    (n->a->type.kind == V_CHARS && n->b->type.kind == V_CHARS) ||
	    n->a->type.kind == V_STR || n->b->type.kind == V_STR)
		return check_text(c, n);
	n->a = check_decay(c, n->a);
	n->b = n->a ? check_decay(c, n->b) : NULL;
	if (!n->b)
		return NULL;
	if (n->a->type.kind == V_PTR || n->b->type.kind == V_PTR)
		return check_pointers(c, n);
	return check_numbers(c, n);
}

// && or || of two checked operands: what constants decide leaves nothing of the other.
static struct node *join(struct checker *c, struct node *n)
{
	bool either = n->op == TWO('|', '|');

	n->type = type_int;
	if (fold(n, c->error) < 0)
		return NULL;
	if (n->kind == N_NUMBER)
		return n;
	if (n->a->kind == N_NUMBER) // 1 && x, 0 || x
		return check_truth(c, n->b);
	if (n->b->kind == N_NUMBER && either == (n->b->number == 0)) // x && 1, x || 0
		return check_truth(c, n->a);
	return n;
}

struct node *check_logic(struct checker *c, uint16_t op, const struct node *at, struct node *a,
			 struct node *b)
{
	struct node *n = check_make(c, N_LOGIC, at, a, b, &type_int);

	if (!n)
		return NULL;
	n->op = op;
	return join(c, n);
}

static struct node *logic(struct checker *c, struct node *n)
{
	n->a = check_node(c, n->a);
	n->b = n->a ? check_node(c, n->b) : NULL;
	if (!n->b)
		return NULL;
	if (check_is_scalar(n->a) && check_is_scalar(n->b))
		return join(c, n);
	return check_error(c, check_is_scalar(n->a) ? n->b : n->a,
			   "&& and || need numbers or pointers, and this is %s");
}

// The common type of two pointers: what both point to, or nothing known.
static struct node *choose_pointer(struct checker *c, struct node *n)
{
	static const struct value_type nowhere = {.kind = V_PTR, .size = 8, .spell = "void *"};
	const struct btf *btf = c->scope->btf;

	n->type = n->b->type.kind == V_PTR ? n->b->type : n->c->type;
	if (n->b->type.kind != V_PTR)
		n->b = check_convert(c, n->b, &n->type);
	else if (n->c->type.kind != V_PTR)
		n->c = check_convert(c, n->c, &n->type);
	if (!n->b || !n->c)
		return NULL;
	if (n->b->type.is_user != n->c->type.is_user) {
		error_at(c->error, KS_ETYPE, n->pos, n->len,
			 "?: chooses between a pointer to user memory and one to the kernel's");
		return NULL;
	}
	if (type_peel(btf, n->b->type.to) != type_peel(btf, n->c->type.to)) {
		n->type = nowhere;
		n->type.is_user = n->b->type.is_user;
	}
	return n;
}

static struct node *choice(struct checker *c, struct node *n)
{
	uint8_t unit;

	n->a = check_node(c, n->a);
	n->b = n->a ? check_decay(c, check_node(c, n->b)) : NULL;
	n->c = n->b ? check_decay(c, check_node(c, n->c)) : NULL;
	if (!n->c)
		return NULL;
	if (!check_is_scalar(n->a))
		return check_error(c, n->a, "?: tests a number or a pointer, and this is %s");
	if ((n->b->type.kind == V_PTR && (n->c->type.kind == V_PTR || check_is_zero(n->c))) ||
	    (n->c->type.kind == V_PTR && check_is_zero(n->b))) {
		n = choose_pointer(c, n);
		return n && fold(n, c->error) == 0 ? n : NULL;
	}
	if (n->b->type.kind != V_INT || n->c->type.kind != V_INT)
		return check_error(
			c, n->b->type.kind == V_INT ? n->c : n->b,
			"?: chooses between numbers or between pointers, and this is %s");
	unit = n->b->type.unit == n->c->type.unit || check_is_zero(n->c) ? n->b->type.unit
	       : check_is_zero(n->b)					 ? n->c->type.unit
									 : KS_PLAIN;
	n->b = check_promote(c, n->b);
	n->c = n->b ? check_promote(c, n->c) : NULL;
	if (!n->c || check_balance(c, &n->b, &n->c) < 0)
		return NULL;
	n->type = n->b->type;
	n->type.unit = unit;
	return fold(n, c->error) < 0 ? NULL : n;
}

// a == e, for an element of a list.
static struct node *is_element(struct checker *c, struct node *n, struct node *a, struct node *e)
{
	struct node *equal = check_make(c, N_BINARY, n, a, NULL, &type_int);

	if (!equal)
		return NULL;
	equal->op = TWO('=', '=');
	equal->pos = e->pos;
	equal->len = e->len;
	equal->b = beside(c, e, a, true);
	return equal->b ? check_operation(c, equal) : NULL;
}

// A string is read once for all of a list, as long as the longest text in it.
static struct node *read_once(struct checker *c, struct node *a, const struct node *list)
{
	uint32_t longest = 0;

	for (const struct node *e = list->a; e; e = e->next)
		if (e->kind == N_TEXT && e->token.n >= longest && e->token.n < STR_DEFAULT)
			longest = e->token.n + 1;
	return longest && a->type.kind == V_PTR && check_is_text(c, a) ? check_str(c, a, longest)
								       : a;
}

// a in (1, 2, 'x') is (a == 1 || a == 2) || a == 'x'.
static struct node *in(struct checker *c, struct node *n)
{
	struct node *a, *next, *sum = NULL;
	uint32_t weight = c->weight;

	a = check_node(c, n->a);
	if (!a || n->b->kind != N_LIST)
		return a ? check_node(c, n->b) : NULL;
	a = read_once(c, a, n->b);
	weight = c->weight - weight;
	for (struct node *e = n->b->a; a && e; e = next) {
		struct node *equal = is_element(c, n, a, e);

		next = e->next;
		if (!equal || check_weight(c, n, (sum ? weight : 0) + 1) < 0)
			return NULL;
		if (!sum) {
			sum = equal;
			continue;
		}
		sum = check_logic(c, TWO('|', '|'), n, sum, equal);
		if (!sum)
			return NULL;
	}
	return !a || sum ? sum : check_constant(c, n, 0, &type_int);
}

static struct node *unary(struct checker *c, struct node *n)
{
	n->a = check_node(c, n->a);
	return n->a ? check_unary(c, n) : NULL;
}

static struct node *misplaced(struct checker *c, struct node *n)
{
	if (n->kind == N_PARAM)
		error_at(c->error, KS_ENAME, n->pos, n->len, "nothing defines $%.*s",
			 (int)n->token.n, n->token.p);
	else
		error_at(c->error, KS_ESYNTAX, n->pos, n->len,
			 n->kind == N_CAST ? "a type where a value should be"
					   : "a list where a value should be");
	return NULL;
}

struct node *check_node(struct checker *c, struct node *n)
{
	if (check_weight(c, n, 1) < 0)
		return NULL;
	switch (n->kind) {
	case N_NUMBER:
		return n->type.size ? n : check_literal(n);
	case N_TEXT:
		n->type = (struct value_type){.kind = V_TEXT, .spell = "text"};
		return n;
	case N_NAME:
		return check_name(c, n);
	case N_CALL:
		return check_call(c, n);
	case N_CAST:
		return n->a ? check_cast(c, n) : misplaced(c, n);
	case N_SIZEOF:
		return check_sizeof(c, n);
	case N_IN:
		return in(c, n);
	case N_PARAM:
	case N_LIST:
		return misplaced(c, n);
	case N_MEMBER:
		return check_member(c, n);
	case N_DEREF:
		return check_deref(c, n);
	case N_INDEX:
		return check_index(c, n);
	case N_ADDRESS:
		return check_address(c, n);
	case N_SLICE:
		return check_slice(c, n);
	case N_UNARY:
		return unary(c, n);
	case N_BINARY:
		return check_operands(c, n) < 0 ? NULL : check_operation(c, n);
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

	n = check_node(&c, n);
	if (n && !check_is_scalar(n))
		return check_error(&c, n, "a predicate is a number or a pointer, and this is %s");
	return n;
}

// A struct or an array, as a whole.
static int whole(struct checker *c, const struct node *n)
{
	char type[96];

	check_spell(c, &n->type, type, sizeof(type));
	if (n->type.size > MAX_RECORD) {
		error_at(c->error, KS_ELIMIT, n->pos, n->len,
			 "%s has %u bytes, and a record takes %u at most", type, n->type.size,
			 MAX_RECORD);
		error_hint(c->error, n->type.kind == V_STRUCT ? "capture the members that you need"
							      : "capture a slice of it: x[0:n]");
		return -1;
	}
	if (n->type.size)
		return 0;
	error_at(c->error, KS_ETYPE, n->pos, n->len, "%s has no length of its own", type);
	if (n->type.kind == V_CHARS)
		error_hint(c->error, "str(x) captures the text in it, buf(x, n) n bytes");
	else if (n->type.kind == V_ARRAY)
		error_hint(c->error, "x[:n] captures n elements of it");
	return -1;
}

// What can't be captured, and what to write instead.
int check_capturable(struct checker *c, const struct node *n)
{
	switch (n->type.kind) {
	case V_STRUCT:
	case V_ARRAY:
	case V_CHARS:
		return whole(c, n);
	case V_TEXT:
		if (n->kind == N_BUILTIN || n->kind == N_STASH)
			return 0;
		return error_at(c->error, KS_ETYPE, n->pos, n->len,
				"a constant text is no capture");
	case V_VOID:
		check_error(c, n, "%s is no value");
		return -1;
	default:
		return 0;
	}
}

struct node *check_capture(struct arena *a, const struct scope *s, struct node *n,
			   struct ks_error *error)
{
	struct checker c = {.arena = a, .scope = s, .error = error};

	n = check_node(&c, n);
	if (!n || check_capturable(&c, n) < 0)
		return NULL;
	n->weight = c.weight;
	return n;
}

bool check_capture_name(const struct node *n, const char **p, uint32_t *len)
{
	static const char *const same[] = {"str",   "user",  "buf",  "ntohs",
					   "ntohl", "first", "entry"};

	for (;;) {
		bool is_same = n->kind == N_DEREF || n->kind == N_SLICE;

		for (size_t i = 0; n->kind == N_CALL && i < sizeof(same) / sizeof(*same); i++)
			is_same = is_same || (n->a && strlen(same[i]) == n->token.n &&
					      !memcmp(same[i], n->token.p, n->token.n));
		if (!is_same)
			break;
		n = n->a;
	}
	if (n->kind != N_NAME && n->kind != N_MEMBER && n->kind != N_CALL)
		return false;
	*p = n->token.p;
	*len = n->token.n;
	return true;
}
