// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Functions: one by its name, or all that match a pattern.
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "error.h"
#include "nearest.h"
#include "resolve.h"
#include "type.h"

#define FEW 8 // functions of a pattern that rather get a program each, with direct reads

static int no_function(struct resolver *r, const char *what, const char *name)
{
	const struct ks_trace *t = r->trace;
	struct nearest near;

	error_set(r->error, KS_EABSENT, "this kernel has no %s '%.200s' that BTF describes", what,
		  name);
	nearest_init(&near, name, strlen(name));
	for (uint32_t id = 1; id < t->btf.end; id++)
		if (btf_kind(btf_type(&t->btf, id)) == BTF_KIND_FUNC)
			nearest_offer(&near, btf_name(&t->btf, id));
	nearest_hint(&near, r->error);
	return -1;
}

// Of a pattern with a parameter: that argument alone is known, and by the pattern's name for it.
static void only_parameter(struct resolver *r, struct scope *s, uint32_t nth)
{
	struct scope_arg *arg = (struct scope_arg *)&s->args[nth];

	if (*r->at->param)
		arg->name = r->at->param;
	s->args = arg;
	s->arg_count = 1;
}

// A program of its own for one function of BTF's. nth: see only_parameter; -1: none.
static struct ks_variant *one_function(struct resolver *r, enum attach_kind kind,
				       const struct module *module, const struct btf *b,
				       uint32_t func, int nth)
{
	struct ks_variant *v = resolve_variant(r, kind, module);
	enum scope_context context = kind == ATTACH_FENTRY || kind == ATTACH_FEXIT ? CONTEXT_TRACING
										   : CONTEXT_REGS;
	const char *name = btf_name(b, func);

	if (!v || scope_init(&v->scope, &r->trace->keep, b, func, context, r->at->is_return, 0,
			     r->error) < 0)
		return NULL;
	v->btf_id = context == CONTEXT_TRACING ? func : 0;
	v->words = v->scope.retval_at;
	if (kind == ATTACH_KRETPROBE || kind == ATTACH_MULTI_RETURN)
		v->scope.arg_count = 0; // the registers have other values by then
	else if (nth >= 0)
		only_parameter(r, &v->scope, (uint32_t)nth);
	return resolve_point(r, v, name, name) == 0 ? v : NULL;
}

// Can a trampoline carry the arguments of this function? Says why not.
static bool carried(const struct resolver *r, const struct btf *b, uint32_t func, const char **why)
{
	const struct btf_type *proto = btf_type(b, btf_type(b, func)->type);
	const struct btf_param *p = (const void *)(proto + 1);
	uint32_t words = 0, n = btf_vlen(proto);

	*why = NULL;
	for (uint32_t i = 0; i < n; i++) {
		struct value_type t;

		if (p[i].type == 0) {
			*why = "takes a variable number of arguments";
			return false;
		}
		if (!scope_value_type(b, p[i].type, &t))
			continue;
		if (t.kind == V_STRUCT && t.size > 16)
			*why = "takes a struct of more than 16 bytes by value";
		else if (t.kind == V_STRUCT && !resolve_has(r, FEATURE_STRUCT_ARGS))
			*why = "takes a struct by value";
		words += t.size > 8 ? 2 : 1;
	}
	if (type_size(b, proto->type) > 8)
		*why = "returns a struct";
	if (words > 12 || (words > 6 && !resolve_has(r, FEATURE_WORDS_12)))
		*why = "takes more arguments than this kernel's trampolines carry";
	return !*why;
}

// How an exact function is reached. -1 with error.
static int function_kind(struct resolver *r, const struct btf *b, uint32_t func,
			 enum attach_kind *kind)
{
	const struct place *at = r->at;
	const char *why;
	bool tracing = resolve_has(r, FEATURE_FENTRY) && carried(r, b, func, &why);

