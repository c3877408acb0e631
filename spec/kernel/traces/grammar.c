// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Expressions at random: for each feature that a value can be made of, a function that writes one,
// whole in itself: a name, a call, or something in parentheses.
#include <stdio.h>
#include <string.h>

#include "features.h"
#include "type.h"

typedef bool make(struct maker *m, struct text *out, int depth);

static const struct btf *btf;
#define CONSTANTS 256
static const char *constants[CONSTANTS]; // enum constants
static uint32_t constant_count;
#define STRUCTS 1024
static uint32_t structs[STRUCTS]; // with a name
static uint32_t struct_count;

void grammar_open(const struct btf *b)
{
	btf = b;
	for (int i = 0; i < 20000 && constant_count < CONSTANTS; i++) {
		uint32_t id = 1 + draw(b->end - 1);
		const struct btf_type *t = btf_type(b, id);
		const struct btf_enum *e = (const void *)(t + 1);

		if (btf_kind(t) == BTF_KIND_ENUM && btf_vlen(t))
			constants[constant_count++] = btf_string(b, e[draw(btf_vlen(t))].name_off);
	}
	for (int i = 0; i < 200000 && struct_count < STRUCTS; i++) {
		uint32_t id = 1 + draw(b->end - 1);
		const struct btf_type *t = btf_type(b, id);

		if (btf_kind(t) == BTF_KIND_STRUCT && *btf_name(b, id) && btf_vlen(t) > 2)
			structs[struct_count++] = id;
	}
}

#define MARK(m, which) ((m)->used |= feature(F_##which))

static bool number(struct maker *m, struct text *out, int depth)
{
	return grammar_number(m, out, depth - 1);
}

static uint64_t value(void)
{
	switch (draw(6)) {
	case 0:
		return draw(4);
	case 1:
		return 1ull << draw(64);
	case 2:
		return (1ull << draw(64)) - 1;
	case 3:
		return (uint64_t)draw(UINT32_MAX) << 32 | draw(UINT32_MAX);
	default:
		return draw(100000);
	}
}

// --- values without values inside ------------------------------------------------------------

static bool chain(struct maker *m, struct text *out, enum wish w, enum feature f)
{
	uint32_t type;

	if (!draw_chain(m, w, out, &type))
		return false;
	m->used |= feature(f);
	return true;
}

static bool argument(struct maker *m, struct text *out, int depth)
{
	uint32_t type;

	(void)depth;
	return draw_root(m, draw(4) ? AN_INT : AN_ENUM, out, &type);
}

static bool member(struct maker *m, struct text *out, int depth)
{
	(void)depth;
	return chain(m, out, AN_INT, F_ARGUMENT);
}

static bool bit_field(struct maker *m, struct text *out, int depth)
{
	(void)depth;
	return chain(m, out, A_BIT_FIELD, F_BIT_FIELD);
}

static bool enum_member(struct maker *m, struct text *out, int depth)
{
	(void)depth;
	return chain(m, out, AN_ENUM, F_ENUM_MEMBER);
}

static bool bool_member(struct maker *m, struct text *out, int depth)
{
	(void)depth;
	return chain(m, out, A_BOOL, F_BOOL);
}

static bool retval(struct maker *m, struct text *out, int depth)
{
	(void)depth;
	if (!m->returned || !draw_wished(m->b, m->returned, 0, draw(5) ? AN_INT : AN_ENUM))
		return false;
	put(out, "retval");
	MARK(m, RETVAL);
	return true;
}

// A number behind what is returned.
static bool retval_chain(struct maker *m, struct text *out, int depth)
{
	uint32_t n = out->n;

	if (!m->returned || !draw_wished(m->b, m->returned, 0, A_STRUCT_POINTER))
		return false;
	for (int tries = 0; tries < 8; tries++) {
		if (member(m, out, depth) && m->used & feature(F_RETVAL_CHAIN))
			return true;
		out->s[out->n = n] = '\0';
	}
	return false;
}

static bool deref(struct maker *m, struct text *out, int depth)
{
	(void)depth;
	put(out, "(*");
	if (!chain(m, out, AN_INT_POINTER, F_DEREF))
		return false;
	put(out, ")");
	return true;
}

static bool double_pointer(struct maker *m, struct text *out, int depth)
{
	(void)depth;
	put(out, "(**");
	if (!chain(m, out, A_DOUBLE_POINTER, F_DOUBLE_POINTER))
		return false;
	put(out, ")");
	return true;
}

