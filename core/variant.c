// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// A probe's texts at points where their names and types are the same: predicates, captures, and the
// program made of them.
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "error.h"
#include "field.h"
#include "lower.h"
#include "nearest.h"
#include "order.h"
#include "parse.h"
#include "recorder.h"
#include "regalloc.h"
#include "span.h"
#include "trace.h"
#include "type.h"
#include "within.h"

static struct node *tree(struct ks_variant *v, const char *text, uint32_t from, uint32_t to,
			 struct ks_error *error)
{
	struct token *tokens = lex(&v->probe->trace->work, text, from, to, error);

	return tokens ? parse(&v->probe->trace->work, tokens, error) : NULL;
}

// What first() took since `last` is of this text; and forgotten if there is none.
static void picked(const struct ks_variant *v, struct scope_pick *last, const char *text)
{
	struct scope_picks *all = &v->probe->trace->picks;

	for (struct scope_pick *p = last ? last->next : all->first; p; p = p->next) {
		p->text = text;
		p->file = v->probe->file;
		p->line = v->probe->line;
	}
	if (text)
		return;
	all->last = last;
	*(last ? &last->next : &all->first) = NULL;
}

// A tree with the script's words in it -> what it means.
static struct node *meaning(struct ks_variant *v, const char *text, struct node *n,
			    struct node *(*check)(struct arena *, const struct scope *,
						  struct node *, struct ks_error *),
			    struct ks_error *error)
{
	struct arena *work = &v->probe->trace->work;
	struct words w = {.defines = v->probe->trace->defines, .params = v->probe->params};
	struct scope_pick *last = v->probe->trace->picks.last;

	n = expand(work, &w, n, error);
	if (!n)
		return NULL;
	v->scope.tick_ns = v->open_scope.tick_ns = v->probe->trace->tick_ns;
	v->scope.formats = v->open_scope.formats = &v->probe->trace->formats;
	v->scope.picks = v->open_scope.picks = &v->probe->trace->picks;
	n = check(work, &v->scope, n, error);
	picked(v, last, n ? text : NULL);
	if (!n)
		expand_blame(&w, error);
	return n;
}

int variant_where(struct ks_variant *v, const char *text, struct ks_error *error)
{
	struct node *n;

	if (v->where_count == MAX_WHERES)
		return error_set(error, KS_ELIMIT, "more than %d predicates", MAX_WHERES);
	n = tree(v, text, 0, (uint32_t)strlen(text), error);
	n = n ? meaning(v, text, n, check_where, error) : NULL;
	if (!n)
		return -1;
	v->wheres[v->where_count] = (struct shape_where){.text = text,
							 .node = n,
							 .source = v->where_count + 1,
							 .late = v->probe->span != NULL};
	v->where_count++;
	return 0;
}

int variant_emit(struct ks_variant *v, const char *text, struct ks_error *error)
{
	struct node *n = tree(v, text, 0, (uint32_t)strlen(text), error);

	n = n ? meaning(v, text, n, check_where, error) : NULL;
	if (!n)
		return -1;
	v->emit = (struct shape_where){.text = text, .node = n, .source = SOURCE_EMIT};
	return 0;
}

int trace_fits(struct ks_trace *t, const struct btf *btf, const struct ks_field *f,
	       const struct spec *spec, struct ks_error *error)
{
	const struct naming *c;

	if (format_fits(f, spec->format, spec->format_pos, spec->format_len, error) < 0)
		return -1;
	if (!strcmp(spec->format, "sym"))
		t->wants_symbols = true;
	if (!naming_glob(spec->format, spec->format_len))
		return 0;
	c = glossary_of(&t->glossary, btf, f->type_id, f->size, spec->format);
	if (!c)
		return error_nomem(error);
	if (c->count)
		return 0;
	error_at(error, KS_ENAME, spec->format_pos, spec->format_len,
		 "no constant of this kernel matches '%s'", spec->format);
	glossary_hint(btf, spec->format, error);
	return -1;
}

