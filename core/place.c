// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "place.h"

#include <ctype.h>
#include <string.h>

#include "error.h"
#include "nearest.h"

static const struct {
	const char *word;
	uint8_t kind, force;
} kinds[] = {
	{"fentry", PLACE_FUNCTION, PLACE_FENTRY},
	{"kprobe", PLACE_FUNCTION, PLACE_KPROBE},
	{"mod", PLACE_FUNCTION, PLACE_ANY},
	{"tp", PLACE_TRACEPOINT, PLACE_ANY},
	{"raw", PLACE_RAW, PLACE_ANY},
	{"sys", PLACE_SYSCALL, PLACE_ANY},
	{"profile", PLACE_PROFILE, PLACE_ANY},
};

struct reader {
	struct arena *arena;
	const char *text;
	uint32_t at, end;
	struct ks_error *error;
};

// The word before the next colon, if there is one; it is stepped over.
static const char *prefix(struct reader *r, uint32_t *pos)
{
	const char *from = r->text + r->at, *colon = memchr(from, ':', r->end - r->at);
	const char *paren = memchr(from, '(', r->end - r->at);

	if (!colon || (paren && paren < colon))
		return NULL;
	*pos = r->at;
	r->at += (uint32_t)(colon - from) + 1;
	return arena_copy(r->arena, from, (size_t)(colon - from));
}

static int no_kind(struct reader *r, const char *word, uint32_t pos)
{
	struct nearest near;

	error_at(r->error, KS_ESYNTAX, pos, (uint32_t)strlen(word) + 1, "'%s:' is no kind of place",
		 word);
	nearest_init(&near, word, strlen(word));
	nearest_offer(&near, "return");
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		nearest_offer(&near, kinds[i].word);
	nearest_hint(&near, r->error);
	if (!near.count)
		error_hint(r->error, "places are f, return:f, fentry:f, kprobe:f, mod:MODULE:f, "
				     "tp:NAME, raw:NAME, sys:NAME and profile:HZ");
	return -1;
}

static int take_kind(struct reader *r, struct place *p)
{
	uint32_t pos;
	const char *word = prefix(r, &pos);

	if (word && !strcmp(word, "return")) {
		p->is_return = true;
		word = prefix(r, &pos);
	}
	if (!word)
		return 0;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (strcmp(kinds[i].word, word) != 0)
			continue;
		p->kind = kinds[i].kind;
		p->force = kinds[i].force;
		if (strcmp(word, "mod") == 0) {
			p->module = prefix(r, &pos);
			if (!p->module)
				return error_at(r->error, KS_ESYNTAX, r->at, r->end - r->at,
						"after mod: come a module and a function: "
						"mod:ext4:ext4_sync_file");
		} else if (p->kind == PLACE_TRACEPOINT) {
			p->category = prefix(r, &pos);
			if (p->category)
				p->kind = PLACE_EVENT;
		}
		return 0;
	}
	return no_kind(r, word, pos);
}

// "(struct bio *b)": the last word names it, unless it is part of the type.
static int take_parameter(struct reader *r, struct place *p)
{
	uint32_t from = r->at + 1, to = r->end, name;

	if (to - from < 2 || r->text[to - 1] != ')')
		return error_at(r->error, KS_ESYNTAX, r->at, r->end - r->at,
				"a place ends with one parameter and ')': *(struct bio *b)");
	to--;
	while (to > from && isspace((unsigned char)r->text[to - 1]))
		to--;
	for (name = to;
	     name > from && (isalnum((unsigned char)r->text[name - 1]) || r->text[name - 1] == '_');
	     name--)
		;
	if (memchr(r->text + from, ',', to - from))
		return error_at(r->error, KS_ESYNTAX, from, to - from,
				"a place names one parameter, not several");
	// A name stands behind a star or behind a type that is a word of its own.
	if (name == from ||
	    (r->text[name - 1] != '*' && !memchr(r->text + from, ' ', name - from)) ||
	    (name - from == 7 && !memcmp(r->text + from, "struct ", 7)))
		name = to;
	p->type_pos = from;
	p->type_len = name - from;
	p->param = arena_copy(r->arena, r->text + name, to - name);
	p->is_glob = true;
	return p->param ? 0 : error_nomem(r->error);
}

