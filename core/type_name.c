// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "type_name.h"

#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "type.h"

static const struct {
	const char *word; // "": all that a bare name may be
	uint32_t kinds[8];
} tags[] = {
	{"struct", {BTF_KIND_STRUCT}},
	{"union", {BTF_KIND_UNION}},
	{"enum", {BTF_KIND_ENUM, BTF_KIND_ENUM64}},
	{"typedef", {BTF_KIND_TYPEDEF}},
	{"",
	 {BTF_KIND_STRUCT, BTF_KIND_UNION, BTF_KIND_ENUM, BTF_KIND_ENUM64, BTF_KIND_TYPEDEF,
	  BTF_KIND_INT, BTF_KIND_FLOAT}},
};

static const char *skip_spaces(const char *at)
{
	return at + strspn(at, " \t");
}

int type_name_parse(const char *text, struct type_name *ret, struct ks_error *error)
{
	const char *at = skip_spaces(text);
	size_t len, i = 0;

	*ret = (struct type_name){0};
	for (;; i++) {
		len = strlen(tags[i].word);
		if (!len ||
		    (!strncmp(at, tags[i].word, len) && (at[len] == ' ' || at[len] == '\t')))
			break;
	}
	ret->kinds = tags[i].kinds;
	ret->is_tagged = len != 0;
	at = skip_spaces(at + len);
	ret->is_glob = strpbrk(at, "*?") != NULL;
	len = ret->is_glob ? strlen(at) : strcspn(at, ".[-");
	ret->path = at + len;
	while (len && (at[len - 1] == ' ' || at[len - 1] == '\t'))
		len--;
	if (!len || len >= TYPE_NAME) {
		error_at(error, KS_ESYNTAX, (uint32_t)(at - text), (uint32_t)len,
			 len ? "no type has so long a name" : "the name of a type is missing");
		error_hint(error, "such as 'struct sock', 'enum x', size_t, 'struct sock.sk_lock'");
		return -1;
	}
	memcpy(ret->name, at, len);
	return 0;
}

uint32_t type_name_next(const struct type_name *n, const struct btf *b, uint32_t kind, uint32_t id)
{
	if (!n->is_glob)
		return btf_find(b, kind, n->name, id);
	for (id = id > b->first ? id : b->first; id < b->end; id++) {
		const struct btf_type *t = btf_type(b, id);

		if (btf_kind(t) == kind && t->name_off &&
		    fnmatch(n->name, btf_string(b, t->name_off), 0) == 0)
			return id;
	}
	return 0;
}

void type_name_offer(const struct type_name *n, const struct btf *b, struct nearest *near)
{
	for (uint32_t id = b->first; id < b->end; id++) {
		const struct btf_type *t = btf_type(b, id);

		for (const uint32_t *kind = n->kinds; *kind; kind++)
			if (btf_kind(t) == *kind && t->name_off)
				nearest_offer(near, btf_string(b, t->name_off));
	}
}

void type_name_text(const struct btf *b, uint32_t id, char text[TYPE_NAME + 16])
{
	const struct btf_type *t = btf_type(b, id);
	const char *name = btf_string(b, t->name_off), *word = "";

	switch (btf_kind(t)) {
	case BTF_KIND_STRUCT:
		word = "struct ";
		break;
	case BTF_KIND_UNION:
		word = "union ";
		break;
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		word = "enum ";
		break;
	default:
		break;
	}
	snprintf(text, TYPE_NAME + 16, "%s%.*s", word, TYPE_NAME, *name ? name : "{...}");
}

// One step of a path, of which `at` is what follows; NULL with error.
struct path {
	const struct type_name *name;
	const struct btf *btf;
	struct type_place *place;
	struct ks_error *error;
};

static const char *no_step(const struct path *p, const char *at, const char *what)
{
	char text[256] = "";
	struct buf out = buf_over(text, sizeof(text));

	type_declare(p->btf, p->place->type, "", &out);
	buf_end(&out);
	error_set(p->error, KS_EABSENT, "'%.100s': %.120s %s", at, text, what);
	return NULL;
}

static const char *index_step(const struct path *p, const char *at)
{
	const struct btf_type *t = type_peeled(p->btf, p->place->type);
	const struct btf_array *a = (const void *)(t + 1);
	char *end;
	unsigned long long n;

	if (btf_kind(t) != BTF_KIND_ARRAY)
		return no_step(p, at, "is no array");
	errno = 0;
	n = strtoull(at + 1, &end, 0);
	if (!isdigit((unsigned char)at[1]) || errno || *end != ']')
		return no_step(p, at, "takes a number in brackets");
	// One without a length may be of any: it is said so by 0.
	if (a->nelems ? n >= a->nelems : n > UINT32_MAX)
		return no_step(p, at, "has not so many elements");
	p->place->type = a->type;
	p->place->offset += n * type_size(p->btf, a->type) * 8;
	return end + 1;
}

static const char *member_step(const struct path *p, const char *at)
{
	const char *name = at + (*at == '.' ? 1 : 2);
	size_t len = strspn(name,
			    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
	uint32_t id = type_peel(p->btf, p->place->type);
	struct type_member m = {0};
	struct nearest near;
	char whole[TYPE_NAME + 16];

	if (btf_kind(btf_type(p->btf, id)) == BTF_KIND_PTR && !p->place->bits) {
		id = type_peel(p->btf, btf_type(p->btf, id)->type);
		p->place->root = id;
		p->place->offset = 0;
	} else if (*at == '-') {
		return no_step(p, at, "is no pointer");
	}
	if (btf_kind(btf_type(p->btf, id)) != BTF_KIND_STRUCT &&
	    btf_kind(btf_type(p->btf, id)) != BTF_KIND_UNION)
		return no_step(p, at,
			       btf_kind(btf_type(p->btf, id)) == BTF_KIND_ARRAY
				       ? "is an array: say which element, [0]"
				       : "has no members");
	if (!len || !type_member(p->btf, id, name, len, &m)) {
		type_name_text(p->btf, id, whole);
		error_set(p->error, KS_EABSENT, "%s has no member '%.*s'", whole,
			  (int)(len < 100 ? len : 100), name);
		nearest_init(&near, name, len);
		type_offer_members(p->btf, id, &near);
		nearest_hint(&near, p->error);
		return NULL;
	}
	p->place->type = m.type;
	p->place->offset += m.bit_offset;
	p->place->bits = m.bits;
	return name + len;
}

int type_name_follow(const struct type_name *n, const struct btf *b, uint32_t id,
		     struct type_place *ret, struct ks_error *error)
{
	struct path p = {.name = n, .btf = b, .place = ret, .error = error};
	const char *at = n->path;

	*ret = (struct type_place){.root = id, .type = id};
	while (at && *at) {
		if (*at == '[')
			at = index_step(&p, at);
		else if (*at == '.' || (*at == '-' && at[1] == '>'))
			at = member_step(&p, at);
		else
			return error_set(error, KS_ESYNTAX, "what is '%.100s'?", at);
	}
	return at ? 0 : -1;
}
