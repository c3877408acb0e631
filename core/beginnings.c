// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "beginnings.h"

#include <string.h>

#include "check.h"
#include "error.h"

// The capture of that name in a scope; NULL: it has none.
static const struct scope_capture *capture_of(const struct scope *s, const char *name)
{
	for (const struct scope_capture *c = s->captures; c; c = c->next)
		if (!strcmp(c->name, name))
			return c;
	return NULL;
}

// The tree of a field that is kept: not what every event says of where it began under this name.
static const struct node *value_of(const struct ks_variant *v, int field)
{
	const char *name = v->layout.fields[field].name;
	const struct scope_capture *c;

	if (v->layout.values[field])
		return v->layout.values[field];
	c = scope_builtin(name, strlen(name)) ? NULL : capture_of(&v->scope, name);
	return c && c->value->type.kind != V_TEXT ? c->value : NULL;
}

static int unlike(const struct beginnings *b, const char *name, const struct ks_variant *other,
		  const char *what, struct ks_error *error)
{
	error_set(error, KS_ETYPE, "the %s %s and %s %s '%s'", b->what, b->scopes[0]->name,
		  other->scope.name, what, name);
	error_hint(error, "what one of them captures all must, by one name and of one type");
	return -1;
}

// Something that the first of them captures, which all the others must.
static int add_value(struct beginnings *b, const struct ks_variant *first, int field,
		     struct ks_error *error)
{
	struct arena *work = &b->probe->trace->work;
	const struct node *value = value_of(first, field);
	const char *name = first->layout.fields[field].name;
	struct scope_capture *c = arena_alloc(work, sizeof(*c));
	struct node *n = arena_alloc(work, sizeof(*n));
	const struct node **entries = arena_alloc(work, b->count * sizeof(*entries));

	if (!c || !n || !entries)
		return error_nomem(error);
	for (uint32_t i = 0; i < b->probe->count; i++) {
		const struct ks_variant *v = b->probe->variants[i];
		const struct node *same;
		int at;

		if (v->left_out)
			continue;
		at = layout_find(&v->layout, name, strlen(name));
		same = at < 0 ? NULL : value_of(v, at);
		if (!same)
			return unlike(b, name, v, "do not both capture", error);
		if (!check_one_type(first->scope.btf, &same->type, &value->type))
			return unlike(b, name, v, "give unlike things the name", error);
		entries[v->pairs_from.end] = same;
	}
	*n = (struct node){.kind = N_STASH,
			   .token = value->token,
			   .pos = value->pos,
			   .len = value->len,
			   .type = value->type,
			   .count = value->count,
			   .is_part = value->is_part,
			   .slot = b->count,
			   .entries = entries,
			   .opens = b->scopes};
	*c = (struct scope_capture){.name = name, .value = n, .next = b->captures};
	b->captures = c;
	return 0;
}

static int add_values(struct beginnings *b, const struct ks_variant *v, struct ks_error *error)
{
	const struct ks_variant *first = NULL;

	for (uint32_t i = 0; !first; i++)
		first = b->probe->variants[i]->left_out ? NULL : b->probe->variants[i];
	for (int i = 0; i < (int)v->layout.count; i++) {
		const char *name = v->layout.fields[i].name;

		if (!value_of(v, i))
			continue;
		if (v == first && add_value(b, v, i, error) < 0)
			return -1;
		if (v != first && layout_find(&first->layout, name, strlen(name)) < 0)
			return unlike(b, name, v, "do not both capture", error);
	}
	return 0;
}

static bool has(const struct beginnings *b, const char *name)
{
	for (const struct scope_capture *c = b->captures; c; c = c->next)
		if (!strcmp(c->name, name))
			return true;
	return false;
}

// What was known there already, by names that still mean it.
static int inherit(struct beginnings *b, const struct beginnings *from, struct ks_error *error)
{
	struct arena *work = &b->probe->trace->work;

	for (const struct scope_capture *c = from->captures; c; c = c->next) {
		const struct node **entries = arena_alloc(work, b->count * sizeof(*entries));
		struct scope_capture *mine = arena_alloc(work, sizeof(*mine));
		struct node *n = arena_alloc(work, sizeof(*n));

		if (!entries || !mine || !n)
			return error_nomem(error);
		if (has(b, c->name) || !beginnings_names(from, c))
			continue;
		for (uint32_t i = 0; i < b->count; i++)
			entries[i] = c->value;
		*n = *c->value;
		n->slot = b->count;
		n->entries = entries;
		n->opens = b->scopes;
		*mine = (struct scope_capture){.name = c->name, .value = n, .next = b->captures};
		b->captures = mine;
	}
	return 0;
}

int beginnings_seal(struct beginnings *b, const struct beginnings *from, struct ks_error *error)
{
	const struct ks_probe *p = b->probe;

	if (b->scopes)
		return 0;
	b->scopes = arena_alloc(&p->trace->keep, (p->count + 1) * sizeof(*b->scopes));
	if (!b->scopes)
		return error_nomem(error);
	for (uint32_t i = 0; i < p->count; i++) {
		struct ks_variant *v = p->variants[i];

		if (v->left_out)
			continue;
		v->pairs_from.end = b->count;
		b->scopes[b->count++] = &v->scope;
	}
	for (uint32_t i = 0; i < p->count; i++)
		if (!p->variants[i]->left_out && add_values(b, p->variants[i], error) < 0)
			return -1;
	return from ? inherit(b, from, error) : 0;
}

bool beginnings_names(const struct beginnings *b, const struct scope_capture *c)
{
	return capture_of(b->scopes[0], c->name) && !scope_builtin(c->name, strlen(c->name));
}

int beginnings_know(const struct beginnings *b, struct arena *a, struct scope *scope,
		    struct ks_error *error)
{
	for (const struct scope_capture *c = b->captures; c; c = c->next) {
		struct scope_capture *mine;

		if (!beginnings_names(b, c))
			continue;
		mine = arena_alloc(a, sizeof(*mine));
		if (!mine)
			return error_nomem(error);
		*mine = (struct scope_capture){.name = c->name,
					       .value = c->value,
					       .next = scope->captures};
		scope->captures = mine;
	}
	return 0;
}

int beginnings_keep(struct beginnings *b, struct lower *l, struct ks_error *error)
{
	const struct scope scope = {.opens = b->scopes, .open_count = b->count};
	const struct scope *before = l->scope;
	int r = 0;

	l->scope = &scope;
	for (const struct scope_capture *c = b->captures; c && r == 0; c = c->next)
		r = stash_add(&b->stash, l, c->value, error);
	l->scope = before;
	return r;
}
