// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Hits that are made up: arguments, and memory behind them, from names and values.
#include "hit.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "alike.h"
#include "error.h"
#include "nearest.h"
#include "span.h"
#include "type.h"
#include "within.h"

#define FIRST_ADDRESS 0xffff888000100000 // where x86-64 has its memory: any kernel address would do
#define APART	      4096
#define OBJECT	      (1u << 20) // bytes that are left for one that several hits know

// --- where it is ------------------------------------------------------------------------------

// One moment, with nothing of a call in it.
static bool is_event(const struct ks_variant *v)
{
	return v->kind == ATTACH_TP_BTF || v->kind == ATTACH_RAW_TP || v->kind == ATTACH_TP ||
	       v->kind == ATTACH_PROFILE;
}

// The calls of a `within` are asked where they begin.
static bool is_return(const struct ks_variant *v)
{
	if (v->probe->at_entry)
		return false;
	return v->kind == ATTACH_FEXIT || v->kind == ATTACH_KRETPROBE ||
	       v->kind == ATTACH_MULTI_RETURN;
}

// Is it put there in the way that the place asks for?
static bool is_by(const struct ks_variant *v, const struct place *at)
{
	if (at->force == PLACE_FENTRY)
		return v->kind == ATTACH_FENTRY || v->kind == ATTACH_FEXIT;
	return at->force == PLACE_ANY || v->kind == ATTACH_KPROBE || v->kind == ATTACH_KRETPROBE ||
	       attach_is_multi(v->kind);
}

// Is the point a system call? Then it has another name than the function.
static bool is_syscall(const struct ks_variant *v, const struct point *p)
{
	return !is_event(v) && strcmp(p->func, p->symbol) != 0 && strstr(p->symbol, p->func) &&
	       !strncmp(p->symbol, v->probe->trace->arch->syscall_prefix,
			strlen(v->probe->trace->arch->syscall_prefix));
}

static bool is_at(const struct ks_variant *v, const struct point *p, const struct place *at)
{
	if (at->kind == PLACE_PROFILE) // the timer's name has its frequency
		return v->kind == ATTACH_PROFILE && !strcmp(p->func, at->text);
	if (strcmp(p->func, at->name) != 0)
		return false;
	switch (at->kind) {
	case PLACE_TRACEPOINT:
	case PLACE_RAW: // of both the arguments are the same
		return v->kind == ATTACH_TP_BTF || v->kind == ATTACH_RAW_TP;
	case PLACE_EVENT:
		return v->kind == ATTACH_TP;
	default:
		break;
	}
	if (is_event(v) || is_syscall(v, p) != (at->kind == PLACE_SYSCALL) ||
	    (at->is_return && !is_return(v)) || !is_by(v, at))
		return false;
	return !at->module || (v->module && !strcmp(v->module->name, at->module));
}

static int64_t find_point(const struct ks_variant *v, const struct place *at,
			  struct ks_error *error)
{
	if (at->is_glob || at->leaves_out) {
		error_set(error, KS_ESYNTAX, "'%.200s' is no one place", at->text);
		error_hint(error, "an event is at one function, tracepoint or system call");
		return -1;
	}
	for (uint32_t i = v->first; !v->left_out && i < v->first + v->count; i++)
		if (is_at(v, &v->probe->trace->points[i], at))
			return i;
	error_set(error, KS_EABSENT, "%s is not at %.200s", v->probe->name, at->text);
	return -1;
}

// The variant's point that an event at this place hits; -1: none, with error.
static int64_t point_at(const struct ks_variant *v, const char *place, struct ks_error *error)
{
	struct arena a = {0};
	struct place at;
	int64_t point = place_parse(&a, place, &at, error) < 0 ? -1 : find_point(v, &at, error);

	arena_fini(&a);
	return point;
}

static void add_arg(struct ks_hit *h, const char *name, const struct value_type *type)
{
	for (uint32_t i = 0; i < h->count; i++)
		if (!strcmp(h->args[i].name, name))
			return;
	if (*name && h->count < sizeof(h->args) / sizeof(*h->args))
		h->args[h->count++] = (struct hit_value){.name = name, .type = *type};
}

