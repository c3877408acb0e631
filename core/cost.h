// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// About how much a run of a program costs.
#ifndef CORE_COST_H
#define CORE_COST_H

#include "ir.h"

// How many instructions what is there so far takes from end to end, helpers' included. What hardly ever
// runs is not counted, nor what a kernel's helper does in its worst case: it is rather too few.
uint32_t cost_of(const struct ir *ir);

#endif
