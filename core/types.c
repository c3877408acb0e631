// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// What BTF says of types: ksnoop type, ksnoop stubs.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "nearest.h"
#include "safe.h"
#include "stubs.h"
#include "trace.h"
#include "type.h"
#include "type_name.h"
#include "type_text.h"

#define MAX_TEXT  ((size_t)64 << 20) // a whole kernel's JSON has 5 MB
#define MAX_ALIKE 16 // different types of one kind and name that are shown; a kernel has up to 6

struct found {
	const struct btf *btf;
	uint32_t id, order;
	const char *module; // "" for the kernel itself
};

// One question: which types have a name, and what is written of them.
struct question {
	struct type_name name;
	const char *text; // as asked
	bool json;
	struct found *found;
	uint32_t count, room;
	char *written[MAX_ALIKE]; // of one name, to leave out what is the same
	uint32_t alike;
	int steps; // left for declarations
	struct buf *out;
	struct ks_error *error;
};

static int add_found(struct question *q, const struct btf *b, uint32_t id, const char *module)
{
	if (q->count == q->room) {
		struct found *more = realloc(q->found, (q->room * 2 + 64) * sizeof(*more));

		if (!more)
			return error_nomem(q->error);
		q->found = more;
		q->room = q->room * 2 + 64;
	}
	q->found[q->count] =
		(struct found){.btf = b, .id = id, .order = q->count, .module = module};
	q->count++;
	return 0;
}

// All of one file that have the name and are of the first kind that has it; of a glob, of all kinds.
static int search(struct question *q, const struct btf *b, const char *module)
{
	uint32_t before = q->count;

	for (const uint32_t *kind = q->name.kinds; *kind; kind++) {
		for (uint32_t id = 0; (id = type_name_next(&q->name, b, *kind, id + 1));)
			if (add_found(q, b, id, module) < 0)
				return -1;
		if (q->count > before && !q->name.is_glob)
			return 0;
	}
	return 0;
}

// In modules too when the kernel itself has none, and for a glob. -1 with error.
static int search_all(struct ks_trace *t, struct question *q)
{
	int r = search(q, &t->btf, "");

	if (r == 0 && !t->options.btf && (q->name.is_glob || !q->count))
		r = module_read_all(t, q->error);
	for (uint32_t i = 0; r == 0 && i < t->module_count && (q->name.is_glob || !q->count); i++)
		r = search(q, &t->modules[i]->btf, t->modules[i]->name);
	return r;
}

static int by_name(const void *a, const void *b)
{
	const struct found *x = a, *y = b;
	int r = strcmp(btf_name(x->btf, x->id), btf_name(y->btf, y->id));

	return r ? r : x->order < y->order ? -1 : 1;
}

static void forget(struct question *q)
{
	while (q->alike)
		free(q->written[--q->alike]);
}

static void write_one(const struct question *q, const struct type_shown *s, struct buf *out)
{
	if (q->json)
		type_json(s, out);
	else if (q->name.is_glob)
		type_line(s, out);
	else
		type_text(s, out);
}

// Writes a type unless one of its name was written that is just like it. -1 with error.
static int write_new(struct question *q, const struct type_shown *s)
{
	struct buf sizing = buf_over(NULL, 0), into;
	bool is_new = q->alike < MAX_ALIKE;
	int steps = q->steps;
	char *text;

	write_one(q, s, &sizing);
	q->steps = steps; // or the second text might be another one
	text = malloc(sizing.len + 1);
	if (!text)
		return error_nomem(q->error);
	into = buf_over(text, sizing.len + 1);
	write_one(q, s, &into);
	buf_end(&into);
	for (uint32_t i = 0; i < q->alike; i++)
		is_new = is_new && strcmp(q->written[i], text) != 0;
	if (!is_new) {
		free(text);
		return 0;
	}
	if (q->out->len && !q->json && !q->name.is_glob)
		buf_char(q->out, '\n');
	buf_add(q->out, text, into.len);
	if (q->json)
		buf_char(q->out, '\n');
	q->written[q->alike++] = text;
	return 0;
}

static int write_found(struct question *q, const struct found *f)
{
	char title[TYPE_NAME + 600], name[TYPE_NAME + 16];
	struct type_shown s = {.btf = f->btf,
			       .id = f->id,
			       .module = f->module,
			       .title = title,
			       .steps = &q->steps};
	struct type_place place = {.root = f->id};

	type_name_text(f->btf, f->id, name);
	snprintf(title, sizeof(title), "%s%.500s", name, q->name.path);
	if (*q->name.path) {
		if (type_name_follow(&q->name, f->btf, f->id, &place, q->error) < 0)
			return -1;
		s.id = place.type;
		s.offset = place.offset;
		s.bits = place.bits;
		s.is_member = true;
	}
	return write_new(q, &s);
}