// What `*x` and `x[:n]` are called without a name is the argument's name, which in expressions goes
// on to mean the argument: a whole struct is good for nothing there.
static bool is_named_as_argument(const struct ks_variant *v, const struct ks_field *f,
				 const struct spec *spec)
{
	return f->kind == KS_VALUE && !spec->name_len &&
	       (scope_arg(&v->scope, f->name, strlen(f->name)) >= 0 || !strcmp(f->name, "retval"));
}

// about: the name of what the expression is about.
static int add(struct ks_variant *v, const char *name, const char *about, const char *expr,
	       const struct spec *spec, const struct node *n, struct ks_error *error)
{
	struct lower l = {.btf = v->scope.btf,
			  .scope = &v->scope,
			  .target = &v->probe->trace->target};
	struct scope_capture *c = arena_alloc(&v->probe->trace->work, sizeof(*c));
	int header = field_header(v, n), index;
	struct ks_field f = header >= 0 ? v->layout.fields[header] : field_of(v, n);
	bool comm = n->kind == N_BUILTIN && n->builtin == B_COMM && !strcmp(name, "comm");

	if (!c || !f.type)
		return error_nomem(error);
	f.name = name;
	f.in_args = !comm;
	f.spec = spec->format;
	f.width = spec->width;
	if (header >= 0) { // the same bytes under another name
		if (v->layout.count == MAX_FIELDS)
			return error_set(error, KS_ELIMIT, "more than %d captures", MAX_FIELDS);
		index = (int)v->layout.count++;
		v->layout.fields[index] = f;
		v->layout.values[index] = NULL;
	} else {
		index = layout_add(&v->layout, f, n, lower_can_fail(&l, n), error);
		if (index < 0 && (f.kind == KS_VALUE || f.kind == KS_CHANGES) &&
		    error->kind == KS_ELIMIT) {
			error->pos = spec->from;
			error->len = spec->to - spec->from;
			error_hint(error, f.kind == KS_VALUE
						  ? "capture the members that you need, or a slice"
						  : "compare the members that you need: "
						    "x->y|changes");
		}
	}
	if (index < 0)
		return -1;
	v->exprs[index] = expr;
	if (f.kind == KS_CHANGES) // which is no value that an expression can go on with
		return field_split(v, &v->layout, (uint32_t)index, n, about) < 0
			       ? error_nomem(error)
			       : index;
	field_know(v, &v->layout, (uint32_t)index, n);
	if (is_named_as_argument(v, &f, spec) ||
	    (v->layout.is_key && scope_builtin(name, strlen(name))))
		return index;
	*c = (struct scope_capture){.name = name, .value = n, .next = v->scope.captures};
	v->scope.captures = c;
	return index;
}

// Does a field hold what is asked for: what changed, or the value?
static bool is_like(const struct ks_field *f, bool changes)
{
	return (f->kind == KS_CHANGES) == changes;
}

// A name for what a template shows without one, when its own is taken: prev->comm is prev_comm.
static const char *made_name(struct ks_variant *v, const char *expr, bool changes)
{
	size_t room = strlen(expr) + 16, n = 0;
	char *name = arena_alloc(&v->probe->trace->keep, room);
	const struct ks_field *same;
	size_t base;

	for (const char *c = expr; name && *c; c++) {
		bool word = isalnum((unsigned char)*c) || *c == '_';

		if (word || (n && name[n - 1] != '_'))
			name[n++] = word ? *c : '_';
	}
	while (n && name[n - 1] == '_')
		n--;
	base = n;
	for (int i = 2; name; i++) {
		int at = layout_find(&v->layout, name, n);

		name[n] = '\0';
		same = at >= 0 ? &v->layout.fields[at] : NULL;
		if (!same && !scope_builtin(name, (uint32_t)n))
			break;
		if (same && v->exprs[at] && !strcmp(v->exprs[at], expr) && is_like(same, changes))
			break;
		n = base + (size_t)snprintf(name + base, room - base, "_%d", i);
	}
	return name;
}

