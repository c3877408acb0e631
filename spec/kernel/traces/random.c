// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "features.h"
#include "type.h"

#define BATCH 12

static const char *const names[] = {
#define X(id, name, ask) name,
	FEATURES(X)
#undef X
};

static const char *const asks[] = {
#define X(id, name, ask) ask,
	FEATURES(X)
#undef X
};

struct run {
	struct maker maker;
	const struct functions *functions;
	uint32_t counts[FEATURE_COUNT];
	uint32_t definitions, programs, loaded, refused, rejected, lines, taken;
	uint32_t *sizes; // of programs, in instructions
};

// Features that this build has: each is asked with a small expression.
static void enable(struct run *r)
{
	struct maker *m = &r->maker;

	for (int f = 0; f < FEATURE_COUNT; f++)
		if (!*asks[f] || load_takes("vfs_read", asks[f]))
			m->enabled |= feature((enum feature)f);
	if (m->enabled & feature(F_CURRENT)) {
		uint32_t id = btf_find(m->b, BTF_KIND_STRUCT, "task_struct", 0);

		for (uint32_t p = 1; id && p < m->b->end; p++)
			if (btf_kind(btf_type(m->b, p)) == BTF_KIND_PTR &&
			    btf_type(m->b, p)->type == id)
				m->task = p;
	}
}

static bool has(const struct run *r, enum feature f)
{
	return r->maker.enabled & feature(f);
}

static bool returns_struct(const struct btf *b, uint32_t func)
{
	const struct btf_type *proto = btf_type(b, btf_type(b, func)->type);

	return draw_wished(b, proto->type, 0, A_STRUCT_POINTER);
}

// Has it something to follow? Most definitions are made of functions that have.
static bool rich(const struct btf *b, uint32_t func, bool is_return)
{
	const struct btf_type *proto = btf_type(b, btf_type(b, func)->type);
	const struct btf_param *p = (const void *)(proto + 1);

	if (is_return && returns_struct(b, func))
		return true;
	for (uint32_t i = 0; i < btf_vlen(proto) && (!is_return || draw(2)); i++)
		if (draw_wished(b, p[i].type, 0, A_STRUCT_POINTER))
			return true;
	return false;
}

static void place(struct run *r, struct definition *d)
{
	struct maker *m = &r->maker;
	const struct functions *f = r->functions;

	bool chained = draw(4) == 0; // a pointer to a struct is what few functions return

	m->is_return = draw(100) < 45;
	for (int tries = 0; tries < 60; tries++) {
		m->func = f->ids[draw(f->count)];
		if (m->is_return && chained && !returns_struct(m->b, m->func))
			continue;
		if (rich(m->b, m->func, m->is_return) || draw(40) == 0)
			break;
	}
	snprintf(d->place, sizeof(d->place), "%s%s", m->is_return ? "return:" : "",
		 btf_name(m->b, m->func));
	if (m->is_return)
		d->more |= feature(F_RETURN_PLACE);
}

static void add(struct run *r, struct definition *d, char letter, const struct text *t)
{
	if (t->n < sizeof(t->s))
		definition_add(d, letter, t->s, r->maker.used);
	r->maker.used = 0;
}

static void captures(struct run *r, struct definition *d, uint32_t n)
{
	static const char *const specs[] = {"|x", "|size", "|dur", "|-12", "|x|20"};
	uint32_t numbers = 0;

	if (n >= 10)
		d->more |= feature(F_MANY_CAPTURES);
	for (uint32_t i = 0; i < n; i++) {
		struct text t = {.n = 0};
		bool number = draw(3);

		put(&t, number ? "c%u=" : "d%u=", number ? numbers : i);
		if (number ? !grammar_number(&r->maker, &t, (int)draw(4))
			   : !grammar_capture(&r->maker, &t))
			continue;
		if (number && draw(8) == 0) {
			put(&t, "%s", specs[draw(5)]);
			r->maker.used |= feature(F_SPEC);
		}
		add(r, d, 'c', &t);
		numbers += number;
		r->maker.captures = numbers;
	}
}

