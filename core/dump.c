// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Every stage of a probe as text (--dump STAGE), and what BTF says of functions (ksnoop info).
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "cleanup.h"
#include "error.h"
#include "nearest.h"
#include "parse.h"
#include "safe.h"
#include "span.h"
#include "trace.h"
#include "type.h"
#include "within.h"

#define LOG_SIZE ((size_t)16 << 20)

static int tokens(struct ks_variant *v, const char *title, const char *text, struct buf *out,
		  struct ks_error *error)
{
	struct token *t = lex(&v->probe->trace->work, text, 0, (uint32_t)strlen(text), error);

	if (!t)
		return -1;
	buf_str(out, title);
	buf_str(out, text);
	buf_char(out, '\n');
	lex_dump(t, out);
	return 0;
}

static int dump_texts(struct ks_variant *v, int stage, struct buf *out, struct ks_error *error)
{
	for (uint32_t i = 0; i < v->where_count; i++) {
		if (stage == KS_TOKENS) {
			if (tokens(v, "where: ", v->wheres[i].text, out, error) < 0)
				return -1;
			continue;
		}
		buf_str(out, "where: ");
		buf_str(out, v->wheres[i].text);
		buf_char(out, '\n');
		parse_dump(v->wheres[i].node, out);
	}
	for (uint32_t i = 0; i < v->layout.count; i++) {
		if (!v->exprs[i])
			continue;
		if (stage == KS_TOKENS) {
			if (tokens(v, "capture: ", v->exprs[i], out, error) < 0)
				return -1;
		} else if (v->layout.values[i]) {
			buf_str(out, "capture: ");
			buf_str(out, v->exprs[i]);
			buf_char(out, '\n');
			parse_dump(v->layout.values[i], out);
		}
	}
	return 0;
}

static int dump_log(struct ks_variant *v, struct buf *out, struct ks_error *error)
{
	struct ks_trace *t = v->probe->trace;
	KS_FREE char *log = calloc(1, LOG_SIZE);
	struct attachment loaded = {.prog_fd = -1, .link_fd = -1};
	char name[16];
	struct attach_target target = variant_target(v, name);
	struct program_lines lines;
	int fds[MAP_OWN + MAX_MAPS], r;

	if (!log || variant_lines(v, &lines) < 0)
		return error_nomem(error);
	target.lines = &lines;
	if (trace_maps(t, error) < 0)
		return -1;
	trace_map_fds(t, fds);
	r = attach_load(&v->program, &target, fds, log, LOG_SIZE, &loaded, error);
	attach_close(&loaded);
	buf_str(out, log);
	return r < 0 && !*log ? -1 : 0; // a log that says no is what was asked for
}

static int dump_program(struct ks_variant *v, int stage, struct buf *out, struct ks_error *error)
{
	if (stage == KS_LOG)
		return dump_log(v, out, error);
	if (stage == KS_IR)
		ir_dump(&v->ir, out);
	else
		encode_list(&v->program, out);
	return 0;
}

// The programs where spans open stand before the first of those where they close.
static int dump_span(struct ks_variant *v, int stage, struct buf *out, struct ks_error *error)
{
	struct ks_probe *p = v->probe;

	for (uint32_t i = 0; v->index == 0 && i < p->other_count; i++) {
		if (p->others[i]->left_out)
			continue;
		buf_str(out,
			p->others[i] == p->gone ? "-- where a task ends\n" : "-- where it opens\n");
		if (dump_program(p->others[i], stage, out, error) < 0)
			return -1;
	}
	buf_str(out, "-- where it closes\n");
	return dump_program(v, stage, out, error);
}

// The programs of a call, in the order in which they run; that of tasks is the same for all.
static int dump_call(struct ks_variant *v, int stage, struct buf *out, struct ks_error *error)
{
	struct ks_probe *p = v->probe;

	buf_str(out, "-- where it begins\n");
	if (dump_program(v->open, stage, out, error) < 0)
		return -1;
	buf_str(out, "-- where it ends\n");
	if (dump_program(v, stage, out, error) < 0)
		return -1;
	if (v->open != p->others[0])
		return 0;
	buf_str(out, "-- where a task ends\n");
	return dump_program(p->gone, stage, out, error);
}

