// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// What a name means: captures > built-ins > arguments > constants.
#include "checker.h"

#include <string.h>

#include "error.h"
#include "nearest.h"
#include "type.h"

#define MAX_BY_VALUE 16 // bytes of a struct that is passed in registers

static bool same(const char *name, const struct node *n)
{
	return strlen(name) == n->token.n && !memcmp(name, n->token.p, n->token.n);
}

struct node *check_argument(struct checker *c, struct node *n, const struct value_type *type,
			    uint32_t slot)
{
	n->kind = N_ARG;
	n->a = NULL; // of arg(x)
	n->slot = slot;
	n->type = *type;
	if (type->kind == V_VOID)
		return check_error(c, n, "a value of type %s can't be read here");
	if (type->kind != V_STRUCT)
		return n;
	if (slot == ARG_RETVAL)
		return check_error(c, n,
				   "%s is returned whole, and the kernel lets no program "
				   "read that");
	if (type->size > MAX_BY_VALUE)
		return check_error(c, n,
				   "%s has more than 16 bytes and is passed on the stack, "
				   "where no program can read it");
	return n;
}

static struct node *retval(struct checker *c, struct node *n)
{
	const struct scope *s = c->scope;

	scope_asks(s, "retval", 6);
	if (s->context == CONTEXT_TIMER) {
		error_at(c->error, KS_ENAME, n->pos, n->len, "%s is a timer, which returns nothing",
			 s->name);
		return NULL;
	}
	if (s->is_open && !s->is_return) {
		error_at(c->error, KS_ENAME, n->pos, n->len, "there is no retval when %s begins",
			 s->name);
		error_hint(c->error, "entry(x) is x as it was then; retval stands outside of it");
		return NULL;
	}
	if (!s->is_return) {
		error_at(c->error, KS_ENAME, n->pos, n->len, "there is no retval when %s begins",
			 s->name);
		error_hint(c->error,
			   s->is_outer ? "calls in 'within' are asked when they begin"
				       : "use the place \"return:%s\"",
			   s->name);
		return NULL;
	}
	if (!s->has_retval && s->why && !s->gone) {
		error_at(c->error, KS_ENAME, n->pos, n->len, "what %s returns is not known: %s",
			 s->name, s->why);
		return NULL;
	}
	if (!s->has_retval) {
		error_at(c->error, KS_ENAME, n->pos, n->len, "%s returns nothing", s->name);
		return NULL;
	}
	n = check_argument(c, n, &s->retval, ARG_RETVAL);
	if (n)
		n->type.unit = KS_RETVAL;
	return n;
}

bool check_gone(struct checker *c, const struct node *n)
{
	const struct scope *s = c->scope;
	bool named = n->kind == N_NAME;

	for (uint32_t i = 0; i < s->gone_count; i++) {
		if (!named || !same(s->gone[i].name, n))
			continue;
		error_at(c->error, KS_ENAME, n->pos, n->len,
			 "the argument '%s' of %s is not known here: %s", s->gone[i].name, s->name,
			 s->why);
		if (s->hint)
			error_hint(c->error, "%s", s->hint);
		return true;
	}
	// Of which names there are, nothing is known.
	if (!s->why || (named && s->gone))
		return false;
	error_at(c->error, s->gone ? KS_ENAME : KS_EABSENT, n->pos, n->len,
		 "the arguments of %s are not known here: %s", s->name, s->why);
	if (s->hint)
		error_hint(c->error, "%s", s->hint);
	return true;
}

static struct node *unknown(struct checker *c, struct node *n)
{
	struct nearest near;

	if (check_gone(c, n))
		return NULL;
	error_at(c->error, KS_ENAME, n->pos, n->len,
		 "%s has no argument '%.*s', and nothing else has that name", c->scope->name,
		 (int)n->token.n, n->token.p);
	nearest_init(&near, n->token.p, n->token.n);
	scope_offer(c->scope, &near);
	nearest_hint(&near, c->error);
	if (!near.count && c->scope->context == CONTEXT_TIMER)
		error_hint(c->error, "a timer has no arguments: its samples know the built-in "
				     "values alone, such as pid, comm, stack and ustack");
	if (same("return", n))
		error_hint(c->error, "the return value is retval");
	return NULL;
}

static const struct scope_capture *capture(const struct checker *c, const struct node *n)
{
	for (const struct scope_capture *s = c->scope->captures; s; s = s->next)
		if (same(s->name, n))
			return s;
	return NULL;
}

// The capture's tree, its root as a copy that stands here.
static struct node *captured(struct checker *c, struct node *n, const struct node *value)
{
	struct node copy = *value;

