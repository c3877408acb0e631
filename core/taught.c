// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// ks_format: which types a script shows and reads itself.
#include <string.h>

#include "error.h"
#include "nearest.h"
#include "trace.h"
#include "type.h"
#include "type_name.h"

// Of a name without a word in front: what would be a struct's is written as one.
static const uint32_t typedefs[] = {BTF_KIND_TYPEDEF, BTF_KIND_UNKN};

static uint32_t find(const struct type_name *n, const struct btf *b)
{
	for (const uint32_t *kind = n->kinds; *kind; kind++) {
		uint32_t id = type_name_next(n, b, *kind, 1);

		if (id)
			return id;
	}
	return 0;
}

// The same in the kernel's own types, else in those of its modules. 0: nowhere, -1 with error.
static int find_all(struct ks_trace *t, const struct type_name *n, const struct btf **b,
		    uint32_t *id, struct ks_error *error)
{
	*b = &t->btf;
	*id = find(n, *b);
	if (!*id && !t->options.btf && module_read_all(t, error) < 0)
		return -1;
	for (uint32_t i = 0; !*id && i < t->module_count; i++) {
		*b = &t->modules[i]->btf;
		*id = find(n, *b);
	}
	return *id != 0;
}

static void offer(const struct btf *b, const uint32_t *kinds, struct nearest *near)
{
	char text[TYPE_NAME + 16];

	for (uint32_t id = b->first; id < b->end; id++) {
		const struct btf_type *t = btf_type(b, id);

		for (const uint32_t *kind = kinds; *kind; kind++)
			if (btf_kind(t) == *kind && t->name_off) {
				type_name_text(b, id, text);
				nearest_offer(near, text);
			}
	}
}

static int no_type(struct ks_trace *t, const char *type, const struct type_name *n,
		   struct ks_error *error)
{
	struct type_name any;
	struct ks_error ignored;
	struct nearest near;
	char text[TYPE_NAME + 16];
	uint32_t id = 0;

	error_at(error, KS_EABSENT, 0, (uint32_t)strlen(type), "there is no type '%.200s'", type);
	if (type_name_parse(n->name, &any, &ignored) == 0)
		id = find(&any, &t->btf);
	if (id) { // of another kind
		type_name_text(&t->btf, id, text);
		error_hint(error, "did you mean %s?", text);
		return -1;
	}
	nearest_init(&near, type, strlen(type));
	offer(&t->btf, n->kinds, &near);
	for (uint32_t i = 0; i < t->module_count; i++)
		offer(&t->modules[i]->btf, n->kinds, &near);
	nearest_hint(&near, error);
	return -1;
}

// Is it one of which a function can be given a value?
static int check_kind(const struct btf *b, uint32_t id, const char *type, struct ks_error *error)
{
	const struct btf_type *t = type_peeled(b, id);

	switch (btf_kind(t)) {
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		return 0;
	case BTF_KIND_INT:
		if (t->size <= 8)
			return 0;
		break;
	default:
		break;
	}
	return error_at(error, KS_ETYPE, 0, (uint32_t)strlen(type),
			"'%.200s' is no struct, union or enum, and no integer of up to 64 bits",
			type);
}

int ks_format(struct ks_trace *t, const char *type, bool reads, struct ks_error *error)
{
	struct type_name n;
	char name[TYPE_NAME + 16];
	const struct btf *b;
	uint32_t id;
	int r;

	if (t->has_texts)
		return error_set(error, KS_ELIMIT,
				 "how a type is shown has to be said before the first text");
	if (type_name_parse(type, &n, error) < 0)
		return -1;
	if (n.is_glob || *n.path) {
		error_at(error, KS_ESYNTAX, 0, (uint32_t)strlen(type),
			 "'%.200s' is no name of a type", type);
		error_hint(error, "such as 'struct in6_addr', 'enum x', kuid_t");
		return -1;
	}
	if (!n.is_tagged)
		n.kinds = typedefs;
	r = find_all(t, &n, &b, &id, error);
	if (r <= 0)
		return r < 0 ? -1 : no_type(t, type, &n, error);
	if (check_kind(b, id, type, error) < 0)
		return -1;
	// Plans that were made before know nothing of it, and nobody holds one.
	plans_fini(&t->plans);
	trace_make_plans(t, &t->plans, &t->btf);
	for (uint32_t i = 0; i < t->module_count; i++) {
		struct module *m = t->modules[i];

		plans_fini(&m->plans);
		trace_make_plans(t, &m->plans, &m->btf);
	}
	type_name_text(b, id, name);
	return formats_add(&t->formats, name, reads, error);
}

int ks_literal(const struct ks_trace *t, struct ks_literal *out)
{
	*out = t->formats.wanted;
	return out->size ? 0 : -1;
}

int ks_literal_bytes(struct ks_trace *t, const void *bytes, struct ks_error *error)
{
	return formats_tell(&t->formats, bytes, error);
}
