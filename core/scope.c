// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "scope.h"

#include <stdio.h>
#include <string.h>

#include "error.h"
#include "type.h"
#include "uapi.h"

#define UINT(bytes, words)                                                                         \
	{                                                                                          \
		.kind = V_INT, .size = (bytes), .spell = (words)                                   \
	}

#define NS(counts)                                                                                 \
	{                                                                                          \
		.kind = V_INT, .unit = (counts), .size = 8, .spell = "unsigned long"               \
	}

#define CGROUP_ID                                                                                  \
	{                                                                                          \
		.kind = V_INT, .unit = KS_CGROUP, .size = 8, .spell = "unsigned long long"         \
	}

static const struct builtin_name builtins[] = {
	{"pid", B_PID, UINT(4, "unsigned int")},
	{"tid", B_TID, UINT(4, "unsigned int")},
	{"uid", B_UID, UINT(4, "unsigned int")},
	{"gid", B_GID, UINT(4, "unsigned int")},
	{"cpu", B_CPU, UINT(4, "unsigned int")},
	{"comm", B_COMM, {.kind = V_CHARS, .size = 16, .spell = "char[16]"}},
	{"time", B_TIME, NS(KS_TIME)},
	{"cgroup", B_CGROUP, CGROUP_ID},
	{"current", B_CURRENT, {.kind = V_PTR, .size = 8, .spell = "struct task_struct *"}},
	{"elapsed", B_ELAPSED, NS(KS_DURATION)},
	{"func", B_FUNC, {.kind = V_TEXT, .spell = "char *"}},
	{"caller", B_CALLER, {.kind = V_PTR, .unit = KS_SYMBOL, .size = 8, .spell = "void *"}},
	{"stack", B_STACK, {.kind = V_STACK, .spell = "a stack"}},
	{"ustack", B_USTACK, {.kind = V_STACK, .is_user = true, .spell = "a stack"}},
};

#define COUNT (sizeof(builtins) / sizeof(*builtins))

const struct builtin_name *scope_builtin(const char *name, size_t len)
{
	for (size_t i = 0; i < COUNT; i++)
		if (strlen(builtins[i].name) == len && !memcmp(builtins[i].name, name, len))
			return &builtins[i];
	return NULL;
}

// Before enum64, BTF said of no enum whether it is signed, but had its constants as 32 bits with a
// sign (struct btf_enum, include/uapi/linux/btf.h): there, what looks like a small negative number
// is taken for one. Masks and inode numbers with the highest bit are not that close to 2^32.
static bool looks_signed(const struct btf *b, const struct btf_type *t)
{
	const struct btf_enum *e = (const void *)(t + 1);
	bool looks = false;

	for (uint32_t i = 0; i < btf_vlen(t); i++)
		looks = looks || (e[i].val < 0 && e[i].val >= -0x10000);
	for (; looks && b; b = b->base) {
		for (uint32_t id = 0; (id = btf_next_enum(b, id + 1));) {
			const struct btf_type *other = btf_type(b, id);

			if (btf_kind(other) == BTF_KIND_ENUM64 || BTF_INFO_KFLAG(other->info))
				return false; // this BTF does say it
		}
	}
	return looks;
}

static bool enum_signed(const struct btf *b, const struct btf_type *t)
{
	return BTF_INFO_KFLAG(t->info) ||
	       (btf_kind(t) == BTF_KIND_ENUM && t->size == 4 && looks_signed(b, t));
}

// Some compilers of BTF call a floating type an integer; its name tells.
static bool floating(const struct btf *b, const struct btf_type *t)
{
	const char *name = btf_string(b, t->name_off);

	return !strcmp(name, "double") || !strcmp(name, "float");
}

bool scope_value_type(const struct btf *b, uint32_t id, struct value_type *t)
{
	uint32_t peeled = type_peel(b, id);
	const struct btf_type *raw = btf_type(b, peeled);
	const struct btf_array *array = (const void *)(raw + 1);
	uint32_t encoding;
	uint64_t size = type_size(b, id);

	*t = (struct value_type){.id = id, .size = size < UINT32_MAX ? (uint32_t)size : UINT32_MAX};
	switch (btf_kind(raw)) {
	case BTF_KIND_INT:
		encoding = BTF_INT_ENCODING(*(const uint32_t *)(raw + 1));
		t->is_signed = encoding & BTF_INT_SIGNED;
		t->is_bool = encoding & BTF_INT_BOOL;
		return (t->size == 1 || t->size == 2 || t->size == 4 || t->size == 8) &&
		       !floating(b, raw);
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		t->is_enum = true;
		t->is_signed = enum_signed(b, raw);
		return true;
	case BTF_KIND_PTR:
		t->kind = V_PTR;
		t->to = raw->type;
		t->is_user = type_tagged(b, id, "user");
		if (btf_kind(type_peeled(b, t->to)) == BTF_KIND_FUNC_PROTO)
			t->unit = KS_SYMBOL;
		return true;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		t->kind = V_STRUCT;
		return true;
	case BTF_KIND_ARRAY:
		t->to = array->type;
		raw = type_peeled(b, array->type);
		t->kind = btf_kind(raw) == BTF_KIND_INT && raw->size == 1 ? V_CHARS : V_ARRAY;
		return true;
	case BTF_KIND_UNKN:
		t->kind = V_VOID;
		return true;
	default:
		return false;
	}
}

