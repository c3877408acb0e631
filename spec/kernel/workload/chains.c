// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// chains SEED COUNT FUNCTION...: draws member chains of their arguments from this kernel's BTF and
// prints "FUNCTION CHAIN" for each: down pointers to structs, through embedded and anonymous ones, to
// a scalar, bit-fields too.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scope.h"
#include "type.h"

static unsigned long state;

static unsigned draw(unsigned below)
{
	state = state * 6364136223846793005ul + 1442695040888963407ul;
	return (unsigned)(state >> 33) % below;
}

static bool is_struct(const struct btf *b, uint32_t id)
{
	uint32_t kind = btf_kind(btf_type(b, id));

	return kind == BTF_KIND_STRUCT || kind == BTF_KIND_UNION;
}

// The struct that a pointer leads to, or 0.
static uint32_t behind(const struct btf *b, uint32_t id)
{
	const struct btf_type *t = type_peeled(b, id);
	uint32_t next = type_peel(b, t->type);

	if (btf_kind(t) != BTF_KIND_PTR || !is_struct(b, next) || btf_type(b, next)->size == 0)
		return 0;
	return type_tagged(b, id, "user") || type_tagged(b, id, "percpu") ? 0 : next;
}

static bool scalar(const struct btf *b, uint32_t id)
{
	uint32_t kind = btf_kind(type_peeled(b, id));
	uint64_t size = type_size(b, id);

	return (kind == BTF_KIND_INT || kind == BTF_KIND_PTR || kind == BTF_KIND_ENUM) && size <= 8;
}

// Goes on from a struct that `text` ends in; false: this way leads nowhere.
static bool step(const struct btf *b, uint32_t id, char *text, size_t cap, const char *link,
		 int depth)
{
	for (int tries = 0; tries < 8; tries++) {
		const struct btf_type *t = btf_type(b, id);
		const struct btf_member *m;
		const char *name;
		size_t len = strlen(text);
		uint32_t to;

		if (!btf_vlen(t) || depth > 6)
			return false;
		m = (const struct btf_member *)(t + 1) + draw(btf_vlen(t));
		name = btf_string(b, m->name_off);
		to = type_peel(b, m->type);
		if (!*name) { // its members are ours
			if (is_struct(b, to) && step(b, to, text, cap, link, depth + 1))
				return true;
			continue;
		}
		if (len + strlen(name) + 3 > cap)
			return false;
		strcat(strcat(text, link), name);
		if (is_struct(b, to) && step(b, to, text, cap, ".", depth + 1))
			return true;
		to = behind(b, m->type);
		if (to && draw(3) && step(b, to, text, cap, "->", depth + 1))
			return true;
		if (scalar(b, m->type))
			return true;
		text[len] = '\0';
	}
	return false;
}

int main(int argc, char **argv)
{
	struct arena arena = {0};
	struct ks_error e;
	struct btf b;

	state = strtoul(argv[1], NULL, 10);
	if (btf_open(&b, "/sys/kernel/btf/vmlinux", NULL, &e) < 0)
		return 1;
	for (int left = atoi(argv[2]); left > 0;) {
		const char *func = argv[3 + (int)draw((unsigned)argc - 3)];
		uint32_t id = btf_find(&b, BTF_KIND_FUNC, func, 0), arg = draw(3), to;
		char text[200];
		struct scope s;

		if (!id || scope_init(&s, &arena, &b, id, CONTEXT_TRACING, false, 0, &e) < 0 ||
		    arg >= s.arg_count || !(to = behind(&b, s.args[arg].type.id)))
			continue;
		snprintf(text, sizeof(text), "%s", s.args[arg].name);
		if (!step(&b, to, text, sizeof(text), "->", 0))
			continue;
		printf("%s %s\n", func, text);
		left--;
	}
	btf_fini(&b);
	arena_fini(&arena);
	return 0;
}
