// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "regalloc.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "error.h"

#define STACK	  512 // MAX_BPF_STACK, include/linux/filter.h
#define REGISTERS 10
#define SCRATCHED 6 // helpers overwrite r0 to r5

struct interval {
	int from, to;	// first and last instruction that names it; -1: none
	uint32_t calls; // that it lives across, but for those of cold parts that it only outlives
	bool spilled;	// came out of a spill: never spill it again
	int8_t hint;	// the register it would like; -1: any
	int like;	// begins as a copy of this one
	int8_t reg;
	int slot; // where it is spilled to; 0: it is not
};

// A part between IR_COLD and IR_WARM. It may call helpers, and what is needed after it is saved
// inside of it, so that nothing has to be where helpers keep it when the part does not run.
struct cold {
	int from, to;
	uint32_t calls;
	int first_call;	 // -1: none
	uint64_t *live;	 // after it: a bit for each register
	uint64_t *exits; // where its branches behind the first call go to
};

struct allocator {
	struct ir *ir;
	struct interval *v;
	struct cold *cold;
	uint32_t cold_count;
	uint32_t *calls; // before each instruction
	int last_own;	 // registers above came out of spills
	bool loops;
	uint32_t words;	  // of a set of registers
	uint64_t *labels; // live at each label, then the sets of the cold parts and of the calls
	uint64_t *across; // live across each call
};

static bool in_set(const uint64_t *set, int reg)
{
	return set[reg / 64] >> reg % 64 & 1;
}

static void put(uint64_t *set, int reg)
{
	if (reg > 0)
		set[reg / 64] |= 1ull << reg % 64;
}

static bool reads(const struct ir_insn *i, int reg)
{
	bool yes = i->a == reg || i->b == reg ||
		   ((i->op == IR_ALU || i->op == IR_SWAP) && i->dst == reg);

	for (int n = 0; n < 5; n++)
		yes = yes || (i->args[n].kind == ARG_REG && i->args[n].reg == reg);
	return yes;
}

// What is live at each label, after each cold part and across each call. Jumps go forward, so one walk
// back tells; a loop's next round needs nothing that it does not need where it begins.
static int find_live(struct allocator *a)
{
	const struct ir *ir = a->ir;
	size_t size = a->words * sizeof(uint64_t), labels = (size_t)ir->labels + 1;
	uint32_t left = a->cold_count, calls = a->calls[ir->count];
	uint64_t *live, *sets;

	a->labels = calloc(labels + 2 * a->cold_count + 1 + calls, size);
	if (!a->labels)
		return -1;
	live = &a->labels[labels * a->words];
	sets = live + a->words;
	a->across = &sets[2 * a->cold_count * a->words];
	for (int at = (int)ir->count - 1; at >= 0; at--) {
		const struct ir_insn *i = &ir->insns[at];
		uint64_t *label = &a->labels[(size_t)i->label * a->words];

		if (i->op == IR_LABEL)
			memcpy(label, live, size);
		else if (i->op == IR_JUMP)
			memcpy(live, label, size);
		else if (i->op == IR_EXIT || i->op == IR_AGAIN)
			memset(live, 0, size);
		for (uint32_t n = 0; i->op == IR_BRANCH && n < a->words; n++)
			live[n] |= label[n];
		if (i->op == IR_WARM) {
			struct cold *c = &a->cold[--left];

			c->live = memcpy(&sets[2 * left * a->words], live, size);
			c->exits = c->live + a->words;
		}
		if (i->dst > 0)
			live[i->dst / 64] &= ~(1ull << i->dst % 64);
		if (i->op == IR_CALL)
			memcpy(&a->across[--calls * a->words], live, size);
		if (i->op == IR_ALU || i->op == IR_SWAP)
			put(live, i->dst);
		put(live, i->a);
		put(live, i->b);
		for (int n = 0; n < 5; n++)
			if (i->args[n].kind == ARG_REG)
				put(live, i->args[n].reg);
	}
	return 0;
}

