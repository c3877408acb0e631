// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// A span: from where something opens to where it closes, told by a key. A probe at its closing ends;
// those where it opens have programs, too, and so has, where the key is the task, the end of tasks.
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "error.h"
#include "resolve.h"
#include "span.h"
#include "type.h"
#include "within.h"

#define DEFAULT_MAX 10240
#define MAX_MAX	    (1u << 24)

static const char *const too_early = "its end is found by what stands here";

struct ks_probe *ks_span(struct ks_trace *t, uint32_t max, struct ks_error *error)
{
	struct span *s = arena_alloc(&t->keep, sizeof(*s));
	struct ks_probe *p;

	if (max > MAX_MAX) {
		error_set(error, KS_ELIMIT, "max is %u; at most %u can be open in a span", max,
			  MAX_MAX);
		return NULL;
	}
	if (!s) {
		error_nomem(error);
		return NULL;
	}
	p = probe_new(t, 2, error);
	if (!p)
		return NULL;
	s->max = max ? max : DEFAULT_MAX;
	// Where it opens: no probe of the trace's, but what the places there stand for.
	s->opens = (struct ks_probe){.trace = t, .index = p->index};
	s->opens.place = s->opens.name = p->place = p->name = "span";
	s->begin = (struct beginnings){.what = "open ends", .probe = &s->opens};
	s->last = &s->ends;
	p->span = s;
	t->probes[t->count++] = p;
	return p;
}

static const char *joined(struct arena *a, const char *first, const char *between,
			  const char *second)
{
	size_t size = strlen(first) + strlen(between) + strlen(second) + 1;
	char *text = arena_alloc(a, size);
	struct buf b;

	if (!text)
		return NULL;
	b = buf_over(text, size);
	buf_str(&b, first);
	buf_str(&b, between);
	buf_str(&b, second);
	buf_end(&b);
	return text;
}

// "tp:a, tp:b -> tp:c", from all ends so far.
static int rename_span(struct ks_probe *p, struct ks_error *error)
{
	struct arena *keep = &p->trace->keep;
	const char *sides[2] = {"", ""}, *place;

	for (const struct span_end *e = p->span->ends; e; e = e->next) {
		const char **side = &sides[!e->opens];

		*side = joined(keep, *side, **side ? ", " : "", e->end.places);
		if (!*side)
			return error_nomem(error);
	}
	place = joined(keep, sides[0], " -> ", sides[1]);
	if (!place)
		return error_nomem(error);
	if (probe_name(p, place, error) < 0)
		return -1;
	p->span->opens.name = p->name;
	p->span->opens.place = p->place;
	return 0;
}

// --- keys -------------------------------------------------------------------------------------

static int one_key(const struct span_end *e, struct ks_error *error)
{
	const struct span_end *first = e->span->span->ends;

	if (!first->key != !e->key) {
		if (e->key)
			error_at(error, KS_ETYPE, 0, (uint32_t)strlen(e->key),
				 "%s has no key, which stands for the task, and this end has one",
				 first->end.places);
		else
			error_set(error, KS_ETYPE,
				  "%s has no key, which stands for the task, and %s has the key %s",
				  e->end.places, first->end.places, first->key);
		error_hint(error, "all ends of a span have the same kind of key");
		return -1;
	}
	if (e->key && first->is_pointer != e->is_pointer) {
		error_at(error, KS_ETYPE, 0, (uint32_t)strlen(e->key),
			 "this key is a %s, and at %s the key %s is a %s",
			 e->is_pointer ? "pointer" : "number", first->end.places, first->key,
			 first->is_pointer ? "pointer" : "number");
		return -1;
	}
	return 0;
}

// Compiles the key at every point of the end.
static int set_key(struct span_end *e, struct ks_error *error)
{
	struct ks_probe *p = e->end.probe;
	bool known = false;

	for (uint32_t i = 0; i < e->end.count; i++) {
		struct ks_variant *v = p->variants[e->end.first + i];
		struct ks_error why = {0};

		v->pairs.key = e->key ? variant_key(v, e->key, &why) : NULL;
		if (why.kind == KS_ELITERAL) {
			error_at(error, KS_ETYPE, why.pos, why.len,
				 "a key has no literals that a function of the script's reads");
			error_hint(error, "where and capture of the end have");
			return -1;
		}
		if (e->key && !v->pairs.key) {
			if (probe_leave_out(v, &why, error) < 0)
				return -1;
			continue;
		}
		if (!e->key)
			continue;
		if (known && e->is_pointer != (v->pairs.key->type.kind == V_PTR))
			return error_at(error, KS_ETYPE, 0, (uint32_t)strlen(e->key),
					"this key is a pointer at some of the places and a number "
					"at others");
		e->is_pointer = v->pairs.key->type.kind == V_PTR;
		known = true;
	}
	return one_key(e, error);
}

