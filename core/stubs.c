// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "stubs.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "members.h"
#include "safe.h"
#include "type.h"

#define STEPS	 1000000 // of all declarations in one class together
#define MAX_ROWS 200000	 // of all classes together
#define MAX_NAME 512	 // of a class: a struct without a name goes by the path to it

struct writer {
	struct stubs *stubs;
	struct buf *out;
	const struct btf *btf;
	uint32_t hops;
	const char *class;
	uint32_t inside; // in how many members that become classes of their own
	int steps;
	uint32_t rows; // of all classes
	bool failed;
};

void stubs_fini(struct stubs *s)
{
	for (uint32_t i = 0; i < s->count; i++)
		free(s->list[i].name);
	free(s->list);
	*s = (struct stubs){0};
}

static bool is_record(const struct btf_type *t)
{
	return btf_kind(t) == BTF_KIND_STRUCT || btf_kind(t) == BTF_KIND_UNION;
}

// All names of C are; BTF from a file may have others, which no script could write.
static bool is_identifier(const char *name)
{
	if (!isalpha((unsigned char)*name) && *name != '_')
		return false;
	for (; *name; name++)
		if (!isalnum((unsigned char)*name) && *name != '_')
			return false;
	return true;
}

// The file of two that a type is in: a module's BTF has the kernel's ids too.
static const struct btf *owner(const struct btf *b, uint32_t id)
{
	while (b->base && id < b->first)
		b = b->base;
	return b;
}

// What its class is called: as its tag or typedef; a union's or typedef's that is a struct's too has the
// word before it. False: it has no name.
static bool class_name(const struct btf *b, uint32_t id, char name[MAX_NAME])
{
	const char *own = "", *word = "";
	uint32_t kind = BTF_KIND_UNKN;

	for (int depth = 0; depth < BTF_DEPTH; depth++) {
		const struct btf_type *t = btf_type(b, id);

		kind = btf_kind(t);
		own = btf_string(b, t->name_off);
		if (is_record(t) && *own)
			break;
		// The innermost typedef is what the kernel's sources call it.
		if (kind == BTF_KIND_TYPEDEF && !*btf_string(b, type_peeled(b, id)->name_off) &&
		    btf_kind(btf_type(b, t->type)) != BTF_KIND_TYPEDEF)
			break;
		if (kind != BTF_KIND_TYPEDEF && kind != BTF_KIND_CONST &&
		    kind != BTF_KIND_VOLATILE && kind != BTF_KIND_RESTRICT &&
		    kind != BTF_KIND_TYPE_TAG)
			return false;
		id = t->type;
	}
	b = owner(b, id);
	if (kind == BTF_KIND_UNION && btf_find(b, BTF_KIND_STRUCT, own, 0))
		word = "union.";
	else if (kind == BTF_KIND_TYPEDEF &&
		 (btf_find(b, BTF_KIND_STRUCT, own, 0) || btf_find(b, BTF_KIND_UNION, own, 0)))
		word = "typedef.";
	snprintf(name, MAX_NAME, "%s%s", word, own);
	return is_identifier(own) && strlen(own) < MAX_NAME - 16;
}

// FNV-1a.
static uint32_t *bucket(struct stubs *s, const char *name)
{
	uint32_t h = 2166136261u;

	for (; *name; name++)
		h = (h ^ (unsigned char)*name) * 16777619u;
	return &s->buckets[(h ^ h >> 15) % STUBS_BUCKETS];
}

// Queues a class unless it is there. -1: out of memory.
static int queue(struct stubs *s, const struct btf *b, uint32_t id, const char *name, uint32_t hops)
{
	uint32_t *latest = bucket(s, name);
	struct stub stub = {.btf = b, .id = id, .hops = hops, .next = *latest};

	for (uint32_t i = *latest; i; i = s->list[i - 1].next)
		if (!strcmp(s->list[i - 1].name, name))
			return 0;
	if (s->count == STUBS_MAX) {
		s->is_full = true;
		return 0;
	}
	if (s->count == s->room) {
		struct stub *more = realloc(s->list, (s->room * 2 + 64) * sizeof(*more));

		if (!more)
			return -1;
		s->list = more;
		s->room = s->room * 2 + 64;
	}
	stub.name = strdup(name);
	if (!stub.name)
		return -1;
	s->list[s->count++] = stub;
	*latest = s->count;
	return 0;
}

int stubs_add(struct stubs *s, const struct btf *b, uint32_t id)
{
	uint32_t peeled = type_peel(b, id);
	char name[MAX_NAME];

	if (!is_record(btf_type(b, peeled)) || !class_name(b, id, name))
		return 0;
	return queue(s, b, peeled, name, 0) < 0 ? -1 : 1;
}

// A keyword of Lua's, or a word that would be taken for who may use the field.
static bool is_taken(const char *name)
{
	static const char *const words[] = {"and",    "break",	"do",	   "else",     "elseif",
					    "end",    "false",	"for",	   "function", "goto",
					    "if",     "in",	"local",   "nil",      "not",
					    "or",     "repeat", "return",  "then",     "true",
					    "until",  "while",	"private", "public",   "protected",
					    "package"};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (!strcmp(words[i], name))
			return true;
	return false;
}

