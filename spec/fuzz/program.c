// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "program.h"

#include <stdlib.h>
#include <string.h>

#define STACK 512
#define SLOTS (STACK / 8)
// Enough for what is made of sense; a text that makes more of it is not worth the time.
#define MAX_STEPS 100000

enum kind {
	UNSET,
	SCALAR,
	BOUND,	     // a number from 0 to n
	CONST,	     // n is its value
	FRAME,	     // a place in the stack: n bytes from its top, negative
	MAYBE,	     // a record, or NULL
	RECORD,	     // n bytes from its start, or up to `most` more
	POINTER,     // some other address
	VALUE_MAYBE, // of a map, which a helper found, or NULL
	VALUE,
};

struct value {
	uint8_t kind; // enum kind
	int64_t n, most;
};

struct state {
	struct value r[11];
	struct value slots[SLOTS]; // what 8 bytes hold that were stored at once
	uint8_t set[SLOTS];	   // which bytes of each slot hold anything
	int64_t record;		   // bytes of the record that is open; 0: none is
};

// What may still be read from an instruction on; the rest of a state tells nothing.
struct live {
	uint16_t r;
	uint64_t slots;
};

// A state that a path came by with, at an instruction.
struct seen {
	struct seen *next;
	uint32_t at;
	struct state s;
};

struct walk {
	const struct program *p;
	struct live *live;
	bool *target;	    // is jumped to
	bool *half;	    // is the second half of a constant
	struct seen **seen; // for targets
	struct seen *todo;  // paths not gone yet
	struct state now;
	uint32_t at, steps;
	bool ended;
	const char *flaw;
};

static void flaw(struct walk *w, const char *what)
{
	if (!w->flaw)
		w->flaw = what;
}

static struct value scalar(void)
{
	return (struct value){.kind = SCALAR};
}

// Puts a path aside, to go it later.
static void later(struct walk *w, int off, const struct state *s)
{
	struct seen *path = malloc(sizeof(*path));

	if (!path)
		abort();
	*path = (struct seen){.next = w->todo, .at = (uint32_t)((int)w->at + 1 + off), .s = *s};
	w->todo = path;
}

static struct value use(struct walk *w, int reg)
{
	if (w->now.r[reg].kind == UNSET)
		flaw(w, "a register is read that was never set");
	return w->now.r[reg];
}

// A place in the stack as an index, or -1.
static int place(struct walk *w, int64_t off, int64_t size)
{
	if (off >= -STACK && size > 0 && off + size <= 0)
		return (int)off + STACK;
	flaw(w, "the stack is left");
	return -1;
}

static void write_stack(struct walk *w, int64_t off, int64_t size, struct value v)
{
	int from = place(w, off, size);

	if (from < 0)
		return;
	for (int i = from; i < from + (int)size; i++) {
		w->now.set[i / 8] |= (uint8_t)(1 << i % 8);
		w->now.slots[i / 8] = scalar();
	}
	if (size == 8 && from % 8 == 0)
		w->now.slots[from / 8] = v;
}

static struct value read_stack(struct walk *w, int64_t off, int64_t size)
{
	int from = place(w, off, size);

	if (from < 0)
		return scalar();
	for (int i = from; i < from + (int)size; i++)
		if (!(w->now.set[i / 8] & 1 << i % 8))
			flaw(w, "bytes of the stack are read that were never set");
	if (off % size != 0)
		flaw(w, "the stack is read across its alignment");
	return size == 8 && from % 8 == 0 ? w->now.slots[from / 8] : scalar();
}

static void in_record(struct walk *w, const struct value *at, int64_t off, int64_t size)
{
	off += at->n;
	if (!w->now.record)
		flaw(w, "a record is used after it was handed in");
	else if (off < 0 || size <= 0 || off + at->most + size > w->now.record)
		flaw(w, "a record is left");
}

