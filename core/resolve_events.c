// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Tracepoints, typed or by their records, and system calls.
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "access.h"
#include "arch.h"
#include "check.h"
#include "error.h"
#include "event.h"
#include "nearest.h"
#include "resolve.h"

// What every tracepoint of a name has: typedef void (*btf_trace_NAME)(void *, arguments), and since
// v5.10 a function __traceiter_NAME that says how the arguments are called (d25e37d89dd2).
static int one_tracepoint(struct resolver *r, const char *name, uint32_t typedef_id)
{
	struct ks_trace *t = r->trace;
	bool typed = r->at->kind == PLACE_TRACEPOINT;
	struct ks_variant *v = resolve_variant(r, typed ? ATTACH_TP_BTF : ATTACH_RAW_TP, NULL);
	char symbol[160];
	uint32_t func;

	snprintf(symbol, sizeof(symbol), "__traceiter_%s", name);
	func = btf_find(&t->btf, BTF_KIND_FUNC, symbol, 0);
	if (!v)
		return -1;
	if (!func)
		return error_set(r->error, KS_EABSENT,
				 "BTF does not say how the arguments of the tracepoint %s are "
				 "called",
				 name);
	if (scope_init(&v->scope, &t->keep, &t->btf, func, typed ? CONTEXT_TRACING : CONTEXT_WORDS,
		       false, 1, r->error) < 0)
		return -1;
	v->scope.name = arena_copy(&t->keep, name, strlen(name));
	if (!v->scope.name)
		return error_nomem(r->error);
	v->btf_id = typed ? typedef_id : 0;
	v->words = v->scope.retval_at;
	return resolve_point(r, v, v->scope.name, v->scope.name);
}

static int no_tracepoint(struct resolver *r)
{
	const struct btf *b = &r->trace->btf;
	struct nearest near;

	error_set(r->error, KS_EABSENT, "this kernel has no tracepoint '%.200s'", r->at->name);
	nearest_init(&near, r->at->name, strlen(r->at->name));
	for (uint32_t id = 1; id < b->end; id++)
		if (btf_kind(btf_type(b, id)) == BTF_KIND_TYPEDEF &&
		    !strncmp(btf_name(b, id), "btf_trace_", 10))
			nearest_offer(&near, btf_name(b, id) + 10);
	nearest_hint(&near, r->error);
	return -1;
}

static int all_tracepoints(struct resolver *r)
{
	const struct btf *b = &r->trace->btf;
	int found = 0;

	for (uint32_t id = 1; id < b->end; id++) {
		const char *name;

		if (btf_kind(btf_type(b, id)) != BTF_KIND_TYPEDEF)
			continue;
		name = btf_name(b, id);
		if (strncmp(name, "btf_trace_", 10) != 0 ||
		    fnmatch(r->at->name, name + 10, 0) != 0 || resolve_left_out(r, name + 10))
			continue;
		if (one_tracepoint(r, name + 10, id) < 0)
			return -1;
		found++;
	}
	return found;
}

static int named_tracepoint(struct resolver *r)
{
	const struct btf *b = &r->trace->btf;
	char name[160];
	uint32_t id = 0;
	int found = 0;

	if (snprintf(name, sizeof(name), "btf_trace_%s", r->at->name) >= (int)sizeof(name))
		return 0;
	while ((id = btf_find(b, BTF_KIND_TYPEDEF, name, id + 1))) {
		if (one_tracepoint(r, btf_name(b, id) + 10, id) < 0)
			return -1;
		found++;
	}
	return found;
}

int resolve_tracepoints(struct resolver *r)
{
	int found = r->at->is_glob ? all_tracepoints(r) : named_tracepoint(r);

	if (found < 0)
		return -1;
	return found || r->left_out ? 0 : no_tracepoint(r);
}

// --- records ----------------------------------------------------------------------------------

static const struct value_type plain_long = {.kind = V_INT,
					     .size = 8,
					     .is_signed = true,
					     .spell = "long"};

// The C type that a format file spells. Where BTF has no such type, its size and sign say enough.
static struct value_type field_type(struct resolver *r, const struct event_field *f)
{
	struct value_type t;
	struct ks_error ignored;

	if (check_type_text(&r->trace->btf, &r->trace->keep, f->type, 0, (uint32_t)strlen(f->type),
			    &t, &ignored) == 0 &&
	    (t.kind == V_PTR || t.kind == V_INT))
		return t;
	t = plain_long;
	t.is_signed = f->is_signed;
	t.spell = f->type;
	t.size = f->size;
	if (f->size != 1 && f->size != 2 && f->size != 4 && f->size != 8)
		t.kind = V_VOID;
	return t;
}

