// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "show.h"

#include "digits.h"
#include "show_run.h"

#define ALWAYS __attribute__((always_inline))
#define FOLD   4 // equal numbers that become one
#define DEEP   2 // the same of structs

void show_sync(struct show_run *r)
{
	size_t n = (size_t)(r->p - r->window);

	if (r->window == r->space->scratch)
		buf_add(r->out, r->space->scratch, n);
	else
		r->out->len += n;
	r->window = r->p;
}

void show_resume(struct show_run *r)
{
	struct buf *out = r->out;

	if (out->len < out->cap && out->cap - out->len >= SHOW_WINDOW) {
		r->p = out->p + out->len;
		r->limit = out->p + out->cap;
	} else {
		r->p = r->space->scratch;
		r->limit = r->space->scratch + SHOW_WINDOW;
	}
	r->window = r->p;
}

static void more(struct show_run *r)
{
	show_sync(r);
	show_resume(r);
}

// Bytes written so far.
static inline uint64_t position(const struct show_run *r)
{
	return r->out->len + (size_t)(r->p - r->window);
}

// Takes back what was written behind a position.
static inline void back(struct show_run *r, uint64_t to)
{
	if (to >= r->out->len) {
		r->p = r->window + (to - r->out->len);
	} else {
		r->window = r->p; // none of it counts
		r->out->len = to;
		show_resume(r);
	}
}

static inline ALWAYS void copy(struct show_run *r, const char *text, uint32_t n)
{
	char *p = r->p;

	for (const char *end = text + n; text < end; text += SHOW_COPY, p += SHOW_COPY)
		memcpy(p, text, SHOW_COPY);
	r->p += n;
}

// What is in front of a value, with room for SHOW_ROOM bytes behind it.
static inline ALWAYS void begin(struct show_run *r, const struct show_op *op)
{
	if ((size_t)(r->limit - r->p) < op->prefix_len + (size_t)SHOW_COPY + SHOW_ROOM * 2)
		more(r);
	copy(r, r->face->text + op->prefix, op->prefix_len);
	if (r->designator_len) {
		memcpy(r->p, r->designator, sizeof(r->designator));
		r->p += r->designator_len;
		r->designator_len = 0;
	}
}

static inline ALWAYS void separate(struct show_run *r)
{
	memcpy(r->p, r->face->separator, 2);
	r->p += r->face->separator_len;
}

static inline void put(struct show_run *r, const char *text, size_t n)
{
	memcpy(r->p, text, n);
	r->p += n;
}

static void write_character(struct show_run *r, const struct show_op *op, uint64_t v)
{
	uint8_t c = (uint8_t)v;
	bool is_loose = op->write == WRITE_CHAR_LOOSE;

	if (c < 0x20 || c >= 0x7f) {
		r->p = op->is_signed ? digits_s64(r->p, (int64_t)v) : digits_u64(r->p, v);
		return;
	}
	*r->p++ = '\'';
	if (!is_loose && (c == '\'' || c == '\\'))
		*r->p++ = '\\';
	*r->p++ = (char)c;
	*r->p++ = '\'';
}

