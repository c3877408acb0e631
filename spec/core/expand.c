// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Replaces words in trees, by commands on stdin, of fields with tabs between, one a line:
//   define HEAD EXPR    with NAME VALUE    expand EXPR    in EXPR $NAME
// and prints each tree as "token@pos+len(below, ...)", or what was wrong. "in" is the tree of
// `EXPR in $NAME`.
#include <stdio.h>
#include <string.h>

#include "error.h"
#include "expand.h"
#include "parse.h"

static struct arena arena;
static struct words words;
static struct ks_error error;

static struct node *read(const char *text)
{
	struct token *t = lex(&arena, text, 0, (uint32_t)strlen(text), &error);

	return t ? parse(&arena, t, &error) : NULL;
}

static void show(const struct node *n)
{
	const char *between = "";

	printf("%.*s@%u+%u", n->kind == N_IN || n->kind == N_LIST ? 0 : (int)n->token.n, n->token.p,
	       n->pos, n->len);
	if (n->token.pos + n->token.len > n->pos + n->len || n->token.pos < n->pos)
		printf(" (its token lies outside)");
	if (!n->a && !n->b && !n->c)
		return;
	putchar('(');
	for (const struct node *a = n->a; a; a = a->next, between = ", ") {
		printf("%s", between);
		show(a);
	}
	for (int i = 0; i < 2; i++, between = ", ") {
		const struct node *next = i ? n->c : n->b;

		if (next) {
			printf("%s", between);
			show(next);
		}
	}
	putchar(')');
}

static struct node *in(const char *expr, const char *name)
{
	struct node *n = arena_alloc(&arena, sizeof(*n));

	n->kind = N_IN;
	n->len = (uint32_t)(strlen(expr) + strlen(name));
	n->a = read(expr);
	n->b = read(name);
	return n->a && n->b ? n : NULL;
}

static bool run(const char *command, const char *a, const char *b)
{
	struct node *n;

	if (!strcmp(command, "define")) {
		const struct define *d = expand_define(&arena, words.defines, a, b, &error);

		words.defines = d ? d : words.defines;
		return d;
	}
	if (!strcmp(command, "with")) {
		const struct param *p = expand_param(&arena, words.params, a, b, &error);

		words.params = p ? p : words.params;
		return p;
	}
	n = !strcmp(command, "in") ? in(a, b) : read(a);
	n = n ? expand(&arena, &words, n, &error) : NULL;
	if (!n)
		return false;
	show(n);
	putchar('\n');
	return true;
}

int main(void)
{
	char line[8192];

	while (fgets(line, sizeof(line), stdin)) {
		const char *fields[3] = {"", "", ""};
		char *rest = arena_copy(&arena, line, strcspn(line, "\n"));

		for (int i = 0; rest && i < 3; i++)
			fields[i] = strsep(&rest, "\t");
		if (!run(fields[0], fields[1], fields[2])) {
			printf("%u+%u %s\n", error.pos, error.len, error.message);
			if (*error.hint)
				printf("hint: %s\n", error.hint);
			error.hint[0] = '\0';
		}
	}
	arena_fini(&arena);
	return 0;
}
