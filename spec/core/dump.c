// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// SHOW_DUMP beside libbpf's btf_dump__dump_type_data, on every struct, union, enum and typedef of a
// BTF file, with bytes that are zero, random and nearly all zero.
//
//   dump FILE [SEED [STEP [spoil]]]	spoil: change a byte of each text, to see that it is found
//
// libbpf has faults. What it would print without them and what it prints with them is predicted
// here from BTF and bytes, by a second implementation that walks BTF for each value and shares no
// code with core/plan.c: it is run once without the faults, which has to give our text, and once
// with them, which has to give libbpf's, byte for byte. Each fault that takes effect is counted,
// and if any did the two texts have to differ, if none did they have to be equal.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dump_model.h"
#include "libbpf_dump.h"
#include "show.h"
#include "type.h"

#define ROOM ((size_t)64 << 20)

static unsigned long types, texts, same, lines, wrong;
static unsigned long happened[RULES];
static uint64_t state;
static bool spoil;

static uint32_t next(void)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(state >> 33);
}

enum fill { ZERO, RANDOM, SPARSE, FILLS };

static void fill(unsigned char *bytes, size_t n, enum fill how)
{
	memset(bytes, 0, n);
	if (how == RANDOM)
		for (size_t i = 0; i < n; i++)
			bytes[i] = (unsigned char)(next() % 4 ? next() : next() % 4);
	if (how == SPARSE && n)
		for (size_t i = 0; i <= n / 100; i++)
			bytes[next() % n] = (unsigned char)(next() % 2 ? next() : 'a');
}

// Says where two texts differ, by the line.
static void report(const char *what, uint32_t id, const char *name, const struct buf *is,
		   const struct buf *should)
{
	size_t at = 0, from = 0;

	if (wrong++ >= 20)
		return;
	while (at < is->len && at < should->len && is->p[at] == should->p[at])
		if (is->p[at++] == '\n')
			from = at;
	printf("type %u '%s': %s differs from the prediction at byte %zu:\n  %.*s\n  %.*s\n", id,
	       name, what, at, (int)strcspn(is->p + from, "\n"), is->p + from,
	       (int)strcspn(should->p + from, "\n"), should->p + from);
}

static bool equal(const struct buf *a, const struct buf *b)
{
	return a->len == b->len && !memcmp(a->p, b->p, a->len);
}

static struct buf again(struct buf b)
{
	return buf_over(b.p, b.cap);
}

struct comparison {
	const struct btf *btf;
	struct plans plans;
	struct libbpf_dump libbpf;
	struct buf ours, with, without;
};

static void compare(struct comparison *c, uint32_t id, const unsigned char *bytes, size_t size,
		    const struct show *how)
{
	const struct plan *plan = plan_of(&c->plans, id);
	unsigned long before[RULES], faults = 0;
	struct buf theirs;
	const char *name = btf_name(c->btf, id);

	texts++;
	if (!plan) {
		printf("type %u '%s' has no plan\n", id, name);
		wrong++;
		return;
	}
	c->ours = again(c->ours);
	c->with = again(c->with);
	c->without = again(c->without);
	memcpy(before, happened, sizeof(before));
	libbpf_dump_value(&c->libbpf, id, bytes, size, how->dump.indent_str, how->dump.indent_level,
			  how->dump.compact, how->dump.skip_names, how->dump.emit_zeroes);
	theirs = (struct buf){.p = c->libbpf.text, .len = c->libbpf.len};
	show_text(how, plan, bytes, size, &c->ours);
	if (spoil) {
		theirs.p[theirs.len / 2] ^= 1;
		c->ours.p[c->ours.len / 2] ^= 1;
	}
	model(c->btf, id, bytes, how, NULL, &c->without);
	model(c->btf, id, bytes, how, happened, &c->with);
	buf_end(&c->ours);
	buf_end(&c->with);
	buf_end(&c->without);
	for (int i = 0; i < RULES; i++)
		faults += happened[i] - before[i];
	same += equal(&theirs, &c->ours);
	for (size_t i = 0; i < c->ours.len; i++)
		lines += c->ours.p[i] == '\n';
	if (!equal(&theirs, &c->with))
		report("libbpf's text", id, name, &theirs, &c->with);
	if (!equal(&c->ours, &c->without))
		report("our text", id, name, &c->ours, &c->without);
	if ((faults > 0) == equal(&c->with, &c->without)) {
		wrong++;
		printf("type %u '%s': %lu faults are predicted, and the texts are%s the same\n", id,
		       name, faults, faults ? "" : " not");
	}
}

static void compare_type(struct comparison *c, uint32_t id)
{
	static const char *const indents[] = {NULL, " ", "    ", "..", ""};
	uint64_t size = type_size(c->btf, id);
	unsigned char *bytes = aligned_alloc(16, (size + 31) / 16 * 16);

	types++;
	for (int how = ZERO; bytes && how < FILLS; how++)
		for (int zeroes = 0; zeroes < 2; zeroes++) {
			struct show show = {.form = SHOW_DUMP, .dump = {.emit_zeroes = zeroes}};

			if (next() % 4 == 0) {
				show.dump.compact = next() % 2;
				show.dump.skip_names = next() % 2;
				show.dump.indent_level = (int)(next() % 3);
				show.dump.indent_str = indents[next() % 5];
			}
			fill(bytes, size, how);
			compare(c, id, bytes, size, &show);
		}
	free(bytes);
}

static struct buf room(void)
{
	return buf_over(malloc(ROOM), ROOM);
}

int main(int argc, char **argv)
{
	uint32_t step = argc > 3 ? (uint32_t)atoi(argv[3]) : 1;
	struct comparison c = {0};
	struct ks_error error;
	struct btf btf;

	spoil = argc > 4;
	state = argc > 2 ? (uint64_t)atoll(argv[2]) : 1;
	if (argc < 2 || btf_open(&btf, argv[1], NULL, &error) < 0) {
		printf("%s\n", argc < 2 ? "which file?" : error.message);
		return 2;
	}
	c.btf = &btf;
	c.ours = room();
	c.with = room();
	c.without = room();
	plans_init(&c.plans, &btf);
	if (!libbpf_dump_open(&c.libbpf, argv[1], ROOM) || !c.ours.p || !c.with.p || !c.without.p)
		return 2;
	for (uint32_t id = 1 + next() % step; id < btf.end; id += step) {
		uint32_t kind = btf_kind(btf_type(&btf, id));

		if (kind != BTF_KIND_STRUCT && kind != BTF_KIND_UNION && kind != BTF_KIND_ENUM &&
		    kind != BTF_KIND_ENUM64 && kind != BTF_KIND_TYPEDEF)
			continue;
		if (c.plans.count > 1000) { // else all of them would be kept
			plans_fini(&c.plans);
			plans_init(&c.plans, &btf);
		}
		compare_type(&c, id);
	}
	printf("types %lu, texts %lu, lines %lu, same as libbpf %lu, wrong %lu\n", types, texts,
	       lines, same, wrong);
	for (int i = 0; i < RULES; i++)
		printf("%s: %lu\n", model_rules[i], happened[i]);
	model_forget();
	plans_fini(&c.plans);
	btf_fini(&btf);
	libbpf_dump_close(&c.libbpf);
	free(c.ours.p);
	free(c.with.p);
	free(c.without.p);
	return wrong != 0;
}