static int write_all(struct question *q)
{
	int r = 0;

	if (q->name.is_glob)
		qsort(q->found, q->count, sizeof(*q->found), by_name);
	for (uint32_t i = 0; i < q->count && r == 0; i++) {
		const struct found *f = &q->found[i];

		if (i && strcmp(btf_name(f->btf, f->id), btf_name(f[-1].btf, f[-1].id)) != 0)
			forget(q);
		r = write_found(q, f);
		if (r == 0 && q->out->len > MAX_TEXT)
			r = error_set(q->error, KS_ELIMIT, "more than %zu MB of text",
				      MAX_TEXT >> 20);
	}
	forget(q);
	return r;
}

// Which other types go by a bare name that was answered with the first of them.
static void mention_others(const struct question *q)
{
	const struct found *f = q->found;
	char name[TYPE_NAME + 16], first[TYPE_NAME + 16];

	type_name_text(f->btf, f->id, first);
	for (const uint32_t *kind = q->name.kinds; *kind; kind++) {
		uint32_t id = btf_find(f->btf, *kind, q->name.name, 0);
		const char *word = *kind == BTF_KIND_TYPEDEF ? "typedef " : "";

		if (!id || *kind == btf_kind(btf_type(f->btf, f->id)))
			continue;
		type_name_text(f->btf, id, name);
		buf_str(q->out, "there is also '");
		buf_str(q->out, word);
		safe_text(q->out, name, strlen(name));
		buf_str(q->out, "'\n");
	}
}

static int absent(const struct ks_trace *t, struct question *q)
{
	const char *name = q->name.name;
	struct nearest near;

	if (q->name.is_glob)
		return error_set(q->error, KS_EABSENT, "no type matches '%.200s'", q->text);
	if (btf_find(&t->btf, BTF_KIND_FWD, name, 0))
		return error_set(q->error, KS_EABSENT,
				 "'%.200s' is declared in this kernel's types, but not defined",
				 q->text);
	error_set(q->error, KS_EABSENT, "there is no type '%.200s'", q->text);
	if (btf_find(&t->btf, BTF_KIND_FUNC, name, 0)) {
		error_hint(q->error, "%.100s is a function: ksnoop info %.100s", name, name);
		return -1;
	}
	for (int kind = BTF_KIND_INT; q->name.is_tagged && kind <= BTF_KIND_ENUM64; kind++) {
		uint32_t id = kind != BTF_KIND_FWD ? btf_find(&t->btf, (uint32_t)kind, name, 0) : 0;
		char text[TYPE_NAME + 16];

		if (!id)
			continue;
		type_name_text(&t->btf, id, text);
		error_hint(q->error, "there is '%s'", text);
		return -1;
	}
	nearest_init(&near, name, strlen(name));
	type_name_offer(&q->name, &t->btf, &near);
	for (uint32_t i = 0; i < t->module_count; i++)
		type_name_offer(&q->name, &t->modules[i]->btf, &near);
	nearest_hint(&near, q->error);
	return -1;
}

size_t ks_type(struct ks_trace *t, const char *name, bool json, char *text, size_t cap,
	       struct ks_error *error)
{
	struct buf out = buf_over(text, cap);
	struct question q = {
		.text = name, .json = json, .steps = TYPE_STEPS, .out = &out, .error = error};
	int r = type_name_parse(name, &q.name, error);

	if (r == 0)
		r = search_all(t, &q);
	if (r == 0)
		r = q.count ? write_all(&q) : absent(t, &q);
	if (r == 0 && !json && !q.name.is_tagged && !q.name.is_glob)
		mention_others(&q);
	free(q.found);
	return r < 0 ? (size_t)-1 : buf_end(&out);
}

// Adds the classes of one name, of which there must be some. -1 with error.
static int add_stubs(struct ks_trace *t, struct question *q, struct stubs *s)
{
	int r = type_name_parse(q->text, &q->name, q->error), added = 0;

	if (r == 0 && *q->name.path)
		return error_set(q->error, KS_ESYNTAX, "'%.200s' is a member, no type", q->text);
	if (r == 0)
		r = search_all(t, q);
	if (r < 0)
		return r;
	if (!q->count)
		return absent(t, q);
	for (uint32_t i = 0; i < q->count; i++) {
		r = stubs_add(s, q->found[i].btf, q->found[i].id);
		if (r < 0)
			return error_nomem(q->error);
		added += r;
	}
	return added ? 0
		     : error_set(q->error, KS_EABSENT, "'%.200s' has no members to annotate",
				 q->text);
}

size_t ks_stubs(struct ks_trace *t, const char *const *names, int count, char *text, size_t cap,
		struct ks_error *error)
{
	struct buf out = buf_over(text, cap);
	struct stubs s = {0};
	int r = 0;

	for (int i = 0; i < count && r == 0; i++) {
		struct question q = {.text = names[i], .error = error};

		r = add_stubs(t, &q, &s);
		free(q.found);
	}
	if (r == 0 && stubs_write(&s, &out) < 0)
		r = error_nomem(error);
	stubs_fini(&s);
	return r < 0 ? (size_t)-1 : buf_end(&out);
}
