// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "eval.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "../bpf/wire.h"
#include "arith.h"

#define TEXT_MAX 256 // a literal has fewer bytes
#define CHUNK	 64  // of a string that is read at a time
#define ARG_SIZE 16  // bytes that an argument has at most

// Where something lies: bits behind an address, or in an argument's own words.
struct place {
	const struct node *arg; // NULL: in memory
	uint64_t pointer;	// that was followed
	uint64_t address;
	uint64_t bit;
	bool user;
};

static bool is_through(const struct node *n)
{
	return n->kind == N_DEREF || (n->kind == N_MEMBER && n->arrow) ||
	       (n->kind == N_INDEX && n->a->type.kind == V_PTR);
}

static bool place_of(const struct eval *e, const struct node *n, struct place *p);

// Where the pointer n leads. A cast does not make a user's pointer one of the kernel's.
static bool follow(const struct eval *e, const struct node *n, struct place *p)
{
	bool user = n->type.is_user;

	while (n->kind == N_CONVERT && n->type.kind == V_PTR && n->a->type.kind == V_PTR) {
		n = n->a;
		user = user || n->type.is_user;
	}
	if (n->kind == N_ADDRESS) { // (&x)->y is x.y
		if (!place_of(e, n->a, p))
			return false;
	} else {
		*p = (struct place){0};
		if (!eval_value(e, n, &p->pointer))
			return false;
		p->address = p->pointer;
	}
	p->user = p->user || user;
	return true;
}

static bool place_of(const struct eval *e, const struct node *n, struct place *p)
{
	uint64_t index;

	if (n->kind == N_ARG) {
		*p = (struct place){.arg = n};
		return true;
	}
	if (is_through(n) ? !follow(e, n->a, p) : !place_of(e, n->a, p))
		return false;
	if (n->kind == N_MEMBER)
		p->bit += n->bit_offset;
	if (n->kind == N_INDEX) {
		if (!eval_value(e, n->b, &index) || (n->count && index >= n->count))
			return false;
		if (p->arg)
			p->bit += index * n->type.size * 8;
		else
			p->address += index * n->type.size;
	}
	return true;
}

// NULL, user addresses and error pointers are none of the kernel's.
static bool is_kernel(uint64_t address)
{
	return (int64_t)address < -4095;
}

static bool read_at(const struct eval *e, bool user, uint64_t address, void *to, size_t n)
{
	return (user || is_kernel(address)) && e->read(e->data, user, address, to, n);
}

// n bytes from the one on that the place is in.
static bool read_place(const struct eval *e, const struct place *p, void *to, size_t n)
{
	uint64_t off = p->bit / 8;
	unsigned char words[ARG_SIZE];

	if (!p->arg)
		return (p->user || is_kernel(p->pointer)) &&
		       read_at(e, p->user, p->address + off, to, n);
	if (off > sizeof(words) || n > sizeof(words) - off ||
	    !e->arg(e->data, p->arg->slot, words, off + n))
		return false;
	memcpy(to, words + off, n);
	return true;
}

// `bits` of a value, 0 for all, from a bit on -> extended by the type.
static uint64_t extend(const struct value_type *t, uint64_t v, unsigned bit, unsigned bits)
{
	unsigned width = bits ? bits : t->size * 8, spare = width - 1 < 64 ? 64 - width : 0;

	v = v >> bit << spare;
	return t->kind == V_INT && t->is_signed ? (uint64_t)((int64_t)v >> spare) : v >> spare;
}

static bool load(const struct eval *e, const struct node *n, uint64_t *v)
{
	struct place p;
	uint64_t raw = 0;
	size_t bytes = n->type.size;
	unsigned bit;

	if (!place_of(e, n, &p))
		return false;
	bit = p.bit % 8;
	if (n->bits)
		bytes = (bit + n->bits + 7) / 8;
	if (bytes > sizeof(raw) || !read_place(e, &p, &raw, bytes))
		return false;
	*v = extend(&n->type, raw, bit, n->bits);
	return true;
}

static bool argument(const struct eval *e, const struct node *n, uint64_t *v)
{
	uint64_t raw = 0;

	if (n->type.size > sizeof(raw) || !e->arg(e->data, n->slot, &raw, n->type.size))
		return false;
	*v = extend(&n->type, raw, 0, 0);
	return true;
}