// Of a place where something begins that a probe's hits are told of, all of these; NULL: it is none.
static const struct scope *const *begins_of(const struct ks_variant *v)
{
	const struct ks_probe *p = v->probe->trace->probes[v->probe->index];

	if (p->span && v->probe == &p->span->opens)
		return p->span->begin.scopes;
	for (const struct within *w = p->within; w; w = w->calls.within)
		if (v->probe == &w->calls)
			return w->begin.scopes;
	return NULL;
}

struct ks_hit *ks_hit(struct ks_variant *v, const char *place, struct ks_error *error)
{
	struct value_type current = {.kind = V_PTR, .size = 8};
	int64_t point = point_at(v, place, error);
	struct ks_hit *h;

	if (point < 0)
		return NULL;
	if (v->probe->recorder) {
		error_set(error, KS_ETYPE, "%s keeps records: of these no events are made up",
			  v->probe->name);
		return NULL;
	}
	h = calloc(1, sizeof(*h));
	if (!h) {
		error_nomem(error);
		return NULL;
	}
	h->variant = v;
	h->point = (uint32_t)point;
	h->scope = alike_scope(v, h->point);
	h->begins = begins_of(v);
	for (uint32_t i = 0; i < h->scope->arg_count; i++)
		add_arg(h, h->scope->args[i].name, &h->scope->args[i].type);
	for (uint32_t i = 0; v->probe->is_call && i < v->open_scope.arg_count; i++)
		add_arg(h, v->open_scope.args[i].name, &v->open_scope.args[i].type);
	if (h->scope->has_retval)
		add_arg(h, "retval", &h->scope->retval);
	current.to = btf_find(&v->probe->trace->btf, BTF_KIND_STRUCT, "task_struct", 0);
	add_arg(h, "current", &current);
	h->pid = h->tid = 1;
	strcpy(h->comm, "test");
	return h;
}

void ks_hit_free(struct ks_hit *h)
{
	if (!h)
		return;
	arena_fini(&h->arena);
	free(h);
}

int ks_hit_turn(const struct ks_hit *h)
{
	return hit_is_moment(h) ? 0 : hit_is_return(h) ? 2 : 1;
}

uint64_t ks_hit_task(const struct ks_hit *h)
{
	return h->tid;
}

bool hit_is_return(const struct ks_hit *h)
{
	return is_return(h->variant);
}

bool hit_is_moment(const struct ks_hit *h)
{
	return is_event(h->variant);
}

// --- what is there ----------------------------------------------------------------------------

const struct hit_region *hit_region_at(const struct ks_hit *h, uint64_t address, size_t n)
{
	for (const struct hit_region *r = h->regions; r; r = r->next)
		if (address >= r->address && address - r->address <= r->size &&
		    n <= r->size - (address - r->address))
			return r;
	return NULL;
}

// The next address of a trace's hits that is free, with so much room there.
static uint64_t take_room(struct ks_trace *t, size_t size)
{
	uint64_t address = t->made ? t->made : FIRST_ADDRESS;

	t->made = address + (size / APART + 1) * APART;
	return address;
}

// address: 0 for a new one.
static const struct hit_region *new_region(struct ks_hit *h, uint64_t address, size_t size,
					   struct ks_error *error)
{
	struct hit_region *r = arena_alloc(&h->arena, sizeof(*r));
	unsigned char *bytes = arena_alloc(&h->arena, size ? size : 1);

	if (!r || !bytes) {
		error_nomem(error);
		return NULL;
	}
	memset(bytes, 0, size);
	*r = (struct hit_region){.next = h->regions,
				 .address = address ? address
						    : take_room(h->variant->probe->trace, size),
				 .size = size,
				 .bytes = bytes};
	h->regions = r;
	return r;
}

// Where a path has led: bytes of a type. type 0: of an argument whose type BTF does not have, as the
// number or pointer that `plain` says.
struct spot {
	unsigned char *bytes;
	size_t room; // bytes from there on
	uint32_t type;
	const struct value_type *plain;
	uint32_t bit, bits; // of a bit-field
	const char *path;
	uint32_t len; // of it, so far
};