static bool literal(struct maker *m, struct text *out, int depth)
{
	static const char *const forms[] = {"%llu", "0x%llx", "%llu", "0%llo"};
	uint64_t v = value();

	(void)depth;
	MARK(m, NUMBER);
	if (draw(6) == 0) {
		put(out, "%u%c", draw(1000), "KMG"[draw(3)]);
	} else {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		put(out, forms[draw(4)], (unsigned long long)v);
#pragma GCC diagnostic pop
	}
	return true;
}

static bool duration(struct maker *m, struct text *out, int depth)
{
	static const char *const units[] = {"ns", "us", "ms", "s", "m", "h"};

	(void)depth;
	MARK(m, DURATION);
	put(out, "%u%s", 1 + draw(500), units[draw(6)]);
	return true;
}

static bool builtin(struct maker *m, struct text *out, enum feature f, const char *name)
{
	m->used |= feature(f);
	put(out, "%s", name);
	return true;
}

static bool pid(struct maker *m, struct text *out, int depth)
{
	(void)depth;
	return builtin(m, out, F_PID, draw(2) ? "pid" : "tid");
}

static bool uid(struct maker *m, struct text *out, int depth)
{
	(void)depth;
	return builtin(m, out, F_UID, "uid");
}

static bool gid(struct maker *m, struct text *out, int depth)
{
	(void)depth;
	return builtin(m, out, F_GID, "gid");
}

static bool cpu(struct maker *m, struct text *out, int depth)
{
	(void)depth;
	return builtin(m, out, F_CPU, "cpu");
}

static bool cgroup(struct maker *m, struct text *out, int depth)
{
	(void)depth;
	return builtin(m, out, F_CGROUP, "cgroup");
}

static bool moment(struct maker *m, struct text *out, int depth)
{
	(void)depth;
	return builtin(m, out, F_TIME, "time");
}

static bool enum_constant(struct maker *m, struct text *out, int depth)
{
	(void)depth;
	return constant_count && builtin(m, out, F_ENUM_CONSTANT, constants[draw(constant_count)]);
}

static bool errno_name(struct maker *m, struct text *out, int depth)
{
	static const char *const names[] = {"(-ENOENT)", "(-EINTR)", "EAGAIN", "(-ENOMEM)"};

	(void)depth;
	return builtin(m, out, F_ERRNO_NAME, names[draw(4)]);
}

static bool capture_name(struct maker *m, struct text *out, int depth)
{
	(void)depth;
	if (!m->captures)
		return false;
	put(out, "c%u", draw(m->captures));
	MARK(m, CAPTURE_NAME);
	return true;
}

// --- values of values ------------------------------------------------------------------------

static bool two(struct maker *m, struct text *out, int depth, enum feature f,
		const char *const *operators, uint32_t n)
{
	m->used |= feature(f);
	put(out, "(");
	if (!number(m, out, depth))
		return false;
	put(out, " %s ", operators[draw(n)]);
	if (!number(m, out, depth))
		return false;
	put(out, ")");
	return true;
}

#define TWO_OF(name, which, ...)                                                                   \
	static bool name(struct maker *m, struct text *out, int depth)                             \
	{                                                                                          \
		static const char *const operators[] = {__VA_ARGS__};                              \
                                                                                                   \
		return two(m, out, depth, F_##which, operators,                                    \
			   sizeof(operators) / sizeof(*operators));                                \
	}

TWO_OF(add, ADD, "+", "-")
TWO_OF(multiply, MULTIPLY, "*")
TWO_OF(bitwise, BITWISE, "&", "|", "^")
TWO_OF(compare, COMPARE, "==", "!=", "<", ">", "<=", ">=")
TWO_OF(logic, LOGIC, "&&", "||")

// By what is not known to be 0, and not only by numbers: those take another way.
static bool divides(struct maker *m, struct text *out, int depth, const char *op)
{
	put(out, "(");
	if (!number(m, out, depth))
		return false;
	put(out, " %s ", op);
	if (draw(3) == 0) {
		put(out, "%s%u)", draw(2) ? "-" : "", 1 + draw(1000));
		return true;
	}
	put(out, "(");
	if (!number(m, out, depth))
		return false;
	put(out, " | 1))");
	return true;
}

