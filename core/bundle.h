// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// The Lua modules that are inside the program.
#ifndef CORE_BUNDLE_H
#define CORE_BUNDLE_H

#include <lua.h>
#include <stdint.h>

struct module {
	const char *name;
	const unsigned char *packed; // bytecode, by gzip
	uint32_t packed_size, size;
};

// In the order of their names; lua/bundle.lua writes the file that has them.
extern const struct module bundle[];
extern const uint32_t bundle_count;

// From now on `require` finds them before anything else.
void bundle_open(lua_State *L);

#endif
