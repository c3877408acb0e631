// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Types by their names in C, for casts, sizeof and whoever knows a type only as text.
#include "checker.h"

#include <stdio.h>
#include <string.h>

#include "error.h"
#include "fold.h"
#include "nearest.h"
#include "type.h"

// A type's words and stars, as they are read.
struct reader {
	const struct btf *btf;
	struct arena *arena;
	struct ks_error *error;
	const struct token *t;		// the next token
	const struct token *tag, *name; // of "struct x": both; of a typedef: name
	uint8_t is_unsigned, is_signed, is_short, longs, ints, chars, voids, bools;
	uint32_t stars;
	bool is_user; // __user stands before the last star
	bool lost_user;
};

static bool word(const struct token *t, const char *name)
{
	return t->kind == T_NAME && strlen(name) == t->n && !memcmp(t->p, name, t->n);
}

static bool qualifier(struct reader *r)
{
	static const char *const words[] = {"const", "volatile", "restrict", "__restrict", "__user",
					    "__rcu", "__percpu", "__kernel", "__force"};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (word(r->t, words[i])) {
			r->lost_user = r->lost_user || i == 4;
			r->t++;
			return true;
		}
	}
	return false;
}

static bool integer_word(struct reader *r)
{
	const struct {
		const char *name;
		uint8_t *count;
	} words[] = {
		{"unsigned", &r->is_unsigned}, {"signed", &r->is_signed}, {"short", &r->is_short},
		{"long", &r->longs},	       {"int", &r->ints},	  {"char", &r->chars},
		{"void", &r->voids},	       {"_Bool", &r->bools},	  {"bool", &r->bools},
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (word(r->t, words[i].name) && *words[i].count < 3) {
			++*words[i].count;
			r->t++;
			return true;
		}
	}
	return false;
}

static bool any_integer(const struct reader *r)
{
	return r->is_unsigned || r->is_signed || r->is_short || r->longs || r->ints || r->chars ||
	       r->voids || r->bools;
}

// type = {qualifier | word} {"*" {qualifier}}
static int read_words(struct reader *r)
{
	const struct token *from = r->t;

	for (;;) {
		bool tag = word(r->t, "struct") || word(r->t, "union") || word(r->t, "enum");

		if (qualifier(r))
			continue;
		if (r->name || (!tag && integer_word(r)))
			if (!r->name)
				continue;
		if (r->name || any_integer(r) || r->t->kind != T_NAME)
			break;
		if (tag && r->t[1].kind == T_NAME)
			r->tag = r->t++;
		r->name = r->t++;
	}
	while (r->t->kind == T_OPERATOR && r->t->op == '*') {
		r->stars++;
		r->is_user = r->lost_user;
		r->lost_user = false;
		r->t++;
		while (qualifier(r))
			;
	}
	if (r->name || any_integer(r))
		return 0;
	return error_at(r->error, KS_ESYNTAX, from->pos, from->len, "a type should be here");
}

static uint32_t find(const struct btf *b, uint32_t kind, const char *name)
{
	uint32_t id = 0;

	for (; b && !id; b = b->base)
		id = btf_find(b, kind, name, 0);
	return id;
}

// What the tags stand for; a struct of which only the name is known comes last.
static uint32_t find_tagged(const struct reader *r, const char *name)
{
	uint32_t id;

	if (word(r->tag, "enum")) {
		id = find(r->btf, BTF_KIND_ENUM, name);
		return id ? id : find(r->btf, BTF_KIND_ENUM64, name);
	}
	id = find(r->btf, word(r->tag, "union") ? BTF_KIND_UNION : BTF_KIND_STRUCT, name);
	return id ? id : find(r->btf, BTF_KIND_FWD, name);
}

static const char *tag_of(uint32_t kind)
{
	switch (kind) {
	case BTF_KIND_STRUCT:
		return "struct ";
	case BTF_KIND_UNION:
		return "union ";
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		return "enum ";
	case BTF_KIND_TYPEDEF:
		return "";
	default:
		return NULL;
	}
}

