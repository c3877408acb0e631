// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// What differs between two values.
//
//   changes known BTF             values of spec/fixtures/values.c, "NAME TEXT" and "NAME JSON" each
//   changes random BTF SEED STEP  for each STEP-th type "ID xHEX xHEX JSON", for spec/support/changes.py
//                                 to hold against the bytes; and what is wrong on stderr
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../fixtures/values.c"
#include "show.h"
#include "type.h"

#define ROOM  ((size_t)16 << 20)
#define LARGE 16384 // bytes of a value that is left to others

static struct buf out;

// --- known ------------------------------------------------------------------------------------

static void known(struct plans *plans, const char *name, const char *path, const void *was,
		  const void *is)
{
	const struct plan *p = plan_of(plans, btf_find(plans->btf, BTF_KIND_STRUCT, name, 1));
	const struct show_pair pair = {.was = was, .is = is, .path = path};
	const struct show how = {.form = SHOW_LINE};

	out.len = 0;
	show_changes(&how, p, &pair, &out);
	buf_char(&out, '\n');
	show_changes_json(&how, p, &pair, &out);
	buf_end(&out);
	printf("%s\n", out.p);
}

static void all_known(struct plans *plans)
{
	struct scalars s = {.c = 'x', .i = -7, .u = 1500, .ul = 1ul << 63, .d = 0.5, .color = RED},
		       s2;
	struct bits b = {.a = -1, .b = 31, .color = GREEN, .big = 7, .sign = MINUS}, b2;
	struct arrays a = {.numbers = {1, 2, 3},
			   .pairs = {{1, 2}, {3, 4}},
			   .names = {"one", "two"}},
		      a2;
	struct strings t = {.name = "eth0", .full = "abcd", .last = 'y'}, t2;
	struct nested n = {.x = 1, .named = {.z = 3}, .pair = {4, 0}}, n2;
	struct pointers p = {.p = (void *)0xffff888012345678}, p2;

	memcpy(&s2, &s, sizeof(s));
	known(plans, "scalars", "s->", &s, &s2);
	s2.c = '\'';
	s2.b = 1;
	s2.i = 7;
	s2.u = 1448;
	s2.ul = 0;
	s2.u128 = ~(unsigned __int128)0;
	s2.d = 1e100;
	s2.color = BLUE;
	s2.sign = MINUS;
	s2.small = 77;
	known(plans, "scalars", "s->", &s, &s2);
	memcpy(&b2, &b, sizeof(b));
	b2.b = 30;
	b2.flag = 1;
	b2.big = 0x123456789a;
	b2.sign = PLUS;
	known(plans, "bits", "", &b, &b2);
	memcpy(&a2, &a, sizeof(a));
	a2.numbers[1] = 0;
	a2.bytes[7] = 255;
	a2.pairs[1].b = 5;
	a2.pairs[5].a = 6;
	a2.colors[0] = 9;
	a2.matrix[1][2] = 1;
	a2.either[0].pair.a = 3; // i, too, and half of q
	a2.either[0].pair.b = 4;
	a2.names[1][0] = 'T'; // behind the NUL of what is one text to pahole
	known(plans, "arrays", "a.", &a, &a2);
	memcpy(&t2, &t, sizeof(t));
	strcpy(t2.name, "\"\x1b[m");
	t2.full[3] = 0;
	t2.bytes[0] = 'b';
	t2.last = 'z';
	known(plans, "strings", "dev->", &t, &t2);
	memcpy(&n2, &n, sizeof(n));
	n2.y = 2;
	n2.high = 1; // i, too
	n2.named.z = 0;
	n2.pair.b = -1;
	n2.either.q = 1ul << 32; // nothing of i; pair.b
	n2.unnamed.y = 1;
	known(plans, "nested", "n->", &n, &n2);
	memcpy(&p2, &p, sizeof(p));
	p2.p = NULL;
	p2.text = (void *)-2l;
	p2.functions[1] = (void *)0x10;
	known(plans, "pointers", "p->", &p, &p2);
	known(plans, "empty", "e->", "", "");
}

