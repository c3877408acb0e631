// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "plan.h"

#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "show_face.h"
#include "type.h"

// What makes a plan: steps until they are all there and move to where they stay.
struct planner {
	struct plans *plans;
	const struct btf *btf;
	struct plan_step *steps;
	uint32_t count, room;
	uint64_t elements; // values that the steps so far stand for
	bool has_formats;
};

// Where a type stands in the whole.
struct position {
	uint64_t bit;	  // from the element of the innermost array around
	uint32_t bits;	  // of a bit-field
	uint32_t depth;	  // of nesting
	uint64_t times;	  // how often it is there: elements of the arrays around
	const char *name; // of the member; NULL: none
	const char *of;	  // the struct's own name
	uint32_t owner;	  // the struct with a name that is around; 0: none, or an array is between
	uint64_t owner_bit; // where that begins
	bool is_of_union;   // there is a union between that and the member, or it is one
};

static const struct formatter *formatter(const struct btf *b, uint32_t id,
					 const struct position *at)
{
	bool is_named = at->name && *at->name;

	if (at->name && !is_named) // members of anonymous structs stand on their own
		return NULL;
	if (is_named)
		return formatter_of_member(b, id, at->of, at->name);
	return formatter_of(b, id);
}

static struct plan_step *push(struct planner *p)
{
	if (p->count == p->room) {
		uint32_t room = p->room ? p->room * 2 : 64;
		struct plan_step *steps = realloc(p->steps, room * sizeof(*steps));

		if (!steps)
			return NULL;
		p->steps = steps;
		p->room = room;
	}
	return &p->steps[p->count++];
}

static uint8_t integer_kind(const struct btf *b, uint32_t id)
{
	uint32_t encoding = BTF_INT_ENCODING(*(const uint32_t *)(btf_type(b, id) + 1));

	return encoding & BTF_INT_BOOL ? PLAN_BOOL : type_holds_text(b, id) ? PLAN_CHAR : PLAN_INT;
}

static bool add(struct planner *p, uint32_t id, const struct position *at, uint64_t *bits);

// What says whether the member of a union is in use.
static bool add_choice(struct planner *p, const struct position *at, struct plan_step *s)
{
	return !at->is_of_union || !at->owner || !*s->name ||
	       choice_of(&p->plans->arena, p->btf, at->owner, (uint32_t)(at->owner_bit / 8),
			 s->name, &s->choice) == 0;
}

static bool add_members(struct planner *p, uint32_t id, const struct position *at)
{
	const struct btf_type *t = btf_type(p->btf, id);
	const struct btf_member *m = (const void *)(t + 1);
	bool has_name = *btf_string(p->btf, t->name_off), is_union = btf_kind(t) == BTF_KIND_UNION;

	for (uint32_t i = 0; i < btf_vlen(t); i++) {
		uint32_t bit = btf_member_at(t, &m[i]);
		struct position inner = {
			.bit = at->bit + bit,
			.bits = btf_member_bits(t, &m[i]),
			.depth = at->depth + 1,
			.times = at->times,
			.name = btf_string(p->btf, m[i].name_off),
			.of = btf_string(p->btf, t->name_off),
			.owner = has_name ? id : at->owner,
			.owner_bit = has_name ? at->bit : at->owner_bit,
			.is_of_union = is_union || (!has_name && at->is_of_union),
		};
		uint64_t bits;

		if (!add(p, m[i].type, &inner, &bits) || bit + bits > (uint64_t)t->size * 8)
			return false;
	}
	return true;
}