static bool divide(struct maker *m, struct text *out, int depth)
{
	MARK(m, DIVIDE);
	return divides(m, out, depth, "/");
}

static bool modulo(struct maker *m, struct text *out, int depth)
{
	MARK(m, MODULO);
	return divides(m, out, depth, "%");
}

static bool shift(struct maker *m, struct text *out, int depth)
{
	MARK(m, SHIFT);
	put(out, "(");
	if (!number(m, out, depth))
		return false;
	put(out, " %s ", draw(2) ? "<<" : ">>");
	if (draw(2)) {
		put(out, "%u)", draw(32));
		return true;
	}
	put(out, "(");
	if (!number(m, out, depth))
		return false;
	put(out, " & 31))");
	return true;
}

static bool unary(struct maker *m, struct text *out, int depth)
{
	MARK(m, UNARY);
	put(out, "(%s", draw(2) ? "-" : "~");
	if (!number(m, out, depth))
		return false;
	put(out, ")");
	return true;
}

static bool not(struct maker * m, struct text *out, int depth)
{
	MARK(m, NOT);
	put(out, "(!");
	if (!(draw(3) ? number(m, out, depth) : chain(m, out, A_POINTER, F_NOT)))
		return false;
	put(out, ")");
	return true;
}

static bool choice(struct maker *m, struct text *out, int depth)
{
	MARK(m, CHOICE);
	put(out, "(");
	for (int i = 0; i < 3; i++) {
		if (!number(m, out, depth))
			return false;
		put(out, "%s", i == 0 ? " ? " : i == 1 ? " : " : ")");
	}
	return true;
}

static bool compare_pointers(struct maker *m, struct text *out, int depth)
{
	static const char *const operators[] = {"==", "!=", "<", ">="};

	(void)depth;
	put(out, "(");
	if (!chain(m, out, A_POINTER, F_COMPARE_POINTERS))
		return false;
	if (draw(2)) {
		put(out, " %s NULL)", operators[draw(2)]);
		return true;
	}
	put(out, " %s ", operators[draw(4)]);
	if (!chain(m, out, A_POINTER, F_COMPARE_POINTERS))
		return false;
	put(out, ")");
	return true;
}

// A member of a struct that is a number; NULL: not this time.
static const char *number_in(const struct btf *b, uint32_t id, enum wish w)
{
	const struct btf_type *t = btf_type(b, id);
	const struct btf_member *at = (const struct btf_member *)(t + 1) + draw(btf_vlen(t));
	const char *name = btf_vlen(t) ? btf_string(b, at->name_off) : "";
	uint32_t bits = 0;

	if (!*name)
		return NULL;
	if (BTF_INFO_KFLAG(t->info))
		bits = BTF_MEMBER_BITFIELD_SIZE(at->offset);
	return draw_wished(b, at->type, bits, w) ? name : NULL;
}

// A member of one of two structs of the same kind.
static bool pointer_choice(struct maker *m, struct text *out, int depth)
{
	struct text a = {.n = 0};
	const char *name;
	uint32_t type;

	if (!draw_chain(m, A_STRUCT_POINTER, &a, &type))
		return false;
	name = number_in(m->b, type_peel(m->b, type_peeled(m->b, type)->type), AN_INT);
	if (!name)
		return false;
	put(out, "(");
	if (!number(m, out, depth < 2 ? depth : 2))
		return false;
	put(out, " ? %s : %s)->%s", a.s, a.s, name);
	MARK(m, POINTER_CHOICE);
	return true;
}

static void quoted(struct text *out)
{
	static const char *const words[] = {"",
					    "a",
					    "files",
					    "/tmp/x",
					    "sh",
					    "lo",
					    "ext4",
					    "eth0-abc",
					    "tmpfs",
					    "0123456789abcdef",
					    "/proc/self/exe",
					    "a b c"};

	put(out, "'%s'", words[draw(sizeof(words) / sizeof(*words))]);
}

static bool text_compared(struct maker *m, struct text *out, enum wish w, enum feature f)
{
	put(out, "(");
	if (!chain(m, out, w, f))
		return false;
	put(out, " %s ", draw(2) ? "==" : "!=");
	quoted(out);
	put(out, ")");
	return true;
}

static bool chars_compared(struct maker *m, struct text *out, int depth)
{
	(void)depth;
	return text_compared(m, out, CHARS, F_CHARS_COMPARED);
}

