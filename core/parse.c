// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "parse.h"

#include <string.h>

#include "error.h"

#define MAX_DEPTH 100

struct parser {
	struct arena *arena;
	const struct token *first;
	const struct token *t; // the next token
	struct ks_error *error;
	int depth;
};

static bool is(const struct token *t, int op)
{
	return t->kind == T_OPERATOR && t->op == op;
}

static bool at(const struct parser *p, int op)
{
	return is(p->t, op);
}

static bool word(const struct token *t, const char *name)
{
	return t->kind == T_NAME && strlen(name) == t->n && !memcmp(t->p, name, t->n);
}

// What Lua writes otherwise than C.
static void hint(struct parser *p)
{
	static const char *const pairs[][2] = {{"and", "&&"}, {"or", "||"}, {"not", "!"}};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++)
		if (word(p->t, pairs[i][0]) || (i == 2 && word(p->t - 1, pairs[i][0])))
			error_hint(p->error, "'%s' is %s in C", pairs[i][0], pairs[i][1]);
}

static struct node *fail(struct parser *p, const char *expected)
{
	const struct token *t = p->t;

	if (t->kind == T_END) {
		error_at(p->error, KS_ESYNTAX, t->pos, 1, "the expression ends where %s should be",
			 expected);
		return NULL;
	}
	error_at(p->error, KS_ESYNTAX, t->pos, t->len, "'%.*s' where %s should be", (int)t->n, t->p,
		 expected);
	if (t != p->first)
		hint(p);
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

static struct node *unary(struct parser *p);

static bool type_word(const struct token *t)
{
	static const char *const words[] = {"struct",	"union", "enum",  "unsigned", "signed",
					    "int",	"char",	 "short", "long",     "void",
					    "const",	"_Bool", "bool",  "float",    "double",
					    "volatile", "u8",	 "u16",	  "u32",      "u64",
					    "s8",	"s16",	 "s32",	  "s64",      "__u8",
					    "__u16",	"__u32", "__u64", "__s8",     "__s16",
					    "__s32",	"__s64"};

	if (t->kind == T_NAME && t->n > 2 && !memcmp(t->p + t->n - 2, "_t", 2))
		return true;
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (word(t, words[i]))
			return true;
	return false;
}

// Does an operand begin here, where an operator can not?
static bool operand(const struct token *t)
{
	return t->kind == T_OPERATOR ? t->op == '(' || t->op == '!' : t->kind != T_END;
}

// The token behind the type that begins at t; NULL when what is there is no type, or may be a
// value as well. Which words are types only BTF can say, so here form decides:
//   a word that only types have (struct, unsigned, u32, size_t, ...) and all up to ')' or ',';
//   name * ... ')', as no value ends in *.
static const struct token *type_end(const struct token *t)
{
	int depth = 0;

	if (type_word(t)) {
		for (; t->kind != T_END; t++) {
			depth += is(t, '(') ? 1 : is(t, ')') ? -1 : 0;
			if (depth < 0 || (depth == 0 && is(t, ',')))
				return t;
		}
		return NULL;
	}
	if (t->kind != T_NAME || !is(t + 1, '*'))
		return NULL;
	for (t++; is(t, '*') || word(t, "const") || word(t, "volatile") || word(t, "__user"); t++)
		;
	return is(t, ')') || is(t, ',') ? t : NULL;
}

// A node for the type in the tokens [from, end), which its token holds as one.
static struct node *type_node(struct parser *p, enum node_kind kind, const struct token *from,
			      const struct token *end)
{
	struct token text = *from;

	text.n = text.len = end == from ? 0 : end[-1].pos + end[-1].len - from->pos;
	return make(p, kind, &text, NULL, NULL);
}

static struct node *too_deep(struct parser *p)
{
	error_at(p->error, KS_ELIMIT, p->t->pos, p->t->len, "nested more than %d deep", MAX_DEPTH);
	return NULL;
}

// element = type | choice. A type is a N_CAST of nothing.
static struct node *element(struct parser *p)
{
	const struct token *from = p->t, *end = type_end(from);

	if (!end)
		return choice(p);
	p->t = end;
	return type_node(p, N_CAST, from, end);
}

// list = "(" [element {"," element}] ")", chained by next from parent->a
static struct node *list(struct parser *p, struct node *parent)
{
	struct node *last = NULL;

	if (!parent)
		return NULL;
	p->t++;
	while (!at(p, ')')) {
		struct node *n;

		if (last && !at(p, ','))
			return fail(p, "',' or ')'");
		p->t += last != NULL;
		n = element(p);
		if (!n)
			return NULL;
		*(last ? &last->next : &parent->a) = n;
		last = n;
	}
	parent->len = p->t->pos + 1 - parent->pos;
	p->t++;
	return parent;
}

// primary = number | string | address | name | "$" name | name list | "(" choice ")"
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
	case T_ADDRESS:
		p->t++;
		return make(p, N_TEXT, t, NULL, NULL);
	case T_PARAM:
		p->t++;
		return make(p, N_PARAM, t, NULL, NULL);
	case T_NAME:
		p->t++;
		n = make(p, at(p, '(') ? N_CALL : N_NAME, t, NULL, NULL);
		return at(p, '(') ? list(p, n) : n;
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

static struct node *member(struct parser *p, struct node *n)
{
	bool arrow = !at(p, '.');

	if (p->t[1].kind != T_NAME) {
		bool fraction = n->kind == N_NUMBER && !arrow;

		p->t++;
		fail(p, "a member's name");
		if (fraction)
			error_hint(p->error, "there are no fractions: 1500us, not 1.5ms");
		return NULL;
	}
	n = make(p, N_MEMBER, ++p->t, n, NULL);
	if (n)
		n->arrow = arrow;
	p->t++;
	return n;
}

// subscript = "[" choice "]" | "[" [choice] ":" choice "]"
static struct node *subscript(struct parser *p, struct node *n)
{
	const struct token *t = p->t++;
	struct node *from = at(p, ':') ? NULL : choice(p), *to = NULL;
	bool slice = at(p, ':');

