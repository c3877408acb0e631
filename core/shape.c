// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "shape.h"

#include <linux/bpf.h>
#include <string.h>

#include "../bpf/wire.h"
#include "error.h"
#include "lower.h"
#include "memory.h"
#include "order.h"

// Where a hit ends. What is tested before it is counted is early: nothing is held then.
struct exits {
	int rejected, early_fault, early_suppressed;
	int out_guarded; // give the guard back, return
	int fault, suppressed, self, lost;
	int out;
};

static int line(const struct shape *s, int cell)
{
	return (int)(WIRE_LINE * (1 + s->line)) + cell * 8;
}

static void count(struct lower *l, const struct shape *s, int cell)
{
	int one = ir_const(l->ir, 4, 1);

	ir_emit(l->ir, (struct ir_insn){.op = IR_XADD,
					.a = l->block,
					.b = one,
					.off = (int16_t)line(s, cell)});
}

static void is_on(struct lower *l, const struct shape *s, int out)
{
	int on = ir_register(l->ir);

	ir_note(l->ir, "is the probe on?");
	if (l->has_block) {
		on = ir_load(l->ir, 8, l->block, line(s, CELL_ON));
	} else {
		ir_emit(l->ir,
			(struct ir_insn){.op = IR_CELLS, .dst = on, .imm = line(s, CELL_ON)});
		on = ir_load(l->ir, 8, on, 0);
	}
	ir_branch_imm(l->ir, 8, BPF_JEQ, on, 0, out);
}

// Counts the hit, if the probe is on. Where hits are not counted, nothing is.
static void hit(struct lower *l, const struct shape *s, int out)
{
	if (s->no_hits) {
		is_on(l, s, out);
		return;
	}
	ir_note(l->ir, "this CPU's block of counters");
	lower_block(l);
	l->has_block = true;
	is_on(l, s, out);
	ir_note(l->ir, "count the hit");
	count(l, s, CELL_HITS);
}

// One of the tests that are joined by && in a predicate, or in several.
struct part {
	const struct shape_where *where;
	const struct node *node;
	bool first, plain;
};

struct parts {
	const struct shape_where *where;
	struct part list[MAX_PARTS];
	uint32_t count;
};

static void add_part(void *data, const struct node *n)
{
	struct parts *p = data;

	if (p->count < MAX_PARTS)
		p->list[p->count] = (struct part){.where = p->where, .node = n};
	p->count++;
}

static void part(struct lower *l, const struct part *p, int out)
{
	const char *text = p->where->text;
	size_t size = strlen(text);
	uint32_t pos = p->node->pos, len = p->node->len;
	char *note = arena_alloc(l->ir->arena, size + 16);
	struct buf b;

	if (pos > size || len > size - pos) { // the words of a macro
		pos = 0;
		len = (uint32_t)size;
	}
	l->ir->source = p->where->source;
	l->ir->pos = pos;
	l->ir->len = len;
	if (note) {
		b = buf_over(note, size + 16);
		buf_str(&b, "where: ");
		buf_add(&b, text + pos, len);
		buf_end(&b);
		ir_note(l->ir, note);
	}
	lower_branch(l, p->node, false, out);
	l->ir->source = 0;
}

static void task_id(struct lower *l)
{
	if (!l->pid_tgid)
		l->pid_tgid = ir_call(l->ir, HELPER_get_current_pid_tgid, arg_none(), arg_none(),
				      arg_none());
}

// Tests that need no helper come first: a hit that they reject never touches the guard. But one
// that can fail stays behind what was written before it: that may be there to keep it off.
static void sort(const struct lower *l, struct parts *p)
{
	bool all_first = true; // of those before

	for (uint32_t i = 0; i < p->count; i++) {
		struct part *one = &p->list[i];

		one->first = !lower_needs_guard(l, one->node) &&
			     (all_first || !lower_can_fail(l, one->node));
		one->plain = one->first && order_is_plain(one->node);
		all_first = all_first && one->first;
	}
}

// Tests that turn most hits down are done before anything else, with no register that has to be
// saved first. What they leave for later is copied here: it is the copies that live on.
static void early(struct lower *l, const struct parts *p, const struct exits *to)
{
	bool any = false;

	l->fault = to->early_fault;
	l->suppressed = to->early_suppressed;
	for (int plain = 1; plain >= 0; plain--) { // the cheapest of them before what reads memory
		for (uint32_t i = 0; i < p->count; i++) {
			if (!p->list[i].first || p->list[i].plain != plain)
				continue;
			part(l, &p->list[i], to->rejected);
			any = true;
		}
	}
	if (!any)
		return;
	l->ir->lean = true;
	l->ctx = ir_copy(l->ir, l->ctx);
	for (uint32_t i = 0; i < l->known.count; i++)
		if (l->known.seen[i].place > 0)
			l->known.seen[i].place = ir_copy(l->ir, l->known.seen[i].place);
	l->block = ir_register(l->ir);
}