static bool string_compared(struct maker *m, struct text *out, int depth)
{
	(void)depth;
	return text_compared(m, out, A_CHAR_POINTER, F_STRING_COMPARED);
}

static bool comm(struct maker *m, struct text *out, int depth)
{
	(void)depth;
	MARK(m, COMM);
	put(out, "(comm %s ", draw(2) ? "==" : "!=");
	quoted(out);
	put(out, ")");
	return true;
}

// --- what came with the language's second half -----------------------------------------------

static bool cast(struct maker *m, struct text *out, int depth)
{
	static const char *const types[] = {"int",  "unsigned int",  "long",  "unsigned long",
					    "char", "unsigned char", "short", "unsigned short",
					    "u8",   "s16",	     "u32",   "s64"};

	MARK(m, CAST);
	put(out, "((%s)", types[draw(sizeof(types) / sizeof(*types))]);
	if (!number(m, out, depth))
		return false;
	put(out, ")");
	return true;
}

// Something behind a pointer that is taken for another struct's.
static bool cast_pointer(struct maker *m, struct text *out, int depth)
{
	uint32_t id = struct_count ? structs[draw(struct_count)] : 0;
	const char *name = id ? number_in(m->b, id, draw(4) ? AN_INT : A_BIT_FIELD) : NULL;

	if (!name)
		return false;
	put(out, "((struct %s *)", btf_name(m->b, id));
	if (draw(4) == 0) {
		put(out, "(unsigned long)");
		if (!number(m, out, depth))
			return false;
	} else if (!chain(m, out, A_POINTER, F_CAST_POINTER)) {
		return false;
	}
	put(out, ")->%s", name);
	MARK(m, CAST_POINTER);
	return true;
}

static bool sizeof_type(struct maker *m, struct text *out, int depth)
{
	(void)depth;
	if (!struct_count)
		return false;
	put(out, "sizeof(struct %s)", btf_name(m->b, structs[draw(struct_count)]));
	MARK(m, SIZEOF_TYPE);
	return true;
}

static bool sizeof_value(struct maker *m, struct text *out, int depth)
{
	(void)depth;
	put(out, "sizeof(");
	if (!chain(m, out, draw(2) ? AN_INT : CHARS, F_SIZEOF_VALUE))
		return false;
	put(out, ")");
	return true;
}

// An element of an array.
static bool element(struct maker *m, struct text *out, int depth, bool computed)
{
	uint32_t type;
	const struct btf_array *array;

	if (!draw_chain(m, draw(2) ? INTS : CHARS, out, &type))
		return false;
	array = (const void *)(type_peeled(m->b, type) + 1);
	if (!computed) {
		put(out, "[%u]", draw(array->nelems));
		MARK(m, INDEX);
		return true;
	}
	put(out, "[");
	if (!number(m, out, depth < 2 ? depth : 2))
		return false;
	put(out, "%s", draw(2) ? " & 3]" : "]");
	MARK(m, INDEX_COMPUTED);
	return true;
}

static bool index_constant(struct maker *m, struct text *out, int depth)
{
	return element(m, out, depth, false);
}

static bool index_computed(struct maker *m, struct text *out, int depth)
{
	return element(m, out, depth, true);
}

static bool index_pointer(struct maker *m, struct text *out, int depth)
{
	if (!chain(m, out, AN_INT_POINTER, F_INDEX_POINTER))
		return false;
	put(out, "[");
	if (draw(2))
		put(out, "%u", draw(5));
	else if (!number(m, out, depth < 2 ? depth : 2))
		return false;
	put(out, "]");
	return true;
}

static bool pointer_subtract(struct maker *m, struct text *out, int depth)
{
	struct text a = {.n = 0};
	uint32_t type;

	(void)depth;
	if (!draw_chain(m, draw(2) ? A_STRUCT_POINTER : AN_INT_POINTER, &a, &type))
		return false;
	put(out, "((%s + %u) - %s)", a.s, draw(9), a.s);
	MARK(m, POINTER_SUBTRACT);
	return true;
}

static bool in(struct maker *m, struct text *out, int depth)
{
	put(out, "(");
	if (!number(m, out, depth))
		return false;
	put(out, " in (%u, %u, %llu))", draw(100), draw(100000), (unsigned long long)value());
	MARK(m, IN);
	return true;
}