// Has a field the name that what a template shows would have, and is it not that?
static bool is_other(const struct ks_variant *v, int index, const char *name, const char *expr,
		     bool changes)
{
	const char *had = index >= 0 ? v->exprs[index] : NULL;
	bool is_mention = !strcmp(expr, name);

	if (!had)
		return index >= 0 && changes;
	if (is_like(&v->layout.fields[index], changes))
		return strcmp(expr, had) != 0 && !is_mention;
	return changes || !is_mention;
}

static int no_name(const struct spec *spec, const char *text, struct ks_error *error)
{
	error_at(error, KS_ESYNTAX, spec->from, spec->to - spec->from, "this capture needs a name");
	error_hint(error, "write it as name=%.*s", (int)(spec->to - spec->from), text + spec->from);
	return -1;
}

// The index, if its field can be shown as the spec asks for; else -1 with error.
static int fits(struct ks_variant *v, int index, const struct spec *spec, struct ks_error *error)
{
	if (trace_fits(v->probe->trace, v->scope.btf, &v->layout.fields[index], spec, error) < 0)
		return -1;
	return index;
}

int variant_capture(struct ks_variant *v, const char *text, uint32_t from, uint32_t to, bool shown,
		    struct spec *spec, struct ks_error *error)
{
	struct arena *keep = &v->probe->trace->keep;
	const char *word = text, *expr, *name, *about;
	uint32_t len;
	struct node *n;
	bool own, changes, is_taken;
	int index;

	if (spec_split(keep, text, from, to, spec, error) < 0)
		return -1;
	changes = !strcmp(spec->format, "changes");
	n = tree(v, text, spec->from, spec->to, error);
	if (!n)
		return -1;
	len = spec->name_len;
	word += spec->name_pos;
	own = len > 0;
	if (!len && !check_capture_name(n, &word, &len)) {
		if (!shown)
			return no_name(spec, text, error);
		len = 0;
	}
	name = arena_copy(keep, word, len);
	expr = arena_copy(keep, text + spec->from, spec->to - spec->from);
	if (!name || !expr)
		return error_nomem(error);
	about = len ? name : NULL;
	index = layout_find(&v->layout, name, len);
	is_taken = scope_builtin(name, len) && (strcmp(name, expr) != 0 || changes);
	// A key is no name in expressions, so it may be called what entry(comm) and stack(5) are about.
	if (v->layout.is_key && !own)
		is_taken = false;
	if (shown && !own && (!len || is_taken || is_other(v, index, name, expr, changes))) {
		name = made_name(v, expr, changes);
		if (!name)
			return error_nomem(error);
		index = layout_find(&v->layout, name, strlen(name));
	} else if (is_taken) {
		error_at(error, KS_ENAME, spec->name_pos, len,
			 "'%s' always names the built-in value", name);
		if (!own)
			error_hint(error, "give it a name of its own: name=%s%s", expr,
				   changes ? "|changes" : "");
		return -1;
	}
	if (index >= 0) {
		const char *had = v->exprs[index] ? v->exprs[index] : name;
		bool is_value = changes && !is_like(&v->layout.fields[index], true);

		// The same again, or a mention of what is there.
		if (!is_value && (!strcmp(expr, had) || !strcmp(expr, name)))
			return fits(v, index, spec, error);
		error_at(error, KS_ENAME, spec->from, spec->to - spec->from,
			 "'%s' already names %s", name, had);
		if (!own && is_value)
			error_hint(error, "give it a name of its own: name=%s|changes", expr);
		else if (!own && !strncmp(expr, "entry(", 6))
			error_hint(error, "give it a name of its own: was=%s", expr);
		return -1;
	}
	if (changes && check_interval(&v->scope, spec->format, spec->format_pos, error) < 0)
		return -1;
	n = meaning(v, text, n, changes ? check_changes : check_capture, error);
	index = n ? add(v, name, about ? about : name, expr, spec, n, error) : -1;
	return index < 0 ? -1 : fits(v, index, spec, error);
}