// x86-64 passes a struct of up to 16 bytes in one or two registers, and the trampoline gives each
// register a word of context (arch/x86/net/bpf_jit_comp.c, since v6.0).
static uint32_t words(const struct value_type *t)
{
	return t->size > 8 ? 2 : 1;
}

// What a function is called with. A kfunc is described as BPF programs call it: without arguments that
// the kernel adds (KF_IMPLICIT_ARGS, v7.0). All of them has its namesake with _impl behind, which its
// verifier too goes by.
static uint32_t prototype(const struct btf *b, uint32_t func)
{
	uint32_t shown_id = btf_type(b, func)->type, all_id, id;
	const struct btf_type *shown = btf_type(b, shown_id), *all;
	const struct btf_param *p = (const void *)(shown + 1), *q;
	char name[192];

	if (!btf_has_tag(b, func, "bpf_kfunc"))
		return shown_id;
	snprintf(name, sizeof(name), "%.180s_impl", btf_name(b, func));
	id = btf_find(b, BTF_KIND_FUNC, name, 0);
	all_id = id ? btf_type(b, id)->type : shown_id;
	all = btf_type(b, all_id);
	q = (const void *)(all + 1);
	if (btf_vlen(all) <= btf_vlen(shown) || all->type != shown->type)
		return shown_id;
	for (uint32_t i = 0; i < btf_vlen(shown); i++)
		if (p[i].type != q[i].type)
			return shown_id;
	return all_id;
}

int scope_init(struct scope *s, struct arena *a, const struct btf *b, uint32_t func,
	       enum scope_context context, bool is_return, uint32_t skip, struct ks_error *error)
{
	uint32_t id = prototype(b, func);
	const struct btf_type *proto = btf_type(b, id);
	const struct btf_param *p = (const void *)(proto + 1);
	uint32_t count = btf_vlen(proto), at = 0;
	struct scope_arg *args = arena_alloc(a, (count + 1) * sizeof(*args));

	*s = (struct scope){.btf = b,
			    .name = btf_name(b, func),
			    .proto = id,
			    .context = context,
			    .is_return = is_return,
			    .args = args};
	if (!args)
		return error_nomem(error);
	for (uint32_t i = skip; i < count; i++) {
		struct scope_arg *arg = &args[s->arg_count];

		if (p[i].type == 0) // "..."
			break;
		arg->name = btf_string(b, p[i].name_off);
		if (!scope_value_type(b, p[i].type, &arg->type))
			arg->type.kind = V_VOID;
		arg->at = at;
		at += words(&arg->type);
		s->arg_count++;
	}
	s->retval_at = at;
	s->has_retval = is_return && scope_value_type(b, proto->type, &s->retval) &&
			s->retval.kind != V_VOID;
	return 0;
}

void scope_asks_all(const struct scope *s)
{
	if (s->asked)
		s->asked->all = true;
}

void scope_asks(const struct scope *s, const char *name, size_t len)
{
	struct scope_asked *asked = s->asked;

	for (uint32_t i = 0; asked && i < asked->names; i++)
		if (asked->name_list[i].len == len && !memcmp(asked->name_list[i].text, name, len))
			return;
	if (asked && asked->names < MAX_NAMES)
		asked->name_list[asked->names++] = (struct scope_name){.text = name,
								       .len = (uint32_t)len};
	else
		scope_asks_all(s);
}

int scope_arg(const struct scope *s, const char *name, size_t len)
{
	scope_asks(s, name, len);
	return scope_arg_at(s, name, len);
}

int scope_arg_at(const struct scope *s, const char *name, size_t len)
{
	for (uint32_t i = 0; i < s->arg_count; i++)
		if (strlen(s->args[i].name) == len && !memcmp(s->args[i].name, name, len))
			return (int)i;
	return -1;
}

// C gives a constant the type int when it fits, else that of its enum (gcc's rule for those past
// C11 6.7.2.2).
static void constant_type(const struct btf *b, uint32_t id, uint64_t value, struct value_type *t)
{
	*t = (struct value_type){.kind = V_INT, .size = 4, .is_signed = true, .spell = "int"};
	if ((int64_t)value == (int32_t)value)
		return;
	scope_value_type(b, id, t);
	t->is_enum = false;
	t->id = 0;
	t->spell = t->size == 4 ? "unsigned int" : t->is_signed ? "long" : "unsigned long";
}

