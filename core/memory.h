// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// What expressions read from memory: directly through pointers that the verifier knows, by
// bpf_probe_read_* elsewhere, and nothing twice.
#ifndef CORE_MEMORY_H
#define CORE_MEMORY_H

#include "address.h"

// The value of N_MEMBER, N_DEREF or N_INDEX. final: it is not only followed, so that a 0 must be
// told from a failed load. The register is not the caller's to change.
int memory_load(struct lower *l, const struct node *n, bool final);
// Where n lies, as a number; the caller's to change.
int memory_where(struct lower *l, const struct node *n);
// The same for a helper that reads there, of user's memory if *user; plain: to compute with.
int memory_place(struct lower *l, const struct node *n, bool plain, bool *user);
// Goes to l->fault if a pointer's value leads to no kernel memory.
void memory_check_kernel(struct lower *l, int pointer);
// Reads the first `size` bytes of what lies at n to base + off: by a helper, or to l->fault.
void memory_copy(struct lower *l, const struct node *n, uint32_t size, int base, int off);
// The value of an argument, or of retval, that is no struct. Not the caller's to change.
int memory_argument(struct lower *l, const struct node *n);
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
