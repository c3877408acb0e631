// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Gathers what the kernel's files say of one function, and judges it; explain_text.c shows it.
#include "explain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "error.h"
#include "trace.h"
#include "type.h"

#define MAX_SIBLINGS 8 // functions with one prototype: more are not alike, only common

#define WAY(w)	   (1u << (w))
#define TRAMPOLINE (WAY(W_FENTRY) | WAY(W_FEXIT))
#define KPROBES	   (WAY(W_KPROBE) | WAY(W_KRETPROBE))
#define RETURNS	   (WAY(W_FEXIT) | WAY(W_KRETPROBE))
#define ALL	   (WAY(W_COUNT) - 1)

// Which ways a reason leaves no hope for.
static const uint32_t blocked[R_COUNT] = {
	[R_ABSENT] = ALL,
	[R_INLINED] = ALL,
	[R_VARIANTS] = TRAMPOLINE,
	[R_REFUSED] = ALL,
	[R_DUPLICATE] = ALL,
	[R_INIT] = ALL,
	[R_NOTRACE] = ALL,
	[R_NO_BTF] = TRAMPOLINE,
	[R_NO_MODULE_BTF] = TRAMPOLINE,
	[R_VARIADIC] = TRAMPOLINE,
	[R_TOO_MANY] = TRAMPOLINE,
	[R_STRUCT_ARG] = TRAMPOLINE,
	[R_STRUCT_RETURN] = TRAMPOLINE,
	[R_BLACKLISTED] = KPROBES,
	[R_NEVER_RETURNS] = RETURNS,
};

struct search {
	struct ks_trace *trace;
	struct facts *facts;
	struct arena arena;
	const struct ksyms *symbols; // NULL: not seen
	const struct tracefs *functions, *blacklist, *events;
	const struct ksym *symbol; // the function's first; NULL: none
	struct explanation *x;
};

static void add(struct explanation *x, enum reason r, const char *format, ...) PRINTF(3, 4);

static void add(struct explanation *x, enum reason r, const char *format, ...)
{
	va_list ap;

	if (x->reasons & 1u << r)
		return;
	x->reasons |= 1u << r;
	va_start(ap, format);
	vsnprintf(x->detail[r], sizeof(x->detail[r]), format, ap);
	va_end(ap);
}

static bool has(const struct explanation *x, enum reason r)
{
	return x->reasons >> r & 1;
}

static void unseen(struct explanation *x, const struct ks_error *e)
{
	for (uint32_t i = 0; i < x->unseen_count; i++)
		if (!strcmp(x->unseen[i], e->message))
			return;
	if (x->unseen_count == sizeof(x->unseen) / sizeof(*x->unseen))
		return;
	snprintf(x->unseen[x->unseen_count++], sizeof(x->unseen[0]), "%.199s", e->message);
}

static void instead(struct explanation *x, const char *format, ...) PRINTF(2, 3);

static void instead(struct explanation *x, const char *format, ...)
{
	va_list ap;

	if (x->instead_count == sizeof(x->instead) / sizeof(*x->instead))
		return;
	va_start(ap, format);
	vsnprintf(x->instead[x->instead_count++], sizeof(x->instead[0]), format, ap);
	va_end(ap);
}

// --- gathering ---------------------------------------------------------------------------------

static void open_files(struct search *s)
{
	struct ks_error e;

	s->symbols = facts_symbols(s->facts, &e);
	if (!s->symbols)
		unseen(s->x, &e);
	s->functions = facts_functions(s->facts, &e);
	if (!s->functions)
		unseen(s->x, &e);
	s->blacklist = facts_blacklist(s->facts, &e);
	if (!s->blacklist)
		unseen(s->x, &e);
	s->events = facts_events(s->facts, &e);
}

