// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Constant subtrees -> numbers, by C's rules for their types.
#ifndef CORE_FOLD_H
#define CORE_FOLD_H

#include "tree.h"

// Turns n into N_NUMBER when its operands are, and a choice by a constant into what it chooses.
// Needs: types checked.
// -1 with error when the result is undefined: division by 0, a shift past the width.
int fold(struct node *n, struct ks_error *error);

#endif
