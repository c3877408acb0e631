// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "field.h"

#include <string.h>

#include "check.h"
#include "formatter.h"
#include "trace.h"
#include "type.h"

const char *field_spell(struct ks_variant *v, const struct value_type *t)
{
	char text[160];
	struct buf b = buf_over(text, sizeof(text));

	if (!t->id)
		return t->spell ? t->spell : "unsigned long";
	type_declare(v->scope.btf, t->id, "", &b);
	buf_end(&b);
	return arena_copy(&v->probe->trace->keep, text, strlen(text));
}

static uint32_t elements_of(const struct btf *b, uint32_t id)
{
	return ((const struct btf_array *)(type_peeled(b, id) + 1))->nelems;
}

// Two of one kind, one behind the other.
static struct ks_field changes(struct ks_variant *v, const struct node *n)
{
	struct ks_field is = field_of(v, n->b);

	return (struct ks_field){.kind = KS_CHANGES,
				 .type = is.type,
				 .type_id = is.type_id,
				 .size = (uint32_t)n->number + is.size,
				 .spec = ""};
}

struct ks_field field_of(struct ks_variant *v, const struct node *n)
{
	const struct value_type *t = &n->type;
	struct ks_field f = {.unit = t->unit,
			     .is_signed = t->is_signed,
			     .size = t->size,
			     .type_id = t->id,
			     .spec = ""};

	if (n->kind == N_CHANGES)
		return changes(v, n);
	switch (t->kind) {
	case V_PTR:
		f.kind = KS_PTR;
		f.size = 8;
		break;
	case V_CHARS:
		f.kind = check_holds_text(v->scope.btf, n) ? KS_CHARS : KS_VALUE;
		f.count = f.kind == KS_VALUE ? elements_of(v->scope.btf, t->id) : 0;
		break;
	case V_STR:
		f.kind = KS_STR;
		f.size += 4;
		break;
	case V_BYTES:
		f.kind = KS_BYTES;
		break;
	case V_ADDR:
		f.kind = KS_INET;
		break;
	case V_STRUCT:
		f.kind = KS_VALUE;
		break;
	case V_ARRAY:
		f.kind = KS_VALUE;
		f.count = elements_of(v->scope.btf, t->id);
		break;
	case V_SLICE:
		f.kind = KS_VALUE;
		f.is_slice = true;
		f.type_id = t->to;
		f.count = n->count;
		f.size += SLICE_HEAD;
		break;
	case V_PATH:
		f.kind = KS_PATH;
		break;
	case V_STACK:
		f.kind = t->is_user ? KS_USTACK : KS_STACK;
		f.count = n->count;
		f.is_part = n->is_part;
		break;
	default:
		f.kind = t->is_bool ? KS_BOOL : t->is_enum && t->id ? KS_ENUM : KS_INT;
		break;
	}
	if (t->kind == V_TEXT) { // func, or entry(func)
		f.kind = KS_FUNC;
		f.size = 4;
	}
	f.type = field_spell(v, t);
	if (f.unit == KS_SYMBOL || f.kind == KS_STACK)
		v->probe->trace->wants_symbols = true;
	return f;
}

int field_header(const struct ks_variant *v, const struct node *n)
{
	static const char *const names[] = {[B_PID] = "pid",
					    [B_TID] = "tid",
					    [B_CPU] = "cpu",
					    [B_TIME] = "time",
					    [B_FUNC] = "func"};

	if (n->kind != N_BUILTIN || n->builtin >= sizeof(names) / sizeof(*names) ||
	    !names[n->builtin])
		return -1;
	return layout_find(&v->layout, names[n->builtin], strlen(names[n->builtin]));
}

// What means more than its type: saddr in struct iphdr, an argument of type dev_t, h_source.
static void give_formatter(struct ks_variant *v, struct layout *l, uint32_t index,
			   const struct node *n)
{
	const struct btf *btf = v->scope.btf;
	const struct ks_field *f = &l->fields[index];
	const struct formatter *found = NULL;
	bool is_number = f->kind == KS_INT || f->kind == KS_ENUM || f->kind == KS_BOOL;

	l->formats[index] = is_number ? check_format(&v->scope, n) : 0;
	// Of a whole value, what its type does not say: its plan knows that.
	if (f->kind == KS_INT || (f->kind == KS_VALUE && !f->is_slice &&
				  !formatter_of(btf, f->type_id) && !check_format(&v->scope, n)))
		found = check_formatter(btf, n);
	l->formatters[index] = found;
	l->details[index] = found ? formatter_detail(found, btf, v->probe->trace->tick_ns) : 0;
}

// How a whole value is shown, found out before the first event. What nests too deep for a plan is
// shown as bytes.
static void make_plan(struct ks_variant *v, struct layout *l, uint32_t index)
{
	struct ks_trace *t = v->probe->trace;
	const struct ks_field *f = &l->fields[index];
	struct plans *plans = trace_plans(t, v->scope.btf);
	const struct plan *plan;

	if (f->kind != KS_VALUE || !plans)
		return;
	plan = f->is_slice ? plan_of_elements(plans, f->type_id) : plan_of(plans, f->type_id);
	l->plans[index] = plan;
	for (uint32_t i = 0; plan && i < plan->count; i++)
		t->wants_symbols = t->wants_symbols || plan->steps[i].kind == PLAN_PTR;
}

void field_know(struct ks_variant *v, struct layout *l, uint32_t index, const struct node *n)
{
	give_formatter(v, l, index, n);
	make_plan(v, l, index);
}

int field_split(struct ks_variant *v, struct layout *l, uint32_t index, const struct node *n,
		const char *name)
{
	struct arena *keep = &v->probe->trace->keep;
	const struct ks_field *f = &l->fields[index];
	const char *behind = n->b->kind == N_DEREF ? "->" : n->type.kind == V_STRUCT ? "." : "";
	struct layout_ends *e = arena_alloc(keep, sizeof(*e));
	size_t size = strlen(name) + strlen(behind) + 1;
	char *path = arena_alloc(keep, size);
	struct buf b;

	if (!e || !path)
		return -1;
	b = buf_over(path, size);
	buf_str(&b, name);
	buf_str(&b, behind);
	buf_end(&b);
	e->path = path;
	for (; e->layout.count < 2; e->layout.count++) {
		struct ks_field *end = &e->layout.fields[e->layout.count];

		*end = field_of(v, n->b);
		end->name = f->name;
		end->nil_bit = -1;
		end->offset = f->offset + e->layout.count * (uint32_t)n->number;
		field_know(v, &e->layout, e->layout.count, n->b);
	}
	l->ends[index] = e;
	l->formats[index] = 0;
	l->formatters[index] = NULL;
	return 0;
}