// Fills in the symbols of the name, and how many stand in the kernel itself and in modules.
static int find_symbols(struct search *s, struct ks_error *error)
{
	struct explanation *x = s->x;
	uint32_t in_kernel = 0, n = 0;
	const struct ksym *sym, *first = NULL;

	x->in_symbols = UNKNOWN;
	if (!s->symbols)
		return 0;
	x->symbols = ksyms_count(s->symbols, x->name);
	for (uint32_t i = 0; (sym = ksyms_find(s->symbols, x->name, i)); i++) {
		in_kernel += !sym->in_module;
		if (!first || (first->in_module && !sym->in_module))
			first = sym;
	}
	s->symbol = first;
	x->in_symbols = x->symbols ? YES : NO;
	if (first)
		x->module = ksyms_module(s->symbols, first);
	// A name of the kernel's own goes before those of modules.
	if (in_kernel > 1)
		add(x, R_DUPLICATE, "%u functions of the kernel", in_kernel);
	else if (!in_kernel && x->symbols > 1)
		add(x, R_DUPLICATE, "%u functions of modules", x->symbols);
	while (ksyms_variant(s->symbols, x->name, n))
		n++;
	x->variants = arena_alloc(&s->arena, (n + 1) * sizeof(*x->variants));
	if (!x->variants)
		return error_nomem(error);
	for (; x->variant_count < n; x->variant_count++)
		x->variants[x->variant_count] = ksyms_name(s->symbols,
							   ksyms_variant(s->symbols, x->name,
									 x->variant_count));
	return 0;
}

static int find_btf(struct search *s, struct ks_error *error)
{
	struct explanation *x = s->x;
	const struct btf *b = &s->trace->btf;
	uint32_t n = 0;

	// What a module has, the kernel's own BTF does not describe, whatever is called so there.
	if (!*x->module)
		x->func = btf_find(b, BTF_KIND_FUNC, x->name, 0);
	if (x->func) {
		x->btf = b;
		for (uint32_t id = x->func; id; id = btf_find(b, BTF_KIND_FUNC, x->name, id + 1))
			n++;
		if (n > 1)
			add(x, R_DUPLICATE, "%u functions of the kernel's BTF", n);
		return 0;
	}
	if (s->facts->no_symbols || (s->symbol && !*x->module))
		return 0;
	if (module_read_all(s->trace, error) < 0)
		return -1;
	for (uint32_t i = 0; i < s->trace->module_count && !x->func; i++) {
		const struct module *m = s->trace->modules[i];

		if (s->symbol && strcmp(m->name, x->module) != 0)
			continue;
		x->func = btf_find(&m->btf, BTF_KIND_FUNC, x->name, 0);
		if (!x->func)
			continue;
		x->btf = &m->btf;
		x->module = m->name;
	}
	return 0;
}

// Was its code among that which is freed when the kernel has booted?
static bool is_init(const struct search *s)
{
	const struct ksym *from, *to;

	if (!s->symbol || s->symbol->in_module || s->symbols->hidden)
		return false;
	from = ksyms_symbol(s->symbols, "_sinittext");
	to = ksyms_symbol(s->symbols, "_einittext");
	return from && to && from->address <= s->symbol->address &&
	       s->symbol->address < to->address;
}

static void find_lists(struct search *s)
{
	struct explanation *x = s->x;
	uint64_t address = s->symbol ? s->symbol->address : 0;

	x->in_ftrace = x->in_blacklist = UNKNOWN;
	if (s->functions)
		x->in_ftrace = tracefs_function_count(s->functions, x->name) ? YES : NO;
	if (s->blacklist)
		x->in_blacklist = tracefs_blacklisted(s->blacklist, x->name, address) ? YES : NO;
}

// What this kernel can do: the one place where explain asks.
static enum answer can(const struct search *s, enum ability what)
{
	static const enum feature features[] = {[CAN_TRAMPOLINE] = FEATURE_FENTRY,
						[CAN_KPROBE] = FEATURE_KPROBE,
						[CAN_MULTI] = FEATURE_KPROBE_MULTI,
						[CAN_STRUCTS] = FEATURE_STRUCT_ARGS,
						[CAN_MANY_WORDS] = FEATURE_WORDS_12};

	// Without privileges, or of another kernel, there are only its files.
	if (s->trace->assumes)
		return facts_can(s->facts, &s->trace->btf, what);
	return feature_has(&s->trace->features, features[what]) ? YES : NO;
}

static bool is_struct(const struct btf *b, uint32_t type)
{
	uint32_t kind = btf_kind(type_peeled(b, type));

	return kind == BTF_KIND_STRUCT || kind == BTF_KIND_UNION;
}

