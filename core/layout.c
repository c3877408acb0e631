// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "layout.h"

#include <string.h>

#include "../bpf/wire.h"
#include "error.h"

_Static_assert(sizeof(struct ks_slice) == SLICE_HEAD, "what a slice begins with");
_Static_assert(sizeof(struct wire_header) == WIRE_HEADER, "the header is what both sides think");
_Static_assert(offsetof(struct ks_record, data) == WIRE_HEADER, "ks_record is wire_header");
_Static_assert(offsetof(struct ks_record, nils) == offsetof(struct wire_header, nils), "");

void layout_init(struct layout *l)
{
	static const struct ks_field always[] = {
		{.name = "time", .type = "unsigned long", .unit = KS_TIME, .offset = 0, .size = 8},
		{.name = "cpu", .type = "unsigned int", .offset = 16, .size = 4},
		{.name = "pid", .type = "unsigned int", .offset = 12, .size = 4},
		{.name = "tid", .type = "unsigned int", .offset = 8, .size = 4},
		{.name = "func", .type = "char *", .kind = KS_FUNC, .offset = 20, .size = 4},
	};

	l->count = sizeof(always) / sizeof(*always);
	l->size = WIRE_HEADER;
	l->nil_bits = 0;
	for (uint32_t i = 0; i < l->count; i++) {
		l->fields[i] = always[i];
		l->fields[i].nil_bit = -1;
		l->fields[i].spec = "";
		l->values[i] = NULL;
		l->plans[i] = NULL;
		l->ends[i] = NULL;
	}
}

int layout_add(struct layout *l, struct ks_field field, const struct node *value, bool can_fail,
	       struct ks_error *error)
{
	uint32_t align = field.kind == KS_VALUE || field.kind == KS_PATH ||
					 field.kind == KS_CHANGES || field.kind == KS_STACK ||
					 field.kind == KS_USTACK
				 ? 8
			 : field.kind == KS_STR || field.kind == KS_INET    ? 4
			 : field.kind == KS_CHARS || field.kind == KS_BYTES ? 1
									    : field.size;

	if (l->count == MAX_FIELDS)
		return error_set(error, KS_ELIMIT, "more than %d captures", MAX_FIELDS);
	if (can_fail && l->nil_bits == WIRE_NILS)
		return error_set(error, KS_ELIMIT, "more than %d captures that read memory",
				 WIRE_NILS);
	if (l->is_key && (field.kind == KS_STACK || field.kind == KS_USTACK))
		field.size = 8;
	l->size = (l->size + align - 1) & ~(align - 1);
	if (l->size > MAX_RECORD || field.size > MAX_RECORD - l->size)
		return error_set(error, KS_ELIMIT, "a record of more than %d bytes", MAX_RECORD);
	field.offset = l->size;
	field.nil_bit = can_fail ? (int32_t)l->nil_bits++ : -1;
	l->size += field.size;
	l->fields[l->count] = field;
	l->values[l->count] = value;
	l->plans[l->count] = NULL;
	l->ends[l->count] = NULL;
	return (int)l->count++;
}

int layout_weigh(struct layout *l, struct ks_error *error)
{
	static const struct ks_field weight = {.name = "weight",
					       .type = "unsigned long",
					       .size = 8,
					       .spec = ""};

	l->weighs = true;
	return layout_add(l, weight, NULL, false, error);
}

int layout_find(const struct layout *l, const char *name, size_t len)
{
	for (uint32_t i = 0; i < l->count; i++)
		if (strlen(l->fields[i].name) == len && !memcmp(l->fields[i].name, name, len))
			return (int)i;
	return -1;
}

void layout_dump(const struct layout *l, struct buf *out)
{
	static const char *const kinds[] = {"int",    "bool",  "enum",	  "pointer", "chars",
					    "string", "place", "bytes",	  "address", "value",
					    "path",   "float", "changes", "stack",   "ustack"};

	buf_str(out, "offset  size  nil  kind     name = type\n");
	for (uint32_t i = 0; i < l->count; i++) {
		const struct ks_field *f = &l->fields[i];

		buf_printf(out, "%6u  %4u  ", f->offset, f->size);
		if (f->nil_bit >= 0)
			buf_printf(out, "%3d", f->nil_bit);
		else
			buf_str(out, "  -");
		buf_printf(out, "  %-7s  ", kinds[f->kind]);
		buf_str(out, f->name);
		buf_str(out, " = ");
		buf_str(out, f->type);
		buf_char(out, '\n');
	}
	buf_printf(out, "record: %u bytes\n", (l->size + 7) & ~7u);
}