// Where what n means was put away; NULL: not known.
static const struct eval *begin_of(const struct eval *e, const struct node *n)
{
	if (e->opening && e->opening->begins == n->opens)
		return e->opening;
	return e->outer && e->outer->begins == n->opens ? e->outer : NULL;
}

static bool builtin(const struct eval *e, const struct node *n, uint64_t *v)
{
	switch (n->builtin) {
	case B_PID:
		*v = e->pid_tgid >> 32;
		return true;
	case B_TID:
		*v = (uint32_t)e->pid_tgid;
		return true;
	case B_UID:
		*v = (uint32_t)e->uid_gid;
		return true;
	case B_GID:
		*v = e->uid_gid >> 32;
		return true;
	case B_CPU:
		*v = e->cpu;
		return true;
	case B_CGROUP:
		*v = e->cgroup;
		return true;
	case B_TIME:
		*v = e->time;
		return true;
	case B_CURRENT:
		*v = e->current;
		return true;
	case B_ELAPSED:
		*v = e->opening ? e->time - e->opening->time : 0;
		return e->opening;
	case B_CALLER:
		*v = e->caller ? *e->caller : 0;
		return e->caller;
	default:
		return false;
	}
}

// --- strings ----------------------------------------------------------------------------------

// Reads a string into `room` bytes, as bpf_probe_read_*_str does: up to its NUL, or cut by one.
// Its length with the NUL, or -1.
static int read_string(const struct eval *e, bool user, uint64_t address, char *to, size_t room)
{
	size_t done = 0, chunk = CHUNK;

	while (done < room) {
		size_t n = chunk < room - done ? chunk : room - done;
		const char *end;

		if (!read_at(e, user, address + done, to + done, n)) {
			if (chunk == 1)
				return -1;
			chunk = 1; // it may end before what is not there
			continue;
		}
		end = memchr(to + done, '\0', n);
		if (end)
			return (int)(end - to) + 1;
		done += n;
	}
	to[room - 1] = '\0';
	return (int)room;
}

// The text of a string node in at most `room` bytes, for comparing: how many there are, without a
// NUL; -1: unknown. A pointer's string is read with one byte more, which may tell of a cut.
static int text(const struct eval *e, const struct node *n, char *to, size_t room)
{
	const struct eval *begin;
	struct place p;
	uint64_t pointer;
	int length;

	if (n->kind == N_STASH) {
		begin = begin_of(e, n);
		return begin ? text(begin, n->entries[begin->begin], to, room) : -1;
	}
	if (n->kind == N_BUILTIN) {
		memcpy(to, e->comm, sizeof(e->comm));
		return (int)strnlen(to, sizeof(e->comm) - 1);
	}
	if (n->kind == N_STR) {
		if (!eval_value(e, n->a, &pointer))
			return -1;
		length = read_string(e, n->type.is_user, pointer, to, room + 1);
		return length < 0 ? -1 : length - 1;
	}
	if (!place_of(e, n, &p) || !read_place(e, &p, to, room))
		return -1;
	return (int)strnlen(to, room);
}

// Is it the literal's n bytes, and does it end there, as far as the value reaches?
static bool equal(const struct eval *e, const struct node *n, uint64_t *v)
{
	const struct node *a = n->a;
	uint32_t len = n->b->token.n, size = a->type.size - (a->type.kind == V_STR ? 2 : 0);
	char has[TEXT_MAX + 2];
	int length;

	*v = n->op != TWO('=', '=');
	if (len >= TEXT_MAX || len > size) // longer than it can be
		return true;
	length = text(e, a, has, len < size || a->type.kind == V_STR ? len + 1 : len);
	if (length < 0)
		return false;
	if ((len < size ? (uint32_t)length == len : (uint32_t)length >= len) &&
	    !memcmp(has, n->b->token.p, len))
		*v = !*v;
	return true;
}

// The leftmost place for each piece between stars is as good as any.
static bool glob(const char *s, size_t n, const char *pattern, size_t m)
{
	size_t i = 0, at = 0, star = m, from = 0;

	while (i < n) {
		if (at < m && pattern[at] == '*') {
			star = at++;
			from = i;
		} else if (at < m && (pattern[at] == '?' || pattern[at] == s[i])) {
			at++;
			i++;
		} else if (star < m) {
			at = star + 1;
			i = ++from;
		} else {
			return false;
		}
	}
	while (at < m && pattern[at] == '*')
		at++;
	return at == m;
}