static void load(struct walk *w, const struct bpf_insn *i, int64_t size)
{
	struct value from = use(w, i->src_reg), v = scalar();

	if (from.kind == FRAME)
		v = read_stack(w, from.n + i->off, size);
	else if (from.kind == RECORD)
		in_record(w, &from, i->off, size);
	else if (from.kind == MAYBE || from.kind == VALUE_MAYBE)
		flaw(w, "a record is used before the test for NULL");
	else if (size == 8)
		v.kind = POINTER; // for all we know
	w->now.r[i->dst_reg] = v;
}

static void store(struct walk *w, const struct bpf_insn *i, int64_t size, struct value v)
{
	struct value to = use(w, i->dst_reg);

	if (to.kind == FRAME && (to.n + i->off) % size != 0)
		flaw(w, "the stack is written across its alignment");
	if (to.kind == FRAME)
		write_stack(w, to.n + i->off, size, v);
	else if (to.kind == RECORD)
		in_record(w, &to, i->off, size);
	else if (to.kind == MAYBE || to.kind == VALUE_MAYBE)
		flaw(w, "a record is used before the test for NULL");
	else if (to.kind != POINTER && to.kind != VALUE)
		flaw(w, "a store through what is no pointer");
}

static void alu(struct walk *w, const struct bpf_insn *i)
{
	bool wide = BPF_CLASS(i->code) == BPF_ALU64, reg = BPF_SRC(i->code) == BPF_X;
	uint8_t op = BPF_OP(i->code);
	struct value b = {.kind = CONST, .n = i->imm}, *to = &w->now.r[i->dst_reg];

	if (i->dst_reg == BPF_REG_10) {
		flaw(w, "the frame's pointer is changed");
		return;
	}
	if (reg)
		b = use(w, i->src_reg);
	if (op == BPF_MOV) {
		*to = b.kind == CONST && !wide ? (struct value){CONST, (uint32_t)b.n, 0}
		      : wide		       ? b
					       : scalar();
		return;
	}
	use(w, i->dst_reg);
	if ((op == BPF_LSH || op == BPF_RSH || op == BPF_ARSH) && !reg &&
	    (i->imm < 0 || i->imm >= (wide ? 64 : 32)))
		flaw(w, "a shift past the width");
	if ((op == BPF_DIV || op == BPF_MOD) && !reg && i->imm == 0)
		flaw(w, "a division by 0");
	if (to->kind >= FRAME && op == BPF_ADD && wide) {
		if (to->kind == MAYBE || to->kind == VALUE_MAYBE)
			flaw(w, "a record is moved before the test for NULL");
		else if (b.kind == CONST)
			to->n += to->kind == POINTER || to->kind == VALUE ? 0 : b.n;
		else if (b.kind == BOUND && to->kind == RECORD)
			to->most += b.n;
		else if (to->kind != POINTER && to->kind != VALUE)
			flaw(w, "a place of ours is moved by what is not known");
		return;
	}
	if (to->kind == VALUE && op == BPF_SUB && wide && b.kind == CONST) // one cell back
		return;
	if (to->kind == FRAME || to->kind == RECORD || to->kind == MAYBE ||
	    to->kind == VALUE_MAYBE || to->kind == VALUE)
		flaw(w, "an address of ours is computed with");
	if ((to->kind == CONST || to->kind == BOUND) && op == BPF_MUL && wide && !reg &&
	    to->n >= 0 && to->n <= UINT32_MAX && i->imm >= 0) {
		to->n *= i->imm;
		return;
	}
	if (to->kind == CONST && b.kind == CONST && wide && op == BPF_SUB) { // a loop's rounds
		to->n -= b.n;
		return;
	}
	*to = to->kind == POINTER && op == BPF_SUB ? *to : scalar();
}

// The room that a helper fills: r1 says where, r2 how much.
static void fill(struct walk *w)
{
	struct value to = use(w, 1), size = use(w, 2);

	if ((size.kind != CONST && size.kind != BOUND) || size.n <= 0)
		flaw(w, "a helper is to write an unknown number of bytes");
	else if (to.kind == FRAME)
		write_stack(w, to.n, size.n, scalar());
	else if (to.kind == RECORD)
		in_record(w, &to, 0, size.n);
	else if (to.kind != VALUE)
		flaw(w, "a helper is to write where nothing is ours");
}