// What the branches out of the cold parts need where they go to.
static void find_exits(struct allocator *a)
{
	const struct ir *ir = a->ir;

	for (uint32_t n = 0; n < a->cold_count; n++) {
		struct cold *c = &a->cold[n];

		for (int at = c->first_call; at >= 0 && at < c->to; at++) {
			const struct ir_insn *i = &ir->insns[at];

			if (i->op != IR_BRANCH && i->op != IR_JUMP)
				continue;
			for (uint32_t k = 0; k < a->words; k++)
				c->exits[k] |= a->labels[(size_t)i->label * a->words + k];
		}
	}
}

static void touch(struct interval *v, int reg, int at)
{
	if (reg <= 0)
		return;
	if (v[reg].from < 0)
		v[reg].from = at;
	v[reg].to = at;
}

static void note_cold(struct allocator *a, const struct ir_insn *i, int at)
{
	struct cold *c = &a->cold[a->cold_count];

	if (i->op == IR_COLD) {
		*c = (struct cold){.from = at, .first_call = -1};
	} else if (i->op == IR_WARM) {
		c->to = at;
		c->calls = a->calls[at] - a->calls[c->from];
		a->cold_count++;
	} else if (i->op == IR_CALL && c->first_call < 0) {
		c->first_call = at;
	}
}

// What a loop that ends at `at` uses and did not make lives through all of it: the next round needs
// it, too.
static void keep_through(struct allocator *a, int at)
{
	const struct ir *ir = a->ir;
	int head = at;

	while (head > 0 &&
	       (ir->insns[head].op != IR_LABEL || ir->insns[head].label != ir->insns[at].label))
		head--;
	for (int reg = 1; reg <= ir->registers; reg++)
		if (a->v[reg].from >= 0 && a->v[reg].from < head && a->v[reg].to > head)
			a->v[reg].to = at;
}

static void find_intervals(struct allocator *a)
{
	const struct ir *ir = a->ir;
	struct interval *v = a->v;

	a->calls[0] = 0;
	a->cold_count = 0;
	a->loops = false;
	for (int at = 0; at < (int)ir->count; at++) {
		const struct ir_insn *i = &ir->insns[at];

		note_cold(a, i, at);
		a->calls[at + 1] = a->calls[at] + (i->op == IR_CALL);
		touch(v, i->dst, at);
		touch(v, i->a, at);
		touch(v, i->b, at);
		if (i->op == IR_ENTRY)
			v[i->dst].hint = 1;
		if (i->op == IR_MOVE && i->dst != i->a)
			v[i->dst].like = i->a;
		if (i->op == IR_AGAIN) {
			a->loops = true;
			keep_through(a, at);
		}
		if (i->op != IR_CALL)
			continue;
		v[i->dst].hint = 0;
		for (int n = 0; n < 5; n++) {
			if (i->args[n].kind == ARG_REG) {
				touch(v, i->args[n].reg, at);
				v[i->args[n].reg].hint = (int8_t)(n + 1);
			}
		}
	}
}

// Does it only outlive the part: made before, needed after, and not asked for behind its first call,
// nor where the part's branches go?
static bool outlives(const struct allocator *a, int reg, const struct cold *c)
{
	const struct interval *v = &a->v[reg];

	if (v->from >= c->from || v->to <= c->to || in_set(c->exits, reg))
		return false;
	for (int at = c->first_call + 1; c->first_call >= 0 && at < c->to; at++)
		if (reads(&a->ir->insns[at], reg))
			return false;
	return true;
}

// What is copied to where a call wants it, and not needed behind the copy, is best made there.
static void pass_hints_on(struct allocator *a)
{
	for (int at = (int)a->ir->count - 1; at >= 0; at--) {
		const struct ir_insn *i = &a->ir->insns[at];
		struct interval *v = &a->v[i->a > 0 ? i->a : 0];

		if (i->op == IR_MOVE && v->hint < 0 && v->to == at)
			v->hint = a->v[i->dst].hint;
	}
}

// Every call between its first instruction and its last: what a loop's next round needs counts.
static void count_between(struct allocator *a)
{
	for (int reg = 1; reg <= a->ir->registers; reg++) {
		struct interval *v = &a->v[reg];

		if (v->from < 0)
			continue;
		v->calls = a->calls[v->to] - a->calls[v->from + 1];
		if (a->calls[v->to] < a->calls[v->from + 1])
			v->calls = 0;
		for (uint32_t n = 0; v->calls && n < a->cold_count; n++)
			if (outlives(a, reg, &a->cold[n]))
				v->calls -= a->cold[n].calls;
	}
}

