// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "opening.h"

#include <linux/bpf.h>

#include "../bpf/wire.h"
#include "cost.h"
#include "error.h"

static struct lower lower_for(struct ir *ir, const struct shape *s, const struct scope *scope)
{
	return (struct lower){
		.ir = ir,
		.btf = s->btf,
		.scope = scope,
		.target = s->target,
		.ctx = ir_register(ir),
		.block = ir_register(ir),
		.cpu_mask = s->geometry.cpu_mask,
		.block_shift = s->geometry.block_shift,
		.outer = s->outer,
	};
}

static void not_ourselves(struct lower *l, const struct shape *s, int out)
{
	int process;

	if (!s->self)
		return;
	lower_task(l);
	process = ir_copy(l->ir, l->pid_tgid);
	ir_note(l->ir, "our own process?");
	ir_alu_imm(l->ir, 8, BPF_RSH, process, 32);
	ir_branch_imm(l->ir, 4, BPF_JEQ, process, (int32_t)s->self, out);
}

static void end(struct lower *l, const char *what, int label, int byte, int to)
{
	ir_place(l->ir, label);
	ir_note(l->ir, what);
	lower_count(l, byte);
	ir_jump(l->ir, to);
}

static int cell(const struct opening *o, int which)
{
	const struct shape *s = o->shape;

	return (o->pairs ? o->pairs->pairs->counters : s->frames->counters) + which * 8;
}

static void is_on(struct lower *l, const struct shape *s, int out)
{
	ir_note(l->ir, "this CPU's block of counters");
	lower_block(l);
	l->has_block = true;
	lower_is_on(l, (int)(WIRE_LINE * (1 + s->line)) + CELL_ON * 8, out);
}

// Of what is tested before the block of counters is found.
static void end_early(struct lower *l, const struct opening *o, int label, const char *what,
		      int which, int out)
{
	int block = l->block;

	ir_place(l->ir, label);
	l->block = ir_register(l->ir);
	l->has_block = false;
	is_on(l, o->shape, out);
	ir_note(l->ir, what);
	lower_count(l, cell(o, which));
	ir_jump(l->ir, out);
	l->block = block;
}

// For how many hits it stands, as a register: 0 for none, and its end is to know that.
static int drawn(struct lower *l, const struct sampler *s)
{
	int weight = ir_register(l->ir), no = ir_label(l->ir), done = ir_label(l->ir);

	sampler_share(l, s, false, no);
	sampler_rate(l, s, no);
	ir_move(l->ir, weight, sampler_weight(l));
	ir_jump(l->ir, done);
	ir_place(l->ir, no);
	ir_note(l->ir, "sampled: others stand for it");
	ir_emit(l->ir, (struct ir_insn){.op = IR_CONST, .width = 8, .dst = weight, .imm = 0});
	ir_place(l->ir, done);
	return weight;
}

static void give_back(struct lower *l, int out)
{
	ir_note(l->ir, "give the guard back");
	ir_store_imm(l->ir, 8, l->block, GUARD_BUSY, 0);
	ir_place(l->ir, out);
	ir_emit(l->ir, (struct ir_insn){.op = IR_EXIT});
}

static const char suppressed_note[] = "suppressed: another program of ours is at work on this CPU";
static const char unknown_note[] = "unknown: what decides or the key can't be read";