// The error for a name that BTF does not have, with what is close: another kind of type of the same
// name first.
static int unknown(struct reader *r, const char *name)
{
	const char *tag = !r->tag		  ? ""
			  : word(r->tag, "enum")  ? "enum "
			  : word(r->tag, "union") ? "union "
						  : "struct ";
	uint32_t start = r->tag ? r->tag->pos : r->name->pos;
	char wanted[NEAREST_NAME], offered[NEAREST_NAME];
	struct nearest near;

	error_at(r->error, KS_ENAME, start, r->name->pos + r->name->len - start,
		 "this kernel has no type '%s%s'", tag, name);
	snprintf(wanted, sizeof(wanted), "%s%s", tag, name);
	nearest_init(&near, wanted, strlen(wanted));
	for (uint32_t id = 1; id < r->btf->end; id++) {
		const struct btf_type *t = btf_type(r->btf, id);
		const char *other = tag_of(btf_kind(t)), *has = btf_string(r->btf, t->name_off);

		if (!other || !*has)
			continue;
		if (!strcmp(has, name)) {
			error_hint(r->error, "there is %s%s", other, has);
			return -1;
		}
		snprintf(offered, sizeof(offered), "%s%s", other, has);
		if (!strcmp(other, tag))
			nearest_offer(&near, offered);
	}
	nearest_hint(&near, r->error);
	return -1;
}

// char, which is signed or not (since v6.2 it is not), is another type than both that say it. What BTF
// says of signed char is not to be relied on, either (v5.10).
static uint32_t find_integer(const struct btf *b, uint32_t size, bool is_signed, bool is_bool,
			     bool is_char)
{
	uint32_t nearly = 0;

	for (uint32_t id = 1; id < b->end; id++) {
		const struct btf_type *t = btf_type(b, id);
		const char *name = btf_string(b, t->name_off);
		bool named_char, other, fits;
		uint32_t encoding;

		if (btf_kind(t) != BTF_KIND_INT || t->size != size)
			continue;
		encoding = BTF_INT_ENCODING(*(const uint32_t *)(t + 1));
		named_char = !strcmp(name, "char");
		other = named_char || (!is_signed && !strcmp(name, "signed char"));
		fits = is_signed == !!(encoding & BTF_INT_SIGNED) &&
		       is_bool == !!(encoding & BTF_INT_BOOL);
		if (is_char ? named_char : fits && !other)
			return id;
		if (fits)
			nearly = id;
	}
	return is_char ? 0 : nearly;
}

static const char *integer_name(const struct value_type *t, bool is_char)
{
	static const char *const names[][2] = {{"unsigned char", "signed char"},
					       {"unsigned short", "short"},
					       {"unsigned int", "int"},
					       {"unsigned long", "long"}};

	if (t->is_bool || is_char)
		return is_char ? "char" : "_Bool";
	return names[t->size == 1 ? 0 : t->size == 2 ? 1 : t->size == 4 ? 2 : 3][t->is_signed];
}

// The integer that the words make; *id is BTF's, 0 when it has none.
static int integer(struct reader *r, const struct token *from, struct value_type *ret, uint32_t *id)
{
	bool is_char = r->chars && !r->is_unsigned && !r->is_signed;
	uint32_t size = r->chars ? 1 : r->is_short ? 2 : r->longs ? 8 : r->bools ? 1 : 4;

	if (r->is_unsigned + r->is_signed > 1 || r->is_short > 1 || r->longs > 2 || r->ints > 1 ||
	    r->chars + r->bools + r->voids + (r->longs || r->is_short || r->ints) > 1 ||
	    (r->longs && r->is_short) || ((r->bools || r->voids) && r->is_unsigned + r->is_signed))
		return error_at(r->error, KS_ESYNTAX, from->pos,
				r->t[-1].pos + r->t[-1].len - from->pos,
				"these words make no type in C");
	*ret = (struct value_type){.kind = V_INT,
				   .size = size,
				   .is_signed = !r->is_unsigned && !r->bools,
				   .is_bool = r->bools != 0};
	if (r->voids) {
		*ret = (struct value_type){.kind = V_VOID, .spell = "void"};
		*id = 0;
		return 0;
	}
	*id = find_integer(r->btf, size, ret->is_signed, ret->is_bool, is_char);
	if (is_char && *id) // signed or not: the kernel's choice
		ret->is_signed = BTF_INT_ENCODING(*(const uint32_t *)(btf_type(r->btf, *id) + 1)) &
				 BTF_INT_SIGNED;
	ret->spell = integer_name(ret, is_char);
	return 0;
}