// Those that it has to survive: not those between two times that it is written, where each has its own
// way to what comes after.
static void count_calls(struct allocator *a)
{
	const struct cold *c = a->cold, *end = a->cold + a->cold_count;

	for (int at = 0; at < (int)a->ir->count; at++) {
		const uint64_t *live = &a->across[a->calls[at] * a->words];

		while (c < end && c->to < at)
			c++;
		if (a->ir->insns[at].op != IR_CALL)
			continue;
		for (uint32_t n = 0; n < a->words; n++) {
			for (uint64_t left = live[n]; left; left &= left - 1) {
				int reg = (int)(n * 64) + __builtin_ctzll(left);

				a->v[reg].calls += !(c < end && c->from < at &&
						     outlives(a, reg, c));
			}
		}
	}
}

static int pick(const struct allocator *a, unsigned registers, const struct interval *v)
{
	int like = v->like ? a->v[v->like].reg : -1;

	if (v->calls)
		registers &= ~((1u << SCRATCHED) - 1);
	if (a->ir->lean)
		registers &= (1u << SCRATCHED) - 1;
	if (!registers)
		return -1;
	if (v->hint >= 0 && (registers & 1u << v->hint))
		return v->hint;
	if (like >= 0 && (registers & 1u << like))
		return like;
	return __builtin_ctz(registers);
}

// Of those live at `from` that could make room for v: the one needed again last.
static int victim(const struct interval *v, const int *active, int wants)
{
	int worst = v[wants].spilled ? -1 : wants;

	for (int n = v[wants].calls ? SCRATCHED : 0; n < REGISTERS; n++) {
		int reg = active[n];

		if (reg == 0 || v[reg].spilled || v[reg].to <= v[wants].from)
			continue;
		if (worst < 0 || v[reg].to > v[worst].to)
			worst = reg;
	}
	return worst < 0 ? wants : worst; // which runs into the stack's limit
}

// 0: done; else the register to spill first.
static int scan(struct allocator *a)
{
	int active[REGISTERS] = {0}; // which interval holds each register

	for (int at = 0; at < (int)a->ir->count; at++) {
		int reg = a->ir->insns[at].dst;
		unsigned open = 0;

		if (reg == 0 || a->v[reg].from != at || a->v[reg].reg >= 0)
			continue;
		for (int n = 0; n < REGISTERS; n++)
			open |= active[n] == 0 || a->v[active[n]].to <= at ? 1u << n : 0;
		a->v[reg].reg = (int8_t)pick(a, open, &a->v[reg]);
		if (a->v[reg].reg < 0)
			return victim(a->v, active, reg);
		active[a->v[reg].reg] = reg;
	}
	return 0;
}

// Slots for values that live at different times are one.
struct slots {
	int at[STACK / 8], until[STACK / 8];
	uint32_t count;
};

static int slot_for(struct allocator *a, struct slots *s, const struct interval *v)
{
	for (uint32_t n = 0; n < s->count; n++) {
		if (s->until[n] >= v->from)
			continue;
		s->until[n] = v->to;
		return s->at[n];
	}
	if (s->count == STACK / 8) {
		a->ir->frame = STACK + 8; // one too many
		return -STACK;
	}
	s->at[s->count] = ir_stack(a->ir, 8);
	s->until[s->count] = v->to;
	return s->at[s->count++];
}

// Gives all that lives across calls a slot.
static int spill_lean(struct allocator *a)
{
	const struct ir *ir = a->ir;
	struct slots slots = {.count = 0};
	int spills = 0;

	for (uint32_t at = 0; at < ir->count; at++) {
		int reg = ir->insns[at].dst;

		if (reg == 0 || a->v[reg].from != (int)at || !a->v[reg].calls || a->v[reg].slot)
			continue;
		a->v[reg].slot = slot_for(a, &slots, &a->v[reg]);
		spills++;
	}
	return spills;
}

#define HELD 2 // values with a slot that are in a register as well, until a label or a call

struct held {
	int of[HELD], fresh[HELD];
	const struct ir_insn *begin, *now, *end; // now: what is read next
};

static bool ends_held(const struct ir_insn *i)
{
	return i->op == IR_CALL || i->op == IR_LABEL || i->op == IR_COLD || i->op == IR_WARM;
}

