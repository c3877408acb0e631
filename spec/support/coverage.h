// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Which operators were tried on which kinds of integers, and how deep: counted in checked trees, so
// that it is what the engines got and not what a generator meant.
#ifndef SPEC_COVERAGE_H
#define SPEC_COVERAGE_H

#include <stdio.h>

#include "tree.h"

#define COVERAGE_DEPTHS 4  // how many operators stand around one, itself included; more is 4
#define COVERAGE_KINDS	12 // s8 u8 s16 u16 s32 u32 s64 u64 bool enum bits+ bits-
#define COVERAGE_OPS	23

struct coverage {
	uint32_t cells[COVERAGE_OPS][COVERAGE_DEPTHS][COVERAGE_KINDS][COVERAGE_KINDS];
};

void coverage_count(struct coverage *c, const struct node *n);
// Adds what is in the file, if it is there; and writes it all. 0 or -1.
int coverage_read(struct coverage *c, const char *path);
int coverage_write(const struct coverage *c, const char *path);
// A line for each operator: cells filled at each depth, and their least and greatest count.
void coverage_table(const struct coverage *c, FILE *out);
// A line "missing OPERATOR DEPTH LEFT RIGHT" for each empty cell; without RIGHT for one operand.
unsigned coverage_missing(const struct coverage *c, FILE *out);

#endif