static int wrong(const struct spot *s, struct ks_error *error, const char *what)
{
	return error_set(error, KS_ETYPE, "'%.*s' %s", (int)s->len, s->path, what);
}

// Is it a pointer? *to: what to, 0: void.
static bool is_pointer(const struct ks_hit *h, const struct spot *s, uint32_t *to)
{
	const struct btf *b = h->variant->scope.btf;

	if (!s->type) {
		*to = s->plain->to;
		return s->plain->kind == V_PTR;
	}
	if (btf_kind(type_peeled(b, s->type)) != BTF_KIND_PTR)
		return false;
	*to = type_peeled(b, s->type)->type;
	return true;
}

// Bytes of what is a number, an enum or a pointer; 0: it is none.
static uint32_t number_size(const struct ks_hit *h, const struct spot *s)
{
	const struct btf *b = h->variant->scope.btf;
	uint32_t kind;

	if (!s->type)
		return s->plain->size;
	kind = btf_kind(type_peeled(b, s->type));
	if (kind != BTF_KIND_INT && kind != BTF_KIND_ENUM && kind != BTF_KIND_ENUM64 &&
	    kind != BTF_KIND_PTR)
		return 0;
	return (uint32_t)type_size(b, s->type);
}

// Through a pointer, to memory that is made if there is none yet.
static int follow(struct ks_hit *h, struct spot *s, size_t size, struct ks_error *error)
{
	const struct hit_region *r;
	uint32_t to = 0;
	uint64_t address;

	if (!is_pointer(h, s, &to) || s->room < sizeof(address))
		return wrong(s, error, "can't be set");
	memcpy(&address, s->bytes, sizeof(address));
	if (!size && to)
		size = type_size(h->variant->scope.btf, to);
	if (!size)
		return wrong(s, error, "leads to nothing of a known size");
	r = hit_region_at(h, address, size);
	if (!r) {
		r = new_region(h, 0, size, error);
		if (!r)
			return -1;
		memcpy(s->bytes, &r->address, sizeof(r->address));
	}
	memcpy(&address, s->bytes, sizeof(address));
	s->bytes = r->bytes + (address - r->address);
	s->room = r->size - (address - r->address);
	s->type = to;
	s->bits = 0;
	return 0;
}

static int member(struct ks_hit *h, struct spot *s, const char *name, uint32_t n,
		  struct ks_error *error)
{
	const struct btf *b = h->variant->scope.btf;
	struct type_member m;
	uint32_t id = type_peel(b, s->type);
	char wanted[64];
	struct nearest near;

	if (type_member(b, id, name, n, &m) && m.bit_offset / 8 < s->room) {
		s->bytes += m.bit_offset / 8;
		s->room -= m.bit_offset / 8;
		s->bit = m.bit_offset % 8;
		s->bits = m.bits;
		s->type = m.type;
		return 0;
	}
	wrong(s, error, "has no such member");
	memcpy(wanted, name, n < sizeof(wanted) ? n : sizeof(wanted) - 1);
	wanted[n < sizeof(wanted) ? n : sizeof(wanted) - 1] = '\0';
	nearest_init(&near, wanted, n);
	type_offer_members(b, id, &near);
	nearest_hint(&near, error);
	return -1;
}

static int element(struct ks_hit *h, struct spot *s, const char *name, struct ks_error *error)
{
	const struct btf *b = h->variant->scope.btf;
	const struct btf_array *a = (const void *)(type_peeled(b, s->type) + 1);
	char *end;
	unsigned long i = strtoul(name, &end, 10);
	uint64_t size = type_size(b, a->type);

	if (end == name || (*end && *end != '.') || i >= a->nelems || (i + 1) * size > s->room)
		return wrong(s, error, "has no such element");
	s->bytes += i * size;
	s->room -= i * size;
	s->type = a->type;
	return 0;
}

