// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "arch.h"

#include <string.h>

#include "type.h"

const struct arch *arch_here(void)
{
#if defined(__x86_64__)
	return &arch_x86_64;
#elif defined(__aarch64__)
	return &arch_arm64;
#else
	return NULL;
#endif
}

static uint32_t pt_regs(const struct btf *b)
{
	return btf_find(b, BTF_KIND_STRUCT, "pt_regs", 0);
}

static bool reg_offset(const struct btf *b, uint32_t id, const struct arch_reg *r, uint32_t *offset)
{
	struct type_member m;
	const struct btf_array *array;

	if (!id || !r->member || !type_member(b, id, r->member, strlen(r->member), &m) || m.bits)
		return false;
	*offset = m.bit_offset / 8;
	if (btf_kind(type_peeled(b, m.type)) == BTF_KIND_ARRAY) {
		array = (const void *)(type_peeled(b, m.type) + 1);
		if (r->index >= array->nelems || type_size(b, array->type) != 8)
			return false;
		*offset += 8 * r->index;
	} else if (r->index || type_size(b, m.type) != 8) {
		return false;
	}
	return true;
}

bool arch_reg_offset(const struct btf *b, const struct arch_reg *r, uint32_t *offset)
{
	return reg_offset(b, pt_regs(b), r, offset);
}

const struct arch *arch_of_btf(const struct btf *b)
{
	static const struct arch *const known[] = {&arch_x86_64, &arch_arm64};
	uint32_t id = pt_regs(b), offset;

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (reg_offset(b, id, &known[i]->args[known[i]->arg_count - 1], &offset) &&
		    reg_offset(b, id, &known[i]->ip, &offset))
			return known[i];
	return NULL;
}

enum arch_where arch_arg(const struct arch *a, const struct btf *b, uint32_t n, uint32_t *offset)
{
	if (n < a->arg_count)
		return arch_reg_offset(b, &a->args[n], offset) ? ARCH_REGISTER : ARCH_NOWHERE;
	*offset = a->stack + 8 * (n - a->arg_count);
	return ARCH_STACK;
}

bool arch_syscall_arg(const struct arch *a, const struct btf *b, uint32_t n, uint32_t *offset)
{
	return n < 6 && arch_reg_offset(b, &a->syscall_args[n], offset);
}

uint32_t arch_struct_words(const struct arch *a, uint64_t size)
{
	(void)a; // the same on both so far
	return size > 16 ? 0 : (uint32_t)((size + 7) / 8);
}

// Registers and stack as they are handed out.
struct hand {
	const struct arch *a;
	uint32_t regs, stack;
};

static struct arch_arg take(struct hand *h, uint32_t words, bool pair)
{
	struct arch_arg arg = {.where = ARCH_REGISTER, .words = words};

	if (pair && h->a->even_pairs)
		h->regs += h->regs & 1;
	if (h->regs + words <= h->a->arg_count) {
		arg.word = h->regs;
		h->regs += words;
		return arg;
	}
	if (h->a->stack_ends_regs)
		h->regs = h->a->arg_count;
	if (pair)
		h->stack += h->stack & 1;
	arg.where = ARCH_STACK;
	arg.word = h->stack;
	h->stack += words;
	return arg;
}

// Is a member of the struct where its type's alignment would not have it? Such a struct is passed
// in memory on x86-64. Looks at the scalars of one level only: no struct that the kernel passes by
// value nests a packed one.
static bool unaligned(const struct btf *b, const struct btf_type *t)
{
	const struct btf_member *m = (const void *)(t + 1);

	for (uint32_t i = 0; i < btf_vlen(t); i++) {
		uint32_t bits = btf_member_at(t, &m[i]);
		const struct btf_type *of = type_peeled(b, m[i].type);
		uint64_t size = type_size(b, m[i].type);

		if (btf_member_bits(t, &m[i]))
			continue;
		if ((btf_kind(of) == BTF_KIND_INT || btf_kind(of) == BTF_KIND_PTR) && size &&
		    bits % (size * 8))
			return true;
	}
	return false;
}

static struct arch_arg place(struct hand *h, const struct btf *b, uint32_t type)
{
	const struct btf_type *t = type_peeled(b, type);
	uint64_t size = type_size(b, type);
	uint32_t words;

	switch (btf_kind(t)) {
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		words = arch_struct_words(h->a, size);
		if (!size) // an empty struct takes no place
			return (struct arch_arg){.where = ARCH_REGISTER, .word = h->regs};
		if (words && (h->a->large_by_pointer || !unaligned(b, t)))
			return take(h, words, false);
		if (h->a->large_by_pointer) {
			struct arch_arg arg = take(h, 1, false);

			arg.on_stack = arg.where == ARCH_STACK;
			arg.where = ARCH_POINTER;
			return arg;
		}
		words = (uint32_t)((size + 7) / 8);
		h->stack += words;
		return (struct arch_arg){.where = ARCH_STACK,
					 .word = h->stack - words,
					 .words = words};
	case BTF_KIND_FLOAT:
		return (struct arch_arg){.where = ARCH_NOWHERE};
	default: // __int128 is a pair
		return take(h, size > 8 ? 2 : 1, size > 8);
	}
}

uint32_t arch_args(const struct arch *a, const struct btf *b, uint32_t proto, struct arch_arg *args,
		   uint32_t cap, bool *hidden)
{
	const struct btf_type *t = btf_type(b, proto);
	const struct btf_type *returns = type_peeled(b, t->type);
	const struct btf_param *p = (const void *)(t + 1);
	struct hand h = {.a = a};
	bool large = (btf_kind(returns) == BTF_KIND_STRUCT ||
		      btf_kind(returns) == BTF_KIND_UNION) &&
		     type_size(b, t->type) > 16 && a->result_takes_arg;
	uint32_t n = 0;

	h.regs = large;
	if (hidden)
		*hidden = large;
	for (; n < btf_vlen(t) && p[n].type; n++) {
		struct arch_arg arg = place(&h, b, p[n].type);

		if (n < cap)
			args[n] = arg;
	}
	return n;
}