// There is no such file; what near ones there are, the list of all events tells.
static int no_event(struct resolver *r)
{
	const struct tracefs *list;
	char asked[200], name[200];
	struct ks_error ignored;
	struct nearest near;

	snprintf(asked, sizeof(asked), "%s:%s", r->at->category, r->at->name);
	error_set(r->error, KS_EABSENT, "this kernel has no tracepoint '%s' with a record", asked);
	list = facts_events(&r->trace->facts, &ignored);
	if (!list)
		return -1;
	nearest_init(&near, asked, strlen(asked));
	for (uint32_t i = 0; i < list->events.count; i++) {
		const char *category, *event = tracefs_event_name(list, i, &category);

		snprintf(name, sizeof(name), "%s:%s", category, event);
		nearest_offer(&near, name);
	}
	nearest_hint(&near, r->error);
	return -1;
}

int resolve_event(struct resolver *r)
{
	struct ks_trace *t = r->trace;
	struct ks_variant *v = resolve_variant(r, ATTACH_TP, NULL);
	const char *folder = facts_tracefs(&t->facts, r->error);
	struct event_format f;
	struct scope_arg *args;
	struct ks_error why;

	if (!v)
		return -1;
	if (!folder) {
		why = *r->error;
		error_set(r->error, why.kind, "tracefs has the records of tracepoints; %.200s",
			  why.message);
		error_hint(r->error, "%s", why.hint);
		return -1;
	}
	if (event_open(&f, &t->keep, folder, r->at->category, r->at->name, r->error) < 0)
		return r->error->os == ENOENT ? no_event(r) : -1;
	args = arena_alloc(&t->keep, (f.count + 1) * sizeof(*args));
	if (!args)
		return error_nomem(r->error);
	v->scope = (struct scope){.btf = &t->btf,
				  .name = r->at->name,
				  .context = CONTEXT_EVENT,
				  .args = args};
	for (uint32_t i = 0; i < f.count; i++) {
		const struct event_field *e = &f.fields[i];

		if (e->is_common)
			continue;
		args[v->scope.arg_count++] = (struct scope_arg){
			.name = e->name,
			.type = e->is_array || e->location != EVENT_HERE
					? (struct value_type){.kind = V_VOID, .spell = e->type}
					: field_type(r, e),
			.at = e->offset};
	}
	v->event_id = f.id;
	return resolve_point(r, v, r->at->name, r->at->name);
}

// --- system calls -----------------------------------------------------------------------------

// Names and types of the arguments, from the event that the kernel makes of each system call. False
// with error when there is none.
static bool arguments_of_event(struct resolver *r, struct scope *s, struct scope_arg *args,
			       const char *name, struct ks_error *error)
{
	struct ks_trace *t = r->trace;
	const char *folder = facts_tracefs(&t->facts, error);
	struct event_format f;
	char event[160];

	snprintf(event, sizeof(event), "sys_enter_%s", name);
	if (!folder || event_open(&f, &t->keep, folder, "syscalls", event, error) < 0)
		return false;
	for (uint32_t i = 0; i < f.count && s->arg_count < 6; i++) {
		const struct event_field *e = &f.fields[i];
		struct scope_arg *arg = &args[s->arg_count];

		if (e->is_common || !strncmp(e->name, "__", 2)) // __syscall_nr, __x_val
			continue;
		*arg = (struct scope_arg){.name = e->name,
					  .type = field_type(r, e),
					  .at = s->arg_count,
					  .behind_regs = true};
		arg->type.is_user = arg->type.kind == V_PTR;
		s->arg_count++;
	}
	return true;
}

// The function that all entries of a system call share, where BTF has it; 0: it does not.
static uint32_t shared_function(const struct btf *b, const char *name)
{
	char symbol[160];
	uint32_t func;

	snprintf(symbol, sizeof(symbol), "__do_sys_%s", name);
	func = btf_find(b, BTF_KIND_FUNC, symbol, 0);
	snprintf(symbol, sizeof(symbol), "__se_sys_%s", name);
	return func ? func : btf_find(b, BTF_KIND_FUNC, symbol, 0);
}

static int syscall_arguments(struct resolver *r, struct scope *s, const char *name)
{
	struct ks_trace *t = r->trace;
	struct scope_arg *args = arena_alloc(&t->keep, 8 * sizeof(*args));
	struct ks_error why = {0};
	char text[sizeof(why.message)];
	struct scope other;
	uint32_t func;

	if (!args)
		return error_nomem(r->error);
	s->args = args;
	if (arguments_of_event(r, s, args, name, &why))
		return 0;
	func = shared_function(&t->btf, name);
	if (!func) {
		snprintf(text, sizeof(text), "tracefs has their names and types; %.200s",
			 why.message);
		s->why = arena_copy(&t->keep, text, strlen(text));
		s->hint = *why.hint ? arena_copy(&t->keep, why.hint, strlen(why.hint)) : NULL;
		return s->why ? 0 : error_nomem(r->error);
	}
	if (scope_init(&other, &t->keep, &t->btf, func, CONTEXT_TRACING, false, 0, r->error) < 0)
		return -1;
	for (uint32_t i = 0; i < other.arg_count && i < 6; i++) {
		args[i] = other.args[i];
		args[i].at = i;
		args[i].behind_regs = true;
		args[i].type.is_user = args[i].type.kind == V_PTR;
		s->arg_count++;
	}
	return 0;
}

