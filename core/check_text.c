// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Strings: compared with text, matched with patterns.
#include "checker.h"

#include <ctype.h>

#include "error.h"
#include "type.h"

static bool to_chars(const struct checker *c, const struct value_type *t)
{
	const struct btf_type *raw = type_peeled(c->scope->btf, t->to);

	return t->kind == V_PTR && btf_kind(raw) == BTF_KIND_INT && raw->size == 1;
}

bool check_is_text(const struct checker *c, const struct node *n)
{
	return n->type.kind == V_CHARS || n->type.kind == V_STR || to_chars(c, &n->type);
}

struct node *check_str(struct checker *c, struct node *pointer, uint32_t size)
{
	struct value_type t = {.kind = V_STR, .size = size + 2, .spell = "char *"};

	t.is_user = pointer->type.is_user;
	return check_make(c, N_STR, pointer, pointer, NULL, &t);
}

// What stands to be compared or matched: in memory, or read as a string of at most `size` bytes.
static struct node *subject(struct checker *c, struct node *n, uint32_t size)
{
	if (to_chars(c, &n->type))
		return check_str(c, n, size);
	if (n->type.kind == V_CHARS && check_in_memory(n) && !n->type.size) {
		n = check_decay(c, n);
		return n ? check_str(c, n, size) : NULL;
	}
	if (n->type.kind == V_CHARS && n->kind == N_MEMBER && !check_in_memory(n))
		return check_error(c, n, "%s is passed in registers, and no string there");
	if (n->type.kind == V_CHARS || n->type.kind == V_STR)
		return n;
	if ((n->kind == N_BUILTIN || n->kind == N_STASH) && n->type.kind == V_TEXT)
		return check_error(c, n, "func can be captured, but not compared");
	return check_error(c, n, "%s is no string");
}

// 'a' for a number of one byte, which C compares with a character constant.
static bool character(const struct node *n, const struct node *text)
{
	return n->type.kind == V_INT && n->type.size == 1 && !n->type.is_bool &&
	       text->token.n == 1 && isprint((unsigned char)*text->token.p);
}

// x == 'text', either way round; the literal ends up in b.
struct node *check_text(struct checker *c, struct node *n)
{
	struct node *other;

	if (n->a->kind == N_TEXT) {
		struct node *a = n->a;

		n->a = n->b;
		n->b = a;
	}
	if (n->op != TWO('=', '=') && n->op != TWO('!', '=')) {
		error_at(c->error, KS_ETYPE, n->token.pos, n->token.len,
			 "strings can only be compared with == and !=");
		return NULL;
	}
	if (n->b->kind != N_TEXT || n->a->kind == N_TEXT) {
		error_at(c->error, KS_ETYPE, n->pos, n->len,
			 "a string can only be compared with 'text'");
		return NULL;
	}
	other = n->a;
	n->a = subject(c, other, n->b->token.n + 1);
	if (!n->a) {
		if (character(other, n->b))
			error_hint(c->error, "a character is a number: %u is '%c'",
				   (unsigned char)*n->b->token.p, *n->b->token.p);
		return NULL;
	}
	if (n->b->token.n >= STR_DEFAULT) {
		error_at(c->error, KS_ELIMIT, n->b->pos, n->b->len,
			 "a string of %u bytes; at most %d can be compared", n->b->token.n,
			 STR_DEFAULT - 1);
		return NULL;
	}
	n->type = type_int;
	return n;
}

static struct node *too_much(struct checker *c, const struct node *n, uint32_t has,
			     const char *what, uint32_t limit)
{
	error_at(c->error, KS_ELIMIT, n->pos, n->len, "%u %s; the kernel's half matches at most %u",
		 has, what, limit);
	error_hint(c->error, "a function in where has no such limit: function(e) return "
			     "e.x:find 'pattern' end");
	return NULL;
}

// Is the pattern in n one that can be matched?
static struct node *pattern(struct checker *c, struct node *n)
{
	uint32_t stars = 0, segment = 0, longest = 0;

	for (uint32_t i = 0; i < n->token.n; i++) {
		bool star = n->token.p[i] == '*';

		stars += star;
		segment = star ? 0 : segment + 1;
		longest = segment > longest ? segment : longest;
	}
	if (stars > MATCH_STARS)
		return too_much(c, n, stars, "stars in a pattern", MATCH_STARS);
	if (longest > MATCH_SEGMENT)
		return too_much(c, n, longest, "bytes between the stars of a pattern",
				MATCH_SEGMENT);
	return n;
}

struct node *check_match(struct checker *c, struct node *n)
{
	if (n->b->kind != N_TEXT) {
		error_at(c->error, KS_ETYPE, n->b->pos, n->b->len,
			 "behind %.*s stands a pattern in quotes, such as 'tcp*'", (int)n->token.n,
			 n->token.p);
		return NULL;
	}
	if (n->a->kind == N_TEXT) {
		error_at(c->error, KS_ETYPE, n->a->pos, n->a->len,
			 "a constant text is matched with a pattern");
		return NULL;
	}
	n->a = subject(c, n->a, MATCH_TEXT);
	if (!n->a || !pattern(c, n->b))
		return NULL;
	if (n->a->type.kind == V_CHARS && n->a->type.size > MATCH_TEXT)
		return too_much(c, n->a, n->a->type.size, "bytes of text", MATCH_TEXT);
	if (n->a->type.kind == V_STR && n->a->type.size > MATCH_TEXT + 2)
		return too_much(c, n->a, n->a->type.size - 2, "bytes of text", MATCH_TEXT);
	n->kind = N_MATCH;
	n->type = type_int;
	return n;
}