// How far it is to where a held value is read next; INT_MAX: it is let go before.
static int next_use(const struct held *h, int reg)
{
	if (reg == 0)
		return INT_MAX;
	for (const struct ir_insn *i = h->now; i < h->end; i++) {
		if (reads(i, reg))
			return (int)(i - h->now);
		if (ends_held(i))
			break;
	}
	return INT_MAX;
}

// Its register, from the stack if need be: there the one makes room that is needed again last.
static int use(struct allocator *a, struct held *h, int reg, bool load)
{
	struct ir *ir = a->ir;
	int n;

	for (n = 0; n < HELD; n++)
		if (h->of[n] == reg)
			return h->fresh[n];
	n = 0;
	for (int other = 1; other < HELD; other++)
		if (next_use(h, h->of[other]) > next_use(h, h->of[n]))
			n = other;
	h->of[n] = a->ir->lean ? reg : 0; // elsewhere registers are what is short
	h->fresh[n] = ir_register(ir);
	if (load)
		ir_emit(ir, (struct ir_insn){.op = IR_LOAD,
					     .width = 8,
					     .dst = h->fresh[n],
					     .a = IR_FP,
					     .off = (int16_t)a->v[reg].slot});
	return h->fresh[n];
}

static void drop(struct held *h, int reg)
{
	for (unsigned n = 0; n < HELD; n++)
		if (h->of[n] == reg || reg < 0)
			h->of[n] = 0;
}

static bool spilled(const struct allocator *a, int reg)
{
	return reg > 0 && reg <= a->last_own && a->v[reg].slot;
}

// What is emitted from here on came from where `i` did.
static void source_of(struct ir *ir, const struct ir_insn *i)
{
	ir->source = i->source;
	ir->pos = i->pos;
	ir->len = i->len;
}

static void store(struct allocator *a, int from, int reg)
{
	ir_emit(a->ir, (struct ir_insn){.op = IR_STORE,
					.width = 8,
					.a = IR_FP,
					.b = from,
					.off = (int16_t)a->v[reg].slot});
}

// A copy that is read from its slot only, of what lives on where it is: it needs no register of its own.
static bool is_stored_only(const struct allocator *a, const struct held *h, const struct ir_insn *i)
{
	return a->ir->lean && i->op == IR_MOVE && i->width != 4 && spilled(a, i->dst) && i->a > 0 &&
	       a->v[i->a].to > h->now - h->begin - 1 && next_use(h, i->dst) == INT_MAX;
}

// Rewrites the IR so that what has a slot lives there.
static void rewrite(struct allocator *a)
{
	struct ir *ir = a->ir, old = *ir;
	struct held held = {.begin = old.insns, .end = old.insns + old.count};

	ir_empty(ir);
	for (uint32_t n = 0; n < old.count; n++) {
		struct ir_insn i = old.insns[n];
		bool changes = i.op == IR_ALU || i.op == IR_SWAP;
		int dst = i.dst;

		source_of(ir, &i);
		held.now = &old.insns[n];
		if (spilled(a, i.a))
			i.a = use(a, &held, i.a, true);
		if (spilled(a, i.b))
			i.b = use(a, &held, i.b, true);
		for (int k = 0; k < 5; k++)
			if (i.args[k].kind == ARG_REG && spilled(a, i.args[k].reg))
				i.args[k].reg = use(a, &held, i.args[k].reg, true);
		if (ends_held(&i))
			drop(&held, -1);
		held.now++; // what this one reads is read
		if (is_stored_only(a, &held, &old.insns[n])) {
			drop(&held, dst);
			store(a, i.a, dst);
			continue;
		}
		if (spilled(a, dst)) {
			if (!changes)
				drop(&held, dst);
			i.dst = use(a, &held, dst, changes);
		}
		ir_emit(ir, i);
		if (spilled(a, dst))
			store(a, i.dst, dst);
	}
	ir->source = 0;
}

static bool written(const struct ir *ir, const struct cold *c, int reg)
{
	for (int at = c->from; at < c->to; at++)
		if (ir->insns[at].dst == reg)
			return true;
	return false;
}