static void call(struct walk *w, const struct bpf_insn *i)
{
	struct value ret = scalar(), size;

	switch (i->imm) {
	case HELPER_probe_read_user:
	case HELPER_probe_read_kernel:
	case HELPER_probe_read_user_str:
	case HELPER_probe_read_kernel_str:
		use(w, 3);
		fill(w);
		break;
	case HELPER_get_current_comm:
		fill(w);
		break;
	case HELPER_ringbuf_reserve:
		size = use(w, 2);
		if (w->now.record)
			flaw(w, "a second record is opened");
		if (size.kind != CONST || size.n <= 0)
			flaw(w, "a record of unknown size");
		w->now.record = size.n;
		ret.kind = MAYBE;
		break;
	case HELPER_map_lookup_elem:
	case HELPER_task_storage_get:
		ret.kind = VALUE_MAYBE;
		break;
	case HELPER_ringbuf_submit:
		if (use(w, 1).kind != RECORD || w->now.r[1].n != 0 || !w->now.record)
			flaw(w, "what is handed in is no record");
		w->now.record = 0;
		break;
	default:
		break;
	}
	memset(w->now.r, 0, 6 * sizeof(*w->now.r)); // r0 to r5
	w->now.r[0] = ret;
}

// In every register and slot: what was perhaps a record, or a value of a map, is one now, or is NULL.
static void decide(struct state *s, enum kind maybe, bool there)
{
	struct value v = {.kind = !there ? CONST : maybe == MAYBE ? RECORD : VALUE};

	for (int i = 0; i < 11; i++)
		s->r[i] = s->r[i].kind == maybe ? v : s->r[i];
	for (int i = 0; i < SLOTS; i++)
		s->slots[i] = s->slots[i].kind == maybe ? v : s->slots[i];
	s->record = there || maybe != MAYBE ? s->record : 0;
}

// Goes on where the branch leads: both ways, unless only one can be.
static void branch(struct walk *w, const struct bpf_insn *i)
{
	struct value a = use(w, i->dst_reg);
	struct state other = w->now;
	bool equal = BPF_OP(i->code) == BPF_JEQ, reg = BPF_SRC(i->code) == BPF_X;

	if (reg)
		use(w, i->src_reg);
	if (a.kind == MAYBE || a.kind == VALUE_MAYBE) {
		if ((!equal && BPF_OP(i->code) != BPF_JNE) || reg || i->imm)
			flaw(w, "a record's test for NULL is none");
		decide(&other, a.kind, !equal);
		decide(&w->now, a.kind, equal);
	} else if (a.kind == CONST && !reg && (equal || BPF_OP(i->code) == BPF_JNE)) {
		if ((a.n == i->imm) == equal)
			w->at += (uint32_t)i->off;
		return;
	}
	if (i->code == (BPF_JMP | BPF_JLE | BPF_K) && a.kind != CONST && i->imm >= 0)
		other.r[i->dst_reg] = (struct value){.kind = BOUND, .n = i->imm};
	if (a.kind == SCALAR && BPF_OP(i->code) == BPF_JGT && !reg && i->imm >= 0 &&
	    BPF_CLASS(i->code) == BPF_JMP)
		w->now.r[i->dst_reg] = (struct value){.kind = BOUND, .n = i->imm};
	later(w, i->off, &other);
}

static void exits(struct walk *w)
{
	use(w, 0);
	if (w->now.record)
		flaw(w, "a record is never handed in");
	w->ended = true;
}

static const int64_t sizes[4] = {4, 2, 1, 8};