// --- what the end knows of where it began -----------------------------------------------------

// All open ends are there: what the others can know of them.
static int seal(struct ks_probe *p, struct ks_error *error)
{
	struct beginnings *b = &p->span->begin;

	if (beginnings_seal(b, p->within ? &p->within->begin : NULL, error) < 0)
		return -1;
	return b->count ? 0 : error_set(error, KS_EABSENT, "a span has no end where it opens");
}

// What is captured where it opens is a name where it closes.
static int know_opening(struct ks_probe *p, struct ks_variant *v, struct ks_error *error)
{
	const struct beginnings *b = &p->span->begin;

	v->scope.opens = b->scopes;
	v->scope.open_count = b->count;
	v->scope.no_open = too_early;
	return beginnings_know(b, &p->trace->work, &v->scope, error);
}

// --- ends -------------------------------------------------------------------------------------

static int know_end(struct span_end *e, struct ks_error *error)
{
	struct ks_probe *p = e->end.probe;

	if (!e->opens && seal(e->span, error) < 0)
		return -1;
	for (uint32_t i = 0; i < e->end.count; i++) {
		struct ks_variant *v = p->variants[e->end.first + i];

		if (v->kind == ATTACH_PROFILE)
			return error_set(error, KS_ETYPE,
					 "%s is a timer, at which nothing begins or ends",
					 v->scope.name);
		v->pairs.pairs = &e->span->span->pairs;
		v->scope.is_open = e->opens;
		if (e->opens && (within_know(e->span, &v->scope, error) < 0 ||
				 (e->span->within && within_reach(v, error) < 0)))
			return -1;
		if (!e->opens && know_opening(e->span, v, error) < 0)
			return -1;
		if (!e->opens && e->span->sampler.on && layout_weigh(&v->layout, error) < 0)
			return -1;
	}
	return set_key(e, error);
}

struct ks_end *ks_span_end(struct ks_probe *p, bool opens, const char *const *places, int count,
			   const char *key, struct ks_error *error)
{
	struct span *s = p->span;
	struct span_end *e = s ? arena_alloc(&p->trace->keep, sizeof(*e)) : NULL;

	if (!s || (opens && s->begin.scopes)) {
		error_set(error, KS_EOS, "the ends of a span: first all where it opens");
		return NULL;
	}
	if (!e) {
		error_nomem(error);
		return NULL;
	}
	*e = (struct span_end){.span = p, .opens = opens};
	s->opens.params = p->params;
	if (key && !(e->key = arena_copy(&p->trace->keep, key, strlen(key)))) {
		error_nomem(error);
		return NULL;
	}
	*s->last = e;
	s->last = &e->next;
	if (end_places(&e->end, opens ? &s->opens : p, places, count, error) < 0 ||
	    know_end(e, error) < 0 || rename_span(p, error) < 0)
		return NULL;
	return &e->end;
}

struct ks_probe *ks_span_opens(struct ks_probe *p)
{
	return p->span ? &p->span->opens : NULL;
}

int ks_span_ready(struct ks_probe *p, struct ks_error *error)
{
	for (uint32_t i = 0; i < p->count; i++)
		p->variants[i]->scope.no_open = NULL;
	return p->count ? 0 : error_set(error, KS_EABSENT, "a span has no end where it closes");
}

// --- before it runs ---------------------------------------------------------------------------

struct asked {
	struct span *span;
	struct ks_variant *variant;
	const struct lower *lower;
	struct ks_error *error;
};

static int ask(void *data, const struct node *n)
{
	struct asked *a = data;

	return stash_add(&a->span->begin.stash, a->lower, n, a->error);
}

static int use(void *data, const struct node *n)
{
	struct asked *a = data;

	stash_used(&a->span->begin.stash, n, &a->variant->pairs_use.values,
		   &a->variant->pairs_use.elapsed);
	return 0;
}

// Of what is sampled, `weight` is for how many one stands: it can't be something else, too.
static int name_weight(const struct ks_probe *p, struct ks_error *error)
{
	const struct ks_probe *opens = &p->span->opens;

	for (uint32_t i = 0; p->sampler.on && i < opens->count; i++)
		if (!opens->variants[i]->left_out &&
		    layout_find(&opens->variants[i]->layout, "weight", 6) >= 0)
			return error_set(error, KS_ENAME,
					 "where this span opens 'weight' is captured, which with "
					 "sample or rate is for how many an event stands");
	return 0;
}

