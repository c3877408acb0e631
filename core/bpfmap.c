// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "bpfmap.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/btf.h>
#include <stdio.h>

#include "cleanup.h"
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
