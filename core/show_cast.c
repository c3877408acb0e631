// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Types as libbpf writes them in front of values.
#include <string.h>

#include "show_face.h"

#define STEPS 512  // a prototype can refer to itself
#define NAME  512  // bytes of a name that are shown
#define TEXT  2048 // bytes of all, as is checked between parts

struct cast {
	const struct btf *btf;
	struct buf *out;
	int budget;
	size_t end;	 // of the text
	bool after_star; // no blank goes in front of what follows
};

static void declare(struct cast *c, uint32_t id, const char *name, int depth);

static void write_name(struct cast *c, const char *name)
{
	buf_add(c->out, name, strnlen(name, NAME));
}

static void base(struct cast *c, const struct btf_type *t)
{
	static const char *const words[] = {
		[BTF_KIND_STRUCT] = "struct", [BTF_KIND_UNION] = "union", [BTF_KIND_ENUM] = "enum",
		[BTF_KIND_ENUM64] = "enum",   [BTF_KIND_FWD] = "struct",
	};
	const char *name = btf_string(c->btf, t->name_off), *word = NULL;

	if (btf_kind(t) == BTF_KIND_UNKN)
		name = "void";
	if (btf_kind(t) < sizeof(words) / sizeof(*words))
		word = words[btf_kind(t)];
	if (btf_kind(t) == BTF_KIND_FWD && BTF_INFO_KFLAG(t->info))
		word = "union";
	if (word)
		buf_str(c->out, word);
	// (struct) and (union), but (enum ).
	if (word && (*name || btf_kind(t) == BTF_KIND_ENUM || btf_kind(t) == BTF_KIND_ENUM64))
		buf_char(c->out, ' ');
	write_name(c, name);
}

static void parameters(struct cast *c, const struct btf_type *t, int depth)
{
	const struct btf_param *p = (const void *)(t + 1);
	uint32_t n = btf_vlen(t);

	buf_char(c->out, '(');
	for (uint32_t i = 0; i < n && c->out->len < c->end; i++) {
		// (void) is one parameter without type in some BTF, in other it is none.
		if (n == 1 && !p[i].type)
			break;
		if (i)
			buf_str(c->out, ", ");
		if (i == n - 1 && !p[i].type)
			buf_str(c->out, "...");
		else
			declare(c, p[i].type, btf_string(c->btf, p[i].name_off), depth + 1);
	}
	buf_char(c->out, ')');
}

// What stands around the name, from the base outwards: chain[n - 1] is nearest to the base.
static void declarator(struct cast *c, const uint32_t *chain, uint32_t n, const char *name,
		       int depth)
{
	while (n--) {
		const struct btf_type *t = btf_type(c->btf, chain[n]);
		const struct btf_array *a = (const void *)(t + 1);

		if (btf_kind(t) == BTF_KIND_PTR) {
			buf_str(c->out, c->after_star ? "*" : " *");
			c->after_star = true;
			continue;
		}
		if (btf_kind(t) == BTF_KIND_ARRAY) {
			bool more = n && btf_kind(btf_type(c->btf, chain[n - 1])) == BTF_KIND_ARRAY;

			if (n) {
				if (*name && !c->after_star)
					buf_char(c->out, ' ');
				c->after_star = true;
				if (!more)
					buf_char(c->out, '(');
				declarator(c, chain, n, name, depth);
				if (!more)
					buf_char(c->out, ')');
			} else {
				if (*name && !c->after_star)
					buf_char(c->out, ' ');
				write_name(c, name);
			}
			buf_printf(c->out, "[%u]", a->nelems);
			return;
		}
		if (n) {
			buf_str(c->out, " (");
			c->after_star = true;
			declarator(c, chain, n, name, depth);
			buf_char(c->out, ')');
		} else if (*name) {
			buf_char(c->out, ' ');
			write_name(c, name);
		}
		parameters(c, t, depth);
		return;
	}
	if (*name && !c->after_star)
		buf_char(c->out, ' ');
	write_name(c, name);
}

static void declare(struct cast *c, uint32_t id, const char *name, int depth)
{
	uint32_t chain[BTF_DEPTH], n = 0;

	if (depth > 8)
		return;
	while (c->budget-- > 0) {
		const struct btf_type *t = btf_type(c->btf, id);

		switch (btf_kind(t)) {
		case BTF_KIND_CONST:
		case BTF_KIND_VOLATILE:
		case BTF_KIND_RESTRICT:
		case BTF_KIND_TYPE_TAG:
			id = t->type;
			continue;
		case BTF_KIND_PTR:
		case BTF_KIND_FUNC_PROTO:
		case BTF_KIND_ARRAY:
			if (n == BTF_DEPTH)
				return;
			chain[n++] = id;
			id = btf_kind(t) == BTF_KIND_ARRAY
				     ? ((const struct btf_array *)(t + 1))->type
				     : t->type;
			continue;
		default:
			base(c, t);
			c->after_star = false;
			declarator(c, chain, n, name, depth);
			return;
		}
	}
}

void show_cast(const struct btf *b, uint32_t id, struct buf *out)
{
	struct cast c = {.btf = b, .out = out, .budget = STEPS, .end = out->len + TEXT};

	buf_char(out, '(');
	declare(&c, id, "", 0);
	buf_char(out, ')');
}