static bool match(const struct eval *e, const struct node *n, uint64_t *v)
{
	uint32_t size = n->a->type.size - (n->a->type.kind == V_STR ? 2 : 0);
	char has[EVAL_MATCH + 1];
	int length = text(e, n->a, has, size < EVAL_MATCH ? size : EVAL_MATCH);

	if (length < 0)
		return false;
	*v = glob(has, (size_t)length, n->b->token.p, n->b->token.n) == (n->op == '~');
	return true;
}

// --- operators --------------------------------------------------------------------------------

static bool binary(const struct eval *e, const struct node *n, uint64_t *v)
{
	uint64_t a, b;

	if (n->b->kind == N_TEXT)
		return equal(e, n, v);
	return eval_value(e, n->a, &a) && eval_value(e, n->b, &b) &&
	       arith_binary(n->op, &n->a->type, a, b, v);
}

static bool logic(const struct eval *e, const struct node *n, uint64_t *v)
{
	bool all = n->op == TWO('&', '&');
	int truth = eval_test(e, n->a);

	if (truth >= 0 && truth == all)
		truth = eval_test(e, n->b);
	*v = truth > 0;
	return truth >= 0;
}

static bool convert(const struct eval *e, const struct node *n, uint64_t *v)
{
	if (!eval_value(e, n->a, v))
		return false;
	*v = arith_cut(&n->type, *v);
	return true;
}

static bool swap(const struct eval *e, const struct node *n, uint64_t *v)
{
	if (!eval_value(e, n->a, v))
		return false;
	*v = arith_swap(n->a->type.size, *v);
	return true;
}

static bool address(const struct eval *e, const struct node *n, uint64_t *v)
{
	struct place p;

	if (!place_of(e, n->a, &p) || p.arg)
		return false;
	*v = p.address + p.bit / 8;
	return true;
}

static bool unary(const struct eval *e, const struct node *n, uint64_t *v)
{
	uint64_t a;

	if (!eval_value(e, n->a, &a))
		return false;
	*v = arith_unary(n->op, &n->type, a);
	return true;
}

static bool value(const struct eval *e, const struct node *n, uint64_t *v)
{
	const struct eval *begin;
	int truth;

	switch (n->kind) {
	case N_NUMBER:
		*v = extend(&n->type, n->number, 0, 0);
		return true;
	case N_ARG:
		return argument(e, n, v);
	case N_BUILTIN:
		return builtin(e, n, v);
	case N_MEMBER:
	case N_DEREF:
	case N_INDEX:
		return load(e, n, v);
	case N_ADDRESS:
		return address(e, n, v);
	case N_UNARY:
		return unary(e, n, v);
	case N_BINARY:
		return binary(e, n, v);
	case N_LOGIC:
		return logic(e, n, v);
	case N_CHOICE:
		truth = eval_test(e, n->a);
		return truth >= 0 && eval_value(e, truth ? n->b : n->c, v);
	case N_CONVERT:
		return convert(e, n, v);
	case N_SWAP:
		return swap(e, n, v);
	case N_MATCH:
		return match(e, n, v);
	case N_STASH:
		begin = begin_of(e, n);
		return begin && eval_value(begin, n->entries[begin->begin], v);
	default:
		return false;
	}
}

bool eval_value(const struct eval *e, const struct node *n, uint64_t *v)
{
	uint64_t found;

	if ((n->type.kind != V_INT && n->type.kind != V_PTR) || !value(e, n, &found))
		return false;
	*v = found;
	return true;
}

int eval_test(const struct eval *e, const struct node *n)
{
	uint64_t v;

	return eval_value(e, n, &v) ? v != 0 : -1;
}

// --- captures ---------------------------------------------------------------------------------

size_t eval_size(const struct node *n)
{
	if (n->kind == N_CHANGES)
		return n->number + eval_size(n->b);
	return n->type.size + (n->type.kind == V_STR ? 4 : n->type.kind == V_SLICE ? 8 : 0);
}

static bool capture_str(const struct eval *e, const struct node *n, unsigned char *to)
{
	int32_t length = -EFAULT;
	uint64_t pointer;

	if (eval_value(e, n->a, &pointer))
		length = read_string(e, n->type.is_user, pointer, (char *)to + 4, n->type.size);
	if (length < 0) {
		length = -EFAULT;
		memset(to + 4, 0, n->type.size);
	} else {
		memset(to + 4 + length, 0, n->type.size - (size_t)length);
	}
	memcpy(to, &length, 4);
	return length >= 0;
}