// What is put away: all that open ends capture, and what the others ask for.
static int lay(struct ks_probe *p, struct ks_error *error)
{
	struct span *s = p->span;
	const struct scope scope = {.opens = s->begin.scopes, .open_count = s->begin.count};
	struct lower l = {.btf = p->variants[0]->scope.btf,
			  .target = &p->trace->target,
			  .scope = &scope};
	struct asked a = {.span = s, .lower = &l, .error = error};
	struct stash *stash = &s->begin.stash;

	if (beginnings_keep(&s->begin, &l, error) < 0)
		return -1;
	for (int turn = 0; turn < 2; turn++) {
		for (uint32_t i = 0; i < p->count; i++) {
			a.variant = p->variants[i];
			if (!a.variant->left_out &&
			    variant_each_tree(a.variant, turn ? use : ask, &a) < 0)
				return -1;
		}
	}
	stash->has_time = stash->wanted = true;
	stash->has_weight = p->sampler.on;
	stash_lay_record(stash);
	if (stash->size <= PAIRS_VALUE)
		return 0;
	error_set(error, KS_ELIMIT, "what is kept of a span is %u bytes; at most %d", stash->size,
		  PAIRS_VALUE);
	error_hint(error, "capture fewer or shorter values where it opens");
	for (uint32_t i = 0; i < p->count && !p->trace->refused_text; i++)
		if (!p->variants[i]->left_out)
			p->trace->refused_text = variant_largest(p->variants[i], &s->begin.stash);
	error->len = p->trace->refused_text ? (uint32_t)strlen(p->trace->refused_text) : 0;
	return -1;
}

// How what is open is shown: the values of the map are records, of the open ends' variants.
static void lay_rows(struct ks_probe *p, struct ks_variant *v)
{
	struct span *s = p->span;
	const struct span_end *first = s->ends;
	struct ks_field key = {.name = "key",
			       .kind = first->key && !first->is_pointer ? KS_INT : KS_PTR,
			       .size = 8,
			       .in_args = true,
			       .nil_bit = -1,
			       .type = "struct task_struct *",
			       .spec = ""},
			elapsed = {.name = "elapsed",
				   .kind = KS_INT,
				   .unit = KS_DURATION,
				   .size = 8,
				   .in_args = true,
				   .nil_bit = -1,
				   .type = "unsigned long",
				   .spec = ""},
			weight = {.name = "weight",
				  .kind = KS_INT,
				  .size = 8,
				  .nil_bit = -1,
				  .type = "unsigned long",
				  .spec = ""};
	struct ks_error ignored;

	for (uint32_t i = 0; i < s->begin.stash.count; i++) {
		const struct stash_value *put = &s->begin.stash.values[i];

		for (uint32_t k = 0; k < v->layout.count; k++) {
			if (!v->layout.values[k] ||
			    !lower_same(v->layout.values[k], put->node->entries[v->pairs_from.end]))
				continue;
			v->layout.fields[k].offset = put->offset;
			v->layout.fields[k].nil_bit = put->nil_bit;
		}
	}
	v->layout.size = s->begin.stash.size;
	if (s->begin.stash.has_weight) {
		int at = layout_add(&v->layout, weight, NULL, false, &ignored);

		if (at >= 0)
			v->layout.fields[at].offset = s->begin.stash.weight;
		v->layout.size = s->begin.stash.size;
	}
	if (first->key) {
		key.is_signed = v->pairs.key->type.is_signed;
		key.type = first->is_pointer ? "void *" : key.is_signed ? "long" : "unsigned long";
	}
	if (layout_find(&v->layout, "key", 3) < 0)
		layout_add(&v->layout, key, NULL, false, &ignored);
	else
		v->layout.size += 8;
	layout_add(&v->layout, elapsed, NULL, false, &ignored);
}

int span_lay(struct ks_probe *p, struct ks_error *error)
{
	struct span *s = p->span;

	if (s->laid)
		return 0;
	if (name_weight(p, error) < 0 || lay(p, error) < 0)
		return -1;
	for (uint32_t i = 0; i < s->opens.count; i++)
		if (!s->opens.variants[i]->left_out)
			lay_rows(p, s->opens.variants[i]);
	s->laid = true;
	return 0;
}

int span_prepare(struct ks_probe *p, struct ks_error *error)
{
	struct span *s = p->span;
	struct ks_trace *t = p->trace;
	struct bpfmap map = {.name = "spans", .type = BPF_MAP_TYPE_HASH, .key_size = 8};

	if (!s || p->prepared)
		return 0;
	p->prepared = true;
	if (!p->count || ks_span_ready(p, error) < 0)
		return p->count ? -1 : ks_span_ready(p, error);
	if (span_lay(p, error) < 0)
		return -1;
	map.value_size = s->begin.stash.size;
	map.max_entries = s->max;
	s->pairs.map = trace_map(t, &map, error);
	if (s->pairs.map < 0)
		return -1;
	s->pairs.counters = (int)(WIRE_LINE * (2 + p->counters));
	s->pairs.scratch = (int)(WIRE_LINE * (1 + trace_lines(t, (s->begin.stash.size + WIRE_LINE -
								  1) / WIRE_LINE)));
	p->others = arena_alloc(&t->keep, (s->opens.count + 1) * sizeof(*p->others));
	if (!p->others)
		return error_nomem(error);
	for (uint32_t i = 0; i < s->opens.count; i++)
		p->others[p->other_count++] = s->opens.variants[i];
	p->paired = true;
	return s->ends->key ? 0 : call_gone(p, error);
}

