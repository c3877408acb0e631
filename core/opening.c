// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "opening.h"

#include <linux/bpf.h>

#include "../bpf/wire.h"
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

int opening_shape(struct ir *ir, const struct opening *o, struct ks_error *error)
{
	const struct shape *s = o->shape;
	struct lower l = lower_for(ir, s, o->scope);
	int out = ir_label(ir), guarded = ir_label(ir), full = ir_label(ir);
	struct predicates parts;

	l.suppressed = ir_label(ir);
	ir_emit(ir, (struct ir_insn){.op = IR_ENTRY, .dst = l.ctx});
	if (!predicates_split(&parts, &l, s->wheres, s->where_count, PARTS_BEGINNING))
		return error_set(error, KS_ELIMIT, "more than %d parts of where", MAX_PARTS);
	predicates_first(&l, &parts, out);
	ir_note(ir, "this CPU's block of counters");
	lower_block(&l);
	l.has_block = true;
	lower_is_on(&l, (int)(WIRE_LINE * (1 + s->line)) + CELL_ON * 8, out);
	lower_guard(&l);
	l.guarded = true;
	predicates_test(&l, &parts, PART_NEXT, guarded);
	not_ourselves(&l, s, guarded);
	frames_open(&l, s->frames, full);
	stash_put(&l, s->stash, o->end);
	ir_jump(ir, guarded);
	end(&l, "suppressed: another program of ours is at work on this CPU", l.suppressed,
	    s->frames->counters + PAIR_SUPPRESSED * 8, out);
	end(&l, "full: no slot is free", full, s->frames->counters + PAIR_FULL * 8, guarded);
	ir_place(ir, guarded);
	ir_note(ir, "give the guard back");
	ir_store_imm(ir, 8, l.block, GUARD_BUSY, 0);
	ir_place(ir, out);
	ir_emit(ir, (struct ir_insn){.op = IR_EXIT});
	if (ir->failed)
		return error_nomem(error);
	return l.failed ? error_set(error, KS_ELIMIT,
				    "a value of this kind can't be computed in the kernel")
			: 0;
}

int opening_gone(struct ir *ir, const struct shape *s, struct ks_error *error)
{
	struct lower l = lower_for(ir, s, s->scope);

	return frames_gone(ir, &l, s->frames, error);
}
