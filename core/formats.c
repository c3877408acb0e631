// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "formats.h"

#include <string.h>

#include "error.h"
#include "formatter.h"

int formats_add(struct formats *f, const char *name, bool reads, struct ks_error *error)
{
	uint32_t i = 0;

	while (i < f->count && strcmp(f->rows[i].name, name) != 0)
		i++;
	if (i == FORMATS_MAX)
		return error_set(error, KS_ELIMIT, "more than %d types with functions of their own",
				 FORMATS_MAX);
	f->rows[i] = (struct formats_row){.name = arena_copy(f->arena, name, strlen(name)),
					  .reads = reads};
	if (!f->rows[i].name)
		return error_nomem(error);
	f->count += i == f->count;
	return (int)i;
}

uint32_t formats_of(const struct formats *f, const struct btf *btf, uint32_t type_id)
{
	struct formatter_name n = {.id = type_id};

	if (!f || !f->count)
		return 0;
	for (int depth = 0; depth < BTF_DEPTH && formatter_next_name(btf, &n); depth++) {
		size_t tag = strlen(n.tag);

		for (uint32_t i = 0; i < f->count; i++)
			if (!strncmp(f->rows[i].name, n.tag, tag) &&
			    !strcmp(f->rows[i].name + tag, n.name))
				return i + 1;
		if (formatter_named(btf, &n))
			return 0;
	}
	return 0;
}

const struct format_literal *formats_literal(const struct formats_row *row, const char *text,
					     size_t len, uint32_t size)
{
	const struct format_literal *l = row->literals;

	while (l && (l->size != size || l->len != len || memcmp(l->text, text, len) != 0))
		l = l->next;
	return l;
}

int formats_tell(struct formats *f, const void *bytes, struct ks_error *error)
{
	const struct ks_literal *w = &f->wanted;
	struct format_literal *l;

	if (!w->size)
		return error_set(error, KS_ENAME, "no literal is wanted");
	l = arena_alloc(f->arena, sizeof(*l) + w->size);
	if (!l || !(l->text = arena_copy(f->arena, w->text, w->len)))
		return error_nomem(error);
	l->len = w->len;
	l->size = w->size;
	l->is_none = !bytes;
	if (bytes)
		memcpy(l->bytes, bytes, w->size);
	l->next = f->rows[w->format].literals;
	f->rows[w->format].literals = l;
	f->wanted = (struct ks_literal){0};
	return 0;
}

void formats_open(uint32_t index, uint32_t type_id, uint64_t at, uint32_t keep, struct buf *out)
{
	buf_printf(out, HOLE "f%u;%u;%llu;%u" HOLE_BODY, index, type_id, (unsigned long long)at,
		   keep);
}
