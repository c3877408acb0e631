// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "backtrace.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../bpf/wire.h"
#include "safe.h"

// --- stacks by number -------------------------------------------------------------------------

// qsort has no argument for what its items mean, and an index alone says nothing.
struct numbered {
	uint64_t number;
	uint32_t index;
};

static int by_number(const void *a, const void *b)
{
	const struct numbered *x = a, *y = b;

	return x->number < y->number ? -1 : x->number > y->number;
}

int backtraces_sort(struct backtraces *b)
{
	struct numbered *all = malloc((b->count + 1) * sizeof(*all));
	uint32_t *order = malloc((b->count + 1) * sizeof(*order));

	if (!all || !order) {
		free(all);
		free(order);
		return -1;
	}
	for (uint32_t i = 0; i < b->count; i++)
		all[i] = (struct numbered){.number = b->numbers[i], .index = i};
	qsort(all, b->count, sizeof(*all), by_number);
	for (uint32_t i = 0; i < b->count; i++)
		order[i] = all[i].index;
	free(all);
	b->order = order;
	return 0;
}

void backtraces_fini(struct backtraces *b)
{
	free(b->order);
	*b = (struct backtraces){0};
}

const struct wire_stack *backtraces_find(const struct backtraces *b, uint64_t number)
{
	uint32_t low = 0, high = b->order ? b->count : 0;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2, at = b->order[middle];

		if (b->numbers[at] == number)
			return (const void *)(b->stacks + (size_t)at * b->each);
		if (b->numbers[at] < number)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

// --- frames -----------------------------------------------------------------------------------

struct frame {
	uint64_t address;
	const struct ksym *symbol; // NULL: not known
	uint64_t offset;
};

static bool begins(const char *name, const char *with)
{
	return !strncmp(name, with, strlen(with));
}

static bool is_trampoline(const char *name)
{
	for (size_t i = 0; i < KSYMS_TRAMPOLINES; i++)
		if (!strcmp(name, ksyms_trampoline[i]))
			return true;
	return false;
}

// returns: it is an address behind a call, where the next function may begin when the call never
// comes back: what counts is where the call stands.
static struct frame frame_of(const struct ksyms *symbols, uint64_t address, bool returns)
{
	struct frame f = {.address = address};

	f.symbol = symbols ? ksyms_at(symbols, address, &f.offset) : NULL;
	if (f.symbol && returns && !f.offset && !is_trampoline(ksyms_name(symbols, f.symbol))) {
		f.symbol = ksyms_at(symbols, address - 1, &f.offset);
		f.offset++;
	}
	return f;
}

// Functions between a tracepoint and the programs on it.
static bool carries_event(const struct frame *f, const struct ksyms *symbols)
{
	static const char *const carriers[] = {"bpf_trace_run", "__bpf_trace_", "__traceiter_",
					       "perf_trace_",	"trace_event_", "perf_call_bpf_",
					       "trace_call_bpf"};
	const char *name = f->symbol ? ksyms_name(symbols, f->symbol) : "";

	for (size_t i = 0; i < sizeof(carriers) / sizeof(*carriers); i++)
		if (begins(name, carriers[i]))
			return true;
	return false;
}

// How many frames in front are not of what is traced.
static uint32_t leading(const struct wire_stack *s, uint32_t count, const struct ksyms *symbols)
{
	uint32_t first = 0;

	if (!s->ours && !s->in_event)
		return 0;
	// Some kernels give the innermost twice (before v5.18).
	if (count > 1 && s->frames[0] == s->frames[1])
		first = 1;
	first += s->ours;
	while (s->in_event && first < count) {
		struct frame f = frame_of(symbols, s->frames[first], true);

		if (!carries_event(&f, symbols))
			break;
		first++;
	}
	return first < count ? first : 0;
}

typedef void put_fn(struct buf *out, const char *text, size_t n);

static void put_frame(const struct frame *f, const struct ksyms *symbols, bool offset, put_fn *put,
		      struct buf *out)
{
	const char *name, *module;

	if (!f->symbol) {
		buf_hex(out, f->address);
		return;
	}
	name = ksyms_name(symbols, f->symbol);
	module = ksyms_module(symbols, f->symbol);
	put(out, name, strlen(name));
	if (offset && f->offset)
		buf_printf(out, "+0x%" PRIx64, f->offset);
	if (*module)
		buf_printf(out, " [%s]", module);
}

// Of an address before all that is mapped, such as the 0 where a chain ends, some kernels tell the first
// file.
static bool is_nowhere(const struct wire_stack *s, uint32_t i)
{
	const struct wire_user_frame *f = (const void *)s->frames;

	return f[i].status == USER_FRAME_FILE && f[i].at >> 63;
}

// first: it is where the task was; else the address behind a call.
static void put_user_frame(const struct wire_user_frame *f, bool first,
			   const struct backtrace_names *names, bool with_offset, put_fn *put,
			   struct buf *out)
{
	struct wire_user_frame at = *f;
	const char *name;
	uint64_t offset;

	if (f->status != USER_FRAME_FILE) {
		buf_hex(out, f->at);
		return;
	}
	if (f->at >> 63) {
		buf_str(out, "(nowhere)");
		return;
	}
	at.at -= !first && at.at;
	if (names->user && names->user(names->data, &at, &name, &offset)) {
		put(out, name, strlen(name));
		offset += !first;
		if (with_offset && offset)
			buf_printf(out, "+0x%" PRIx64, offset);
		return;
	}
	buf_char(out, '[');
	for (size_t i = 0; i < sizeof(f->build_id); i++)
		buf_printf(out, "%02x", f->build_id[i]);
	buf_printf(out, "]+0x%" PRIx64, f->at);
}

// The frames of a field that are shown: `count` of them, from the `first` on; the function that is
// traced before them, if it is known.
struct shown {
	const struct ks_field *field;
	const struct wire_stack *stack;
	const struct backtrace_names *names;
	uint32_t first, count;
	bool has_function;
};

static struct shown frames_of(const struct ks_field *f, const struct wire_stack *s, size_t room,
			      const struct backtrace_names *names)
{
	size_t each = f->kind == KS_USTACK ? sizeof(struct wire_user_frame) : sizeof(uint64_t);
	size_t there = room > STACK_HEAD ? room - STACK_HEAD : 0;
	uint32_t count = (uint32_t)((s->size < there ? s->size : there) / each);
	struct shown all = {.field = f, .stack = s, .names = names};

	if (f->kind == KS_STACK) {
		all.first = leading(s, count, names->symbols);
		all.has_function = s->function;
	}
	if (all.has_function && all.first < count &&
	    s->frames[all.first] - s->function < STACK_PROLOGUE)
		all.first++;
	while (f->kind == KS_USTACK && count && is_nowhere(s, count - 1))
		count--;
	all.count = count - all.first + all.has_function;
	return all;
}

static void put_one(const struct shown *all, uint32_t i, enum backtrace_form form, struct buf *out)
{
	const struct wire_stack *s = all->stack;
	const struct ksyms *symbols = all->names->symbols;
	put_fn *put = form == BACKTRACE_JSON ? safe_json : safe_text;
	struct frame frame;

	if (all->field->kind == KS_USTACK) {
		const struct wire_user_frame *frames = (const void *)s->frames;

		put_user_frame(&frames[i], i == 0, all->names, form != BACKTRACE_FOLDED, put, out);
		return;
	}
	if (all->has_function && i == 0) {
		frame = frame_of(symbols, s->function, false);
	} else {
		uint32_t nth = all->first + i - all->has_function;

		// The first one may be where a probe is: all others are behind calls.
		frame = frame_of(symbols, s->frames[nth], nth || s->in_event);
	}
	put_frame(&frame, symbols, form != BACKTRACE_FOLDED, put, out);
}

void backtrace_show(const struct ks_field *f, const struct wire_stack *stack, size_t room,
		    const struct backtrace_names *names, enum backtrace_form form, struct buf *out)
{
	static const char *const before[] = {"", "\n    ", "", "\""}, *const between[] = {"\n",
											  "\n    ",
											  ";",
											  "\",\""};
	struct shown all = frames_of(f, stack, room, names);
	bool cut = all.count > f->count && !f->is_part;
	uint32_t n = all.count > f->count ? f->count : all.count;

	if (form == BACKTRACE_BLOCK) // the line before it ends here
		while (out->len && out->len <= out->cap && out->p[out->len - 1] == ' ')
			out->len--;
	buf_str(out, form == BACKTRACE_JSON ? "[" : "");
	for (uint32_t i = 0; i < n + cut; i++) {
		uint32_t nth = form == BACKTRACE_FOLDED ? n + cut - 1 - i : i;

		buf_str(out, i ? between[form] : before[form]);
		if (nth == n)
			buf_str(out, "...");
		else
			put_one(&all, nth, form, out);
	}
	buf_str(out, form != BACKTRACE_JSON ? "" : n ? "\"]" : "]");
}
