// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Two values of one type beside each other: their members that differ. Goes over the same ops as
// show.c, which know how each member is written, but visits instead of copying what is in front.
#include <stdlib.h>

#include "safe.h"
#include "show_write.h"

#define MAX_NAME 512 // bytes of a member's name that are shown
#define MAX_TEXT 256 // of a formatter's text that is compared

// The way to a member: names, and indices of elements.
struct part {
	const struct part *up;
	const char *name; // NULL: an element
	uint32_t index;
};

struct change {
	const struct show_pair *pair;
	const struct show *how;
	const struct plan *plan;
	const struct plan_face *face;
	const unsigned char *was, *is;
	unsigned char *left; // bits that differ and were not shown: members of a union share them
	uint32_t size;
	uint32_t *count; // of what is shown so far
	struct buf *out;
	struct show_space *space;
};

static bool is_json(const struct change *c)
{
	return c->face->form == SHOW_JSON;
}

// --- bits -------------------------------------------------------------------------------------

// Those of byte i that are among n bits from `first` on.
static unsigned char mask(uint64_t first, uint64_t n, uint64_t i)
{
	uint64_t from = first > i * 8 ? first - i * 8 : 0, to = first + n - i * 8;

	return (unsigned char)((to < 8 ? (1u << to) - 1 : 0xffu) & ~((1u << from) - 1));
}

static bool differs(const struct change *c, uint64_t first, uint64_t n)
{
	for (uint64_t i = first / 8; i * 8 < first + n; i++)
		if (c->left[i] & mask(first, n, i))
			return true;
	return false;
}

static void clear(struct change *c, uint64_t first, uint64_t n)
{
	for (uint64_t i = first / 8; i * 8 < first + n; i++)
		c->left[i] &= (unsigned char)~mask(first, n, i);
}

// --- one that differs -------------------------------------------------------------------------

static void put_path(const struct change *c, const struct part *p)
{
	if (!p)
		return;
	put_path(c, p->up);
	if (!p->name) {
		buf_printf(c->out, "[%u]", p->index);
		return;
	}
	if (p->up)
		buf_char(c->out, '.');
	if (is_json(c))
		safe_json(c->out, p->name, strnlen(p->name, MAX_NAME));
	else
		safe_text(c->out, p->name, strnlen(p->name, MAX_NAME));
}

// What stands in front of the two values; of the whole of a value there is nothing.
static void begin(struct change *c, const struct part *p)
{
	if ((*c->count)++)
		buf_str(c->out, is_json(c) ? "," : ", ");
	if (is_json(c) && p) {
		buf_char(c->out, '"');
		put_path(c, p);
		buf_str(c->out, "\":");
	} else if (p) {
		buf_str(c->out, c->pair->path);
		put_path(c, p);
		buf_char(c->out, ' ');
	}
	if (is_json(c))
		buf_char(c->out, '[');
}

static void between(struct change *c)
{
	buf_str(c->out, is_json(c) ? "," : " -> ");
}

static void end(struct change *c)
{
	if (is_json(c))
		buf_char(c->out, ']');
}

// One of them, as it is always shown.
static void value(struct change *c, const struct show_op *op, const unsigned char *from,
		  uint32_t at)
{
	struct show_run r = {
		.how = c->how,
		.plan = c->plan,
		.face = c->face,
		.out = c->out,
		.end = from + c->size,
		.space = c->space,
	};
	char *p = show_resume(&r);

	switch (op->code) {
	case SHOW_STRING:
		p = show_string(&r, p, from + at, op->count);
		break;
	case SHOW_WIDE:
		p = show_wide(&r, p, op, from + at);
		break;
	case SHOW_REAL:
		p = show_real(&r, p, op, from + at);
		break;
	case SHOW_FORMATTED:
		p = show_formatted(&r, p, op, from + at);
		break;
	default:
		p = show_need(&r, p, 2 * SHOW_ROOM);
		p = show_number(&r, p, op, show_load(op, from + at, r.end));
		break;
	}
	show_sync(&r, p);
}

static void both(struct change *c, const struct show_op *op, uint32_t at, const struct part *p)
{
	begin(c, p);
	value(c, op, c->was, at);
	between(c);
	value(c, op, c->is, at);
	end(c);
}

// --- those that look the same -----------------------------------------------------------------