// --- random -----------------------------------------------------------------------------------

static uint64_t state;

static uint32_t next(void)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(state >> 33);
}

static void put_hex(const unsigned char *bytes, uint32_t n)
{
	printf(" x");
	for (uint32_t i = 0; i < n; i++)
		printf("%02x", bytes[i]);
}

// In buffers of any size the text has the same length, and the bytes that it has room for.
static unsigned long squeezed(const struct plan *plan, const struct show_pair *pair)
{
	const struct show how = {.form = SHOW_LINE};
	unsigned long wrong = 0;

	out.len = 0;
	show_changes(&how, plan, pair, &out);
	buf_end(&out);
	wrong += !strcmp(out.p, SHOW_UNCHANGED) != !strstr(out.p, " -> ");
	for (size_t cap = 0; cap < out.len + 2; cap += 1 + cap / 2) {
		char *text = malloc(cap + 1);
		struct buf b = buf_over(text, cap);

		text[cap] = 'G';
		show_changes(&how, plan, pair, &b);
		wrong += b.len != out.len || text[cap] != 'G' ||
			 memcmp(text, out.p, cap < out.len ? cap : out.len) != 0;
		free(text);
	}
	return wrong;
}

// kind 0: the same twice; 1: a few bits differ; 2: most do.
static unsigned long one(uint32_t id, const struct plan *plan, int kind)
{
	size_t size = plan->size ? plan->size : 1;
	unsigned char *was = malloc(size), *is = malloc(size); // no byte is behind
	const struct show_pair pair = {.was = was, .is = is, .path = "x->"};
	const struct show how = {.form = SHOW_LINE, .plain = true};
	unsigned long wrong;

	for (uint32_t i = 0; i < plan->size; i++)
		was[i] = (unsigned char)(next() % 3 ? next() : 0);
	memcpy(is, was, plan->size);
	for (uint32_t i = 0; i < plan->size; i++) {
		if (kind == 1 && next() % 40 == 0)
			is[i] ^= (unsigned char)(1u << next() % 8);
		else if (kind == 2)
			is[i] = (unsigned char)next();
	}
	out.len = 0;
	show_changes_json(&how, plan, &pair, &out);
	buf_end(&out);
	printf("%u", id);
	put_hex(was, plan->size);
	put_hex(is, plan->size);
	printf(" %s\n", out.p);
	wrong = kind ? 0 : strstr(out.p, "{\"") != NULL;
	wrong += squeezed(plan, &pair);
	free(was);
	free(is);
	return wrong;
}

static unsigned long random_pairs(struct plans *plans, uint32_t step)
{
	unsigned long wrong = 0;

	for (uint32_t id = 1 + next() % step; id < plans->btf->end; id += step) {
		uint32_t kind = btf_kind(btf_type(plans->btf, id));
		const struct plan *plan;

		if (kind != BTF_KIND_STRUCT && kind != BTF_KIND_UNION && kind != BTF_KIND_ENUM &&
		    kind != BTF_KIND_ENUM64 && kind != BTF_KIND_TYPEDEF)
			continue;
		plan = plan_of(plans, id);
		for (int k = 0; plan && plan->size <= LARGE && k < 3; k++)
			if (plan->steps[0].kind != PLAN_NOTHING)
				wrong += one(id, plan, k);
	}
	return wrong;
}

int main(int argc, char **argv)
{
	struct ks_error error;
	struct plans plans;
	struct btf btf;
	unsigned long wrong = 0;

	out = buf_over(malloc(ROOM), ROOM);
	if (argc < 3 || !out.p || btf_open(&btf, argv[2], NULL, &error) < 0)
		return 2;
	plans_init(&plans, &btf);
	if (!strcmp(argv[1], "known")) {
		all_known(&plans);
	} else {
		state = (uint64_t)atoll(argv[3]);
		wrong = random_pairs(&plans, (uint32_t)atoi(argv[4]));
		fprintf(stderr, "wrong %lu\n", wrong);
	}
	plans_fini(&plans);
	btf_fini(&btf);
	free(out.p);
	return wrong > 0;
}