// "(struct tcp_sock)", n bytes: a type that is not the pointer's own, which begins with what it leads to.
static uint32_t named_type(const struct btf *b, const char *name, uint32_t n)
{
	bool is_union = n > 8 && !strncmp(name, "(union ", 7);
	uint32_t skip = is_union ? 7 : 8, id = 0;
	char wanted[64];

	if (n < skip + 2 || n - skip > sizeof(wanted) || name[n - 1] != ')' ||
	    (!is_union && strncmp(name, "(struct ", 8) != 0))
		return 0;
	memcpy(wanted, name + skip, n - skip - 1);
	wanted[n - skip - 1] = '\0';
	for (; b && !id; b = b->base)
		id = btf_find(b, is_union ? BTF_KIND_UNION : BTF_KIND_STRUCT, wanted, 0);
	return id;
}

// Makes the memory that begins at an address larger, with what is in it.
static int grow(struct ks_hit *h, uint64_t address, size_t size, struct ks_error *error)
{
	for (struct hit_region *r = h->regions; r; r = r->next) {
		unsigned char *bytes;

		if (r->address != address)
			continue;
		bytes = arena_alloc(&h->arena, size);
		if (!bytes)
			return error_nomem(error);
		memset(bytes, 0, size);
		memcpy(bytes, r->bytes, r->size);
		r->bytes = bytes;
		r->size = size;
		return 0;
	}
	return 0;
}

// What a pointer leads to as a larger type, of which its own is the beginning.
static int as_type(struct ks_hit *h, struct spot *s, const char *name, uint32_t n,
		   struct ks_error *error)
{
	const struct btf *b = h->variant->scope.btf;
	uint32_t to, id = named_type(b, name, n);
	uint64_t address, size = id ? type_size(b, id) : 0;

	s->len = (uint32_t)(name - s->path) + n;
	if (!size || size > OBJECT)
		return wrong(s, error, "is no type: \"(struct tcp_sock)\" would be one");
	if (!is_pointer(h, s, &to) || s->room < sizeof(address))
		return wrong(s, error, "is behind no pointer");
	memcpy(&address, s->bytes, sizeof(address));
	if (!address) {
		address = take_room(h->variant->probe->trace, OBJECT);
		memcpy(s->bytes, &address, sizeof(address));
		if (!new_region(h, address, size, error))
			return -1;
	}
	if (!hit_region_at(h, address, size) && grow(h, address, size, error) < 0)
		return -1;
	if (follow(h, s, size, error) < 0)
		return -1;
	s->type = id;
	return 0;
}

// One step of the path from a spot that an argument of BTF's type is.
static int step(struct ks_hit *h, struct spot *s, const char *name, uint32_t n,
		struct ks_error *error)
{
	const struct btf *b = h->variant->scope.btf;
	uint32_t kind = 0, to;

	if (*name == '(')
		return as_type(h, s, name, n, error);
	if (is_pointer(h, s, &to)) {
		if (follow(h, s, 0, error) < 0)
			return -1;
		kind = btf_kind(type_peeled(b, s->type));
		if (n == 1 && *name == '0' && kind != BTF_KIND_ARRAY) // p[0] is *p
			return 0;
	}
	if (s->type)
		kind = btf_kind(type_peeled(b, s->type));
	s->len = (uint32_t)(name - s->path) + n;
	if (kind == BTF_KIND_STRUCT || kind == BTF_KIND_UNION)
		return member(h, s, name, n, error);
	if (kind == BTF_KIND_ARRAY)
		return element(h, s, name, error);
	return wrong(s, error, "is no member: what it would be in is one value");
}

// --- names ------------------------------------------------------------------------------------

struct own {
	const char *name;
	size_t offset;
	uint64_t most;
};

// What is not an argument, and the greatest number that it can be.
static const struct own owns[] = {
	{"caller", offsetof(struct ks_hit, caller), UINT64_MAX},
	{"cgroup", offsetof(struct ks_hit, cgroup), UINT64_MAX},
	{"cpu", offsetof(struct ks_hit, cpu), UINT32_MAX},
	{"elapsed", offsetof(struct ks_hit, elapsed), INT64_MAX},
	{"gid", offsetof(struct ks_hit, gid), UINT32_MAX},
	{"pid", offsetof(struct ks_hit, pid), UINT32_MAX},
	{"tid", offsetof(struct ks_hit, tid), UINT32_MAX},
	{"time", offsetof(struct ks_hit, time), INT64_MAX},
	{"uid", offsetof(struct ks_hit, uid), UINT32_MAX},
};