static bool matches(struct maker *m, struct text *out, enum feature f, const char *op)
{
	static const char *const globs[] = {"*",   "a*",       "*b", "a*b",    "?",	"lo?",
					    "*a*", "ext[0-9]", "",   "files*", "a*b*c", "??*"};

	put(out, "(");
	if (draw(2))
		put(out, "comm");
	else if (!chain(m, out, draw(2) ? CHARS : A_CHAR_POINTER, f))
		return false;
	put(out, " %s '%s')", op, globs[draw(sizeof(globs) / sizeof(*globs))]);
	m->used |= feature(f);
	return true;
}

static bool glob(struct maker *m, struct text *out, int depth)
{
	(void)depth;
	return matches(m, out, F_GLOB, "~");
}

static bool not_glob(struct maker *m, struct text *out, int depth)
{
	(void)depth;
	return matches(m, out, F_NOT_GLOB, "!~");
}

static bool call(struct maker *m, struct text *out, int depth, enum feature f, const char *name)
{
	put(out, "%s(", name);
	if (!number(m, out, depth))
		return false;
	put(out, ")");
	m->used |= feature(f);
	return true;
}

static bool swap_short(struct maker *m, struct text *out, int depth)
{
	return call(m, out, depth, F_NTOHS, "ntohs");
}

static bool swap_long(struct maker *m, struct text *out, int depth)
{
	return call(m, out, depth, F_NTOHL, "ntohl");
}

static bool arg_name(struct maker *m, struct text *out, int depth)
{
	uint32_t type;

	(void)depth;
	put(out, "arg(");
	if (!draw_root(m, AN_INT, out, &type) || strstr(out->s, "arg(retval") ||
	    strstr(out->s, "arg(current"))
		return false;
	put(out, ")");
	MARK(m, ARG_NAME);
	return true;
}

static bool arg_position(struct maker *m, struct text *out, int depth)
{
	uint32_t i = draw(m->root_count);

	(void)depth;
	if (!m->root_count || !draw_wished(m->b, m->roots[i].type, 0, AN_INT))
		return false;
	put(out, "arg(%u)", i);
	MARK(m, ARG_POSITION);
	return true;
}

static bool arg_type(struct maker *m, struct text *out, int depth)
{
	uint32_t i = draw(m->root_count), id;
	const char *name;

	(void)depth;
	if (!m->root_count || !draw_wished(m->b, m->roots[i].type, 0, A_STRUCT_POINTER))
		return false;
	id = type_peel(m->b, type_peeled(m->b, m->roots[i].type)->type);
	name = number_in(m->b, id, AN_INT);
	if (!name || !*btf_name(m->b, id) || btf_kind(btf_type(m->b, id)) != BTF_KIND_STRUCT)
		return false;
	put(out, "arg(struct %s *)->%s", btf_name(m->b, id), name);
	MARK(m, ARG_TYPE);
	return true;
}

static bool first(struct maker *m, struct text *out, int depth)
{
	struct text a = {.n = 0};
	uint32_t type;

	(void)depth;
	if (!draw_chain(m, AN_INT, &a, &type))
		return false;
	if (draw(2))
		put(out, "first(%s, 0)", a.s);
	else
		put(out, "first(no_such_name->at_all, %s)", a.s);
	MARK(m, FIRST);
	return true;
}

static bool units(struct maker *m, struct text *out, int depth)
{
	static const char *const names[] = {"ns", "us", "ms"};

	return call(m, out, depth, F_UNITS, names[draw(3)]);
}

static bool current(struct maker *m, struct text *out, int depth)
{
	for (int tries = 0; tries < 8 && m->task; tries++) {
		uint32_t n = out->n;

		if (member(m, out, depth) && m->used & feature(F_CURRENT))
			return true;
		out->s[out->n = n] = '\0';
	}
	return false;
}

// Where an address of 16 bytes lies; the other is wherever a struct of 4 bytes would be.
static bool addr(struct maker *m, struct text *out, int depth)
{
	struct text six = {.n = 0}, four = {.n = 0};
	uint32_t type;

	if (!draw_chain(m, NETWORK_BYTES, &six, &type) || !draw_chain(m, AN_INT, &four, &type) ||
	    type_size(m->b, type) != 4 || !strstr(four.s, "->"))
		return false;
	put(out, "addr(");
	if (!number(m, out, depth < 2 ? depth : 2))
		return false;
	put(out, ", %s, %s)", four.s, six.s);
	MARK(m, ADDR);
	return true;
}