static void predicates(struct lower *l, const struct shape *s, const struct exits *to)
{
	struct parts p = {.count = 0};
	const struct node *trees[MAX_PARTS];

	for (uint32_t i = 0; i < s->where_count; i++) {
		p.where = &s->wheres[i];
		order_parts(s->wheres[i].node, add_part, &p);
	}
	if (p.count > MAX_PARTS) {
		l->failed = true;
		return;
	}
	for (uint32_t i = 0; i < p.count; i++)
		trees[i] = p.list[i].node;
	memory_plan(l, trees, p.count);
	sort(l, &p);
	early(l, &p, to);
	hit(l, s, to->out);
	l->fault = to->fault;
	l->suppressed = to->suppressed;
	lower_guard(l);
	l->guarded = l->has_block = true;
	for (uint32_t i = 0; i < p.count; i++) {
		if (p.list[i].first)
			continue;
		if (lower_uses_task(p.list[i].node))
			task_id(l);
		part(l, &p.list[i], to->out_guarded);
	}
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

static void emit_record(struct lower *l, const struct shape *s, const struct exits *to)
{
	struct ir *ir = l->ir;
	int record, now;

	ir_note(ir, "a place in the ring, or lost");
	if (!s->use_count)
		count(l, s, CELL_MATCHED);
	record = ir_call(ir, HELPER_ringbuf_reserve, arg_map(MAP_RING),
			 arg_const((s->layout->size + 7) & ~7u), arg_const(0));
	ir_branch_imm(ir, 8, BPF_JEQ, record, 0, to->lost);
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
	now = ir_call(ir, HELPER_ktime_get_boot_ns, arg_none(), arg_none(), arg_none());
	ir_store(ir, 8, record, offsetof(struct wire_header, time), now);
	plan_captures(l, s);
	for (uint32_t i = 0; i < s->layout->count; i++)
		if (s->layout->values[i])
			capture(l, s, i, record);
	ir_note(ir, "submit");
	ir_call(ir, HELPER_ringbuf_submit, arg_reg(record), arg_const(0), arg_none());
	ir_jump(ir, to->out_guarded);
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

// Ends of early tests: the hit is counted, if need be, and what became of it.
static void end_early(struct lower *l, const struct shape *s, const struct exits *to)
{
	struct ir *ir = l->ir;
	int block = l->block;

	for (int suppressed = 0; suppressed < 2; suppressed++) {
		ir_place(ir, suppressed ? to->early_suppressed : to->early_fault);
		ir_note(ir, suppressed
				    ? "suppressed: another program of ours is at work on this CPU"
				    : "fault: the predicate is unknown");
		l->block = ir_register(ir);
		l->has_block = false;
		hit(l, s, to->out);
		lower_block(l);
		count(l, s, suppressed ? CELL_SUPPRESSED : CELL_FAULTS);
		ir_jump(ir, to->out);
	}
	ir_place(ir, to->rejected);
	if (!s->no_hits) {
		ir_note(ir, "rejected");
		l->block = ir_register(ir);
		l->has_block = false;
		hit(l, s, to->out);
	}
	l->block = block;
}

static void epilogue(struct lower *l, const struct shape *s, const struct exits *to)
{
	struct ir *ir = l->ir;

	ir_place(ir, to->suppressed);
	ir_note(ir, "suppressed: another program of ours is at work on this CPU");
	count(l, s, CELL_SUPPRESSED);
	ir_jump(ir, to->out);
	ir_place(ir, to->fault);
	ir_note(ir, "fault: the predicate is unknown");
	count(l, s, CELL_FAULTS);
	ir_jump(ir, to->out_guarded);
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
	ir_jump(ir, to->out);
	end_early(l, s, to);
	ir_place(ir, to->out);
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
			   .out = ir_label(ir)};
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
	};

	ir_emit(ir, (struct ir_insn){.op = IR_ENTRY, .dst = l.ctx});
	predicates(&l, s, &to);
	task_id(&l);
	if (s->self) {
		int process = ir_copy(ir, l.pid_tgid);

		ir_note(ir, "our own process?");
		ir_alu_imm(ir, 8, BPF_RSH, process, 32);
		ir_branch_imm(ir, 4, BPF_JEQ, process, (int32_t)s->self, to.self);
	}
	if (s->use_count)
		aggregate(&l, s);
	if (s->no_record)
		ir_jump(ir, to.out_guarded);
	else
		emit_record(&l, s, &to);
	epilogue(&l, s, &to);
	if (ir->failed)
		return error_nomem(error);
	return l.failed ? error_set(error, KS_ELIMIT,
				    "a value of this kind can't be computed in the kernel")
			: 0;
}
