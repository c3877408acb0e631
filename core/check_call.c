// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// The functions of expressions: what each takes, and which operations it stands for.
#include "checker.h"

#include <string.h>

#include "../bpf/wire.h"
#include "dentry.h"
#include "error.h"
#include "fold.h"
#include "nearest.h"
#include "type.h"

static const struct value_type void_pointer = {.kind = V_PTR, .size = 8, .spell = "void *"};

// A parsed argument as an address: a pointer, an array in memory or a number of 8 bytes.
static struct node *address(struct checker *c, struct node *n, const char *needs)
{
	n = check_decay(c, check_node(c, n));
	if (!n || n->type.kind == V_PTR)
		return n;
	if (n->type.kind == V_INT && n->type.size == 8)
		return check_convert(c, n, &void_pointer);
	return check_error(c, n, needs);
}

// A constant argument from 1 to most. 0 with error.
static uint32_t bytes(struct checker *c, struct node *n, const char *function, uint32_t most)
{
	uint32_t pos = n->pos, len = n->len;

	n = check_node(c, n);
	if (!n)
		return 0;
	if (n->kind == N_NUMBER && n->type.kind == V_INT && n->number >= 1 && n->number <= most)
		return (uint32_t)n->number;
	error_at(c->error, KS_ELIMIT, pos, len, "%s takes 1 to %u bytes, as a constant", function,
		 most);
	return 0;
}

static struct node *str(struct checker *c, struct node *n)
{
	struct node *length = n->a->next, *p = check_node(c, n->a);
	uint32_t size = STR_DEFAULT;

	if (length && p) {
		size = bytes(c, length, "str", STR_MAX);
		if (!size)
			return NULL;
	}
	if (!p || p->type.kind == V_STR)
		return p;
	if (p->type.kind == V_CHARS && p->type.size && (!length || p->type.size <= size))
		return p;
	p = check_decay(c, p);
	if (p && p->type.kind == V_INT && p->type.size == 8)
		p = check_convert(c, p, &void_pointer);
	if (p && p->type.kind != V_PTR)
		return check_error(c, p, "str needs a pointer, and this is %s");
	return p ? check_str(c, p, size) : NULL;
}

static struct node *buf(struct checker *c, struct node *n)
{
	struct node *length = n->a->next;
	struct node *p = address(c, n->a, "buf needs a pointer or an array, and this is %s");
	struct value_type t = {.kind = V_BYTES, .spell = "unsigned char []"};

	t.size = p ? bytes(c, length, "buf", BUF_MAX) : 0;
	if (!t.size)
		return NULL;
	t.is_user = p->type.is_user;
	return check_make(c, N_BYTES, n, p, NULL, &t);
}

static struct node *user(struct checker *c, struct node *n)
{
	static const struct value_type plain = {.kind = V_PTR,
						.size = 8,
						.is_user = true,
						.spell = "a plain address"};
	struct node *p = check_node(c, n->a);

	if (!p)
		return NULL;
	if (p->type.kind == V_INT && p->type.size == 8)
		return check_convert(c, p, &plain);
	if (p->type.kind != V_PTR)
		return check_error(c, p, "user needs a pointer, and this is %s");
	p->type.is_user = true;
	return p;
}

static struct node *swap(struct checker *c, struct node *n, const struct value_type *t)
{
	struct node *a = check_node(c, n->a);

	if (!a)
		return NULL;
	if (a->type.kind != V_INT)
		return check_error(c, a, "only a number has a byte order, and this is %s");
	a = check_convert(c, a, t);
	n = a ? check_make(c, N_SWAP, n, a, NULL, t) : NULL;
	return n && fold(n, c->error) == 0 ? n : NULL;
}

static struct node *ntohs(struct checker *c, struct node *n)
{
	static const struct value_type t = {.kind = V_INT, .size = 2, .spell = "unsigned short"};

	return swap(c, n, &t);
}

static struct node *ntohl(struct checker *c, struct node *n)
{
	return swap(c, n, &type_unsigned);
}