	if (!from && !slice)
		return NULL;
	if (slice) {
		p->t++;
		to = choice(p);
		if (!to)
			return NULL;
	}
	if (!at(p, ']'))
		return fail(p, "']'");
	n = make(p, slice ? N_SLICE : N_INDEX, t, n, from);
	if (n) {
		n->c = to;
		n->len = p->t->pos + 1 - n->pos;
	}
	p->t++;
	return n;
}

// postfix = primary {("." | "->") name | subscript}
static struct node *postfix(struct parser *p)
{
	struct node *n = primary(p);

	while (n && (at(p, '.') || at(p, TWO('-', '>')) || at(p, '[')))
		n = at(p, '[') ? subscript(p, n) : member(p, n);
	return n;
}

// cast = "(" type ")" unary. Besides what type_end takes for a type, "(" name ")" is one when a
// value follows without an operator between.
static const struct token *cast_end(const struct token *t)
{
	const struct token *end = type_end(t + 1);

	if (!end && t[1].kind == T_NAME && is(t + 2, ')') && operand(t + 3) && !word(t + 3, "in"))
		end = t + 2;
	return end && is(end, ')') ? end : NULL;
}

static struct node *cast(struct parser *p, const struct token *end)
{
	const struct token *open = p->t;
	struct node *n = type_node(p, N_CAST, open + 1, end);

	p->t = end + 1;
	if (!n)
		return NULL;
	n->a = unary(p);
	if (!n->a)
		return NULL;
	n->pos = open->pos;
	n->len = n->a->pos + n->a->len - n->pos;
	return n;
}

// sizeof = "sizeof" "(" type ")" | "sizeof" unary. The type is in the node's token, else a is set.
static struct node *size_of(struct parser *p)
{
	const struct token *t = p->t++, *end = at(p, '(') ? type_end(p->t + 1) : NULL;
	struct node *n, *a;

	if (!end || !is(end, ')')) {
		a = unary(p);
		return a ? make(p, N_SIZEOF, t, a, NULL) : NULL;
	}
	n = type_node(p, N_SIZEOF, p->t + 1, end);
	p->t = end + 1;
	if (n) {
		n->pos = t->pos;
		n->len = end->pos + 1 - t->pos;
	}
	return n;
}

// The operators of one operand; "!~", which behind an operand is one, is two here.
static struct node *prefix(struct parser *p)
{
	struct token t = *p->t++;
	bool both = t.op == TWO('!', '~');
	struct node *a = unary(p);

	if (a && both) {
		struct token second = t;

		t.n = t.len = second.n = second.len = 1;
		t.op = '!';
		second.op = '~';
		second.p++;
		second.pos++;
		a = make(p, N_UNARY, &second, a, NULL);
	}
	if (!a)
		return NULL;
	return make(p, t.op == '*' ? N_DEREF : t.op == '&' ? N_ADDRESS : N_UNARY, &t, a, NULL);
}

// unary = ("-" | "+" | "~" | "!" | "*" | "&") unary | sizeof | cast | postfix
static struct node *unary(struct parser *p)
{
	const struct token *t = p->t, *end = at(p, '(') ? cast_end(t) : NULL;
	bool prefixed = at(p, TWO('!', '~')) || at(p, '-') || at(p, '+') || at(p, '~') ||
			at(p, '!') || at(p, '*') || at(p, '&');
	struct node *n;

	if (!end && !prefixed && !word(t, "sizeof"))
		return postfix(p);
	if (++p->depth > MAX_DEPTH)
		return too_deep(p);
	n = end ? cast(p, end) : prefixed ? prefix(p) : size_of(p);
	p->depth--;
	return n;
}

// How tightly a binary operator binds, as in C; 0: it is none.
static int binds(const struct token *t)
{
	if (t->kind != T_OPERATOR)
		return word(t, "in") ? 7 : 0;
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
	case TWO('!', '~'):
	case '~':
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

// in = "in" (list | "$" name)
static struct node *in(struct parser *p, struct node *a)
{
	const struct token *t = p->t++;
	struct node *b;

	if (p->t->kind == T_PARAM)
		b = primary(p);
	else if (at(p, '('))
		b = list(p, make(p, N_LIST, p->t, NULL, NULL));
	else
		return fail(p, "a list in parentheses");
	return b ? make(p, N_IN, t, a, b) : NULL;
}

// binary = unary {operator unary | in}, by precedence climbing
static struct node *binary(struct parser *p, int least)
{
	struct node *a = unary(p);

	while (a && binds(p->t) >= least) {
		const struct token *t = p->t;
		bool logic = t->op == TWO('&', '&') || t->op == TWO('|', '|');
		struct node *b;

		if (t->kind == T_NAME) {
			a = in(p, a);
			continue;
		}
		p->t++;
		b = binary(p, binds(t) + 1);
		if (!b && (t->op == '~' || t->op == TWO('!', '~')) && !*p->error->hint)
			error_hint(p->error, "a pattern stands in quotes: 'a*'");
		a = b ? make(p, logic ? N_LOGIC : N_BINARY, t, a, b) : NULL;
	}
	return a;
}

// choice = binary ["?" choice ":" choice]
static struct node *choice(struct parser *p)
{
	struct node *a, *n = NULL;

	if (++p->depth > MAX_DEPTH)
		return too_deep(p);
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
	struct parser p = {.arena = a, .first = tokens, .t = tokens, .error = error};
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
