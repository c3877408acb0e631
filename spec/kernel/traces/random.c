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
	uint32_t *sizes;				// of programs, in instructions
	uint32_t plain_int, unsigned_int, char_pointer; // types of system calls' arguments
};

// A type that points to this one; 0: there is none.
static uint32_t pointer_to(const struct btf *b, uint32_t id)
{
	for (uint32_t p = 1; id && p < b->end; p++)
		if (btf_kind(btf_type(b, p)) == BTF_KIND_PTR && btf_type(b, p)->type == id)
			return p;
	return 0;
}

// Features that this build has: each is asked with a small expression.
static void enable(struct run *r)
{
	struct maker *m = &r->maker;

	for (int f = 0; f < FEATURE_COUNT; f++) {
		const char *bar = strstr(asks[f], "|x=");
		char at[64] = "vfs_read";

		if (bar)
			snprintf(at, sizeof(at), "%.*s", (int)(bar - asks[f]), asks[f]);
		if (!*asks[f] || load_takes(at, bar ? bar + 1 : asks[f]))
			m->enabled |= feature((enum feature)f);
	}
	if (m->enabled & feature(F_CURRENT))
		m->task = pointer_to(m->b, btf_find(m->b, BTF_KIND_STRUCT, "task_struct", 0));
}

static bool has(const struct run *r, enum feature f)
{
	return r->maker.enabled & feature(f);
}

// Has it something to follow? Most definitions are made of functions that have.
static bool rich(const struct maker *m)
{
	if (m->returned && draw_wished(m->b, m->returned, 0, A_STRUCT_POINTER))
		return true;
	for (uint32_t i = 0; i < m->root_count && (!m->returned || draw(2)); i++)
		if (draw_wished(m->b, m->roots[i].type, 0, A_STRUCT_POINTER))
			return true;
	return false;
}

// What expressions at a function can begin with.
static void roots(struct maker *m, uint32_t func, uint32_t skip, bool is_return)
{
	const struct btf_type *proto = btf_type(m->b, btf_type(m->b, func)->type);
	const struct btf_param *p = (const void *)(proto + 1);

	m->root_count = 0;
	for (uint32_t i = skip; i < btf_vlen(proto) && m->root_count < ROOTS; i++)
		m->roots[m->root_count++] = (struct root){btf_string(m->b, p[i].name_off),
							  p[i].type};
	m->returned = is_return && type_peel(m->b, proto->type) ? proto->type : 0;
}

// A function at random, its roots in the maker.
static const char *function(struct run *r, bool is_return)
{
	struct maker *m = &r->maker;
	const struct functions *f = r->functions;
	bool chained = draw(5) < 2; // a pointer to a struct is what few functions return
	uint32_t id = 0;

	for (int tries = 0; tries < 60; tries++) {
		id = f->ids[draw(f->count)];
		roots(m, id, 0, is_return);
		if (is_return && chained &&
		    !(m->returned && draw_wished(m->b, m->returned, 0, A_STRUCT_POINTER)))
			continue;
		if (rich(m) || draw(40) == 0)
			break;
	}
	return btf_name(m->b, id);
}

// A tracepoint's arguments are those of a function that the kernel has for each (its first is not).
static bool tracepoint(struct run *r, struct definition *d, const char *kind)
{
	const struct functions *f = r->functions;

	for (int tries = 0; tries < 20000; tries++) {
		uint32_t id = f->ids[draw(f->count)];
		const char *name = btf_name(r->maker.b, id);

		if (strncmp(name, "__traceiter_", 12) != 0)
			continue;
		roots(&r->maker, id, 1, false);
		snprintf(d->place, sizeof(d->place), "%s:%s", kind, name + 12);
		return true;
	}
	return false;
}

static void system_call(struct run *r, struct definition *d, bool is_return)
{
	static const struct {
		const char *name;
		struct {
			const char *name;
			char kind; // i: int, u: unsigned, p: char *
		} args[4];
	} calls[] = {
		{"openat", {{"dfd", 'i'}, {"filename", 'p'}, {"flags", 'i'}, {"mode", 'u'}}},
		{"read", {{"fd", 'u'}, {"buf", 'p'}, {"count", 'u'}}},
		{"write", {{"fd", 'u'}, {"buf", 'p'}, {"count", 'u'}}},
		{"unlinkat", {{"dfd", 'i'}, {"pathname", 'p'}, {"flag", 'i'}}},
		{"ioctl", {{"fd", 'u'}, {"cmd", 'u'}, {"arg", 'u'}}},
		{"lseek", {{"fd", 'u'}, {"offset", 'u'}, {"whence", 'u'}}},
	};
	struct maker *m = &r->maker;
	uint32_t which = draw(sizeof(calls) / sizeof(*calls));

	m->root_count = 0;
	for (int i = 0; i < 4 && calls[which].args[i].name; i++) {
		char kind = calls[which].args[i].kind;
		uint32_t type = kind == 'p'   ? r->char_pointer
				: kind == 'u' ? r->unsigned_int
					      : r->plain_int;

		m->roots[m->root_count++] = (struct root){calls[which].args[i].name, type};
	}
	m->returned = is_return ? r->plain_int : 0;
	snprintf(d->place, sizeof(d->place), "%ssys:%s", is_return ? "return:" : "",
		 calls[which].name);
}

