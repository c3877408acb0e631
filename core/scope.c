// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "scope.h"

#include <string.h>

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

static const struct btf_type *proto(const struct scope *s)
{
	return btf_type(s->btf, btf_type(s->btf, s->func)->type);
}

// x86-64 passes a struct of up to 16 bytes in one or two registers, and the trampoline gives each
// register a word of context (arch/x86/net/bpf_jit_comp.c, since v6.0).
static uint32_t words(const struct scope *s, uint32_t type)
{
	uint64_t size = type_size(s->btf, type);

	return size > 8 ? 2 : 1;
}

void scope_init(struct scope *s, const struct btf *b, uint32_t func, bool is_return)
{
	const struct btf_param *p;

	*s = (struct scope){.btf = b, .func = func, .is_return = is_return};
	p = (const void *)(proto(s) + 1);
	for (uint32_t i = 0; i < btf_vlen(proto(s)); i++)
		s->slots += words(s, p[i].type);
}

bool scope_arg_at(const struct scope *s, uint32_t index, const char **name, uint32_t *type,
		  uint32_t *slot)
{
	const struct btf_param *p = (const void *)(proto(s) + 1);

	if (index >= btf_vlen(proto(s)) || p[index].type == 0)
		return false;
	*slot = 0;
	for (uint32_t i = 0; i < index; i++)
		*slot += words(s, p[i].type);
	*name = btf_string(s->btf, p[index].name_off);
	*type = p[index].type;
	return true;
}

bool scope_arg(const struct scope *s, const char *name, size_t len, uint32_t *type, uint32_t *slot)
{
	const char *has;

	for (uint32_t i = 0; scope_arg_at(s, i, &has, type, slot); i++)
		if (strlen(has) == len && !memcmp(has, name, len))
			return true;
	return false;
}

uint32_t scope_retval(const struct scope *s)
{
	return proto(s)->type;
}

bool scope_constant(const struct scope *s, const char *name, size_t len, struct value_type *type,
		    uint64_t *value)
{
	for (uint32_t id = 1; id < s->btf->end; id++) {
		const struct btf_type *t = btf_type(s->btf, id);
		bool wide = btf_kind(t) == BTF_KIND_ENUM64;
		const uint32_t *e = (const void *)(t + 1);

		if (!wide && btf_kind(t) != BTF_KIND_ENUM)
			continue;
		for (uint32_t i = 0; i < btf_vlen(t); i++, e += wide ? 3 : 2) {
			const char *has = btf_string(s->btf, e[0]);

			if (strncmp(has, name, len) != 0 || has[len])
				continue;
			// C: an enum constant is an int when it fits (C11 6.7.2.2).
			*value = wide ? e[1] | (uint64_t)e[2] << 32
				      : (uint64_t)(int64_t)(int32_t)e[1];
			*type = (struct value_type){.kind = V_INT,
						    .is_signed = true,
						    .spell = "int"};
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
	}
	return false;
}

void scope_offer(const struct scope *s, struct nearest *n)
{
	const char *name;
	uint32_t type, slot;

	for (const struct scope_capture *c = s->captures; c; c = c->next)
		nearest_offer(n, c->name);
	for (size_t i = 0; i < COUNT; i++)
		nearest_offer(n, builtins[i].name);
	if (s->is_return)
		nearest_offer(n, "retval");
	for (uint32_t i = 0; scope_arg_at(s, i, &name, &type, &slot); i++)
		nearest_offer(n, name);
}
