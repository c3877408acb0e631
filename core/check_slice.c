// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// a[from:to], the elements of an array from one up to, but not with, another.
#include "checker.h"

#include <stdio.h>

#include "error.h"
#include "layout.h"
#include "type.h"

static bool is_constant(const struct node *n)
{
	return n->kind == N_NUMBER;
}

// Bounds that are constants are held against each other and against the array now.
static int bounds(struct checker *c, const struct node *n, uint64_t has)
{
	const struct node *from = n->b, *to = n->c;
	char type[96];

	check_spell(c, &n->a->type, type, sizeof(type));
	for (int i = 0; i < 2; i++) {
		const struct node *at = i ? to : from;

		if (!is_constant(at))
			continue;
		if ((int64_t)at->number < 0)
			return error_at(c->error, KS_ETYPE, at->pos, at->len,
					"a slice of %s from 0 on, not from %lld", type,
					(long long)at->number);
		if (has && at->number > has)
			return error_at(c->error, KS_ETYPE, at->pos, at->len,
					"element %llu of %s, which has %llu, from 0 on",
					(unsigned long long)at->number - (i > 0), type,
					(unsigned long long)has);
	}
	if (is_constant(from) && is_constant(to) && from->number >= to->number)
		return error_at(c->error, KS_ETYPE, n->pos, n->len, "a slice with nothing in it");
	return 0;
}

// How many elements it takes at most. 0 with error.
static uint64_t most(struct checker *c, const struct node *n, uint64_t has, uint64_t each)
{
	const struct node *from = n->b, *to = n->c;
	uint64_t first = is_constant(from) ? from->number : 0, count;
	char type[96];

	if (is_constant(to))
		count = to->number - first;
	else if (has)
		count = has - first;
	else
		count = each < SLICE_BYTES ? SLICE_BYTES / each : 1;
	if (count <= MAX_RECORD / each)
		return count ? count : 1; // a[i:0], a[9:n]: nothing, as it turns out
	check_spell(c, &n->a->type, type, sizeof(type));
	error_at(c->error, KS_ELIMIT, n->pos, n->len,
		 "%llu elements of %llu bytes in %s, and a record takes %u bytes at most",
		 (unsigned long long)count, (unsigned long long)each, type, MAX_RECORD);
	error_hint(c->error, "the bounds can be constants: x[0:%llu]",
		   (unsigned long long)(MAX_RECORD / 2 / each ? MAX_RECORD / 2 / each : 1));
	return 0;
}

static int type_of(struct checker *c, struct node *n, uint64_t count, uint64_t each)
{
	char text[160], length[32];
	struct buf b = buf_over(text, sizeof(text));

	snprintf(length, sizeof(length), "[%llu]", (unsigned long long)count);
	type_declare(c->scope->btf, n->a->type.to, length, &b);
	n->count = (uint32_t)count;
	n->type = (struct value_type){.kind = V_SLICE,
				      .size = (uint32_t)(count * each),
				      .to = n->a->type.to,
				      .spell = arena_copy(c->arena, text,
							  b.len < sizeof(text) ? b.len
									       : sizeof(text) - 1)};
	return n->type.spell ? 0 : error_nomem(c->error);
}

static struct node *no_size(struct checker *c, const struct node *n)
{
	check_error(c, n->a, "what is in %s has no size");
	error_hint(c->error, "a cast says what it points to: ((unsigned char *)x)[0:16]");
	return NULL;
}

struct node *check_slice(struct checker *c, struct node *n)
{
	struct value_type element = {.kind = V_STRUCT};
	uint64_t each, has, count;
	struct node *at;

	n->a = check_node(c, n->a);
	if (!n->a)
		return NULL;
	n->b = n->b ? check_node(c, n->b) : check_constant(c, n, 0, &type_long);
	n->c = n->b ? check_node(c, n->c) : NULL;
	if (!n->c || check_element_of(c, n, n->b) < 0 || check_element_of(c, n, n->c) < 0)
		return NULL;
	if (check_is_array(n->a) && !check_in_memory(n->a))
		return check_error(c, n->a,
				   "%s is in registers, and is captured whole or by its "
				   "elements");
	n->b = check_convert(c, n->b, &type_long);
	n->c = n->b ? check_convert(c, n->c, &type_long) : NULL;
	if (!n->c)
		return NULL;
	each = type_size(c->scope->btf, n->a->type.to);
	if (!each || each > MAX_RECORD)
		return no_size(c, n);
	has = check_is_array(n->a) ? n->a->type.size / each : 0;
	count = bounds(c, n, has) < 0 ? 0 : most(c, n, has, each);
	if (!count || type_of(c, n, count, each) < 0)
		return NULL;
	n->number = has;
	element.size = (uint32_t)each;
	element.id = n->a->type.to;
	element.is_user = n->a->type.is_user;
	at = is_constant(n->b) ? n->b : check_constant(c, n, 0, &type_long);
	n->a = at ? check_make(c, N_INDEX, n, n->a, at, &element) : NULL;
	if (!n->a)
		return NULL;
	if (is_constant(n->b) && is_constant(n->c))
		n->c = NULL;
	return n;
}