static const struct own *find_own(const char *path)
{
	for (size_t i = 0; i < sizeof(owns) / sizeof(*owns); i++)
		if (!strcmp(owns[i].name, path))
			return &owns[i];
	return NULL;
}

static int no_name(const struct ks_hit *h, const char *path, uint32_t n, struct ks_error *error)
{
	struct nearest near;
	char name[64];

	memcpy(name, path, n < sizeof(name) ? n : sizeof(name) - 1);
	name[n < sizeof(name) ? n : sizeof(name) - 1] = '\0';
	error_set(error, KS_ENAME, "%s has no argument '%s', and nothing else has that name",
		  h->scope->name, name);
	nearest_init(&near, name, strlen(name));
	for (uint32_t i = 0; i < h->count; i++)
		nearest_offer(&near, h->args[i].name);
	for (size_t i = 0; i < sizeof(owns) / sizeof(*owns); i++)
		nearest_offer(&near, owns[i].name);
	nearest_offer(&near, "comm");
	nearest_hint(&near, error);
	return -1;
}

// Is it of the same call, and can't be seen from here: the result from its entry, arguments where
// only registers are seen?
static bool is_elsewhere(const struct ks_hit *h, const char *path)
{
	const struct scope *s = h->scope;
	size_t n = strcspn(path, ".");

	for (uint32_t i = 0; i < s->gone_count; i++)
		if (strlen(s->gone[i].name) == n && !memcmp(s->gone[i].name, path, n))
			return true;
	return !s->is_return && !is_event(h->variant) && n == 6 && !memcmp(path, "retval", 6);
}

// The argument that a path begins with, which is set then; and the way on from there.
static int walk(struct ks_hit *h, const char *path, struct spot *s, struct ks_error *error)
{
	uint32_t n = (uint32_t)strcspn(path, ".");
	struct hit_value *v = NULL;

	for (uint32_t i = 0; i < h->count && !v; i++)
		if (strlen(h->args[i].name) == n && !memcmp(h->args[i].name, path, n))
			v = &h->args[i];
	if (!v)
		return no_name(h, path, n, error);
	*s = (struct spot){.bytes = v->bytes,
			   .room = HIT_ARG,
			   .type = v->type.id,
			   .plain = &v->type,
			   .path = path,
			   .len = n};
	if (!s->type && v->type.kind != V_INT && v->type.kind != V_PTR)
		return wrong(s, error, "has no type of this kernel's");
	v->is_set = true;
	while (path[n]) {
		const char *name = path + n + 1;
		uint32_t len = (uint32_t)strcspn(name, ".");

		if (step(h, s, name, len, error) < 0)
			return -1;
		n += len + 1;
	}
	return 0;
}

// --- values -----------------------------------------------------------------------------------

static int put(struct spot *s, uint64_t v, uint32_t size, struct ks_error *error)
{
	uint32_t bits = s->bits ? s->bits : size * 8;
	uint64_t mask = bits < 64 ? (1ULL << bits) - 1 : UINT64_MAX, old = 0;
	uint32_t bytes = (s->bit * (s->bits != 0) + bits + 7) / 8, bit = s->bits ? s->bit : 0;
	int64_t top = (int64_t)v >> (bits - 1); // what is above its bits, and the highest of them

	if (top < -1 || top > 1)
		return error_set(error, KS_ETYPE, "'%s' has %u bits: no room for %" PRId64, s->path,
				 bits, (int64_t)v);
	if (bytes > s->room || bytes > sizeof(old))
		return wrong(s, error, "can't be set");
	memcpy(&old, s->bytes, bytes);
	old = (old & ~(mask << bit)) | (v & mask) << bit;
	memcpy(s->bytes, &old, bytes);
	return 0;
}