int opening_shape(struct ir *ir, const struct opening *o, struct ks_error *error)
{
	const struct shape *s = o->shape;
	struct lower l = lower_for(ir, s, o->scope);
	int out = ir_label(ir), guarded = ir_label(ir), full = ir_label(ir);
	int early_suppressed = ir_label(ir), early_unknown = ir_label(ir);
	int suppressed = ir_label(ir), unknown = ir_label(ir);
	int few = ir_label(ir), few_guarded = ir_label(ir);
	struct predicates parts;
	int weight = 0;

	l.trusted_args = o->trusted;
	l.suppressed = early_suppressed;
	l.fault = early_unknown;
	ir_emit(ir, (struct ir_insn){.op = IR_ENTRY, .dst = l.ctx});
	if (!predicates_split(&parts, &l, o->wheres, o->where_count,
			      o->decides ? PARTS_MOMENT : PARTS_BEGINNING))
		return error_set(error, KS_ELIMIT, "more than %d parts of where", MAX_PARTS);
	predicates_first(&l, &parts, out);
	is_on(&l, s, out);
	l.suppressed = suppressed;
	l.fault = unknown;
	lower_guard(&l);
	l.guarded = true;
	if (s->inside)
		frames_inside(&l, s->inside, guarded);
	predicates_test(&l, &parts, PART_NEXT, guarded);
	not_ourselves(&l, s, guarded);
	if (s->sampler)
		weight = drawn(&l, s->sampler);
	if (o->pairs) {
		pairs_open(&l, o->pairs, s->stash, &o->from, weight, full);
	} else {
		frames_open(&l, s->frames, o->words, full);
		if (weight) {
			ir_store(ir, 8, l.stash_at, (int)s->stash->weight, weight);
			ir_branch_imm(ir, 8, BPF_JEQ, weight, 0, guarded);
		}
		stash_put(&l, s->stash, o->from.end);
	}
	ir->cost = cost_of(ir);
	ir_place(ir, guarded);
	give_back(&l, out);
	// As in shape.c: the first exit is for nearly all.
	end(&l, suppressed_note, suppressed, cell(o, PAIR_SUPPRESSED), few);
	end_early(&l, o, early_suppressed, suppressed_note, PAIR_SUPPRESSED, few);
	end_early(&l, o, early_unknown, unknown_note, PAIR_UNKNOWN, few);
	end(&l, unknown_note, unknown, cell(o, PAIR_UNKNOWN), few_guarded);
	end(&l, o->pairs ? "full: no room in the map" : "full: no slot is free", full,
	    cell(o, PAIR_FULL), few_guarded);
	ir_place(ir, few_guarded);
	give_back(&l, few);
	if (ir->failed)
		return error_nomem(error);
	return l.failed ? error_set(error, KS_ELIMIT,
				    "a value of this kind can't be computed in the kernel")
			: 0;
}

int opening_gone(struct ir *ir, const struct shape *s, struct ks_error *error)
{
	struct lower l = lower_for(ir, s, s->scope);
	int out = ir_label(ir), release = ir_label(ir), ours = ir_label(ir), task, busy;

	ir_emit(ir, (struct ir_insn){.op = IR_ENTRY, .dst = l.ctx});
	task = ir_load(ir, 8, l.ctx, 0);
	ir_branch_imm(ir, 8, BPF_JEQ, task, 0, out);
	lower_block(&l);
	// What interrupts a program of ours must not be lost: nobody tells of this task again. Its
	// helpers are as safe here as the guard makes them; only whose it is differs.
	ir_note(ir, "this CPU's guard, whoever has it");
	busy = ir_load(ir, 8, l.block, GUARD_BUSY);
	ir_branch_imm(ir, 8, BPF_JNE, busy, 0, ours);
	ir_store_imm(ir, 8, l.block, GUARD_BUSY, 1);
	ir_place(ir, ours);
	if (s->keep)
		keep_gone(&l, s->keep, task, release);
	else if (s->pairs)
		pairs_gone(&l, s->pairs->pairs, task);
	else
		frames_gone(&l, s->frames, task, release);
	ir_place(ir, release);
	ir_branch_imm(ir, 8, BPF_JNE, busy, 0, out);
	ir_note(ir, "give the guard back");
	ir_store_imm(ir, 8, l.block, GUARD_BUSY, 0);
	ir_place(ir, out);
	ir_emit(ir, (struct ir_insn){.op = IR_EXIT});
	return ir->failed ? error_nomem(error) : 0;
}
