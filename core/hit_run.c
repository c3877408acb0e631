// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// What a probe's texts make of hits that are made up, by the second engine. Nothing of it asks the
// kernel. What is open, and in which call a hit lies, the caller knows.
#include <inttypes.h>
#include <string.h>

#include "error.h"
#include "eval.h"
#include "hit.h"
#include "span.h"
#include "within.h"

// One end of a hit, as the second engine looks at it; where it began, and the call around it.
struct sight {
	struct ks_hit *hit;
	const struct scope *scope;
	struct eval eval;
};

// What lies at an address: as the newest of the hits that are known there have it.
static const struct hit_region *find(const struct ks_hit *h, uint64_t address, size_t n)
{
	const struct hit_region *r = h ? hit_region_at(h, address, n) : NULL;

	if (!h || r)
		return r;
	r = find(h->opened, address, n);
	return r ? r : find(h->outer, address, n);
}

static bool read_memory(void *data, bool user, uint64_t address, void *to, size_t n)
{
	const struct sight *s = data;
	const struct hit_region *r = find(s->hit, address, n);

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
		const struct hit_value *v = &s->hit->args[i];

		if (!strcmp(v->name, name) && v->is_set && n <= sizeof(v->bytes)) {
			memcpy(to, v->bytes, n);
			return true;
		}
	}
	s->hit->missing = name;
	return false;
}

static uint64_t current_of(const struct ks_hit *h)
{
	uint64_t current = 0;

	for (uint32_t i = 0; i < h->count; i++)
		if (!strcmp(h->args[i].name, "current"))
			memcpy(&current, h->args[i].bytes, sizeof(current));
	return current;
}

static struct sight *sight_of(struct ks_hit *h, const struct scope *scope, struct ks_error *error)
{
	struct sight *s = arena_alloc(&h->arena, sizeof(*s));

	if (!s) {
		error_nomem(error);
		return NULL;
	}
	*s = (struct sight){.hit = h, .scope = scope};
	s->eval = (struct eval){.data = s,
				.read = read_memory,
				.arg = read_arg,
				.btf = scope->btf,
				.pid_tgid = h->pid << 32 | h->tid,
				.uid_gid = h->gid << 32 | h->uid,
				.cgroup = h->cgroup,
				.time = h->time,
				.cpu = (uint32_t)h->cpu,
				.current = current_of(h),
				.point = h->point,
				.caller = h->has_caller ? &h->caller : NULL,
				.frames = h->has_stack ? h->frames : NULL,
				.frame_count = h->frame_count};
	// What is at the beginning of a call sees the time then.
	if (!hit_is_moment(h) && !hit_is_return(h))
		s->eval.time -= h->elapsed;
	memcpy(s->eval.comm, h->comm, sizeof(h->comm));
	h->missing = NULL;
	return s;
}

static const struct eval *look(struct ks_hit *h, struct ks_error *error);

// Where a hit's own call began.
static const struct eval *own_opening(struct ks_hit *h, const struct eval *end,
				      struct ks_error *error)
{
	struct sight *s = sight_of(h, &h->variant->open_scope, error);

	if (!s)
		return NULL;
	s->eval.time = end->time - h->elapsed;
	s->eval.begins = h->variant->opens;
	s->eval.outer = end->outer;
	return &s->eval;
}

// The hit as its variant sees it. NULL with error.
static const struct eval *look(struct ks_hit *h, struct ks_error *error)
{
	const struct ks_variant *v = h->variant;
	struct sight *s = sight_of(h, &v->scope, error);

	if (!s)
		return NULL;
	s->eval.begins = h->begins;
	s->eval.begin = v->pairs_from.end;
	if (h->outer && !(s->eval.outer = look(h->outer, error)))
		return NULL;
	if (h->opened && !(s->eval.opening = look(h->opened, error)))
		return NULL;
	if (v->probe->is_call && !v->probe->at_entry &&
	    !(s->eval.opening = own_opening(h, &s->eval, error)))
		return NULL;
	return &s->eval;
}

// --- what it needs to know --------------------------------------------------------------------

static int asks_elapsed(void *data, const struct node *n)
{
	if (n->kind == N_BUILTIN && n->builtin == B_ELAPSED)
		return -1;
	return (n->a && asks_elapsed(data, n->a) < 0) || (n->b && asks_elapsed(data, n->b) < 0) ||
			       (n->c && asks_elapsed(data, n->c) < 0)
		       ? -1
		       : 0;
}

static int says_nothing(const char *of, const char *name, struct ks_error *error)
{
	error_set(error, KS_EABSENT, "the event%s says nothing of '%s', which is asked for", of,
		  name);
	error_hint(error, "%s = VALUE in its table", name);
	return -2;
}

