// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// The rows of an aggregation: read from the cells of all CPUs and its maps, and shown.
#include <errno.h>
#include <linux/membarrier.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agg.h"
#include "error.h"

void agg_fini(struct ks_agg *a)
{
	free(a->rows);
	free(a->records);
	bpfmap_rows_fini(&a->frames);
	backtraces_fini(&a->stacks);
	a->rows = NULL;
	a->records = NULL;
}

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
	row->samples += (int64_t)
		cell[a->code.sampled ? aggregate_cell(a->options.kind, false) / 8 : AGG_COUNT];
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
	uint64_t sum = 0, samples = 0;
	bool any = false;

	for (uint32_t cpu = 0; cpu < cpus(a); cpu++) {
		sum += word(a, cpu, from)[AGG_SUM];
		samples += word(a, cpu, from)[aggregate_cell(KS_HIST, false) / 8];
	}
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
		row->samples = !a->code.sampled ? row->count : any ? 0 : (int64_t)samples;
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

// The frames of stacks, read behind the rows: those of each row are there.
static int read_stacks(struct ks_agg *a, const struct bpfmap *m, bool take, struct ks_error *error)
{
	bpfmap_rows_fini(&a->frames);
	backtraces_fini(&a->stacks);
	if (bpfmap_read(m, &a->frames, error) < 0)
		return -1;
	a->stacks = (struct backtraces){.numbers = (const void *)a->frames.keys,
					.stacks = a->frames.values,
					.count = a->frames.count,
					.each = a->frames.value_bytes};
	if (backtraces_sort(&a->stacks) < 0)
		return error_nomem(error);
	return take ? bpfmap_delete(m, a->frames.keys, a->frames.count, error) : 0;
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
	const struct bpfmap *map = agg_map(a, a->in_second), *stacks = agg_stacks(a, a->in_second);

	a->count = 0;
	if (!a->shown || !a->trace->cells.words)
		return 0;
	if (take && move_on(a, error) < 0)
		return -1;
	if (read_half(a, half) < 0)
		return error_nomem(error);
	if (map && read_map(a, map, take, error) < 0)
		return -1;
	if (stacks && read_stacks(a, stacks, take, error) < 0)
		return -1;
	if (take)
		empty_half(a, half);
	return a->count;
}

const struct ks_row *ks_agg_row(const struct ks_agg *a, uint32_t index)
{
	return index < a->count ? &a->rows[index] : NULL;
}

int64_t ks_agg_unread(const struct ks_agg *a)
{
	int64_t sum = 0;

	for (uint32_t cpu = 0; a->trace->cells.words && a->shown && cpu < cpus(a); cpu++)
		sum += (int64_t)word(a, cpu, 0)[REGION_UNREADABLE];
	return sum;
}

static const struct ks_record *record_of(const struct ks_agg *a, uint32_t row)
{
	return (const void *)(a->records + (size_t)row * a->record_size);
}

static struct format format_of(const struct ks_agg *a)
{
	const struct ks_trace *t = a->trace;

	return (struct format){.btf = a->shown->scope.btf,
			       .layout = &a->shown->layout,
			       .glossary = &a->trace->glossary,
			       .place = a->first->name,
			       .func_of = ks_point_func,
			       .trace = t,
			       .symbols = t->symbols,
			       .cgroups = &a->trace->cgroups,
			       .names = &t->names,
			       .stacks = agg_stacks(a, 0) ? &a->stacks : NULL,
			       .start = t->start,
			       .start_wall = t->start_wall};
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
		struct format fmt = format_of(a);

		format_text(&fmt, f, record_of(a, row), spec ? spec : f->spec, &out);
	}
	return buf_end(&out);
}

size_t ks_agg_json(const struct ks_agg *a, uint32_t row, int key, char *buf, size_t cap)
{
	const struct ks_field *f = ks_agg_key(a, key);
	struct buf out = buf_over(buf, cap);

	if (f && row < a->count) {
		struct format fmt = format_of(a);

		format_json_value(&fmt, f, record_of(a, row), &out);
	}
	return buf_end(&out);
}
