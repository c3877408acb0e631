// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// What expressions read from memory: directly through pointers that the verifier knows, by
// bpf_probe_read_* elsewhere, and nothing twice.
#ifndef CORE_MEMORY_H
#define CORE_MEMORY_H

#include "lower.h"

#define MAX_INDEXES 4

// Where something lies: a pointer, bits behind it, and computed elements.
struct address {
	const struct node *pointer;		 // NULL: in an argument's own words
	const struct node *arg;			 // N_ARG of a struct by value
	int64_t bit;				 // from where it points
	const struct node *indexes[MAX_INDEXES]; // N_INDEX whose b is computed
	uint32_t index_count;
	bool user;
	uint32_t id; // the struct that the verifier takes the pointer for; 0: just a number
};

struct address memory_address(const struct lower *l, const struct node *n);
// Which struct does the verifier know this pointer to lead to? 0: none that it lets us follow.
uint32_t memory_struct_behind(const struct lower *l, const struct node *n);
// Is the register with this pointer's value more than a number to the verifier?
bool memory_is_typed(const struct lower *l, const struct node *n);
// Does reading n need no helper?
bool memory_is_direct(const struct lower *l, const struct node *n);
// The value of N_MEMBER, N_DEREF or N_INDEX. final: it is not only followed, so that a 0 must be
// told from a failed load. The register is not the caller's to change.
int memory_load(struct lower *l, const struct node *n, bool final);
// Where n lies, as a number; the caller's to change.
int memory_where(struct lower *l, const struct node *n);
// Reads the first `size` bytes of what lies at n to base + off: by a helper, or to l->fault.
void memory_copy(struct lower *l, const struct node *n, uint32_t size, int base, int off);
// The value of an argument, or of retval, that is no struct. Not the caller's to change.
int memory_argument(struct lower *l, const struct node *n);
// Must an argument be read by a helper?
bool memory_argument_by_helper(const struct lower *l, const struct node *n);
// The index of a value among those known, or -1; and a new one (which may be forgotten at once).
int memory_find(const struct lower *l, const struct node *n);
void memory_keep(struct lower *l, const struct node *n, int place, bool final);
// A pointer as a number that the verifier lets us compute with.
int memory_plain(struct lower *l, const struct node *n);
// An 8-byte slot of the stack for values that are used up at once.
int memory_scratch(struct lower *l);
// Plans which members are read together, for the trees that are lowered next.
void memory_plan(struct lower *l, const struct node *const *trees, uint32_t count);

#endif
