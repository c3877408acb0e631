// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "names.h"

#include <stdlib.h>
#include <string.h>

#include "error.h"

// FNV-1a of what stands before the first dot: a name and its variants share a bucket.
static uint32_t hash(const char *name)
{
	uint32_t h = 2166136261u;

	for (; *name && *name != '.'; name++)
		h = (h ^ (unsigned char)*name) * 16777619u;
	return h ^ h >> 15;
}

const char *names_at(const struct names *n, uint32_t i)
{
	uint32_t offset;

	memcpy(&offset, n->offsets + i * n->stride, sizeof(offset));
	return n->text + offset;
}

int names_init(struct names *n, const char *text, const uint32_t *offsets, size_t stride,
	       uint32_t count, struct ks_error *error)
{
	uint32_t buckets = 64;

	while (buckets < count && buckets < 1u << 30)
		buckets *= 2;
	*n = (struct names){.text = text,
			    .offsets = (const char *)offsets,
			    .stride = stride,
			    .mask = buckets - 1};
	n->bucket = malloc((size_t)buckets * sizeof(*n->bucket));
	n->next = malloc(((size_t)count + 1) * sizeof(*n->next));
	if (!n->bucket || !n->next) {
		names_fini(n);
		return error_nomem(error);
	}
	memset(n->bucket, 0xff, (size_t)buckets * sizeof(*n->bucket));
	// From the last to the first, so that each chain is in the order of the entries.
	for (uint32_t i = count; i-- > 0;) {
		uint32_t *head = &n->bucket[hash(names_at(n, i)) & n->mask];

		n->next[i] = *head;
		*head = i;
	}
	return 0;
}

void names_fini(struct names *n)
{
	free(n->bucket);
	free(n->next);
	n->bucket = n->next = NULL;
}

static uint32_t start(const struct names *n, const char *name, uint32_t after)
{
	if (!n->bucket)
		return NAMES_NONE;
	return after == NAMES_NONE ? n->bucket[hash(name) & n->mask] : n->next[after];
}

uint32_t names_find(const struct names *n, const char *name, uint32_t after)
{
	uint32_t i = start(n, name, after);

	while (i != NAMES_NONE && strcmp(names_at(n, i), name) != 0)
		i = n->next[i];
	return i;
}

uint32_t names_variant(const struct names *n, const char *name, uint32_t after)
{
	size_t len = strlen(name);
	uint32_t i = start(n, name, after);

	for (; i != NAMES_NONE; i = n->next[i]) {
		const char *has = names_at(n, i);

		if (strncmp(has, name, len) == 0 && has[len] == '.')
			return i;
	}
	return NAMES_NONE;
}
