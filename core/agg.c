// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Aggregations: their keys and values in each probe's scope, and their rows.
#include "agg.h"

#include <errno.h>
#include <linux/bpf.h>
#include <linux/membarrier.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cleanup.h"
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
				     .bucket_at = -1,
				     .step = options->step,
				     .sub_bits = options->sub_bits};
	a->next = t->aggs;
	t->aggs = a;
	return a;
}

void agg_fini(struct ks_agg *a)
{
	free(a->rows);
	free(a->records);
	a->rows = NULL;
	a->records = NULL;
}

// --- keys and values ---------------------------------------------------------------------------

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
	return f->kind != KS_VALUE && f->kind != KS_PATH && f->kind != KS_FLOAT;
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
			 v->layout.fields[i].kind == KS_PATH ? "a path" : v->layout.fields[i].type);
		error_hint(b->error, v->layout.fields[i].kind == KS_PATH
					     ? "name(x) is the last of its names"
					     : "take the members that tell one from another");
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
	s->use_count = 0;
	if (b->agg->options.over && add_slot(b, s) < 0)
		return NULL;
	for (int i = 0; i < b->key_count; i++)
		if (add_key(b, s, b->keys[i]) < 0)
			return NULL;
	return s;
}

// Where what comes behind the fields of a key lies, and how long it is. nils: some of them can fail.
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
	return size;
}

static void reserve(struct ks_agg *a)
{
	uint32_t most = key_size(a, true), line = WIRE_LINE, bytes;

	a->code.half = aggregate_half(a->options.kind, a->code.maps[0] >= 0, a->options.step,
				      a->options.sub_bits);
	a->code.key_at = line + 2 * a->code.half;
	bytes = a->code.key_at + most;
	a->code.region = line * (1 + trace_lines(a->trace, (bytes + line - 1) / line));
	a->code.nils_at = 0;
	a->code.bucket_at = -1;
}

// The two maps of an aggregation with keys.
static int want_maps(struct ks_agg *a, struct ks_error *error)
{
	bool histogram = a->options.kind == KS_HIST;
	struct bpfmap map = {.type = BPF_MAP_TYPE_PERCPU_HASH,
			     .value_size = aggregate_cell(a->options.kind),
			     .max_entries = a->options.max * (histogram ? BUCKETS : 1)};
	char name[24];

	map.name = name;
	for (int i = 0; i < 2; i++) {
		snprintf(name, sizeof(name), "%s_%u%c", names[a->options.kind],
			 a->trace->map_count / 2, i ? 'b' : 'a');
		a->code.maps[i] = trace_map(a->trace, &map, error);
		if (a->code.maps[i] < 0)
			return -1;
	}
	return 0;
}

// One of the two maps; NULL: there are none.
static struct bpfmap *map_of(const struct ks_agg *a, int which)
{
	int number = a->code.maps[which];

	return number < MAP_OWN ? NULL : &a->trace->maps[number - MAP_OWN];
}

