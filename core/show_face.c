// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "show_face.h"

#include <stdlib.h>
#include <string.h>

#include "formatter_rows.h"
#include "safe.h"

#define FACES	  8	     // of one plan; the oldest makes room for another
#define MAX_TEXT  (16 << 20) // bytes, of one face
#define MAX_NAME  512	     // bytes of a member's name that are shown
#define MAX_LEVEL 64

struct builder {
	struct plan_face *face;
	const struct plan *plan;
	struct show_op *ops;
	uint32_t count, room;
	char *text;
	size_t len, text_room;
	bool failed;
};

static bool is_dump(const struct builder *b)
{
	return b->face->form == SHOW_DUMP;
}

static struct show_op *push(struct builder *b, uint8_t code)
{
	if (b->count == b->room) {
		uint32_t room = b->room ? b->room * 2 : 64;
		struct show_op *ops = realloc(b->ops, room * sizeof(*ops));

		if (!ops) {
			b->failed = true;
			return b->ops; // there is one: see show_face
		}
		b->ops = ops;
		b->room = room;
	}
	b->ops[b->count] = (struct show_op){.code = code};
	return &b->ops[b->count++];
}

// Keeps text: where it is then.
static uint32_t keep(struct builder *b, const char *text, size_t n)
{
	size_t at = b->len;

	if (b->len + n + SHOW_COPY > b->text_room) {
		size_t room = (b->text_room + n) * 2 + 4096;
		char *more = room < MAX_TEXT * 3 ? realloc(b->text, room) : NULL;

		if (!more) {
			b->failed = true;
			return 0;
		}
		b->text = more;
		b->text_room = room;
	}
	memcpy(b->text + at, text, n);
	b->len += n;
	if (b->len > MAX_TEXT)
		b->failed = true;
	return (uint32_t)at;
}

static void add_indent(const struct builder *b, uint32_t depth, struct buf *out)
{
	const struct plan_face *f = b->face;
	size_t n = strlen(f->indent);

	if (f->compact || f->form == SHOW_LINE || f->form == SHOW_JSON)
		return;
	for (uint32_t i = 0; i < (uint32_t)f->level + depth; i++)
		buf_add(out, f->indent, n);
}

static void keep_prefix(struct builder *b, struct show_op *op, struct buf *text)
{
	size_t n = text->len < SHOW_PREFIX ? text->len : SHOW_PREFIX;

	op->at = keep(b, text->p, n);
	op->prefix_len = (uint16_t)n;
}

// What stands in front of a step's value.
static void prefix(struct builder *b, struct show_op *op, const struct plan_step *s, uint32_t depth,
		   bool in_array)
{
	char room[SHOW_PREFIX];
	struct buf text = buf_over(room, sizeof(room));
	size_t n = strnlen(s->name, MAX_NAME);

	if (depth || is_dump(b))
		add_indent(b, depth, &text);
	if (b->face->form == SHOW_JSON && s->is_member) {
		buf_char(&text, '"');
		safe_json(&text, s->name, n);
		buf_str(&text, "\":");
	} else if (n && b->face->form != SHOW_JSON && !b->face->skip_names) {
		buf_char(&text, '.');
		safe_text(&text, s->name, n);
		buf_str(&text, " = ");
	}
	if (is_dump(b) && !b->face->skip_names && !in_array) {
		char cast_room[SHOW_PREFIX / 2];
		struct buf cast = buf_over(cast_room, sizeof(cast_room));

		show_cast(b->plan->btf, s->type_id, &cast);
		safe_text(&text, cast.p, cast.len < cast.cap ? cast.len : cast.cap);
	}
	keep_prefix(b, op, &text);
}

static uint8_t load_of(const struct plan_step *s)
{
	if (s->bits)
		return s->is_signed ? LOAD_SIGNED_BITS : LOAD_BITS;
	switch (s->size) {
	case 1:
		return s->is_signed ? LOAD_S8 : LOAD_U8;
	case 2:
		return s->is_signed ? LOAD_S16 : LOAD_U16;
	case 4:
		return s->is_signed ? LOAD_S32 : LOAD_U32;
	default:
		return LOAD_64;
	}
}

