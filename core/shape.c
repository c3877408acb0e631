// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "shape.h"

#include <linux/bpf.h>
#include <string.h>

#include "../bpf/wire.h"
#include "error.h"
#include "lower.h"

struct exits {
	int out;	 // return
	int out_guarded; // give the guard back, return
	int faults;	 // count a fault, return
	int faults_guarded;
	int suppressed, self, lost;
};

static int line(const struct shape *s, int cell)
{
	return (int)(WIRE_LINE * (1 + s->index)) + cell * 8;
}

static void count(struct lower *l, const struct shape *s, int cell)
{
	int one = ir_const(l->ir, 4, 1);

	ir_emit(l->ir, (struct ir_insn){.op = IR_XADD,
					.a = l->block,
					.b = one,
					.off = (int16_t)line(s, cell)});
}

// Ends the program when the probe is off; counts the hit when hits are counted.
static void prologue(struct lower *l, const struct shape *s, const struct exits *to)
{
	if (s->no_hits) {
		int on = ir_register(l->ir);

		ir_note(l->ir, "is the probe on?");
		ir_emit(l->ir,
			(struct ir_insn){.op = IR_CELLS, .dst = on, .imm = line(s, CELL_ON)});
		ir_branch_imm(l->ir, 8, BPF_JEQ, ir_load(l->ir, 8, on, 0), 0, to->out);
		return;
	}
	ir_note(l->ir, "this CPU's block of counters");
	lower_block(l);
	l->has_block = true;
	ir_note(l->ir, "is the probe on?");
	ir_branch_imm(l->ir, 8, BPF_JEQ, ir_load(l->ir, 8, l->block, line(s, CELL_ON)), 0, to->out);
	ir_note(l->ir, "count the hit");
	count(l, s, CELL_HITS);
}

static void where(struct lower *l, const struct shape_where *w, int out)
{
	struct buf b;
	char *note = arena_alloc(l->ir->arena, strlen(w->text) + 16);

	l->ir->source = w->source;
	l->ir->pos = w->node->pos;
	l->ir->len = w->node->len;
	if (note) {
		b = buf_over(note, strlen(w->text) + 16);
		buf_str(&b, "where: ");
		buf_str(&b, w->text);
		buf_end(&b);
		ir_note(l->ir, note);
	}
	lower_branch(l, w->node, false, out);
	l->ir->source = 0;
}

static void task_id(struct lower *l)
{
	if (!l->pid_tgid)
		l->pid_tgid = ir_call(l->ir, HELPER_get_current_pid_tgid, arg_none(), arg_none(),
				      arg_none());
}

// Predicates that need no helper come first: a hit that they reject never touches the guard. But
// one that can fail stays behind what was written before it: that may be there to keep it off.
static bool comes_first(const struct lower *l, const struct shape *s, uint32_t i)
{
	if (lower_needs_guard(l, s->wheres[i].node))
		return false;
	for (uint32_t k = 0; k < i && lower_can_fail(l, s->wheres[i].node); k++)
		if (!comes_first(l, s, k))
			return false;
	return true;
}

static void predicates(struct lower *l, const struct shape *s, const struct exits *to)
{
	bool first[MAX_WHERES] = {false};

	l->fault = to->faults;
	for (uint32_t i = 0; i < s->where_count; i++) {
		first[i] = comes_first(l, s, i);
		if (first[i])
			where(l, &s->wheres[i], to->out);
	}
	lower_guard(l);
	l->guarded = l->has_block = true;
	l->fault = to->faults_guarded;
	for (uint32_t i = 0; i < s->where_count; i++) {
		if (first[i])
			continue;
		if (lower_uses_task(s->wheres[i].node))
			task_id(l);
		where(l, &s->wheres[i], to->out_guarded);
	}
}

// A capture whose read fails leaves zeros and its bit in nils.
static void capture(struct lower *l, const struct shape *s, uint32_t i, int record)
{
	const struct ks_field *f = &s->layout->fields[i];
	struct ir *ir = l->ir;
	int done = ir_label(ir), bits, mask;

	ir_note(ir, f->name);
	ir->source = i;
	l->fault = ir_label(ir);
	lower_capture(l, s->layout->values[i], record, (int)f->offset);
	if (f->nil_bit >= 0) {
		ir_jump(ir, done);
		ir_place(ir, l->fault);
		if (f->kind == KS_STR)
			ir_store_imm(ir, 4, record, (int)f->offset, -14); // EFAULT
		else if (f->kind == KS_CHARS)
			ir_store_imm(ir, 1, record, (int)f->offset, 0);
		else
			ir_store_imm(ir, (int)f->size, record, (int)f->offset, 0);
		bits = ir_load(ir, 8, record, offsetof(struct wire_header, nils));
		mask = ir_const(ir, 8, (int64_t)(1ull << f->nil_bit));
		ir_alu(ir, 8, BPF_OR, bits, mask);
		ir_store(ir, 8, record, offsetof(struct wire_header, nils), bits);
		count(l, s, CELL_NILS);
		ir_place(ir, done);
	}
	ir->source = 0;
}

