// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "address.h"

#include <string.h>

#include "type.h"

// The pointer that a chain starts from, without casts; *user: one of them says that it is a user's.
static const struct node *bare(const struct node *n, bool *user)
{
	*user = *user || n->type.is_user;
	while (n->kind == N_CONVERT && n->type.kind == V_PTR && n->a->type.kind == V_PTR) {
		n = n->a;
		*user = *user || n->type.is_user;
	}
	return n;
}

// Is element b a constant so near that its offset needs no computing? What is far wraps around.
static bool near(const struct node *n)
{
	int64_t bytes, far = (int64_t)1 << 40;

	return n->b->kind == N_NUMBER &&
	       !__builtin_mul_overflow((int64_t)n->b->number, (int64_t)n->type.size, &bytes) &&
	       bytes > -far && bytes < far;
}

struct address address_of(const struct lower *l, const struct node *n)
{
	struct address a = {0};
	const struct node *pointer = NULL;

	while (!pointer) {
		bool through = n->kind == N_DEREF || (n->kind == N_MEMBER && n->arrow) ||
			       (n->kind == N_INDEX && n->a->type.kind == V_PTR);

		if (n->kind == N_ARG) { // a struct by value
			a.arg = n;
			return a;
		}
		if (n->kind == N_MEMBER)
			a.bit += n->bit_offset;
		else if (n->kind == N_INDEX && near(n))
			a.bit += (int64_t)n->b->number * n->type.size * 8;
		else if (n->kind == N_INDEX && a.index_count < MAX_INDEXES)
			a.indexes[a.index_count++] = n;
		else if (n->kind == N_INDEX)
			a.too_many = true;
		n = n->a;
		if (!through)
			continue;
		pointer = bare(n, &a.user);
		if (pointer->kind == N_ADDRESS) { // (&x)->y is x.y
			n = pointer->a;
			pointer = NULL;
		}
	}
	a.pointer = pointer;
	if (!a.user)
		a.id = address_struct(l, pointer);
	return a;
}

// The bytes that hold a value: a bit-field's may be more than its type says.
void address_bytes(const struct node *n, int64_t bit, int64_t *off, uint32_t *size)
{
	int64_t last;

	*off = bit >> 3;
	*size = n->type.kind == V_PTR ? 8 : n->type.size;
	if (!n->bits)
		return;
	last = (bit + n->bits - 1) >> 3;
	for (*size = 1; *off + *size <= last; *size *= 2)
		;
}

enum access address_access(const struct lower *l, const struct node *n, const struct address *a,
			   uint32_t *next)
{
	enum access how;
	int64_t off;
	uint32_t size;

	address_bytes(n, a->bit, &off, &size);
	if (!a->id || a->index_count || l->target->helper_reads || size > 8 || off < 0 ||
	    off >= 32768)
		return ACCESS_NONE;
	how = access_load(l->btf, a->id, (uint32_t)off, size, next);
	// A cast made a number of what the verifier has for a pointer, and lets nobody compute with.
	return how >= ACCESS_POINTER && n->type.kind != V_PTR ? ACCESS_NONE : how;
}

bool address_is_memory(const struct node *n)
{
	return n->kind == N_MEMBER || n->kind == N_DEREF || n->kind == N_INDEX;
}

static bool is_typed_arg(const struct lower *l, const struct node *n)
{
	return n->kind == N_ARG && l->scope->context == CONTEXT_TRACING &&
	       (n->slot == ARG_RETVAL || !l->scope->args[n->slot].behind_regs);
}

static enum access argument_access(const struct lower *l, const struct node *n, uint32_t *next)
{
	*next = 0;
	if (!is_typed_arg(l, n))
		return ACCESS_SCALAR;
	// The verifier lets a program load as many words as a function has arguments at most.
	if ((n->slot == ARG_RETVAL ? l->scope->retval_at : l->scope->args[n->slot].at) >= MAX_ARGS)
		return ACCESS_NONE;
	return access_arg(l->btf, n->type.id, l->target->any_pointer, next);
}

uint32_t address_struct(const struct lower *l, const struct node *n)
{
	bool user = false;
	uint32_t next = 0;
	enum access how = ACCESS_NONE;

	n = bare(n, &user);
	if (n->type.kind != V_PTR || user)
		return 0;
	if (n->kind == N_BUILTIN && n->builtin == B_CURRENT)
		return l->target->task_btf ? type_peel(l->btf, n->type.to) : 0;
	if (n->kind == N_ARG) {
		how = argument_access(l, n, &next);
	} else if (address_is_memory(n)) {
		struct address a = address_of(l, n);

		how = address_access(l, n, &a, &next);
	}
	return how == ACCESS_STRUCT ? next : 0;
}

// The kernel says so of some arguments by their names (since v6.8).
static bool is_nullable(const struct lower *l, const struct node *n)
{
	static const char end[] = "__nullable";
	const char *name = n->slot == ARG_RETVAL ? "" : l->scope->args[n->slot].name;
	size_t len = strlen(name);

	return len >= sizeof(end) && !strcmp(name + len - (sizeof(end) - 1), end);
}

bool address_is_trusted(const struct lower *l, const struct node *n)
{
	bool user = false;

	n = bare(n, &user);
	if (n->kind == N_CHOICE)
		return address_is_trusted(l, n->b) || address_is_trusted(l, n->c);
	if (address_is_memory(n)) {
		n = address_of(l, n).pointer;
		return n && address_is_trusted(l, n);
	}
	return (n->kind == N_BUILTIN && n->builtin == B_CURRENT) ||
	       (is_typed_arg(l, n) && (l->trusted_args || is_nullable(l, n)));
}

bool address_is_direct(const struct lower *l, const struct node *n)
{
	struct address a = address_of(l, n);
	uint32_t next;

	if (!a.pointer)
		return true;
	return address_access(l, n, &a, &next) != ACCESS_NONE;
}

bool address_argument_by_helper(const struct lower *l, const struct node *n)
{
	const struct scope_arg *a = n->slot == ARG_RETVAL ? NULL : &l->scope->args[n->slot];
	uint32_t next;

	if (l->scope->context == CONTEXT_REGS)
		return a && (a->behind_regs || a->at >= l->target->arg_reg_count);
	if (a && a->behind_regs)
		return l->scope->regs_unknown;
	return n->type.kind != V_STRUCT && argument_access(l, n, &next) == ACCESS_NONE;
}

bool address_is_typed(const struct lower *l, const struct node *n)
{
	bool user = false;

	n = bare(n, &user);
	if (n->kind == N_CHOICE)
		return address_is_typed(l, n->b) || address_is_typed(l, n->c);
	if (n->kind == N_ADDRESS) {
		n = address_of(l, n->a).pointer;
		return n && address_is_typed(l, n);
	}
	if (address_is_memory(n)) {
		struct address a = address_of(l, n);
		uint32_t next;

		return address_access(l, n, &a, &next) >= ACCESS_POINTER;
	}
	return (n->kind == N_ARG || n->kind == N_BUILTIN) && address_struct(l, n);
}