static void template(struct run *r, struct definition *d)
{
	struct text t = {.n = 0};

	put(&t, "{time} {comm|-16} {pid|7} ");
	for (uint32_t i = 0; i < 1 + draw(3); i++) {
		struct text part = {.n = 0};

		if (draw(2) ? !grammar_number(&r->maker, &part, (int)draw(3))
			    : !grammar_capture(&r->maker, &part))
			continue;
		put(&t, "x%u {t%u=%s} ", i, i, part.s);
	}
	r->maker.used |= feature(F_TEMPLATE);
	add(r, d, 't', &t);
}

static void make(struct run *r, struct definition *d, uint8_t variant)
{
	static const enum feature options[] = {0, F_NO_HITS_OPTION, F_HELPER_OPTION, F_SELF_OPTION};
	uint32_t wheres = draw(4);

	memset(d, 0, sizeof(*d));
	d->variant = variant;
	d->more = variant ? feature(options[variant]) : 0;
	r->maker.captures = 0;
	r->maker.used = 0;
	place(r, d);
	if (draw(10) == 0)
		captures(r, d, 10 + draw(12));
	else
		captures(r, d, 1 + draw(6));
	if (wheres > 1)
		d->more |= feature(F_SEVERAL_WHERES);
	for (uint32_t i = 0; i < wheres; i++) {
		struct text t = {.n = 0};

		if (grammar_number(&r->maker, &t, 1 + (int)draw(4)))
			add(r, d, 'w', &t);
	}
	if (draw(8) == 0)
		template(r, d);
	if (draw(8) == 0)
		definition_add(d, 'd', "", feature(F_DEFAULT_CAPTURES));
}

static void judge(struct run *r, const struct definition *d)
{
	features all = d->more;

	r->lines += d->count;
	r->taken += d->count - d->refusals;
	if (d->refusals)
		tally_add(d->refusal, d->refused);
	if (d->verdict == REFUSED) {
		r->refused++;
		tally_add(d->words, d->place);
		return;
	}
	if (d->verdict != LOADED) {
		if (r->rejected++ < 30) {
			printf("%s\n%s\n", d->verdict == REJECTED ? "REJECTED" : "CRASHED",
			       d->words);
			definition_print(d);
		}
		return;
	}
	r->sizes[r->loaded++] = d->insns / d->programs;
	r->programs += d->programs;
	for (uint32_t i = 0; i < d->count; i++)
		all |= d->taken[i] ? d->features[i] : 0;
	for (int f = 0; f < FEATURE_COUNT; f++)
		r->counts[f] += all & feature((enum feature)f) ? 1 : 0;
}

static int by_size(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static void report(struct run *r)
{
	uint32_t n = r->loaded;

	qsort(r->sizes, n, sizeof(*r->sizes), by_size);
	tally_print("not taken by ksnoop", 40);
	for (int f = 0; f < FEATURE_COUNT; f++)
		printf("feature %-24s %5u %5.1f %%%s\n", names[f], r->counts[f],
		       n ? 100.0 * r->counts[f] / n : 0,
		       has(r, (enum feature)f) ? "" : "  not in this build");
	printf("definitions %u loaded %u refused %u rejected %u; programs %u; instructions: "
	       "median %u largest %u; lines %u taken %u\n",
	       r->definitions, n, r->refused, r->rejected, r->programs, n ? r->sizes[n / 2] : 0,
	       n ? r->sizes[n - 1] : 0, r->lines, r->taken);
}

bool random_load(const struct btf *b, const struct functions *f, uint32_t count)
{
	struct run r = {.maker = {.b = b, .counts = r.counts}, .functions = f};
	struct definition *d = load_room(BATCH);

	r.sizes = calloc(count + BATCH, sizeof(*r.sizes));
	if (!r.sizes || !f->count)
		return false;
	grammar_open(b);
	enable(&r);
	while (r.loaded + r.rejected < count && r.definitions < 2 * count) {
		uint8_t variant = draw(3) ? PLAIN : (uint8_t)(1 + draw(VARIANTS - 1));

		for (uint32_t i = 0; i < BATCH; i++)
			make(&r, &d[i], variant);
		load_batch(d, BATCH);
		for (uint32_t i = 0; i < BATCH; i++, r.definitions++)
			judge(&r, &d[i]);
	}
	report(&r);
	free(r.sizes);
	return r.rejected == 0;
}