// What a later use finds out too: that a key can fail.
static void size_keys(struct ks_agg *a, bool nils)
{
	uint32_t size;

	nils = nils || a->code.nils_at;
	size = key_size(a, nils);
	for (int i = 0; i < 2 && map_of(a, i); i++)
		map_of(a, i)->key_size = size;
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
	       x->is_signed == y->is_signed && x->unit == y->unit && !strcmp(x->name, y->name);
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
		error_set(b->error, KS_ETYPE, "the key %s is %s at %s, and %s %s at %s", mine->name,
			  mine->type, v->probe->place, first->name, first->type, a->first->place);
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

	*at = NULL;
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
		struct ks_error why = {0};

		if (p->variants[i]->left_out)
			continue;
		if (p->variants[i]->use_count == MAX_USES)
			return error_set(error, KS_ELIMIT, "more than %d aggregations", MAX_USES);
		b.error = &why;
		if (use(&b, p->variants[i]) < 0 && probe_leave_out(p->variants[i], &why, error) < 0)
			return -1;
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

// --- rows --------------------------------------------------------------------------------------

static uint32_t cpus(const struct ks_agg *a)
{
	return a->trace->geometry.cpu_mask + 1;
}

static uint64_t *word(const struct ks_agg *a, uint32_t cpu, uint32_t offset)
{
	return cells_word(&a->trace->cells, cpu, a->code.region + offset);
}

static struct ks_row *new_row(struct ks_agg *a)
{
	struct ks_row *row;

	if (a->count == a->room) {
		uint32_t room = a->room ? a->room * 2 : 64;
		struct ks_row *rows = realloc(a->rows, room * sizeof(*rows));
		uint8_t *records;

		if (rows)
			a->rows = rows;
		records = rows ? realloc(a->records, (size_t)room * a->record_size) : NULL;
		if (!records)
			return NULL;
		a->records = records;
		a->room = room;
	}
	row = &a->rows[a->count];
	*row = (struct ks_row){.index = a->count};
	memset(a->records + (size_t)a->count * a->record_size, 0, a->record_size);
	a->count++;
	return row;
}

// Adds the cell of one CPU.
static void add_cell(const struct ks_agg *a, struct ks_row *row, const uint64_t *cell)
{
	bool is_signed = a->code.is_signed, first = !row->count;

	if (!cell[AGG_COUNT])
		return;
	row->count += (int64_t)cell[AGG_COUNT];
	if (a->options.kind != KS_COUNT)
		row->sum = (int64_t)((uint64_t)row->sum + cell[AGG_SUM]);
	if (a->options.kind != KS_STATS)
		return;
	if (first ||
	    (is_signed ? (int64_t)cell[AGG_MIN] < row->min : cell[AGG_MIN] < (uint64_t)row->min))
		row->min = (int64_t)cell[AGG_MIN];
	if (first ||
	    (is_signed ? (int64_t)cell[AGG_MAX] > row->max : cell[AGG_MAX] > (uint64_t)row->max))
		row->max = (int64_t)cell[AGG_MAX];
}

// A row for each bucket of a histogram without keys that has any.
static int read_buckets(struct ks_agg *a, uint32_t from)
{
	uint64_t sum = 0;
	bool any = false;

	for (uint32_t cpu = 0; cpu < cpus(a); cpu++)
		sum += word(a, cpu, from)[AGG_SUM];
	for (int b = 0; b < AGG_BUCKETS; b++) {
		uint64_t count = 0;
		struct ks_row *row;

		for (uint32_t cpu = 0; cpu < cpus(a); cpu++)
			count += word(a, cpu, from)[AGG_CELL_WORDS + b];
		if (!count)
			continue;
		row = new_row(a);
		if (!row)
			return -1;
		row->bucket = b - 1;
		row->count = (int64_t)count;
		row->sum = any ? 0 : (int64_t)sum; // of all of them, in one
		any = true;
	}
	return 0;
}

// The half that programs use, or have just left: the cell without a key.
static int read_half(struct ks_agg *a, uint32_t from)
{
	struct ks_row all = {.is_other = a->code.maps[0] >= 0}, *row;

	if (a->options.kind == KS_HIST && a->code.maps[0] < 0)
		return read_buckets(a, from);
	for (uint32_t cpu = 0; cpu < cpus(a); cpu++)
		add_cell(a, &all, word(a, cpu, from));
	if (!all.count)
		return 0;
	row = new_row(a);
	if (!row)
		return -1;
	all.index = row->index;
	*row = all;
	return 0;
}

static void empty_half(struct ks_agg *a, uint32_t from)
{
	for (uint32_t cpu = 0; cpu < cpus(a); cpu++)
		memset(word(a, cpu, from), 0, a->code.half);
}

// A row for each key of a map; take: and empties it.
static int read_map(struct ks_agg *a, const struct bpfmap *m, bool take, struct ks_error *error)
{
	struct bpfmap_rows r;
	int failed = 0;

	if (bpfmap_read(m, &r, error) < 0)
		return -1;
	for (uint32_t i = 0; i < r.count && !failed; i++) {
		const uint8_t *key = r.keys + (size_t)i * m->key_size;
		const uint8_t *cells = r.values + (size_t)i * r.value_bytes;
		struct ks_row *row = new_row(a);
		struct ks_record *record;

		if (!row) {
			failed = error_nomem(error);
			break;
		}
		record = (void *)(a->records + (size_t)row->index * a->record_size);
		if (a->code.nils_at)
			memcpy(&record->nils, key + a->code.nils_at, 4); // the low half
		memcpy(record->data, key, a->shown->layout.size - WIRE_HEADER);
		if (a->code.bucket_at >= 0)
			memcpy(&row->bucket, key + a->code.bucket_at, 8);
		for (uint32_t cpu = 0; cpu < r.cpus; cpu++)
			add_cell(a, row,
				 (const void *)(cells + (size_t)cpu * (r.value_bytes / r.cpus)));
	}
	if (!failed && take)
		failed = bpfmap_delete(m, r.keys, r.count, error);
	bpfmap_rows_fini(&r);
	return failed;
}

// Moves all programs on to the other half and the other map, and waits until none is left that writes
// to those of before.
static int move_on(struct ks_agg *a, struct ks_error *error)
{
	a->in_second = !a->in_second;
	for (uint32_t cpu = 0; cpu < cpus(a); cpu++)
		__atomic_store_n(&word(a, cpu, 0)[REGION_HALF], a->in_second ? a->code.half : 0,
				 __ATOMIC_RELEASE);
	if (syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0) < 0)
		return error_os(error, KS_EOS, errno, "can't wait for the programs at work");
	return 0;
}

