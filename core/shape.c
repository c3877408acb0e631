// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "shape.h"

#include <linux/bpf.h>
#include <string.h>

#include "../bpf/wire.h"
#include "cost.h"
#include "error.h"
#include "lower.h"
#include "memory.h"

// Where a hit ends. What is tested before it is counted is early: nothing is held then.
struct exits {
	int rejected, early_fault, early_suppressed;
	int out_guarded; // give the guard back, return
	int fault, suppressed, self, unmatched, lost;
	int sampled;
	int out;
};

static int line(const struct shape *s, int cell)
{
	return (int)(WIRE_LINE * (1 + s->line)) + cell * 8;
}

static void count(struct lower *l, const struct shape *s, int cell)
{
	lower_count(l, line(s, cell));
}

static void is_on(struct lower *l, const struct shape *s, int out)
{
	lower_is_on(l, line(s, CELL_ON), out);
}

// Counts the hit, if the probe is on. Where hits are not counted, nothing is.
static void hit(struct lower *l, const struct shape *s, int out)
{
	ir_note(l->ir, "this CPU's block of counters");
	lower_block(l);
	l->has_block = true;
	is_on(l, s, out);
	if (s->no_hits)
		return;
	ir_note(l->ir, "count the hit");
	count(l, s, CELL_HITS);
}

// Chance decides as soon as no predicate is left that could still say no: before the guard, if it can,
// so that what is turned down costs little.
static bool is_drawn_early(const struct shape *s, const struct predicates *p)
{
	for (uint32_t i = 0; i < p->count; i++)
		if (p->list[i].turn == PART_NEXT)
			return false;
	return !s->inside;
}

// Is it decided here? Of what has a beginning that is seen it was there.
static bool draws(const struct shape *s)
{
	return s->sampler && !s->frames && !s->pairs;
}

static void sampled(struct lower *l, const struct shape *s, int out)
{
	ir_note(l->ir, "sampled: others stand for it");
	lower_count(l, s->sampler->line + SAMPLER_SAMPLED * 8);
	ir_jump(l->ir, out);
}

// What is turned down ends here, before anything is saved for the rest.
static void draw_early(struct lower *l, const struct shape *s, int out)
{
	int taken = ir_label(l->ir);

	if (s->sampler->one_in <= 1)
		return;
	lower_block(l);
	l->has_block = true;
	sampler_share(l, s->sampler, true, taken);
	sampled(l, s, out);
	ir_place(l->ir, taken);
	l->block = ir_copy(l->ir, l->block);
}

static void predicates(struct lower *l, const struct shape *s, struct predicates *p,
		       const struct exits *to)
{
	bool early;

	if (!predicates_split(p, l, s->wheres, s->where_count,
			      s->frames ? PARTS_END : PARTS_MOMENT)) {
		l->failed = true;
		return;
	}
	l->fault = to->early_fault;
	l->suppressed = to->early_suppressed;
	predicates_first(l, p, to->rejected);
	hit(l, s, to->out);
	early = is_drawn_early(s, p);
	if (draws(s) && early)
		draw_early(l, s, to->out);
	l->fault = to->fault;
	l->suppressed = to->suppressed;
	lower_guard(l);
	l->guarded = l->has_block = true;
	if (s->inside)
		frames_inside(l, s->inside, to->out_guarded);
	predicates_test(l, p, PART_NEXT, to->out_guarded);
	if (draws(s) && !early)
		sampler_share(l, s->sampler, false, to->sampled);
}

// Where it began, and what was put away there. What is decided behind this comes too late to leave
// it there.
static void find_beginning(struct lower *l, const struct shape *s, const struct predicates *p,
			   const struct exits *to)
{
	if (s->pairs) {
		pairs_close(l, s->pairs, s->stash, s->use, to->unmatched);
	} else if (s->frames) {
		l->stash = s->stash;
		frames_close(l, s->frames, to->unmatched);
		stash_take(l);
	}
	if ((s->pairs || s->frames) && s->stash->has_weight) {
		ir_note(l->ir, "was it looked at where it began?");
		if (s->frames)
			l->weight = ir_load(l->ir, 8, l->stash_at, (int)s->stash->weight);
		ir_branch_imm(l->ir, 8, BPF_JEQ, l->weight, 0, to->sampled);
	}
	predicates_test(l, p, PART_LAST, to->out_guarded);
}

static void capture(struct lower *l, const struct shape *s, uint32_t i, int record)
{
	l->ir->source = SOURCE_FIELD + i;
	lower_field(l, s->layout, i,
		    &(struct lower_place){.base = record,
					  .nils = offsetof(struct wire_header, nils),
					  .nils_size = 8,
					  .nils_cell = line(s, CELL_NILS)});
	l->ir->source = 0;
}

