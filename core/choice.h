// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Unions of which another member of the same struct says what is in them: iov_iter by iter_type, an
// inode's by its mode. A row for each member that is known.
#ifndef CORE_CHOICE_H
#define CORE_CHOICE_H

#include "arena.h"
#include "btf.h"

#define CHOICE_VALUES 24 // of one struct

// When a member of a union is the one that is in use.
struct choice {
	uint32_t offset, size; // bytes of the number that tells, as the plan counts them
	uint64_t mask;	       // of its bits that tell
	uint8_t own, count;
	uint64_t values
		[CHOICE_VALUES]; // the first `own` mean this member, the others up to count another
};

// owner: the struct with a name that the member is in, directly or in others without a name; at: where
// that begins, in bytes. 0 and *ret, which is NULL when nothing is known of the member; -1: no memory.
int choice_of(struct arena *a, const struct btf *btf, uint32_t owner, uint32_t at,
	      const char *member, const struct choice **ret);
// Is another member in use? Not when that was not captured, or has a value that no row knows.
bool choice_is_other(const struct choice *c, const unsigned char *bytes, size_t there);

#endif
