// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// One probe: a place, its predicates, its captures, and the program made of them.
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "error.h"
#include "lower.h"
#include "nearest.h"
#include "parse.h"
#include "regalloc.h"
#include "trace.h"
#include "type.h"

static int no_function(const struct ks_trace *t, const char *func, struct ks_error *error)
{
	struct nearest near;

	error_set(error, KS_EABSENT, "this kernel has no function '%.200s' that BTF describes",
		  func);
	nearest_init(&near, func, strlen(func));
	for (uint32_t id = 1; id < t->btf.end; id++)
		if (btf_kind(btf_type(&t->btf, id)) == BTF_KIND_FUNC)
			nearest_offer(&near, btf_name(&t->btf, id));
	nearest_hint(&near, error);
	return -1;
}

static int resolve(struct ks_probe *p, struct ks_error *error)
{
	const struct btf *b = &p->trace->btf;
	const struct btf_type *proto;
	const struct btf_param *params;

	p->func_id = btf_find(b, BTF_KIND_FUNC, p->func, 0);
	if (!p->func_id)
		return no_function(p->trace, p->func, error);
	// The kernel goes from the name to an address and may take another body than we mean.
	if (btf_find(b, BTF_KIND_FUNC, p->func, p->func_id + 1))
		return error_set(error, KS_EABSENT,
				 "several functions of this kernel are called '%s'", p->func);
	proto = btf_type(b, btf_type(b, p->func_id)->type);
	params = (const void *)(proto + 1);
	if (btf_vlen(proto) && params[btf_vlen(proto) - 1].type == 0)
		return error_set(
			error, KS_EABSENT,
			"%s takes a variable number of arguments, and such functions can't "
			"be traced",
			p->func);
	if (btf_vlen(proto) > MAX_ARGS)
		return error_set(error, KS_EABSENT, "%s takes more than %d arguments", p->func,
				 MAX_ARGS);
	if (scope_init(&p->scope, &p->trace->keep, b, p->func_id, CONTEXT_TRACING, p->is_return, 0,
		       error) < 0)
		return -1;
	return attach_allowed(p->func, p->is_return, error);
}

// Counters and events are told apart by name, also those of two probes at one place.
static int name(struct ks_probe *p, struct ks_error *error)
{
	unsigned same = 1;
	size_t size = strlen(p->place) + 16;
	char *text = arena_alloc(&p->trace->keep, size);

	if (!text)
		return error_nomem(error);
	for (uint32_t i = 0; i < p->trace->count; i++)
		same += !strcmp(p->trace->probes[i]->place, p->place);
	snprintf(text, size, same > 1 ? "%s#%u" : "%s", p->place, same);
	p->name = text;
	return 0;
}

struct ks_probe *ks_probe(struct ks_trace *t, const char *place, struct ks_error *error)
{
	struct ks_probe *p;
	const char *colon = strchr(place, ':');

	if (t->has_maps) {
		error_set(error, KS_ELIMIT, "a probe can't be added to a trace that runs");
		return NULL;
	}
	if (t->count == WIRE_MAX_PROBES) {
		error_set(error, KS_ELIMIT, "more than %d probes", WIRE_MAX_PROBES);
		return NULL;
	}
	p = arena_alloc(&t->keep, sizeof(*p));
	if (!p || !(p->place = arena_copy(&t->keep, place, strlen(place)))) {
		error_nomem(error);
		return NULL;
	}
	p->trace = t;
	p->attachment = (struct attachment){.prog_fd = -1, .link_fd = -1};
	p->func = p->place;
	if (strpbrk(place, "*?[")) {
		error_set(error, KS_EABSENT, "a place is one function, and '%.200s' is a pattern",
			  place);
		error_hint(error, "a loop over names makes several probes; ksnoop info lists them");
		return NULL;
	}
	if (colon && colon - place == 6 && !memcmp(place, "return", 6)) {
		p->is_return = true;
		p->func = p->place + 7;
	} else if (colon) {
		error_set(error, KS_EABSENT, "'%.*s:' is no kind of place", (int)(colon - place),
			  place);
		error_hint(error, "places are \"function\" and \"return:function\"");
		return NULL;
	}
	if (resolve(p, error) < 0 || name(p, error) < 0)
		return NULL;
	layout_init(&p->layout);
	p->index = t->count;
	t->probes[t->count++] = p;
	return p;
}

static struct node *tree(struct ks_probe *p, const char *text, uint32_t from, uint32_t to,
			 struct ks_error *error)
{
	struct token *tokens = lex(&p->trace->work, text, from, to, error);

	return tokens ? parse(&p->trace->work, tokens, error) : NULL;
}

// A tree with the script's words in it -> what it means.
static struct node *meaning(struct ks_probe *p, struct node *n,
			    struct node *(*check)(struct arena *, const struct scope *,
						  struct node *, struct ks_error *),
			    struct ks_error *error)
{
	struct words w = {.defines = p->trace->defines, .params = p->params};

