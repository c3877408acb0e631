// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// "Did you mean": the few names that are closest to what somebody typed.
#ifndef CORE_NEAREST_H
#define CORE_NEAREST_H

#include "ksnoop.h"

#define NEAREST_COUNT 3
#define NEAREST_NAME  96

struct nearest {
	const char *word; // borrowed
	size_t len;
	unsigned count;
	struct {
		unsigned distance;
		char name[NEAREST_NAME];
	} best[NEAREST_COUNT];
};

void nearest_init(struct nearest *n, const char *word, size_t len);
// Considers a candidate; the name is copied.
void nearest_offer(struct nearest *n, const char *name);
// Adds "did you mean a, b or c?" to the error when there is something close.
void nearest_hint(const struct nearest *n, struct ks_error *error);

#endif
