// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "parse.h"

static void spell(const struct value_type *t, struct buf *out)
{
	static const char *const kinds[] = {"int",   "pointer", "struct", "chars", "array",
					    "slice", "str",	"bytes",  "inet",  "path",
					    "stack", "text",	"void"};

	if (t->kind == V_INT)
		buf_printf(out, "%c%u", t->is_signed ? 's' : 'u', t->size * 8);
	else
		buf_printf(out, "%s%s", t->is_user ? "user " : "", kinds[t->kind]);
}

static void dump(const struct node *n, int depth, struct buf *out)
{
	static const char *const names[] = {"number",  "text",	 "name",  "param",  "call",
					    "cast",    "sizeof", "in",	  "list",   "arg",
					    "builtin", "member", "deref", "index",  "address",
					    "unary",   "binary", "logic", "choice", "convert",
					    "str",     "bytes",	 "swap",  "match",  "inet",
					    "path",    "slice",	 "stash", "changes"};

	buf_repeat(out, ' ', (size_t)depth * 2);
	buf_str(out, names[n->kind]);
	if (n->kind == N_UNARY || n->kind == N_BINARY || n->kind == N_LOGIC || n->kind == N_MATCH) {
		const char op[] = {(char)n->op, (char)(n->op >> 8), 0};

		buf_printf(out, " %s", op);
	} else if (n->kind != N_CONVERT && n->kind != N_CHANGES && n->kind != N_INDEX &&
		   n->kind != N_ADDRESS && n->kind != N_SLICE) {
		buf_char(out, ' ');
		buf_str(out, n->kind == N_MEMBER ? n->arrow ? "->" : "." : "");
		buf_add(out, n->token.p, n->token.n);
	}
	if (n->type.size || n->type.kind) {
		buf_str(out, " : ");
		spell(&n->type, out);
	}
	if (n->kind == N_NUMBER && n->type.size &&
	    (n->token.kind != T_NUMBER || n->number != n->token.number)) {
		buf_str(out, " = ");
		if (n->type.is_signed)
			buf_s64(out, (int64_t)n->number);
		else
			buf_u64(out, n->number);
	}
	if ((n->kind == N_INDEX || n->kind == N_SLICE) && n->count)
		buf_printf(out, " of %u", n->count);
	if (n->kind == N_MEMBER && (n->type.size || n->type.kind)) {
		buf_printf(out, " @ +%u", n->bit_offset / 8);
		if (n->bits)
			buf_printf(out, " bit %u, %u bits", n->bit_offset % 8, n->bits);
	}
	buf_char(out, '\n');
	if (n->a)
		dump(n->a, depth + 1, out);
	if (n->kind == N_CALL || n->kind == N_LIST)
		for (const struct node *more = n->a ? n->a->next : NULL; more; more = more->next)
			dump(more, depth + 1, out);
	if (n->b)
		dump(n->b, depth + 1, out);
	if (n->c)
		dump(n->c, depth + 1, out);
	for (uint32_t i = 0; n->kind == N_STASH && i < n->slot; i++)
		dump(n->entries[i], depth + 1, out);
}

void parse_dump(const struct node *n, struct buf *out)
{
	dump(n, 0, out);
}