static bool addr_literal(struct maker *m, struct text *out, int depth)
{
	static const char *const literals[] = {"10.0.0.0/8",	  "0.0.0.0/0",	   "127.0.0.1",
					       "'fe80::/10'",	  "'::1'",	   "'::/0'",
					       "'2001:db8::/32'", "192.168.0.0/17"};
	struct text address = {.n = 0}, other = {.n = 0};
	uint32_t which = draw(sizeof(literals) / sizeof(*literals));

	put(out, "(");
	if (!draw(4) && addr(m, &address, depth) && addr(m, &other, depth)) {
		put(out, "%s %s %s)", address.s, draw(2) ? "==" : "!=", other.s);
		MARK(m, ADDR_LITERAL);
		return true;
	}
	address.n = 0;
	if (draw(2) && addr(m, &address, depth)) {
		put(out, "%s", address.s);
	} else {
		put(out, "(__be32)");
		if (!number(m, out, depth))
			return false;
		which = draw(3);
	}
	put(out, " %s %s)", draw(2) ? "==" : "!=", literals[which]);
	MARK(m, ADDR_LITERAL);
	return true;
}

static make *const numbers[FEATURE_COUNT] = {
	[F_ARGUMENT] = argument,
	[F_MEMBER] = member,
	[F_BIT_FIELD] = bit_field,
	[F_ENUM_MEMBER] = enum_member,
	[F_BOOL] = bool_member,
	[F_RETVAL] = retval,
	[F_RETVAL_CHAIN] = retval_chain,
	[F_DEREF] = deref,
	[F_DOUBLE_POINTER] = double_pointer,
	[F_NUMBER] = literal,
	[F_DURATION] = duration,
	[F_PID] = pid,
	[F_UID] = uid,
	[F_GID] = gid,
	[F_CPU] = cpu,
	[F_CGROUP] = cgroup,
	[F_TIME] = moment,
	[F_ENUM_CONSTANT] = enum_constant,
	[F_ERRNO_NAME] = errno_name,
	[F_CAPTURE_NAME] = capture_name,
	[F_ADD] = add,
	[F_MULTIPLY] = multiply,
	[F_BITWISE] = bitwise,
	[F_COMPARE] = compare,
	[F_LOGIC] = logic,
	[F_DIVIDE] = divide,
	[F_MODULO] = modulo,
	[F_SHIFT] = shift,
	[F_UNARY] = unary,
	[F_NOT] = not,
	[F_CHOICE] = choice,
	[F_COMPARE_POINTERS] = compare_pointers,
	[F_POINTER_CHOICE] = pointer_choice,
	[F_CHARS_COMPARED] = chars_compared,
	[F_STRING_COMPARED] = string_compared,
	[F_COMM] = comm,
	[F_CAST] = cast,
	[F_CAST_POINTER] = cast_pointer,
	[F_SIZEOF_TYPE] = sizeof_type,
	[F_SIZEOF_VALUE] = sizeof_value,
	[F_INDEX] = index_constant,
	[F_INDEX_COMPUTED] = index_computed,
	[F_INDEX_POINTER] = index_pointer,
	[F_POINTER_SUBTRACT] = pointer_subtract,
	[F_IN] = in,
	[F_GLOB] = glob,
	[F_NOT_GLOB] = not_glob,
	[F_NTOHS] = swap_short,
	[F_ADDR_LITERAL] = addr_literal,
	[F_NTOHL] = swap_long,
	[F_ARG_NAME] = arg_name,
	[F_ARG_POSITION] = arg_position,
	[F_ARG_TYPE] = arg_type,
	[F_FIRST] = first,
	[F_UNITS] = units,
	[F_CURRENT] = current,
};

// Those that have values inside.
static bool nests(enum feature f)
{
	return (f >= F_ADD && f <= F_CHOICE && f != F_COMPARE_POINTERS) || f == F_CAST ||
	       f == F_IN || f == F_NTOHS || f == F_NTOHL || f == F_UNITS || f == F_POINTER_CHOICE;
}

// --- captures only ---------------------------------------------------------------------------

static bool pointer(struct maker *m, struct text *out, int depth)
{
	(void)depth;
	return chain(m, out, A_POINTER, F_POINTER);
}

