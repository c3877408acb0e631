// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// What scripts add to the language, and what they may ask of it: words, $names, constants, and
// whether this kernel has something.
#include <ctype.h>
#include <string.h>

#include "check.h"
#include "error.h"
#include "expand.h"
#include "nearest.h"
#include "parse.h"
#include "trace.h"
#include "type.h"

int ks_define(struct ks_trace *t, const char *head, const char *expr, struct ks_error *error)
{
	const struct define *d = expand_define(&t->keep, t->defines, head, expr, error);

	if (!d)
		return -1;
	t->defines = d;
	return 0;
}

// --- constants --------------------------------------------------------------------------------

static bool word(const struct node *n, const char *name)
{
	return strlen(name) == n->token.n && !memcmp(n->token.p, name, n->token.n);
}

static void offer_enums(const struct btf *b, struct nearest *near)
{
	for (uint32_t id = 1; id < b->end; id++) {
		const struct btf_type *t = btf_type(b, id);
		bool wide = btf_kind(t) == BTF_KIND_ENUM64;
		const uint32_t *e = (const void *)(t + 1);

		if (!wide && btf_kind(t) != BTF_KIND_ENUM)
			continue;
		for (uint32_t i = 0; i < btf_vlen(t); i++, e += wide ? 3 : 2)
			nearest_offer(near, btf_string(b, e[0]));
	}
}

// A name in a constant expression that is none. check would say it in words of arguments.
static int constant_name(const struct scope *s, const struct node *n, struct ks_error *error)
{
	struct scope_constant known;
	struct nearest near;

	if (scope_builtin(n->token.p, n->token.n) || word(n, "retval"))
		return error_at(error, KS_ETYPE, n->pos, n->len, "'%.*s' is no constant",
				(int)n->token.n, n->token.p);
	if (word(n, "NULL") || word(n, "true") || word(n, "false") ||
	    errno_number(n->token.p, n->token.n) ||
	    scope_constant(s, n->token.p, n->token.n, 0, &known))
		return 0;
	error_at(error, KS_ENAME, n->pos, n->len, "there is no constant '%.*s'", (int)n->token.n,
		 n->token.p);
	nearest_init(&near, n->token.p, n->token.n);
	scope_offer(s, &near);
	offer_enums(s->btf, &near);
	nearest_hint(&near, error);
	return -1;
}

static int constant_names(const struct scope *s, const struct node *n, struct ks_error *error)
{
	for (; n; n = n->next) {
		if (n->kind == N_SIZEOF) // of a name that may be a type's
			continue;
		if (n->kind == N_NAME && constant_name(s, n, error) < 0)
			return -1;
		if (constant_names(s, n->a, error) < 0 || constant_names(s, n->b, error) < 0 ||
		    constant_names(s, n->c, error) < 0)
			return -1;
	}
	return 0;
}

// The number that a checked tree is, where that takes no more than what it says; NULL: it is none.
static const struct node *number(const struct node *n)
{
	static const struct node truth[] = {{.kind = N_NUMBER,
					     .type = {.kind = V_INT, .size = 4, .is_signed = true}},
					    {.kind = N_NUMBER,
					     .type = {.kind = V_INT, .size = 4, .is_signed = true},
					     .number = 1}};
	const struct node *a, *b;

	if (n->kind == N_NUMBER)
		return n;
	a = n->kind == N_LOGIC || n->kind == N_CHOICE ? number(n->a) : NULL;
	if (!a)
		return NULL;
	if (n->kind == N_CHOICE)
		return number(a->number ? n->b : n->c);
	if ((a->number != 0) == (n->op == TWO('|', '|')))
		return &truth[a->number != 0]; // b does not count
	b = number(n->b);
	return b ? &truth[b->number != 0] : NULL;
}

// The first thing in a tree that is no number, for a caret.
static const struct node *culprit(const struct node *n)
{
	const struct node *const below[] = {n->a, n->b, n->c};

	for (size_t i = 0; i < 3; i++)
		if (below[i] && !number(below[i]))
			return culprit(below[i]);
	return n;
}

