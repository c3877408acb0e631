// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// The maps behind a value for every task, in the way that this kernel has for one of that size.
#include <linux/bpf.h>

#include "storage.h"
#include "trace.h"

#define TASKS	  10240	      // that may have a value where a hash holds them,
#define HASH_SIZE (32u << 20) // which takes no more bytes than this

int trace_per_task(struct ks_trace *t, const char *name, const char *zeros, uint32_t size,
		   bool bounded, struct per_task *ret, uint32_t *tasks, struct ks_error *error)
{
	struct bpfmap map = {.name = name, .value_size = size};

	*tasks = 0;
	ret->storage = !bounded && feature_has(&t->features, FEATURE_TASK_STORAGE) &&
		       (t->assumes || storage_takes(size));
	if (ret->storage) {
		map.type = BPF_MAP_TYPE_TASK_STORAGE;
		map.key_size = 4;
		map.flags = BPF_F_NO_PREALLOC;
	} else {
		map.type = BPF_MAP_TYPE_HASH;
		map.key_size = 8;
		map.max_entries = *tasks = TASKS < HASH_SIZE / size ? TASKS : HASH_SIZE / size;
	}
	ret->map = trace_map(t, &map, error);
	if (ret->map < 0 || ret->storage)
		return ret->map < 0 ? -1 : 0;
	ret->zeros = trace_map(t,
			       &(struct bpfmap){.name = zeros,
						.type = BPF_MAP_TYPE_ARRAY,
						.key_size = 4,
						.value_size = size,
						.max_entries = 1},
			       error);
	return ret->zeros < 0 ? -1 : 0;
}
