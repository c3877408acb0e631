// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "pairs.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stddef.h>

#include "../bpf/wire.h"

static void count(struct lower *l, const struct pairs *p, int cell)
{
	lower_count(l, p->counters + cell * 8);
}

// The key, on the stack.
static int key(struct lower *l, const struct pairs_end *e)
{
	int slot = ir_stack(l->ir, 8), v;

	ir_note(l->ir, e->key ? "the key" : "the key: this task");
	v = e->key ? lower_read(l, e->key)
		   : ir_call(l->ir, HELPER_get_current_task, arg_none(), arg_none(), arg_none());
	ir_store(l->ir, 8, IR_FP, slot, v);
	return slot;
}

static int scratch(struct lower *l, const struct pairs *p)
{
	int at = ir_copy(l->ir, l->block);

	ir_alu_imm(l->ir, 8, BPF_ADD, at, p->scratch);
	return at;
}

static void header(struct lower *l, const struct pairs_origin *from)
{
	struct ir *ir = l->ir;
	int at = l->stash_at;

	ir_note(ir, "who opens it, and where");
	lower_task(l);
	ir_store(ir, 8, at, offsetof(struct wire_header, pid_tgid), l->pid_tgid);
	ir_store(ir, 4, at, offsetof(struct wire_header, cpu),
		 ir_load(ir, 4, l->block, GUARD_CPU * 8));
	if (from->cookie)
		ir_store(ir, 4, at, offsetof(struct wire_header, point),
			 ir_call(ir, HELPER_get_attach_cookie, arg_reg(l->ctx), arg_none(),
				 arg_none()));
	else
		ir_store_imm(ir, 4, at, offsetof(struct wire_header, point), (int32_t)from->point);
	ir_store_imm(ir, 8, at, offsetof(struct wire_header, nils), 0);
}

static int update(struct lower *l, const struct pairs *p, int slot, int flags)
{
	return ir_call_with(l->ir, HELPER_map_update_elem,
			    (struct ir_arg[5]){arg_map(p->map), arg_frame(slot),
					       arg_reg(l->stash_at), arg_const(flags)});
}

void pairs_open(struct lower *l, const struct pairs_end *e, const struct stash *s,
		const struct pairs_origin *from, int weight, int full)
{
	struct ir *ir = l->ir;
	const struct pairs *p = e->pairs;
	int slot = key(l, e), opened = ir_label(ir), again = ir_label(ir), result;

	l->stash_at = scratch(l, p);
	header(l, from);
	if (s->has_weight) {
		int none = ir_label(ir);

		ir_store(ir, 8, l->stash_at, (int)s->weight, weight);
		ir_branch_imm(ir, 8, BPF_JEQ, weight, 0, none);
		stash_put(l, s, from->end);
		ir_place(ir, none);
	} else {
		stash_put(l, s, from->end);
	}
	ir_note(ir, "open it");
	result = update(l, p, slot, BPF_NOEXIST);
	ir_branch_imm(ir, 4, BPF_JEQ, result, 0, opened);
	ir_emit(ir, (struct ir_insn){.op = IR_COLD});
	ir_branch_imm(ir, 4, BPF_JNE, result, -EEXIST, full);
	ir_note(ir, "it is open already: it begins anew");
	result = update(l, p, slot, BPF_EXIST);
	ir_branch_imm(ir, 4, BPF_JEQ, result, 0, again);
	ir_branch_imm(ir, 4, BPF_JNE, result, -ENOENT, full);
	ir_note(ir, "it was closed meanwhile");
	result = update(l, p, slot, BPF_NOEXIST);
	ir_branch_imm(ir, 4, BPF_JEQ, result, 0, opened);
	ir_jump(ir, full);
	ir_place(ir, again);
	count(l, p, PAIR_REOPENED);
	ir_emit(ir, (struct ir_insn){.op = IR_WARM});
	ir_place(ir, opened);
	count(l, p, PAIR_OPENED);
}

static int address(struct lower *l, int base, uint32_t offset)
{
	int at = ir_copy(l->ir, base);

	ir_alu_imm(l->ir, 8, BPF_ADD, at, offset);
	return at;
}

// What the end reads, to where nobody else writes: once it is out of the map, its place there is
// another's.
static void copy(struct lower *l, const struct stash *s, uint64_t values, int from, int to)
{
	struct ir *ir = l->ir;
	bool nils = false;

	for (uint32_t i = 0; i < s->count; i++) {
		const struct stash_value *v = &s->values[i];

		if (!(values >> i & 1))
			continue;
		nils = nils || v->nil_bit >= 0;
		if (v->size > 64) {
			ir_call(ir, HELPER_probe_read_kernel, arg_reg(address(l, to, v->offset)),
				arg_const(v->size), arg_reg(address(l, from, v->offset)));
			continue;
		}
		if (v->offset % 8) { // of the header
			ir_store(ir, 4, to, (int)v->offset, ir_load(ir, 4, from, (int)v->offset));
			continue;
		}
		for (uint32_t at = 0; at < v->size; at += 8) // there is room to a multiple of 8
			ir_store(ir, 8, to, (int)(v->offset + at),
				 ir_load(ir, 8, from, (int)(v->offset + at)));
	}
	if (nils)
		ir_store(ir, 8, to, (int)s->nils, ir_load(ir, 8, from, (int)s->nils));
}

void pairs_close(struct lower *l, const struct pairs_end *e, const struct stash *s,
		 const struct pairs_use *use, int unmatched)
{
	struct ir *ir = l->ir;
	const struct pairs *p = e->pairs;
	int slot = key(l, e), there, result;

	l->stash = s;
	if (use->values || use->elapsed || s->has_weight) {
		ir_note(ir, "where it began");
		there = ir_call(ir, HELPER_map_lookup_elem, arg_map(p->map), arg_frame(slot),
				arg_none());
		ir_branch_imm(ir, 8, BPF_JEQ, there, 0, unmatched);
		l->stash_at = there;
		if (s->has_weight)
			l->weight = ir_load(ir, 8, there, (int)s->weight);
		if (use->elapsed)
			stash_take(l);
		if (use->values) {
			l->stash_at = scratch(l, p);
			copy(l, s, use->values, there, l->stash_at);
		}
	}
	ir_note(ir, "it is over, unless somebody was quicker");
	result = ir_call(ir, HELPER_map_delete_elem, arg_map(p->map), arg_frame(slot), arg_none());
	ir_branch_imm(ir, 4, BPF_JNE, result, 0, unmatched);
	count(l, p, PAIR_CLOSED);
}

void pairs_gone(struct lower *l, const struct pairs *p, int task)
{
	struct ir *ir = l->ir;
	int slot = ir_stack(ir, 8), none = ir_label(ir), result;

	ir_store(ir, 8, IR_FP, slot, task);
	result = ir_call(ir, HELPER_map_delete_elem, arg_map(p->map), arg_frame(slot), arg_none());
	ir_branch_imm(ir, 4, BPF_JNE, result, 0, none);
	count(l, p, PAIR_GONE);
	ir_place(ir, none);
}