// count: 0 and is_open for as many as there will be.
static bool add_elements(struct planner *p, uint32_t type, uint32_t count, bool is_open,
			 const struct position *at, uint64_t *bits)
{
	struct position inner = {.depth = at->depth + 1, .times = at->times * count};
	uint64_t elements = p->elements, one;
	uint32_t first = p->count;

	if (is_open || !count) // what an array's elements look like is wanted also when it has none
		inner.times = at->times;
	if (!add(p, type, &inner, &one))
		return false;
	if (!count && !is_open)
		p->elements = elements; // but they cost nothing
	for (uint32_t i = first; i < p->count; i++)
		if (p->steps[i].bits && i == first)
			return false; // no compiler makes an array of these
	*bits = is_open ? one : one * count;
	return one <= UINT32_MAX && *bits <= (uint64_t)UINT32_MAX * 8;
}

// One that is not where a byte begins, or has fewer bits than its type's bytes.
static bool set_bits(struct plan_step *s, const struct position *at, uint64_t type_bits)
{
	uint64_t bits = at->bits ? at->bits : type_bits;

	if (s->kind != PLAN_INT && s->kind != PLAN_CHAR && s->kind != PLAN_BOOL &&
	    s->kind != PLAN_ENUM)
		return at->bit % 8 == 0 && !at->bits;
	if (bits > (uint64_t)s->size * 8 || bits > 128 || !bits)
		return false;
	if (!at->bits && at->bit % 8 == 0 && bits == (uint64_t)s->size * 8 &&
	    (s->size & (s->size - 1)) == 0)
		return true;
	s->bits = (uint8_t)bits;
	s->shift = at->bit % 8;
	s->size = (uint32_t)(s->shift + bits + 7) / 8;
	return true;
}

// Adds the steps of a type. bits: how many it has.
static bool add(struct planner *p, uint32_t id, const struct position *at, uint64_t *bits)
{
	uint32_t index = p->count, peeled = type_peel(p->btf, id), type_bits = 0;
	const struct btf_type *t = btf_type(p->btf, peeled);
	const struct btf_array *a = (const void *)(t + 1);
	bool has_room = at->depth <= PLAN_DEPTH && p->count < PLAN_STEPS && push(p);
	struct plan_step made = {
		.depth = (uint8_t)at->depth,
		.is_member = at->name != NULL,
		.type_id = id,
		.peeled = peeled,
		.offset = (uint32_t)(at->bit / 8),
		.size = t->size,
		.name = at->name ? at->name : "",
	};

	p->elements += at->times;
	if (!has_room || p->elements > PLAN_ELEMENTS || at->bit / 8 > UINT32_MAX)
		return false;
	switch (btf_kind(t)) {
	case BTF_KIND_INT:
		made.kind = integer_kind(p->btf, peeled);
		made.is_signed = BTF_INT_ENCODING(*(const uint32_t *)(t + 1)) & BTF_INT_SIGNED;
		type_bits = BTF_INT_BITS(*(const uint32_t *)(t + 1));
		break;
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		made.kind = PLAN_ENUM;
		made.is_signed = BTF_INFO_KFLAG(t->info);
		made.constants = constants_of(&p->plans->constants, p->btf, peeled);
		type_bits = t->size * 8;
		if (!made.constants)
			return false;
		break;
	case BTF_KIND_FLOAT:
		made.kind = PLAN_FLOAT;
		if (t->size > 16)
			return false;
		break;
	case BTF_KIND_PTR:
		made.kind = PLAN_PTR;
		made.size = 8;
		break;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		made.kind = btf_kind(t) == BTF_KIND_STRUCT ? PLAN_STRUCT : PLAN_UNION;
		if (!add_members(p, peeled, at))
			return false;
		break;
	case BTF_KIND_ARRAY:
		made.kind = PLAN_ARRAY;
		made.count = a->nelems;
		made.is_text = formatter_holds_text(p->btf, a->type, at->of, at->name);
		if (!add_elements(p, a->type, a->nelems, false, at, bits))
			return false;
		made.size = (uint32_t)(*bits / 8);
		break;
	default:
		made.kind = PLAN_NOTHING;
		made.size = 0;
		break;
	}
	*bits = at->bits ? at->bits : (uint64_t)made.size * 8;
	made.next = p->count;
	if (!set_bits(&made, at, type_bits) || !add_choice(p, at, &made))
		return false;
	if (!made.bits && id)
		made.formatter = formatter(p->btf, id, at);
	if (!made.bits && id && made.kind != PLAN_NOTHING && (!at->name || *at->name))
		made.format = formats_of(p->plans->formats, p->btf, id);
	p->has_formats = p->has_formats || made.format;
	if (made.formatter)
		made.detail = formatter_detail(made.formatter, p->btf, p->plans->tick_ns);
	p->steps[index] = made;
	return true;
}

