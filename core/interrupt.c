// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// lua_sethook replaces what was there, and is not made for being interrupted by itself. So a signal
// handler that comes while it runs only says what is wanted, and the one that it has interrupted sees to
// that.
#include "interrupt.h"

#include <limits.h>
#include <signal.h>

static struct {
	lua_Hook hooks[INTERRUPTS];
	int every[INTERRUPTS];
	int wanted; // bits
	volatile sig_atomic_t setting;
} state;

static int wanted(void)
{
	return __atomic_load_n(&state.wanted, __ATOMIC_SEQ_CST);
}

static void hook(lua_State *L, lua_Debug *at)
{
	for (int i = 0; i < INTERRUPTS; i++)
		if (wanted() & 1 << i)
			state.hooks[i](L, at);
}

static void set(lua_State *L)
{
	int now;

	while (!state.setting) {
		int least = INT_MAX;

		state.setting = 1;
		now = wanted();
		for (int i = 0; i < INTERRUPTS; i++)
			if (now & 1 << i && state.every[i] < least)
				least = state.every[i];
		lua_sethook(L, now ? hook : NULL, now ? LUA_MASKCOUNT : 0, now ? least : 0);
		state.setting = 0;
		if (now == wanted())
			break;
	}
}

void interrupt_on(lua_State *L, enum interrupt which, lua_Hook f, int every)
{
	if (wanted() & 1 << which && lua_gethook(L) == hook)
		return;
	state.hooks[which] = f;
	state.every[which] = every;
	__atomic_fetch_or(&state.wanted, 1 << which, __ATOMIC_SEQ_CST);
	set(L);
}

void interrupt_off(lua_State *L, enum interrupt which)
{
	__atomic_fetch_and(&state.wanted, ~(1 << which), __ATOMIC_SEQ_CST);
	set(L);
}