	if (!resolve_has(r, FEATURE_FENTRY))
		why = "is in a kernel without fentry";
	if (at->force == PLACE_FENTRY && !tracing)
		return error_set(r->error, KS_EABSENT, "%s %s, so that fentry can't be put there",
				 btf_name(b, func), why);
	if (at->force == PLACE_KPROBE)
		tracing = false;
	if (at->is_return)
		*kind = tracing ? ATTACH_FEXIT : ATTACH_KRETPROBE;
	else
		*kind = tracing ? ATTACH_FENTRY : ATTACH_KPROBE;
	if (!tracing && at->force == PLACE_ANY)
		trace_note(r->trace, "%s %s: it is reached by a %s, whose reads cost more%s",
			   btf_name(b, func), why, at->is_return ? "kretprobe" : "kprobe",
			   at->is_return ? ", and its arguments are not known at the return" : "");
	return 0;
}

// The function in the kernel's own BTF or, failing that, in a module's. 0: nowhere.
static uint32_t find_function(struct resolver *r, const char *name, const struct module **module,
			      const struct btf **b)
{
	struct ks_trace *t = r->trace;
	uint32_t id = 0;

	*module = NULL;
	*b = &t->btf;
	if (!r->at->module || !strcmp(r->at->module, "vmlinux"))
		id = btf_find(&t->btf, BTF_KIND_FUNC, name, 0);
	if (id || t->options.btf || module_read_all(t, r->error) < 0)
		return id;
	for (uint32_t i = 0; i < t->module_count && !id; i++) {
		if (r->at->module && strcmp(r->at->module, t->modules[i]->name) != 0)
			continue;
		*module = t->modules[i];
		*b = &t->modules[i]->btf;
		id = btf_find(*b, BTF_KIND_FUNC, name, 0);
	}
	return id;
}

// Compilers make copies of a function for some of its callers: f.isra.0, f.constprop.1, f.part.2.
static int variants_of(struct resolver *r, const char *name)
{
	struct ks_trace *t = r->trace;
	struct ks_error ignored;
	const struct ksyms *k = t->options.btf ? NULL : facts_symbols(&t->facts, &ignored);
	const struct ksym *s;
	uint32_t n = 0;

	for (uint32_t i = 0; k && (s = ksyms_variant(k, name, i)); i++) {
		const char *symbol = ksyms_name(k, s);

		if (strstr(symbol, ".cold"))
			continue; // a part that is jumped to, not called
		if (resolve_symbol(r, symbol, name) < 0)
			return -1;
		n++;
	}
	if (!n && k && ksyms_count(k, name)) {
		if (resolve_symbol(r, name, name) < 0)
			return -1;
		trace_note(t, "%s is not described by BTF: its calls are seen, not its arguments",
			   name);
		return 1;
	}
	if (n)
		trace_note(t,
			   "%s itself is not there, but %u that the compiler made of it: their "
			   "calls are seen, not their arguments",
			   name, n);
	return (int)n;
}

// The kernel goes from the name to an address, and may take another body than we mean. But some
// kernels' BTF has one function several times (pahole before v1.25).
static bool is_several(struct resolver *r, const struct btf *b, uint32_t func)
{
	const char *name = btf_name(b, func);
	struct ks_error ignored;
	const struct tracefs *list;

	if (!btf_find(b, BTF_KIND_FUNC, name, func + 1))
		return false;
	list = r->trace->options.btf ? NULL : facts_functions(&r->trace->facts, &ignored);
	return !list || tracefs_function_count(list, name) != 1;
}

int resolve_function(struct resolver *r)
{
	const struct place *at = r->at;
	const struct module *module;
	const struct btf *b;
	enum attach_kind kind = ATTACH_FENTRY;
	uint32_t func;
	int n;

	if (attach_allowed(at->name, at->is_return, r->error) < 0)
		return -1;
	func = find_function(r, at->name, &module, &b);
	if (!func) {
		n = at->force == PLACE_FENTRY ? 0 : variants_of(r, at->name);
		return n < 0 ? -1 : n > 0 ? 0 : no_function(r, "function", at->name);
	}
	if (is_several(r, b, func))
		return error_set(r->error, KS_EABSENT,
				 "several functions of this kernel are called '%s'", at->name);
	if (function_kind(r, b, func, &kind) < 0)
		return -1;
	return one_function(r, kind, module, b, func, -1) ? 0 : -1;
}