// errno(x) is x in -4095..-1 ? -x : 0, the test as one comparison without a sign.
static struct node *error_number(struct checker *c, struct node *n)
{
	uint32_t weight = c->weight;
	struct node *x = check_node(c, n->a), *failed, *number;
	const struct value_type *t;

	if (!x)
		return NULL;
	weight = c->weight - weight;
	if (x->type.kind != V_PTR && !(x->type.kind == V_INT && x->type.is_signed)) {
		check_error(c, x, "%s can't say that it failed");
		if (x->type.kind == V_INT)
			error_hint(c->error, "errors are negative numbers, and this has no sign; "
					     "errno((long)x) takes it for one that has");
		return NULL;
	}
	x = check_promote(c, x);
	if (!x || check_weight(c, n, weight + 4) < 0)
		return NULL;
	t = x->type.size == 8 ? &type_address : &type_unsigned;
	failed = check_convert(c, x, t);
	failed = check_make_operation(c, TWO('>', '='), n, failed,
				      check_constant(c, n, (uint64_t)-4095, t));
	number = check_make(c, N_UNARY, n, check_convert(c, x, &type_int), NULL, &type_int);
	if (!failed || !number || !number->a)
		return NULL;
	number->op = '-';
	if (fold(number, c->error) < 0)
		return NULL;
	n = check_make(c, N_CHOICE, n, failed, number, &type_int);
	if (!n)
		return NULL;
	n->c = check_constant(c, n, 0, &type_int);
	n->type.unit = KS_ERRNO;
	return n->c && fold(n, c->error) == 0 ? n : NULL;
}

static struct node *arg_of_type(struct checker *c, struct node *n, const struct value_type *t)
{
	const struct scope *s = c->scope;
	const struct node *type = n->a;
	int found = -1;

	scope_asks_all(s);
	for (uint32_t i = 0; i < s->arg_count; i++)
		if (t->id && s->args[i].type.id == t->id)
			return check_argument(c, n, &s->args[i].type, i);
	for (uint32_t i = 0; i < s->arg_count && found < 0; i++)
		if (check_same_type(s->btf, t, &s->args[i].type))
			found = (int)i;
	if (found >= 0)
		return check_argument(c, n, &s->args[found].type, (uint32_t)found);
	if (check_gone(c, type))
		return NULL;
	error_at(c->error, KS_ENAME, type->pos, type->len, "%s has no argument of type %.*s",
		 s->name, (int)type->token.n, type->token.p);
	return NULL;
}

static struct node *arg_at(struct checker *c, struct node *n)
{
	const struct scope *s = c->scope;
	struct node *at = check_node(c, n->a);

	if (!at)
		return NULL;
	if (at->kind != N_NUMBER || at->type.kind != V_INT) {
		error_at(c->error, KS_ETYPE, n->a->pos, n->a->len,
			 "arg takes an argument's name, its number from 0 on, or its type");
		return NULL;
	}
	scope_asks_all(s);
	if (at->number < s->arg_count)
		return check_argument(c, n, &s->args[at->number].type, (uint32_t)at->number);
	if (check_gone(c, at))
		return NULL;
	error_at(c->error, KS_ENAME, n->a->pos, n->a->len, "%s has %u arguments, counted from 0",
		 s->name, s->arg_count);
	return NULL;
}

static struct node *arg(struct checker *c, struct node *n)
{
	const struct scope *s = c->scope;
	int index = n->a->kind == N_NAME ? scope_arg(s, n->a->token.p, n->a->token.n) : -1;
	struct nearest near;
	struct value_type t;
	struct ks_error ignored, *theirs = c->error;
	bool is_type = n->a->kind == N_CAST && !n->a->a;

