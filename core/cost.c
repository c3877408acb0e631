// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "cost.h"

#define ROUNDS 8 // that a loop has as a rule

// Instructions of helpers, rather too few; of those that are not here, 10.
static const uint16_t helper_cost[] = {
	[HELPER_map_lookup_elem] = 50,	    [HELPER_map_update_elem] = 150,
	[HELPER_map_delete_elem] = 100,	    [HELPER_get_stack] = 2000,
	[HELPER_probe_read_user] = 60,	    [HELPER_probe_read_kernel] = 60,
	[HELPER_probe_read_user_str] = 100, [HELPER_probe_read_kernel_str] = 100,
	[HELPER_ktime_get_boot_ns] = 25,    [HELPER_ringbuf_reserve] = 80,
	[HELPER_ringbuf_submit] = 40,	    [HELPER_task_storage_get] = 40,
};

static uint32_t of_one(const struct ir_insn *i)
{
	size_t known = sizeof(helper_cost) / sizeof(*helper_cost);

	switch (i->op) {
	case IR_CALL:
		return (size_t)i->imm < known && helper_cost[i->imm] ? helper_cost[i->imm] : 10;
	case IR_LABEL:
	case IR_NOTE:
	case IR_COLD:
	case IR_WARM:
		return 0;
	default:
		return 1;
	}
}

uint32_t cost_of(const struct ir *ir)
{
	uint32_t sum = 0;
	bool cold = false;

	for (uint32_t i = 0; i < ir->count; i++) {
		const struct ir_insn *insn = &ir->insns[i];

		cold = insn->op == IR_COLD || (cold && insn->op != IR_WARM);
		if (cold)
			continue;
		sum += of_one(insn);
		for (uint32_t k = i; insn->op == IR_AGAIN && k-- > 0;) {
			if (ir->insns[k].op == IR_LABEL && ir->insns[k].label == insn->label)
				break;
			sum += (ROUNDS - 1) * of_one(&ir->insns[k]);
		}
	}
	return sum;
}