static uint8_t write_of(const struct builder *b, const struct plan_step *s, bool is_element)
{
	uint8_t number = s->is_signed ? WRITE_SIGNED : WRITE_UNSIGNED;

	if (b->face->form == SHOW_JSON)
		return s->kind == PLAN_PTR    ? WRITE_QUOTED_HEX
		       : s->kind == PLAN_BOOL ? WRITE_JSON_BOOL
					      : number;
	if (is_dump(b))
		return s->kind == PLAN_PTR	    ? WRITE_NIL_HEX
		       : s->kind == PLAN_ENUM	    ? WRITE_CONSTANT
		       : s->bits		    ? WRITE_HEX
		       : is_element && s->size == 1 ? WRITE_CHAR_LOOSE
						    : number;
	if (s->kind == PLAN_PTR)
		return WRITE_POINTER;
	if (b->face->hex)
		return WRITE_HEX;
	return s->kind == PLAN_ENUM   ? WRITE_CONSTANT
	       : s->kind == PLAN_BOOL ? WRITE_BOOL
	       : s->kind == PLAN_CHAR ? WRITE_CHAR
				      : number;
}

static bool is_scalar(const struct plan_step *s)
{
	return s->kind != PLAN_STRUCT && s->kind != PLAN_UNION && s->kind != PLAN_ARRAY &&
	       s->kind != PLAN_NOTHING && s->kind != PLAN_FLOAT &&
	       (s->bits ? s->bits <= 64 : s->size <= 8);
}

// Does the form leave out a member that is 0?
static bool skips(const struct builder *b, const struct plan_step *s, bool in_array)
{
	switch (b->face->form) {
	case SHOW_DUMP:
		return !b->face->emit_zeroes && s->depth > 0 && !in_array;
	case SHOW_LINE:
	case SHOW_TREE:
		return s->is_member;
	default:
		return false;
	}
}

static struct show_op *start(struct builder *b, uint8_t code, uint32_t step, uint32_t depth,
			     bool in_array)
{
	const struct plan_step *s = &b->plan->steps[step];
	struct show_op *op = push(b, code);

	op->offset = s->offset;
	op->end = s->offset + s->size;
	op->step = step;
	op->is_member = s->is_member;
	op->is_signed = s->is_signed;
	op->skip = skips(b, s, in_array);
	op->bits = s->bits;
	op->shift = s->shift;
	op->next = b->count;
	prefix(b, op, s, depth, in_array);
	return op;
}

static void scalar(struct builder *b, uint32_t step, uint32_t depth, bool in_array)
{
	const struct plan_step *s = &b->plan->steps[step];
	struct show_op *op = start(b, load_of(s), step, depth, in_array);

	op->write = write_of(b, s, in_array && !s->is_member);
	if (s->kind == PLAN_ENUM) {
		op->constants = s->constants;
		op->is_enum64 = btf_kind(btf_type(b->plan->btf, s->peeled)) == BTF_KIND_ENUM64;
	}
}

// is_line: nothing stands in front of the brace.
static void close(struct builder *b, uint32_t opened, uint8_t code, uint32_t depth, char brace,
		  bool is_line)
{
	struct show_op *op = push(b, code);
	char room[SHOW_PREFIX];
	struct buf text = buf_over(room, sizeof(room));

	op->next = opened;
	if (!is_line)
		add_indent(b, depth, &text);
	buf_char(&text, brace);
	keep_prefix(b, op, &text);
	b->ops[opened].next = b->count;
}

static void add(struct builder *b, uint32_t step, uint32_t depth, bool in_array);
static void add_shown(struct builder *b, uint32_t step, uint32_t depth, bool in_array);

static void add_struct(struct builder *b, uint32_t step, uint32_t depth, bool in_array)
{
	const struct plan_step *steps = b->plan->steps, *s = &steps[step];
	bool merged = s->is_member && !*s->name && !is_dump(b);
	uint32_t opened = b->count;

	if (!merged)
		start(b, SHOW_OPEN, step, depth, in_array);
	for (uint32_t i = step + 1; i < s->next && !b->failed; i = steps[i].next)
		add(b, i, depth + !merged, in_array);
	if (!merged)
		close(b, opened, SHOW_CLOSE, depth, '}', false);
}

