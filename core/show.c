// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "show.h"

#include "show_write.h"

void show_sync(struct show_run *r, const char *p)
{
	size_t n = (size_t)(p - r->window);

	if (r->window == r->space->scratch)
		buf_add(r->out, r->space->scratch, n);
	else
		r->out->len += n;
}

char *show_resume(struct show_run *r)
{
	struct buf *out = r->out;

	if (out->len < out->cap && out->cap - out->len >= SHOW_WINDOW) {
		r->window = out->p + out->len;
		r->limit = out->p + out->cap;
	} else {
		r->window = r->space->scratch;
		r->limit = r->space->scratch + SHOW_WINDOW;
	}
	r->origin = (uint64_t)(uintptr_t)r->window - out->len;
	return r->window;
}

char *show_missing(struct show_run *r, char *p, const struct show_op *op)
{
	bool is_json = r->face->form == SHOW_JSON;

	if (is_json || (!r->cut && !r->how->dump.ends)) {
		p = show_begin(r, p, op);
		p = is_json ? show_put(p, "{\"error\":\"missing\"}", 19) : show_put(p, "?", 1);
		p = show_separate(p, r->face);
	}
	r->cut = true;
	return p;
}

// A value that takes its time.
static char *slow(struct show_run *r, char *p, const struct show_op *op)
{
	const unsigned char *at = r->base + op->offset;
	size_t left = at < r->end ? (size_t)(r->end - at) : 0, size = op->end - op->offset;

	if (op->code == SHOW_STRING ? !left && show_elements(r, op) : left < size)
		return show_missing(r, p, op);
	if (op->skip && (op->code == SHOW_STRING ? !op->count || !*at : show_bytes_zero(at, size)))
		return p;
	p = show_begin(r, p, op);
	switch (op->code) {
	case SHOW_STRING:
		p = show_string(r, p, at, show_elements(r, op));
		break;
	case SHOW_WIDE:
		p = show_wide(r, p, op, at);
		break;
	case SHOW_REAL:
		p = show_real(r, p, op, at);
		break;
	default:
		p = show_formatted(r, p, op, at);
		break;
	}
	return show_separate(p, r->face);
}

// Shows a struct from its opening brace on, or all of it that is to be seen. Returns the next op.
static inline ALWAYS const struct show_op *structure(struct show_run *r, char **p,
						     const struct show_op *op)
{
	size_t left = (size_t)(r->end - r->base);
	const struct show_op *behind = &r->face->ops[op->next];

	if (op->offset >= left && op->end > op->offset) {
		*p = show_missing(r, *p, op);
		return behind;
	}
	if (op->skip && op->end <= left &&
	    show_bytes_zero(r->base + op->offset, op->end - op->offset))
		return behind;
	*p = show_open(r, *p, op, r->face->open, r->face->open_len);
	return op + 1;
}

// Begins a hole, unless not all of the value was captured: a function would have to guess.
static char *open_hole(struct show_run *r, char *p, const struct show_op *op)
{
	const struct plan_step *s = &r->plan->steps[op->step];
	const unsigned char *at = r->base + op->offset;
	size_t left = at < r->end ? (size_t)(r->end - at) : 0;
	uint32_t i = r->nesting++;

	r->space->nest[i].before = show_position(r, p);
	r->space->nest[i].inside = 0;
	if (left < op->end - op->offset)
		return p;
	show_sync(r, p);
	formats_open(s->format - 1, s->type_id, r->how->at + (uint64_t)(at - r->start),
		     op[1].prefix_len + r->designator_len, r->out);
	p = show_resume(r);
	r->space->nest[i].inside = show_position(r, p);
	return p;
}

static char *close_hole(struct show_run *r, char *p, const struct show_op *op)
{
	uint32_t i = --r->nesting;
	uint64_t at = show_position(r, p);

	if (!r->space->nest[i].inside)
		return p;
	if (at == r->space->nest[i].inside) // it is 0, and left out
		return show_back(r, p, r->space->nest[i].before);
	p = show_back(r, p, at - r->face->separator_len);
	p = show_need(r, p, op->room);
	*p++ = *HOLE_END;
	return show_separate(p, r->face);
}

