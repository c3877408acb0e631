// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Aggregations: their keys and values in each probe's scope.
#include "agg.h"

#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>

#include "alike.h"
#include "error.h"

#define DEFAULT_MAX 10240
#define MAX_MAX	    (4u << 20)
#define BUCKETS	    4 // rows of a histogram for each key that it may have

static const char *const names[] = {"count", "sum", "stats", "hist"};

static int check_options(const struct ks_agg_options *o, struct ks_error *error)
{
	if (o->kind < KS_COUNT || o->kind > KS_HIST)
		return error_set(error, KS_ELIMIT, "no such kind of aggregation: %d", o->kind);
	if (o->max > MAX_MAX)
		return error_set(error, KS_ELIMIT, "%u keys; at most %u are kept in the kernel",
				 o->max, MAX_MAX);
	if (o->step < 0 || o->step > INT32_MAX)
		return error_set(error, KS_ELIMIT,
				 "a step of %lld; it is a number from 1 to 2147483647",
				 (long long)o->step);
	if (o->sub_bits > 16)
		return error_set(error, KS_ELIMIT,
				 "2^%u buckets for each power of two; at most 2^16", o->sub_bits);
	return 0;
}

struct ks_agg *ks_agg(struct ks_trace *t, const struct ks_agg_options *options,
		      struct ks_error *error)
{
	struct ks_agg *a;

	if (check_options(options, error) < 0)
		return NULL;
	a = arena_alloc(&t->keep, sizeof(*a));
	if (!a) {
		error_nomem(error);
		return NULL;
	}
	a->trace = t;
	a->options = *options;
	if (!a->options.max)
		a->options.max = DEFAULT_MAX;
	a->code = (struct aggregate){.kind = (uint8_t)options->kind,
				     .maps = {-1, -1},
				     .stacks = {-1, -1},
				     .bucket_at = -1,
				     .step = options->step,
				     .sub_bits = options->sub_bits};
	a->next = t->aggs;
	t->aggs = a;
	return a;
}

// The texts of one use, and where what goes wrong is said to be.
struct binding {
	struct ks_agg *agg;
	const char *const *keys;
	int key_count;
	const char *value;
	const char **at;
	struct ks_error *error;
};

static bool is_key(const struct ks_field *f)
{
	return f->kind != KS_VALUE && f->kind != KS_PATH && f->kind != KS_FLOAT &&
	       f->kind != KS_CHANGES;
}

// What of a field can be a key.
static const char *key_hint(const struct ks_field *f)
{
	return f->kind == KS_PATH      ? "name(x) is the last of its names"
	       : f->kind == KS_CHANGES ? "entry(x) and x are two keys"
				       : "take the members that tell one from another";
}

static int add_key(struct binding *b, struct ks_variant *v, const char *text)
{
	uint32_t len = (uint32_t)strlen(text);
	struct spec spec;
	int i;

	*b->at = text;
	i = variant_capture(v, text, 0, len, b->key_count == 1, &spec, b->error);
	if (i < 0)
		return -1;
	if (!is_key(&v->layout.fields[i])) {
		error_at(b->error, KS_ETYPE, spec.from, spec.to - spec.from,
			 "a key is a number, a pointer, a text or an address, and this is %s",
			 v->layout.fields[i].kind == KS_PATH	  ? "a path"
			 : v->layout.fields[i].kind == KS_CHANGES ? "what changed"
								  : v->layout.fields[i].type);
		error_hint(b->error, "%s", key_hint(&v->layout.fields[i]));
		return -1;
	}
	if (v->layout.size - WIRE_HEADER > AGG_MAX_BYTES) {
		error_at(b->error, KS_ELIMIT, spec.from, spec.to - spec.from,
			 "with this the key has more than %d bytes", AGG_MAX_BYTES);
		error_hint(b->error, "str(x, 64) takes 64 bytes of a text, not %d", 256);
		return -1;
	}
	return 0;
}

