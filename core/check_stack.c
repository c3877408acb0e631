// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// stack, ustack, stack(n), ustack(n) and caller: who called.
#include "checker.h"

#include <string.h>

#include "../bpf/wire.h"
#include "error.h"

// One frame more than are shown tells of a cut.
static uint32_t bytes(bool is_user, uint32_t frames)
{
	uint32_t kept = frames + (is_user ? 1 : STACK_OURS);
	size_t each = is_user ? sizeof(struct wire_user_frame) : sizeof(uint64_t);

	return STACK_HEAD + (kept < STACK_MOST ? kept : STACK_MOST) * (uint32_t)each;
}

struct node *check_stack(struct checker *c, struct node *n, const struct builtin_name *b)
{
	if (c->scope->asked && b->builtin == B_STACK)
		c->scope->asked->stack = true;
	n->kind = N_BUILTIN;
	n->builtin = b->builtin;
	n->type = b->type;
	n->count = STACK_DEFAULT;
	n->type.size = bytes(b->type.is_user, n->count);
	return n;
}

struct node *check_frames(struct checker *c, struct node *n)
{
	const struct builtin_name *b = scope_builtin(n->token.p, n->token.n);
	struct node *most = check_node(c, n->a);

	if (!most)
		return NULL;
	if (most->kind != N_NUMBER || most->type.kind != V_INT || most->number < 1 ||
	    most->number > STACK_MOST) {
		error_at(c->error, KS_ELIMIT, most->pos, most->len,
			 "%s takes 1 to %d frames, as a constant", b->name, STACK_MOST);
		return NULL;
	}
	n->a = NULL;
	n = check_stack(c, n, b);
	n->count = (uint32_t)most->number;
	n->is_part = true;
	n->type.size = bytes(n->type.is_user, n->count);
	return n;
}

struct node *check_caller(struct checker *c, struct node *n)
{
	const struct scope *s = c->scope;

	if (!s->no_caller) {
		if (s->asked)
			s->asked->caller = true;
		return n;
	}
	error_at(c->error, KS_ENAME, n->pos, n->len, "who called %s is not known here: %s", s->name,
		 s->no_caller);
	error_hint(c->error, "stack(1) is the innermost function");
	return NULL;
}
