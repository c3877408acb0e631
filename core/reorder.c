// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "reorder.h"

#include <stdlib.h>
#include <string.h>

#include "../bpf/wire.h"
#include "clock.h"
#include "error.h"

// ns by which the horizon lies before the look at the clock: a guard becomes visible a little after it was
// taken, and the clock that programs read may be a little behind ours while the kernel adjusts it
// (ktime_get_boot_fast_ns in kernel/time/timekeeping.c).
#define SLACK 100000
#define FIRST 64   // places for records, to begin with
#define LOOKS 1000 // at guards, until the next call goes on with them
#define CARE  16   // bytes that the C library adds to a piece of memory

struct reorder_kept {
	uint64_t time;
	const struct ks_record *record; // a copy, or in the ring
	uint32_t size;
};

int reorder_init(struct reorder *o, struct ring *ring, const struct cells *cells, size_t limit,
		 struct ks_error *error)
{
	*o = (struct reorder){.ring = ring,
			      .cells = cells,
			      .window = REORDER_WINDOW,
			      .limit = limit,
			      .kept = malloc(FIRST * sizeof(*o->kept)),
			      .room = FIRST};
	return o->kept ? 0 : error_nomem(error);
}

static void let_go(struct reorder *o)
{
	free(o->given);
	o->given = NULL;
}

void reorder_fini(struct reorder *o)
{
	let_go(o);
	for (size_t i = o->head; i < o->tail; i++)
		if (o->kept[i].record != o->unmoved)
			free((void *)o->kept[i].record);
	free(o->kept);
	*o = (struct reorder){0};
}

bool reorder_holds(const struct reorder *o)
{
	return o->head < o->tail;
}

void reorder_over(struct reorder *o)
{
	o->over = true;
}

static size_t cost(uint32_t size)
{
	return sizeof(struct reorder_kept) + CARE + size;
}

// Room for one more at the tail.
static bool has_room(struct reorder *o)
{
	size_t n = o->tail - o->head, room = 2 * o->room;
	struct reorder_kept *kept;

	if (o->tail < o->room)
		return true;
	if (o->head > o->room / 2) {
		memmove(o->kept, o->kept + o->head, n * sizeof(*o->kept));
		o->head = 0;
		o->tail = n;
		return true;
	}
	kept = realloc(o->kept, room * sizeof(*kept));
	if (!kept) { // then this is all that can be held
		o->limit = o->bytes ? o->bytes - 1 : 0;
		return false;
	}
	o->kept = kept;
	o->room = room;
	return true;
}

// Puts it behind all that are not later: mostly behind the last.
static void insert(struct reorder *o, const struct reorder_kept *new)
{
	size_t from = o->head, to = o->tail;

	if (from < to && o->kept[to - 1].time <= new->time)
		from = to;
	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (o->kept[middle].time <= new->time)
			from = middle + 1;
		else
			to = middle;
	}
	memmove(o->kept + from + 1, o->kept + from, (o->tail - from) * sizeof(*o->kept));
	o->kept[from] = *new;
	o->tail++;
	o->bytes += cost(new->size);
}

// Moves records here up to a place in the ring. false: what is there is still being written, or there is
// no room for more.
static bool pull(struct reorder *o, uint64_t end)
{
	struct reorder_kept new;
	void *copy;

	for (;;) {
		if (o->unmoved || o->bytes > o->limit || !has_room(o))
			return false;
		ring_release(o->ring);
		if (!o->ring->consumer || *o->ring->consumer >= end)
			return true;
		new.record = ring_next(o->ring, &new.size);
		if (!new.record)
			return *o->ring->consumer >= end;
		if (new.size < sizeof(*new.record))
			continue; // no program of ours writes such
		new.time = new.record->time;
		copy = malloc(new.size);
		if (copy)
			new.record = memcpy(copy, new.record, new.size);
		else
			o->unmoved = new.record;
		insert(o, &new);
	}
}

// Was each CPU, since the turn began, without a program of ours at some moment?
static bool were_idle(struct reorder *o)
{
	for (int looks = 0; o->cells->words && o->cpu <= o->cells->geometry.cpu_mask; looks++) {
		if (looks == LOOKS)
			return false;
		if (!__atomic_load_n(cells_word(o->cells, o->cpu, GUARD_BUSY * 8),
				     __ATOMIC_ACQUIRE))
			o->cpu++;
	}
	return true;
}

// Goes on with the turn, or begins one. When it is done the horizon has moved.
static void turn(struct reorder *o)
{
	bool late, done;

	if (!o->begun) {
		o->begun = clock_ns(CLOCK_BOOTTIME);
		o->cpu = 0;
		o->end = 0;
	}
	late = clock_ns(CLOCK_BOOTTIME) - o->begun > o->window;
	if (!o->end && (were_idle(o) || late))
		o->end = ring_end(o->ring);
	// While a CPU is waited for, the ring must not fill up.
	done = pull(o, o->end ? o->end : ring_end(o->ring)) && o->end;
	if (!done && !late)
		return;
	o->horizon = o->begun - SLACK;
	o->begun = 0;
}

static bool is_next_known(const struct reorder *o)
{
	return o->head < o->tail &&
	       (o->kept[o->head].time < o->horizon || o->bytes > o->limit || o->unmoved || o->over);
}

static const struct ks_record *give(struct reorder *o)
{
	const struct reorder_kept k = o->kept[o->head++];

	if (o->head == o->tail)
		o->head = o->tail = 0;
	o->bytes -= cost(k.size);
	if (k.record == o->unmoved)
		o->unmoved = NULL; // the next pull gives it back to the kernel
	else
		o->given = (void *)k.record;
	return k.record;
}

const struct ks_record *reorder_next(struct reorder *o)
{
	let_go(o);
	if (o->over)
		pull(o, ring_end(o->ring));
	else if (!is_next_known(o))
		turn(o);
	return is_next_known(o) ? give(o) : NULL;
}
