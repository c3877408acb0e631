// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// path(x) in the kernel: the walk from a file's name up to the root, into the record.
#ifndef CORE_WALK_H
#define CORE_WALK_H

#include "lower.h"

// Writes the N_PATH n as a struct wire_path (bpf/wire.h) to base + off. Goes to l->fault when not even
// the file's own name can be read.
void walk_path(struct lower *l, const struct node *n, int base, int off);

#endif
