// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// What is written for most values: kept in a header, as it is the inside of loops.
#ifndef CORE_SHOW_WRITE_H
#define CORE_SHOW_WRITE_H

#include "digits.h"
#include "show_run.h"

#define ALWAYS __attribute__((always_inline))

// The length of the text up to p.
static inline uint64_t show_position(const struct show_run *r, const char *p)
{
	return (uint64_t)(uintptr_t)p - r->origin;
}

// Takes back what was written behind a position.
static inline char *show_back(struct show_run *r, char *p, uint64_t to)
{
	if (to >= r->out->len)
		return r->window + (to - r->out->len);
	show_sync(r, p);
	r->out->len = to;
	return show_resume(r);
}

// Makes room for so many bytes, at most SHOW_WINDOW.
static inline ALWAYS char *show_need(struct show_run *r, char *p, size_t n)
{
	if ((size_t)(r->limit - p) >= n)
		return p;
	show_sync(r, p);
	return show_resume(r);
}

static inline ALWAYS char *show_copy(char *p, const char *text, uint32_t n)
{
	char *end = p + n;

	do
		memcpy(p, text, SHOW_COPY);
	while (text += SHOW_COPY, (p += SHOW_COPY) < end);
	return end;
}

// What is in front of a value, with room for SHOW_ROOM bytes behind it.
static inline ALWAYS char *show_begin(struct show_run *r, char *p, const struct show_op *op)
{
	p = show_need(r, p, op->room);
	p = show_copy(p, op->prefix, op->prefix_len);
	if (__builtin_expect(r->designator_len, 0)) {
		memcpy(p, r->designator, sizeof(r->designator));
		p += r->designator_len;
		r->designator_len = 0;
	}
	return p;
}

static inline ALWAYS char *show_separate(char *p, const struct plan_face *f)
{
	memcpy(p, f->separator, 2);
	return p + f->separator_len;
}

static inline char *show_put(char *p, const char *text, size_t n)
{
	memcpy(p, text, n);
	return p + n;
}

static inline char *show_character(char *p, const struct show_op *op, uint64_t v)
{
	uint8_t c = (uint8_t)v;

	if (c < 0x20 || c >= 0x7f)
		return op->is_signed ? digits_s64(p, (int64_t)v) : digits_u64(p, v);
	*p++ = '\'';
	if (op->write == WRITE_CHAR && (c == '\'' || c == '\\'))
		*p++ = '\\';
	*p++ = (char)c;
	*p++ = '\'';
	return p;
}

static inline ALWAYS char *show_number(struct show_run *r, char *p, const struct show_op *op,
				       uint64_t v)
{
	const struct constant *c;
	uint32_t bits;

	switch ((enum show_write)op->write) {
	case WRITE_UNSIGNED:
		return digits_u64(p, v);
	case WRITE_SIGNED:
		return digits_s64(p, (int64_t)v);
	case WRITE_NIL_HEX:
		return v ? digits_hex(p, v) : show_put(p, "(nil)", 5);
	case WRITE_HEX:
		bits = op->bits ? op->bits : (op->end - op->offset) * 8;
		return digits_hex(p, v << (64 - bits) >> (64 - bits));
	case WRITE_QUOTED_HEX:
		*p++ = '"';
		p = digits_hex(p, v);
		*p++ = '"';
		return p;
	case WRITE_POINTER:
		return r->how->symbols || v >= (uint64_t)-4095 ? show_pointer(r, p, v)
							       : digits_hex(p, v);
	case WRITE_CONSTANT:
		c = constants_at(op->constants, v);
		return c && c->len <= SHOW_ROOM ? show_put(p, c->name, c->len)
						: show_constant(r, p, op, v);
	case WRITE_BOOL:
		if (v > 1)
			return digits_u64(p, v);
		return v ? show_put(p, "true", 4) : show_put(p, "false", 5);
	case WRITE_JSON_BOOL:
		return v ? show_put(p, "true", 4) : show_put(p, "false", 5);
	default:
		return show_character(p, op, v);
	}
}

// A value of which not all bytes were captured.
char *show_missing(struct show_run *r, char *p, const struct show_op *op);
// Arrays: of numbers; of anything, up to its first element; and from one element to the next. Each
// sets *op to the one that follows.
char *show_numbers(struct show_run *r, char *p, const struct show_op **op);
char *show_array(struct show_run *r, char *p, const struct show_op **op);
char *show_again(struct show_run *r, char *p, const struct show_op **op, uint32_t step);
// Elements that the array has.
uint32_t show_elements(const struct show_run *r, const struct show_op *op);

static inline ALWAYS char *show_open(struct show_run *r, char *p, const struct show_op *op,
				     const char *text, uint8_t n)
{
	uint32_t i = r->nesting++;

	r->space->nest[i].before = show_position(r, p);
	p = show_begin(r, p, op);
	memcpy(p, text, 2);
	p += n;
	r->space->nest[i].inside = show_position(r, p);
	return p;
}

// is_kept: also when there is nothing in it.
static inline ALWAYS char *show_close(struct show_run *r, char *p, const struct show_op *op,
				      bool is_kept)
{
	const struct plan_face *f = r->face;
	uint64_t at = show_position(r, p);

	r->nesting--;
	if (at != r->space->nest[r->nesting].inside) {
		if (f->strip)
			p = show_back(r, p, at - f->strip);
	} else if (!is_kept) {
		return show_back(r, p, r->space->nest[r->nesting].before);
	} else if (f->tight) {
		p = show_back(r, p, at - (f->open_len - 1u));
		p = show_need(r, p, op->room);
		*p = op->prefix[op->prefix_len - 1];
		return show_separate(p + 1, f);
	}
	p = show_need(r, p, op->room);
	p = show_copy(p, op->prefix, op->prefix_len);
	return show_separate(p, f);
}

#endif