static void emit_record(struct lower *l, const struct shape *s, const struct exits *to)
{
	struct ir *ir = l->ir;
	int record, now;

	ir_note(ir, "a place in the ring, or lost");
	count(l, s, CELL_MATCHED);
	record = ir_call(ir, HELPER_ringbuf_reserve, arg_map(MAP_RING),
			 arg_const((s->layout->size + 7) & ~7u), arg_const(0));
	ir_branch_imm(ir, 8, BPF_JEQ, record, 0, to->lost);
	ir_note(ir, "header");
	ir_store(ir, 8, record, offsetof(struct wire_header, pid_tgid), l->pid_tgid);
	ir_store(ir, 4, record, offsetof(struct wire_header, cpu),
		 ir_load(ir, 4, l->block, GUARD_CPU * 8));
	ir_store_imm(ir, 4, record, offsetof(struct wire_header, probe), (int32_t)s->index);
	ir_store_imm(ir, 8, record, offsetof(struct wire_header, nils), 0);
	now = ir_call(ir, HELPER_ktime_get_boot_ns, arg_none(), arg_none(), arg_none());
	ir_store(ir, 8, record, offsetof(struct wire_header, time), now);
	for (uint32_t i = 0; i < s->layout->count; i++)
		if (s->layout->values[i])
			capture(l, s, i, record);
	ir_note(ir, "submit");
	ir_call(ir, HELPER_ringbuf_submit, arg_reg(record), arg_const(0), arg_none());
	ir_jump(ir, to->out_guarded);
}

static void epilogue(struct lower *l, const struct shape *s, const struct exits *to)
{
	struct ir *ir = l->ir;

	ir_place(ir, to->suppressed);
	ir_note(ir, "suppressed: another program of ours is at work on this CPU");
	count(l, s, CELL_SUPPRESSED);
	ir_jump(ir, to->out);
	ir_place(ir, to->faults_guarded);
	ir_store_imm(ir, 8, l->block, GUARD_BUSY, 0);
	ir_place(ir, to->faults);
	ir_note(ir, "fault: the predicate is unknown");
	l->has_block = !s->no_hits;
	lower_block(l);
	count(l, s, CELL_FAULTS);
	ir_jump(ir, to->out);
	ir_place(ir, to->lost);
	ir_note(ir, "lost: the ring is full");
	count(l, s, CELL_LOST);
	ir_jump(ir, to->out_guarded);
	ir_place(ir, to->self);
	ir_note(ir, "self: our own process");
	count(l, s, CELL_SELF);
	ir_place(ir, to->out_guarded);
	ir_note(ir, "give the guard back");
	ir_store_imm(ir, 8, l->block, GUARD_BUSY, 0);
	ir_place(ir, to->out);
	ir_emit(ir, (struct ir_insn){.op = IR_EXIT});
}

int shape_probe(struct ir *ir, const struct shape *s, struct ks_error *error)
{
	struct exits to = {.out = ir_label(ir),
			   .out_guarded = ir_label(ir),
			   .faults = ir_label(ir),
			   .faults_guarded = ir_label(ir),
			   .suppressed = ir_label(ir),
			   .self = ir_label(ir),
			   .lost = ir_label(ir)};
	struct lower l = {
		.ir = ir,
		.btf = s->btf,
		.scope = s->scope,
		.ctx = ir_register(ir),
		.block = ir_register(ir),
		.cpu_mask = s->geometry.cpu_mask,
		.block_shift = s->geometry.block_shift,
		.helper_reads = s->helper_reads,
		.suppressed = to.suppressed,
	};

	ir_emit(ir, (struct ir_insn){.op = IR_ENTRY, .dst = l.ctx});
	prologue(&l, s, &to);
	predicates(&l, s, &to);
	task_id(&l);
	if (s->self) {
		int process = ir_copy(ir, l.pid_tgid);

		ir_note(ir, "our own process?");
		ir_alu_imm(ir, 8, BPF_RSH, process, 32);
		ir_branch_imm(ir, 4, BPF_JEQ, process, (int32_t)s->self, to.self);
	}
	emit_record(&l, s, &to);
	epilogue(&l, s, &to);
	if (ir->failed)
		return error_nomem(error);
	return l.failed ? error_set(error, KS_ELIMIT,
				    "a value of this kind can't be computed in the kernel")
			: 0;
}
