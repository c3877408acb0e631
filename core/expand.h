// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Words that scripts add: name(x, y) stands for an expression, $name for a constant. They are
// replaced in parsed trees, before check: a word is a tree, not a text, so it needs no parentheses.
#ifndef CORE_EXPAND_H
#define CORE_EXPAND_H

#include "tree.h"

// A word. Its body sees the words made before it and no other: so there is no recursion, and
// what a word means does not change when another is made.
struct define {
	const char *name;
	const char *head, *text;    // as written: "f(x, y)" and its expression
	const struct token *params; // their names
	uint32_t count;
	const struct node *body; // parsed
	const struct define *next;
};

// $name. A list's values are chained by next.
struct param {
	const char *name;
	struct node *value; // parsed; NULL: the empty list
	bool is_list;
	const struct param *next;
};

// A word in the text: where it is called.
struct expansion {
	uint32_t pos, len;
	const struct define *define;
	const struct expansion *next;
};

struct words {
	const struct define *defines; // the newest first: of one name the newest counts
	const struct param *params;
	const struct expansion *expansions; // of the last tree, the newest first
};

// Makes the word "f(x, y)". NULL with error: KS_ESYNTAX, KS_ENAME (a built-in's name), KS_ENOMEM;
// positions count in head, one space and expr.
const struct define *expand_define(struct arena *a, const struct define *before, const char *head,
				   const char *expr, struct ks_error *error);
// Makes $name of a text: an expression, or a list of them: "()", "(1,)", "(1, 2)". NULL with error;
// positions count in value.
const struct param *expand_param(struct arena *a, const struct param *before, const char *name,
				 const char *value, struct ks_error *error);
// The tree with all words and $names replaced; n itself is changed. What comes of a body has the
// place of the call, so carets stay in the text that was written; arguments keep their own.
// NULL with error: KS_ENAME, KS_ETYPE, KS_ELIMIT, KS_ENOMEM.
struct node *expand(struct arena *a, struct words *w, struct node *n, struct ks_error *error);
// Puts the word before an error that points at a call that expand() replaced. Needs: w as expand()
// left it.
void expand_blame(const struct words *w, struct ks_error *error);

#endif
