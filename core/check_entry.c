// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// entry(x): what x was where a call or span began, checked in the scope of each of its open ends.
#include "checker.h"

#include <string.h>

#include "error.h"

void check_no_open(struct checker *c, const struct node *n)
{
	const struct scope *s = c->scope;

	if (s->no_open && s->open_count && s->opens[0]->args != s->args) {
		error_at(c->error, KS_ENAME, n->pos, n->len,
			 "what was where the span opened is not known yet: %s", s->no_open);
		return;
	}
	if (s->no_open) {
		error_at(c->error, KS_ENAME, n->pos, n->len,
			 "what was when %s began is not known here: %s", s->name, s->no_open);
		return;
	}
	if (s->is_outer) {
		error_at(c->error, KS_ENAME, n->pos, n->len,
			 "a call in 'within' is asked when it begins: there is no '%.*s' yet",
			 (int)n->token.n, n->token.p);
		return;
	}
	error_at(c->error, KS_ENAME, n->pos, n->len,
		 "a probe is one moment: '%.*s' needs a beginning and an end", (int)n->token.n,
		 n->token.p);
	error_hint(c->error, "use ks.call, which pairs the entry of a function with its return");
}

bool check_stashed(struct checker *c, const struct node *n)
{
	while ((n->kind == N_MEMBER && !n->arrow) || (n->kind == N_INDEX && check_is_array(n->a)))
		n = n->a;
	if (n->kind != N_STASH)
		return false;
	check_error(c, n, "entry() keeps this %s as a whole, whose parts can't be looked at");
	error_hint(c->error, "ask for the part: entry(x.y), entry(x[1])");
	return true;
}

struct node *check_copy(struct checker *c, const struct node *n)
{
	struct node *to;

	if (!n)
		return NULL;
	to = arena_alloc(c->arena, sizeof(*to));
	if (!to) {
		error_nomem(c->error);
		return NULL;
	}
	*to = *n;
	if ((n->a && !(to->a = check_copy(c, n->a))) || (n->b && !(to->b = check_copy(c, n->b))) ||
	    (n->c && !(to->c = check_copy(c, n->c))) ||
	    (n->next && !(to->next = check_copy(c, n->next))))
		return NULL;
	return to;
}

// Is its value the same at both ends of a call: made of constants and of what was passed?
static bool is_passed(const struct scope *s, const struct node *n)
{
	switch (n->kind) {
	case N_NUMBER:
		return true;
	case N_BUILTIN:
		return n->builtin == B_FUNC || n->builtin == B_CALLER;
	case N_ARG:
		return s->context == CONTEXT_TRACING && !s->args[n->slot].behind_regs;
	case N_UNARY:
	case N_CONVERT:
	case N_SWAP:
		return is_passed(s, n->a);
	default:
		return false;
	}
}

// What can be put away: what a record can carry.
static bool can_stash(struct checker *c, const struct node *n)
{
	if (n->type.kind == V_VOID || n->type.kind == V_TEXT) {
		check_error(c, n, "entry() keeps values, and this is %s");
	} else if (!n->type.size) {
		check_error(c, n, "%s has no length of its own");
		error_hint(c->error, n->type.kind == V_CHARS
					     ? "entry(str(x)) keeps the text in it, "
					       "entry(buf(x, n)) n bytes"
					     : "entry(x[:n]) keeps n elements of it");
	} else {
		return true;
	}
	return false;
}

// The tree of x in the scope of one open end.
static struct node *in_scope(struct checker *c, const struct scope *open, struct node *x)
{
	struct checker at = *c;
	const char *name = x->kind == N_NAME ? x->token.p : NULL;
	uint32_t len = x->token.n;
	struct node *n;

	at.scope = open;
	at.in_entry = true;
	n = check_node(&at, x);
	c->weight = at.weight;
	if (n)
		return (n->kind == N_BUILTIN && n->builtin == B_FUNC) || can_stash(c, n) ? n : NULL;
	for (const struct scope_capture *s = c->scope->captures; name && s; s = s->next)
		if (strlen(s->name) == len && !memcmp(s->name, name, len))
			error_hint(c->error,
				   "'%s' is captured at the end: write out in entry() "
				   "what it stands for",
				   s->name);
	return NULL;
}

bool check_one_type(const struct btf *b, const struct value_type *x, const struct value_type *y)
{
	return x->kind == y->kind && x->size == y->size && x->is_signed == y->is_signed &&
	       x->is_user == y->is_user && (x->id == y->id || check_same_type(b, x, y));
}

// Is it known what was when it began? word: what asks for that.
static int is_interval(struct checker *c, const struct node *at, const char *word)
{
	const struct scope *s = c->scope;

	if (!s->is_open && s->open_count && !s->no_open)
		return 0;
	if (!s->is_open) {
		check_no_open(c, at);
		return -1;
	}
	error_at(c->error, KS_ENAME, at->pos, at->len,
		 "nothing was before %s, where the span opens", s->name);
	error_hint(c->error, "%s is for where it closes", word);
	return -1;
}

int check_interval(const struct scope *s, const char *spec, uint32_t pos, struct ks_error *error)
{
	struct checker c = {.scope = s, .error = error};
	uint32_t len = (uint32_t)strlen(spec);
	const struct node at = {.token = {.p = spec, .n = len}, .pos = pos, .len = len};

	return is_interval(&c, &at, spec);
}

struct node *check_entry(struct checker *c, struct node *n)
{
	const struct scope *s = c->scope;
	const struct node **entries;
	struct node *made;

	if (s->is_open && c->in_entry) {
		error_at(c->error, KS_ENAME, n->pos, n->len, "entry() within entry()");
		return NULL;
	}
	if (is_interval(c, n, "entry(x)") < 0)
		return NULL;
	entries = arena_alloc(c->arena, s->open_count * sizeof(*entries));
	if (!entries) {
		error_nomem(c->error);
		return NULL;
	}
	for (uint32_t i = 0; i < s->open_count; i++) {
		struct node *x = i + 1 < s->open_count ? check_copy(c, n->a) : n->a;

		entries[i] = x ? in_scope(c, s->opens[i], x) : NULL;
		if (!entries[i])
			return NULL;
		if (i && !check_one_type(s->btf, &entries[i]->type, &entries[0]->type))
			return check_error(c, entries[i],
					   "where it begins elsewhere this is of another type "
					   "than %s");
	}
	// One scope for both ends: what was passed is still known.
	if (s->open_count == 1 && s->opens[0]->args == s->args && is_passed(s, entries[0]))
		return (struct node *)entries[0];
	made = check_make(c, N_STASH, n, NULL, NULL, &entries[0]->type);
	if (!made)
		return NULL;
	if (made->type.kind == V_TEXT) // func: what a record has of it
		made->type.size = 4;
	made->entries = entries;
	made->opens = s->opens;
	made->slot = s->open_count;
	made->count = entries[0]->count;
	made->is_part = entries[0]->is_part;
	return made;
}
