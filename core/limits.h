// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// How much a script's functions may take. The library says what runs; the program (watchdog.c, heap.c)
// sees to it, as it has the Lua state: as a module in another's Lua nobody does.
#ifndef CORE_LIMITS_H
#define CORE_LIMITS_H

#include "ksnoop.h"

// From now on f is told when functions of the script's may run, and when they do no more.
void limits_keep(void (*f)(bool on));

#endif
