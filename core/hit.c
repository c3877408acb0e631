// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Hits that are made up: arguments, and memory behind them, from names and values; what a probe's
// texts make of these by the second engine. Nothing of it asks the kernel.
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "eval.h"
#include "nearest.h"
#include "trace.h"
#include "type.h"

#define FIRST_ADDRESS 0xffff888000100000 // where x86-64 has its memory: any kernel address would do
#define APART	      4096
#define ARG_ROOM      16

struct region {
	struct region *next;
	uint64_t address;
	size_t size;
	unsigned char *bytes;
};

struct value {
	const char *name;
	struct value_type type;
	unsigned char bytes[ARG_ROOM];
	bool is_set;
};

struct ks_hit {
	struct ks_variant *variant;
	uint32_t point;
	struct arena arena; // regions and the record
	struct region *regions;
	uint64_t next_address;
	struct value args[MAX_ARGS + 1]; // and retval
	uint32_t count;
	bool has_elapsed;
	uint64_t elapsed, pid, tid, uid, gid, cpu, cgroup, time;
	char comm[16];
	const char *missing; // an argument that was asked for and not set
};

// --- where it is ------------------------------------------------------------------------------

// One moment, with nothing of a call in it.
static bool is_event(const struct ks_variant *v)
{
	return v->kind == ATTACH_TP_BTF || v->kind == ATTACH_RAW_TP || v->kind == ATTACH_TP ||
	       v->kind == ATTACH_PROFILE;
}

static bool is_return(const struct ks_variant *v)
{
	return v->kind == ATTACH_FEXIT || v->kind == ATTACH_KRETPROBE ||
	       v->kind == ATTACH_MULTI_RETURN;
}

// Is it put there in the way that the place asks for?
static bool is_by(const struct ks_variant *v, const struct place *at)
{
	if (at->force == PLACE_FENTRY)
		return v->kind == ATTACH_FENTRY || v->kind == ATTACH_FEXIT;
	return at->force == PLACE_ANY || v->kind == ATTACH_KPROBE || v->kind == ATTACH_KRETPROBE ||
	       v->kind == ATTACH_MULTI || v->kind == ATTACH_MULTI_RETURN;
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
	if (*name && h->count < MAX_ARGS + 1)
		h->args[h->count++] = (struct value){.name = name, .type = *type};
}

struct ks_hit *ks_hit(struct ks_variant *v, const char *place, struct ks_error *error)
{
	int64_t point = point_at(v, place, error);
	struct ks_hit *h;

	if (point < 0)
		return NULL;
	if (v->probe->span || v->probe->within || v->probe->recorder) { // no event alone tells
		error_set(error, KS_ETYPE, "%s %s: of these no events are made up", v->probe->name,
			  v->probe->span     ? "is a span"
			  : v->probe->within ? "asks what it is within"
					     : "keeps records");
		return NULL;
	}
	h = calloc(1, sizeof(*h));
	if (!h) {
		error_nomem(error);
		return NULL;
	}
	h->variant = v;
	h->point = (uint32_t)point;
	h->next_address = FIRST_ADDRESS;
	for (uint32_t i = 0; i < v->scope.arg_count; i++)
		add_arg(h, v->scope.args[i].name, &v->scope.args[i].type);
	for (uint32_t i = 0; v->probe->is_call && i < v->open_scope.arg_count; i++)
		add_arg(h, v->open_scope.args[i].name, &v->open_scope.args[i].type);
	if (v->scope.has_retval)
		add_arg(h, "retval", &v->scope.retval);
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

// --- what is there ----------------------------------------------------------------------------

static struct region *region_at(const struct ks_hit *h, uint64_t address, size_t n)
{
	for (struct region *r = h->regions; r; r = r->next)
		if (address >= r->address && address - r->address <= r->size &&
		    n <= r->size - (address - r->address))
			return r;
	return NULL;
}

static struct region *new_region(struct ks_hit *h, size_t size, struct ks_error *error)
{
	struct region *r = arena_alloc(&h->arena, sizeof(*r));
	unsigned char *bytes = arena_alloc(&h->arena, size ? size : 1);

	if (!r || !bytes) {
		error_nomem(error);
		return NULL;
	}
	memset(bytes, 0, size);
	*r = (struct region){.next = h->regions,
			     .address = h->next_address,
			     .size = size,
			     .bytes = bytes};
	h->regions = r;
	h->next_address += (size / APART + 1) * APART;
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
	uint32_t to = 0;
	struct region *r;
	uint64_t address;

