// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "event.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "error.h"
#include "file.h"

#define MAX_FILE ((size_t)1 << 20)

// A part of the text; nothing of it is past `end`.
struct span {
	const char *at, *end;
};

static void skip_blanks(struct span *s)
{
	while (s->at < s->end && (*s->at == ' ' || *s->at == '\t'))
		s->at++;
	while (s->end > s->at && (s->end[-1] == ' ' || s->end[-1] == '\t'))
		s->end--;
}

static bool skip_word(struct span *s, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(s->end - s->at) < len || memcmp(s->at, word, len) != 0)
		return false;
	s->at += len;
	skip_blanks(s);
	return true;
}

// A whole decimal number and nothing else.
static bool number(struct span s, uint32_t most, uint32_t *ret)
{
	uint64_t v = 0;

	skip_blanks(&s);
	if (s.at == s.end)
		return false;
	for (; s.at < s.end; s.at++) {
		if (*s.at < '0' || *s.at > '9')
			return false;
		v = v * 10 + (uint64_t)(*s.at - '0');
		if (v > most)
			return false;
	}
	*ret = (uint32_t)v;
	return true;
}

// The rest up to a semicolon, which is taken along.
static struct span until_semicolon(struct span *s)
{
	const char *stop = memchr(s->at, ';', (size_t)(s->end - s->at));
	struct span part = {s->at, stop ? stop : s->end};

	s->at = stop ? stop + 1 : s->end;
	skip_blanks(s);
	skip_blanks(&part);
	return part;
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

// "const char * filename", "char prev_comm[16]", "__data_loc char[] filename"
static bool declaration(struct arena *a, struct span s, struct event_field *f)
{
	struct span name = {NULL, NULL};
	uint32_t length;

	if (skip_word(&s, "__data_loc "))
		f->location = EVENT_DATA_LOC;
	else if (skip_word(&s, "__rel_loc "))
		f->location = EVENT_REL_LOC;
	if (s.end > s.at && s.end[-1] == ']') {
		const char *open = memchr(s.at, '[', (size_t)(s.end - s.at));

		if (!open)
			return false;
		f->is_array = true;
		// Some kernels print the length as the source has it, "[TASK_COMM_LEN]".
		if (number((struct span){open + 1, s.end - 1}, EVENT_MAX_SIZE, &length))
			f->length = length;
		s.end = open;
		skip_blanks(&s);
	}
	name.at = name.end = s.end;
	while (name.at > s.at && is_word(name.at[-1]))
		name.at--;
	s.end = name.at;
	skip_blanks(&s);
	// The brackets of a location stand behind its type.
	if (f->location != EVENT_HERE && s.end - s.at > 2 && !memcmp(s.end - 2, "[]", 2)) {
		f->is_array = true;
		s.end -= 2;
		skip_blanks(&s);
	}
	if (name.at == name.end || s.at == s.end)
		return false;
	f->name = arena_copy(a, name.at, (size_t)(name.end - name.at));
	f->type = arena_copy(a, s.at, (size_t)(s.end - s.at));
	return true;
}

// "field:TYPE NAME; offset:N; size:N; signed:N;", behind "field:".
static bool field(struct arena *a, struct span s, struct event_field *f)
{
	struct span type = until_semicolon(&s), part = until_semicolon(&s);
	uint32_t is_signed = 0;

	if (!skip_word(&part, "offset:") || !number(part, EVENT_MAX_SIZE, &f->offset))
		return false;
	part = until_semicolon(&s);
	if (!skip_word(&part, "size:") || !number(part, EVENT_MAX_SIZE, &f->size))
		return false;
	part = until_semicolon(&s);
	if (skip_word(&part, "signed:") && !number(part, 1, &is_signed))
		return false;
	f->is_signed = is_signed;
	if (f->offset + f->size > EVENT_MAX_SIZE)
		return false;
	if (!declaration(a, type, f) || (f->location != EVENT_HERE && f->size != 4))
		return false;
	// Bytes need no length: it is the size.
	if (f->is_array && !f->length && f->location == EVENT_HERE && f->type &&
	    !strcmp(f->type, "char"))
		f->length = f->size;
	return true;
}

static int wrong(struct ks_error *error, uint32_t line)
{
	return error_set(error, KS_EOS, "line %u is not that of an event's format", line);
}

int event_parse(struct event_format *f, struct arena *a, const char *text, size_t size,
		struct ks_error *error)
{
	struct event_field *fields = arena_alloc(a, EVENT_MAX_FIELDS * sizeof(*fields));
	const char *end = text + size;
	bool has_id = false, common = true;
	uint32_t line = 0;

	*f = (struct event_format){.name = "", .fields = fields};
	if (!fields)
		return error_nomem(error);
	for (const char *at = text; at < end; line++) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		struct span s = {at, stop ? stop : end};

		at = s.end + 1;
		skip_blanks(&s);
		if (skip_word(&s, "name:")) {
			f->name = arena_copy(a, s.at, (size_t)(s.end - s.at));
		} else if (skip_word(&s, "ID:")) {
			has_id = number(s, INT32_MAX, &f->id);
		} else if (skip_word(&s, "field:")) {
			struct event_field *one = &fields[f->count];

			if (f->count == EVENT_MAX_FIELDS)
				return error_set(error, KS_ELIMIT,
						 "an event of more than %d fields",
						 EVENT_MAX_FIELDS);
			one->is_common = common;
			if (!field(a, s, one))
				return wrong(error, line + 1);
			if (!one->name || !one->type)
				return error_nomem(error);
			f->count++;
		} else if (s.at == s.end && f->count) {
			common = false; // an empty line ends the fields that all events have
		} else if (skip_word(&s, "print fmt:")) {
			break; // what follows is for printing, and may have any form
		}
	}
	if (!has_id || !f->name)
		return error_set(error, KS_EOS, "an event's format without an ID");
	return 0;
}

int event_open(struct event_format *f, struct arena *a, const char *tracefs, const char *category,
	       const char *name, struct ks_error *error)
{
	char path[512], message[sizeof(error->message)];
	KS_FREE char *text = NULL;
	size_t size;

	if (snprintf(path, sizeof(path), "%s/events/%s/%s/format", tracefs, category, name) >=
	    (int)sizeof(path))
		return error_set(error, KS_EABSENT, "there is no event '%.100s:%.100s'", category,
				 name);
	text = file_read(path, MAX_FILE, &size, error);
	if (!text)
		return -1;
	if (event_parse(f, a, text, size, error) == 0)
		return 0;
	memcpy(message, error->message, sizeof(message));
	error_set(error, error->kind, "%s: %.200s", path, message);
	return -1;
}

const struct event_field *event_field(const struct event_format *f, const char *name)
{
	for (uint32_t i = 0; i < f->count; i++)
		if (!strcmp(f->fields[i].name, name))
			return &f->fields[i];
	return NULL;
}