// The number that a parsed tree is; it is changed. NULL with error.
static const struct node *constant(struct ks_trace *t, struct arena *a, struct node *n,
				   struct ks_error *error)
{
	const struct scope s = {.btf = &t->btf, .name = "a constant"};
	struct words w = {.defines = t->defines};
	const struct node *value, *at;

	n = expand(a, &w, n, error);
	if (!n)
		return NULL;
	if (n->kind != N_TEXT &&
	    (constant_names(&s, n, error) < 0 || !(n = check_where(a, &s, n, error)))) {
		expand_blame(&w, error);
		return NULL;
	}
	value = number(n);
	if (value && value->type.kind == V_INT)
		return value;
	at = culprit(n);
	error_at(error, KS_ETYPE, at->pos, at->len, "this is no constant number");
	expand_blame(&w, error);
	return NULL;
}

int ks_const(struct ks_trace *t, const char *expr, int64_t *value, bool *is_unsigned,
	     struct ks_error *error)
{
	struct arena a = {0};
	struct token *tokens = lex(&a, expr, 0, (uint32_t)strlen(expr), error);
	struct node *n = tokens ? parse(&a, tokens, error) : NULL;
	const struct node *result = n ? constant(t, &a, n, error) : NULL;

	if (result) {
		*value = (int64_t)result->number;
		*is_unsigned = !result->type.is_signed;
	}
	arena_fini(&a);
	return result ? 0 : -1;
}

int ks_with(struct ks_probe *p, const char *name, const char *value, struct ks_error *error)
{
	struct arena a = {0};
	const struct param *scratch = expand_param(&a, NULL, name, value, error), *made;
	int r = scratch ? 0 : -1;

	// A copy is checked, since check changes what it is given.
	for (struct node *n = r == 0 ? scratch->value : NULL, *next; n && r == 0; n = next) {
		next = n->next;
		n->next = NULL;
		if (n->kind != N_TEXT && !constant(p->trace, &a, n, error))
			r = -1;
	}
	arena_fini(&a);
	if (r < 0)
		return -1;
	made = expand_param(&p->trace->keep, p->params, name, value, error);
	if (!made)
		return -1;
	p->params = made;
	return 0;
}

// --- what first() took ------------------------------------------------------------------------

// The end of a text's part at p: a string, or one byte.
static const char *part_end(const char *p)
{
	if (*p == '\'' || *p == '"') {
		const char *end = strchr(p + 1, *p);

		return end ? end + 1 : p + strlen(p);
	}
	return p + 1;
}

bool ks_pick(const struct ks_trace *t, uint32_t index, struct ks_pick *out)
{
	const struct scope_pick *p = t->picks.first;
	const char *at, *from;
	uint32_t nth = 0;

	while (p && index--)
		p = p->next;
	if (!p)
		return false;
	*out = (struct ks_pick){.text = p->text,
				.file = p->file,
				.line = p->line,
				.pos = p->pos,
				.len = p->len,
				.call = p->call};
	at = from = p->call + strcspn(p->call, "(") + 1;
	for (int depth = 0; *at && depth >= 0; at = part_end(at)) {
		if (*at == '(' || *at == '[')
			depth++;
		else if (*at == ')' || *at == ']')
			depth--;
		if (depth >= 0 && (depth || *at != ','))
			continue;
		if (nth++ == p->nth) {
			out->taken = from + strspn(from, " \t\n");
			out->taken_len = (size_t)(at - out->taken);
		}
		from = at + 1;
	}
	while (out->taken_len && isspace((unsigned char)out->taken[out->taken_len - 1]))
		out->taken_len--;
	out->call_len = (size_t)(at - p->call);
	return true;
}

// --- what this kernel has ---------------------------------------------------------------------