static bool function_pointer(struct maker *m, struct text *out, int depth)
{
	(void)depth;
	return chain(m, out, A_FUNCTION_POINTER, F_FUNCTION_POINTER);
}

static bool chars(struct maker *m, struct text *out, int depth)
{
	(void)depth;
	return chain(m, out, CHARS, F_CHARS);
}

static bool str(struct maker *m, struct text *out, int depth)
{
	(void)depth;
	put(out, "str(");
	if (!chain(m, out, draw(4) ? A_CHAR_POINTER : CHARS, F_STR))
		return false;
	put(out, ")");
	return true;
}

static bool str_n(struct maker *m, struct text *out, int depth)
{
	(void)depth;
	put(out, "str(");
	if (!chain(m, out, A_CHAR_POINTER, F_STR_N))
		return false;
	put(out, ", %u)", 1 + draw(draw(4) ? 64 : 512));
	return true;
}

static bool user(struct maker *m, struct text *out, int depth)
{
	bool string = draw(2);

	(void)depth;
	put(out, string ? "str(user(" : "*user(");
	if (!chain(m, out, string ? A_CHAR_POINTER : AN_INT_POINTER, F_USER))
		return false;
	put(out, string ? "))" : ")");
	return true;
}

static bool func(struct maker *m, struct text *out, int depth)
{
	(void)depth;
	return builtin(m, out, F_FUNC, "func");
}

static bool address(struct maker *m, struct text *out, int depth)
{
	uint32_t type;

	(void)depth;
	put(out, "&");
	if (!draw_chain(m, draw(2) ? A_STRUCT : AN_INT, out, &type) ||
	    (!strstr(out->s, "->") && !strstr(out->s, ".")))
		return false;
	MARK(m, ADDRESS);
	return true;
}

static bool pointer_add(struct maker *m, struct text *out, int depth)
{
	put(out, "(");
	if (!chain(m, out, draw(2) ? A_STRUCT_POINTER : AN_INT_POINTER, F_POINTER_ADD))
		return false;
	put(out, " %s ", draw(2) ? "+" : "-");
	if (!number(m, out, depth < 2 ? depth : 2))
		return false;
	put(out, ")");
	return true;
}

static bool errno_of(struct maker *m, struct text *out, int depth)
{
	put(out, "errno((%s)", draw(2) ? "int" : "long");
	if (!number(m, out, depth))
		return false;
	put(out, ")");
	MARK(m, ERRNO);
	return true;
}

static bool bytes(struct maker *m, struct text *out, int depth)
{
	(void)depth;
	put(out, "buf(");
	if (!chain(m, out, draw(2) ? A_POINTER : A_STRUCT_POINTER, F_BUF))
		return false;
	put(out, ", %u)", 1 + draw(draw(4) ? 64 : 512));
	return true;
}

static bool symbol(struct maker *m, struct text *out, int depth)
{
	(void)depth;
	put(out, "symbol(");
	if (!chain(m, out, draw(2) ? A_POINTER : A_FUNCTION_POINTER, F_SYMBOL))
		return false;
	put(out, ")");
	return true;
}

#define VALUE_SIZE 1024 // bytes: several are to fit into a record

// Is it behind a pointer, so that it is read from memory?
static bool is_behind(const struct text *out)
{
	return strstr(out->s, "->") || strstr(out->s, ".");
}

static bool structure(struct maker *m, struct text *out, int depth)
{
	uint32_t type;

	(void)depth;
	if (!draw_chain(m, A_STRUCT, out, &type) || !is_behind(out) ||
	    type_size(m->b, type) > VALUE_SIZE || !type_size(m->b, type))
		return false;
	MARK(m, STRUCT);
	return true;
}

static bool structure_behind(struct maker *m, struct text *out, int depth)
{
	uint32_t type;
	uint64_t size;

	(void)depth;
	put(out, "*");
	if (!draw_chain(m, A_STRUCT_POINTER, out, &type))
		return false;
	size = type_size(m->b, type_peeled(m->b, type)->type);
	if (!size || size > VALUE_SIZE)
		return false;
	MARK(m, STRUCT_DEREF);
	return true;
}

static bool array(struct maker *m, struct text *out, int depth)
{
	uint32_t type;

	(void)depth;
	if (!draw_chain(m, INTS, out, &type) || !is_behind(out) ||
	    type_size(m->b, type) > VALUE_SIZE)
		return false;
	MARK(m, ARRAY);
	return true;
}