static char *run(struct show_run *r, char *p)
{
	const struct plan_face *f = r->face;
	const struct show_op *op = f->ops;
	uint64_t v;

	for (;;) {
		if (__builtin_expect(r->cut, 0) && r->how->dump.ends)
			return p;
		switch (op->code) {
		case SHOW_OPEN:
			op = structure(r, &p, op);
			break;
		case SHOW_CLOSE:
			p = show_close(r, p, op, !f->ops[op->next].skip);
			op++;
			break;
		case SHOW_SCALARS:
			p = show_numbers(r, p, &op);
			break;
		case SHOW_ARRAY:
			p = show_array(r, p, &op);
			break;
		case SHOW_AGAIN:
			p = show_again(r, p, &op, 1);
			break;
		case SHOW_STRING:
		case SHOW_WIDE:
		case SHOW_REAL:
		case SHOW_FORMATTED:
			p = slow(r, p, op++);
			break;
		case SHOW_CHOICE:
			op = choice_is_other(op->choice, r->base, (size_t)(r->end - r->base))
				     ? &f->ops[op->next]
				     : op + 1;
			break;
		case SHOW_HOLE:
			p = open_hole(r, p, op++);
			break;
		case SHOW_FILLED:
			p = close_hole(r, p, op++);
			break;
		case SHOW_NOTHING:
			op++;
			break;
		case SHOW_END:
			return p;
		default:
			if (op->end > (size_t)(r->end - r->base)) {
				p = show_missing(r, p, op++);
				break;
			}
			v = show_load(op, r->base + op->offset, r->end);
			if (v || !op->skip) {
				p = show_begin(r, p, op);
				p = show_number(r, p, op, v);
				p = show_separate(p, f);
			}
			op++;
			break;
		}
	}
}

static void show(const struct show *how, const struct plan *plan, const void *bytes, size_t there,
		 struct buf *out, uint8_t form)
{
	const struct plan_face *face = show_face(plan, how, form);
	uint64_t size = !plan->is_elements ? plan->size : how->size ? how->size : there;
	size_t n = there < size ? there : (size_t)size;
	struct show_space space;
	struct show_run r = {
		.how = how,
		.plan = plan,
		.face = face,
		.out = out,
		.base = bytes,
		.start = bytes,
		.end = (const unsigned char *)bytes + n,
		.size = size,
		.space = &space,
	};
	uint64_t before = out->len;
	char *p;

	if (!face) {
		buf_str(out, form == SHOW_JSON ? "{\"error\":\"ENOMEM\"}" : "?ENOMEM");
		return;
	}
	p = run(&r, show_resume(&r));
	if (r.cut && how->dump.ends) {
		show_sync(&r, p);
		return;
	}
	if (show_position(&r, p) > before) // behind the last value there is no separator
		p = show_back(&r, p, show_position(&r, p) - face->separator_len);
	show_sync(&r, p);
	if (r.cut && form != SHOW_JSON)
		buf_printf(out, " (%zu of %llu bytes)", n, (unsigned long long)size);
}

struct show show_as(const char *spec, const struct ksyms *symbols)
{
	return (struct show){.form = !strcmp(spec, "tree")   ? SHOW_TREE
				     : !strcmp(spec, "full") ? SHOW_FULL
							     : SHOW_LINE,
			     .hex = !strcmp(spec, "x"),
			     .symbols = symbols};
}

void show_text(const struct show *how, const struct plan *plan, const void *bytes, size_t there,
	       struct buf *out)
{
	show(how, plan, bytes, there, out, how->form);
}

void show_json(const struct show *how, const struct plan *plan, const void *bytes, size_t there,
	       struct buf *out)
{
	if (plan->steps[0].kind == PLAN_NOTHING)
		buf_str(out, "null");
	else
		show(how, plan, bytes, there, out, SHOW_JSON);
}