static void add_array(struct builder *b, uint32_t step, uint32_t depth, bool in_array)
{
	const struct plan_step *s = &b->plan->steps[step], *element = s + 1;
	uint32_t opened = b->count, stride = element->size;
	bool is_open = b->plan->is_elements && step == 0;
	bool is_string = s->is_text && !is_dump(b) && !b->face->hex;
	uint8_t code = is_string ? SHOW_STRING
		       : is_scalar(element) && (!element->formatter || b->face->plain)
			       ? SHOW_SCALARS
			       : SHOW_ARRAY;
	struct show_op *op = start(b, code, step, depth, in_array);
	char brace = b->face->form == SHOW_JSON || is_dump(b) ? ']' : '}';

	op->count = is_open ? UINT32_MAX : s->count;
	op->stride = stride;
	if (is_open)
		op->end = UINT32_MAX;
	if (code == SHOW_STRING)
		return;
	op->until_nul = element->kind == PLAN_CHAR && is_dump(b);
	if (code == SHOW_ARRAY) {
		add(b, step + 1, depth + 1, true);
		close(b, opened, SHOW_AGAIN, depth, brace, false);
		return;
	}
	scalar(b, step + 1, depth + 1, true);
	if (!is_dump(b))
		b->ops[opened + 1].prefix_len = 0; // all on one line
	close(b, opened, SHOW_CLOSE, depth, brace, !is_dump(b));
}

// Formatters of numbers, which most structs have many of, are none for us.
static void add_formatted(struct builder *b, uint32_t step, uint32_t depth, bool in_array)
{
	const struct plan_step *s = &b->plan->steps[step];
	bool is_signed = s->formatter->show == formatter_show_signed;
	struct plan_step number = {.size = s->size, .is_signed = is_signed};
	struct show_op *op = start(b, SHOW_FORMATTED, step, depth, in_array);

	op->formatter = s->formatter;
	if ((!is_signed && s->formatter->show != formatter_show_unsigned) ||
	    (s->size != 4 && s->size != 8))
		return;
	op->code = load_of(&number);
	op->write = is_signed ? WRITE_SIGNED : WRITE_UNSIGNED;
}

// A union's member, which is shown unless it is known that another is in use.
static void add_choice(struct builder *b, uint32_t step, uint32_t depth)
{
	const struct plan_step *s = &b->plan->steps[step];
	uint32_t at = b->count;
	struct show_op *op = push(b, SHOW_CHOICE);

	op->offset = s->offset;
	op->end = s->offset + s->size;
	op->choice = s->choice;
	add_shown(b, step, depth, false);
	b->ops[at].next = b->count;
}

static void add(struct builder *b, uint32_t step, uint32_t depth, bool in_array)
{
	bool picks = b->face->form == SHOW_LINE || b->face->form == SHOW_TREE;

	if (b->plan->steps[step].choice && picks && !b->face->plain)
		add_choice(b, step, depth);
	else
		add_shown(b, step, depth, in_array);
}

static void add_shown(struct builder *b, uint32_t step, uint32_t depth, bool in_array)
{
	const struct plan_step *s = &b->plan->steps[step];

	if (b->failed)
		return;
	if (s->formatter && !b->face->plain &&
	    (b->face->form != SHOW_JSON || s->formatter->json != FORMATTER_PLAIN)) {
		add_formatted(b, step, depth, in_array);
		return;
	}
	switch (s->kind) {
	case PLAN_STRUCT:
	case PLAN_UNION:
		add_struct(b, step, depth, in_array);
		break;
	case PLAN_ARRAY:
		add_array(b, step, depth, in_array);
		break;
	case PLAN_NOTHING:
		start(b, SHOW_NOTHING, step, depth, in_array);
		break;
	case PLAN_FLOAT:
		start(b, SHOW_REAL, step, depth, in_array);
		break;
	default:
		if (is_scalar(s))
			scalar(b, step, depth, in_array);
		else
			start(b, SHOW_WIDE, step, depth, in_array);
		break;
	}
}