// --- patterns ---------------------------------------------------------------------------------

struct candidate {
	const struct module *module;
	const struct btf *btf;
	uint32_t func;
	int nth; // the parameter that a pattern asks for; -1: it asks for none
};

struct candidates {
	struct candidate *list; // owned
	uint32_t count, room;
};

// Which parameter has the type that the pattern asks for? -1: none has.
static int parameter(const struct btf *b, uint32_t func, const struct value_type *wanted)
{
	const struct btf_type *proto = btf_type(b, btf_type(b, func)->type);
	const struct btf_param *p = (const void *)(proto + 1);

	for (uint32_t i = 0; i < btf_vlen(proto); i++) {
		struct value_type t;

		if (!p[i].type || !scope_value_type(b, p[i].type, &t) || t.kind != wanted->kind)
			continue;
		if (t.kind == V_PTR ? type_peel(b, t.to) == type_peel(b, wanted->to)
				    : type_peel(b, t.id) == type_peel(b, wanted->id))
			return (int)i;
	}
	return -1;
}

// Can ftrace be put there, and is it the only function of that name? Where the list can't be read,
// that shows later.
static bool is_listed(const struct tracefs *list, const char *name, const struct module *module)
{
	uint32_t at;
	const char *in;

	if (!list)
		return true;
	at = tracefs_function_find(list, name, NAMES_NONE);
	if (at == NAMES_NONE || tracefs_function_count(list, name) > 1)
		return false;
	tracefs_function(list, at, &in);
	return !strcmp(in, module ? module->name : "");
}

static int match_in(struct resolver *r, const struct btf *b, const struct module *module,
		    const struct value_type *wanted, const struct tracefs *list,
		    struct candidates *c)
{
	for (uint32_t id = b->first; id < b->end; id++) {
		const char *name;
		struct ks_error ignored;
		int nth = -1;

		if (btf_kind(btf_type(b, id)) != BTF_KIND_FUNC)
			continue;
		name = btf_name(b, id);
		if (fnmatch(r->at->name, name, 0) != 0 || resolve_left_out(r, name))
			continue;
		if (wanted && (nth = parameter(b, id, wanted)) < 0)
			continue;
		if (attach_allowed(name, r->at->is_return, &ignored) < 0 ||
		    !is_listed(list, name, module)) {
			r->refused++;
			continue;
		}
		if (c->count == c->room) {
			uint32_t room = c->room ? c->room * 2 : 256;
			struct candidate *more = realloc(c->list, room * sizeof(*more));

			if (!more)
				return error_nomem(r->error);
			c->list = more;
			c->room = room;
		}
		c->list[c->count++] =
			(struct candidate){.module = module, .btf = b, .func = id, .nth = nth};
	}
	return 0;
}

static int by_name(const void *x, const void *y)
{
	const struct candidate *a = x, *b = y;
	int r = strcmp(btf_name(a->btf, a->func), btf_name(b->btf, b->func));

	return r ? r : a->btf < b->btf ? -1 : a->btf > b->btf;
}

// BTF may have a function several times.
static void only_once(struct candidates *c)
{
	uint32_t kept = 0;

	if (c->count)
		qsort(c->list, c->count, sizeof(*c->list), by_name);
	for (uint32_t i = 0; i < c->count; i++)
		if (!kept || by_name(&c->list[kept - 1], &c->list[i]) != 0)
			c->list[kept++] = c->list[i];
	c->count = kept;
}

static int match_all(struct resolver *r, const struct value_type *wanted, struct candidates *c)
{
	struct ks_trace *t = r->trace;
	struct ks_error ignored;
	const struct tracefs *list = t->options.btf ? NULL : facts_functions(&t->facts, &ignored);

	if (!r->at->module)
		return match_in(r, &t->btf, NULL, wanted, list, c);
	if (module_read_all(t, r->error) < 0)
		return -1;
	for (uint32_t i = 0; i < t->module_count; i++)
		if (fnmatch(r->at->module, t->modules[i]->name, 0) == 0 &&
		    match_in(r, &t->modules[i]->btf, t->modules[i], wanted, list, c) < 0)
			return -1;
	return 0;
}