// Around the calls of cold parts: saves what is needed after them and lies where helpers write.
static void save_around(struct allocator *a)
{
	struct ir *ir = a->ir, old = *ir;
	int slots[SCRATCHED] = {0};
	uint32_t n = 0;

	ir_empty(ir);
	for (uint32_t at = 0; at < old.count; at++) {
		const struct ir_insn *i = &old.insns[at];
		const struct cold *c = &a->cold[n];
		bool begins = i->op == IR_COLD;

		source_of(ir, i);
		if (!begins && i->op != IR_WARM) {
			ir_emit(ir, *i);
			continue;
		}
		for (int reg = 1; c->calls && reg <= old.registers; reg++) {
			const struct interval *v = &a->v[reg];

			if (v->reg < 0 || v->reg >= SCRATCHED || v->from >= c->from ||
			    !in_set(c->live, reg) || written(&old, c, reg))
				continue;
			if (!slots[v->reg])
				slots[v->reg] = ir_stack(ir, 8);
			ir_emit(ir, (struct ir_insn){.op = begins ? IR_STORE : IR_LOAD,
						     .width = 8,
						     .dst = begins ? 0 : reg,
						     .a = IR_FP,
						     .b = begins ? reg : 0,
						     .off = (int16_t)slots[v->reg]});
		}
		n += !begins;
	}
	ir->source = 0;
}

enum outcome { DONE, AGAIN, TOO_MUCH, NO_MEMORY };

static enum outcome attempt(struct allocator *a, bool first)
{
	int reg;

	for (reg = 0; reg <= a->ir->registers; reg++)
		a->v[reg] = (struct interval){
			.from = -1, .to = -1, .hint = -1, .reg = -1, .spilled = reg > a->last_own};
	find_intervals(a);
	pass_hints_on(a);
	a->words = (uint32_t)a->ir->registers / 64 + 1;
	if (find_live(a) < 0)
		return NO_MEMORY;
	find_exits(a);
	if (a->loops)
		count_between(a);
	else
		count_calls(a);
	if (!(first && a->ir->lean && spill_lean(a))) {
		reg = scan(a);
		if (reg == 0) {
			if (a->cold_count)
				save_around(a);
			return a->ir->frame > STACK ? TOO_MUCH : DONE;
		}
		if (a->v[reg].spilled)
			return TOO_MUCH;
		a->v[reg].slot = ir_stack(a->ir, 8);
	}
	if (a->ir->frame > STACK)
		return TOO_MUCH;
	rewrite(a);
	return AGAIN;
}

static enum outcome allocate(struct ir *ir, int8_t **ret)
{
	struct allocator a = {.ir = ir, .last_own = ir->registers};
	enum outcome outcome;
	bool first = true;

	do {
		size_t registers = (size_t)ir->registers + 1, insns = (size_t)ir->count + 1;
		KS_FREE struct interval *v = malloc(registers * sizeof(*v));
		KS_FREE uint32_t *calls = malloc(insns * sizeof(*calls));
		KS_FREE struct cold *cold = calloc(insns, sizeof(*cold));

		if (!v || !calls || !cold)
			return NO_MEMORY;
		a.v = v;
		a.calls = calls;
		a.cold = cold;
		a.labels = NULL;
		outcome = attempt(&a, first);
		free(a.labels);
		first = false;
		if (ir->failed)
			return NO_MEMORY;
		if (outcome == DONE) {
			*ret = arena_alloc(ir->arena, registers);
			for (size_t reg = 1; *ret && reg < registers; reg++)
				(*ret)[reg] = v[reg].reg;
			return *ret ? DONE : NO_MEMORY;
		}
	} while (outcome == AGAIN);
	return outcome;
}

int regalloc(struct ir *ir, int8_t **ret, struct ks_error *error)
{
	struct ir before = *ir;
	enum outcome outcome = ir->failed ? NO_MEMORY : allocate(ir, ret);

	if (outcome == TOO_MUCH && ir->lean) { // with the registers that helpers keep, then
		*ir = before;
		ir->lean = false;
		outcome = allocate(ir, ret);
	}
	if (outcome == TOO_MUCH)
		return error_set(error, KS_ELIMIT,
				 "this needs more than the %d bytes of stack that BPF has", STACK);
	return outcome == DONE ? 0 : error_nomem(error);
}
