// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "scope.h"

#include <string.h>

#include "error.h"
#include "type.h"

#define UINT(bytes, words)                                                                         \
	{                                                                                          \
		.kind = V_INT, .size = (bytes), .spell = (words)                                   \
	}

static const struct builtin_name builtins[] = {
	{"pid", B_PID, UINT(4, "unsigned int")},
	{"tid", B_TID, UINT(4, "unsigned int")},
	{"uid", B_UID, UINT(4, "unsigned int")},
	{"cpu", B_CPU, UINT(4, "unsigned int")},
	{"comm", B_COMM, {.kind = V_CHARS, .size = 16, .spell = "char[16]"}},
	{"time", B_TIME, {.kind = V_INT, .unit = KS_TIME, .size = 8, .spell = "unsigned long"}},
	{"func", B_FUNC, {.kind = V_TEXT, .spell = "char *"}},
};

#define COUNT (sizeof(builtins) / sizeof(*builtins))

const struct builtin_name *scope_builtin(const char *name, size_t len)
{
	for (size_t i = 0; i < COUNT; i++)
		if (strlen(builtins[i].name) == len && !memcmp(builtins[i].name, name, len))
			return &builtins[i];
	return NULL;
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
		return t->size == 1 || t->size == 2 || t->size == 4 || t->size == 8;
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		t->is_enum = true;
		t->is_signed = BTF_INFO_KFLAG(raw->info);
		return true;
	case BTF_KIND_PTR:
		t->kind = V_PTR;
		t->to = raw->type;
		t->is_user = type_tagged(b, id, "user");
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

int scope_init(struct scope *s, struct arena *a, const struct btf *b, uint32_t func,
	       enum scope_context context, bool is_return, uint32_t skip, struct ks_error *error)
{
	const struct btf_type *proto = btf_type(b, btf_type(b, func)->type);
	const struct btf_param *p = (const void *)(proto + 1);
	uint32_t count = btf_vlen(proto), at = 0;
	struct scope_arg *args = arena_alloc(a, (count + 1) * sizeof(*args));

	*s = (struct scope){.btf = b,
			    .name = btf_name(b, func),
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

int scope_arg(const struct scope *s, const char *name, size_t len)
{
	for (uint32_t i = 0; i < s->arg_count; i++)
		if (strlen(s->args[i].name) == len && !memcmp(s->args[i].name, name, len))
			return (int)i;
	return -1;
}

bool scope_constant(const struct scope *s, const char *name, size_t len, struct value_type *type,
		    uint64_t *value)
{
	uint32_t nth, id = btf_find_constant(s->btf, name, len, &nth);
	const struct btf_type *t = btf_type(s->btf, id);
	bool wide = btf_kind(t) == BTF_KIND_ENUM64;
	const uint32_t *e = (const void *)(t + 1);

	if (!id)
		return false;
	e += (wide ? 3 : 2) * nth;
	// C: an enum constant is an int when it fits (C11 6.7.2.2).
	*value = wide ? e[1] | (uint64_t)e[2] << 32 : (uint64_t)(int64_t)(int32_t)e[1];
	*type = (struct value_type){.kind = V_INT, .is_signed = true, .spell = "int"};
	if (!BTF_INFO_KFLAG(t->info) && !wide)
		*value = e[1];
	type->size = (int64_t)*value == (int32_t)*value ? 4 : 8;
	if (!BTF_INFO_KFLAG(t->info) && *value > INT64_MAX) {
		type->size = 8;
		type->is_signed = false;
		type->spell = "unsigned long";
	}
	return true;
}

void scope_offer(const struct scope *s, struct nearest *n)
{
	for (const struct scope_capture *c = s->captures; c; c = c->next)
		nearest_offer(n, c->name);
	for (size_t i = 0; i < COUNT; i++)
		nearest_offer(n, builtins[i].name);
	if (s->has_retval)
		nearest_offer(n, "retval");
	for (uint32_t i = 0; i < s->arg_count; i++)
		nearest_offer(n, s->args[i].name);
}
