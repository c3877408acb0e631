// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Functions: one by its name, or all that match a pattern.
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alike.h"
#include "arch.h"
#include "check.h"
#include "error.h"
#include "nearest.h"
#include "resolve.h"
#include "type.h"

#define FEW	  8  // functions of a pattern that rather get a program each, with direct reads
#define MOST_ARGS 64 // of a function; those behind can't be read

#define NOWHERE UINT32_MAX

static void offer_functions(struct nearest *near, const struct btf *b)
{
	for (uint32_t id = b->first; id < b->end; id++)
		if (btf_kind(btf_type(b, id)) == BTF_KIND_FUNC)
			nearest_offer(near, btf_name(b, id));
}

static int no_module_function(struct resolver *r)
{
	const struct ks_trace *t = r->trace;
	const struct place *at = r->at;
	const struct module *module = NULL;
	struct nearest near;

	for (uint32_t i = 0; i < t->module_count; i++)
		if (!strcmp(t->modules[i]->name, at->module))
			module = t->modules[i];
	if (module) {
		error_set(r->error, KS_EABSENT, "the module %s has no function '%.200s'",
			  module->name, at->name);
		nearest_init(&near, at->name, strlen(at->name));
		offer_functions(&near, &module->btf);
		nearest_hint(&near, r->error);
		return -1;
	}
	error_set(r->error, KS_EABSENT, "there is no module '%.100s' with BTF here", at->module);
	nearest_init(&near, at->module, strlen(at->module));
	for (uint32_t i = 0; i < t->module_count; i++)
		nearest_offer(&near, t->modules[i]->name);
	nearest_hint(&near, r->error);
	if (!near.count)
		error_hint(r->error, "is it loaded?");
	return -1;
}

