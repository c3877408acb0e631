// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Where things lie that expressions read, and what the verifier knows of the way there. Nothing is
// emitted here.
#ifndef CORE_ADDRESS_H
#define CORE_ADDRESS_H

#include "access.h"
#include "lower.h"

#define MAX_INDEXES 4

// Where something lies: a pointer, bits behind it, and computed elements.
struct address {
	const struct node *pointer;		 // NULL: in an argument's own words
	const struct node *arg;			 // N_ARG of a struct by value
	int64_t bit;				 // from where it points
	const struct node *indexes[MAX_INDEXES]; // N_INDEX whose b is computed
	uint32_t index_count;
	bool too_many; // of them
	bool user;
	uint32_t id; // the struct that the verifier takes the pointer for; 0: just a number
};

struct address address_of(const struct lower *l, const struct node *n);
// The bytes that hold a value at a bit: a bit-field's may be more than its type says.
void address_bytes(const struct node *n, int64_t bit, int64_t *off, uint32_t *size);
// Can n be loaded directly from there, and what comes out? *next: see access_load.
enum access address_access(const struct lower *l, const struct node *n, const struct address *a,
			   uint32_t *next);
// N_MEMBER, N_DEREF, N_INDEX
bool address_is_memory(const struct node *n);
// Which struct does the verifier know this pointer to lead to? 0: none that it lets us follow.
uint32_t address_struct(const struct lower *l, const struct node *n);
// Does a pointer begin with one that the kernel trusts? What it leads to may be NULL in the eyes of
// the verifier (since v6.2), and only a comparison with 0 changes its mind.
bool address_is_trusted(const struct lower *l, const struct node *n);
// Is the register with this pointer's value more than a number to the verifier?
bool address_is_typed(const struct lower *l, const struct node *n);
// Does reading n need no helper?
bool address_is_direct(const struct lower *l, const struct node *n);
// Must an argument be read by a helper?
bool address_argument_by_helper(const struct lower *l, const struct node *n);

#endif
