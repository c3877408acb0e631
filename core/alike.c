// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "alike.h"

#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "resolve.h"

struct alike *alike_add(struct ks_variant *v)
{
	struct arena *keep = &v->probe->trace->keep;
	uint32_t n = v->alike_count;

	if (n == v->alike_room) {
		uint32_t room = n ? n * 2 : 4;
		struct alike *more = arena_alloc(keep, room * sizeof(*more));

		if (!more)
			return NULL;
		if (n)
			memcpy(more, v->alike, n * sizeof(*more));
		v->alike = more;
		v->alike_room = room;
	}
	return &v->alike[v->alike_count++];
}

int alike_begin(struct ks_variant *v, struct alike_turn *turn, struct ks_error *error)
{
	*turn = (struct alike_turn){.variant = v};
	if (v->alike_count < 2)
		return 0;
	v->scope.asked->names = 0;
	v->scope.asked->all = false;
	turn->before = malloc(sizeof(*v));
	if (!turn->before)
		return error_nomem(error);
	*turn->before = *v;
	return 0;
}

// --- what was looked up -----------------------------------------------------------------------

static bool same_type(const struct value_type *x, const struct value_type *y)
{
	return x->id == y->id && x->kind == y->kind && x->size == y->size;
}

static bool is_retval(const struct scope_name *n)
{
	return n->len == 6 && !memcmp(n->text, "retval", 6);
}

static bool same_answer(const struct scope *x, const struct scope *y, const struct scope_name *n)
{
	int i = scope_arg_at(x, n->text, n->len), k = scope_arg_at(y, n->text, n->len);

	if (is_retval(n) && (x->has_retval != y->has_retval || !same_type(&x->retval, &y->retval)))
		return false;
	return i == k && (i < 0 || (x->args[i].at == y->args[i].at &&
				    same_type(&x->args[i].type, &y->args[i].type)));
}

static bool same_answers(const struct scope_asked *asked, const struct scope *x,
			 const struct scope *y)
{
	if (asked->all)
		return false;
	for (uint32_t i = 0; i < asked->names; i++)
		if (!same_answer(x, y, &asked->name_list[i]))
			return false;
	return true;
}

static uint64_t mixed(uint64_t h, uint64_t v)
{
	return (h ^ v) * 0x9e3779b97f4a7c15 ^ h >> 29;
}

// Of all answers at one prototype: where it is the same, they may be.
static uint64_t hash(const struct scope_asked *asked, const struct scope *s)
{
	uint64_t h = 0;

	for (uint32_t i = 0; i < asked->names; i++) {
		const struct scope_name *n = &asked->name_list[i];
		int at = scope_arg_at(s, n->text, n->len);

		h = mixed(h, (uint64_t)at);
		if (at >= 0)
			h = mixed(h, (uint64_t)s->args[at].type.id << 32 | s->args[at].at);
		if (is_retval(n))
			h = mixed(h, (uint64_t)s->has_retval << 32 | s->retval.id);
	}
	return h;
}

// --- parting ----------------------------------------------------------------------------------

// A prototype, where its points are, and with which others it stays.
struct piece {
	const struct alike *alike;
	uint64_t hash;
	uint32_t index, point;
	uint32_t with; // index of the first of them
};

static int by_hash(const void *x, const void *y)
{
	const struct piece *a = x, *b = y;

	if (a->hash != b->hash)
		return a->hash < b->hash ? -1 : 1;
	return a->index < b->index ? -1 : 1;
}

static int by_company(const void *x, const void *y)
{
	const struct piece *a = x, *b = y;

	if (a->with != b->with)
		return a->with < b->with ? -1 : 1;
	return a->index < b->index ? -1 : 1;
}

// Puts prototypes with the same answers behind each other, the variant's first one with its like first.
// How many kinds there are.
static uint32_t sort(const struct scope_asked *asked, struct piece *pieces, uint32_t count)
{
	uint32_t kinds = 1;

	qsort(pieces, count, sizeof(*pieces), by_hash);
	pieces[0].with = pieces[0].index;
	for (uint32_t i = 1; i < count; i++) {
		bool same = pieces[i].hash == pieces[i - 1].hash &&
			    same_answers(asked, &pieces[i].alike->scope,
					 &pieces[i - 1].alike->scope);

		pieces[i].with = same ? pieces[i - 1].with : pieces[i].index;
		kinds += !same;
	}
	if (kinds > 1)
		qsort(pieces, count, sizeof(*pieces), by_company);
	return kinds;
}