static bool capture_inet(const struct eval *e, const struct node *n, unsigned char *to)
{
	uint64_t family;
	uint16_t is;
	struct place p;

	if (!eval_value(e, n->a, &family))
		return false;
	is = (uint16_t)family;
	memcpy(to, &is, 2);
	if (is == AF_INET)
		return place_of(e, n->b, &p) && read_place(e, &p, to + 4, 4);
	if (is == AF_INET6)
		return place_of(e, n->c, &p) && read_place(e, &p, to + 4, 16);
	return true;
}

// How many elements a slice has, and how many it asks for: the two words before them.
static bool capture_slice(const struct eval *e, const struct node *n, unsigned char *to)
{
	uint64_t each = n->type.size / n->count, from = 0, end;
	uint32_t head[2] = {n->count, n->count};
	struct place p;

	if (n->c) {
		if (!eval_value(e, n->b, &from) || !eval_value(e, n->c, &end) ||
		    (int64_t)from < 0 || (int64_t)end < (int64_t)from ||
		    (n->number && from > n->number))
			return false;
		end -= from;
		head[1] = end < UINT32_MAX ? (uint32_t)end : UINT32_MAX;
		if (n->number && end > n->number - from)
			end = n->number - from;
		head[0] = end < n->count ? (uint32_t)end : n->count;
	}
	if (!place_of(e, n->a, &p) ||
	    (!p.user && !(is_kernel(p.pointer) && is_kernel(p.address + p.bit / 8))))
		return false;
	if (n->b->kind != N_NUMBER)
		p.address += from * each;
	memcpy(to, head, sizeof(head));
	return !head[0] || read_place(e, &p, to + sizeof(head), head[0] * each);
}

static bool capture_stack(const struct eval *e, const struct node *n, unsigned char *to)
{
	struct wire_stack *s = (void *)to;
	uint32_t room = (n->type.size - STACK_HEAD) / sizeof(*s->frames);

	if (n->builtin != B_STACK || !e->frames)
		return false;
	s->size = (e->frame_count < room ? e->frame_count : room) * (uint32_t)sizeof(*s->frames);
	memcpy(s->frames, e->frames, s->size);
	return true;
}

static bool capture(const struct eval *e, const struct node *n, unsigned char *to)
{
	struct place p;
	uint64_t v;

	if (n->kind == N_STASH && n->type.kind != V_INT && n->type.kind != V_PTR) {
		const struct eval *begin = begin_of(e, n);

		return begin && capture(begin, n->entries[begin->begin], to);
	}
	if (n->kind == N_CHANGES)
		return capture(e, n->a, to) && capture(e, n->b, to + n->number);
	switch (n->type.kind) {
	case V_STR:
		return capture_str(e, n, to);
	case V_ADDR:
		return capture_inet(e, n, to);
	case V_SLICE:
		return capture_slice(e, n, to);
	case V_STRUCT:
	case V_ARRAY:
		return place_of(e, n, &p) && read_place(e, &p, to, n->type.size);
	case V_PATH:
		return eval_path(e, n, to);
	case V_STACK:
		return capture_stack(e, n, to);
	case V_TEXT: // func, where it began
		memcpy(to, &e->point, sizeof(e->point));
		return true;
	case V_BYTES:
		return eval_value(e, n->a, &v) && read_at(e, n->type.is_user, v, to, n->type.size);
	case V_CHARS:
		if (n->kind == N_BUILTIN)
			memcpy(to, e->comm, sizeof(e->comm));
		return n->kind == N_BUILTIN ||
		       (place_of(e, n, &p) && read_place(e, &p, to, n->type.size));
	default:
		if (!eval_value(e, n, &v))
			return false;
		memcpy(to, &v, n->type.size);
		return true;
	}
}

bool eval_capture(const struct eval *e, const struct node *n, void *to, size_t room)
{
	size_t size = eval_size(n);

	if (size > room)
		return false;
	memset(to, 0, size);
	if (capture(e, n, to))
		return true;
	if (n->type.kind != V_STR || n->kind == N_CHANGES)
		memset(to, 0, size);
	return false;
}
