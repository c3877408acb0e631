// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Arrays as text: element by element, equal ones folded into one where the form does that.
#include "show_write.h"

#define FOLD 4 // so many equal numbers become one
#define DEEP 2 // so many structs

uint32_t show_elements(const struct show_run *r, const struct show_op *op)
{
	uint64_t n = op->count;

	if (op->end == UINT32_MAX) // as many as there are
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

// Writes the designator of `n` elements from the i-th on.
static void designate(struct show_run *r, uint32_t i, uint32_t n)
{
	char *p = r->designator;

	*p++ = '[';
	p = digits_u64(p, i);
	if (n > 1) {
		p = show_put(p, " ... ", 5);
		p = digits_u64(p, i + n - 1);
	}
	p = show_put(p, "] = ", 4);
	r->designator_len = (uint8_t)(p - r->designator);
}

// How many elements from the first on are the same, byte by byte.
static uint32_t equal(const unsigned char *at, uint32_t stride, uint32_t left)
{
	uint32_t n = 1;

	while (n < left && !memcmp(at, at + (size_t)n * stride, stride))
		n++;
	return n;
}

// Should an array's next elements be folded or left out? Then so many; there is a designator for
// them, unless *omit.
static uint32_t fold(struct show_run *r, const unsigned char *at, uint32_t stride, uint32_t i,
		     uint32_t count, uint32_t least, bool is_after_gap, bool *omit)
{
	uint32_t n = 1;

	*omit = false;
	if (i + (uint64_t)least <= count && !memcmp(at, at + stride, stride))
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

static inline ALWAYS char *list_separate(char *p, const struct plan_face *f)
{
	memcpy(p, f->list_separator, 2);
	return p + f->list_len;
}

// The bytes of an array up to one that is followed by the same: most of what large arrays are, and
// shorter than their digits. Returns how many.
static uint32_t bytes(struct show_run *r, char **at, const unsigned char *from, uint32_t n)
{
	const struct plan_face *f = r->face;
	bool fold = f->fold;
	char *p = *at;
	uint32_t i;

	for (i = 0; i < n; i++) {
		uint32_t v = from[i];

		if (fold && i + 1 < n && from[i + 1] == v)
			break;
		if (i % 8 == 0)
			p = show_need(r, p, SHOW_ROOM);
		if (v >= 100) {
			uint32_t hundreds = v >= 200 ? 2 : 1;

			*p++ = (char)('0' + hundreds);
			p = digits_pair(p, v - hundreds * 100);
		} else {
			memcpy(p, &digits_pairs[v * 2 + (v < 10)], 2);
			p += 2 - (v < 10);
		}
		p = list_separate(p, f);
	}
	*at = p;
	return i;
}

char *show_numbers(struct show_run *r, char *p, const struct show_op **next_op)
{
	const struct show_op *op = *next_op, *one = &op[1], *close = &op[2];
	const unsigned char *at = r->base + op->offset;
	const struct plan_face *f = r->face;
	uint32_t count = show_elements(r, op), there = captured(r, at, op->stride, count), n, i;
	bool are_bytes = one->code == LOAD_U8 && one->write == WRITE_UNSIGNED && !one->prefix_len;
	bool gap = false, omit, any = false;
	uint64_t v = 0, next = 0;

	*next_op = close + 1;
	if (op->skip && there == count && show_is_zero(r, op, r->base))
		return p;
	p = show_begin(r, p, op);
	memcpy(p, f->open_array, 2);
	p += f->form == SHOW_DUMP ? f->open_array_len : 1;
	for (i = 0; i < there; i += n) {
		if (are_bytes && !gap) {
			n = bytes(r, &p, at, there - i);
			any = any || n;
			at += n;
			i += n;
			if (i == there)
				break;
			next = *at;
		} else if (i == 0) {
			next = show_load(one, at, r->end);
		}
		v = next;
		n = 1;
		at += op->stride;
		if (i + 1 < there)
			next = show_load(one, at, r->end);
		if (f->fold && (gap || (next == v && i + 1 < there))) {
			n = fold(r, at - op->stride, op->stride, i, there, FOLD, gap, &omit);
			at += (size_t)op->stride * (n - 1);
			if (n > 1 && i + n < there)
				next = show_load(one, at, r->end);
			gap = omit;
			if (omit)
				continue;
		}
		if (op->until_nul && !v) {
			if (f->emit_zeroes)
				p = show_begin(r, p, one);
			break;
		}
		any = true;
		p = show_begin(r, p, one);
		p = show_number(r, p, one, v);
		p = list_separate(p, f);
	}
	if (i >= there && there < count) {
		p = show_missing(r, p, one);
		any = true;
		if (r->how->dump.ends)
			return p;
	}
	if (any && f->form != SHOW_DUMP)
		p = show_back(r, p, show_position(r, p) - f->list_len);
	p = show_need(r, p, close->room);
	p = show_copy(p, close->prefix, close->prefix_len);
	return show_separate(p, f);
}

// The next element of the innermost array, or its end.
char *show_again(struct show_run *r, char *p, const struct show_op **next_op, uint32_t step)
{
	struct show_loop *l = &r->space->loop[r->loops - 1];
	const struct show_op *op = &r->face->ops[l->op], *close = &r->face->ops[op->next - 1];
	const unsigned char *from = l->base + op->offset;
	uint32_t there = captured(r, from, op->stride, l->count), n;
	uint32_t least = op[1].code == SHOW_OPEN || op[1].code == SHOW_ARRAY ? DEEP : FOLD;
	bool gap = false, omit = false;

	*next_op = op + 1;
	l->i += step;
	while (l->i < there && r->face->fold && op->stride) {
		n = fold(r, from + (size_t)l->i * op->stride, op->stride, l->i, there, least, gap,
			 &omit);
		gap = omit;
		if (!omit) {
			r->base = from + (size_t)l->i * op->stride;
			l->i += n - 1;
			return p;
		}
		l->i += n;
	}
	r->base = from + (size_t)l->i * op->stride;
	if (l->i < there)
		return p;
	if (l->i < l->count) // not captured: one stands for all
		p = show_missing(r, p, op + 1 + (op[1].code == SHOW_HOLE));
	if (r->cut && r->how->dump.ends)
		return p;
	r->base = l->base;
	r->loops--;
	*next_op = close + 1;
	return show_close(r, p, close, !op->skip || r->cut);
}

char *show_array(struct show_run *r, char *p, const struct show_op **next_op)
{
	const struct show_op *op = *next_op;
	const unsigned char *at = r->base + op->offset;
	uint32_t count = show_elements(r, op);

	if (op->skip && captured(r, at, op->stride, count) == count &&
	    show_is_zero(r, op, r->base)) {
		*next_op = &r->face->ops[op->next];
		return p;
	}
	p = show_open(r, p, op, r->face->open_array, r->face->open_array_len);
	r->space->loop[r->loops++] = (struct show_loop){
		.op = (uint32_t)(op - r->face->ops),
		.count = count,
		.base = r->base,
	};
	return show_again(r, p, next_op, 0);
}
