// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "expand.h"

#include <stdio.h>
#include <string.h>

#include "error.h"
#include "nearest.h"
#include "parse.h"
#include "scope.h"

#define MAX_COPIES 4096 // nodes that the words of one expression may come to

static bool is(const struct token *t, int op)
{
	return t->kind == T_OPERATOR && t->op == op;
}

static bool same(const char *name, const struct token *t)
{
	return strlen(name) == t->n && !memcmp(name, t->p, t->n);
}

// --- making words -----------------------------------------------------------------------------

// Names before '(' that mean something already, or are no names in C.
static bool is_function(const struct token *t)
{
	static const char *const names[] = {"addr",  "arg",   "buf",	"entry",   "enum",
					    "errno", "first", "in",	"jiffies", "ms",
					    "ns",    "ntohl", "ntohs",	"path",	   "sizeof",
					    "stack", "str",   "struct", "symbol",  "union",
					    "us",    "user",  "ustack"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (same(names[i], t))
			return true;
	return false;
}

static int unexpected(const struct token *t, const char *expected, struct ks_error *error)
{
	if (t->kind == T_END)
		error_at(error, KS_ESYNTAX, t->pos, 1, "the word ends where %s should be",
			 expected);
	else
		error_at(error, KS_ESYNTAX, t->pos, t->len, "'%.*s' where %s should be", (int)t->n,
			 t->p, expected);
	error_hint(error, "a word is made like this: \"name(x, y)\"");
	return -1;
}

static int parameter(struct define *d, struct token *params, const struct token *t,
		     struct ks_error *error)
{
	if (t->kind != T_NAME)
		return unexpected(t, "a parameter's name", error);
	for (uint32_t i = 0; i < d->count; i++)
		if (params[i].n == t->n && !memcmp(params[i].p, t->p, t->n))
			return error_at(error, KS_ENAME, t->pos, t->len,
					"two parameters are called '%.*s'", (int)t->n, t->p);
	params[d->count++] = *t;
	return 0;
}

// head = name "(" [name {"," name}] ")"
static int read_head(struct arena *a, struct define *d, const struct token *t,
		     struct ks_error *error)
{
	const struct token *name = t++;
	struct token *params = arena_alloc(a, (strlen(d->head) + 1) * sizeof(*params));

	if (name->kind != T_NAME)
		return unexpected(name, "the word's name", error);
	if (is_function(name) || scope_builtin(name->p, name->n) || same("retval", name))
		return error_at(error, KS_ENAME, name->pos, name->len,
				"'%.*s' always names what is built in", (int)name->n, name->p);
	d->name = arena_copy(a, name->p, name->n);
	if (!params || !d->name)
		return error_nomem(error);
	d->params = params;
	if (!is(t, '('))
		return unexpected(t, "'('", error);
	t++;
	while (!is(t, ')')) {
		if (d->count && !is(t, ','))
			return unexpected(t, "',' or ')'", error);
		t += d->count != 0;
		if (parameter(d, params, t, error) < 0)
			return -1;
		t++;
	}
	t++;
	return t->kind == T_END ? 0 : unexpected(t, "the end", error);
}

const struct define *expand_define(struct arena *a, const struct define *before, const char *head,
				   const char *expr, struct ks_error *error)
{
	size_t behind = strlen(head) + 1, len = strlen(expr);
	char *text = arena_alloc(a, behind + len + 1);
	struct define *d = arena_alloc(a, sizeof(*d));
	const struct token *tokens;

	if (!text || !d) {
		error_nomem(error);
		return NULL;
	}
	memcpy(text, head, behind - 1);
	text[behind - 1] = ' ';
	memcpy(text + behind, expr, len);
	*d = (struct define){.text = text + behind, .next = before};
	d->head = arena_copy(a, head, behind - 1);
	tokens = lex(a, text, 0, (uint32_t)behind - 1, error);
	if (!d->head || !tokens || read_head(a, d, tokens, error) < 0)
		return NULL;
	tokens = lex(a, text, (uint32_t)behind, (uint32_t)(behind + len), error);
	d->body = tokens ? parse(a, tokens, error) : NULL;
	return d->body ? d : NULL;
}

// The ')' that closes the '(' at t; NULL when there is none.
static const struct token *closing(const struct token *t)
{
	for (int depth = 0; t->kind != T_END; t++) {
		depth += is(t, '(') ? 1 : is(t, ')') ? -1 : 0;
		if (depth == 0)
			return t;
	}
	return NULL;
}

// The ',' or ')' that ends the element at t, in a list that ends at `end`.
static const struct token *element(const struct token *t, const struct token *end)
{
	for (int depth = 0; t != end && (depth || !is(t, ',')); t++)
		depth += is(t, '(') || is(t, '[') ? 1 : is(t, ')') || is(t, ']') ? -1 : 0;
	return t;
}

static struct node *parse_part(struct arena *a, const struct token *from, const struct token *to,
			       struct ks_error *error)
{
	size_t count = (size_t)(to - from);
	struct token *part = arena_alloc(a, (count + 1) * sizeof(*part));

	if (!part) {
		error_nomem(error);
		return NULL;
	}
	memcpy(part, from, count * sizeof(*part));
	part[count] = (struct token){.kind = T_END, .pos = to->pos};
	return parse(a, part, error);
}

// value = choice | "(" [choice "," {choice ","} [choice]] ")", so that "(1,)" is a list as well
static int read_value(struct arena *a, struct param *p, const struct token *t,
		      struct ks_error *error)
{
	const struct token *end = is(t, '(') ? closing(t) : NULL;
	struct node **at = &p->value;

	p->is_list = end && end[1].kind == T_END && (end == t + 1 || element(t + 1, end) != end);
	if (!p->is_list) {
		p->value = parse(a, t, error);
		return p->value ? 0 : -1;
	}
	for (t++; t != end; at = &(*at)->next) {
		const struct token *behind = element(t, end);

		*at = parse_part(a, t, behind, error);
		if (!*at)
			return -1;
		t = behind == end ? end : behind + 1;
	}
	return 0;
}

const struct param *expand_param(struct arena *a, const struct param *before, const char *name,
				 const char *value, struct ks_error *error)
{
	struct param *p = arena_alloc(a, sizeof(*p));
	const char *text = arena_copy(a, value, strlen(value));
	const struct token *word = lex(a, name, 0, (uint32_t)strlen(name), error), *tokens;

	if (!p || !text) {
		error_nomem(error);
		return NULL;
	}
	if (!word || word->kind != T_NAME || word[1].kind != T_END) {
		error_set(error, KS_ESYNTAX, "'%.64s' is no name for a parameter", name);
		error_hint(error, "a name is made of letters, digits and _");
		return NULL;
	}
	*p = (struct param){.name = arena_copy(a, word->p, word->n), .next = before};
	tokens = lex(a, text, 0, (uint32_t)strlen(text), error);
	if (!tokens || read_value(a, p, tokens, error) < 0)
		return NULL;
	if (!p->name) {
		error_nomem(error);
		return NULL;
	}
	return p;
}

// --- replacing them ---------------------------------------------------------------------------

struct expander {
	struct arena *arena;
	struct words *words;
	struct ks_error *error;
	uint32_t copies;
};

// What a copy is made for: a call of a word, whose place the copy gets, and whose arguments stand
// for the word's parameters.
struct site {
	const struct node *call;
	const struct define *define; // NULL: no parameters
};

static struct node *grow(struct expander *e, struct node *n, const struct define *defines);

static struct node *fresh(struct expander *e, const struct node *n, const struct node *place)
{
	struct node *to = arena_alloc(e->arena, sizeof(*to));

	if (!to) {
		error_nomem(e->error);
		return NULL;
	}
	if (++e->copies > MAX_COPIES) {
		error_at(e->error, KS_ELIMIT, place->pos, place->len,
			 "this stands for more than %d operations", MAX_COPIES);
		return NULL;
	}
	*to = *n;
	to->next = NULL;
	return to;
}

// The argument that a parameter stands for; NULL: n is none.
static const struct node *argument(const struct node *n, const struct site *site)
{
	const struct node *arg = site->call->a;

	if (n->kind != N_NAME || !site->define)
		return NULL;
	for (uint32_t i = 0; i < site->define->count; i++, arg = arg->next) {
		const struct token *t = &site->define->params[i];

		if (t->n == n->token.n && !memcmp(t->p, n->token.p, t->n))
			return arg;
	}
	return NULL;
}

// A deep copy of n, without its next. site NULL: just that.
static struct node *copy(struct expander *e, const struct node *n, const struct site *site)
{
	const struct node *arg = site ? argument(n, site) : NULL;
	struct node *to = arg ? copy(e, arg, NULL) : fresh(e, n, site ? site->call : n);
	struct node **at;

	if (!to || arg)
		return to;
	if (site) {
		to->token.pos = to->pos = site->call->pos;
		to->token.len = to->len = site->call->len;
	}
	at = &to->a;
	for (const struct node *a = n->a; a; a = a->next, at = &(*at)->next) {
		*at = copy(e, a, site);
		if (!*at)
			return NULL;
	}
	if (n->b && !(to->b = copy(e, n->b, site)))
		return NULL;
	if (n->c && !(to->c = copy(e, n->c, site)))
		return NULL;
	return to;
}

static int record(struct expander *e, const struct node *call, const struct define *d)
{
	struct expansion *x = arena_alloc(e->arena, sizeof(*x));

	if (!x)
		return error_nomem(e->error);
	*x = (struct expansion){.pos = call->pos,
				.len = call->len,
				.define = d,
				.next = e->words->expansions};
	e->words->expansions = x;
	return 0;
}

static struct node *call(struct expander *e, struct node *n, const struct define *d)
{
	const struct site site = {.call = n, .define = d};
	struct node *body;
	uint32_t count = 0;

	for (const struct node *a = n->a; a; a = a->next)
		count++;
	if (count != d->count) {
		error_at(e->error, KS_ETYPE, n->pos, n->len, "%s takes %u argument%s, not %u",
			 d->name, d->count, d->count == 1 ? "" : "s", count);
		error_hint(e->error, "%s is %s", d->head, d->text);
		return NULL;
	}
	if (record(e, n, d) < 0)
		return NULL;
	body = copy(e, d->body, &site);
	return body ? grow(e, body, d->next) : NULL;
}

// No word has the name that is called. One that nothing else can have either, and that is close to
// a word's, is an error here, where the words are known; all else is left to check.
static int unknown(struct expander *e, const struct node *n, const struct define *defines)
{
	struct nearest near;

	if (is_function(&n->token))
		return 0;
	nearest_init(&near, n->token.p, n->token.n);
	for (const struct define *d = defines; d; d = d->next)
		nearest_offer(&near, d->name);
	if (!near.count)
		return 0;
	error_at(e->error, KS_ENAME, n->token.pos, n->token.len, "there is no function '%.*s'",
		 (int)n->token.n, n->token.p);
	nearest_hint(&near, e->error);
	return -1;
}

static struct node *no_param(struct expander *e, const struct node *n)
{
	struct nearest near;

	error_at(e->error, KS_ENAME, n->pos, n->len, "there is no $%.*s", (int)n->token.n,
		 n->token.p);
	error_hint(e->error, "with = { %.*s = ... } gives it a value", (int)n->token.n, n->token.p);
	nearest_init(&near, n->token.p - 1, n->token.n + 1); // with its $
	for (const struct param *p = e->words->params; p; p = p->next) {
		char name[NEAREST_NAME];

		snprintf(name, sizeof(name), "$%s", p->name);
		nearest_offer(&near, name);
	}
	nearest_hint(&near, e->error);
	return NULL;
}

// n, a $name, replaced by its value, or by a list of its values.
static struct node *param(struct expander *e, struct node *n, bool list)
{
	const struct site site = {.call = n};
	const struct param *p = e->words->params;
	struct node *to, **at;

	while (p && !same(p->name, &n->token))
		p = p->next;
	if (!p)
		return no_param(e, n);
	if (!list && p->is_list) {
		error_at(e->error, KS_ETYPE, n->pos, n->len, "$%s is a list, which only 'in' takes",
			 p->name);
		return NULL;
	}
	if (!list)
		return copy(e, p->value, &site);
	to = fresh(e, n, n);
	if (!to)
		return NULL;
	to->kind = N_LIST;
	at = &to->a;
	for (const struct node *v = p->value; v; v = v->next, at = &(*at)->next) {
		*at = copy(e, v, &site);
		if (!*at)
			return NULL;
	}
	return to;
}

// Replaces a node of the tree in place.
static bool replace(struct expander *e, struct node **at, const struct define *defines)
{
	struct node *next = (*at)->next, *n = grow(e, *at, defines);

	if (!n)
		return false;
	n->next = next;
	*at = n;
	return true;
}

// n with what is below it replaced, by words of `defines`.
static struct node *grow(struct expander *e, struct node *n, const struct define *defines)
{
	if (n->kind == N_PARAM)
		return param(e, n, false);
	if (n->kind == N_IN && n->b->kind == N_PARAM && !(n->b = param(e, n->b, true)))
		return NULL;
	for (struct node **at = &n->a; *at; at = &(*at)->next)
		if (!replace(e, at, defines))
			return NULL;
	if ((n->b && !replace(e, &n->b, defines)) || (n->c && !replace(e, &n->c, defines)))
		return NULL;
	if (n->kind != N_CALL)
		return n;
	for (const struct define *d = defines; d; d = d->next)
		if (same(d->name, &n->token))
			return call(e, n, d);
	return unknown(e, n, defines) < 0 ? NULL : n;
}

struct node *expand(struct arena *a, struct words *w, struct node *n, struct ks_error *error)
{
	struct expander e = {.arena = a, .words = w, .error = error};

	w->expansions = NULL;
	n = grow(&e, n, w->defines);
	if (!n)
		expand_blame(w, error);
	return n;
}

void expand_blame(const struct words *w, struct ks_error *error)
{
	const struct define *word = NULL;
	char message[sizeof(error->message)];
	struct buf out;

	// The oldest of those at one place is the one that was written there.
	for (const struct expansion *x = w->expansions; x; x = x->next)
		if (x->pos == error->pos && x->len == error->len)
			word = x->define;
	if (!word)
		return;
	memcpy(message, error->message, sizeof(message));
	out = buf_over(error->message, sizeof(error->message));
	buf_printf(&out, "in %s: %s", word->head, message);
	buf_end(&out);
	if (!*error->hint)
		error_hint(error, "%s is %s", word->head, word->text);
}