// What time it is, in slots.
static int add_slot(struct binding *b, struct ks_variant *v)
{
	char text[64];

	snprintf(text, sizeof(text), "slot=time / %llu", (unsigned long long)b->agg->options.over);
	return add_key(b, v, arena_copy(&b->agg->trace->keep, text, strlen(text)));
}

// The scope of a variant with a layout of its own, for the keys.
static struct ks_variant *shadow(struct binding *b, const struct ks_variant *v)
{
	struct ks_variant *s = arena_alloc(&b->agg->trace->keep, sizeof(*s));

	if (!s) {
		error_nomem(b->error);
		return NULL;
	}
	*s = *v;
	memset(&s->layout, 0, sizeof(s->layout));
	memset(s->exprs, 0, sizeof(s->exprs));
	s->layout.size = WIRE_HEADER;
	s->layout.is_key = true;
	s->use_count = 0;
	if (b->agg->options.over && add_slot(b, s) < 0)
		return NULL;
	for (int i = 0; i < b->key_count; i++)
		if (add_key(b, s, b->keys[i]) < 0)
			return NULL;
	return s;
}

// Where what comes behind the fields of a key lies, and how long it is: whole words, as the kernel compares keys by
// words, and the bytes of what is left one by one. It has room for them anyway, and nobody writes there, so that they
// are 0. nils: some of the fields can fail.
static uint32_t key_size(struct ks_agg *a, bool nils)
{
	uint32_t size = a->shown->layout.size - WIRE_HEADER;

	if (nils) {
		a->code.nils_at = (size + 3) & ~3u;
		size = a->code.nils_at + 4;
	}
	if (a->options.kind == KS_HIST) {
		a->code.bucket_at = (int)((size + 7) & ~7u);
		size = (uint32_t)a->code.bucket_at + 8;
	}
	return (size + 7) & ~7u;
}

// Bytes that the frames of a key need which is a stack; *count: of such keys.
static uint32_t stack_size(const struct ks_agg *a, uint32_t *count)
{
	const struct layout *l = &a->shown->layout;
	uint32_t size = 0;

	*count = 0;
	for (uint32_t i = 0; i < l->count; i++) {
		if (!format_is_stack(&l->fields[i]))
			continue;
		++*count;
		if (l->values[i]->type.size > size)
			size = l->values[i]->type.size;
	}
	return (size + 7) & ~7u;
}

static void reserve(struct ks_agg *a)
{
	uint32_t most = key_size(a, true), line = WIRE_LINE, bytes, stacks;

	a->code.half = aggregate_half(a->options.kind, a->code.maps[0] >= 0, a->options.step,
				      a->options.sub_bits);
	a->code.key_at = line + 2 * a->code.half;
	a->code.stack_at = (a->code.key_at + most + 7) & ~7u;
	a->code.stack_size = stack_size(a, &stacks);
	bytes = a->code.stack_at + stacks * a->code.stack_size;
	a->code.region = line * (1 + trace_lines(a->trace, (bytes + line - 1) / line));
	a->code.nils_at = 0;
	a->code.bucket_at = -1;
}

// Two maps of one kind, one for each half.
static int want_two(struct ks_agg *a, struct bpfmap map, const char *what, int numbers[2],
		    struct ks_error *error)
{
	uint32_t nth = a->trace->map_count / 2;
	char name[24];

	map.name = name;
	for (int i = 0; i < 2; i++) {
		snprintf(name, sizeof(name), "%s_%u%c", what, nth, i ? 'b' : 'a');
		numbers[i] = trace_map(a->trace, &map, error);
		if (numbers[i] < 0)
			return -1;
	}
	return 0;
}

// The two maps of an aggregation with keys; two more, if some of these are stacks.
static int want_maps(struct ks_agg *a, struct ks_error *error)
{
	bool histogram = a->options.kind == KS_HIST;
	struct bpfmap map = {.type = BPF_MAP_TYPE_PERCPU_HASH,
			     .value_size = aggregate_cell(a->options.kind, false),
			     .max_entries = a->options.max * (histogram ? BUCKETS : 1)},
		      frames = {.type = BPF_MAP_TYPE_HASH, .key_size = 8};
	uint32_t stacks;

	if (want_two(a, map, names[a->options.kind], a->code.maps, error) < 0)
		return -1;
	frames.value_size = stack_size(a, &stacks);
	frames.max_entries = a->options.max * stacks;
	return stacks ? want_two(a, frames, "stacks", a->code.stacks, error) : 0;
}

