// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "parse.h"

#include <string.h>

#include "error.h"

#define MAX_DEPTH 100

struct parser {
	struct arena *arena;
	const struct token *t; // the next token
	struct ks_error *error;
	int depth;
};

static bool at(const struct parser *p, int op)
{
	return p->t->kind == T_OPERATOR && p->t->op == op;
}

static struct node *fail(struct parser *p, const char *expected)
{
	const struct token *t = p->t;

	if (t->kind == T_END)
		error_at(p->error, KS_ESYNTAX, t->pos, 1, "the expression ends where %s should be",
			 expected);
	else
		error_at(p->error, KS_ESYNTAX, t->pos, t->len, "'%.*s' where %s should be",
			 (int)t->n, t->p, expected);
	return NULL;
}

static struct node *make(struct parser *p, enum node_kind kind, const struct token *t,
			 struct node *a, struct node *b)
{
	struct node *n = arena_alloc(p->arena, sizeof(*n));
	uint32_t end = t->pos + t->len;

	if (!n) {
		error_nomem(p->error);
		return NULL;
	}
	n->kind = kind;
	n->token = *t;
	n->op = t->op;
	n->a = a;
	n->b = b;
	n->pos = a && a->pos < t->pos ? a->pos : t->pos;
	if (a && a->pos + a->len > end)
		end = a->pos + a->len;
	if (b && b->pos + b->len > end)
		end = b->pos + b->len;
	n->len = end - n->pos;
	return n;
}

static struct node *choice(struct parser *p);

// list = choice {"," choice}, chained by next
static struct node *list(struct parser *p)
{
	struct node *first = choice(p), *last = first;

	while (last && at(p, ',')) {
		p->t++;
		last->next = choice(p);
		last = last->next;
	}
	return last ? first : NULL;
}

// primary = number | string | name | "$" name | name "(" [list] ")" | "(" choice ")"
static struct node *primary(struct parser *p)
{
	const struct token *t = p->t;
	struct node *n;

	switch (t->kind) {
	case T_NUMBER:
	case T_DURATION:
		p->t++;
		return make(p, N_NUMBER, t, NULL, NULL);
	case T_STRING:
		p->t++;
		return make(p, N_TEXT, t, NULL, NULL);
	case T_PARAM:
		p->t++;
		return make(p, N_PARAM, t, NULL, NULL);
	case T_NAME:
		p->t++;
		if (!at(p, '('))
			return make(p, N_NAME, t, NULL, NULL);
		n = make(p, N_CALL, t, NULL, NULL);
		if (!n)
			return NULL;
		p->t++;
		if (!at(p, ')')) {
			n->a = list(p);
			if (!n->a)
				return NULL;
		}
		if (!at(p, ')'))
			return fail(p, "',' or ')'");
		n->len = p->t->pos + 1 - n->pos;
		p->t++;
		return n;
	default:
		break;
	}
	if (!at(p, '('))
		return fail(p, "a value");
	p->t++;
	n = choice(p);
	if (!n)
		return NULL;
	if (!at(p, ')'))
		return fail(p, "')'");
	n->len = p->t->pos + 1 - t->pos;
	n->pos = t->pos;
	p->t++;
	return n;
}

// postfix = primary {("." | "->") name}
static struct node *postfix(struct parser *p)
{
	struct node *n = primary(p);

	while (n && (at(p, '.') || at(p, TWO('-', '>')))) {
		bool arrow = !at(p, '.');

		p->t++;
		if (p->t->kind != T_NAME)
			return fail(p, "a member's name");
		n = make(p, N_MEMBER, p->t, n, NULL);
		if (n)
			n->arrow = arrow;
		p->t++;
	}
	return n;
}

// unary = ("-" | "+" | "~" | "!" | "*") unary | postfix
static struct node *unary(struct parser *p)
{
	const struct token *t = p->t;
	struct node *n, *a;

	if (!at(p, '-') && !at(p, '+') && !at(p, '~') && !at(p, '!') && !at(p, '*'))
		return postfix(p);
	if (++p->depth > MAX_DEPTH) {
		error_at(p->error, KS_ELIMIT, t->pos, t->len, "nested more than %d deep",
			 MAX_DEPTH);
		return NULL;
	}
	p->t++;
	a = unary(p);
	p->depth--;
	if (!a)
		return NULL;
	n = make(p, t->op == '*' ? N_DEREF : N_UNARY, t, a, NULL);
	return n;
}

