// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Lua's memory, counted and limited.
#ifndef CORE_HEAP_H
#define CORE_HEAP_H

#include <lua.h>

// From now on what the state has and asks for is counted, and stays below ks_limits()->memory.
void heap_limit(lua_State *L);
// Before lua_close: from now on the state gives nothing back, since the process is about to give all.
void heap_release(lua_State *L);

#endif