// A number made 8 bytes wide, by its sign.
static const struct node *widened(struct ks_variant *v, struct node *n, struct ks_error *error)
{
	struct node *wide = arena_alloc(&v->probe->trace->work, sizeof(*wide));

	if (!wide) {
		error_nomem(error);
		return NULL;
	}
	*wide = (struct node){.kind = N_CONVERT,
			      .token = n->token,
			      .pos = n->pos,
			      .len = n->len,
			      .a = n,
			      .type = {.kind = V_INT, .size = 8, .is_signed = n->type.is_signed}};
	return n->type.size == 8 ? n : wide;
}

const struct node *variant_number(struct ks_variant *v, const char *text, struct ks_field *f,
				  struct ks_error *error)
{
	struct ks_trace *t = v->probe->trace;
	struct node *n;
	struct spec spec;

	if (spec_split(&t->keep, text, 0, (uint32_t)strlen(text), &spec, error) < 0)
		return NULL;
	n = tree(v, text, spec.from, spec.to, error);
	n = n ? meaning(v, text, n, check_capture, error) : NULL;
	if (!n)
		return NULL;
	if (n->type.kind != V_INT) {
		error_at(error, KS_ETYPE, spec.from, spec.to - spec.from,
			 "what is added up is a number, and this is %s", field_spell(v, &n->type));
		return NULL;
	}
	*f = field_of(v, n);
	f->spec = spec.format;
	if (format_fits(f, spec.format, spec.format_pos, spec.format_len, error) < 0)
		return NULL;
	return widened(v, n, error);
}

const struct node *variant_key(struct ks_variant *v, const char *text, struct ks_error *error)
{
	uint32_t len = (uint32_t)strlen(text);
	struct node *n = tree(v, text, 0, len, error);

	n = n ? meaning(v, text, n, check_capture, error) : NULL;
	if (!n || n->type.kind == V_PTR)
		return n;
	if (n->type.kind == V_INT)
		return widened(v, n, error);
	error_at(error, KS_ETYPE, 0, len, "a key is a number or a pointer, and this is %s",
		 field_spell(v, &n->type));
	return NULL;
}

static int each_of_use(const struct aggregate_use *u, int (*f)(void *data, const struct node *n),
		       void *data)
{
	if (u->value && f(data, u->value) < 0)
		return -1;
	for (uint32_t i = 0; i < u->keys->count; i++)
		if (f(data, u->keys->values[i]) < 0)
			return -1;
	return 0;
}

int variant_each_tree(const struct ks_variant *v, int (*f)(void *data, const struct node *n),
		      void *data)
{
	for (uint32_t i = 0; i < v->where_count; i++)
		if (f(data, v->wheres[i].node) < 0)
			return -1;
	for (uint32_t i = 0; i < v->layout.count; i++)
		if (v->layout.values[i] && f(data, v->layout.values[i]) < 0)
			return -1;
	if (v->emit.node && f(data, v->emit.node) < 0)
		return -1;
	for (uint32_t i = 0; i < v->use_count; i++)
		if (each_of_use(&v->uses[i], f, data) < 0)
			return -1;
	return 0;
}

// Arguments that can't be captured, a struct by value say, are left out.
static int capture_arguments(struct ks_variant *v, struct ks_error *error)
{
	scope_asks_all(&v->scope);
	for (uint32_t i = 0; i < v->scope.arg_count; i++) {
		const struct scope_arg *arg = &v->scope.args[i];
		uint32_t len = (uint32_t)strlen(arg->name);
		struct spec spec;
		struct ks_error ignored;

		if (len && (arg->type.kind == V_INT || arg->type.kind == V_PTR) &&
		    !scope_builtin(arg->name, len) && layout_find(&v->layout, arg->name, len) < 0)
			variant_capture(v, arg->name, 0, len, false, &spec, &ignored);
	}
	return error->kind == KS_ENOMEM ? -1 : 0;
}