static inline ALWAYS void write_value(struct show_run *r, const struct show_op *op, uint64_t v)
{
	const struct constant *c;
	uint32_t bits;

	switch ((enum show_write)op->write) {
	case WRITE_UNSIGNED:
		r->p = digits_u64(r->p, v);
		break;
	case WRITE_SIGNED:
		r->p = digits_s64(r->p, (int64_t)v);
		break;
	case WRITE_NIL_HEX:
		if (!v) {
			put(r, "(nil)", 5);
			break;
		}
		r->p = digits_hex(r->p, v);
		break;
	case WRITE_HEX:
		bits = op->bits ? op->bits : (op->end - op->offset) * 8;
		r->p = digits_hex(r->p, v << (64 - bits) >> (64 - bits));
		break;
	case WRITE_QUOTED_HEX:
		*r->p++ = '"';
		r->p = digits_hex(r->p, v);
		*r->p++ = '"';
		break;
	case WRITE_POINTER:
		if (r->how->symbols || v >= (uint64_t)-4095)
			show_pointer(r, v);
		else
			r->p = digits_hex(r->p, v);
		break;
	case WRITE_CONSTANT:
		c = constants_at(op->constants, v);
		if (c && c->len <= SHOW_ROOM)
			put(r, c->name, c->len);
		else
			show_constant(r, op, v);
		break;
	case WRITE_BOOL:
		if (v > 1)
			r->p = digits_u64(r->p, v);
		else
			put(r, v ? "true" : "false", v ? 4 : 5);
		break;
	case WRITE_JSON_BOOL:
		put(r, v ? "true" : "false", v ? 4 : 5);
		break;
	default:
		write_character(r, op, v);
		break;
	}
}

// A value of which not all bytes were captured.
static void missing(struct show_run *r, const struct show_op *op)
{
	if (r->face->form == SHOW_JSON) {
		begin(r, op);
		put(r, "{\"error\":\"missing\"}", 19);
		separate(r);
	} else if (!r->cut) {
		begin(r, op);
		*r->p++ = '?';
		separate(r);
	}
	r->cut = true;
}

static inline bool is_missing(const struct show_run *r, const struct show_op *op)
{
	return op->end > (size_t)(r->end - r->base);
}

// Writes the designator of `n` elements from the i-th on.
static void designate(struct show_run *r, uint32_t i, uint32_t n)
{
	char *p = r->designator;

	*p++ = '[';
	p = digits_u64(p, i);
	if (n > 1) {
		memcpy(p, " ... ", 5);
		p = digits_u64(p + 5, i + n - 1);
	}
	memcpy(p, "] = ", 4);
	r->designator_len = (uint8_t)(p + 4 - r->designator);
}

// How many elements from the first on are the same, byte by byte.
static uint32_t equal(const unsigned char *at, uint32_t stride, uint32_t left)
{
	uint32_t n = 1;

	while (n < left && !memcmp(at, at + (size_t)n * stride, stride))
		n++;
	return n;
}

// Elements that the array has, from what there is of it.
static uint32_t elements(const struct show_run *r, const struct show_op *op)
{
	uint64_t n = op->count;

	if (op->end == UINT32_MAX)
		n = op->stride ? r->size / op->stride : 0;
	return n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
}

// Those of them that are captured as a whole.
static uint32_t captured(const struct show_run *r, const unsigned char *at, uint32_t stride,
			 uint32_t count)
{
	size_t left = at < r->end ? (size_t)(r->end - at) : 0;

	return !stride || left / stride >= count ? count : (uint32_t)(left / stride);
}

// Should an array's next elements be folded or left out? Then so many; in that case there is a
// designator for them, unless *omit.
static uint32_t fold(struct show_run *r, const unsigned char *at, uint32_t stride, uint32_t i,
		     uint32_t count, uint32_t least, bool is_after_gap, bool *omit)
{
	uint32_t n = 1;

	*omit = false;
	if (i + least <= count && !memcmp(at, at + stride, stride))
		n = equal(at, stride, count - i);
	if (n < least)
		n = 1;
	if (n > 1 && r->face->omit && show_bytes_zero(at, stride)) {
		*omit = true;
		return n;
	}
	if (n > 1 || is_after_gap)
		designate(r, i, n);
	return n;
}

static inline ALWAYS void list_separate(struct show_run *r)
{
	memcpy(r->p, r->face->list_separator, 2);
	r->p += r->face->list_len;
}

