// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "bpfmap.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>

#include "cleanup.h"
#include "error.h"
#include "refused.h"

int bpfmap_open(struct bpfmap *m, struct ks_error *error)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = m->flags);
	char what[64];

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
