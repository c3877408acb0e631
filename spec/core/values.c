// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Values of types of a BTF file as JSON, for spec/support/values.py to hold against their bytes.
//
//   values FILE SEED STEP [formatted]
//
// Prints for each STEP-th struct, union, enum and typedef, with random bytes and with few that are
// not 0: "ID THERE HEX JSON", where THERE of the bytes are given away.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "show.h"
#include "type.h"

#define ROOM  ((size_t)16 << 20)
#define LARGE 65536 // bytes of a value that is left to others

static uint64_t state;

static uint32_t next(void)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(state >> 33);
}

int main(int argc, char **argv)
{
	struct buf out = buf_over(malloc(ROOM), ROOM);
	uint32_t step = argc > 3 ? (uint32_t)atoi(argv[3]) : 1;
	static unsigned char bytes[LARGE];
	const struct show how = {.plain = argc < 5};
	struct ks_error error;
	struct plans plans;
	struct btf btf;

	if (argc < 2 || !out.p || btf_open(&btf, argv[1], NULL, &error) < 0)
		return 2;
	state = argc > 2 ? (uint64_t)atoll(argv[2]) : 1;
	plans_init(&plans, &btf);
	for (uint32_t id = 1 + next() % step; id < btf.end; id += step) {
		uint32_t kind = btf_kind(btf_type(&btf, id));
		const struct plan *plan;

		if (kind != BTF_KIND_STRUCT && kind != BTF_KIND_UNION && kind != BTF_KIND_ENUM &&
		    kind != BTF_KIND_ENUM64 && kind != BTF_KIND_TYPEDEF)
			continue;
		plan = plan_of(&plans, id);
		if (!plan)
			return 1;
		for (int sparse = 0; sparse < 2 && plan->size <= LARGE; sparse++) {
			uint32_t there = next() % 4 ? plan->size : next() % (plan->size + 1);

			for (uint32_t i = 0; i < plan->size; i++)
				bytes[i] = (unsigned char)(!sparse || next() % 50 == 0 ? next()
										       : 0);
			out.len = 0;
			show_json(&how, plan, bytes, there, &out);
			buf_end(&out);
			printf("%u %u x", id, there);
			for (uint32_t i = 0; i < plan->size; i++)
				printf("%02x", bytes[i]);
			printf(" %s\n", out.p);
		}
		if (plans.count > 1000) {
			plans_fini(&plans);
			plans_init(&plans, &btf);
		}
	}
	plans_fini(&plans);
	btf_fini(&btf);
	free(out.p);
	return 0;
}
