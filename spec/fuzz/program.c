// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "program.h"

#include <stdlib.h>
#include <string.h>

#define STACK 512
#define SLOTS (STACK / 8)

enum kind {
	UNSET,
	SCALAR,
	CONST,	 // n is its value
	FRAME,	 // a place in the stack: n bytes from its top, negative
	MAYBE,	 // a record, or NULL
	RECORD,	 // n bytes from its start
	POINTER, // some other address
};

struct value {
	uint8_t kind; // enum kind
	int64_t n;
};

struct state {
	struct value r[11];
	struct value slots[SLOTS]; // what 8 bytes hold that were stored at once
	bool set[STACK];
	int64_t record; // bytes of the record that is open; 0: none is
};

struct walk {
	const struct program *p;
	struct state **at; // for instructions that are jumped to, what comes there
	struct state now;
	bool reached;
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

static struct value join_value(struct value a, struct value b)
{
	if (a.kind == b.kind && a.n == b.n)
		return a;
	if (a.kind == UNSET || b.kind == UNSET)
		return (struct value){0};
	if (a.kind == POINTER || b.kind == POINTER)
		return (struct value){.kind = POINTER};
	// A record on one path and something else on the other is good for nothing.
	return a.kind >= FRAME || b.kind >= FRAME ? (struct value){0} : scalar();
}

static void join(struct walk *w, struct state *to, const struct state *from)
{
	for (int i = 0; i < 11; i++)
		to->r[i] = join_value(to->r[i], from->r[i]);
	for (int i = 0; i < SLOTS; i++)
		to->slots[i] = join_value(to->slots[i], from->slots[i]);
	for (int i = 0; i < STACK; i++)
		to->set[i] = to->set[i] && from->set[i];
	if (to->record != from->record)
		flaw(w, "a record is open on one path and not on another");
}

// The state goes along a jump.
static void arrive(struct walk *w, uint32_t at, int off, const struct state *s)
{
	int64_t to = (int64_t)at + 1 + off;

	if (off < 0 || to >= w->p->count) {
		flaw(w, "a jump to where no program goes");
		return;
	}
	if (w->at[to]) {
		join(w, w->at[to], s);
		return;
	}
	w->at[to] = malloc(sizeof(*s));
	if (!w->at[to])
		abort();
	*w->at[to] = *s;
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
	memset(w->now.set + from, 1, (size_t)size);
	for (int i = from / 8; i <= (from + (int)size - 1) / 8; i++)
		w->now.slots[i] = scalar();
	if (size == 8 && from % 8 == 0)
		w->now.slots[from / 8] = v;
}

static struct value read_stack(struct walk *w, int64_t off, int64_t size)
{
	int from = place(w, off, size);

	if (from < 0)
		return scalar();
	for (int i = from; i < from + (int)size; i++)
		if (!w->now.set[i])
			flaw(w, "bytes of the stack are read that were never set");
	if (off % size != 0)
		flaw(w, "the stack is read across its alignment");
	return size == 8 && from % 8 == 0 ? w->now.slots[from / 8] : scalar();
}

static void in_record(struct walk *w, int64_t off, int64_t size)
{
	if (!w->now.record)
		flaw(w, "a record is used after it was handed in");
	else if (off < 0 || size <= 0 || off + size > w->now.record)
		flaw(w, "a record is left");
}

static void load(struct walk *w, const struct bpf_insn *i, int64_t size)
{
	struct value from = use(w, i->src_reg), v = scalar();

	if (from.kind == FRAME)
		v = read_stack(w, from.n + i->off, size);
	else if (from.kind == RECORD)
		in_record(w, from.n + i->off, size);
	else if (from.kind == MAYBE)
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
		in_record(w, to.n + i->off, size);
	else if (to.kind == MAYBE)
		flaw(w, "a record is used before the test for NULL");
	else if (to.kind != POINTER)
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
		*to = b.kind == CONST && !wide ? (struct value){CONST, (uint32_t)b.n}
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
		if (to->kind == MAYBE)
			flaw(w, "a record is moved before the test for NULL");
		else if (b.kind == CONST)
			to->n += to->kind == POINTER ? 0 : b.n;
		else if (to->kind != POINTER)
			flaw(w, "a place of ours is moved by what is not known");
		return;
	}
	if (to->kind == FRAME || to->kind == RECORD || to->kind == MAYBE)
		flaw(w, "an address of ours is computed with");
	*to = to->kind == POINTER && op == BPF_SUB ? *to : scalar();
}