// Is what a system call's function is called with a pointer that can be loaded and followed?
static bool has_registers(const struct btf *b, uint32_t func)
{
	const struct btf_type *proto = btf_type(b, btf_type(b, func)->type);
	const struct btf_param *args = (const void *)(proto + 1);
	uint32_t next;

	return btf_vlen(proto) && access_arg(b, args->type, true, &next) == ACCESS_STRUCT;
}

static int one_syscall(struct resolver *r, const char *name)
{
	struct ks_trace *t = r->trace;
	size_t size = strlen(name) + 32;
	char *symbol = arena_alloc(&t->keep, size);
	struct ks_variant *v;
	uint32_t func;
	bool tracing;
	enum attach_kind kind;

	if (!symbol)
		return error_nomem(r->error);
	snprintf(symbol, size, "%s%s", t->arch->syscall_prefix, name);
	func = btf_find(&t->btf, BTF_KIND_FUNC, symbol, 0);
	tracing = func && resolve_has(r, FEATURE_FENTRY);
	kind = r->at->is_return ? tracing ? ATTACH_FEXIT : ATTACH_KRETPROBE
	       : tracing	? ATTACH_FENTRY
				: ATTACH_KPROBE;
	v = resolve_variant(r, kind, NULL);
	if (!v)
		return -1;
	v->scope = (struct scope){.btf = &t->btf,
				  .name = name,
				  .context = tracing ? CONTEXT_TRACING : CONTEXT_REGS,
				  .regs_unknown = tracing && !has_registers(&t->btf, func),
				  .is_return = r->at->is_return,
				  .has_retval = r->at->is_return,
				  .retval = plain_long,
				  .retval_at = 1};
	// As BTF has it: then the verifier lets it be loaded.
	if (tracing &&
	    !scope_value_type(&t->btf, btf_type(&t->btf, btf_type(&t->btf, func)->type)->type,
			      &v->scope.retval))
		v->scope.retval = plain_long;
	v->btf_id = tracing ? func : 0;
	v->words = 1;
	if (syscall_arguments(r, &v->scope, name) < 0)
		return -1;
	if (kind == ATTACH_KRETPROBE && resolve_gone(r, &v->scope, NULL) < 0)
		return -1;
	return resolve_point(r, v, name, symbol);
}

static int no_syscall(struct resolver *r, const char *prefix)
{
	const struct btf *b = &r->trace->btf;
	size_t skip = strlen(prefix);
	struct nearest near;

	error_set(r->error, KS_EABSENT, "this kernel has no system call '%.200s'", r->at->name);
	nearest_init(&near, r->at->name, strlen(r->at->name));
	for (uint32_t id = 1; id < b->end; id++)
		if (btf_kind(btf_type(b, id)) == BTF_KIND_FUNC &&
		    !strncmp(btf_name(b, id), prefix, skip))
			nearest_offer(&near, btf_name(b, id) + skip);
	nearest_hint(&near, r->error);
	return -1;
}

static int all_syscalls(struct resolver *r, const char *prefix)
{
	const struct btf *b = &r->trace->btf;
	size_t skip = strlen(prefix);
	int found = 0;

	for (uint32_t id = 1; id < b->end; id++) {
		const char *name = btf_name(b, id);

		if (btf_kind(btf_type(b, id)) != BTF_KIND_FUNC ||
		    strncmp(name, prefix, skip) != 0 || fnmatch(r->at->name, name + skip, 0) != 0 ||
		    resolve_left_out(r, name + skip))
			continue;
		if (one_syscall(r, name + skip) < 0)
			return -1;
		found++;
	}
	return found;
}

static int named_syscall(struct resolver *r, const char *prefix)
{
	struct ks_trace *t = r->trace;
	char symbol[200];
	uint32_t id;

	if (snprintf(symbol, sizeof(symbol), "%s%s", prefix, r->at->name) >= (int)sizeof(symbol))
		return 0;
	id = btf_find(&t->btf, BTF_KIND_FUNC, symbol, 0);
	// Those without arguments are not in every kernel's BTF.
	if (!id) {
		const struct ksyms *k = t->options.btf ? NULL : facts_symbols(&t->facts, r->error);

		if (!k || !ksyms_count(k, symbol))
			return 0;
	}
	return one_syscall(r, r->at->name) < 0 ? -1 : 1;
}

// Every system call is a function of its own, with a name that begins in the same way.
int resolve_syscalls(struct resolver *r)
{
	const char *prefix = r->trace->arch->syscall_prefix;
	int found = r->at->is_glob ? all_syscalls(r, prefix) : named_syscall(r, prefix);

	if (found < 0)
		return -1;
	return found || r->left_out ? 0 : no_syscall(r, prefix);
}