static int take_name(struct reader *r, struct place *p)
{
	uint32_t from = r->at;

	while (r->at < r->end && r->text[r->at] != '(') {
		char c = r->text[r->at];

		if (!isalnum((unsigned char)c) && !strchr("_.*?[]-$", c))
			return error_at(r->error, KS_ESYNTAX, r->at, 1,
					"'%c' can't be in the name of a function", c);
		p->is_glob = p->is_glob || strchr("*?[", c);
		r->at++;
	}
	p->name_pos = from;
	p->name_len = r->at - from;
	p->name = arena_copy(r->arena, r->text + from, p->name_len);
	if (!p->name)
		return error_nomem(r->error);
	if (!p->name_len)
		return error_at(r->error, KS_ESYNTAX, from, 1, "a place without a name");
	return r->at < r->end ? take_parameter(r, p) : 0;
}

// "99": how often a second. What a kernel takes at most is its own business.
static int take_frequency(struct reader *r, struct place *p)
{
	const char *text = r->text + r->at;
	uint32_t len = r->end - r->at;

	p->name = text;
	p->name_pos = r->at;
	p->name_len = len;
	for (uint32_t i = 0; i < len; i++) {
		if (!isdigit((unsigned char)text[i])) {
			error_at(r->error, KS_ESYNTAX, r->at, len, "'%s' is no frequency", text);
			error_hint(r->error, "a whole number of samples a second: profile:99");
			return -1;
		}
		p->hz = p->hz < UINT32_MAX / 20 ? p->hz * 10 + (uint32_t)(text[i] - '0')
						: UINT32_MAX;
	}
	if (!p->hz) {
		error_at(r->error, KS_ESYNTAX, r->at, len ? len : 1,
			 len ? "a timer of 0 Hz never ticks" : "profile: without a frequency");
		error_hint(r->error, "profile:99 takes 99 samples a second on each CPU");
		return -1;
	}
	return 0;
}

int place_parse(struct arena *a, const char *text, struct place *ret, struct ks_error *error)
{
	struct reader r = {.arena = a, .error = error};
	uint32_t from = 0, to = (uint32_t)strlen(text);

	*ret = (struct place){.param = ""};
	while (from < to && isspace((unsigned char)text[from]))
		from++;
	while (to > from && isspace((unsigned char)text[to - 1]))
		to--;
	r.text = ret->text = arena_copy(a, text + from, to - from);
	r.end = to - from;
	if (!r.text)
		return error_nomem(error);
	if (r.end && r.text[0] == '!') {
		ret->leaves_out = true;
		r.at = 1;
	}
	if (take_kind(&r, ret) < 0)
		return -1;
	if (ret->kind == PLACE_PROFILE && ret->is_return)
		return error_at(error, KS_ESYNTAX, 0, 7, "a timer has no return");
	if (ret->kind == PLACE_PROFILE)
		return take_frequency(&r, ret);
	if (take_name(&r, ret) < 0)
		return -1;
	if (ret->is_return && ret->kind != PLACE_FUNCTION && ret->kind != PLACE_SYSCALL)
		return error_at(error, KS_ESYNTAX, 0, 7, "a tracepoint has no return");
	if (ret->is_glob && ret->kind != PLACE_FUNCTION && ret->kind != PLACE_SYSCALL &&
	    ret->kind != PLACE_TRACEPOINT)
		return error_at(error, KS_ESYNTAX, ret->name_pos, ret->name_len,
				"patterns are for functions, tp: and sys:");
	return 0;
}