static struct bpfmap *map_of(const struct ks_agg *a, int number)
{
	return number < MAP_OWN ? NULL : &a->trace->maps[number - MAP_OWN];
}

// One of the two maps; NULL: there are none.
struct bpfmap *agg_map(const struct ks_agg *a, int which)
{
	return map_of(a, a->code.maps[which]);
}

// Is the function all that tells one key from another?
static bool is_by_func(const struct ks_agg *a)
{
	const struct layout *l = a->shown ? &a->shown->layout : NULL;

	return l && l->count == 1 && l->fields[0].kind == KS_FUNC && a->options.kind != KS_HIST;
}

void agg_bound(const struct ks_agg *a)
{
	for (int i = 0; is_by_func(a) && i < 2; i++) {
		struct bpfmap *map = agg_map(a, i);

		if (map && map->max_entries > a->trace->point_count)
			map->max_entries = a->trace->point_count;
	}
}

struct bpfmap *agg_stacks(const struct ks_agg *a, int which)
{
	return map_of(a, a->code.stacks[which]);
}

// What a later use finds out too: that a key can fail, that hits are sampled.
static void size_keys(struct ks_agg *a, bool nils)
{
	uint32_t size;

	nils = nils || a->code.nils_at;
	size = key_size(a, nils);
	for (int i = 0; i < 2 && agg_map(a, i); i++) {
		agg_map(a, i)->key_size = size;
		agg_map(a, i)->value_size = aggregate_cell(a->options.kind, a->code.sampled);
	}
}

// The first use says how a key lies, and whether there are maps.
static int first_use(struct binding *b, struct ks_variant *v)
{
	struct ks_agg *a = b->agg;
	bool in_map = a->options.kind == KS_HIST && (a->options.step || a->options.sub_bits);

	a->shown = v;
	a->record_size = (v->layout.size + 7) & ~7u;
	if ((v->layout.count || in_map) && want_maps(a, b->error) < 0)
		return -1;
	reserve(a);
	return 0;
}

static bool same_field(const struct ks_field *x, const struct ks_field *y)
{
	return x->kind == y->kind && x->size == y->size && x->offset == y->offset &&
	       x->is_signed == y->is_signed && x->unit == y->unit &&
	       (!format_is_stack(x) || x->count == y->count) && !strcmp(x->name, y->name);
}

// Of a second use: keys and value of the same types, or they could not be told apart.
static int same_types(struct binding *b, const struct ks_variant *v, const struct ks_field *value)
{
	struct ks_agg *a = b->agg;
	const struct layout *l = &a->shown->layout;

	for (uint32_t i = 0; i < v->layout.count && i < l->count; i++) {
		const struct ks_field *mine = &v->layout.fields[i], *first = &l->fields[i];

		if (same_field(mine, first))
			continue;
		*b->at = NULL;
		if (!strcmp(mine->name, first->name))
			error_set(b->error, KS_ETYPE, "the key %s is %s at %s, and %s at %s",
				  mine->name, mine->type, v->probe->place, first->type,
				  a->first->place);
		else
			error_set(b->error, KS_ETYPE, "key %u is %s at %s, and %s at %s", i + 1,
				  mine->name, v->probe->place, first->name, a->first->place);
		error_hint(b->error, "name=(type)expr gives both one name and one type");
		return -1;
	}
	if (v->layout.count != l->count)
		return error_set(b->error, KS_ETYPE, "%u keys at %s, and %u at %s", v->layout.count,
				 v->probe->place, l->count, a->first->place);
	if (b->value && value->is_signed != a->value.is_signed) {
		*b->at = b->value;
		error_set(b->error, KS_ETYPE, "the value is %s at %s, and %s at %s", value->type,
			  v->probe->place, a->value.type, a->first->place);
		error_hint(b->error, "a cast, as in (long)(x), gives both one type");
		return -1;
	}
	return 0;
}