// The numbers of an array; op[1] is one of them, op[2] the closing bracket.
static const struct show_op *scalars(struct show_run *r, const struct show_op *op)
{
	const struct show_op *one = &op[1], *close = &op[2];
	const unsigned char *at = r->base + op->offset;
	const struct plan_face *f = r->face;
	uint32_t count = elements(r, op), there = captured(r, at, op->stride, count), n, i;
	bool gap = false, omit, any = false;

	if (op->skip && there == count && show_is_zero(r, op, r->base))
		return close + 1;
	begin(r, op);
	put(r, f->open_array, f->form == SHOW_DUMP ? f->open_array_len : 1);
	for (i = 0; i < there; i += n, at += (size_t)op->stride * n) {
		uint64_t v = show_load(one, at);

		n = 1;
		if (f->fold) {
			n = fold(r, at, op->stride, i, there, FOLD, gap, &omit);
			gap = omit;
			if (omit)
				continue;
		}
		if (op->until_nul && !v) {
			if (f->emit_zeroes)
				begin(r, one);
			break;
		}
		any = true;
		begin(r, one);
		write_value(r, one, v);
		list_separate(r);
	}
	if (i >= there && there < count) {
		missing(r, one);
		any = true;
	}
	if ((size_t)(r->limit - r->p) < close->prefix_len + (size_t)SHOW_COPY + SHOW_ROOM)
		more(r);
	if (any && f->form != SHOW_DUMP)
		back(r, position(r) - f->list_len);
	copy(r, f->text + close->prefix, close->prefix_len);
	separate(r);
	return close + 1;
}

static void close_brace(struct show_run *r, const struct show_op *op, bool is_kept)
{
	const struct plan_face *f = r->face;
	uint64_t at = position(r);

	r->nesting--;
	if (at == r->space->nest[r->nesting].inside) {
		if (!is_kept) {
			back(r, r->space->nest[r->nesting].before);
			return;
		}
		if (f->tight) {
			back(r, at - (f->open_len - 1u));
			put(r, f->text + op->prefix + op->prefix_len - 1, 1);
			separate(r);
			return;
		}
	} else if (f->strip) {
		back(r, at - f->strip);
	}
	if ((size_t)(r->limit - r->p) < op->prefix_len + (size_t)SHOW_COPY + SHOW_ROOM)
		more(r);
	copy(r, f->text + op->prefix, op->prefix_len);
	separate(r);
}

static void open_brace(struct show_run *r, const struct show_op *op, const char *text, uint8_t n)
{
	uint64_t before = position(r);

	begin(r, op);
	put(r, text, n);
	r->space->nest[r->nesting].before = before;
	r->space->nest[r->nesting++].inside = position(r);
}

// The next element of the innermost array, or its end.
static const struct show_op *again(struct show_run *r, const struct show_op *close, uint32_t step)
{
	struct show_loop *l = &r->space->loop[r->loops - 1];
	const struct show_op *op = &r->face->ops[l->op];
	const unsigned char *from = l->base + op->offset;
	uint32_t there = captured(r, from, op->stride, l->count), n;
	uint32_t least = op[1].code == SHOW_OPEN || op[1].code == SHOW_ARRAY ? DEEP : FOLD;
	bool gap = false, omit = false;

	l->i += step;
	while (l->i < there && r->face->fold && op->stride) {
		n = fold(r, from + (size_t)l->i * op->stride, op->stride, l->i, there, least, gap,
			 &omit);
		gap = omit;
		if (!omit) {
			r->base = from + (size_t)l->i * op->stride;
			l->i += n - 1;
			return op + 1;
		}
		l->i += n;
	}
	r->base = from + (size_t)l->i * op->stride;
	if (l->i < there)
		return op + 1;
	if (l->i < l->count) // not captured: one stands for all
		missing(r, op + 1);
	r->base = l->base;
	r->loops--;
	close_brace(r, close, !op->skip || r->cut);
	return close + 1;
}

