// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "glossary.h"

#include <string.h>

#include "error.h"
#include "nearest.h"
#include "type.h"
#include "uapi.h"

#define MAX_ENTRIES 256

struct glossary_entry {
	struct glossary_entry *next;
	const struct btf *btf;
	uint32_t type_id, size;
	const char *glob;
	struct naming constants;
};

static const struct naming *make(struct glossary *g, const struct btf *btf, uint32_t type_id,
				 uint32_t size, const char *glob)
{
	struct glossary_entry *e = g->count < MAX_ENTRIES ? arena_alloc(g->arena, sizeof(*e))
							  : NULL;

	if (!e || !(e->glob = arena_copy(g->arena, glob, strlen(glob))) ||
	    naming_find(g->arena, btf, type_id, size, glob, &e->constants) < 0)
		return NULL;
	e->btf = btf;
	e->type_id = type_id;
	e->size = size;
	e->next = g->first;
	g->first = e;
	g->count++;
	return &e->constants;
}

const struct naming *glossary_of(struct glossary *g, const struct btf *btf, uint32_t type_id,
				 uint32_t size, const char *glob)
{
	for (const struct glossary_entry *e = g->first; e; e = e->next)
		if (e->btf == btf && e->type_id == type_id && e->size == size &&
		    !strcmp(e->glob, glob))
			return &e->constants;
	return make(g, btf, type_id, size, glob);
}

struct offers {
	struct nearest near;
	uint32_t words; // parts between _ that the glob has
	char last[NEAREST_NAME];
};

// "TCP_*" for TCP_CLOSE, when the glob has one word too.
static void offer(struct offers *o, const char *name)
{
	char glob[NEAREST_NAME];
	const char *end = name;
	size_t n;

	for (uint32_t i = 0; i < o->words && end; i++) {
		end = strchr(end, '_');
		end = end ? end + 1 : NULL;
	}
	n = end ? (size_t)(end - name) : 0;
	if (!n || n + 2 > sizeof(glob))
		return;
	memcpy(glob, name, n);
	memcpy(glob + n, "*", 2);
	if (!strcmp(glob, o->last))
		return;
	memcpy(o->last, glob, n + 2);
	nearest_offer(&o->near, glob);
}

void glossary_hint(const struct btf *btf, const char *glob, struct ks_error *error)
{
	struct offers o = {.words = 0};
	const char *name;
	uint64_t value;

	for (const char *s = glob; (s = strchr(s, '_')); s++)
		o.words++;
	nearest_init(&o.near, glob, strlen(glob));
	for (uint32_t i = 0; (name = uapi_nth(i, &value)); i++)
		offer(&o, name);
	for (const struct btf *b = btf; b; b = b->base) {
		for (uint32_t id = 0; (id = btf_next_enum(b, id + 1));) {
			const struct btf_type *t = btf_type(btf, id);

			for (uint32_t k = 0; k < btf_vlen(t); k++)
				offer(&o, type_constant_name(btf, t, k));
		}
	}
	nearest_hint(&o.near, error);
	if (!*error->hint)
		error_hint(error, "names such as SIG*, O_* or TCP_* are those of the kernel's "
				  "headers and of its enums");
}