static bool uses_elapsed(const struct node *n)
{
	return n && ((n->kind == N_BUILTIN && n->builtin == B_ELAPSED) || uses_elapsed(n->a) ||
		     uses_elapsed(n->b) || uses_elapsed(n->c));
}

// What was captured where something around this began.
static int capture_kept(struct ks_variant *v, const struct beginnings *b, struct ks_error *error)
{
	struct spec spec;

	for (const struct scope_capture *c = b->captures; c; c = c->next) {
		uint32_t len = (uint32_t)strlen(c->name);

		if (beginnings_names(b, c) && layout_find(&v->layout, c->name, len) < 0 &&
		    variant_capture(v, c->name, 0, len, false, &spec, error) < 0)
			return -1;
	}
	return 0;
}

// A time that decides is worth seeing; else it costs a program and is not asked for.
int variant_capture_default(struct ks_variant *v, struct ks_error *error)
{
	struct spec spec;

	if (capture_arguments(v, error) < 0)
		return -1;
	if (v->scope.has_retval &&
	    (v->scope.retval.kind == V_INT || v->scope.retval.kind == V_PTR) &&
	    variant_capture(v, "retval", 0, 6, false, &spec, error) < 0)
		return -1;
	if (v->probe->within && capture_kept(v, &v->probe->within->begin, error) < 0)
		return -1;
	if (v->probe->span)
		return capture_kept(v, &v->probe->span->begin, error) < 0 ||
				       variant_capture(v, "elapsed", 0, 7, false, &spec, error) < 0
			       ? -1
			       : 0;
	for (uint32_t i = 0; i < v->where_count; i++)
		if (uses_elapsed(v->wheres[i].node))
			return variant_capture(v, "elapsed", 0, 7, false, &spec, error) < 0 ? -1
											    : 0;
	return 0;
}

int variant_compile(struct ks_variant *v, struct ks_error *error)
{
	struct ks_trace *t = v->probe->trace;
	struct shape shape = {
		.btf = v->scope.btf,
		.scope = &v->scope,
		.layout = &v->layout,
		.target = &t->target,
		.wheres = v->wheres,
		.where_count = v->where_count,
		.uses = v->uses,
		.use_count = v->use_count,
		.no_record = v->probe->no_record,
		.line = v->probe->counters,
		.point = v->first,
		.cookie = attach_is_multi(v->kind),
		.trusted = v->kind == ATTACH_TP_BTF,
		.no_hits = t->options.no_hits,
		.self = t->own_pid,
		.geometry = t->geometry,
		.frames = v->open ? &v->probe->frames : NULL,
		.stash = v->open ? &v->stash : NULL,
		.sampler = v->probe->sampler.on ? &v->probe->sampler : NULL,
	};

	recorder_shape(v, &shape);
	if (!v->probe->span)
		within_shape(v->probe, &shape); // a span asks where it opens
	if (v->scope.is_open || (v->probe->span && v == v->probe->gone))
		return span_compile(v, &shape, error);
	span_shape(v, &shape);
	ir_init(&v->ir, &t->work);
	v->ir.maps = t->map_names;
	if (shape_probe(&v->ir, &shape, error) < 0 || variant_finish(v, error) < 0)
		return -1;
	return v->open ? call_compile(v, &shape, error) : 0;
}

int variant_finish(struct ks_variant *v, struct ks_error *error)
{
	int8_t *registers;

	ir_prune(&v->ir);
	if (regalloc(&v->ir, &registers, error) < 0 ||
	    encode(&v->ir, registers, &v->program, error) < 0)
		return -1;
	v->compiled = true;
	return 0;
}

struct attach_target variant_target(const struct ks_variant *v, char name[16])
{
	const struct point *p = &v->probe->trace->points[v->first];