// Was something asked for that neither the hit nor what it is about says? -2 with error.
static int is_missing(const struct ks_hit *h, struct ks_error *error)
{
	if (h->missing)
		return says_nothing("", h->missing, error);
	if (h->opened && h->opened->missing)
		return says_nothing(" where it opened", h->opened->missing, error);
	for (const struct ks_hit *o = h->outer; o; o = o->outer)
		if (o->missing)
			return says_nothing(" around it", o->missing, error);
	return 0;
}

// --- a try ------------------------------------------------------------------------------------

// The predicates that are tested now: 1, 0, -1 unknown, -2 with error.
static int test(struct ks_hit *h, const struct eval *e, bool all, bool late, struct ks_error *error)
{
	const struct ks_variant *v = h->variant;

	for (uint32_t i = 0; i < v->where_count; i++) {
		int truth = all || v->wheres[i].late == late ? eval_test(e, v->wheres[i].node) : 1;

		if (truth < 0 && is_missing(h, error) < 0)
			return -2;
		if (truth <= 0)
			return truth;
	}
	return 1;
}

int ks_hit_end(struct ks_hit *h, uint64_t *key, struct ks_error *error)
{
	const struct eval *e = look(h, error);
	const struct node *of = h->variant->pairs.key;
	int truth = e ? test(h, e, false, false, error) : -2;

	if (truth <= 0)
		return truth;
	*key = h->tid;
	if (!of || eval_value(e, of, key))
		return 1;
	return is_missing(h, error) < 0 ? -2 : -1;
}

// What the layout takes, into a record whose header is there.
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
		if (is_missing(h, error) < 0)
			return -2;
		if (l->values[i]->type.kind == V_STACK && !l->values[i]->type.is_user)
			return says_nothing("", "stack", error);
		if (f->nil_bit < 0)
			return error_set(error, KS_ETYPE, "'%s' can't be made up", f->name) - 1;
		head->nils |= 1ULL << f->nil_bit;
	}
	return 1;
}

static struct wire_header *record_of(struct ks_hit *h, const struct eval *e, struct ks_error *error)
{
	const struct layout *l = &h->variant->layout;
	struct wire_header *head = arena_alloc(&h->arena, l->size);

	if (!head) {
		error_nomem(error);
		return NULL;
	}
	memset(head, 0, l->size);
	*head = (struct wire_header){.time = e->time,
				     .pid_tgid = e->pid_tgid,
				     .cpu = e->cpu,
				     .point = h->point};
	return head;
}

int ks_hit_run(struct ks_hit *h, const struct ks_record **record, struct ks_error *error)
{
	const struct ks_variant *v = h->variant;
	const struct eval *e = look(h, error);
	struct wire_header *head;
	int truth;

	if (!e)
		return -2;
	if (h->elapsed > h->time)
		return error_set(error, KS_ETYPE,
				 "it took %" PRIu64 " ns, and its end is at time %" PRIu64,
				 h->elapsed, h->time) -
		       1;
	if (v->probe->is_call && !h->has_elapsed && variant_each_tree(v, asks_elapsed, NULL) < 0)
		return says_nothing("", "elapsed", error);
	truth = test(h, e, !v->probe->span, true, error);
	if (truth <= 0)
		return truth;
	head = record_of(h, e, error);
	if (!head)
		return -2;
	if (v->layout.weighs)
		*(uint64_t *)(head + 1) = 1; // all that is made up is looked at
	*record = (const struct ks_record *)head;
	return captures(h, e, (unsigned char *)head, error);
}

// --- what is open -----------------------------------------------------------------------------

void ks_hit_opened(struct ks_hit *h, struct ks_hit *opened)
{
	h->opened = opened;
}

void ks_hit_within(struct ks_hit *h, struct ks_hit *outer)
{
	h->outer = outer;
}

int ks_hit_row(struct ks_hit *h, uint64_t now, uint64_t key, const struct ks_record **record,
	       struct ks_error *error)
{
	struct ks_probe *p = h->variant->probe->trace->probes[h->variant->probe->index];
	const struct layout *l = &h->variant->layout;
	const struct eval *e = span_lay(p, error) < 0 ? NULL : look(h, error);
	struct wire_header *head = e ? record_of(h, e, error) : NULL;
	uint64_t ends[2] = {key, now > h->time ? now - h->time : 0};

	if (!head || captures(h, e, (unsigned char *)head, error) < 0)
		return -1;
	if (p->sampler.on)
		*(uint64_t *)(head + 1) = 1;
	memcpy((unsigned char *)head + l->size - sizeof(ends), ends, sizeof(ends));
	*record = (const struct ks_record *)head;
	return 0;
}