// A few functions whose names begin alike; their arguments are not.
static bool pattern(struct run *r, struct definition *d)
{
	const struct functions *f = r->functions;

	for (int tries = 0; tries < 100; tries++) {
		const char *name = btf_name(r->maker.b, f->ids[draw(f->count)]);
		int n = (int)strlen(name) - 3 - (int)draw(4);
		uint32_t like = 0;

		for (uint32_t i = 0; n >= 4 && i < f->count && like < 9; i++)
			like += !strncmp(btf_name(r->maker.b, f->ids[i]), name, (size_t)n);
		if (like < 2 || like > 8)
			continue;
		snprintf(d->place, sizeof(d->place), "%.*s*", n, name);
		r->maker.root_count = r->maker.returned = 0;
		return true;
	}
	return false;
}

// Of the ways to say where, one that there is, the plain one mostly.
static void place(struct run *r, struct definition *d)
{
	static const enum feature ways[] = {F_KPROBE,  F_TRACEPOINT, F_RAW_TRACEPOINT, F_SYSCALL,
					    F_PATTERN, F_PLACES,     F_PROFILE};
	bool is_return = draw(100) < 45;
	const char *back = is_return ? "return:" : "", *name;
	enum feature way = ways[draw(7)];
	bool good = true;

	if (draw(5) < 2 || !has(r, way)) {
		name = function(r, is_return);
		snprintf(d->place, sizeof(d->place), "%s%s", back, name);
		d->more |= is_return ? feature(F_RETURN_PLACE) : 0;
		return;
	}
	if (way == F_KPROBE) {
		snprintf(d->place, sizeof(d->place), "%skprobe:%s", back, function(r, is_return));
		if (is_return) // the registers of the call are gone by then
			r->maker.root_count = 0;
	} else if (way == F_TRACEPOINT || way == F_RAW_TRACEPOINT)
		good = tracepoint(r, d, way == F_TRACEPOINT ? "tp" : "raw");
	else if (way == F_SYSCALL)
		system_call(r, d, is_return);
	else if (way == F_PATTERN)
		good = pattern(r, d);
	else if (way == F_PROFILE) {
		snprintf(d->place, sizeof(d->place), "profile:%u", 1 + draw(1000));
		r->maker.root_count = r->maker.returned = 0;
	}
	if (way == F_PLACES || !good) {
		name = function(r, is_return);
		snprintf(d->place, sizeof(d->place), "%s%s%s%s", back, name, good ? "," : "",
			 good ? function(r, is_return) : "");
		if (good)
			r->maker.root_count = r->maker.returned = 0;
	}
	if (good)
		d->more |= feature(way);
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

static void keep(struct run *r, struct definition *d)
{
	struct text t = {.n = 0};

	put(&t, "%u ", 1 + draw(6));
	if (!grammar_number(&r->maker, &t, 1 + (int)draw(3)))
		return;
	r->maker.used |= feature(F_KEEP);
	add(r, d, 'k', &t);
}

// By chance, or so many in a time, or both.
static void sampled(struct definition *d)
{
	static const char *const texts[] = {
		"100 0 0",	  "2 0 0", "2147483647 0 0", "0 1000 0", "0 1000000 99000000",
		"7 60000000000 0"};
	uint32_t which = draw(24);

	if (which < 6)
		definition_add(d, 's', texts[which],
			       (which < 3 || which == 5 ? feature(F_SAMPLE) : 0) |
				       (which >= 3 ? feature(F_RATE) : 0));
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
	sampled(d);
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
	if (draw(6) == 0)
		keep(r, d);
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
	r.plain_int = btf_find(b, BTF_KIND_INT, "int", 0);
	r.unsigned_int = btf_find(b, BTF_KIND_INT, "unsigned int", 0);
	r.char_pointer = pointer_to(b, btf_find(b, BTF_KIND_INT, "char", 0));
	grammar_open(b);
	enable(&r);
	while (r.loaded + r.rejected < count && r.definitions < 2 * count) {
		uint8_t variant = draw(5) < 3 ? PLAIN : (uint8_t)(1 + draw(VARIANTS - 1));

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