// The class of a member: what has no name goes by its path, "sk_buff.cb".
static void member_class(struct writer *w, const struct row *row, uint32_t id, char name[MAX_NAME])
{
	if (class_name(w->btf, id, name)) {
		if (queue(w->stubs, w->btf, type_peel(w->btf, id), name, w->hops) < 0)
			w->failed = true;
		return;
	}
	if (!is_identifier(row->name) ||
	    snprintf(name, MAX_NAME, "%s.%s", w->class, row->name) >= MAX_NAME) {
		strcpy(name, "any");
		return;
	}
	if (queue(w->stubs, w->btf, type_peel(w->btf, id), name, w->hops) < 0)
		w->failed = true;
}

// What a value is in Lua: see VALUES in ksnoop-script(7).
static void lua_type(struct writer *w, const struct row *row, uint32_t id, char name[MAX_NAME])
{
	const struct btf_type *t = type_peeled(w->btf, id);
	bool is_wide = row->size > 53;

	switch (btf_kind(t)) {
	case BTF_KIND_INT:
		if (BTF_INT_ENCODING(*(const uint32_t *)(t + 1)) & BTF_INT_BOOL)
			strcpy(name, "boolean");
		else if (t->size > 8)
			strcpy(name, "any");
		else
			strcpy(name, t->size == 8 && is_wide ? "ks.int64" : "integer");
		break;
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		strcpy(name, t->size == 8 ? "ks.int64" : "integer");
		break;
	case BTF_KIND_PTR:
		strcpy(name, "ks.pointer");
		break;
	case BTF_KIND_FLOAT:
		strcpy(name, "number");
		break;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		member_class(w, row, id, name);
		break;
	default:
		strcpy(name, "any");
		break;
	}
}

// The element type of arrays in arrays; *dimensions: how many.
static uint32_t element(const struct btf *b, uint32_t id, uint32_t *dimensions)
{
	for (*dimensions = 0; *dimensions < BTF_DEPTH; ++*dimensions) {
		const struct btf_type *t = type_peeled(b, id);

		if (btf_kind(t) != BTF_KIND_ARRAY)
			return id;
		id = ((const struct btf_array *)(t + 1))->type;
	}
	return 0;
}

static void field(struct writer *w, const struct row *row)
{
	char name[MAX_NAME], text[6400];
	struct buf declared = buf_over(text, sizeof(text));
	uint32_t dimensions, id = element(w->btf, row->type, &dimensions);
	const struct btf_type *t = type_peeled(w->btf, id);

	if (!is_identifier(row->name))
		return;
	if (dimensions && btf_kind(t) == BTF_KIND_INT &&
	    !strcmp(btf_string(w->btf, t->name_off), "char")) {
		strcpy(name, "string");
		dimensions--;
	} else {
		lua_type(w, row, id, name);
	}
	type_declare_within(w->btf, row->type, "", &w->steps, &declared);
	buf_end(&declared);
	buf_str(w->out, is_taken(row->name) ? "---@field [\"" : "---@field ");
	buf_str(w->out, row->name);
	buf_str(w->out, is_taken(row->name) ? "\"] " : " ");
	buf_str(w->out, name);
	for (uint32_t i = 0; i < dimensions; i++)
		buf_str(w->out, "[]");
	buf_str(w->out, " # ");
	safe_text(w->out, text, strlen(text));
	if (row->is_bit_field)
		buf_printf(w->out, " : %u", (uint32_t)row->size);
	buf_char(w->out, '\n');
}

// What a pointer of a class that was asked for leads to: a capture may begin there.
static void target(struct writer *w, const struct row *row)
{
	uint32_t dimensions, id = type_peel(w->btf, element(w->btf, row->type, &dimensions));
	char name[MAX_NAME];

	if (w->hops || btf_kind(btf_type(w->btf, id)) != BTF_KIND_PTR)
		return;
	id = btf_type(w->btf, id)->type;
	if (is_record(type_peeled(w->btf, id)) && class_name(w->btf, id, name) &&
	    queue(w->stubs, w->btf, type_peel(w->btf, id), name, 1) < 0)
		w->failed = true;
}

static void show_row(void *user, const struct row *row)
{
	struct writer *w = user;
	bool is_class = *row->name != '\0';

	w->rows++;
	// Members of a member with a name are a class of their own; of one without they are ours.
	if (row->kind == ROW_CLOSE && is_class)
		w->inside--;
	if (!w->inside && is_class && (row->kind == ROW_MEMBER || row->kind == ROW_OPEN)) {
		field(w, row);
		target(w, row);
	}
	if (row->kind == ROW_OPEN && is_class)
		w->inside++;
}

int stubs_write(struct stubs *s, struct buf *out)
{
	uint32_t rows = 0;

	for (uint32_t i = 0; i < s->count && rows < MAX_ROWS; i++) {
		const struct stub stub = s->list[i]; // the list may move
		struct writer w = {.stubs = s,
				   .out = out,
				   .btf = stub.btf,
				   .hops = stub.hops,
				   .class = stub.name,
				   .steps = STEPS};

		buf_str(out, "\n---@class ");
		buf_str(out, stub.name);
		buf_char(out, '\n');
		members_walk(stub.btf, stub.id, show_row, &w);
		if (w.failed)
			return -1;
		rows += w.rows;
	}
	if (s->is_full || rows >= MAX_ROWS)
		buf_str(out, "\n-- There are more classes, which are too many.\n");
	return 0;
}