static void step(struct walk *w)
{
	const struct bpf_insn *i = &w->p->insns[w->at];
	uint8_t class = BPF_CLASS(i->code);
	int64_t size = sizes[BPF_SIZE(i->code) >> 3];
	bool jump = class == BPF_JMP || class == BPF_JMP32;

	if (class == BPF_LD) {
		uint8_t kind = i->src_reg == BPF_PSEUDO_MAP_FD	    ? POINTER
			       : i->src_reg == BPF_PSEUDO_MAP_VALUE ? VALUE
								    : SCALAR;

		w->now.r[i->dst_reg] = (struct value){.kind = kind};
		w->at++; // it has two halves
	} else if (class == BPF_LDX) {
		load(w, i, size);
	} else if (class == BPF_ST) {
		store(w, i, size, (struct value){.kind = CONST, .n = i->imm});
	} else if (class == BPF_STX) {
		struct value v = use(w, i->src_reg);

		store(w, i, size, BPF_MODE(i->code) == BPF_MEM ? v : scalar());
	} else if (!jump) {
		alu(w, i);
	} else if (BPF_OP(i->code) == BPF_EXIT) {
		exits(w);
	} else if (BPF_OP(i->code) == BPF_CALL) {
		call(w, i);
	} else if (BPF_OP(i->code) == BPF_JA) {
		w->at += (uint32_t)i->off;
	} else {
		branch(w, i);
	}
	w->at++;
}

// --- which paths are worth going -------------------------------------------------------------

static bool jumps(const struct bpf_insn *i)
{
	uint8_t class = BPF_CLASS(i->code), op = BPF_OP(i->code);

	return (class == BPF_JMP || class == BPF_JMP32) && op != BPF_CALL && op != BPF_EXIT;
}

static bool goes_on(const struct bpf_insn *i)
{
	return BPF_CLASS(i->code) != BPF_JMP ||
	       (BPF_OP(i->code) != BPF_EXIT && BPF_OP(i->code) != BPF_JA);
}

// Is every instruction one, and reached, as far as jumps tell?
static void look(struct walk *w)
{
	bool *reached = calloc(w->p->count + 1, 1);

	if (!reached)
		abort();
	reached[0] = true;
	for (uint32_t at = 0; at < w->p->count && !w->flaw; at++) {
		const struct bpf_insn *i = &w->p->insns[at];
		bool wide = BPF_CLASS(i->code) == BPF_LD;

		w->at = at;
		if (!reached[at])
			flaw(w, "no path comes here");
		if (i->dst_reg > 10 || i->src_reg > 10)
			flaw(w, "there is no such register");
		if (jumps(i)) {
			int64_t to = (int64_t)at + 1 + i->off;

			if (to < 0 || to >= w->p->count || to == at || w->half[to] ||
			    (to < at && goes_on(i))) {
				flaw(w, "a jump to where no program goes");
				break;
			}
			w->target[to] = reached[to] = true;
		}
		if (wide && (at + 1 == w->p->count || w->target[at + 1]))
			flaw(w, "half a constant");
		w->half[at + wide] = wide;
		at += wide;
		reached[at + 1] |= goes_on(i);
	}
	if (!w->flaw && reached[w->p->count])
		flaw(w, "the program does not end");
	free(reached);
}

static uint64_t slot_of(const struct bpf_insn *i)
{
	int at = i->off + STACK;

	return at >= 0 && at < STACK ? (uint64_t)1 << at / 8 : 0;
}

static struct live before(const struct walk *w, uint32_t at)
{
	const struct bpf_insn *i = &w->p->insns[at];
	uint8_t class = BPF_CLASS(i->code);
	uint16_t dst = (uint16_t)(1 << i->dst_reg), src = (uint16_t)(1 << i->src_reg);
	bool wide = class == BPF_LD, whole = sizes[BPF_SIZE(i->code) >> 3] == 8 && i->off % 8 == 0;
	struct live l = goes_on(i) ? w->live[at + 1 + wide] : (struct live){0};

