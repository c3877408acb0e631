// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "predicates.h"

#include <string.h>

#include "memory.h"
#include "order.h"

static void add_part(void *data, const struct node *n)
{
	struct predicates *p = data;

	if (p->count < MAX_PARTS)
		p->list[p->count] = (struct part){.where = p->where, .node = n};
	p->count++;
}

static void test(struct lower *l, const struct shape_where *where, const struct node *n,
		 const char *title, int out)
{
	const char *text = where->text;
	size_t size = strlen(text);
	uint32_t pos = n->pos, len = n->len;
	char *note = arena_alloc(l->ir->arena, size + 16);
	struct buf b;

	if (pos > size || len > size - pos) { // the words of a macro
		pos = 0;
		len = (uint32_t)size;
	}
	l->ir->source = where->source;
	l->ir->pos = pos;
	l->ir->len = len;
	if (note) {
		b = buf_over(note, size + 16);
		buf_str(&b, title);
		buf_add(&b, text + pos, len);
		buf_end(&b);
		ir_note(l->ir, note);
	}
	lower_branch(l, n, false, out);
	l->ir->source = 0;
}

static void part(struct lower *l, const struct part *p, int out)
{
	test(l, p->where, p->node, "where: ", out);
}

void predicate_test(struct lower *l, const struct shape_where *where, const char *title, int out)
{
	if (lower_uses_task(where->node))
		lower_task(l);
	test(l, where, where->node, title, out);
}

// Tests that need no helper come first: a hit that they reject never touches the guard. But one
// that can fail stays behind what was written before it: that may be there to keep it off.
static void sort(const struct lower *l, struct predicates *p)
{
	bool all_first = true; // of those before

	for (uint32_t i = 0; i < p->count; i++) {
		struct part *one = &p->list[i];
		bool first = !one->where->late && !lower_needs_guard(l, one->node) &&
			     (all_first || !lower_can_fail(l, one->node));

		one->turn = one->where->late ? PART_LAST : first ? PART_FIRST : PART_NEXT;
		one->plain = first && order_is_plain(one->node);
		all_first = all_first && first;
	}
}

// At both ends of a call the same tests are made where they can't differ: one that failed where it
// began left nothing there. All others wait until what was left there is taken.
static void sort_paired(const struct lower *l, struct predicates *p)
{
	for (uint32_t i = 0; i < p->count; i++) {
		struct part *one = &p->list[i];

		one->plain = order_is_lasting(one->node) && !lower_can_fail(l, one->node);
		one->turn = !one->plain			      ? PART_LAST
			    : lower_needs_guard(l, one->node) ? PART_NEXT
							      : PART_FIRST;
	}
}

bool predicates_split(struct predicates *p, struct lower *l, const struct shape_where *wheres,
		      uint32_t count, enum parts_at at)
{
	const struct node *trees[MAX_PARTS];

	p->count = 0;
	for (uint32_t i = 0; i < count; i++) {
		p->where = &wheres[i];
		order_parts(wheres[i].node, add_part, p);
	}
	if (p->count > MAX_PARTS)
		return false;
	for (uint32_t i = 0; i < p->count; i++)
		trees[i] = p->list[i].node;
	if (at != PARTS_BEGINNING)
		memory_plan(l, trees, p->count);
	if (at != PARTS_MOMENT)
		sort_paired(l, p);
	else
		sort(l, p);
	return true;
}

// Where something may say no, no register is saved before. What the first tests leave for later is copied:
// it is the copies that live on.
void predicates_first(struct lower *l, const struct predicates *p, int rejected)
{
	bool any = false;

	for (int plain = 1; plain >= 0; plain--) { // the cheapest of them before what reads memory
		for (uint32_t i = 0; i < p->count; i++) {
			l->ir->lean |= p->list[i].turn != PART_LAST;
			if (p->list[i].turn != PART_FIRST || p->list[i].plain != plain)
				continue;
			part(l, &p->list[i], rejected);
			any = true;
		}
	}
	if (!any)
		return;
	l->ctx = ir_copy(l->ir, l->ctx);
	for (uint32_t i = 0; i < l->known.count; i++)
		if (l->known.seen[i].place > 0)
			l->known.seen[i].place = ir_copy(l->ir, l->known.seen[i].place);
	l->block = ir_register(l->ir);
}

void predicates_test(struct lower *l, const struct predicates *p, enum part_turn turn, int rejected)
{
	for (uint32_t i = 0; i < p->count; i++) {
		if (p->list[i].turn != turn)
			continue;
		if (lower_uses_task(p->list[i].node))
			lower_task(l);
		part(l, &p->list[i], rejected);
	}
}
