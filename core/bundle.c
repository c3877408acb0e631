// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Bytecode is most of what the program would have to carry, and half of that when it is compressed. A
// module is unpacked when it is required, which most are not.
#include "bundle.h"

#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static int by_name(const void *name, const void *module)
{
	return strcmp(name, ((const struct module *)module)->name);
}

// The bytecode, malloc'ed; NULL: no memory.
static char *unpack(const struct module *m)
{
	z_stream z = {.next_in = (unsigned char *)m->packed, .avail_in = m->packed_size};
	char *bytes = malloc(m->size);
	int status;

	if (!bytes || inflateInit2(&z, 16 + MAX_WBITS) != Z_OK) {
		free(bytes);
		return NULL;
	}
	z.next_out = (unsigned char *)bytes;
	z.avail_out = m->size;
	status = inflate(&z, Z_FINISH);
	inflateEnd(&z);
	if (status == Z_STREAM_END)
		return bytes;
	free(bytes);
	return NULL;
}

// A searcher of `require`: the module's chunk, or why there is none.
static int search(lua_State *L)
{
	const char *name = luaL_checkstring(L, 1);
	const struct module *m = bsearch(name, bundle, bundle_count, sizeof(*bundle), by_name);
	char *bytes;
	int status;

	if (!m) {
		lua_pushfstring(L, "\n\tno module '%s' in ksnoop", name);
		return 1;
	}
	bytes = unpack(m);
	if (!bytes)
		return luaL_error(L, "out of memory");
	status = luaL_loadbuffer(L, bytes, m->size, name);
	free(bytes);
	return status ? lua_error(L) : 1;
}

void bundle_open(lua_State *L)
{
	lua_getglobal(L, "package");
	lua_getfield(L, -1, "loaders");
	for (int i = (int)lua_objlen(L, -1); i > 0; i--) {
		lua_rawgeti(L, -1, i);
		lua_rawseti(L, -2, i + 1);
	}
	lua_pushcfunction(L, search);
	lua_rawseti(L, -2, 1);
	lua_pop(L, 2);
}