// How tightly a binary operator binds, as in C; 0: it is none.
static int binds(const struct token *t)
{
	if (t->kind != T_OPERATOR)
		return 0;
	switch (t->op) {
	case TWO('|', '|'):
		return 1;
	case TWO('&', '&'):
		return 2;
	case '|':
		return 3;
	case '^':
		return 4;
	case '&':
		return 5;
	case TWO('=', '='):
	case TWO('!', '='):
		return 6;
	case '<':
	case '>':
	case TWO('<', '='):
	case TWO('>', '='):
		return 7;
	case TWO('<', '<'):
	case TWO('>', '>'):
		return 8;
	case '+':
	case '-':
		return 9;
	case '*':
	case '/':
	case '%':
		return 10;
	default:
		return 0;
	}
}

// binary = unary {operator unary}, by precedence climbing
static struct node *binary(struct parser *p, int least)
{
	struct node *a = unary(p);

	while (a && binds(p->t) >= least) {
		const struct token *t = p->t;
		bool logic = t->op == TWO('&', '&') || t->op == TWO('|', '|');
		struct node *b;

		p->t++;
		b = binary(p, binds(t) + 1);
		a = b ? make(p, logic ? N_LOGIC : N_BINARY, t, a, b) : NULL;
	}
	return a;
}

// choice = binary ["?" choice ":" choice]
static struct node *choice(struct parser *p)
{
	struct node *a, *n = NULL;

	if (++p->depth > MAX_DEPTH) {
		error_at(p->error, KS_ELIMIT, p->t->pos, p->t->len, "nested more than %d deep",
			 MAX_DEPTH);
		return NULL;
	}
	a = binary(p, 1);
	if (a && at(p, '?')) {
		const struct token *t = p->t++;
		struct node *b = choice(p), *c;

		if (!b)
			return NULL;
		if (!at(p, ':'))
			return fail(p, "':'");
		p->t++;
		c = choice(p);
		n = c ? make(p, N_CHOICE, t, a, b) : NULL;
		if (n) {
			n->c = c;
			n->len = c->pos + c->len - n->pos;
		}
		a = n;
	}
	p->depth--;
	return a;
}

struct node *parse(struct arena *a, const struct token *tokens, struct ks_error *error)
{
	struct parser p = {.arena = a, .t = tokens, .error = error};
	struct node *n;

	if (tokens->kind == T_END) {
		error_at(error, KS_ESYNTAX, tokens->pos, 1, "an empty expression");
		return NULL;
	}
	n = choice(&p);
	if (n && p.t->kind != T_END)
		return fail(&p, "an operator or the end");
	return n;
}

static void spell(const struct value_type *t, struct buf *out)
{
	static const char *const kinds[] = {"int", "pointer", "struct", "chars", "array",
					    "str", "bytes",   "inet",	"text",	 "void"};

	if (t->kind == V_INT)
		buf_printf(out, "%c%u", t->is_signed ? 's' : 'u', t->size * 8);
	else
		buf_printf(out, "%s%s", t->is_user ? "user " : "", kinds[t->kind]);
}

static void dump(const struct node *n, int depth, struct buf *out)
{
	static const char *const names[] = {"number",  "text",	 "name",  "param",  "call",
					    "cast",    "sizeof", "in",	  "list",   "arg",
					    "builtin", "member", "deref", "index",  "address",
					    "unary",   "binary", "logic", "choice", "convert",
					    "str",     "bytes",	 "swap",  "match",  "inet"};

	buf_repeat(out, ' ', (size_t)depth * 2);
	buf_str(out, names[n->kind]);
	if (n->kind != N_CONVERT) {
		buf_char(out, ' ');
		buf_str(out, n->kind == N_MEMBER ? n->arrow ? "->" : "." : "");
		buf_add(out, n->token.p, n->token.n);
	}
	if (n->type.size || n->type.kind) {
		buf_str(out, " : ");
		spell(&n->type, out);
	}
	if (n->kind == N_MEMBER && n->type.size) {
		buf_printf(out, " @ +%u", n->bit_offset / 8);
		if (n->bits)
			buf_printf(out, " bit %u, %u bits", n->bit_offset % 8, n->bits);
	}
	buf_char(out, '\n');
	if (n->a)
		dump(n->a, depth + 1, out);
	if (n->kind == N_CALL)
		for (const struct node *more = n->a ? n->a->next : NULL; more; more = more->next)
			dump(more, depth + 1, out);
	if (n->b)
		dump(n->b, depth + 1, out);
	if (n->c)
		dump(n->c, depth + 1, out);
}

void parse_dump(const struct node *n, struct buf *out)
{
	dump(n, 0, out);
}
