// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Values as text, for callgrind to count: each case is one call of decode_case, in the order of the
// lines.
//
//   decode BTF NAME...
//
// Prints for each struct and what is measured: "NAME WHAT BYTES TEXT", the bytes of the value and of
// its text.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "libbpf_dump.h"
#include "show.h"
#include "type.h"

#define ROOM ((size_t)1 << 20)

enum what { LIBBPF, DUMP, PLAIN, LINE, TREE, JSON, ZERO, PLAN, COPY, WHATS };
static const char *const names[WHATS] = {"libbpf", "dump", "plain", "line",  "tree",
					 "json",   "zero", "plan",  "memcpy"};

struct bench {
	struct libbpf_dump libbpf;
	struct btf btf;
	struct plans plans;
	const struct plan *plan;
	uint32_t id;
	unsigned char *bytes, *zeroes;
	char *text;
};

static const struct show dump = {.form = SHOW_DUMP, .dump = {.emit_zeroes = true}};
static const struct show line = {.form = SHOW_LINE};
static const struct show plain = {.form = SHOW_LINE, .plain = true};
static const struct show tree = {.form = SHOW_TREE};

__attribute__((noinline)) size_t decode_case(struct bench *b, enum what what)
{
	struct buf out = buf_over(b->text, ROOM);
	struct plans plans;
	size_t size = b->plan->size;

	switch (what) {
	case LIBBPF:
		libbpf_dump_value(&b->libbpf, b->id, b->bytes, size, NULL, 0, false, false, true);
		return b->libbpf.len;
	case DUMP:
		show_text(&dump, b->plan, b->bytes, size, &out);
		break;
	case PLAIN:
		show_text(&plain, b->plan, b->bytes, size, &out);
		break;
	case LINE:
		show_text(&line, b->plan, b->bytes, size, &out);
		break;
	case TREE:
		show_text(&tree, b->plan, b->bytes, size, &out);
		break;
	case JSON:
		show_json(&line, b->plan, b->bytes, size, &out);
		break;
	case ZERO:
		show_text(&line, b->plan, b->zeroes, size, &out);
		break;
	case COPY: // the limit: the bytes alone
		memcpy(b->text, b->bytes, size);
		return size;
	default:
		plans_init(&plans, &b->btf);
		show_text(&line, plan_of(&plans, b->id), b->zeroes, size, &out);
		plans_fini(&plans);
		break;
	}
	return out.len;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

int main(int argc, char **argv)
{
	bool is_timed = getenv("DECODE_TIMES") != NULL;
	struct bench b = {.text = malloc(ROOM)};
	struct ks_error error;

	if (argc < 2 || !b.text || btf_open(&b.btf, argv[1], NULL, &error) < 0 ||
	    !libbpf_dump_open(&b.libbpf, argv[1], ROOM))
		return 2;
	plans_init(&b.plans, &b.btf);
	srand(1);
	for (int i = 2; i < argc; i++) {
		b.id = btf_find(&b.btf, BTF_KIND_STRUCT, argv[i], 1);
		b.plan = b.id ? plan_of(&b.plans, b.id) : NULL;
		if (!b.plan)
			return 2;
		b.bytes = malloc(b.plan->size);
		b.zeroes = calloc(1, b.plan->size);
		// No 0: after one in an array of char libbpf leaves out half of what follows, and
		// would be compared for text that it does not write.
		for (uint32_t at = 0; b.bytes && at < b.plan->size; at++)
			b.bytes[at] = (unsigned char)(1 + (rand() >> 8) % 255);
		for (int what = 0; b.bytes && b.zeroes && what < WHATS; what++) {
			struct buf out = buf_over(b.text, ROOM);
			double from, best = 1e18;
			size_t n;

			// The faces are made before.
			show_text(&dump, b.plan, b.bytes, b.plan->size, &out);
			show_text(&line, b.plan, b.bytes, b.plan->size, &out);
			show_text(&plain, b.plan, b.bytes, b.plan->size, &out);
			show_text(&tree, b.plan, b.bytes, b.plan->size, &out);
			show_json(&line, b.plan, b.bytes, b.plan->size, &out);
			n = decode_case(&b, what);
			for (int k = 0; is_timed && k < 50; k++) {
				from = now();
				decode_case(&b, what);
				best = now() - from < best ? now() - from : best;
			}
			printf("%s %s %u %zu %.0f\n", argv[i], names[what], b.plan->size, n,
			       is_timed ? best : 0);
		}
		free(b.bytes);
		free(b.zeroes);
	}
	return 0;
}