// Those of the calls that hits must lie in, the outermost first.
static int dump_within(struct ks_probe *calls, int stage, struct buf *out, struct ks_error *error)
{
	if (!calls)
		return 0;
	if (dump_within(within_calls(calls), stage, out, error) < 0)
		return -1;
	for (uint32_t i = 0; i < calls->count; i++) {
		if (calls->variants[i]->left_out)
			continue;
		buf_printf(out, "-- within %s\n", calls->variants[i]->scope.name);
		if (dump_call(calls->variants[i], stage, out, error) < 0)
			return -1;
	}
	return 0;
}

static const struct ks_variant *first_of(const struct ks_probe *p)
{
	uint32_t i = 0;

	while (i + 1 < p->count && p->variants[i]->left_out)
		i++;
	return p->variants[i];
}

static int dump_programs(struct ks_variant *v, int stage, struct buf *out, struct ks_error *error)
{
	struct ks_probe *p = v->probe;

	if (p->within && v == first_of(p)) {
		if (dump_within(within_calls(p), stage, out, error) < 0)
			return -1;
		buf_str(out, "-- inside\n");
	}
	if (p->span)
		return dump_span(v, stage, out, error);
	return v->open ? dump_call(v, stage, out, error) : dump_program(v, stage, out, error);
}

static void dump_slots(const struct frames *f, struct buf *out)
{
	buf_printf(out, "for each task: %u slots of %u bytes, in %s\n", f->slots, f->size,
		   f->storage ? "its storage" : "a hash");
}

// What is put away of calls that hits must lie in.
static void dump_levels(const struct ks_probe *p, struct buf *out)
{
	for (; p->within; p = within_calls(p)) {
		const struct frames *f = &p->within->calls.frames;

		buf_printf(out,
			   "offset  size  put away in %s\n     0     8  the frame\n"
			   "     8    24  what it keeps\n",
			   p->within->end.places);
		stash_dump(&p->within->begin.stash, out);
		dump_slots(f, out);
	}
}

// What is put away of a call, and how often.
static void dump_stash(const struct ks_variant *v, struct buf *out)
{
	const struct frames *f = &v->probe->frames;
	const struct span *s = v->probe->span;

	if (s) {
		buf_str(out, "offset  size  put away where it opens\n");
		stash_dump(&s->begin.stash, out);
		buf_printf(out, "for each key: %u bytes, at most %u keys\n", s->begin.stash.size,
			   s->max);
	}
	if (!v->open)
		return;
	buf_str(out, "offset  size  put away where it begins\n     0     8  the frame\n");
	stash_dump(&v->stash, out);
	dump_slots(f, out);
}

size_t ks_dump(struct ks_variant *v, int stage, char *text, size_t cap, struct ks_error *error)
{
	struct buf out = buf_over(text, cap);
	int r = 0;

	if (!v->compiled && stage >= KS_IR)
		r = error_set(error, KS_EOS, "the probe is not compiled yet");
	else if (stage == KS_TOKENS || stage == KS_TREE)
		r = dump_texts(v, stage, &out, error);
	else if (stage == KS_LAYOUT)
		layout_dump(&v->layout, &out);
	else
		r = dump_programs(v, stage, &out, error);
	if (stage == KS_LAYOUT) {
		dump_stash(v, &out);
		dump_levels(v->probe, &out);
	}
	return r < 0 ? (size_t)-1 : buf_end(&out);
}

struct found {
	const struct btf *btf;
	uint32_t id;
	const char *module; // "" for the kernel itself
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
	s->found[s->count++] = (struct found){.btf = b, .id = id, .module = module};
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
	int r = strcmp(btf_name(x->btf, x->id), btf_name(y->btf, y->id));

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
	string(out, btf_name(f->btf, f->id));
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

static void print(const struct search *s, bool json, struct buf *out, int *count)
{
	char last[8192] = "", text[8192];

	*count = 0;
	for (size_t i = 0; i < s->count; i++) {
		struct buf b = buf_over(text, sizeof(text));

		(json ? prototype_json : prototype_text)(&s->found[i], &b);
		if (buf_end(&b) >= sizeof(text))
			continue; // no kernel has such a prototype
		// Some functions stand in BTF several times; the same line twice tells nothing.
		if (!strcmp(last, text))
			continue;
		if (json) // is safe as it is
			buf_str(out, text);
		else
			safe_text(out, text, strlen(text));
		buf_char(out, '\n');
		memcpy(last, text, sizeof(last));
		++*count;
	}
}

size_t ks_info(struct ks_trace *t, const char *glob, bool json, char *text, size_t cap, int *count,
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
		print(&s, json, &out, count);
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