static const struct show_op *array(struct show_run *r, const struct show_op *op)
{
	uint32_t count = elements(r, op);
	const unsigned char *at = r->base + op->offset;

	if (op->skip && captured(r, at, op->stride, count) == count && show_is_zero(r, op, r->base))
		return &r->face->ops[op->next];
	open_brace(r, op, r->face->open_array, r->face->open_array_len);
	r->space->loop[r->loops++] = (struct show_loop){
		.op = (uint32_t)(op - r->face->ops),
		.count = count,
		.base = r->base,
	};
	return again(r, &r->face->ops[op->next - 1], 0);
}

// A value that takes its time.
static void slow(struct show_run *r, const struct show_op *op)
{
	const unsigned char *at = r->base + op->offset;

	if (op->skip &&
	    (op->code == SHOW_STRING && r->end > at ? !*at
						    : show_bytes_zero(at, op->end - op->offset)))
		return;
	begin(r, op);
	if (op->code == SHOW_STRING)
		show_string(r, op, at, elements(r, op));
	else if (op->code == SHOW_WIDE)
		show_wide(r, op, at);
	else if (op->code == SHOW_REAL)
		show_real(r, op, at);
	else
		show_formatted(r, op, at);
	separate(r);
}

static void run(struct show_run *r)
{
	const struct show_op *ops = r->face->ops, *op = ops;
	const struct show_op *open;
	uint64_t v;

	for (;;) {
		switch ((enum show_code)op->code) {
		case SHOW_SCALAR:
			if (is_missing(r, op)) {
				missing(r, op++);
				continue;
			}
			v = show_load(op, r->base + op->offset);
			if (!v && op->skip) {
				op++;
				continue;
			}
			begin(r, op);
			write_value(r, op, v);
			separate(r);
			op++;
			continue;
		case SHOW_OPEN:
			if (op->offset >= (size_t)(r->end - r->base) && op->end > op->offset) {
				missing(r, op);
				op = &ops[op->next];
				continue;
			}
			if (op->skip && !is_missing(r, op) &&
			    show_bytes_zero(r->base + op->offset, op->end - op->offset)) {
				op = &ops[op->next];
				continue;
			}
			open_brace(r, op, r->face->open, r->face->open_len);
			op++;
			continue;
		case SHOW_CLOSE:
			open = &ops[op->next];
			close_brace(r, op, !open->skip);
			op++;
			continue;
		case SHOW_SCALARS:
			op = scalars(r, op);
			continue;
		case SHOW_ARRAY:
			op = array(r, op);
			continue;
		case SHOW_AGAIN:
			op = again(r, op, 1);
			continue;
		case SHOW_STRING:
			if (op->offset >= (size_t)(r->end - r->base) && op->count)
				missing(r, op);
			else
				slow(r, op);
			op++;
			continue;
		case SHOW_WIDE:
		case SHOW_REAL:
		case SHOW_FORMATTED:
			if (is_missing(r, op))
				missing(r, op);
			else
				slow(r, op);
			op++;
			continue;
		case SHOW_NOTHING:
			op++;
			continue;
		case SHOW_END:
			return;
		}
	}
}

static void show(const struct show *how, const struct plan *plan, const void *bytes, size_t there,
		 struct buf *out, uint8_t form)
{
	const struct plan_face *face = show_face(plan, how, form);
	uint64_t size = !plan->is_elements ? plan->size : how->size ? how->size : there;
	struct show_space space;
	struct show_run r = {
		.how = how,
		.plan = plan,
		.face = face,
		.out = out,
		.base = bytes,
		.end = (const unsigned char *)bytes + (there < size ? there : size),
		.size = size,
		.space = &space,
	};
	uint64_t before = out->len;

	if (!face) {
		buf_str(out, form == SHOW_JSON ? "{\"error\":\"ENOMEM\"}" : "?ENOMEM");
		return;
	}
	show_resume(&r);
	run(&r);
	if (position(&r) > before) // behind the last value there is no separator
		back(&r, position(&r) - r.face->separator_len);
	show_sync(&r);
	if (r.cut && form != SHOW_JSON)
		buf_printf(out, " (%zu of %llu bytes)", there, (unsigned long long)r.size);
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