int64_t ks_agg_read(struct ks_agg *a, bool take, struct ks_error *error)
{
	uint32_t half = WIRE_LINE + (a->in_second ? a->code.half : 0);
	const struct bpfmap *map = map_of(a, a->in_second);

	a->count = 0;
	if (!a->shown || !a->trace->cells.words)
		return 0;
	if (take && move_on(a, error) < 0)
		return -1;
	if (read_half(a, half) < 0)
		return error_nomem(error);
	if (map && read_map(a, map, take, error) < 0)
		return -1;
	if (take)
		empty_half(a, half);
	return a->count;
}

const struct ks_row *ks_agg_row(const struct ks_agg *a, uint32_t index)
{
	return index < a->count ? &a->rows[index] : NULL;
}

int64_t ks_agg_full(const struct ks_agg *a)
{
	int64_t sum = 0;

	for (uint32_t cpu = 0; a->trace->cells.words && a->shown && cpu < cpus(a); cpu++)
		sum += (int64_t)word(a, cpu, 0)[REGION_FULL];
	return sum;
}

static const struct ks_record *record_of(const struct ks_agg *a, uint32_t row)
{
	return (const void *)(a->records + (size_t)row * a->record_size);
}

static struct format format_of(const struct ks_agg *a, const struct ks_record *r)
{
	struct ks_trace *t = a->trace;
	struct format fmt = {.btf = a->shown->scope.btf,
			     .layout = &a->shown->layout,
			     .glossary = &t->glossary,
			     .place = a->first->name,
			     .func = "",
			     .symbols = t->symbols,
			     .start = t->start,
			     .start_wall = t->start_wall};

	for (uint32_t i = 0; i < a->shown->layout.count; i++) {
		const struct ks_field *f = &a->shown->layout.fields[i];
		uint32_t point;

		if (f->kind != KS_FUNC)
			continue;
		memcpy(&point, (const char *)r + f->offset, sizeof(point));
		if (point < t->point_count)
			fmt.func = t->points[point].func;
	}
	return fmt;
}

const void *ks_agg_bytes(const struct ks_agg *a, uint32_t row, int key)
{
	const struct ks_field *f = ks_agg_key(a, key);

	if (!f || row >= a->count || format_nil(f, record_of(a, row)))
		return NULL;
	return (const char *)record_of(a, row) + f->offset;
}

size_t ks_agg_text(const struct ks_agg *a, uint32_t row, int key, const char *spec, char *buf,
		   size_t cap)
{
	const struct ks_field *f = ks_agg_key(a, key);
	struct buf out = buf_over(buf, cap);

	if (f && row < a->count) {
		struct format fmt = format_of(a, record_of(a, row));

		format_text(&fmt, f, record_of(a, row), spec ? spec : f->spec, &out);
	}
	return buf_end(&out);
}

size_t ks_agg_json(const struct ks_agg *a, uint32_t row, int key, char *buf, size_t cap)
{
	const struct ks_field *f = ks_agg_key(a, key);
	struct buf out = buf_over(buf, cap);

	if (f && row < a->count) {
		struct format fmt = format_of(a, record_of(a, row));

		format_json_value(&fmt, f, record_of(a, row), &out);
	}
	return buf_end(&out);
}

int ks_no_events(struct ks_probe *p)
{
	p->no_record = true;
	return 0;
}