// Is it the same text up to its NUL? What is behind that can be more than rest: sk_buff's cb is.
static bool same_string(const struct change *c, const struct show_op *op, uint32_t at)
{
	size_t n = strnlen((const char *)c->was + at, op->count);

	return n == strnlen((const char *)c->is + at, op->count) &&
	       !memcmp(c->was + at, c->is + at, n);
}

static void characters(struct change *c, const struct show_op *op, uint32_t at,
		       const struct part *p)
{
	for (uint32_t i = 0; i < op->count; i++) {
		const struct part element = {.up = p, .index = i};

		if (!differs(c, (uint64_t)(at + i) * 8, 8))
			continue;
		begin(c, &element);
		buf_u64(c->out, c->was[at + i]);
		between(c);
		buf_u64(c->out, c->is[at + i]);
		end(c);
	}
}

static struct buf formatted(const struct change *c, const struct show_op *op,
			    const unsigned char *at, char text[MAX_TEXT])
{
	const struct plan_step *s = &c->plan->steps[op->step];
	const struct formatter_context context = {.btf = c->plan->btf,
						  .type_id = s->type_id,
						  .detail = s->detail,
						  .symbols = c->how->symbols};
	struct buf b = buf_over(text, MAX_TEXT);

	s->formatter->show(at, s->size, &context, &b);
	return b;
}

// Has the formatter the same words for both?
static bool same_words(const struct change *c, const struct show_op *op, uint32_t at)
{
	char texts[2][MAX_TEXT];
	struct buf was = formatted(c, op, c->was + at, texts[0]);
	struct buf is = formatted(c, op, c->is + at, texts[1]);

	return was.len == is.len && was.len <= MAX_TEXT && !memcmp(was.p, is.p, was.len);
}

static void walk(struct change *c, uint32_t first, uint32_t last, uint32_t base,
		 const struct part *p);

// What is in it, without a formatter. False: that can't be shown.
static bool inside(struct change *c, const struct show_op *op, uint32_t at, const struct part *p)
{
	const struct plan *plan = plan_of(c->plan->plans, c->plan->steps[op->step].type_id);
	struct show how = *c->how;
	struct change inner = *c;

	how.plain = true;
	inner.how = &how;
	inner.plan = plan;
	inner.face = plan ? show_face(plan, &how, c->face->form) : NULL;
	if (!inner.face)
		return false;
	inner.was += at;
	inner.is += at;
	inner.left += at;
	inner.size = plan->size;
	walk(&inner, 0, inner.face->ops[0].next, 0, p);
	return true;
}

// --- all of them ------------------------------------------------------------------------------

static void leaf(struct change *c, const struct show_op *op, uint32_t at, const struct part *p)
{
	uint64_t first = (uint64_t)at * 8 + op->shift;
	uint64_t n = op->bits ? op->bits : (uint64_t)(op->end - op->offset) * 8;

	if (!differs(c, first, n))
		return;
	if (op->code == SHOW_STRING && same_string(c, op, at))
		characters(c, op, at, p);
	else if (op->code != SHOW_FORMATTED || !same_words(c, op, at) || !inside(c, op, at, p))
		both(c, op, at, p);
	clear(c, first, n);
}

// One that a script's function may show, which gets it as a whole.
static void hole(struct change *c, const struct show_op *op, uint32_t at, const struct part *p)
{
	const struct plan *plan = plan_of(c->plan->plans, c->plan->steps[op->step].type_id);
	uint32_t size = op->end - op->offset;
	struct show how = *c->how;

	if (!differs(c, (uint64_t)at * 8, (uint64_t)size * 8))
		return;
	begin(c, p);
	for (int i = 0; i < 2; i++) {
		const struct show_pair *o = c->pair;
		const unsigned char *from = i ? c->is : c->was;
		uint64_t before = (uint64_t)(c->was - (const unsigned char *)o->was) + at;

		if (i)
			between(c);
		how.at = (uint32_t)((i ? o->is_at : o->was_at) + before);
		if (!plan)
			buf_str(c->out, is_json(c) ? "{\"error\":\"ENOMEM\"}" : "?ENOMEM");
		else if (is_json(c))
			show_json(&how, plan, from + at, size, c->out);
		else
			show_text(&how, plan, from + at, size, c->out);
	}
	end(c);
	clear(c, (uint64_t)at * 8, (uint64_t)size * 8);
}

