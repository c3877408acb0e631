// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// The one debug hook that a Lua state has, shared by those who want to come between two of its
// instructions.
#ifndef CORE_INTERRUPT_H
#define CORE_INTERRUPT_H

#include <lua.h>

// In this order, if both want to at the same time.
enum interrupt { INTERRUPT_MEMORY, INTERRUPT_TIME, INTERRUPTS };

// From now on hook runs after so many instructions of the interpreter, again and again: until
// interrupt_off, also where it raises an error, and also where a script has set a hook of its own
// meanwhile. May be called from a signal handler of the state's thread, and in the allocator.
void interrupt_on(lua_State *L, enum interrupt which, lua_Hook hook, int every);
// No more. May be called where interrupt_on may be.
void interrupt_off(lua_State *L, enum interrupt which);

#endif
