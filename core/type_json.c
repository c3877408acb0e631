// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <inttypes.h>
#include <string.h>

#include "members.h"
#include "safe.h"
#include "type.h"
#include "type_text.h"

struct object {
	const struct type_shown *shown;
	struct buf *out;
	bool holes; // which are listed: the holes or the members
	bool first; // no comma yet
};

static void string(struct buf *out, const char *text)
{
	buf_char(out, '"');
	safe_json(out, text, strlen(text));
	buf_char(out, '"');
}

static void declared(struct object *o, uint32_t type)
{
	char text[6400];
	struct buf b = buf_over(text, sizeof(text));

	type_declare_within(o->shown->btf, type, "", o->shown->steps, &b);
	buf_end(&b);
	string(o->out, text);
}

// Of what is no member: bytes, or where it begins or ends within one, bits.
static void hole(struct object *o, const struct row *row)
{
	uint64_t at = o->shown->offset + row->offset;

	buf_printf(o->out, "%s{\"offset\":%" PRIu64 ",\"size\":%" PRIu64, o->first ? "" : ",",
		   at / 8, (at % 8 + row->size + 7) / 8);
	if (at % 8 || row->size % 8)
		buf_printf(o->out, ",\"bit_offset\":%d,\"bits\":%" PRIu64, (int)(at % 8),
			   row->size);
	buf_char(o->out, '}');
	o->first = false;
}

static void member(struct object *o, const struct row *row)
{
	uint64_t at = o->shown->offset + row->offset;

	buf_str(o->out, o->first ? "{\"name\":" : ",{\"name\":");
	if (*row->name)
		string(o->out, row->name);
	else
		buf_str(o->out, "null");
	buf_str(o->out, ",\"type\":");
	declared(o, row->type);
	buf_printf(o->out, ",\"offset\":%" PRIu64 ",\"size\":%" PRIu64, at / 8,
		   row->is_bit_field ? type_size(o->shown->btf, row->type) : row->size / 8);
	if (row->is_bit_field)
		buf_printf(o->out, ",\"bit_offset\":%d,\"bits\":%" PRIu64, (int)(at % 8),
			   row->size);
	o->first = false;
}

static void show_row(void *user, const struct row *row)
{
	struct object *o = user;

	if (o->holes && (row->kind == ROW_HOLE || row->kind == ROW_PADDING))
		hole(o, row);
	if (o->holes)
		return;
	switch (row->kind) {
	case ROW_MEMBER:
		member(o, row);
		buf_char(o->out, '}');
		break;
	case ROW_OPEN:
		member(o, row);
		buf_str(o->out, ",\"members\":[");
		o->first = true;
		break;
	case ROW_CLOSE:
		buf_str(o->out, "]}");
		o->first = false;
		break;
	default:
		break;
	}
}

// What members_walk cut short has open brackets: then there is no list at all.
static void count_open(void *user, const struct row *row)
{
	if (row->kind == ROW_CUT)
		*(bool *)user = true;
}

static void members(const struct type_shown *s, uint32_t id, struct buf *out)
{
	struct object o = {.shown = s, .out = out, .first = true};
	bool is_cut = false;

	members_walk(s->btf, id, count_open, &is_cut);
	if (is_cut) {
		buf_str(out, ",\"members\":null,\"holes\":null");
		return;
	}
	buf_str(out, ",\"members\":[");
	members_walk(s->btf, id, show_row, &o);
	o.holes = o.first = true;
	buf_str(out, "],\"holes\":[");
	members_walk(s->btf, id, show_row, &o);
	buf_char(out, ']');
}

static void values(const struct type_shown *s, uint32_t id, struct buf *out)
{
	const struct btf_type *t = btf_type(s->btf, id);

	buf_str(out, ",\"values\":[");
	for (uint32_t i = 0; i < btf_vlen(t); i++) {
		bool is_negative;
		uint64_t v = type_constant(t, i, &is_negative);

		buf_str(out, i ? ",{\"name\":" : "{\"name\":");
		string(out, type_constant_name(s->btf, t, i));
		buf_str(out, ",\"value\":");
		if (is_negative)
			buf_s64(out, (int64_t)v);
		else
			buf_u64(out, v);
		buf_char(out, '}');
	}
	buf_char(out, ']');
}

void type_json(const struct type_shown *s, struct buf *out)
{
	static const char *const kinds[] = {
		[BTF_KIND_INT] = "int",	      [BTF_KIND_PTR] = "pointer",
		[BTF_KIND_ARRAY] = "array",   [BTF_KIND_STRUCT] = "struct",
		[BTF_KIND_UNION] = "union",   [BTF_KIND_ENUM] = "enum",
		[BTF_KIND_ENUM64] = "enum",   [BTF_KIND_FLOAT] = "float",
		[BTF_KIND_FUNC_PROTO] = NULL, [BTF_KIND_FWD] = "incomplete"};
	struct object o = {.shown = s, .out = out};
	uint32_t id = type_peel(s->btf, s->id), kind = btf_kind(btf_type(s->btf, id));
	bool is_record = kind == BTF_KIND_STRUCT || kind == BTF_KIND_UNION;
	const char *word = kind < sizeof(kinds) / sizeof(*kinds) ? kinds[kind] : NULL;

	buf_str(out, "{\"name\":");
	string(out, s->title);
	buf_str(out, ",\"module\":");
	if (*s->module)
		string(out, s->module);
	else
		buf_str(out, "null");
	buf_str(out, ",\"kind\":");
	string(out, word ? word : "void");
	buf_str(out, ",\"type\":");
	declared(&o, s->id);
	buf_printf(out, ",\"offset\":%" PRIu64 ",\"size\":%" PRIu64, s->offset / 8,
		   type_size(s->btf, s->id));
	if (s->bits)
		buf_printf(out, ",\"bit_offset\":%d,\"bits\":%u", (int)(s->offset % 8), s->bits);
	if (is_record)
		members(s, id, out);
	else
		buf_str(out, ",\"members\":[]");
	if (kind == BTF_KIND_ENUM || kind == BTF_KIND_ENUM64)
		values(s, id, out);
	buf_char(out, '}');
}