static void set_form(struct plan_face *f, const struct show *how, uint8_t form)
{
	const struct show_dump *d = &how->dump;

	f->form = form;
	f->indent[0] = '\t';
	f->level = form == SHOW_TREE || form == SHOW_FULL ? how->level : 0;
	f->hex = how->hex && form != SHOW_DUMP && form != SHOW_JSON;
	f->plain = how->plain || f->hex || form == SHOW_DUMP;
	if (form == SHOW_DUMP) {
		f->compact = d->compact;
		f->skip_names = d->skip_names;
		f->emit_zeroes = d->emit_zeroes;
		f->level = d->indent_level;
		if (d->indent_str)
			strncpy(f->indent, d->indent_str, sizeof(f->indent) - 1);
	}
	f->level = f->level < 0 ? 0 : f->level > MAX_LEVEL ? MAX_LEVEL : f->level;
	f->separator[0] = ',';
	f->separator_len = form == SHOW_JSON || f->compact ? 1 : 2;
	f->separator[1] = form == SHOW_LINE ? ' ' : '\n';
	f->strip = form == SHOW_LINE || form == SHOW_JSON ? f->separator_len : 0;
	f->open[0] = '{';
	f->open_array[0] = form == SHOW_JSON || form == SHOW_DUMP ? '[' : '{';
	f->open[1] = f->open_array[1] = '\n';
	f->open_len = f->open_array_len = f->strip || f->compact ? 1 : 2;
	f->list_separator[0] = ',';
	f->list_separator[1] = form == SHOW_DUMP ? '\n' : ' ';
	f->list_len = f->separator_len;
	f->fold = form == SHOW_LINE || form == SHOW_TREE || form == SHOW_FULL;
	f->omit = form == SHOW_LINE || form == SHOW_TREE;
	f->tight = form != SHOW_DUMP;
}

static bool is_for(const struct plan_face *f, const struct plan_face *wanted)
{
	return f->form == wanted->form && f->hex == wanted->hex && f->plain == wanted->plain &&
	       f->compact == wanted->compact && f->skip_names == wanted->skip_names &&
	       f->emit_zeroes == wanted->emit_zeroes && f->level == wanted->level &&
	       !strcmp(f->indent, wanted->indent);
}

// Prefixes are where they stay.
static void settle(struct show_op *ops, uint32_t count, const char *text)
{
	for (uint32_t i = 0; i < count; i++) {
		ops[i].prefix = text + ops[i].at;
		ops[i].room = (uint16_t)(ops[i].prefix_len + 2 * SHOW_COPY + 2 * SHOW_ROOM);
	}
}

static void build(struct plan_face *f, const struct plan *plan)
{
	struct builder b = {.face = f, .plan = plan};
	char *text;
	void *ops;

	b.ops = malloc(64 * sizeof(*b.ops));
	b.room = b.ops ? 64 : 0;
	if (!b.ops)
		return;
	add(&b, 0, 0, false);
	push(&b, SHOW_END);
	text = b.failed ? NULL : arena_alloc(&f->arena, b.len + SHOW_COPY);
	ops = b.failed ? NULL : arena_alloc(&f->arena, b.count * sizeof(*b.ops));
	if (text && ops) {
		if (b.len)
			memcpy(text, b.text, b.len);
		f->ops = memcpy(ops, b.ops, b.count * sizeof(*b.ops));
		settle(ops, b.count, text);
		f->is_complete = true;
	}
	free(b.text);
	free(b.ops);
}

static void free_face(struct plan_face *f)
{
	arena_fini(&f->arena);
	free(f);
}

void show_faces_free(struct plan_face *first)
{
	while (first) {
		struct plan_face *next = first->next;

		free_face(first);
		first = next;
	}
}

static const struct plan_face *make(const struct plan *plan, const struct plan_face *wanted)
{
	struct plan_face *made = malloc(sizeof(*made)), **last;
	int n = 0;

	if (!made)
		return NULL;
	*made = *wanted;
	build(made, plan);
	for (last = plan->faces; *last && n < FACES - 1; last = &(*last)->next)
		n++;
	show_faces_free(*last);
	*last = NULL;
	made->next = *plan->faces;
	*plan->faces = made;
	return made;
}

const struct plan_face *show_face(const struct plan *plan, const struct show *how, uint8_t form)
{
	struct plan_face wanted = {0};
	const struct plan_face *f;

	set_form(&wanted, how, form);
	for (f = *plan->faces; f; f = f->next)
		if (is_for(f, &wanted))
			break;
	if (!f)
		f = make(plan, &wanted);
	return f && f->is_complete ? f : NULL;
}