// One program for all functions that have the same prototype; those of a parameter's pattern need
// only have it in the same place.
static int by_signature(const void *x, const void *y)
{
	const struct candidate *a = x, *b = y;
	uint32_t p = btf_type(a->btf, a->func)->type, q = btf_type(b->btf, b->func)->type;

	if (a->btf != b->btf)
		return a->btf < b->btf ? -1 : 1;
	if (a->nth != b->nth)
		return a->nth < b->nth ? -1 : 1;
	if (a->nth < 0 && p != q)
		return p < q ? -1 : 1;
	return a->func < b->func ? -1 : a->func > b->func;
}

static bool same_signature(const struct candidate *a, const struct candidate *b)
{
	return a->btf == b->btf && a->nth == b->nth &&
	       (a->nth >= 0 || btf_type(a->btf, a->func)->type == btf_type(b->btf, b->func)->type);
}

static int add_together(struct resolver *r, struct candidates *c)
{
	enum attach_kind kind = r->at->is_return ? ATTACH_MULTI_RETURN : ATTACH_MULTI;
	struct ks_variant *v = NULL;

	qsort(c->list, c->count, sizeof(*c->list), by_signature);
	for (uint32_t i = 0; i < c->count; i++) {
		const struct candidate *one = &c->list[i];
		const char *name = btf_name(one->btf, one->func);

		if (v && same_signature(one, &c->list[i - 1])) {
			if (resolve_point(r, v, name, name) < 0)
				return -1;
			continue;
		}
		v = one_function(r, kind, one->module, one->btf, one->func, one->nth);
		if (!v)
			return -1;
	}
	return 0;
}

static int add_each(struct resolver *r, const struct candidates *c)
{
	uint32_t most = r->trace->options.max_probes ? r->trace->options.max_probes : MAX_ALONE;

	r->alone += c->count;
	if (r->alone > most) {
		error_set(r->error, KS_ELIMIT,
			  "'%s' stands for %u functions, and each needs a program of its own here",
			  r->at->text, c->count);
		error_hint(r->error,
			   "at most %u are attached, as each takes time to attach and to detach; "
			   "--max-probes raises that",
			   most);
		return -1;
	}
	for (uint32_t i = 0; i < c->count; i++) {
		const struct candidate *one = &c->list[i];
		const char *why;
		bool tracing = resolve_has(r, FEATURE_FENTRY) && r->at->force != PLACE_KPROBE &&
			       carried(r, one->btf, one->func, &why);
		enum attach_kind kind = r->at->is_return ? tracing ? ATTACH_FEXIT : ATTACH_KRETPROBE
					: tracing	 ? ATTACH_FENTRY
							 : ATTACH_KPROBE;

		if (!one_function(r, kind, one->module, one->btf, one->func, one->nth))
			return -1;
	}
	return 0;
}

int resolve_functions(struct resolver *r)
{
	const struct place *at = r->at;
	struct candidates c = {0};
	struct value_type wanted;
	bool together;
	int ret;

	if (at->type_len && check_type_text(&r->trace->btf, &r->trace->work, at->text, at->type_pos,
					    at->type_pos + at->type_len, &wanted, r->error) < 0)
		return -1;
	ret = match_all(r, at->type_len ? &wanted : NULL, &c);
	only_once(&c);
	if (ret == 0 && !c.count)
		ret = error_set(r->error, KS_EABSENT,
				r->refused ? "no function that matches '%s' can be traced here"
					   : "no function of this kernel matches '%s'",
				at->text);
	together = c.count > FEW && at->force != PLACE_FENTRY &&
		   resolve_has(r,
			       at->is_return ? FEATURE_MULTI_RETURN_EXACT : FEATURE_KPROBE_MULTI);
	if (ret == 0)
		ret = together ? add_together(r, &c) : add_each(r, &c);
	free(c.list);
	return ret;
}