static const char *type_text(struct search *s, uint32_t type)
{
	char text[256];
	struct buf out = buf_over(text, sizeof(text));
	const char *kept;

	type_declare(s->x->btf, type, "", &out);
	buf_end(&out);
	kept = arena_copy(&s->arena, text, strlen(text));
	return kept ? kept : "";
}

// Where each argument is. The words of fentry's context: one for each register's worth
// (kernel: arch/x86/net/bpf_jit_comp.c).
static int find_args(struct search *s, struct ks_error *error)
{
	struct explanation *x = s->x;
	uint32_t id = btf_type(x->btf, x->func)->type;
	const struct btf_type *proto = btf_type(x->btf, id);
	const struct btf_param *p = (const void *)(proto + 1);
	uint32_t n = btf_vlen(proto);
	struct arch_arg *at = arena_alloc(&s->arena, (n + 1) * sizeof(*at));

	x->args = arena_alloc(&s->arena, (n + 1) * sizeof(*x->args));
	if (!x->args || !at)
		return error_nomem(error);
	if (x->arch)
		arch_args(x->arch, x->btf, id, at, n, &x->hidden_result);
	for (uint32_t i = 0; i < n && p[i].type; i++) {
		struct explained_arg *arg = &x->args[x->arg_count++];

		arg->name = btf_string(x->btf, p[i].name_off);
		arg->type = type_text(s, p[i].type);
		arg->size = type_size(x->btf, p[i].type);
		arg->at = at[i];
		arg->word = x->word_count;
		arg->words = arg->size > 8 ? (uint32_t)((arg->size + 7) / 8) : 1;
		x->word_count += arg->words;
	}
	// The last of the array is the result.
	x->has_result = btf_kind(type_peeled(x->btf, proto->type)) != BTF_KIND_UNKN;
	if (x->has_result) {
		x->args[x->arg_count].name = "retval";
		x->args[x->arg_count].type = type_text(s, proto->type);
		x->args[x->arg_count].size = type_size(x->btf, proto->type);
		x->args[x->arg_count].word = x->word_count;
	}
	return 0;
}

// --- judging -----------------------------------------------------------------------------------

static void judge_prototype(struct search *s)
{
	struct explanation *x = s->x;
	const struct btf_type *proto = btf_type(x->btf, btf_type(x->btf, x->func)->type);
	const struct btf_param *p = (const void *)(proto + 1);
	uint32_t n = btf_vlen(proto);

	if (n && p[n - 1].type == 0)
		add(x, R_VARIADIC, "%s", "");
	for (uint32_t i = 0; i < x->arg_count; i++) {
		const struct explained_arg *arg = &x->args[i];

		if (!is_struct(x->btf, p[i].type))
			continue;
		if (arg->size > 16)
			add(x, R_STRUCT_ARG, "%s (%s) has %llu bytes, at most 16 are carried",
			    arg->name, arg->type, (unsigned long long)arg->size);
		else if (can(s, CAN_STRUCTS) == NO)
			add(x, R_STRUCT_ARG, "%s (%s), and this kernel carries none", arg->name,
			    arg->type);
	}
	if (x->has_result && is_struct(x->btf, proto->type))
		add(x, R_STRUCT_RETURN, "%s", x->args[x->arg_count].type);
	if (x->word_count > MAX_ARGS)
		add(x, R_TOO_MANY, "%u words, and at most %d are carried", x->word_count, MAX_ARGS);
	else if (x->word_count > 6 && can(s, CAN_MANY_WORDS) == NO)
		add(x, R_TOO_MANY, "%u words, and this kernel carries 6", x->word_count);
}

// The first variant that a probe can be put on, or NULL.
static const char *traceable_variant(const struct search *s)
{
	for (uint32_t i = 0; s->functions && i < s->x->variant_count; i++)
		if (tracefs_function_count(s->functions, s->x->variants[i]))
			return s->x->variants[i];
	return NULL;
}

static void add_variants(struct explanation *x)
{
	char list[sizeof(x->detail[0])];
	struct buf out = buf_over(list, sizeof(list));
	uint32_t shown = x->variant_count < 4 ? x->variant_count : 3;

	for (uint32_t i = 0; i < shown; i++)
		buf_printf(&out, "%s%.60s",
			   !i			      ? ""
			   : i + 1 < x->variant_count ? ", "
						      : " and ",
			   x->variants[i]);
	if (shown < x->variant_count)
		buf_printf(&out, " and %u more", x->variant_count - shown);
	buf_end(&out);
	add(x, R_VARIANTS, "%s", list);
}