	if (s->context == CONTEXT_TIMER) {
		error_at(c->error, KS_ENAME, n->pos, n->len, "%s is a timer, without arguments",
			 s->name);
		return NULL;
	}
	if (index >= 0)
		return check_argument(c, n, &s->args[index].type, (uint32_t)index);
	if (is_type)
		return check_node_type(c, n->a, &t) < 0 ? NULL : arg_of_type(c, n, &t);
	if (n->a->kind != N_NAME)
		return arg_at(c, n);
	c->error = &ignored; // a typedef?
	is_type = check_node_type(c, n->a, &t) == 0;
	c->error = theirs;
	if (is_type)
		return arg_of_type(c, n, &t);
	if (check_gone(c, n->a))
		return NULL;
	error_at(c->error, KS_ENAME, n->a->pos, n->a->len, "%s has no argument '%.*s'", s->name,
		 (int)n->a->token.n, n->a->token.p);
	nearest_init(&near, n->a->token.p, n->a->token.n);
	for (uint32_t i = 0; i < s->arg_count; i++)
		nearest_offer(&near, s->args[i].name);
	nearest_hint(&near, c->error);
	return NULL;
}

// What may stand for one another: numbers, pointers, strings, or things of the same kind.
static uint8_t class_of(const struct node *n)
{
	return n->type.kind == V_STR || n->type.kind == V_TEXT ? V_CHARS : n->type.kind;
}

static bool one_class(const struct node *a, const struct node *b)
{
	if (class_of(a) == class_of(b))
		return true;
	return (a->type.kind == V_PTR && check_is_zero(b)) ||
	       (b->type.kind == V_PTR && check_is_zero(a));
}

// first(a, b, ...): the first that compiles; what is wrong with the others nobody hears.
static struct node *first(struct checker *c, struct node *n)
{
	struct ks_error why = {0}, *theirs = c->error;
	struct node *chosen = NULL, *next;
	uint32_t nth = 0, i = 0;

	for (struct node *a = n->a; a; a = next, i++) {
		struct ks_error mine = {0};
		uint32_t weight = c->weight;
		struct node *one;

		next = a->next;
		c->error = &mine;
		one = check_node(c, a);
		c->error = theirs;
		if (!one && (mine.kind == KS_ENOMEM || mine.kind == KS_ELIMIT ||
			     mine.kind == KS_ELITERAL)) {
			*theirs = mine;
			return NULL;
		}
		if (!one && a == n->a)
			why = mine;
		if (!one || chosen)
			c->weight = weight;
		if (chosen && one && !one_class(chosen, one)) {
			char type[96];

			check_spell(c, &chosen->type, type, sizeof(type));
			check_error(c, one,
				    "all that first chooses from must be of one kind, and "
				    "this is %s");
			error_hint(c->error, "what it chooses here is %s", type);
			return NULL;
		}
		nth = chosen ? nth : i;
		chosen = chosen ? chosen : one;
	}
	if (chosen && scope_pick(c->scope, n, nth) < 0) {
		error_nomem(theirs);
		return NULL;
	}
	if (chosen)
		return chosen;
	*theirs = why;
	if (!*why.hint)
		error_hint(theirs, "nothing that first names is there; this is about the first");
	return NULL;
}

// A number of so many nanoseconds each, as a duration.
static struct node *duration(struct checker *c, struct node *n, uint64_t each)
{
	struct node *x = check_node(c, n->a), *by;

	if (!x)
		return NULL;
	if (x->type.kind != V_INT)
		return check_error(c, x, "only a number can be a time, and this is %s");
	if (each != 1 && (x->type.unit == KS_DURATION || x->type.unit == KS_TIME)) {
		error_at(c->error, KS_ETYPE, x->pos, x->len, "this counts nanoseconds already");
		return NULL;
	}
	x = check_promote(c, x);
	x = x ? check_make(c, N_CONVERT, n, x, NULL, x->type.is_signed ? &type_long : &type_address)
	      : NULL;
	if (!x || fold(x, c->error) < 0)
		return NULL;
	if (each != 1) {
		by = check_constant(c, n, each, &x->type);
		x = check_make_operation(c, '*', n, x, by);
	}
	if (x)
		x->type.unit = KS_DURATION;
	return x;
}

static struct node *ns(struct checker *c, struct node *n)
{
	return duration(c, n, 1);
}

static struct node *us(struct checker *c, struct node *n)
{
	return duration(c, n, 1000);
}

static struct node *ms(struct checker *c, struct node *n)
{
	return duration(c, n, 1000000);
}