static int named(struct reader *r, struct value_type *ret, uint32_t *id)
{
	const char *name = arena_copy(r->arena, r->name->p, r->name->n);

	if (!name)
		return error_nomem(r->error);
	*id = r->tag ? find_tagged(r, name) : find(r->btf, BTF_KIND_TYPEDEF, name);
	if (!*id)
		return unknown(r, name);
	if (!scope_value_type(r->btf, *id, ret))
		ret->kind = V_VOID;
	return 0;
}

// The id of a pointer to a type, its qualifiers left aside; 0: BTF has none.
static uint32_t pointer_to(const struct btf *b, uint32_t to)
{
	uint32_t wanted = type_peel(b, to);

	for (uint32_t id = 1; id < b->end; id++) {
		const struct btf_type *t = btf_type(b, id);

		if (btf_kind(t) == BTF_KIND_PTR &&
		    (t->type == to || type_peel(b, t->type) == wanted))
			return id;
	}
	return 0;
}

static const char *spelling(struct reader *r, const struct token *from)
{
	char text[160];
	struct buf b = buf_over(text, sizeof(text) - 1);

	for (const struct token *t = from; t < r->t; t++) {
		bool star = t->kind == T_OPERATOR;

		if (t > from && !(star && t[-1].kind == T_OPERATOR))
			buf_char(&b, ' ');
		buf_add(&b, t->p, t->n);
	}
	buf_end(&b);
	text[sizeof(text) - 1] = '\0';
	return arena_copy(r->arena, text, strlen(text));
}

static int pointer(struct reader *r, const struct token *from, uint32_t id, bool is_void,
		   struct value_type *ret)
{
	uint32_t to = id;

	*ret = (struct value_type){.kind = V_PTR, .size = 8, .is_user = r->is_user};
	ret->spell = spelling(r, from);
	if (!ret->spell)
		return error_nomem(r->error);
	for (uint32_t i = 1; i < r->stars && (to || is_void); i++) {
		to = pointer_to(r->btf, to);
		is_void = false;
	}
	if (!to && !is_void)
		return error_at(r->error, KS_ENAME, from->pos,
				r->t[-1].pos + r->t[-1].len - from->pos,
				"this kernel's BTF has no type for what %s points to", ret->spell);
	ret->to = to;
	if (btf_kind(type_peeled(r->btf, to)) == BTF_KIND_FUNC_PROTO)
		ret->unit = KS_SYMBOL;
	return 0;
}

static int read_type(struct reader *r, struct value_type *ret)
{
	const struct token *from = r->t;
	uint32_t id = 0;

	if (read_words(r) < 0)
		return -1;
	if ((r->name ? named(r, ret, &id) : integer(r, from, ret, &id)) < 0)
		return -1;
	if (r->stars)
		return pointer(r, from, id, r->voids != 0, ret);
	if (ret->kind == V_VOID && !r->voids)
		return error_at(r->error, KS_ETYPE, from->pos,
				r->t[-1].pos + r->t[-1].len - from->pos,
				"a value of type %.*s can't be computed with", (int)r->name->n,
				r->name->p);
	return 0;
}

int check_parameter_text(const struct btf *b, struct arena *a, const char *text, uint32_t from,
			 uint32_t to, struct value_type *ret, struct token *name,
			 struct ks_error *error)
{
	const struct token *tokens = lex(a, text, from, to, error);
	struct reader r = {.btf = b, .arena = a, .error = error, .t = tokens};

	if (!tokens || read_type(&r, ret) < 0)
		return -1;
	*name = *r.t;
	if (r.t->kind == T_NAME)
		r.t++;
	if (r.t->kind == T_END)
		return 0;
	return error_at(error, KS_ESYNTAX, r.t->pos, r.t->len, "'%.*s' where the type should end",
			(int)r.t->n, r.t->p);
}

int check_type_text(const struct btf *b, struct arena *a, const char *text, uint32_t from,
		    uint32_t to, struct value_type *ret, struct ks_error *error)
{
	struct token name;

	if (check_parameter_text(b, a, text, from, to, ret, &name, error) < 0)
		return -1;
	return name.kind == T_END
		       ? 0
		       : error_at(error, KS_ESYNTAX, name.pos, name.len,
				  "'%.*s' where the type should end", (int)name.n, name.p);
}