static int use(struct binding *b, struct ks_variant *v)
{
	struct aggregate_use *u = &v->uses[v->use_count];
	const char **texts = &v->use_texts[v->use_count * SOURCE_USE_SIZE];
	struct ks_agg *a = b->agg;
	struct ks_variant *s = shadow(b, v);
	struct ks_field value = {.spec = "", .name = "value"};
	const struct node *n = NULL;

	if (!s)
		return -1;
	if (b->value) {
		*b->at = b->value;
		n = variant_number(v, b->value, &value, b->error);
		if (!n)
			return -1;
	}
	*b->at = NULL;
	if (a->shown ? same_types(b, s, &value) < 0 : first_use(b, s) < 0)
		return -1;
	if (a->shown == s) {
		value.name = "value";
		a->value = value;
		a->code.is_signed = value.is_signed;
	}
	a->code.sampled = a->code.sampled || v->probe->sampler.on;
	size_keys(a, s->layout.nil_bits > 0);
	*u = (struct aggregate_use){.aggregate = &a->code,
				    .keys = &s->layout,
				    .value = n,
				    .source = SOURCE_USE + v->use_count * SOURCE_USE_SIZE};
	texts[0] = b->value;
	for (uint32_t i = 0; i < s->layout.count; i++)
		texts[1 + i] = s->exprs[i];
	v->use_count++;
	return 0;
}

static const char *kept(struct ks_trace *t, const char *text)
{
	return text ? arena_copy(&t->keep, text, strlen(text)) : NULL;
}

int ks_agg_use(struct ks_probe *p, struct ks_agg *a, const char *const *keys, int key_count,
	       const char *value, const char **at, struct ks_error *error)
{
	const char *copies[AGG_MAX_KEYS];
	struct binding b = {.agg = a,
			    .keys = copies,
			    .key_count = key_count,
			    .value = kept(p->trace, value),
			    .at = at,
			    .error = error};
	const struct probe_mark *marks = probe_marks(p, error);

	*at = NULL;
	if (!marks)
		return -1;
	if (key_count + !!a->options.over > AGG_MAX_KEYS)
		return error_set(error, KS_ELIMIT, "more than %d keys", AGG_MAX_KEYS);
	if (!value != (a->options.kind == KS_COUNT))
		return error_set(error, KS_ELIMIT, "a %s takes %s value", names[a->options.kind],
				 value ? "no" : "a");
	for (int i = 0; i < key_count; i++) {
		copies[i] = kept(p->trace, keys[i]);
		if (!copies[i])
			return error_nomem(error);
	}
	for (uint32_t i = 0; i < p->count; i++) {
		struct ks_variant *v = p->variants[i];
		struct ks_error why = {0};
		struct alike_turn turn;
		int r;

		if (v->left_out)
			continue;
		if (v->use_count == MAX_USES)
			return error_set(error, KS_ELIMIT, "more than %d aggregations", MAX_USES);
		b.error = &why;
		if (alike_begin(v, &turn, error) < 0)
			return -1;
		r = use(&b, v);
		if (alike_end(&turn, error) < 0)
			return -1;
		if (r < 0 && probe_leave_out(v, &why, error) < 0) {
			if (why.kind == KS_ELITERAL)
				probe_take_back(p, marks);
			return -1;
		}
		if (!a->first)
			a->first = p;
	}
	return 0;
}

int ks_agg_keys(const struct ks_agg *a)
{
	return a->shown ? (int)a->shown->layout.count : 0;
}

const struct ks_field *ks_agg_key(const struct ks_agg *a, int index)
{
	return index >= 0 && index < ks_agg_keys(a) ? &a->shown->layout.fields[index] : NULL;
}

const struct ks_field *ks_agg_value(const struct ks_agg *a)
{
	return a->shown && a->options.kind != KS_COUNT ? &a->value : NULL;
}

int ks_no_events(struct ks_probe *p)
{
	p->no_record = true;
	return 0;
}