// Is another member of the union in use, before and after?
static bool is_other(const struct change *c, const struct show_op *op, uint32_t base)
{
	return choice_is_other(op->choice, c->was + base, c->size - base) &&
	       choice_is_other(op->choice, c->is + base, c->size - base);
}

static void elements(struct change *c, uint32_t index, uint32_t at, const struct part *p)
{
	const struct show_op *op = &c->face->ops[index];

	for (uint32_t i = 0; i < op->count; i++) {
		const struct part element = {.up = p, .index = i};
		uint32_t base = at + i * op->stride;

		if (!differs(c, (uint64_t)base * 8, (uint64_t)op->stride * 8))
			continue;
		if (op->code == SHOW_SCALARS)
			leaf(c, op + 1, base, &element);
		else
			walk(c, index + 1, op->next - 1, base, &element);
	}
}

// Visits the ops from `first` up to `last`, whose offsets count from base. As deep as the plan nests.
static void walk(struct change *c, uint32_t first, uint32_t last, uint32_t base,
		 const struct part *p)
{
	const struct show_op *ops = c->face->ops;

	for (uint32_t i = first; i < last; i = ops[i].next) {
		const struct show_op *op = &ops[i];
		const struct plan_step *s = &c->plan->steps[op->step];
		const struct part member = {.up = p, .name = s->name};
		const struct part *here = s->is_member ? &member : p;

		if (!differs(c, (uint64_t)(base + op->offset) * 8,
			     (uint64_t)(op->end - op->offset) * 8))
			continue;
		switch (op->code) {
		case SHOW_CHOICE:
			if (!is_other(c, op, base))
				walk(c, i + 1, op->next, base, p);
			break;
		case SHOW_OPEN:
			walk(c, i + 1, op->next - 1, base, here);
			break;
		case SHOW_SCALARS:
		case SHOW_ARRAY:
			elements(c, i, base + op->offset, here);
			break;
		case SHOW_HOLE:
			hole(c, op, base + op->offset, here);
			break;
		case SHOW_NOTHING:
			break;
		default:
			leaf(c, op, base + op->offset, here);
			break;
		}
	}
}

// Has it parts, of which each has a way of its own?
static bool has_parts(const struct show_op *op)
{
	return op->code == SHOW_OPEN || op->code == SHOW_ARRAY || op->code == SHOW_SCALARS;
}

// A machine is given both in any case.
static void whole(struct change *c, const struct show_op *op)
{
	memset(c->left, 0xff, c->size);
	if (op->code == SHOW_HOLE)
		hole(c, op, 0, NULL);
	else if (op->code == SHOW_NOTHING)
		buf_str(c->out, "[]");
	else
		both(c, op, 0, NULL);
}

static void show(const struct show *how, const struct plan *plan, const struct show_pair *pair,
		 uint8_t form, struct buf *out)
{
	const struct plan_face *face = show_face(plan, how, form);
	unsigned char *left = malloc(plan->size + 1);
	const unsigned char *was = pair->was, *is = pair->is;
	struct show_space space;
	uint32_t count = 0;
	struct change c = {.pair = pair,
			   .how = how,
			   .plan = plan,
			   .face = face,
			   .was = was,
			   .is = is,
			   .left = left,
			   .size = plan->size,
			   .count = &count,
			   .out = out,
			   .space = &space};
	bool wraps = form == SHOW_JSON && face && has_parts(&face->ops[0]);

	if (!face || !left) {
		buf_str(out, form == SHOW_JSON ? "{\"error\":\"ENOMEM\"}" : "?ENOMEM");
		free(left);
		return;
	}
	for (uint32_t i = 0; i < plan->size; i++)
		left[i] = was[i] ^ is[i];
	if (wraps)
		buf_char(out, '{');
	if (form == SHOW_JSON && !wraps)
		whole(&c, &face->ops[0]);
	else
		walk(&c, 0, face->ops[0].next, 0, NULL);
	if (wraps)
		buf_char(out, '}');
	else if (!count && form != SHOW_JSON)
		buf_str(out, SHOW_UNCHANGED);
	free(left);
}

void show_changes(const struct show *how, const struct plan *plan, const struct show_pair *pair,
		  struct buf *out)
{
	show(how, plan, pair, SHOW_LINE, out);
}

void show_changes_json(const struct show *how, const struct plan *plan,
		       const struct show_pair *pair, struct buf *out)
{
	show(how, plan, pair, SHOW_JSON, out);
}