static void plan_captures(struct lower *l, const struct shape *s)
{
	const struct node *trees[MAX_FIELDS];
	uint32_t count = 0;

	for (uint32_t i = 0; i < s->layout->count; i++)
		if (s->layout->values[i])
			trees[count++] = s->layout->values[i];
	l->captures = true;
	memory_plan(l, trees, count);
}

static void write_record(struct lower *l, const struct shape *s, int record)
{
	struct ir *ir = l->ir;
	int now;

	ir_note(ir, "header");
	ir_store(ir, 8, record, offsetof(struct wire_header, pid_tgid), l->pid_tgid);
	ir_store(ir, 4, record, offsetof(struct wire_header, cpu),
		 ir_load(ir, 4, l->block, GUARD_CPU * 8));
	if (s->cookie)
		ir_store(ir, 4, record, offsetof(struct wire_header, point),
			 ir_call(ir, HELPER_get_attach_cookie, arg_reg(l->ctx), arg_none(),
				 arg_none()));
	else
		ir_store_imm(ir, 4, record, offsetof(struct wire_header, point), (int32_t)s->point);
	ir_store_imm(ir, 8, record, offsetof(struct wire_header, nils), 0);
	now = l->now ? l->now
		     : ir_call(ir, HELPER_ktime_get_boot_ns, arg_none(), arg_none(), arg_none());
	ir_store(ir, 8, record, offsetof(struct wire_header, time), now);
	if (s->layout->weighs)
		ir_store(ir, 8, record, WIRE_HEADER, sampler_weight(l));
	plan_captures(l, s);
	for (uint32_t i = 0; i < s->layout->count; i++)
		if (s->layout->values[i])
			capture(l, s, i, record);
}

static void emit_record(struct lower *l, const struct shape *s, const struct exits *to)
{
	struct ir *ir = l->ir;
	int record;

	ir_note(ir, "a place in the ring, or lost");
	if (!s->use_count)
		count(l, s, CELL_MATCHED);
	record = ir_call(ir, HELPER_ringbuf_reserve, arg_map(MAP_RING),
			 arg_const((s->layout->size + 7) & ~7u), arg_const(0));
	ir_branch_imm(ir, 8, BPF_JEQ, record, 0, to->lost);
	write_record(l, s, record);
	ir_note(ir, "submit");
	ir_call(ir, HELPER_ringbuf_submit, arg_reg(record), arg_const(0), arg_none());
	ir_jump(ir, to->out_guarded);
}

static void keep_record(struct lower *l, const struct shape *s, const struct exits *to)
{
	int value, record;

	ir_note(l->ir, "matched");
	count(l, s, CELL_MATCHED);
	record = keep_place(l, s->keep, to->lost, &value);
	write_record(l, s, record);
	keep_emit(l, s->keep, s->emit, value, record, line(s, CELL_LOST), line(s, CELL_NILS),
		  to->out_guarded);
	ir_jump(l->ir, to->out_guarded);
}

static void aggregate(struct lower *l, const struct shape *s)
{
	const struct aggregate_context c = {.point = s->point,
					    .cookie = s->cookie,
					    .nils_cell = line(s, CELL_NILS)};

	ir_note(l->ir, "matched");
	count(l, s, CELL_MATCHED);
	for (uint32_t i = 0; i < s->use_count; i++)
		aggregate_hit(l, &s->uses[i], &c);
}

static void give_back(struct lower *l)
{
	ir_note(l->ir, "give the guard back");
	ir_store_imm(l->ir, 8, l->block, GUARD_BUSY, 0);
}

// Where nearly all hits end. x86's JIT makes a jump of every exit but the first: so it is theirs.
static void end(struct lower *l, const struct shape *s, const struct exits *to)
{
	struct ir *ir = l->ir;
	int block = l->block;

	ir_place(ir, to->out_guarded);
	give_back(l);
	ir_jump(ir, to->out);
	ir_place(ir, to->rejected);
	if (!s->no_hits) {
		ir_note(ir, "rejected");
		l->block = ir_register(ir);
		l->has_block = false;
		hit(l, s, to->out);
	}
	l->block = block;
	ir_place(ir, to->out);
	ir_emit(ir, (struct ir_insn){.op = IR_EXIT});
}