	if (!is_pointer(h, s, &to) || s->room < sizeof(address))
		return wrong(s, error, "can't be set");
	memcpy(&address, s->bytes, sizeof(address));
	if (!size && to)
		size = type_size(h->variant->scope.btf, to);
	if (!size)
		return wrong(s, error, "leads to nothing of a known size");
	r = region_at(h, address, size);
	if (!r) {
		r = new_region(h, size, error);
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

// One step of the path from a spot that an argument of BTF's type is.
static int step(struct ks_hit *h, struct spot *s, const char *name, uint32_t n,
		struct ks_error *error)
{
	const struct btf *b = h->variant->scope.btf;
	uint32_t kind = 0, to;

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
		  h->variant->scope.name, name);
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
	const struct scope *s = &h->variant->scope;
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
	struct value *v = NULL;

	for (uint32_t i = 0; i < h->count && !v; i++)
		if (strlen(h->args[i].name) == n && !memcmp(h->args[i].name, path, n))
			v = &h->args[i];
	if (!v)
		return no_name(h, path, n, error);
	*s = (struct spot){.bytes = v->bytes,
			   .room = ARG_ROOM,
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

int ks_hit_zeros(struct ks_hit *h, const char *path, struct ks_error *error)
{
	struct spot s;
	uint32_t to;

	if (find_own(path) || !strcmp(path, "comm"))
		return error_set(error, KS_ETYPE, "'%s' has no members", path);
	if (is_elsewhere(h, path))
		return 0;
	if (walk(h, path, &s, error) < 0)
		return -1;
	if (!is_pointer(h, &s, &to))
		return 0; // it lies here, and is all zeros
	return follow(h, &s, 0, error);
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

// --- a try ------------------------------------------------------------------------------------

// What one end of it sees.
struct sight {
	struct ks_hit *hit;
	const struct scope *scope;
};

static bool read_memory(void *data, bool user, uint64_t address, void *to, size_t n)
{
	const struct sight *s = data;
	const struct region *r = region_at(s->hit, address, n);

	(void)user; // what is there is there for both
	if (r)
		memcpy(to, r->bytes + (address - r->address), n);
	return r;
}

static bool read_arg(void *data, uint32_t slot, void *to, size_t n)
{
	const struct sight *s = data;
	const char *name = slot == ARG_RETVAL ? "retval" : s->scope->args[slot].name;

	for (uint32_t i = 0; i < s->hit->count; i++) {
		const struct value *v = &s->hit->args[i];

		if (!strcmp(v->name, name) && v->is_set && n <= sizeof(v->bytes)) {
			memcpy(to, v->bytes, n);
			return true;
		}
	}
	s->hit->missing = name;
	return false;
}

static int asks_elapsed(void *data, const struct node *n)
{
	if (n->kind == N_BUILTIN && n->builtin == B_ELAPSED)
		return -1;
	return (n->a && asks_elapsed(data, n->a) < 0) || (n->b && asks_elapsed(data, n->b) < 0) ||
			       (n->c && asks_elapsed(data, n->c) < 0)
		       ? -1
		       : 0;
}

static int says_nothing(const char *name, struct ks_error *error)
{
	error_set(error, KS_EABSENT, "the event says nothing of '%s', which is asked for", name);
	error_hint(error, "%s = VALUE in its table", name);
	return -2;
}

static int captures(struct ks_hit *h, const struct eval *e, unsigned char *record,
		    struct ks_error *error)
{
	const struct layout *l = &h->variant->layout;
	struct wire_header *head = (void *)record;

	for (uint32_t i = 0; i < l->count; i++) {
		const struct ks_field *f = &l->fields[i];

		if (!l->values[i] ||
		    eval_capture(e, l->values[i], record + f->offset, l->size - f->offset))
			continue;
		if (h->missing)
			return says_nothing(h->missing, error);
		if (f->nil_bit < 0)
			return error_set(error, KS_ETYPE, "'%s' can't be made up", f->name) - 1;
		head->nils |= 1ULL << f->nil_bit;
	}
	return 1;
}

int ks_hit_run(struct ks_hit *h, const struct ks_record **record, struct ks_error *error)
{
	struct ks_variant *v = h->variant;
	struct sight end = {h, &v->scope}, begin = {h, &v->open_scope};
	struct eval e = {.data = &end,
			 .read = read_memory,
			 .arg = read_arg,
			 .btf = v->scope.btf,
			 .pid_tgid = h->pid << 32 | h->tid,
			 .uid_gid = h->gid << 32 | h->uid,
			 .cgroup = h->cgroup,
			 .time = h->time,
			 .cpu = (uint32_t)h->cpu},
		    opening;
	struct wire_header *head = arena_alloc(&h->arena, v->layout.size);

	if (!head)
		return error_nomem(error) - 1;
	if (h->elapsed > h->time)
		return error_set(error, KS_ETYPE,
				 "it took %" PRIu64 " ns, and its end is at time %" PRIu64,
				 h->elapsed, h->time) -
		       1;
	// What is at the beginning of a call sees the time then.
	if (!is_event(v) && !is_return(v))
		e.time -= h->elapsed;
	if (v->probe->is_call && !h->has_elapsed && variant_each_tree(v, asks_elapsed, NULL) < 0)
		return says_nothing("elapsed", error);
	memcpy(e.comm, h->comm, sizeof(e.comm));
	opening = e;
	opening.data = &begin;
	opening.time = e.time - h->elapsed;
	e.opening = v->probe->is_call ? &opening : NULL;
	h->missing = NULL;
	for (uint32_t i = 0; i < v->where_count; i++) {
		int truth = eval_test(&e, v->wheres[i].node);

		if (truth < 0 && h->missing)
			return says_nothing(h->missing, error);
		if (truth <= 0)
			return truth;
	}
	memset(head, 0, v->layout.size);
	*head = (struct wire_header){.time = e.time,
				     .pid_tgid = e.pid_tgid,
				     .cpu = e.cpu,
				     .point = h->point};
	if (v->layout.weighs)
		*(uint64_t *)(head + 1) = 1; // all that is made up is looked at
	*record = (const struct ks_record *)head;
	return captures(h, &e, (unsigned char *)head, error);
}
