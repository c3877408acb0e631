// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// A face on its way over bytes: where it reads and where it writes.
#ifndef CORE_SHOW_RUN_H
#define CORE_SHOW_RUN_H

#include <string.h>

#include "show_face.h"

// What is written goes straight into the buffer as long as there is room for anything that one op
// may write without looking, else here, to be cut and counted by the buffer.
#define SHOW_WINDOW (2 * SHOW_PREFIX)

struct show_loop {
	uint32_t op; // the SHOW_ARRAY
	uint32_t i;  // the element at hand
	uint32_t count;
	const unsigned char *base; // of what is around
};

// What is not set before it is used.
struct show_space {
	struct {
		uint64_t before, inside; // positions
	} nest[2 * (PLAN_DEPTH + 2)];	 // each may lie in a hole
	struct show_loop loop[PLAN_DEPTH + 2];
	char scratch[SHOW_WINDOW];
};

struct show_run {
	const struct show *how;
	const struct plan *plan;
	const struct plan_face *face;
	struct buf *out;
	// What is between window and the place to write is not in the buffer's length yet.
	char *window, *limit;
	uint64_t origin;	  // the place to write less this is the text's length
	const unsigned char *end; // of what was captured
	const unsigned char *base;
	const unsigned char *start;
	uint64_t size; // that the whole value has
	bool cut;      // something was missing
	// In front of the next element: "[3 ... 5] = ".
	char designator[40];
	uint8_t designator_len;
	uint32_t nesting, loops;
	struct show_space *space;
};

// Where to write is handed around as `p`. show_sync brings the buffer up to date, so that it can be
// written to, show_resume gives the place behind that.
void show_sync(struct show_run *r, const char *p);
char *show_resume(struct show_run *r);

// The values that take their time. Each writes no prefix, and no separator behind.
char *show_string(struct show_run *r, char *p, const unsigned char *at, uint32_t count);
char *show_wide(struct show_run *r, char *p, const struct show_op *op, const unsigned char *at);
char *show_real(struct show_run *r, char *p, const struct show_op *op, const unsigned char *at);
char *show_formatted(struct show_run *r, char *p, const struct show_op *op,
		     const unsigned char *at);
char *show_pointer(struct show_run *r, char *p, uint64_t v);
char *show_constant(struct show_run *r, char *p, const struct show_op *op, uint64_t v);
// Is all of it 0 that an op shows: not only its bytes?
bool show_is_zero(const struct show_run *r, const struct show_op *op, const unsigned char *base);
bool show_bytes_zero(const unsigned char *at, size_t n);

// end: of what may be read, which is more than the bit-field needs as a rule.
static inline uint64_t show_bits(const struct show_op *op, const unsigned char *at,
				 const unsigned char *end)
{
	uint32_t n = op->end - op->offset;
	uint64_t v = 0;

	if (end - at >= 8)
		memcpy(&v, at, 8);
	else
		memcpy(&v, at, n);
	v >>= op->shift;
	if (n > 8)
		v |= (uint64_t)at[8] << (64 - op->shift);
	v <<= 64 - op->bits;
	return op->code == LOAD_SIGNED_BITS ? (uint64_t)((int64_t)v >> (64 - op->bits))
					    : v >> (64 - op->bits);
}

static inline __attribute__((always_inline)) uint64_t
show_load(const struct show_op *op, const unsigned char *at, const unsigned char *end)
{
	uint64_t v64;
	uint32_t v32;
	uint16_t v16;

	switch ((enum show_load)op->code) {
	case LOAD_U8:
		return *at;
	case LOAD_S8:
		return (uint64_t)(int64_t)(int8_t)*at;
	case LOAD_U16:
		memcpy(&v16, at, 2);
		return v16;
	case LOAD_S16:
		memcpy(&v16, at, 2);
		return (uint64_t)(int64_t)(int16_t)v16;
	case LOAD_U32:
		memcpy(&v32, at, 4);
		return v32;
	case LOAD_S32:
		memcpy(&v32, at, 4);
		return (uint64_t)(int64_t)(int32_t)v32;
	case LOAD_64:
		memcpy(&v64, at, 8);
		return v64;
	default:
		return show_bits(op, at, end);
	}
}

#endif
