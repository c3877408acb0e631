// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Ends functions of the script's that do not end.
#ifndef CORE_WATCHDOG_H
#define CORE_WATCHDOG_H

#include <lua.h>

// The exit code of a run that it has ended.
#define WATCHDOG_EXIT 70

// Looks after the state's functions from now on, for as long as the process runs; this thread must be
// the one that runs them. 0, or -1 with errno.
int watchdog_start(lua_State *L);
// Ends the process at once, with a message and the sums, from wherever the state's thread is.
void watchdog_end(const char *why, int status) __attribute__((noreturn));

#endif