// Do the enum's constants include this name?
static bool member_of(const struct btf *b, const struct btf_type *t, const char *name, size_t len,
		      uint64_t *value)
{
	bool wide = btf_kind(t) == BTF_KIND_ENUM64;
	const uint32_t *e = (const void *)(t + 1);

	for (uint32_t i = 0; i < btf_vlen(t); i++, e += wide ? 3 : 2) {
		const char *has = btf_string(b, e[0]);

		if (*has != *name || strncmp(has, name, len) != 0 || has[len])
			continue;
		*value = wide		     ? e[1] | (uint64_t)e[2] << 32
			 : enum_signed(b, t) ? (uint64_t)(int64_t)(int32_t)e[1]
					     : e[1];
		return true;
	}
	return false;
}

// A macro's value has the type that C gives such a number in hexadecimal.
static bool macro(const char *name, size_t len, struct scope_constant *ret)
{
	static const struct value_type types[] = {
		{.kind = V_INT, .size = 4, .is_signed = true, .spell = "int"},
		{.kind = V_INT, .size = 4, .spell = "unsigned int"},
		{.kind = V_INT, .size = 8, .is_signed = true, .spell = "long"},
		{.kind = V_INT, .size = 8, .spell = "unsigned long"},
	};
	uint64_t v;

	if (!uapi_constant(name, len, &v))
		return false;
	ret->value = v;
	ret->type = types[(int64_t)v == (int32_t)v ? 0
			  : v <= UINT32_MAX	   ? 1
			  : v <= INT64_MAX	   ? 2
						   : 3];
	return true;
}

// What an enum says of a name, added to what others said.
static void ask(const struct btf *b, uint32_t id, const char *name, size_t len,
		struct scope_constant *ret)
{
	const struct btf_type *t = btf_type(b, id);
	uint64_t value;

	// BTF without enum64 cuts constants of 64 bits: no value is better than half of one.
	if (btf_kind(t) != BTF_KIND_ENUM64 && (btf_kind(t) != BTF_KIND_ENUM || t->size == 8))
		return;
	if (!member_of(b, t, name, len, &value))
		return;
	if (!ret->of) {
		ret->of = id;
		ret->value = value;
	} else if (value != ret->value && !ret->other) {
		ret->other = id;
		ret->other_value = value;
	}
}

static bool look_up(const struct scope *s, const char *name, size_t len, uint32_t of,
		    struct scope_constant *ret)
{
	uint32_t id, nth;

	*ret = (struct scope_constant){0};
	if (of && len)
		ask(s->btf, of, name, len, ret);
	for (const struct btf *b = s->btf; b && !of && len; b = b->base)
		for (id = b->first; (id = btf_find_constant(b, name, len, id, &nth)); id++)
			ask(s->btf, id, name, len, ret);
	if (ret->of)
		constant_type(s->btf, ret->of, ret->value, &ret->type);
	return ret->of || (!of && macro(name, len, ret));
}

bool scope_constant(const struct scope *s, const char *name, size_t len, uint32_t of,
		    struct scope_constant *ret)
{
	struct scope_asked *last = s->asked;

	if (of || !last || len >= sizeof(last->name))
		return look_up(s, name, len, of, ret);
	if (last->btf != s->btf || strlen(last->name) != len ||
	    memcmp(last->name, name, len) != 0) {
		last->found = look_up(s, name, len, of, &last->constant);
		last->btf = s->btf;
		memcpy(last->name, name, len);
		last->name[len] = '\0';
	}
	*ret = last->constant;
	return last->found;
}

void scope_offer(const struct scope *s, struct nearest *n)
{
	for (const struct scope_capture *c = s->captures; c; c = c->next)
		nearest_offer(n, c->name);
	for (size_t i = 0; i < COUNT; i++)
		if (builtins[i].builtin != B_ELAPSED || s->open_count)
			nearest_offer(n, builtins[i].name);
	if (s->has_retval)
		nearest_offer(n, "retval");
	for (uint32_t i = 0; i < s->arg_count; i++)
		nearest_offer(n, s->args[i].name);
	uapi_offer(n);
}

int scope_pick(const struct scope *s, const struct node *call, uint32_t nth)
{
	struct scope_picks *all = s->picks;
	struct scope_pick *made;

	if (!all)
		return 0;
	for (const struct scope_pick *p = all->first; p; p = p->next)
		if (p->call == call->token.p && p->nth == nth && p->pos == call->pos &&
		    p->len == call->len)
			return 0; // at another function, or the same text again
	made = arena_alloc(all->arena, sizeof(*made));
	if (!made)
		return -1;
	*made = (struct scope_pick){.call = call->token.p,
				    .nth = nth,
				    .pos = call->pos,
				    .len = call->len};
	if (all->last)
		all->last->next = made;
	else
		all->first = made;
	all->last = made;
	return 0;
}