	n = expand(&p->trace->work, &w, n, error);
	if (!n)
		return NULL;
	n = check(&p->trace->work, &p->scope, n, error);
	if (!n)
		expand_blame(&w, error);
	return n;
}

int ks_where(struct ks_probe *p, const char *expr, struct ks_error *error)
{
	char *text = arena_copy(&p->trace->keep, expr, strlen(expr));
	struct node *n;

	if (!text)
		return error_nomem(error);
	if (p->where_count == MAX_WHERES)
		return error_set(error, KS_ELIMIT, "more than %d predicates", MAX_WHERES);
	n = tree(p, text, 0, (uint32_t)strlen(text), error);
	n = n ? meaning(p, n, check_where, error) : NULL;
	if (!n)
		return -1;
	p->wheres[p->where_count] = (struct shape_where){.text = text,
							 .node = n,
							 .source = p->where_count + 1};
	p->where_count++;
	return 0;
}

static const char *spell(struct ks_probe *p, const struct value_type *t)
{
	char text[160];
	struct buf b = buf_over(text, sizeof(text));

	if (!t->id)
		return t->spell ? t->spell : "unsigned long";
	type_declare(p->scope.btf, t->id, "", &b);
	buf_end(&b);
	return arena_copy(&p->trace->keep, text, strlen(text));
}

static struct ks_field field_of(struct ks_probe *p, const struct node *n)
{
	const struct value_type *t = &n->type;
	struct ks_field f = {.unit = t->unit,
			     .is_signed = t->is_signed,
			     .size = t->size,
			     .type_id = t->id,
			     .spec = ""};

	switch (t->kind) {
	case V_PTR:
		f.kind = KS_PTR;
		f.size = 8;
		break;
	case V_CHARS:
		f.kind = KS_CHARS;
		break;
	case V_STR:
		f.kind = KS_STR;
		f.size += 4;
		break;
	default:
		f.kind = t->is_bool ? KS_BOOL : t->is_enum && t->id ? KS_ENUM : KS_INT;
		break;
	}
	f.type = spell(p, t);
	return f;
}

// The header's field that a built-in value lies in already; -1: none.
static int header_field(const struct ks_probe *p, const struct node *n)
{
	static const char *const names[] = {[B_PID] = "pid",
					    [B_TID] = "tid",
					    [B_CPU] = "cpu",
					    [B_TIME] = "time",
					    [B_FUNC] = "func"};

	if (n->kind != N_BUILTIN || n->builtin >= sizeof(names) / sizeof(*names) ||
	    !names[n->builtin])
		return -1;
	return layout_find(&p->layout, names[n->builtin], strlen(names[n->builtin]));
}

static int add(struct ks_probe *p, const char *name, const char *expr, const struct spec *spec,
	       const struct node *n, struct ks_error *error)
{
	struct lower l = {.btf = p->scope.btf, .scope = &p->scope};
	struct scope_capture *c = arena_alloc(&p->trace->work, sizeof(*c));
	int header = header_field(p, n), index;
	struct ks_field f = header >= 0 ? p->layout.fields[header] : field_of(p, n);
	bool comm = n->kind == N_BUILTIN && n->builtin == B_COMM && !strcmp(name, "comm");

	if (!c || !f.type)
		return error_nomem(error);
	f.name = name;
	f.in_args = !comm;
	f.spec = spec->format;
	f.width = spec->width;
	if (header >= 0) { // the same bytes under another name
		if (p->layout.count == MAX_FIELDS)
			return error_set(error, KS_ELIMIT, "more than %d captures", MAX_FIELDS);
		index = (int)p->layout.count++;
		p->layout.fields[index] = f;
		p->layout.values[index] = NULL;
	} else {
		index = layout_add(&p->layout, f, n, lower_can_fail(&l, n), error);
	}
	if (index < 0)
		return -1;
	p->exprs[index] = expr;
	*c = (struct scope_capture){.name = name, .value = n, .next = p->scope.captures};
	p->scope.captures = c;
	return index;
}

int probe_capture(struct ks_probe *p, const char *text, uint32_t from, uint32_t to,
		  struct spec *spec, struct ks_error *error)
{
	const char *word = text, *expr, *name;
	uint32_t len;
	struct node *n;
	int index;

	if (spec_split(&p->trace->keep, text, from, to, spec, error) < 0)
		return -1;
	n = tree(p, text, spec->from, spec->to, error);
	if (!n)
		return -1;
	len = spec->name_len;
	word += spec->name_pos;
	if (!len && !check_capture_name(n, &word, &len)) {
		error_at(error, KS_ESYNTAX, spec->from, spec->to - spec->from,
			 "this capture needs a name");
		error_hint(error, "write it as name=%.*s", (int)(spec->to - spec->from),
			   text + spec->from);
		return -1;
	}
	name = arena_copy(&p->trace->keep, word, len);
	expr = arena_copy(&p->trace->keep, text + spec->from, spec->to - spec->from);
	if (!name || !expr)
		return error_nomem(error);
	if (scope_builtin(name, len) && strcmp(name, expr) != 0)
		return error_at(error, KS_ENAME, spec->name_pos, len,
				"'%s' always names the built-in value", name);
	index = layout_find(&p->layout, name, len);
	if (index >= 0) {
		const char *had = p->exprs[index] ? p->exprs[index] : name;

		// The same again, or a mention of what is there.
		if (!strcmp(expr, had) || !strcmp(expr, name))
			return index;
		return error_at(error, KS_ENAME, spec->from, spec->to - spec->from,
				"'%s' already names %s", name, had);
	}
	n = meaning(p, n, check_capture, error);
	return n ? add(p, name, expr, spec, n, error) : -1;
}