// Does a type have this path of members, "a.b"? Needs: text of names with dots between.
static bool has_members(const struct btf *b, uint32_t id, const char *path)
{
	struct type_member m = {.type = id};

	for (; *path; path += *path == '.') {
		size_t len = strcspn(path, ".");
		uint32_t kind;

		id = type_peel(b, m.type);
		kind = btf_kind(btf_type(b, id));
		if ((kind != BTF_KIND_STRUCT && kind != BTF_KIND_UNION) ||
		    !type_member(b, id, path, len, &m))
			return false;
		path += len;
	}
	return true;
}

// Is there a type of one of these kinds with a name and, maybe, members, "a.b.c"? Of several types
// with one name, one that has them will do.
static bool has_type(const struct btf *b, const uint32_t kinds[2], const char *path)
{
	char name[128];
	size_t len = strcspn(path, ".");

	if (len >= sizeof(name))
		return false;
	memcpy(name, path, len);
	name[len] = '\0';
	path += len + (path[len] == '.');
	for (int i = 0; i < 2; i++)
		for (uint32_t id = 0; (id = btf_find(b, kinds[i], name, id + 1));)
			if (has_members(b, id, path))
				return true;
	return false;
}

// Can a probe be put at this place? It is looked up as if one were, and forgotten.
static int has_place(struct ks_trace *t, const char *place, struct ks_error *error)
{
	struct ks_probe p = {.trace = t};
	uint32_t points = t->point_count;
	struct note *notes = t->notes, **last = t->last_note;
	int r = resolve(&p, &place, 1, error);

	t->point_count = points;
	t->notes = notes;
	t->last_note = last;
	*last = NULL;
	if (r == 0)
		return 1;
	return error->kind == KS_EABSENT || error->kind == KS_ELIMIT ? 0 : -1;
}

static bool has_constant(const struct ks_trace *t, const char *name)
{
	const struct scope s = {.btf = &t->btf};
	struct scope_constant known;

	return scope_constant(&s, name, strlen(name), 0, &known) ||
	       errno_number(name, strlen(name));
}

// Is text made of names with single dots between?
static bool is_path(const char *text)
{
	for (bool inside = false;; text++) {
		if (isalnum((unsigned char)*text) || *text == '_')
			inside = true;
		else if (!inside || (*text && *text != '.'))
			return false;
		else if (!*text)
			return true;
		else
			inside = false;
	}
}

// What is behind a word and spaces at the start of a text; NULL: it starts otherwise.
static const char *behind(const char *text, const char *start)
{
	size_t len = strlen(start);

	if (strncmp(text, start, len) != 0 || text[len] != ' ')
		return NULL;
	return text + len + strspn(text + len, " ");
}

static int no_question(const char *what, struct ks_error *error)
{
	error_set(error, KS_ESYNTAX, "'%.64s' is nothing that a kernel could have", what);
	error_hint(error, "ask for a type, a member, a constant or a place: \"struct sock\", "
			  "\"struct sock.sk_mark\", \"TCP_CLOSE\", \"vfs_read\"");
	return -1;
}

int ks_has(struct ks_trace *t, const char *what, struct ks_error *error)
{
	static const struct {
		const char *word;
		uint32_t kinds[2];
	} tags[] = {{"struct", {BTF_KIND_STRUCT, BTF_KIND_STRUCT}},
		    {"union", {BTF_KIND_UNION, BTF_KIND_UNION}},
		    {"enum", {BTF_KIND_ENUM, BTF_KIND_ENUM64}}};
	static const uint32_t typedefs[2] = {BTF_KIND_TYPEDEF, BTF_KIND_TYPEDEF};

	for (size_t i = 0; i < sizeof(tags) / sizeof(*tags); i++) {
		const char *path = behind(what, tags[i].word);

		if (path)
			return is_path(path) ? has_type(&t->btf, tags[i].kinds, path)
					     : no_question(what, error);
	}
	if (!is_path(what))
		return strpbrk(what, ":*?[(") ? has_place(t, what, error)
					      : no_question(what, error);
	if (has_constant(t, what) || has_type(&t->btf, typedefs, what))
		return 1;
	return has_place(t, what, error);
}
