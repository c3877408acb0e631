// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "coverage.h"

#include <string.h>

static const char *const kinds[COVERAGE_KINDS] = {"s8",	 "u8",	"s16",	"u16",	"s32",	 "u32",
						  "s64", "u64", "bool", "enum", "bits+", "bits-"};

static const struct {
	const char *name;
	uint8_t kind; // enum node_kind
	uint16_t op;
} ops[COVERAGE_OPS] = {
	{"+", N_BINARY, '+'},
	{"-", N_BINARY, '-'},
	{"*", N_BINARY, '*'},
	{"/", N_BINARY, '/'},
	{"%", N_BINARY, '%'},
	{"&", N_BINARY, '&'},
	{"|", N_BINARY, '|'},
	{"^", N_BINARY, '^'},
	{"<<", N_BINARY, TWO('<', '<')},
	{">>", N_BINARY, TWO('>', '>')},
	{"==", N_BINARY, TWO('=', '=')},
	{"!=", N_BINARY, TWO('!', '=')},
	{"<", N_BINARY, '<'},
	{"<=", N_BINARY, TWO('<', '=')},
	{">", N_BINARY, '>'},
	{">=", N_BINARY, TWO('>', '=')},
	{"&&", N_LOGIC, TWO('&', '&')},
	{"||", N_LOGIC, TWO('|', '|')},
	{"?:", N_CHOICE, 0},
	{"-x", N_UNARY, '-'},
	{"~x", N_UNARY, '~'},
	{"!x", N_UNARY, '!'},
	{"cast", N_CONVERT, 0}, // one that is written, from left to right
};

static int find(const struct node *n)
{
	for (int i = 0; i < COVERAGE_OPS; i++)
		if (n->kind == ops[i].kind && (!ops[i].op || n->op == ops[i].op))
			return i;
	return -1;
}

// C's own conversions span what they convert; a cast is longer.
static bool is_cast(const struct node *n)
{
	return n->kind == N_CONVERT && n->len != n->a->len;
}

static int kind_of(const struct node *n)
{
	const struct value_type *t = &n->type;

	while (n->kind == N_CONVERT && !is_cast(n))
		n = n->a;
	t = &n->type;
	if (t->kind != V_INT)
		return -1;
	if (n->bits)
		return t->is_signed ? 11 : 10;
	if (t->is_bool)
		return 8;
	if (t->is_enum && t->id)
		return 9;
	return (t->size == 1 ? 0 : t->size == 2 ? 2 : t->size == 4 ? 4 : 6) + !t->is_signed;
}

static void count(struct coverage *c, const struct node *n, int depth)
{
	bool own = n->kind == N_CONVERT && !is_cast(n);
	int op = own ? -1 : find(n), left, right;

	if (op >= 0) {
		left = kind_of(n->kind == N_CHOICE ? n->b : n->a);
		right = n->kind == N_CHOICE ? kind_of(n->c) : n->b ? kind_of(n->b) : 0;
		if (n->kind == N_CONVERT)
			right = kind_of(n);
		if (left >= 0 && right >= 0)
			c->cells[op][depth][left][right]++;
		if (n->kind != N_CONVERT && depth + 1 < COVERAGE_DEPTHS)
			depth++;
	}
	if (n->a)
		count(c, n->a, depth);
	if (n->b)
		count(c, n->b, depth);
	if (n->c)
		count(c, n->c, depth);
}

void coverage_count(struct coverage *c, const struct node *n)
{
	count(c, n, 0);
}

int coverage_read(struct coverage *c, const char *path)
{
	FILE *f = fopen(path, "rb");
	size_t n;

	if (!f)
		return 0;
	n = fread(c, sizeof(*c), 1, f);
	fclose(f);
	return n == 1 ? 0 : -1;
}

int coverage_write(const struct coverage *c, const char *path)
{
	FILE *f = fopen(path, "wb");
	size_t n;

	if (!f)
		return -1;
	n = fwrite(c, sizeof(*c), 1, f);
	return fclose(f) == 0 && n == 1 ? 0 : -1;
}

// Of one operand there is one cell for each kind. A cast to an enum or a bit-field can't be written.
static bool is_cell(int op, int right)
{
	if (ops[op].kind == N_CONVERT)
		return right <= 8;
	return ops[op].kind != N_UNARY || right == 0;
}

void coverage_table(const struct coverage *c, FILE *out)
{
	fprintf(out, "%-5s", "");
	for (int d = 0; d < COVERAGE_DEPTHS; d++)
		fprintf(out, "  depth %d%13s", d + 1, "");
	for (int op = 0; op < COVERAGE_OPS; op++) {
		fprintf(out, "\n%-5s", ops[op].name);
		for (int d = 0; d < COVERAGE_DEPTHS; d++) {
			uint32_t cells = 0, filled = 0, least = UINT32_MAX, most = 0;

			for (int l = 0; l < COVERAGE_KINDS; l++) {
				for (int r = 0; r < COVERAGE_KINDS; r++) {
					uint32_t n = c->cells[op][d][l][r];

					if (!is_cell(op, r))
						continue;
					cells++;
					filled += n > 0;
					least = n < least ? n : least;
					most = n > most ? n : most;
				}
			}
			fprintf(out, "  %3u/%-3u %4u..%-6u", filled, cells, least, most);
		}
	}
	fprintf(out, "\n");
}

unsigned coverage_missing(const struct coverage *c, FILE *out)
{
	unsigned missing = 0;

	for (int op = 0; op < COVERAGE_OPS; op++)
		for (int d = 0; d < COVERAGE_DEPTHS; d++)
			for (int l = 0; l < COVERAGE_KINDS; l++)
				for (int r = 0; r < COVERAGE_KINDS; r++) {
					if (!is_cell(op, r) || c->cells[op][d][l][r])
						continue;
					missing++;
					if (out)
						fprintf(out, "missing %s %d %s %s\n", ops[op].name,
							d + 1, kinds[l],
							ops[op].kind == N_UNARY ? "" : kinds[r]);
				}
	return missing;
}