// The scope of a prototype, in a variant that has gone some way.
static void take(struct ks_variant *v, const struct scope *s)
{
	v->scope.name = s->name;
	v->scope.args = s->args;
	v->scope.arg_count = s->arg_count;
	v->scope.gone = s->gone;
	v->scope.gone_count = s->gone_count;
	v->scope.why = s->why;
	v->scope.hint = s->hint;
	v->scope.has_retval = s->has_retval;
	v->scope.retval = s->retval;
	v->scope.retval_at = s->retval_at;
	v->words = s->retval_at;
}

// A variant for those that parted, as `before` was, whose points and prototypes begin at `first`.
static struct ks_variant *parted(struct resolver *r, const struct alike_turn *turn, uint32_t first,
				 struct alike *alike)
{
	const struct ks_variant *v = turn->variant;
	struct ks_variant *w = resolve_variant(r, v->kind, v->module);
	uint32_t index = w ? w->index : 0;

	if (!w)
		return NULL;
	*w = *turn->before;
	w->index = index;
	w->origin = v->index;
	w->first = first;
	w->count = w->alike_count = w->alike_room = 0;
	w->alike = alike;
	take(w, &alike->scope);
	return w;
}

// Gives the sorted prototypes to variants; room: for all of these, and for the points.
static int hand_out(const struct alike_turn *turn, const struct piece *pieces, uint32_t count,
		    struct alike *room, struct point *points, struct ks_error *error)
{
	struct ks_variant *v = turn->variant, *to = v;
	struct ks_trace *t = v->probe->trace;
	struct resolver r = {.trace = t, .probe = v->probe, .error = error};
	uint32_t at = v->first;

	memcpy(points, &t->points[v->first], v->count * sizeof(*points));
	v->count = v->alike_count = v->alike_room = 0;
	v->alike = room;
	for (uint32_t i = 0; i < count; i++) {
		const struct piece *p = &pieces[i];

		room[i] = *p->alike;
		if (i && p->with != pieces[i - 1].with)
			to = parted(&r, turn, at, &room[i]);
		if (!to)
			return -1;
		to->alike_count++;
		to->alike_room++;
		to->count += p->alike->count;
		for (uint32_t k = 0; k < p->alike->count; k++) {
			t->points[at] = points[p->point + k];
			t->points[at++].variant = to;
		}
	}
	return 0;
}

static int part_all(const struct alike_turn *turn, struct piece *pieces, struct ks_error *error)
{
	struct ks_variant *v = turn->variant;
	struct ks_trace *t = v->probe->trace;
	uint32_t n = v->alike_count, point = 0;
	struct alike *room;
	struct point *points;

	for (uint32_t i = 0; i < n; i++) {
		const struct alike *a = &v->alike[i];

		pieces[i] = (struct piece){.alike = a,
					   .hash = hash(&t->asked, &a->scope),
					   .index = i,
					   .point = point};
		point += a->count;
	}
	if (sort(&t->asked, pieces, n) == 1)
		return 0;
	room = arena_alloc(&t->keep, n * sizeof(*room));
	points = arena_alloc(&t->work, v->count * sizeof(*points));
	return room && points ? hand_out(turn, pieces, n, room, points, error) : error_nomem(error);
}

int alike_end(struct alike_turn *turn, struct ks_error *error)
{
	struct scope_asked *asked = turn->variant->scope.asked;
	struct piece *pieces;
	int r = 0;

	if (turn->before && (asked->names || asked->all)) {
		pieces = malloc(turn->variant->alike_count * sizeof(*pieces));
		r = pieces ? part_all(turn, pieces, error) : error_nomem(error);
		free(pieces);
	}
	free(turn->before);
	turn->before = NULL;
	return r;
}

const struct scope *alike_scope(const struct ks_variant *v, uint32_t point)
{
	uint32_t behind = v->first;

	for (uint32_t i = 0; i < v->alike_count; i++) {
		behind += v->alike[i].count;
		if (point < behind)
			return &v->alike[i].scope;
	}
	return &v->scope;
}