static struct plan *make(struct plans *plans, uint32_t type_id, bool is_elements)
{
	struct planner p = {.plans = plans, .btf = plans->btf};
	struct position top = {.times = 1}, element = {.times = 1};
	struct plan_step *steps = NULL;
	struct plan *plan = NULL;
	uint64_t bits;

	if (is_elements) {
		struct plan_step *s = push(&p);

		if (s) {
			*s = (struct plan_step){.kind = PLAN_ARRAY,
						.is_text = type_holds_text(p.btf, type_id),
						.name = ""};
			if (add_elements(&p, type_id, 0, true, &element, &bits)) {
				p.steps[0].next = p.count;
				plan = arena_alloc(&plans->arena, sizeof(*plan));
			}
		}
	} else if (add(&p, type_id, &top, &bits)) {
		plan = arena_alloc(&plans->arena, sizeof(*plan));
	}
	if (plan) {
		steps = arena_alloc(&plans->arena, p.count * sizeof(*steps));
		plan->faces = arena_alloc(&plans->arena, sizeof(*plan->faces));
	}
	if (steps && plan->faces) {
		memcpy(steps, p.steps, p.count * sizeof(*steps));
		plan->btf = plans->btf;
		plan->plans = plans;
		plan->type_id = type_id;
		plan->is_elements = is_elements;
		plan->size = steps[is_elements].size;
		plan->count = p.count;
		plan->has_formats = p.has_formats;
		plan->steps = steps;
	} else {
		plan = NULL;
	}
	free(p.steps);
	return plan;
}

void plans_init(struct plans *p, const struct btf *btf)
{
	*p = (struct plans){.btf = btf};
}

void plans_fini(struct plans *p)
{
	for (uint32_t i = 0; i < p->room; i++)
		if (p->plans[i])
			show_faces_free(*p->plans[i]->faces);
	free(p->plans);
	arena_fini(&p->arena);
	constants_fini(&p->constants);
	*p = (struct plans){0};
}

// Where a plan is, or belongs.
static struct plan **slot(struct plan **plans, uint32_t room, uint32_t type_id, bool is_elements)
{
	uint32_t at = (type_id * 2 + is_elements) * 2654435761u;

	for (;; at++) {
		struct plan **s = &plans[at & (room - 1)];

		if (!*s || ((*s)->type_id == type_id && (*s)->is_elements == is_elements))
			return s;
	}
}

static bool grow(struct plans *p)
{
	uint32_t room = p->room ? p->room * 2 : 16;
	struct plan **plans = calloc(room, sizeof(*plans));

	if (!plans)
		return false;
	for (uint32_t i = 0; i < p->room; i++)
		if (p->plans[i])
			*slot(plans, room, p->plans[i]->type_id,
			      p->plans[i]->is_elements) = p->plans[i];
	free(p->plans);
	p->plans = plans;
	p->room = room;
	return true;
}

static const struct plan *find(struct plans *p, uint32_t type_id, bool is_elements)
{
	struct plan **s;

	if (p->count * 2 >= p->room && !grow(p))
		return NULL;
	s = slot(p->plans, p->room, type_id, is_elements);
	if (!*s && (*s = make(p, type_id, is_elements)))
		p->count++;
	return *s;
}

const struct plan *plan_of(struct plans *p, uint32_t type_id)
{
	return find(p, type_id, false);
}

const struct plan *plan_of_elements(struct plans *p, uint32_t type_id)
{
	return find(p, type_id, true);
}
