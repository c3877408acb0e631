// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Every stage of a probe as text (--dump STAGE), and what BTF says of functions (ksnoop info).
#include <dirent.h>
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
#include "trace.h"
#include "type.h"

#define LOG_SIZE ((size_t)16 << 20)
#define MODULES	 "/sys/kernel/btf"

static int tokens(struct ks_probe *p, const char *title, const char *text, struct buf *out,
		  struct ks_error *error)
{
	struct token *t = lex(&p->trace->work, text, 0, (uint32_t)strlen(text), error);

	if (!t)
		return -1;
	buf_str(out, title);
	buf_str(out, text);
	buf_char(out, '\n');
	lex_dump(t, out);
	return 0;
}

static int dump_texts(struct ks_probe *p, int stage, struct buf *out, struct ks_error *error)
{
	for (uint32_t i = 0; i < p->where_count; i++) {
		if (stage == KS_TOKENS) {
			if (tokens(p, "where: ", p->wheres[i].text, out, error) < 0)
				return -1;
			continue;
		}
		buf_str(out, "where: ");
		buf_str(out, p->wheres[i].text);
		buf_char(out, '\n');
		parse_dump(p->wheres[i].node, out);
	}
	for (uint32_t i = 0; i < p->layout.count; i++) {
		if (!p->exprs[i])
			continue;
		if (stage == KS_TOKENS) {
			if (tokens(p, "capture: ", p->exprs[i], out, error) < 0)
				return -1;
		} else if (p->layout.values[i]) {
			buf_str(out, "capture: ");
			buf_str(out, p->exprs[i]);
			buf_char(out, '\n');
			parse_dump(p->layout.values[i], out);
		}
	}
	return 0;
}

static int dump_log(struct ks_probe *p, struct buf *out, struct ks_error *error)
{
	struct ks_trace *t = p->trace;
	KS_FREE char *log = calloc(1, LOG_SIZE);
	struct attachment loaded = {.prog_fd = -1, .link_fd = -1};
	char name[16];
	struct attach_target target = probe_target(p, name);
	int r;

	if (!log)
		return error_nomem(error);
	if (trace_maps(t, error) < 0)
		return -1;
	const int fds[MAP_COUNT] = {[MAP_RING] = t->ring.fd, [MAP_CELLS] = t->cells.fd};

	r = attach_load(&p->program, &target, fds, log, LOG_SIZE, &loaded, error);
	attach_close(&loaded);
	buf_str(out, log);
	return r < 0 && !*log ? -1 : 0; // a log that says no is what was asked for
}

size_t ks_dump(struct ks_probe *p, int stage, char *text, size_t cap, struct ks_error *error)
{
	struct buf out = buf_over(text, cap);
	int r = 0;

	if (!p->compiled && stage >= KS_IR)
		r = error_set(error, KS_EOS, "the probe is not compiled yet");
	else if (stage == KS_TOKENS || stage == KS_TREE)
		r = dump_texts(p, stage, &out, error);
	else if (stage == KS_LAYOUT)
		layout_dump(&p->layout, &out);
	else if (stage == KS_IR)
		ir_dump(&p->ir, &out);
	else if (stage == KS_BPF)
		encode_list(&p->program, &out);
	else
		r = dump_log(p, &out, error);
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

static int search(struct search *s, const struct btf *b, const char *module, struct ks_error *error)
{
	for (uint32_t id = b->first; id < b->end; id++) {
		const char *name = btf_name(b, id);

		if (btf_kind(btf_type(b, id)) != BTF_KIND_FUNC)
			continue;
		if (s->exact ? strcmp(name, s->glob) != 0 : fnmatch(s->glob, name, 0) != 0) {
			if (s->exact)
				nearest_offer(&s->near, name);
			continue;
		}
		if (s->count == s->room) {
			struct found *more = realloc(s->found, (s->room * 2 + 64) * sizeof(*more));

			if (!more)
				return error_nomem(error);
			s->found = more;
			s->room = s->room * 2 + 64;
		}
		s->found[s->count++] = (struct found){.btf = b, .id = id, .module = module};
	}
	return 0;
}

static int by_name(const void *a, const void *b)
{
	const struct found *x = a, *y = b;
	int r = strcmp(btf_name(x->btf, x->id), btf_name(y->btf, y->id));

	return r ? r : strcmp(x->module, y->module);
}

int trace_modules(struct ks_trace *t, struct ks_error *error)
{
	DIR *dir = t->module_count ? NULL : opendir(MODULES);
	const struct dirent *entry;
	int r = 0;

	while (dir && r == 0 && t->module_count < MAX_MODULES && (entry = readdir(dir))) {
		char path[320];
		struct module *m = arena_alloc(&t->keep, sizeof(*m));
		struct ks_error ignored;

		if (entry->d_name[0] == '.' || !strcmp(entry->d_name, "vmlinux"))
			continue;
		snprintf(path, sizeof(path), MODULES "/%s", entry->d_name);
		if (!m || !(m->name = arena_copy(&t->keep, entry->d_name, strlen(entry->d_name))))
			r = error_nomem(error);
		else if (btf_open(&m->btf, path, &t->btf, &ignored) == 0)
			t->modules[t->module_count++] = m;
	}
	if (dir)
		closedir(dir);
	return r;
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
		buf_str(out, text);
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
		r = trace_modules(t, error);
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