int ks_hit_number(struct ks_hit *h, const char *path, int64_t v, struct ks_error *error)
{
	const struct own *own = find_own(path);
	struct spot s;
	uint32_t size;

	if (own) {
		if ((uint64_t)v > own->most)
			return error_set(error, KS_ETYPE, "%s can't be %" PRId64, path, v);
		memcpy((char *)h + own->offset, &v, sizeof(v));
		h->has_elapsed = h->has_elapsed || !strcmp(path, "elapsed");
		h->has_caller = h->has_caller || !strcmp(path, "caller");
		return 0;
	}
	if (!strcmp(path, "comm"))
		return error_set(error, KS_ETYPE, "'comm' is a text");
	if (is_elsewhere(h, path))
		return 0;
	if (walk(h, path, &s, error) < 0)
		return -1;
	size = number_size(h, &s);
	if (!size)
		return wrong(&s, error, "is no number");
	if (size > sizeof(v))
		return wrong(&s, error, "can't be set");
	return put(&s, (uint64_t)v, size, error);
}

int ks_hit_memory(struct ks_hit *h, const char *path, uint64_t *address, struct ks_error *error)
{
	struct spot s;
	uint32_t to;
	size_t size;

	if (find_own(path) || !strcmp(path, "comm"))
		return error_set(error, KS_ETYPE, "'%s' has no members", path);
	if (is_elsewhere(h, path))
		return 0;
	if (walk(h, path, &s, error) < 0)
		return -1;
	if (!is_pointer(h, &s, &to)) // it lies here, and is all zeros
		return 0;
	if (s.room < sizeof(*address))
		return wrong(&s, error, "can't be set");
	size = to ? type_size(h->variant->scope.btf, to) : 0;
	if (size > OBJECT)
		return wrong(&s, error, "leads to more than can be made up");
	if (!*address)
		*address = take_room(h->variant->probe->trace, OBJECT);
	memcpy(s.bytes, address, sizeof(*address));
	if (!hit_region_at(h, *address, size) && !new_region(h, *address, size, error))
		return -1;
	return 1;
}

int ks_hit_stack(struct ks_hit *h, const uint64_t *frames, uint32_t count, struct ks_error *error)
{
	if (count > STACK_MOST)
		return error_set(error, KS_ELIMIT, "a stack has at most %d frames", STACK_MOST);
	memcpy(h->frames, frames, count * sizeof(*frames));
	h->frame_count = count;
	h->has_stack = true;
	return 0;
}

int ks_hit_text(struct ks_hit *h, const char *path, const char *text, size_t n,
		struct ks_error *error)
{
	const struct btf *b = h->variant->scope.btf;
	struct spot s;
	uint32_t to;

	if (!strcmp(path, "comm")) {
		if (n >= sizeof(h->comm))
			return error_set(error, KS_ETYPE, "'comm' has at most 15 bytes");
		memset(h->comm, 0, sizeof(h->comm));
		memcpy(h->comm, text, n);
		return 0;
	}
	if (find_own(path))
		return error_set(error, KS_ELITERAL, "'%s' is a number", path);
	if (is_elsewhere(h, path))
		return 0;
	if (walk(h, path, &s, error) < 0)
		return -1;
	if (is_pointer(h, &s, &to)) {
		if (to && !type_is_byte(b, to) && type_peel(b, to))
			return wrong(&s, error, "does not point to a text");
		if (s.room < sizeof(uint64_t))
			return wrong(&s, error, "can't be set");
		memset(s.bytes, 0, sizeof(uint64_t));
		if (follow(h, &s, n + 1, error) < 0)
			return -1;
	} else if (!s.type || !type_is_bytes(b, s.type)) {
		return error_set(error, KS_ELITERAL, "'%s' is no text", path);
	} else if (n > type_size(b, s.type) || type_size(b, s.type) > s.room) {
		return wrong(&s, error, "has no room for so long a text");
	} else {
		memset(s.bytes, 0, type_size(b, s.type));
	}
	memcpy(s.bytes, text, n);
	return 0;
}
