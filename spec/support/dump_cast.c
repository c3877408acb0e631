// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// A type's name in front of a value, by the model of libbpf. A declaration grows around its middle:
// what a pointer, an array or a function adds goes before it, behind it, or both.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dump_model.h"
#include "type.h"

#define CAST 8192

// Names that were written, in libbpf's two name spaces, and what number a type got.
struct written {
	uint32_t *number; // by id; 0: not written yet
	uint32_t *last;	  // by the id of the first type of that name
	uint32_t room;
};
static struct written names;

void model_forget(void)
{
	free(names.number);
	free(names.last);
	names = (struct written){0};
}

static uint32_t space(uint32_t kind)
{
	switch (kind) {
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
	case BTF_KIND_FWD:
		return 1;
	case BTF_KIND_TYPEDEF:
		return 2;
	default:
		return 0;
	}
}

// The first type in this one's name space that has its name.
static uint32_t first_of(const struct btf *b, uint32_t id)
{
	static const uint32_t kinds[] = {BTF_KIND_STRUCT, BTF_KIND_UNION, BTF_KIND_ENUM,
					 BTF_KIND_ENUM64, BTF_KIND_TYPEDEF};
	uint32_t least = id;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		uint32_t found = space(kinds[i]) == space(btf_kind(btf_type(b, id)))
					 ? btf_find(b, kinds[i], btf_name(b, id), 1)
					 : 0;

		least = found && found < least ? found : least;
	}
	return least;
}

// libbpf numbers the types of one name by when it first writes each.
static uint32_t number(const struct btf *b, uint32_t id)
{
	if (!names.room) {
		names.room = b->end;
		names.number = calloc(b->end, sizeof(uint32_t));
		names.last = calloc(b->end, sizeof(uint32_t));
	}
	if (!names.number[id])
		names.number[id] = ++names.last[first_of(b, id)];
	return names.number[id];
}

// Declarations without a definition have no numbers.
static bool is_numbered(const struct btf *b, uint32_t id)
{
	uint32_t kind = btf_kind(btf_type(b, id));

	return space(kind) && kind != BTF_KIND_FWD && *btf_name(b, id);
}

static void base(const struct btf *b, uint32_t id, unsigned long *renamed, char *out)
{
	const struct btf_type *t = btf_type(b, id);
	const char *name = btf_string(b, t->name_off);
	bool is_union = btf_kind(t) == BTF_KIND_UNION ||
			(btf_kind(t) == BTF_KIND_FWD && BTF_INFO_KFLAG(t->info));
	bool is_enum = btf_kind(t) == BTF_KIND_ENUM || btf_kind(t) == BTF_KIND_ENUM64;

	if (!id)
		name = "void";
	sprintf(out, "%s%s%s",
		space(btf_kind(t)) != 1 ? ""
		: is_enum		? "enum "
		: is_union		? "union"
					: "struct",
		space(btf_kind(t)) == 1 && !is_enum && *name ? " " : "", name);
	if (renamed && is_numbered(b, id) && number(b, id) > 1) {
		sprintf(out + strlen(out), "___%u", number(b, id));
		++*renamed;
	}
}

static void write(const struct btf *b, uint32_t id, const char *name, unsigned long *renamed,
		  char *out)
{
	char middle[CAST], was[CAST], args[CAST] = "";
	bool outer = false; // is there something around the name?
	const struct btf_type *t = btf_type(b, id);
	uint32_t kind = btf_kind(t), before = 0, at = id;

	// libbpf writes from the base on, so that is where names get their numbers.
	for (; kind == BTF_KIND_PTR || kind == BTF_KIND_ARRAY || kind == BTF_KIND_FUNC_PROTO ||
	       kind == BTF_KIND_CONST || kind == BTF_KIND_VOLATILE || kind == BTF_KIND_RESTRICT;
	     kind = btf_kind(t = btf_type(b, at)))
		at = kind == BTF_KIND_ARRAY ? ((const struct btf_array *)(t + 1))->type : t->type;
	base(b, at, renamed, out);
	strcpy(middle, name);
	for (t = btf_type(b, id);
	     (kind = btf_kind(t)), kind == BTF_KIND_PTR || kind == BTF_KIND_ARRAY ||
					   kind == BTF_KIND_FUNC_PROTO || kind == BTF_KIND_CONST ||
					   kind == BTF_KIND_VOLATILE || kind == BTF_KIND_RESTRICT;
	     t = btf_type(b, kind == BTF_KIND_ARRAY ? ((const struct btf_array *)(t + 1))->type
						    : t->type)) {
		const struct btf_array *a = (const void *)(t + 1);
		const struct btf_param *p = (const void *)(t + 1);

		strcpy(was, middle);
		if (kind == BTF_KIND_PTR) {
			sprintf(middle, "*%s", was);
		} else if (kind == BTF_KIND_ARRAY) {
			sprintf(middle, before == BTF_KIND_ARRAY || !outer ? "%s[%u]" : "(%s)[%u]",
				was, a->nelems);
		} else if (kind == BTF_KIND_FUNC_PROTO) {
			args[0] = 0;
			for (uint32_t i = 0; i < btf_vlen(t); i++) {
				bool last = i == btf_vlen(t) - 1;

				if (i)
					strcat(args, ", ");
				if (!p[i].type && !last)
					strcat(args, "void");
				else if (!p[i].type)
					strcat(args, i ? "..." : "");
				else
					write(b, p[i].type, btf_string(b, p[i].name_off), renamed,
					      args + strlen(args));
			}
			sprintf(middle, outer ? " (%s)(%s)" : "%s(%s)", was, args);
		} else {
			continue;
		}
		outer = true;
		before = kind;
	}
	if (*middle && *middle != '[' && *middle != '(' && *middle != ' ')
		strcat(out, " ");
	strcat(out, middle);
}

void model_cast(const struct btf *b, uint32_t id, unsigned long *renamed, struct buf *out)
{
	char text[CAST];

	write(b, id, "", renamed, text);
	buf_printf(out, "(");
	buf_str(out, text);
	buf_printf(out, ")");
}
