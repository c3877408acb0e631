// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Lua's memory, counted and limited.
#ifndef CORE_HEAP_H
#define CORE_HEAP_H

#include <lua.h>

// From now on what the state has and asks for is counted, and stays below ks_limits()->memory.
void heap_limit(lua_State *L);
// Gives the state its own allocator back, which lua_close expects.
void heap_release(lua_State *L);

#endif