// Ends of early tests that went wrong: the hit is counted, if need be, and what became of it.
static void end_early(struct lower *l, const struct shape *s, const struct exits *to, int out)
{
	struct ir *ir = l->ir;

	for (int suppressed = 0; suppressed < 2; suppressed++) {
		ir_place(ir, suppressed ? to->early_suppressed : to->early_fault);
		ir_note(ir, suppressed
				    ? "suppressed: another program of ours is at work on this CPU"
				    : "fault: the predicate is unknown");
		l->block = ir_register(ir);
		l->has_block = false;
		hit(l, s, out);
		lower_block(l);
		count(l, s, suppressed ? CELL_SUPPRESSED : CELL_FAULTS);
		ir_jump(ir, out);
	}
}

// What became of the few others.
static void epilogue(struct lower *l, const struct shape *s, const struct exits *to)
{
	struct ir *ir = l->ir;
	int out_guarded = ir_label(ir), out = ir_label(ir);

	ir_place(ir, to->suppressed);
	ir_note(ir, "suppressed: another program of ours is at work on this CPU");
	count(l, s, CELL_SUPPRESSED);
	ir_jump(ir, out);
	ir_place(ir, to->fault);
	ir_note(ir, "fault: the predicate is unknown");
	count(l, s, CELL_FAULTS);
	ir_jump(ir, out_guarded);
	if (s->frames || s->pairs) {
		int counters = s->frames ? s->frames->counters : s->pairs->pairs->counters;

		ir_place(ir, to->unmatched);
		ir_note(ir, "unmatched: nobody saw it begin");
		lower_count(l, counters + PAIR_UNMATCHED * 8);
		ir_jump(ir, out_guarded);
	}
	if (s->sampler) {
		ir_place(ir, to->sampled);
		sampled(l, s, out_guarded);
	}
	ir_place(ir, to->lost);
	ir_note(ir, s->keep ? "lost: no room to keep it" : "lost: the ring is full");
	if (s->keep)
		lower_count(l, s->keep->counters + KEPT_NO_ROOM * 8);
	else
		count(l, s, CELL_LOST);
	ir_jump(ir, out_guarded);
	ir_place(ir, to->self);
	ir_note(ir, "self: our own process");
	count(l, s, CELL_SELF);
	ir_place(ir, out_guarded);
	give_back(l);
	ir_jump(ir, out);
	end_early(l, s, to, out);
	ir_place(ir, out);
	ir_emit(ir, (struct ir_insn){.op = IR_EXIT});
}

int shape_probe(struct ir *ir, const struct shape *s, struct ks_error *error)
{
	struct exits to = {.rejected = ir_label(ir),
			   .early_fault = ir_label(ir),
			   .early_suppressed = ir_label(ir),
			   .out_guarded = ir_label(ir),
			   .fault = ir_label(ir),
			   .suppressed = ir_label(ir),
			   .self = ir_label(ir),
			   .lost = ir_label(ir),
			   .out = ir_label(ir),
			   .unmatched = s->frames ? ir_label(ir) : 0,
			   .sampled = s->sampler ? ir_label(ir) : 0};
	struct lower l = {
		.ir = ir,
		.btf = s->btf,
		.scope = s->scope,
		.target = s->target,
		.trusted_args = s->trusted,
		.ctx = ir_register(ir),
		.block = ir_register(ir),
		.cpu_mask = s->geometry.cpu_mask,
		.block_shift = s->geometry.block_shift,
		.outer = s->outer,
	};
	struct predicates parts = {.count = 0};

	ir_emit(ir, (struct ir_insn){.op = IR_ENTRY, .dst = l.ctx});
	predicates(&l, s, &parts, &to);
	lower_task(&l);
	// What a span is about began elsewhere, and was not ours: our process may be the one that is
	// switched away for its task.
	if (s->self && !s->pairs) {
		int process = ir_copy(ir, l.pid_tgid);

		ir_note(ir, "our own process?");
		ir_alu_imm(ir, 8, BPF_RSH, process, 32);
		ir_branch_imm(ir, 4, BPF_JEQ, process, (int32_t)s->self, to.self);
		if (s->use_count) // a record has calls between: it would take a place on the stack
			l.process = ir_copy(ir, process);
	}
	if (draws(s))
		sampler_rate(&l, s->sampler, to.sampled);
	find_beginning(&l, s, &parts, &to);
	if (s->use_count)
		aggregate(&l, s);
	if (s->no_record)
		ir_jump(ir, to.out_guarded);
	else if (s->keep)
		keep_record(&l, s, &to);
	else
		emit_record(&l, s, &to);
	ir->cost = cost_of(ir);
	end(&l, s, &to);
	epilogue(&l, s, &to);
	if (ir->failed)
		return error_nomem(error);
	return l.failed ? error_set(error, KS_ELIMIT,
				    "a value of this kind can't be computed in the kernel")
			: 0;
}
