// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// The collector of LuaJIT lets garbage grow to what lives, or more, and does not run when memory is
// short. So it is set going before the limit comes near, from within the allocator, which it allows:
// these calls only set a number. LuaJIT 2.1 may crash when compiled code gets no memory. So it does get
// some past the limit, a hook collects what there is and, if that does not help, raises the error that
// Lua has for it; as collecting leaves compiled code, the hook comes there too. Who asks for more than
// that at once ends the process.
#include "heap.h"

#include <stdbool.h>

#include "interrupt.h"
#include "limits.h"
#include "watchdog.h"

#define LEAST_STEP (64 << 10)
#define PAST	   (24 << 20) // the limit, before the hook
#define QUIET                                                                                      \
	(2 << 20)   // until so much is used, nothing is collected: what a start leaves is little
#define STEPMUL 200 // of what is allocated, in percent: LuaJIT's own
#define HASTE	100000

static struct {
	lua_State *L;
	lua_Alloc alloc; // LuaJIT's
	void *ud;
	size_t used;
	size_t memory; // that it may use, as last seen
	size_t mark;   // above it the collector is set going
	bool hooked;
	bool collects;
} heap;

// What may be used before anything is done about it: four fifths.
static size_t low(void)
{
	return heap.memory / 5 * 4;
}

// The collector has not run so far.
static void wake(void)
{
	heap.collects = true;
	heap.mark = low();
	lua_gc(heap.L, LUA_GCRESTART, 0);
}

static void press(void)
{
	size_t rest = heap.memory > heap.used ? (heap.memory - heap.used) / 2 : 0;

	heap.mark = heap.used + (rest > LEAST_STEP ? rest : LEAST_STEP);
	ks_limits()->pressed = true;
	lua_gc(heap.L, LUA_GCSETSTEPMUL, HASTE);
	lua_gc(heap.L, LUA_GCRESTART, 0); // with the next one
}

static void relax(void)
{
	heap.mark = low();
	lua_gc(heap.L, LUA_GCSETSTEPMUL, STEPMUL);
}

static void hook(lua_State *L, lua_Debug *unused)
{
	struct ks_limits *limits = ks_limits();

	(void)unused;
	interrupt_off(L, INTERRUPT_MEMORY);
	heap.hooked = false;
	lua_gc(L, LUA_GCCOLLECT, 0);
	if (heap.used > low() && limits->watched && limits->ours <= 0) {
		lua_pushliteral(L, "not enough memory"); // as LuaJIT says it
		lua_error(L);
	}
}

// The limit will be passed.
static void short_of(size_t used)
{
	if (used > heap.memory + PAST)
		watchdog_end("the script's functions need more memory than they may have", 71);
	if (!heap.hooked)
		press();
	heap.hooked = true;
	interrupt_on(heap.L, INTERRUPT_MEMORY, hook, 1);
}

static void *allocate(void *ud, void *p, size_t had, size_t wanted)
{
	void *q;

	if (heap.memory != (size_t)ks_limits()->memory) {
		heap.memory = (size_t)ks_limits()->memory;
		heap.mark = heap.collects || low() < QUIET ? low() : QUIET;
	}
	if (wanted > had && heap.used + (wanted - had) > heap.memory)
		short_of(heap.used + (wanted - had));
	q = heap.alloc(ud, p, had, wanted);
	if (!q && wanted)
		return NULL;
	heap.used = heap.used - had + wanted;
	if (heap.used > heap.mark && !heap.collects)
		wake();
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
	lua_gc(L, LUA_GCSTOP, 0);
}

// Gives nothing back, which the process is about to do at once.
static void *leave(void *ud, void *p, size_t had, size_t wanted)
{
	return wanted ? heap.alloc(ud, p, had, wanted) : NULL;
}

void heap_release(lua_State *L)
{
	lua_setallocf(L, leave, heap.ud);
}