	snprintf(name, 16, "ks_%.12s", p->symbol);
	for (char *c = name; *c; c++)
		if (*c == '.')
			*c = '_';
	return (struct attach_target){.kind = v->kind,
				      .name = name,
				      .func = p->symbol,
				      .module = v->module ? v->module->name : NULL,
				      .btf_id = v->btf_id,
				      .event_id = v->event_id,
				      .hz = v->hz,
				      .words = v->words};
}

const char *variant_source(const struct ks_variant *v, uint32_t insn, uint32_t *pos, uint32_t *len)
{
	const struct origin *i = insn < v->program.count ? &v->program.origins[insn] : NULL;
	const char *text;

	if (!i || !i->source)
		return NULL;
	if (i->source <= v->where_count) {
		*pos = i->pos;
		*len = i->len;
		return v->wheres[i->source - 1].text;
	}
	if (i->source == SOURCE_EMIT) {
		*pos = i->pos;
		*len = i->len;
		return v->emit.text;
	}
	text = i->source >= SOURCE_USE	   ? v->use_texts[i->source - SOURCE_USE]
	       : i->source >= SOURCE_FIELD ? v->exprs[i->source - SOURCE_FIELD]
					   : NULL;
	*pos = 0;
	*len = text ? (uint32_t)strlen(text) : 0;
	return text;
}

static bool has(const struct node *n, const struct node *part)
{
	return n && (lower_same(n, part) || has(n->a, part) || has(n->b, part) || has(n->c, part));
}

const char *variant_largest(const struct ks_variant *v, const struct stash *s)
{
	const struct stash_value *largest = s->values;

	for (uint32_t i = 1; i < s->count; i++)
		if (s->values[i].size > largest->size)
			largest = &s->values[i];
	for (uint32_t i = 0; s->count && i < v->layout.count; i++)
		if (v->exprs[i] && has(v->layout.values[i], largest->node))
			return v->exprs[i];
	for (uint32_t i = 0; s->count && i < v->where_count; i++)
		if (has(v->wheres[i].node, largest->node))
			return v->wheres[i].text;
	return NULL;
}

int variant_lines(const struct ks_variant *v, struct program_lines *lines)
{
	const struct ks_probe *p = v->probe;
	struct line *list = arena_alloc(&p->trace->work, v->program.count * sizeof(*list));
	const char *last = NULL;

	*lines = (struct program_lines){.name = p->trace->points[v->first].symbol, .lines = list};
	if (!list)
		return -1;
	for (uint32_t n = 0; n < v->program.count; n++) {
		uint32_t pos, len;
		const char *text = variant_source(v, n, &pos, &len);

		if (!text)
			text = p->place;
		if (text == last)
			continue;
		list[lines->count++] = (struct line){.insn = n,
						     .file = p->file ? p->file : "",
						     .text = text,
						     .line = (uint32_t)p->line,
						     .column = 1};
		last = text;
	}
	return 0;
}

int ks_variant_index(const struct ks_variant *v)
{
	return (int)v->index;
}

int ks_field_count(const struct ks_variant *v)
{
	return (int)v->layout.count;
}

const struct ks_field *ks_field(const struct ks_variant *v, int index)
{
	return index >= 0 && index < (int)v->layout.count ? &v->layout.fields[index] : NULL;
}

int ks_field_index(const struct ks_variant *v, const char *name, struct ks_error *error)
{
	int index = layout_find(&v->layout, name, strlen(name));
	struct nearest near;

	if (index >= 0)
		return index;
	error_set(error, KS_ENAME, "events of %s carry no '%s'", v->probe->place, name);
	nearest_init(&near, name, strlen(name));
	for (uint32_t i = 0; i < v->layout.count; i++)
		nearest_offer(&near, v->layout.fields[i].name);
	nearest_hint(&near, error);
	if (!near.count)
		error_hint(error, "name it in capture = { ... }");
	return -1;
}