	if (jumps(i)) {
		l.r |= w->live[at + 1 + i->off].r;
		l.slots |= w->live[at + 1 + i->off].slots;
		if (BPF_OP(i->code) != BPF_JA)
			l.r |= dst | (BPF_SRC(i->code) == BPF_X ? src : 0);
	} else if (class == BPF_LD) {
		l.r &= (uint16_t)~dst;
	} else if (class == BPF_LDX) {
		l.r = (uint16_t)((l.r & ~dst) | src);
		l.slots |= i->src_reg == BPF_REG_10 ? slot_of(i) : 0;
	} else if (class == BPF_ST || class == BPF_STX) {
		l.r |= dst | (class == BPF_STX ? src : 0);
		if (i->dst_reg == BPF_REG_10 && whole)
			l.slots &= ~slot_of(i);
	} else if (class == BPF_ALU || class == BPF_ALU64) {
		if (BPF_OP(i->code) == BPF_MOV)
			l.r &= (uint16_t)~dst;
		else
			l.r |= dst;
		l.r |= BPF_SRC(i->code) == BPF_X && BPF_OP(i->code) != BPF_END ? src : 0;
	} else if (BPF_OP(i->code) == BPF_CALL) {
		l.r = (uint16_t)((l.r & ~0x3f) | 0x3e); // r1 to r5, some perhaps for nothing
	} else {
		l.r |= 1;
	}
	return l;
}

// Has all that can go wrong with b been seen with a?
static bool covers(const struct state *a, const struct state *b, const struct live *l)
{
	if (a->record != b->record)
		return false;
	for (int i = 0; i < 11 + SLOTS; i++) {
		const struct value *x = i < 11 ? &a->r[i] : &a->slots[i - 11];
		const struct value *y = i < 11 ? &b->r[i] : &b->slots[i - 11];

		if (i < 11 ? !(l->r >> i & 1) : !(l->slots >> (i - 11) & 1))
			continue;
		if (i >= 11 && (a->set[i - 11] & ~b->set[i - 11]))
			return false;
		if (x->kind == UNSET ||
		    (x->kind == SCALAR && (y->kind == CONST || y->kind == BOUND)))
			continue;
		if (x->kind == BOUND && (y->kind == CONST || y->kind == BOUND) && y->n >= 0 &&
		    y->n <= x->n)
			continue;
		if (x->kind != y->kind || x->n != y->n || x->most != y->most)
			return false;
	}
	return true;
}

// Is the path known from here on? If not, it is now.
static bool known(struct walk *w)
{
	struct seen *s;

	for (s = w->seen[w->at]; s; s = s->next)
		if (covers(&s->s, &w->now, &w->live[w->at]))
			return true;
	s = malloc(sizeof(*s));
	if (!s)
		abort();
	*s = (struct seen){.next = w->seen[w->at], .at = w->at, .s = w->now};
	w->seen[w->at] = s;
	return false;
}

static void drop(struct seen *s)
{
	while (s) {
		struct seen *next = s->next;

		free(s);
		s = next;
	}
}

static void go(struct walk *w)
{
	w->now.r[1].kind = POINTER; // the context
	w->now.r[10].kind = FRAME;
	w->at = 0;
	while (!w->flaw && w->steps < MAX_STEPS) {
		struct seen *path = w->todo;

		w->ended = w->ended || (w->target[w->at] && known(w));
		if (!w->ended) {
			w->steps++;
			step(w);
			continue;
		}
		if (!path)
			return;
		w->now = path->s;
		w->at = path->at;
		w->todo = path->next;
		w->ended = false;
		free(path);
	}
}

const char *program_flaw(const struct program *p, uint32_t *ret)
{
	struct walk w = {.p = p,
			 .live = calloc(p->count + 2, sizeof(*w.live)),
			 .target = calloc(p->count + 1, sizeof(*w.target)),
			 .half = calloc(p->count + 2, sizeof(*w.half)),
			 .seen = calloc(p->count + 1, sizeof(struct seen *))};

	if (!w.live || !w.target || !w.half || !w.seen)
		abort();
	look(&w);
	for (int round = 0; round < 2;
	     round++) // of a loop's end it is known when its start was seen
		for (uint32_t at = p->count; !w.flaw && at-- > 0;)
			if (!w.half[at])
				w.live[at] = before(&w, at);
	if (!w.flaw)
		go(&w);
	*ret = w.at;
	for (uint32_t at = 0; at < p->count; at++)
		drop(w.seen[at]);
	drop(w.todo);
	free(w.live);
	free(w.target);
	free(w.half);
	free(w.seen);
	return w.flaw;
}