static int no_function(struct resolver *r)
{
	const struct ks_trace *t = r->trace;
	const char *name = r->at->name;
	char syscall[160];
	struct nearest near;

	if (r->at->module && strcmp(r->at->module, "vmlinux") != 0)
		return no_module_function(r);
	error_set(r->error, KS_EABSENT, "this kernel has no function '%.200s' that BTF describes",
		  name);
	snprintf(syscall, sizeof(syscall), "%s%.100s", t->arch ? t->arch->syscall_prefix : "",
		 name);
	if (t->arch && btf_find(&t->btf, BTF_KIND_FUNC, syscall, 0)) {
		error_hint(r->error, "a system call is a place of its own: \"%ssys:%.100s\"",
			   r->at->is_return ? "return:" : "", name);
		return -1;
	}
	nearest_init(&near, name, strlen(name));
	offer_functions(&near, &t->btf);
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

// Which word of the registers, or of the stack behind them, an argument begins in.
static uint32_t word_of(const struct arch *a, const struct arch_arg *arg)
{
	switch (arg->where) {
	case ARCH_REGISTER:
		return arg->word;
	case ARCH_STACK:
		return a->arg_count + arg->word;
	default:
		return NOWHERE;
	}
}

// A kprobe finds arguments where the machine's calling convention has them, which is not one after
// the other once there are structs among them.
static void place_arguments(const struct resolver *r, struct scope *s)
{
	const struct arch *a = r->trace->arch;
	struct scope_arg *args = (struct scope_arg *)s->args;
	struct arch_arg places[MOST_ARGS];

	if (!a)
		return;
	arch_args(a, s->btf, s->proto, places, MOST_ARGS, NULL);
	for (uint32_t i = 0; i < s->arg_count; i++) {
		uint32_t at = i < MOST_ARGS ? word_of(a, &places[i]) : NOWHERE;

		args[i].at = at;
		if (at == NOWHERE)
			args[i].type.kind = V_VOID;
	}
}

// What a function of BTF's is called with, where a program of a kind sees it. nth: see only_parameter; -1:
// none. in_the_way: of fentry, as carried() says it; NULL: nothing is known.
static int know_scope(struct resolver *r, struct scope *s, enum attach_kind kind,
		      const struct btf *b, uint32_t func, int nth, const char *in_the_way)
{
	enum scope_context context = kind == ATTACH_FENTRY || kind == ATTACH_FEXIT ? CONTEXT_TRACING
										   : CONTEXT_REGS;

	if (scope_init(s, &r->trace->keep, b, func, context, r->at->is_return, 0, r->error) < 0)
		return -1;
	if (context == CONTEXT_REGS)
		place_arguments(r, s);
	if (kind == ATTACH_KRETPROBE || kind == ATTACH_MULTI_RETURN)
		return resolve_gone(r, s, in_the_way);
	if (nth >= 0)
		only_parameter(r, s, (uint32_t)nth);
	return 0;
}

// A program of its own for one function of BTF's; see know_scope.
static struct ks_variant *one_function(struct resolver *r, enum attach_kind kind,
				       const struct module *module, const struct btf *b,
				       uint32_t func, int nth, const char *in_the_way)
{
	struct ks_variant *v = resolve_variant(r, kind, module);
	const char *name = btf_name(b, func);

	if (!v || know_scope(r, &v->scope, kind, b, func, nth, in_the_way) < 0)
		return NULL;
	v->btf_id = v->scope.context == CONTEXT_TRACING ? func : 0;
	v->words = v->scope.retval_at;
	return resolve_point(r, v, name, name) == 0 ? v : NULL;
}

// Can a trampoline carry the arguments of this function? Says why not.
static bool carried(const struct resolver *r, const struct btf *b, uint32_t func, const char **why)
{
	const struct btf_type *proto = btf_type(b, btf_type(b, func)->type);
	const struct btf_param *p = (const void *)(proto + 1);
	uint32_t words = 0, n = btf_vlen(proto);
	struct value_type ret;

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
	if (scope_value_type(b, proto->type, &ret) && ret.kind == V_STRUCT)
		*why = "returns a struct";
	if (words > 12 || (words > 6 && !resolve_has(r, FEATURE_WORDS_12)))
		*why = "takes more arguments than this kernel's trampolines carry";
	return !*why;
}

// How an exact function is reached, and what is in the way of fentry; NULL: nothing. -1 with error.
static int function_kind(struct resolver *r, const struct btf *b, uint32_t func,
			 enum attach_kind *kind, const char **in_the_way)
{
	const struct place *at = r->at;
	const char *why = NULL;
	bool tracing = resolve_has(r, FEATURE_FENTRY) && carried(r, b, func, &why);

	if (!resolve_has(r, FEATURE_FENTRY))
		why = "is in a kernel without fentry";
	if (at->force == PLACE_FENTRY && !tracing) {
		error_set(r->error, KS_EABSENT, "%s %s, so that fentry can't be put there",
			  btf_name(b, func), why);
		error_hint(r->error, "use the place \"%s%s\"", at->is_return ? "return:" : "",
			   at->name);
		return -1;
	}
	if (at->force == PLACE_KPROBE)
		tracing = false;
	if (at->is_return)
		*kind = tracing ? ATTACH_FEXIT : ATTACH_KRETPROBE;
	else
		*kind = tracing ? ATTACH_FENTRY : ATTACH_KPROBE;
	*in_the_way = why;
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

// Is this symbol where the place says? module: "" for the kernel itself, NULL when it does not say.
static bool is_in(const struct ksyms *k, const struct ksym *s, const char *module)
{
	return !module || !strcmp(ksyms_module(k, s), module);
}

// The module that the place asks for, as symbols have it.
static const char *asked_module(const struct place *at)
{
	return at->module && !strcmp(at->module, "vmlinux") ? "" : at->module;
}

// How many functions there have the name. -1: not known.
static int bodies(struct resolver *r, const char *module, const char *name)
{
	struct ks_trace *t = r->trace;
	const struct ksyms *k;
	const struct ksym *s;
	struct ks_error ignored;
	int n = 0;

	if (t->options.btf)
		return -1;
	k = facts_symbols(&t->facts, &ignored);
	for (uint32_t i = 0; k && (s = ksyms_find(k, name, i)); i++)
		n += is_in(k, s, module);
	return k ? n : -1;
}

// Does the kernel itself say that one function of its own has this name? It finds that out at once, where
// all symbols take longer to read than all else that a start has to do. Not the modules': of one that
// the kernel has only in copies it may mean a namesake there.
static bool is_sole(struct resolver *r, const char *name)
{
	return !r->trace->options.btf && resolve_has(r, FEATURE_SYMBOL_COUNT) &&
	       attach_symbols(name) == 1 && !module_may_have(name);
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

		if (strstr(symbol, ".cold") || !is_in(k, s, asked_module(r->at)))
			continue; // .cold is a part that is jumped to, not called
		if (resolve_symbol(r, symbol, name,
				   "what the compiler made of it may lack arguments, or have them "
				   "elsewhere") < 0)
			return -1;
		n++;
	}
	if (!n && bodies(r, asked_module(r->at), name) > 0) {
		if (resolve_symbol(r, name, name, "BTF does not describe it") < 0)
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

// The kernel goes from a name to the first address that has it, which may be another body than the
// one we mean. BTF does not tell: some has one function several times (pahole before v1.25), some
// has several functions once.
static int several(struct resolver *r, const char *name, int count)
{
	if (count > 1)
		error_set(r->error, KS_EABSENT, "%d functions of this kernel are called '%s'",
			  count, name);
	else
		error_set(r->error, KS_EABSENT, "several functions of this kernel are called '%s'",
			  name);
	error_hint(r->error, "a probe would be at one of them only, which need not be the one you "
			     "mean: trace what calls it");
	return -1;
}

// Their functions are global and made by a macro: nobody else's is called so, and all the symbols
// need not be read.
static bool is_syscall(const struct resolver *r, const char *name)
{
	const struct arch *a = r->trace->arch;

	return a && !strncmp(name, a->syscall_prefix, strlen(a->syscall_prefix));
}

int resolve_function(struct resolver *r)
{
	const struct place *at = r->at;
	const struct module *module;
	const struct btf *b;
	enum attach_kind kind = ATTACH_FENTRY;
	const char *why = NULL;
	uint32_t func;
	int n;

	if (attach_allowed(at->name, at->is_return, r->error) < 0) {
		struct ks_error ignored;

		if (r->probe->is_call && attach_allowed(at->name, false, &ignored) == 0)
			error_hint(r->error, "ks.probe \"%s\" sees where it begins", at->name);
		return -1;
	}
	func = find_function(r, at->name, &module, &b);
	if (!func) {
		n = bodies(r, asked_module(at), at->name);
		if (n > 1)
			return several(r, at->name, n);
		n = at->force == PLACE_FENTRY ? 0 : variants_of(r, at->name);
		return n < 0 ? -1 : n > 0 ? 0 : no_function(r);
	}
	if (is_syscall(r, at->name) || (!module && is_sole(r, at->name)))
		n = 1;
	else
		n = bodies(r, module ? module->name : "", at->name);
	if (n > 1 || (n < 0 && btf_find(b, BTF_KIND_FUNC, at->name, func + 1)))
		return several(r, at->name, n);
	if (function_kind(r, b, func, &kind, &why) < 0)
		return -1;
	// BTF also describes functions of which only copies are left.
	if (n == 0 && at->force != PLACE_FENTRY && (n = variants_of(r, at->name)))
		return n < 0 ? -1 : 0;
	if (why && at->force == PLACE_ANY)
		trace_note(r->trace, "%s %s: it is reached by a %s, whose reads cost more%s",
			   at->name, why, at->is_return ? "kretprobe" : "kprobe",
			   at->is_return ? ", and its arguments are not known at the return" : "");
	return one_function(r, kind, module, b, func, -1, why) ? 0 : -1;
}

// --- patterns ---------------------------------------------------------------------------------

struct candidate {
	const struct module *module;
	const struct btf *btf;
	uint32_t func;
	int nth;       // the parameter that a pattern asks for; -1: it asks for none
	uint32_t word; // that it begins in
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

// fnmatch() takes more time to begin than to see that most names do not fit.
struct glob {
	const char *text;
	size_t literal; // bytes at its beginning that stand for themselves
};

static struct glob glob_of(const char *text)
{
	return (struct glob){.text = text, .literal = strcspn(text, "*?[\\")};
}

static bool fits(const struct glob *g, const char *name)
{
	if (g->literal && *g->text != *name)
		return false;
	return !strncmp(g->text, name, g->literal) && fnmatch(g->text, name, 0) == 0;
}

static int match_in(struct resolver *r, const struct btf *b, const struct module *module,
		    const struct value_type *wanted, const struct tracefs *list,
		    struct candidates *c)
{
	const struct glob glob = glob_of(r->at->name);

	for (uint32_t id = b->first; id < b->end; id++) {
		const struct btf_type *type = btf_own(b, id);
		const char *name;
		struct ks_error ignored;
		int nth = -1;

		if (btf_kind(type) != BTF_KIND_FUNC)
			continue;
		name = btf_own_string(b, type->name_off);
		if (!fits(&glob, name) || resolve_left_out(r, name))
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

	if (!r->at->module || !strcmp(r->at->module, "vmlinux"))
		return match_in(r, &t->btf, NULL, wanted, list, c);
	// The modules that are loaded here say nothing of another kernel's types.
	if (!t->options.btf && module_read_all(t, r->error) < 0)
		return -1;
	for (uint32_t i = 0; i < t->module_count; i++)
		if (fnmatch(r->at->module, t->modules[i]->name, 0) == 0 &&
		    match_in(r, &t->modules[i]->btf, t->modules[i], wanted, list, c) < 0)
			return -1;
	return 0;
}

// Where a pattern's parameter is, if that matters.
static void find_parameter(const struct resolver *r, struct candidate *c)
{
	const struct arch *a = r->trace->arch;
	struct arch_arg places[MOST_ARGS];

	if (r->at->is_return)
		c->nth = -1; // where it was is not known any more
	if (c->nth < 0 || c->nth >= MOST_ARGS || !a)
		return;
	arch_args(a, c->btf, btf_type(c->btf, c->func)->type, places, MOST_ARGS, NULL);
	c->word = word_of(a, &places[c->nth]);
}

// One program for all functions that have the same prototype; those of a parameter's pattern need
// only have it in the same place.
static int by_signature(const void *x, const void *y)
{
	const struct candidate *a = x, *b = y;
	uint32_t p = btf_type(a->btf, a->func)->type, q = btf_type(b->btf, b->func)->type;

	if (a->btf != b->btf)
		return a->btf < b->btf ? -1 : 1;
	if ((a->nth < 0) != (b->nth < 0))
		return a->nth < 0 ? -1 : 1;
	if (a->word != b->word)
		return a->word < b->word ? -1 : 1;
	if (a->nth < 0 && p != q)
		return p < q ? -1 : 1;
	return a->func < b->func ? -1 : a->func > b->func;
}

static bool same_signature(const struct candidate *a, const struct candidate *b)
{
	return a->btf == b->btf && (a->nth < 0) == (b->nth < 0) && a->word == b->word &&
	       (a->nth >= 0 || btf_type(a->btf, a->func)->type == btf_type(b->btf, b->func)->type);
}

// Can the functions behind this one share its variant until a text tells them apart?
static bool may_share(const struct resolver *r, const struct candidate *a,
		      const struct candidate *b)
{
	return r->probe->shares && a->btf == b->btf && a->nth < 0 && b->nth < 0;
}

// One more prototype of a variant. The first is what the variant's scope has.
static int share(struct resolver *r, struct ks_variant *v, const struct candidate *one)
{
	struct alike *a = alike_add(v);

	if (!a)
		return error_nomem(r->error);
	if (v->alike_count > 1)
		return know_scope(r, &a->scope, v->kind, one->btf, one->func, -1, NULL);
	a->scope = v->scope;
	a->count = 1;
	return 0;
}

static int add_together(struct resolver *r, struct candidates *c)
{
	enum attach_kind kind = r->at->is_return ? ATTACH_MULTI_RETURN : ATTACH_MULTI;
	struct ks_variant *v = NULL;

	for (uint32_t i = 0; i < c->count; i++)
		find_parameter(r, &c->list[i]);
	qsort(c->list, c->count, sizeof(*c->list), by_signature);
	for (uint32_t i = 0; i < c->count; i++) {
		const struct candidate *one = &c->list[i];
		const char *name = btf_name(one->btf, one->func);

		bool same = v && same_signature(one, &c->list[i - 1]);

		if (same || (v && may_share(r, one, &c->list[i - 1]))) {
			if ((!same && share(r, v, one) < 0) || resolve_point(r, v, name, name) < 0)
				return -1;
			if (v->alike_count)
				v->alike[v->alike_count - 1].count++;
			continue;
		}
		v = one_function(r, kind, one->module, one->btf, one->func, one->nth, NULL);
		if (!v || (r->probe->shares && share(r, v, one) < 0))
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
		const char *why = NULL;
		bool tracing = resolve_has(r, FEATURE_FENTRY) && r->at->force != PLACE_KPROBE &&
			       carried(r, one->btf, one->func, &why);
		enum attach_kind kind = r->at->is_return ? tracing ? ATTACH_FEXIT : ATTACH_KRETPROBE
					: tracing	 ? ATTACH_FENTRY
							 : ATTACH_KPROBE;

		if (!one_function(r, kind, one->module, one->btf, one->func, one->nth, why))
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
	if (ret == 0 && !c.count && r->left_out)
		return 0;
	if (ret == 0 && !c.count)
		ret = error_set(r->error, KS_EABSENT,
				r->refused ? "no function that matches '%s' can be traced here"
					   : "no function of this kernel matches '%s'",
				at->text);
	together = c.count > FEW && at->force != PLACE_FENTRY && !r->probe->is_call &&
		   resolve_has(r,
			       at->is_return ? FEATURE_MULTI_RETURN_EXACT : FEATURE_KPROBE_MULTI);
	if (ret == 0)
		ret = together ? add_together(r, &c) : add_each(r, &c);
	free(c.list);
	return ret;
}