void span_shape(const struct ks_variant *v, struct shape *shape)
{
	const struct span *s = v->probe->span;

	if (!s)
		return;
	shape->stash = &s->begin.stash;
	shape->pairs = &v->pairs;
	shape->use = &v->pairs_use;
}

int span_compile(struct ks_variant *v, const struct shape *end, struct ks_error *error)
{
	struct ks_probe *p = v->probe->trace->probes[v->probe->index];
	struct opening o = {.shape = end,
			    .scope = &v->scope,
			    .wheres = v->wheres,
			    .where_count = v->where_count,
			    .decides = true,
			    .pairs = &v->pairs,
			    .from = v->pairs_from,
			    .trusted = v->kind == ATTACH_TP_BTF};
	struct shape shape = *end;
	int r;

	v->pairs.pairs = &p->span->pairs;
	shape.stash = &p->span->begin.stash;
	shape.pairs = &v->pairs;
	shape.line = p->counters;
	shape.sampler = p->sampler.on ? &p->sampler : NULL;
	shape.btf = v->scope.btf;
	within_shape(p, &shape);
	o.shape = &shape;
	o.from.point = v->first;
	o.from.cookie = attach_is_multi(v->kind);
	ir_init(&v->ir, &p->trace->work);
	v->ir.maps = p->trace->map_names;
	r = v == p->gone ? opening_gone(&v->ir, &shape, error) : opening_shape(&v->ir, &o, error);
	return r < 0 ? -1 : variant_finish(v, error);
}

int span_turn(const struct ks_variant *v)
{
	switch (v->kind) {
	case ATTACH_FENTRY:
	case ATTACH_FEXIT:
	case ATTACH_KPROBE:
	case ATTACH_MULTI:
		return 0;
	default:
		return 2;
	}
}

// --- what is open -----------------------------------------------------------------------------

struct ks_opened {
	uint8_t *rows; // owned
	size_t size;   // of one
	uint32_t count, next;
};

// For how many openings one stands.
static uint64_t weight_of(const struct ks_probe *p, const uint8_t *value)
{
	const struct stash *stash = &p->span->begin.stash;
	uint64_t weight = 1;

	if (stash->has_weight)
		memcpy(&weight, value + stash->weight, 8);
	return weight;
}

struct ks_opened *ks_span_opened(struct ks_probe *p, struct ks_error *error)
{
	struct ks_trace *t = p->trace;
	struct bpfmap_rows rows = {0};
	struct ks_opened *o;
	uint64_t now;

	if (!p->span || !t->has_maps) {
		error_set(error, KS_EOS, "nothing is open before the trace runs");
		return NULL;
	}
	if (bpfmap_read(&t->maps[p->span->pairs.map - MAP_OWN], &rows, error) < 0)
		return NULL;
	now = ks_now();
	o = calloc(1, sizeof(*o));
	if (o) {
		o->size = p->span->begin.stash.size + 16;
		o->rows = malloc(rows.count * o->size + 1);
	}
	if (!o || !o->rows) {
		bpfmap_rows_fini(&rows);
		free(o);
		error_nomem(error);
		return NULL;
	}
	for (uint32_t i = 0; i < rows.count; i++) {
		const uint8_t *value = rows.values + (size_t)i * rows.value_bytes;
		uint8_t *row = o->rows + o->count * o->size;
		uint64_t since, elapsed;

		if (!weight_of(p, value)) // it is there for its end to know of
			continue;
		o->count++;
		memcpy(row, value, rows.value_bytes);
		memcpy(&since, row, 8);
		elapsed = now > since ? now - since : 0; // it may have opened while this was read
		memcpy(row + rows.value_bytes, rows.keys + (size_t)i * 8, 8);
		memcpy(row + rows.value_bytes + 8, &elapsed, 8);
	}
	bpfmap_rows_fini(&rows);
	return o;
}

const struct ks_record *ks_opened_next(struct ks_opened *o)
{
	return o->next < o->count ? (const void *)(o->rows + o->size * o->next++) : NULL;
}

void ks_opened_free(struct ks_opened *o)
{
	if (o)
		free(o->rows);
	free(o);
}