int ks_capture(struct ks_probe *p, const char *text, struct ks_error *error)
{
	struct spec spec;

	return probe_capture(p, text, 0, (uint32_t)strlen(text), &spec, error);
}

int ks_capture_default(struct ks_probe *p, struct ks_error *error)
{
	for (uint32_t i = 0; i < p->scope.arg_count; i++) {
		const struct scope_arg *arg = &p->scope.args[i];
		struct ks_error ignored;

		// What can't be captured, a struct by value say, the default leaves out.
		if (*arg->name && (arg->type.kind == V_INT || arg->type.kind == V_PTR) &&
		    !scope_builtin(arg->name, strlen(arg->name)))
			ks_capture(p, arg->name, &ignored);
	}
	if (p->scope.has_retval && (p->scope.retval.kind == V_INT || p->scope.retval.kind == V_PTR))
		return ks_capture(p, "retval", error) < 0 ? -1 : 0;
	return 0;
}

int ks_probe_index(const struct ks_probe *p)
{
	return (int)p->index;
}

const char *ks_probe_name(const struct ks_probe *p)
{
	return p->name;
}

const char *ks_probe_func(const struct ks_probe *p)
{
	return p->func;
}

int ks_field_count(const struct ks_probe *p)
{
	return (int)p->layout.count;
}

const struct ks_field *ks_field(const struct ks_probe *p, int index)
{
	return index >= 0 && index < (int)p->layout.count ? &p->layout.fields[index] : NULL;
}

int ks_field_index(const struct ks_probe *p, const char *name, struct ks_error *error)
{
	int index = layout_find(&p->layout, name, strlen(name));
	struct nearest near;

	if (index >= 0)
		return index;
	error_set(error, KS_ENAME, "events of %s carry no '%s'", p->place, name);
	nearest_init(&near, name, strlen(name));
	for (uint32_t i = 0; i < p->layout.count; i++)
		nearest_offer(&near, p->layout.fields[i].name);
	nearest_hint(&near, error);
	if (!near.count)
		error_hint(error, "name it in capture = { ... }");
	return -1;
}

int probe_compile(struct ks_probe *p, struct ks_error *error)
{
	struct ks_trace *t = p->trace;
	const struct shape shape = {
		.btf = p->scope.btf,
		.scope = &p->scope,
		.layout = &p->layout,
		.wheres = p->wheres,
		.where_count = p->where_count,
		.index = p->index,
		.no_hits = t->options.no_hits,
		.helper_reads = t->options.helper_reads,
		.self = t->own_pid,
		.geometry = t->geometry,
	};
	int8_t *registers;

	ir_init(&p->ir, &t->work);
	if (shape_probe(&p->ir, &shape, error) < 0)
		return -1;
	ir_prune(&p->ir);
	if (regalloc(&p->ir, &registers, error) < 0 ||
	    encode(&p->ir, registers, &p->program, error) < 0)
		return -1;
	p->compiled = true;
	return 0;
}

struct attach_target probe_target(const struct ks_probe *p, char name[16])
{
	snprintf(name, 16, "ks_%.12s", p->func);
	for (char *c = name; *c; c++)
		if (*c == '.')
			*c = '_';
	return (struct attach_target){.name = name,
				      .func = p->func,
				      .func_id = p->func_id,
				      .slots = p->scope.retval_at,
				      .is_return = p->is_return};
}

int64_t ks_lost(const struct ks_probe *p)
{
	return cells_sum(&p->trace->cells, p->index, CELL_LOST);
}

void ks_counters(struct ks_probe *p, struct ks_counters *out)
{
	const struct cells *c = &p->trace->cells;
	bool hits = !p->trace->options.no_hits;

	*out = (struct ks_counters){
		.recursion = p->attachment.prog_fd >= 0 ? attach_recursion(&p->attachment)
							: p->recursion,
		.suppressed = cells_sum(c, p->index, CELL_SUPPRESSED),
		.self = cells_sum(c, p->index, CELL_SELF),
		.faults = cells_sum(c, p->index, CELL_FAULTS),
		.matched = cells_sum(c, p->index, CELL_MATCHED),
		.lost = cells_sum(c, p->index, CELL_LOST),
		.nils = cells_sum(c, p->index, CELL_NILS),
		.hits = hits ? cells_sum(c, p->index, CELL_HITS) : -1,
		.filtered = -1,
		.delivered = p->delivered,
	};
	if (hits)
		out->filtered = out->hits - out->suppressed - out->self - out->faults -
				out->matched;
}