// The room that a helper fills: r1 says where, r2 how much.
static void fill(struct walk *w)
{
	struct value to = use(w, 1), size = use(w, 2);

	if (size.kind != CONST || size.n <= 0)
		flaw(w, "a helper is to write an unknown number of bytes");
	else if (to.kind == FRAME)
		write_stack(w, to.n, size.n, scalar());
	else if (to.kind == RECORD)
		in_record(w, to.n, size.n);
	else
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
	case HELPER_ringbuf_submit:
		if (use(w, 1).kind != RECORD || w->now.r[1].n != 0 || !w->now.record)
			flaw(w, "what is handed in is no record");
		w->now.record = 0;
		break;
	default:
		break;
	}
	memset(w->now.r, 0, 6 * sizeof(*w->now.r));
	w->now.r[0] = ret;
}

// In every register and slot: a record that was perhaps one is one now, or is NULL.
static void decide(struct state *s, bool there)
{
	struct value v = there ? (struct value){.kind = RECORD} : (struct value){.kind = CONST};

	for (int i = 0; i < 11; i++)
		s->r[i] = s->r[i].kind == MAYBE ? v : s->r[i];
	for (int i = 0; i < SLOTS; i++)
		s->slots[i] = s->slots[i].kind == MAYBE ? v : s->slots[i];
	s->record = there ? s->record : 0;
}

static void branch(struct walk *w, const struct bpf_insn *i, uint32_t at)
{
	struct value a = use(w, i->dst_reg);
	struct state other = w->now;

	if (BPF_SRC(i->code) == BPF_X)
		use(w, i->src_reg);
	if (a.kind == MAYBE) {
		bool equal = BPF_OP(i->code) == BPF_JEQ;

		if ((!equal && BPF_OP(i->code) != BPF_JNE) || BPF_SRC(i->code) == BPF_X || i->imm)
			flaw(w, "a record's test for NULL is none");
		decide(&other, !equal);
		decide(&w->now, equal);
	}
	arrive(w, at, i->off, &other);
}

static void exits(struct walk *w)
{
	use(w, 0);
	if (w->now.record)
		flaw(w, "a record is never handed in");
	w->reached = false;
}

// Returns how many instructions it looked at: the constant of 64 bits takes two.
static uint32_t step(struct walk *w, uint32_t at)
{
	static const int64_t sizes[4] = {4, 2, 1, 8};
	const struct bpf_insn *i = &w->p->insns[at];
	uint8_t class = BPF_CLASS(i->code);
	int64_t size = sizes[BPF_SIZE(i->code) >> 3];
	bool jump = class == BPF_JMP || class == BPF_JMP32;

	if (i->dst_reg > 10 || i->src_reg > 10) {
		flaw(w, "there is no such register");
	} else if (class == BPF_LD) {
		bool map = i->src_reg == BPF_PSEUDO_MAP_FD || i->src_reg == BPF_PSEUDO_MAP_VALUE;

		if (at + 1 >= w->p->count || w->at[at + 1])
			flaw(w, "half a constant");
		w->now.r[i->dst_reg] = map ? (struct value){.kind = POINTER} : scalar();
		return 2;
	} else if (class == BPF_LDX) {
		load(w, i, size);
	} else if (class == BPF_ST) {
		store(w, i, size, scalar());
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
		arrive(w, at, i->off, &w->now);
		w->reached = false;
	} else {
		branch(w, i, at);
	}
	return 1;
}

const char *program_flaw(const struct program *p, uint32_t *ret)
{
	struct walk w = {.p = p, .at = calloc(p->count + 1, sizeof(*w.at)), .reached = true};
	uint32_t at = 0;

	if (!w.at)
		abort();
	w.now.r[1].kind = POINTER; // the context
	w.now.r[10].kind = FRAME;
	while (at < p->count && !w.flaw) {
		*ret = at;
		if (w.at[at] && w.reached)
			join(&w, &w.now, w.at[at]);
		else if (w.at[at])
			w.now = *w.at[at];
		w.reached = w.reached || w.at[at];
		if (!w.reached)
			flaw(&w, "no path comes here");
		at += step(&w, at);
	}
	if (w.reached)
		flaw(&w, "the program does not end");
	for (at = 0; at < p->count; at++)
		free(w.at[at]);
	free(w.at);
	return w.flaw;
}