// The bounds of a slice: of `n` elements, 0: not known.
static bool bounds(struct maker *m, struct text *out, int depth, bool computed, uint32_t n)
{
	uint32_t first = draw(n ? n : 20), last = first + 1 + draw(n ? n - first : 20);

	put(out, "[");
	if (!computed) {
		put(out, "%u:%u]", first, last);
		return true;
	}
	if (draw(3) == 0 && !number(m, out, depth < 2 ? depth : 2))
		return false;
	put(out, ":");
	if (!number(m, out, depth < 2 ? depth : 2))
		return false;
	put(out, draw(2) ? " & 7]" : "]");
	return true;
}

static bool slice_of_array(struct maker *m, struct text *out, int depth, bool computed)
{
	const struct btf_array *a;
	uint32_t type;

	if (!draw_chain(m, draw(2) ? INTS : CHARS, out, &type) || !is_behind(out) ||
	    type_size(m->b, type) > VALUE_SIZE)
		return false;
	a = (const void *)(type_peeled(m->b, type) + 1);
	if (!bounds(m, out, depth, computed, a->nelems))
		return false;
	m->used |= feature(computed ? F_SLICE_COMPUTED : F_SLICE);
	return true;
}

static bool slice(struct maker *m, struct text *out, int depth)
{
	return slice_of_array(m, out, depth, false);
}

static bool slice_computed(struct maker *m, struct text *out, int depth)
{
	return slice_of_array(m, out, depth, true);
}

static bool slice_pointer(struct maker *m, struct text *out, int depth)
{
	return chain(m, out, draw(2) ? AN_INT_POINTER : A_CHAR_POINTER, F_SLICE_POINTER) &&
	       bounds(m, out, depth, draw(4) != 0, 0);
}

// Of any struct, as if it were one that has a path.
static bool path(struct maker *m, struct text *out, int depth)
{
	static const char *const types[] = {"file", "path", "dentry"};

	(void)depth;
	put(out, "path((struct %s *)", types[draw(3)]);
	if (!chain(m, out, A_STRUCT_POINTER, F_PATH))
		return false;
	put(out, ")");
	return true;
}

static make *const others[FEATURE_COUNT] = {
	[F_POINTER] = pointer,
	[F_FUNCTION_POINTER] = function_pointer,
	[F_CHARS] = chars,
	[F_STR] = str,
	[F_STR_N] = str_n,
	[F_USER] = user,
	[F_FUNC] = func,
	[F_ADDRESS] = address,
	[F_POINTER_ADD] = pointer_add,
	[F_ERRNO] = errno_of,
	[F_BUF] = bytes,
	[F_SYMBOL] = symbol,
	[F_ADDR] = addr,
	[F_STRUCT] = structure,
	[F_STRUCT_DEREF] = structure_behind,
	[F_ARRAY] = array,
	[F_SLICE] = slice,
	[F_SLICE_COMPUTED] = slice_computed,
	[F_SLICE_POINTER] = slice_pointer,
	[F_PATH] = path,
};

// --- choosing --------------------------------------------------------------------------------

// Of a few features that there are, the one that was used least.
static int choose(const struct maker *m, make *const *table, bool flat)
{
	int best = -1;

	for (int tries = 0; tries < 4;) {
		int f = (int)draw(FEATURE_COUNT);

		if (!table[f] || !(m->enabled & feature((enum feature)f)) ||
		    (flat && nests((enum feature)f)))
			continue;
		if (best < 0 || m->counts[f] < m->counts[best])
			best = f;
		tries++;
	}
	return best;
}

static bool from(struct maker *m, make *const *table, struct text *out, int depth)
{
	features used = m->used;
	uint32_t n = out->n;

	for (int tries = 0; tries < 12; tries++) {
		int f = choose(m, table, depth <= 0);

		if (table[f](m, out, depth) && out->n < sizeof(out->s))
			return true;
		m->used = used;
		if (n >= sizeof(out->s))
			return false;
		out->s[out->n = n] = '\0';
	}
	return false;
}

bool grammar_number(struct maker *m, struct text *out, int depth)
{
	return from(m, numbers, out, depth) || literal(m, out, 0);
}

bool grammar_capture(struct maker *m, struct text *out)
{
	return from(m, others, out, 2);
}
