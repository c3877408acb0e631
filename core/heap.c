// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// The collector of LuaJIT lets garbage grow to what lives, or more, and does not run when memory is
// short. So it is set going before the limit comes near, from within the allocator, which it allows:
// both calls only set a number. What then still has no room is an error in the script's function.
#include "heap.h"

#include "limits.h"

#define LEAST_STEP (64 << 10)
#define STEPMUL	   200 // LuaJIT's own

static struct {
	lua_State *L;
	lua_Alloc alloc; // LuaJIT's
	void *ud;
	size_t used;
	size_t memory; // that it may use, as last seen
	size_t mark;   // above it the collector is set going
} heap;

// What may be used before anything is done about it: four fifths.
static size_t low(void)
{
	return heap.memory / 5 * 4;
}

static void press(void)
{
	size_t rest = heap.memory > heap.used ? (heap.memory - heap.used) / 2 : 0;

	heap.mark = heap.used + (rest > LEAST_STEP ? rest : LEAST_STEP);
	ks_limits()->pressed = true;
	lua_gc(heap.L, LUA_GCSETSTEPMUL, 0); // no small steps: all of a cycle
	lua_gc(heap.L, LUA_GCRESTART, 0);    // with the next one
}

static void relax(void)
{
	heap.mark = low();
	lua_gc(heap.L, LUA_GCSETSTEPMUL, STEPMUL);
}

static void *allocate(void *ud, void *p, size_t had, size_t wanted)
{
	void *q;

	if (heap.memory != (size_t)ks_limits()->memory) {
		heap.memory = (size_t)ks_limits()->memory;
		heap.mark = low();
	}
	if (wanted > had && heap.used + (wanted - had) > heap.memory) {
		ks_limits()->pressed = true;
		return NULL;
	}
	q = heap.alloc(ud, p, had, wanted);
	if (!q && wanted)
		return NULL;
	heap.used = heap.used - had + wanted;
	if (heap.used > heap.mark)
		press();
	else if (wanted < had && heap.mark > low() && heap.used < low())
		relax();
	return q;
}

void heap_limit(lua_State *L)
{
	heap.L = L;
	heap.alloc = lua_getallocf(L, &heap.ud);
	heap.used = (size_t)lua_gc(L, LUA_GCCOUNT, 0) * 1024 + (size_t)lua_gc(L, LUA_GCCOUNTB, 0);
	lua_setallocf(L, allocate, heap.ud);
}

void heap_release(lua_State *L)
{
	lua_setallocf(L, heap.alloc, heap.ud);
}