static struct node *jiffies(struct checker *c, struct node *n)
{
	if (c->scope->tick_ns)
		return duration(c, n, c->scope->tick_ns);
	error_at(c->error, KS_ENAME, n->pos, n->len,
		 "how long a jiffy is on this kernel is not known");
	return NULL;
}

static struct node *symbol(struct checker *c, struct node *n)
{
	struct node *p = address(c, n->a, "symbol needs an address, and this is %s");

	if (p)
		p->type.unit = KS_SYMBOL;
	return p;
}

// An argument of addr that lies in memory and has so many bytes.
static struct node *lies(struct checker *c, struct node *n, uint32_t size, const char *needs)
{
	n = check_node(c, n);
	if (!n || (check_in_memory(n) && n->type.size == size && !n->bits))
		return n;
	return check_error(c, n, needs);
}

static struct node *addr(struct checker *c, struct node *n)
{
	static const struct value_type t = {.kind = V_ADDR, .size = 20, .spell = "address"};
	static const struct value_type family = {.kind = V_INT,
						 .size = 2,
						 .spell = "unsigned short"};
	struct node *v4 = n->a->next, *v6 = v4->next, *f = check_node(c, n->a);

	if (!f)
		return NULL;
	if (f->type.kind != V_INT)
		return check_error(c, f, "an address family is a number, and this is %s");
	f = check_convert(c, f, &family);
	v4 = f ? lies(c, v4, 4, "an IPv4 address is 4 bytes in memory, and this is %s") : NULL;
	v6 = v4 ? lies(c, v6, 16, "an IPv6 address is 16 bytes in memory, and this is %s") : NULL;
	n = v6 ? check_make(c, N_INET, n, f, v4, &t) : NULL;
	if (n)
		n->c = v6;
	return n;
}

// A member of the struct that n is or points to, as a pointer.
static struct node *pointer_in(struct checker *c, struct node *n, uint32_t id, const char *name)
{
	const struct btf *b = c->scope->btf;
	struct value_type t = {.kind = V_VOID};
	struct type_member m;

	if (type_member(b, id, name, strlen(name), &m) && !m.bits)
		scope_value_type(b, m.type, &t);
	if (t.kind != V_PTR) {
		error_at(c->error, KS_EABSENT, n->pos, n->len,
			 "this kernel's BTF has no pointer %s in %s", name, btf_name(b, id));
		return NULL;
	}
	n = check_make(c, N_MEMBER, n, n, NULL, &t);
	if (n) {
		n->arrow = n->a->type.kind == V_PTR;
		n->bit_offset = m.bit_offset;
		n->token.p = name;
		n->token.n = (uint32_t)strlen(name);
	}
	return n;
}

// The struct path in a file.
static struct node *path_of(struct checker *c, struct node *file, uint32_t id)
{
	const struct btf *b = c->scope->btf;
	struct value_type t;
	struct type_member m;
	struct node *n;

	if (!type_member(b, id, "f_path", 6, &m) || !scope_value_type(b, m.type, &t) ||
	    t.kind != V_STRUCT) {
		error_at(c->error, KS_EABSENT, file->pos, file->len,
			 "this kernel's BTF has no f_path in struct file");
		return NULL;
	}
	n = check_make(c, N_MEMBER, file, file, NULL, &t);
	if (n) {
		n->arrow = true;
		n->bit_offset = m.bit_offset;
		n->token.p = "f_path";
		n->token.n = 6;
	}
	return n;
}

static struct node *path(struct checker *c, struct node *n)
{
	static const struct value_type t = {.kind = V_PATH, .size = PATH_SIZE, .spell = "path"};
	static const char needs[] = "path needs a struct file *, struct path *, struct path or "
				    "struct dentry *, and this is %s";
	const struct btf *b = c->scope->btf;
	struct node *x = check_node(c, n->a), *dentry = x, *mount = NULL;
	struct dentry_offsets ignored;
	struct ks_error why;
	bool pointer = x && x->type.kind == V_PTR;
	uint32_t id = !x ? 0 : type_peel(b, pointer ? x->type.to : x->type.id);
	const char *name = btf_kind(btf_type(b, id)) == BTF_KIND_STRUCT ? btf_name(b, id) : "";