static bool same_target(const struct btf *b, uint32_t x, uint32_t y)
{
	for (int depth = 0; depth < BTF_DEPTH; depth++) {
		const struct btf_type *s, *t;

		x = type_peel(b, x);
		y = type_peel(b, y);
		s = btf_type(b, x);
		t = btf_type(b, y);
		if (x == y)
			return true;
		if (btf_kind(s) != btf_kind(t) || btf_kind(s) == BTF_KIND_FUNC_PROTO)
			return false;
		if (btf_kind(s) != BTF_KIND_PTR)
			return s->size == t->size && s->name_off &&
			       !strcmp(btf_string(b, s->name_off), btf_string(b, t->name_off));
		x = s->type;
		y = t->type;
	}
	return false;
}

bool check_same_type(const struct btf *b, const struct value_type *x, const struct value_type *y)
{
	if (x->kind != y->kind)
		return false;
	if (x->kind == V_PTR)
		return same_target(b, x->to, y->to);
	if (x->is_enum || y->is_enum || x->kind == V_STRUCT)
		return x->is_enum == y->is_enum && same_target(b, x->id, y->id);
	return x->kind == V_INT && x->size == y->size && x->is_signed == y->is_signed &&
	       x->is_bool == y->is_bool;
}

int check_node_type(struct checker *c, const struct node *n, struct value_type *ret)
{
	// Macros stand elsewhere than their text: positions count from the token.
	int r = check_type_text(c->scope->btf, c->arena, n->token.p, 0, n->token.n, ret, c->error);

	if (r < 0)
		c->error->pos += n->token.pos;
	return r;
}

// (type)(name) reads like a cast also where an operator is missing.
static struct node *no_type(struct checker *c, const struct node *n)
{
	if (n->token.kind == T_NAME && c->error->kind == KS_ENAME && !*c->error->hint)
		error_hint(c->error, "is an operator missing behind (%.*s)?", (int)n->token.n,
			   n->token.p);
	return NULL;
}

struct node *check_cast(struct checker *c, struct node *n)
{
	struct value_type t;
	struct node *a = NULL;

	if (check_node_type(c, n, &t) < 0)
		return no_type(c, n);
	if (t.is_enum && check_may_be_constant(c, n->a))
		a = check_constant_of(c, n->a, &t);
	a = check_decay(c, a ? a : check_node(c, n->a));
	if (!a)
		return NULL;
	n->type = t;
	if (t.kind != V_INT && t.kind != V_PTR)
		return check_error(c, n, "a cast gives a number or a pointer, not %s");
	if (!check_is_scalar(a))
		return check_error(c, a, "only numbers and pointers can be cast, and this is %s");
	if (t.kind == V_PTR)
		t.is_user = t.is_user || (a->type.kind == V_PTR && a->type.is_user);
	n = check_make(c, N_CONVERT, n, a, NULL, &t);
	return n && fold(n, c->error) == 0 ? n : NULL;
}

// sizeof (name) is of the value, if there is one of that name.
static int size_of_name(struct checker *c, struct node *n, uint64_t *size)
{
	struct ks_error mine = {0}, *theirs = c->error;
	struct node copy = *n->a, *a;
	struct value_type t;

	c->error = &mine;
	a = check_node(c, n->a);
	c->error = theirs;
	if (!a && mine.kind == KS_ENAME && check_may_be_constant(c, &copy) &&
	    check_node_type(c, &copy, &t) == 0) {
		*size = t.size;
		return 0;
	}
	if (!a) {
		*c->error = mine;
		return -1;
	}
	n->a = a;
	return 1;
}

struct node *check_sizeof(struct checker *c, struct node *n)
{
	uint32_t weight = c->weight;
	struct value_type t;
	uint64_t size = 0;
	int r = 1;

	if (!n->a && check_node_type(c, n, &t) < 0)
		return NULL;
	if (!n->a) {
		size = t.size;
		r = 0;
	} else if (n->a->kind == N_NAME) {
		r = size_of_name(c, n, &size);
		if (r < 0)
			return NULL;
	} else {
		n->a = check_node(c, n->a);
		if (!n->a)
			return NULL;
	}
	c->weight = weight; // nothing of it is computed
	if (r) {
		if (n->a->kind == N_MEMBER && n->a->bits)
			return check_error(c, n->a, "a bit-field has no size in bytes");
		if (n->a->type.kind == V_STR || n->a->type.kind == V_TEXT)
			return check_error(c, n->a, "a text's size is not known");
		size = n->a->type.size;
	}
	if (!size)
		return check_error(c, r ? n->a : n, "this has no size");
	return check_constant(c, n, size, &type_address);
}