static void judge_presence(struct search *s)
{
	struct explanation *x = s->x;

	if (x->in_symbols == YES || x->in_ftrace == YES) {
		if (is_init(s))
			add(x, R_INIT, "%s", "");
		else if (x->in_ftrace == NO)
			add(x, R_NOTRACE, "%s", "");
		// What can't be traced at all needs no types.
		if (x->btf || has(x, R_INIT) || has(x, R_NOTRACE) || has(x, R_DUPLICATE))
			return;
		if (*x->module)
			add(x, R_NO_MODULE_BTF, "%s", x->module);
		else
			add(x, R_NO_BTF, "%s", "");
		return;
	}
	if (x->variant_count) {
		add_variants(x);
		if (s->functions && !traceable_variant(s))
			add(x, R_NOTRACE, "%s", "");
	} else if (x->btf && x->in_symbols == NO)
		add(x, R_INLINED, "%s", "");
	else if (!x->btf)
		add(x, R_ABSENT, "%s", "");
}

static void judge(struct search *s)
{
	struct explanation *x = s->x;
	struct ks_error e;

	judge_presence(s);
	if (x->btf)
		judge_prototype(s);
	if (has(x, R_ABSENT))
		return;
	if (x->in_blacklist == YES)
		add(x, R_BLACKLISTED, "%s", "");
	if (attach_allowed(x->name, false, &e) < 0)
		add(x, R_REFUSED, "%.199s", e.message);
	else if (attach_allowed(x->name, true, &e) < 0)
		add(x, R_NEVER_RETURNS, "%s", "");
}

static const enum ability needs[W_COUNT] = {
	[W_FENTRY] = CAN_TRAMPOLINE, [W_FEXIT] = CAN_TRAMPOLINE, [W_KPROBE] = CAN_KPROBE,
	[W_KRETPROBE] = CAN_KPROBE,  [W_MULTI] = CAN_MULTI,
};

static struct verdict judge_way(const struct search *s, enum way w)
{
	const struct explanation *x = s->x;
	enum answer here = can(s, needs[w]);

	for (int r = 0; r < R_COUNT; r++)
		if (has(x, r) && blocked[r] & WAY(w))
			return (struct verdict){NO, explain_reason(r)};
	if (here == NO)
		return (struct verdict){NO, "this kernel does not have it"};
	if (s->facts->no_symbols)
		return (struct verdict){UNKNOWN, "another kernel's types say nothing of it"};
	if (x->in_ftrace == UNKNOWN)
		return (struct verdict){UNKNOWN, "the list of traceable functions can't be read"};
	if (here == UNKNOWN)
		return (struct verdict){UNKNOWN, "only trying would tell"};
	if (WAY(w) & TRAMPOLINE && x->word_count > 6 && can(s, CAN_MANY_WORDS) == UNKNOWN)
		return (struct verdict){UNKNOWN, "more than 6 words of arguments: kernels before "
						 "6.6 carry no more"};
	return (struct verdict){YES, ""};
}

static void judge_ways(struct search *s)
{
	struct explanation *x = s->x;

	x->traceable = NO;
	for (int w = 0; w < W_COUNT; w++)
		x->ways[w] = judge_way(s, w);
	for (int w = 0; w < W_COUNT; w++) {
		if (WAY(w) & RETURNS || x->ways[w].works == NO || x->traceable == YES)
			continue;
		x->traceable = x->ways[w].works;
	}
}

// --- what to trace instead ---------------------------------------------------------------------

// "openat" for "__x64_sys_openat", "sys_openat", "openat", when there is such a system call.
static const char *system_call(const struct search *s)
{
	const struct arch *a = s->x->arch;
	const char *name = s->x->name;
	const char *const prefixes[] = {a ? a->syscall_prefix : "__x64_sys_",
					"__do_sys_",
					"__se_sys_",
					"ksys_",
					"SyS_",
					"sys_"};
	char func[160];

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++) {
		if (strncmp(name, prefixes[i], strlen(prefixes[i])) != 0)
			continue;
		name += strlen(prefixes[i]);
		break;
	}
	if (s->events && tracefs_syscall(s->events, name))
		return name;
	if (!a || !s->symbols)
		return NULL;
	snprintf(func, sizeof(func), "%s%s", a->syscall_prefix, name);
	return ksyms_count(s->symbols, func) ? name : NULL;
}