	c->weight += value->weight;
	if (c->weight > MAX_WEIGHT) {
		error_at(c->error, KS_ELIMIT, n->pos, n->len,
			 "captures within captures: more than %d operations", MAX_WEIGHT);
		return NULL;
	}
	copy.pos = n->pos;
	copy.len = n->len;
	copy.next = n->next;
	*n = copy;
	return n;
}

static struct node *elapsed(struct checker *c, struct node *n)
{
	const struct scope *s = c->scope;

	if (s->open_count && !s->no_open)
		return n;
	if (s->is_open) {
		error_at(c->error, KS_ENAME, n->pos, n->len, "no time has passed when %s begins",
			 s->name);
		error_hint(c->error, "entry(x) is x as it was then; elapsed stands outside of it");
	} else {
		check_no_open(c, n);
	}
	return NULL;
}

static struct node *builtin(struct checker *c, struct node *n, const struct builtin_name *b)
{
	const struct btf *btf = c->scope->btf;
	uint32_t id = 0;

	n->kind = N_BUILTIN;
	n->builtin = b->builtin;
	n->type = b->type;
	if (b->builtin == B_ELAPSED)
		return elapsed(c, n);
	if (b->builtin == B_CALLER)
		return check_caller(c, n);
	if (b->builtin == B_STACK || b->builtin == B_USTACK)
		return check_stack(c, n, b);
	if (b->builtin != B_CURRENT)
		return n;
	for (; btf && !id; btf = btf->base)
		id = btf_find(btf, BTF_KIND_STRUCT, "task_struct", 0);
	n->type.to = id;
	if (id)
		return n;
	error_at(c->error, KS_ENAME, n->pos, n->len,
		 "this kernel's BTF does not describe struct task_struct");
	return NULL;
}

static void enum_name(const struct checker *c, uint32_t id, char *text, size_t cap)
{
	const char *name = btf_name(c->scope->btf, id);
	struct buf b = buf_over(text, cap);

	buf_str(&b, *name ? "enum " : "an enum without a name");
	buf_str(&b, name);
	buf_end(&b);
}

static struct node *ambiguous(struct checker *c, const struct node *n,
			      const struct scope_constant *k)
{
	char one[80], other[80];

	enum_name(c, k->of, one, sizeof(one));
	enum_name(c, k->other, other, sizeof(other));
	error_at(c->error, KS_ENAME, n->pos, n->len, "'%.*s' is %lld in %s and %lld in %s",
		 (int)n->token.n, n->token.p, (long long)k->value, one, (long long)k->other_value,
		 other);
	error_hint(c->error,
		   "compare it with a value of the enum that you mean, or cast it: "
		   "(enum x)%.*s",
		   (int)n->token.n, n->token.p);
	return NULL;
}

static struct node *number(struct node *n, const struct value_type *type, uint64_t value)
{
	n->kind = N_NUMBER;
	n->type = *type;
	n->number = value;
	return n;
}

static struct node *constant(struct checker *c, struct node *n)
{
	struct scope_constant k;
	uint64_t value;

	if (scope_constant(c->scope, n->token.p, n->token.n, 0, &k))
		return k.other ? ambiguous(c, n, &k) : number(n, &k.type, k.value);
	if (same("NULL", n) || same("false", n) || same("true", n))
		return number(n, &type_int, same("true", n));
	value = (uint64_t)errno_number(n->token.p, n->token.n);
	return value ? number(n, &type_int, value) : unknown(c, n);
}

struct node *check_name(struct checker *c, struct node *n)
{
	const struct scope_capture *s = capture(c, n);
	const struct builtin_name *b = scope_builtin(n->token.p, n->token.n);
	int index;

	if (s)
		return captured(c, n, s->value);
	if (b && (b->builtin != B_ELAPSED || c->scope->open_count))
		return builtin(c, n, b);
	if (same("retval", n))
		return retval(c, n);
	index = scope_arg(c->scope, n->token.p, n->token.n);
	if (b && index < 0) // else no time that passed, but an argument of that name
		return builtin(c, n, b);
	if (index >= 0)
		return check_argument(c, n, &c->scope->args[index].type, (uint32_t)index);
	return constant(c, n);
}

bool check_may_be_constant(const struct checker *c, const struct node *n)
{
	return n->kind == N_NAME && !capture(c, n) && !scope_builtin(n->token.p, n->token.n) &&
	       !same("retval", n) && scope_arg(c->scope, n->token.p, n->token.n) < 0;
}

struct node *check_constant_of(struct checker *c, struct node *n, const struct value_type *of)
{
	struct scope_constant k;

	return of->is_enum && of->id &&
			       scope_constant(c->scope, n->token.p, n->token.n,
					      type_peel(c->scope->btf, of->id), &k)
		       ? number(n, &k.type, k.value)
		       : NULL;
}
