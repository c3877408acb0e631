// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Every stage of a probe as text: --dump STAGE.
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "cleanup.h"
#include "error.h"
#include "parse.h"
#include "span.h"
#include "trace.h"
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
		   f->tasks.storage ? "its storage" : "a hash");
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