static void offer_nearest(struct search *s)
{
	struct explanation *x = s->x;
	const struct btf *b = &s->trace->btf;
	struct nearest near;

	nearest_init(&near, x->name, strlen(x->name));
	for (uint32_t id = 1; id < b->end; id++)
		if (btf_kind(btf_type(b, id)) == BTF_KIND_FUNC)
			nearest_offer(&near, btf_name(b, id));
	for (uint32_t i = 0; s->functions && i < s->functions->functions.count; i++) {
		const char *module;

		nearest_offer(&near, tracefs_function(s->functions, i, &module));
	}
	for (uint32_t i = 0; i < near.count; i++)
		if (near.best[i].distance <= near.best[0].distance + 1)
			instead(x, "%s", near.best[i].name);
}

// Functions with the very same arguments, if there are so few that it means something.
static void offer_siblings(struct search *s)
{
	struct explanation *x = s->x;
	const struct btf *b = x->btf;
	uint32_t found[MAX_SIBLINGS], n = 0;

	if (x->arg_count < 2 || b != &s->trace->btf)
		return;
	for (uint32_t id = 1; id < b->end; id++) {
		const struct btf_type *t = btf_type(b, id);

		if (btf_kind(t) != BTF_KIND_FUNC || t->type != btf_type(b, x->func)->type ||
		    id == x->func ||
		    (s->functions && !tracefs_function_count(s->functions, btf_name(b, id))))
			continue;
		if (n == MAX_SIBLINGS)
			return;
		found[n++] = id;
	}
	for (uint32_t i = 0; i < n && i < 3; i++)
		instead(x, "%s", btf_name(b, found[i]));
}

static void suggest(struct search *s)
{
	struct explanation *x = s->x;
	const char *call = system_call(s);
	const char *prefix = x->arch ? x->arch->syscall_prefix : "";

	if (call && (x->traceable == NO || !strncmp(x->name, prefix, strlen(prefix))))
		instead(x, "sys:%s", call);
	if (has(x, R_VARIANTS))
		for (uint32_t i = 0; i < x->variant_count; i++)
			if (s->functions && tracefs_function_count(s->functions, x->variants[i]))
				instead(x, "%s", x->variants[i]);
	if (has(x, R_ABSENT) && !call)
		offer_nearest(s);
	if (has(x, R_INLINED))
		offer_siblings(s);
}

static int explain(struct search *s, struct ks_error *error)
{
	struct explanation *x = s->x;

	open_files(s);
	x->module = "";
	x->arch = arch_of_btf(&s->trace->btf);
	if (find_symbols(s, error) < 0 || find_btf(s, error) < 0)
		return -1;
	find_lists(s);
	if (x->btf && find_args(s, error) < 0)
		return -1;
	judge(s);
	judge_ways(s);
	suggest(s);
	return 0;
}

size_t ks_explain(struct ks_trace *t, const char *name, bool json, char *text, size_t cap,
		  struct ks_error *error)
{
	KS_FREE struct explanation *x = calloc(1, sizeof(*x));
	struct search s = {.trace = t, .facts = &t->facts, .x = x};
	struct buf out = buf_over(text, cap), why;
	enum reason first;
	int r;

	if (!x) {
		error_nomem(error);
		return (size_t)-1;
	}
	x->name = name;
	r = explain(&s, error);
	if (r == 0) {
		(json ? explain_json : explain_text)(x, &out);
		first = explain_first(x);
		*error = (struct ks_error){.kind = x->traceable == NO ? KS_EABSENT : KS_OK};
		why = buf_over(error->message, sizeof(error->message));
		if (first < R_COUNT)
			explain_sentence(x, first, &why);
		buf_end(&why);
	}
	arena_fini(&s.arena);
	return r < 0 ? (size_t)-1 : buf_end(&out);
}
