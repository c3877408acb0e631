// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "bpfmap.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/btf.h>
#include <stdio.h>
#include <stdlib.h>

#include "cleanup.h"
#include "cpus.h"
#include "error.h"
#include "refused.h"

// What the kernel wants to know of storage in tasks (bpf_local_storage_map_alloc_check): that the key
// is an int, and of the value its size, here as an array of words. Format: Documentation/bpf/btf.rst.
struct storage_btf {
	struct btf_header header;
	struct btf_type key;
	uint32_t key_is;
	struct btf_type word;
	uint32_t word_is;
	struct btf_type value;
	struct btf_array array;
	char names[9];
};

enum { STORAGE_KEY = 1, STORAGE_WORD, STORAGE_VALUE };

static int storage_btf(uint32_t value_size)
{
	const struct storage_btf all = {
		.header = {.magic = BTF_MAGIC,
			   .version = BTF_VERSION,
			   .hdr_len = sizeof(all.header),
			   .type_len = offsetof(struct storage_btf, names) - sizeof(all.header),
			   .str_off = offsetof(struct storage_btf, names) - sizeof(all.header),
			   .str_len = sizeof(all.names)},
		.key = {.name_off = 1, .info = BTF_KIND_INT << 24, .size = 4},
		.key_is = BTF_INT_SIGNED << 24 | 32,
		.word = {.name_off = 5, .info = BTF_KIND_INT << 24, .size = 8},
		.word_is = 64,
		.value = {.info = BTF_KIND_ARRAY << 24},
		.array = {.type = STORAGE_WORD,
			  .index_type = STORAGE_KEY,
			  .nelems = value_size / 8},
		.names = "\0int\0u64",
	};

	return bpf_btf_load(&all, offsetof(struct storage_btf, names) + sizeof(all.names), NULL);
}

int bpfmap_open(struct bpfmap *m, struct ks_error *error)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = m->flags);
	KS_CLOSE int btf = m->type == BPF_MAP_TYPE_TASK_STORAGE ? storage_btf(m->value_size) : -1;
	char what[64];

	if (btf >= 0) {
		opts.btf_fd = (uint32_t)btf;
		opts.btf_key_type_id = STORAGE_KEY;
		opts.btf_value_type_id = STORAGE_VALUE;
	}
	m->fd = bpf_map_create(m->type, m->name, m->key_size, m->value_size, m->max_entries, &opts);
	if (m->fd >= 0)
		return 0;
	snprintf(what, sizeof(what), "the map %s of %u entries", m->name, m->max_entries);
	return refused_map(what, errno, error);
}

void bpfmap_close(struct bpfmap *m)
{
	cleanup_close(&m->fd);
	m->fd = -1;
}

#define BATCH 4096 // rows asked for at once, at first

void bpfmap_rows_fini(struct bpfmap_rows *r)
{
	free(r->keys);
	free(r->values);
	*r = (struct bpfmap_rows){0};
}

static int grow(const struct bpfmap *m, struct bpfmap_rows *r, uint32_t more)
{
	uint32_t room = r->room;
	uint8_t *keys, *values;

	while (room - r->count < more)
		room = room ? room * 2 : more;
	if (room == r->room)
		return 0;
	keys = realloc(r->keys, (size_t)room * m->key_size);
	if (keys)
		r->keys = keys;
	values = keys ? realloc(r->values, (size_t)room * r->value_bytes) : NULL;
	if (!values)
		return -1;
	r->values = values;
	r->room = room;
	return 0;
}

int bpfmap_read(const struct bpfmap *m, struct bpfmap_rows *ret, struct ks_error *error)
{
	bool per_cpu = m->type == BPF_MAP_TYPE_PERCPU_HASH;
	int cpus = per_cpu ? cpus_possible() : 1;
	struct bpfmap_rows r = {.cpus = (uint32_t)cpus};
	uint32_t in = 0, out, more = BATCH, count;
	bool begun = false;
	int os = 0;

	if (cpus < 0)
		return error_os(error, KS_EOS, -cpus,
				"can't read how many processors there can be");
	r.value_bytes = (per_cpu ? (m->value_size + 7) & ~7u : m->value_size) * r.cpus;
	while (os == 0) {
		if (grow(m, &r, more) < 0) {
			bpfmap_rows_fini(&r);
			return error_nomem(error);
		}
		count = r.room - r.count;
		os = -bpf_map_lookup_batch(m->fd, begun ? &in : NULL, &out,
					   r.keys + (size_t)r.count * m->key_size,
					   r.values + (size_t)r.count * r.value_bytes, &count,
					   NULL);
		if (os ==
		    ENOSPC) { // more in one bucket than there is room for: of them none was given
			more = (r.room - r.count) * 2;
			os = 0;
			continue;
		}
		if (os == 0 || os == ENOENT) { // the last ones come with ENOENT
			r.count += count;
			in = out;
			begun = true;
		}
	}
	if (os != ENOENT) {
		bpfmap_rows_fini(&r);
		return error_os(error, KS_EOS, os, "can't read the map %s", m->name);
	}
	*ret = r;
	return 0;
}

int bpfmap_delete(const struct bpfmap *m, const void *keys, uint32_t count, struct ks_error *error)
{
	uint32_t done = count;

	if (count && bpf_map_delete_batch(m->fd, (void *)keys, &done, NULL) < 0)
		return error_os(error, KS_EOS, errno, "can't empty the map %s", m->name);
	return 0;
}
