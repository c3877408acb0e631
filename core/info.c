// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// ksnoop info: the prototypes of functions, by name or glob.
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "nearest.h"
#include "safe.h"
#include "trace.h"
#include "type.h"

struct found {
	const struct btf *btf;
	uint32_t id;
	const char *module; // "" for the kernel itself
	const char *name;
};

struct search {
	const char *glob;
	bool exact;
	struct found *found;
	size_t count, room;
	struct nearest near;
};

static int add_found(struct search *s, const struct btf *b, uint32_t id, const char *module,
		     struct ks_error *error)
{
	if (s->count == s->room) {
		struct found *more = realloc(s->found, (s->room * 2 + 64) * sizeof(*more));

		if (!more)
			return error_nomem(error);
		s->found = more;
		s->room = s->room * 2 + 64;
	}
	s->found[s->count++] =
		(struct found){.btf = b, .id = id, .module = module, .name = btf_name(b, id)};
	return 0;
}

// By its name, or else those whose names are near.
static int search_name(struct search *s, const struct btf *b, const char *module,
		       struct ks_error *error)
{
	uint32_t id = 0;

	while ((id = btf_find(b, BTF_KIND_FUNC, s->glob, id + 1)))
		if (add_found(s, b, id, module, error) < 0)
			return -1;
	for (id = b->first; id < b->end && !s->count; id++)
		if (btf_kind(btf_type(b, id)) == BTF_KIND_FUNC)
			nearest_offer(&s->near, btf_name(b, id));
	return 0;
}

static int search(struct search *s, const struct btf *b, const char *module, struct ks_error *error)
{
	if (s->exact)
		return search_name(s, b, module, error);
	for (uint32_t id = b->first; id < b->end; id++)
		if (btf_kind(btf_type(b, id)) == BTF_KIND_FUNC &&
		    fnmatch(s->glob, btf_name(b, id), 0) == 0 &&
		    add_found(s, b, id, module, error) < 0)
			return -1;
	return 0;
}

static int by_name(const void *a, const void *b)
{
	const struct found *x = a, *y = b;
	int r = strcmp(x->name, y->name);

	return r ? r : strcmp(x->module, y->module);
}

static void string(struct buf *out, const char *text)
{
	buf_char(out, '"');
	safe_json(out, text, strlen(text));
	buf_char(out, '"');
}

static void type_string(const struct btf *b, uint32_t type, struct buf *out)
{
	char text[512];
	struct buf declared = buf_over(text, sizeof(text));

	type_declare(b, type, "", &declared);
	buf_end(&declared);
	string(out, text);
}

static void prototype_json(const struct found *f, struct buf *out)
{
	const struct btf_type *proto = btf_type(f->btf, btf_type(f->btf, f->id)->type);
	const struct btf_param *p = (const void *)(proto + 1);

	buf_str(out, "{\"name\":");
	string(out, f->name);
	buf_str(out, ",\"module\":");
	if (*f->module)
		string(out, f->module);
	else
		buf_str(out, "null");
	buf_str(out, ",\"returns\":");
	type_string(f->btf, proto->type, out);
	buf_str(out, ",\"args\":[");
	for (uint32_t i = 0; i < btf_vlen(proto); i++) {
		bool more = !p[i].type; // "..."

		buf_str(out, i ? ",{\"name\":" : "{\"name\":");
		string(out, more ? "..." : btf_string(f->btf, p[i].name_off));
		buf_str(out, ",\"type\":");
		if (more)
			buf_str(out, "null");
		else
			type_string(f->btf, p[i].type, out);
		buf_char(out, '}');
	}
	buf_str(out, "]}");
}

static void prototype_text(const struct found *f, struct buf *out)
{
	type_prototype(f->btf, f->id, out);
	buf_char(out, ';');
	if (*f->module)
		buf_printf(out, " [%s]", f->module);
}

static void name_text(const struct found *f, struct buf *out)
{
	buf_str(out, f->name);
}

static void print(const struct search *s, int form, struct buf *out, int *count)
{
	static void (*const forms[])(const struct found *f,
				     struct buf *out) = {[KS_PROTOTYPES] = prototype_text,
							 [KS_JSON] = prototype_json,
							 [KS_NAMES] = name_text};
	char last[8192] = "", text[8192];
	size_t len;

	*count = 0;
	for (size_t i = 0; i < s->count; i++) {
		struct buf b = buf_over(text, sizeof(text));

		forms[form](&s->found[i], &b);
		len = buf_end(&b);
		if (len >= sizeof(text))
			continue; // no kernel has such a prototype
		// Some functions stand in BTF several times; the same line twice tells nothing.
		if (!strcmp(last, text))
			continue;
		if (form == KS_JSON) // is safe as it is
			buf_str(out, text);
		else
			safe_text(out, text, len);
		buf_char(out, '\n');
		memcpy(last, text, len + 1);
		++*count;
	}
}

size_t ks_info(struct ks_trace *t, const char *glob, int form, char *text, size_t cap, int *count,
	       struct ks_error *error)
{
	struct search s = {.glob = glob, .exact = !strpbrk(glob, "*?[")};
	struct buf out = buf_over(text, cap);
	int r;

	nearest_init(&s.near, glob, strlen(glob));
	r = search(&s, &t->btf, "", error);
	if (r == 0 && !t->options.btf && (!s.exact || !s.count))
		r = module_read_all(t, error);
	for (uint32_t i = 0; r == 0 && i < t->module_count && (!s.exact || !s.count); i++)
		r = search(&s, &t->modules[i]->btf, t->modules[i]->name, error);
	if (r == 0 && s.count)
		qsort(s.found, s.count, sizeof(*s.found), by_name);
	if (r == 0)
		print(&s, form, &out, count);
	free(s.found);
	if (r == 0 && !*count) {
		r = error_set(error, KS_EABSENT,
			      s.exact ? "there is no function '%.200s'"
				      : "no function matches '%.200s'",
			      glob);
		nearest_hint(&s.near, error);
	}
	return r < 0 ? (size_t)-1 : buf_end(&out);
}
