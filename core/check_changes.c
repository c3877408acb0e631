// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// x|changes: what x was where a call or span began beside what it is where that ends.
#include "check.h"
#include "checker.h"
#include "error.h"
#include "eval.h"
#include "layout.h"
#include "type.h"

// entry(x) or *x of a parsed tree, parsed.
static struct node *around(struct checker *c, enum node_kind kind, struct node *x)
{
	static const struct token entry = {.kind = T_NAME, .p = "entry", .n = 5};
	struct node *n = x ? check_make(c, kind, x, x, NULL, &type_int) : NULL;

	if (n && kind == N_CALL)
		n->token = entry;
	return n;
}

static struct node *checked(struct checker *c, struct node *n)
{
	return n ? check_node(c, n) : NULL;
}

// Is x a pointer that says which object it is, and not one that lies in memory and can be another
// at the end?
static bool is_object(const struct node *x)
{
	return x->type.kind == V_PTR && x->kind != N_MEMBER && x->kind != N_DEREF &&
	       x->kind != N_INDEX && !(x->kind == N_ARG && x->slot == ARG_RETVAL);
}

static int readable(struct checker *c, const struct node *x)
{
	if (!x->type.to || !type_holds_text(c->scope->btf, x->type.to))
		return 0;
	check_error(c, x, "how many characters this %s leads to is not known");
	error_hint(c->error, "str(x) is the text there, buf(x, n) so many bytes");
	return -1;
}

// Both of them are in one record.
static int fits(struct checker *c, const struct node *x)
{
	char type[96];

	if (x->type.size <= MAX_RECORD / 2)
		return 0;
	check_spell(c, &x->type, type, sizeof(type));
	error_at(c->error, KS_ELIMIT, x->pos, x->len,
		 "%s has %u bytes, and a record takes two of %u at most", type, x->type.size,
		 MAX_RECORD / 2);
	error_hint(c->error, "compare the members that you need: x->y|changes");
	return -1;
}

// What was and what is: *was and *is, of x, checked, whose parsed tree is n.
static int ends(struct checker *c, struct node *n, const struct node *x, struct node **was,
		struct node **is)
{
	if (!is_object(x)) {
		if (fits(c, x) < 0 || check_capturable(c, x) < 0)
			return -1;
		*was = checked(c, around(c, N_CALL, check_copy(c, n)));
		*is = *was ? check_node(c, n) : NULL;
		return *is ? 0 : -1;
	}
	if (readable(c, x) < 0)
		return -1;
	*was = checked(c, around(c, N_CALL, around(c, N_DEREF, check_copy(c, n))));
	*is = *was ? checked(c, around(c, N_DEREF, around(c, N_CALL, n))) : NULL;
	return *is && fits(c, *is) == 0 ? check_capturable(c, *is) : -1;
}

static int no_place(struct checker *c, const struct node *x)
{
	if (x->type.kind != V_TEXT)
		return 0;
	error_at(c->error, KS_ETYPE, x->pos, x->len, "changes compares values, and this is a name");
	error_hint(c->error, "in a span's template: {entry(func)} -> {func}");
	return -1;
}

struct node *check_changes(struct arena *a, const struct scope *s, struct node *n,
			   struct ks_error *error)
{
	struct checker c = {.arena = a, .scope = s, .error = error};
	struct node *x = checked(&c, check_copy(&c, n)), *was, *is, *made;

	if (!x || no_place(&c, x) < 0 || ends(&c, n, x, &was, &is) < 0)
		return NULL;
	if (was->kind != N_STASH) {
		error_at(error, KS_ETYPE, n->pos, n->len,
			 "this was passed to %s, and a call can't change that", s->name);
		return NULL;
	}
	if (is->kind == N_STASH && is->opens != s->opens) {
		error_at(error, KS_ETYPE, n->pos, n->len,
			 "this was captured when an outer call began, and stays what it was");
		return NULL;
	}
	if (!check_one_type(s->btf, &was->type, &is->type))
		return check_error(&c, is, "where it began this is of another type than %s");
	made = check_make(&c, N_CHANGES, is, was, is, &is->type);
	if (!made)
		return NULL;
	made->number = (eval_size(is) + 7) & ~(size_t)7;
	made->weight = c.weight;
	return made;
}