	if (!x)
		return NULL;
	if (x->type.is_user)
		return check_error(c, x, "this %s leads to user memory, where there are no paths");
	if (!pointer && !(x->type.kind == V_STRUCT && check_in_memory(x)))
		return check_error(c, x, needs);
	if (pointer && !strcmp(name, "file")) {
		x = path_of(c, x, id);
		if (!x)
			return NULL;
		id = type_peel(b, x->type.id);
		name = "path";
	}
	if (!strcmp(name, "path")) {
		dentry = pointer_in(c, x, id, "dentry");
		mount = dentry ? pointer_in(c, x, id, "mnt") : NULL;
		if (!mount)
			return NULL;
	} else if (!pointer || strcmp(name, "dentry") != 0) {
		return check_error(c, x, needs);
	}
	if (dentry_offsets(b, &ignored, &why) < 0) {
		error_at(c->error, why.kind, n->pos, n->len, "%s, so path can't be told",
			 why.message);
		return NULL;
	}
	return check_make(c, N_PATH, n, dentry, mount, &t);
}

static const struct function {
	const char *name;
	struct node *(*check)(struct checker *, struct node *);
	uint32_t least, most; // arguments
	const char *takes;
} functions[] = {
	{"str", str, 1, 2, "a pointer and, if wanted, a number of bytes"},
	{"buf", buf, 2, 2, "a pointer and a number of bytes"},
	{"user", user, 1, 1, "one pointer"},
	{"ntohs", ntohs, 1, 1, "one number"},
	{"ntohl", ntohl, 1, 1, "one number"},
	{"errno", error_number, 1, 1, "one number or pointer"},
	{"arg", arg, 1, 1, "an argument's name, number or type"},
	{"first", first, 1, UINT32_MAX, "the expressions to choose from"},
	{"ns", ns, 1, 1, "one number"},
	{"us", us, 1, 1, "one number"},
	{"ms", ms, 1, 1, "one number"},
	{"jiffies", jiffies, 1, 1, "one number"},
	{"symbol", symbol, 1, 1, "one address"},
	{"path", path, 1, 1, "one file, path or dentry"},
	{"addr", addr, 3, 3, "a family, an IPv4 and an IPv6 address"},
	{"entry", check_entry, 1, 1, "one expression"},
	{"stack", check_frames, 1, 1, "a number of frames"},
	{"ustack", check_frames, 1, 1, "a number of frames"},
};

#define COUNT (sizeof(functions) / sizeof(*functions))

static struct node *unknown(struct checker *c, struct node *n)
{
	struct nearest near;

	error_at(c->error, KS_ENAME, n->token.pos, n->token.len, "there is no function '%.*s'",
		 (int)n->token.n, n->token.p);
	nearest_init(&near, n->token.p, n->token.n);
	for (size_t i = 0; i < COUNT; i++)
		nearest_offer(&near, functions[i].name);
	nearest_offer(&near, "sizeof");
	nearest_hint(&near, c->error);
	if (!*c->error->hint)
		error_hint(c->error, "functions: str, buf, user, ntohs, ntohl, errno, arg, "
				     "first, ns, us, ms, jiffies, symbol, path, addr, entry, "
				     "stack, ustack, sizeof");
	return NULL;
}

struct node *check_call(struct checker *c, struct node *n)
{
	uint32_t count = 0;

	for (const struct node *a = n->a; a; a = a->next)
		count++;
	for (size_t i = 0; i < COUNT; i++) {
		const struct function *f = &functions[i];

		if (strlen(f->name) != n->token.n || memcmp(f->name, n->token.p, n->token.n) != 0)
			continue;
		if (count >= f->least && count <= f->most)
			return f->check(c, n);
		error_at(c->error, KS_ETYPE, n->pos, n->len, "%s takes %s", f->name, f->takes);
		return NULL;
	}
	return unknown(c, n);
}
