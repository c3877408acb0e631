// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "engines.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../bpf/wire.h"
#include "check.h"
#include "lex.h"
#include "order.h"
#include "parse.h"
#include "regalloc.h"
#include "type.h"

// --- pictures ---------------------------------------------------------------------------------

static uint64_t moved(const struct picture *p, uint64_t v, uint64_t base_at)
{
	if (v - p->base < p->size)
		return v - p->base + base_at;
	return v - p->alias < p->size ? v - p->alias + p->user_at : v;
}

static uint64_t draw(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

// NULL and near it, error pointers, what is not there, what is the user's.
static uint64_t bad_pointer(const struct picture *p, uint64_t *state)
{
	const uint64_t bad[] = {0,
				0,
				16,
				(uint64_t)-2,
				(uint64_t)-4095,
				(uint64_t)-8192,
				0xffffeb0000000000, // a hole of x86-64's layout
				0x8000000000000000,
				0x00007fffffffe000,
				p->user_at + 4096};

	return bad[draw(state) % (sizeof(bad) / sizeof(*bad))];
}

static void break_pointers(struct picture *p, uint64_t *state)
{
	uint64_t *words = (void *)p->kernel;

	for (size_t i = 0; i < p->size / 8; i++)
		if (words[i] - p->kernel_at < p->size && draw(state) % 2)
			words[i] = bad_pointer(p, state);
	for (size_t i = 0; i < 12; i++)
		if (p->context[i] - p->kernel_at < p->size && draw(state) % 4 == 0)
			p->context[i] = bad_pointer(p, state);
}

static int load(struct picture *p, FILE *f, uint64_t kernel_at, uint64_t user_at)
{
	uint64_t words[16 + 3];

	if (fread(words, sizeof(words), 1, f) != 1)
		return -1;
	*p = (struct picture){.base = words[16], .alias = words[17], .size = words[18]};
	p->kernel_at = kernel_at;
	p->user_at = user_at;
	p->user = malloc(p->size);
	p->kernel = malloc(p->size);
	if (!p->user || !p->kernel || fread(p->user, p->size, 1, f) != 1)
		return -1;
	for (int i = 0; i < 16; i++)
		p->context[i] = moved(p, words[i], kernel_at);
	for (size_t i = 0; i < p->size / 8; i++) {
		uint64_t v = ((uint64_t *)(void *)p->user)[i];

		((uint64_t *)(void *)p->user)[i] = moved(p, v, user_at);
		((uint64_t *)(void *)p->kernel)[i] = moved(p, v, kernel_at);
	}
	return 0;
}

int pictures_load(struct picture pics[ALL], const char *path, uint64_t kernel_at, uint64_t user_at,
		  uint64_t seed)
{
	FILE *f = fopen(path, "rb");
	uint64_t state = seed * 2 + 1, at = 0;

	memset(pics, 0, ALL * sizeof(*pics));
	if (!f)
		return -1;
	for (int i = 0; i < ALL; i++) {
		if (i == PICTURES)
			fseek(f, 0, SEEK_SET);
		if (load(&pics[i], f, kernel_at + at, user_at + at) < 0) {
			fclose(f);
			return -1;
		}
		at += pics[i].size;
		if (i >= PICTURES)
			break_pointers(&pics[i], &state);
	}
	fclose(f);
	return 0;
}

void pictures_free(struct picture pics[ALL])
{
	for (int i = 0; i < ALL; i++) {
		free(pics[i].user);
		free(pics[i].kernel);
	}
}

// --- compiling --------------------------------------------------------------------------------

static struct node *tree(struct subject *s, struct ks_error *error)
{
	struct token *tokens = lex(&s->arena, s->text, 0, (uint32_t)strlen(s->text), error);

	return tokens ? parse(&s->arena, tokens, error) : NULL;
}

static struct ks_field field_of(const struct value_type *t)
{
	struct ks_field f = {.name = "value",
			     .type = "",
			     .spec = "",
			     .is_signed = t->is_signed,
			     .size = t->kind == V_PTR ? 8 : t->size};

	f.is_slice = t->kind == V_SLICE;
	f.kind = t->kind == V_CHARS						   ? KS_CHARS
		 : t->kind == V_STRUCT || t->kind == V_ARRAY || t->kind == V_SLICE ? KS_VALUE
		 : t->kind == V_BYTES						   ? KS_BYTES
		 : t->kind == V_ADDR						   ? KS_INET
		 : t->kind == V_PATH						   ? KS_PATH
		 : t->kind == V_STR						   ? KS_STR
										   : KS_INT;
	f.size += t->kind == V_STR ? 4 : f.is_slice ? SLICE_HEAD : 0;
	return f;
}

static int program(struct subject *s, const struct conditions *c, const struct layout *l,
		   const struct shape_where *w, struct program *p, struct ks_error *error)
{
	const struct shape shape = {.btf = s->scope.btf,
				    .scope = &s->scope,
				    .layout = l,
				    .target = &s->target,
				    .wheres = w,
				    .where_count = w ? 1 : 0,
				    .no_hits = c->no_hits,
				    .self = c->self,
				    .geometry = c->geometry};
	struct ir ir;
	int8_t *registers;

	ir_init(&ir, &s->arena);
	if (shape_probe(&ir, &shape, error) < 0)
		return -1;
	ir_prune(&ir);
	return regalloc(&ir, &registers, error) < 0 ? -1 : encode(&ir, registers, p, error);
}

static int as_value(struct subject *s, const struct conditions *c, struct ks_error *error)
{
	struct lower l = {.btf = s->scope.btf, .scope = &s->scope, .target = &s->target};
	struct node *n = tree(s, error);

	n = n ? check_capture(&s->arena, &s->scope, n, error) : NULL;
	if (!n)
		return -1;
	s->value = n;
	layout_init(&s->layout);
	s->field = layout_add(&s->layout, field_of(&n->type), n, lower_can_fail(&l, n), error);
	return s->field < 0 ? -1 : program(s, c, &s->layout, NULL, &s->as_value, error);
}

static int as_where(struct subject *s, const struct conditions *c, struct ks_error *error)
{
	struct node *n = tree(s, error);
	struct shape_where w = {.text = s->text, .source = 1};

	n = n ? check_where(&s->arena, &s->scope, n, error) : NULL;
	if (!n)
		return -1;
	s->where = n;
	w.node = n;
	layout_init(&s->empty);
	return program(s, c, &s->empty, &w, &s->as_where, error);
}

int subject_init(struct subject *s, const struct btf *b, const char *place, const char *text,
		 const struct conditions *c, struct ks_error *error)
{
	bool is_return = !strncmp(place, "return:", 7);
	uint32_t func = btf_find(b, BTF_KIND_FUNC, place + (is_return ? 7 : 0), 0);

	*s = (struct subject){.text = text, .target = c->target};
	*error = (struct ks_error){0};
	if (!func) {
		snprintf(error->message, sizeof(error->message), "no function %s", place);
		return -1;
	}
	if (scope_init(&s->scope, &s->arena, b, func, c->context, is_return, 0, error) < 0 ||
	    as_value(s, c, error) < 0)
		return -1;
	s->has_where = s->value->type.kind == V_INT || s->value->type.kind == V_PTR;
	return s->has_where ? as_where(s, c, error) : 0;
}

void subject_fini(struct subject *s)
{
	arena_fini(&s->arena);
}

// --- trying -----------------------------------------------------------------------------------

struct sight {
	const struct picture *picture;
	const struct scope *scope;
};

static bool read_picture(void *data, bool user, uint64_t address, void *to, size_t n)
{
	const struct picture *p = ((const struct sight *)data)->picture;
	uint64_t off = address - (user ? p->user_at : p->kernel_at);

	if (off > p->size || n > p->size - off)
		return false;
	memcpy(to, (user ? p->user : p->kernel) + off, n);
	return true;
}

static bool read_arg(void *data, uint32_t slot, void *to, size_t n)
{
	const struct sight *s = data;
	uint32_t at = slot == ARG_RETVAL ? s->scope->retval_at : s->scope->args[slot].at;

	if (at * 8 + n > sizeof(s->picture->context))
		return false;
	memcpy(to, &s->picture->context[at], n);
	return true;
}

static void hex(const unsigned char *p, size_t n, char *buf)
{
	for (size_t i = 0; i < n; i++)
		sprintf(buf + 2 * i, "%02x", p[i]);
	buf[2 * n] = '\0';
}

static void spell_path(const unsigned char *bytes, char *buf)
{
	struct wire_path p;

	memcpy(&p, bytes, sizeof(p));
	buf += sprintf(buf, "%u %u:", p.leaf, p.end);
	if (p.leaf == PATH_LOOSE)
		buf += sprintf(buf, "%" PRIu64 " %zu:", p.inode, strnlen(p.type, sizeof(p.type)));
	hex((const unsigned char *)p.names, p.size < PATH_NAMES ? p.size : PATH_NAMES, buf);
}

// The bytes of a capture as text: what means the same is spelt the same.
static void spell(const struct node *n, bool known, const unsigned char *p, char *buf)
{
	const struct value_type *t = &n->type;
	struct ks_slice slice;
	int32_t length;
	uint64_t v = 0;
	unsigned spare = 64 - 8 * (t->size < 8 ? t->size : 8);

	if (!known) {
		strcpy(buf, "?");
	} else if (t->kind == V_PATH) {
		spell_path(p, buf);
	} else if (t->kind == V_STR) {
		memcpy(&length, p, 4);
		sprintf(buf, "%d:", length);
		if (length > 0 && (uint32_t)length <= t->size)
			hex(p + 4, (size_t)length, strchr(buf, '\0'));
	} else if (t->kind == V_SLICE) {
		memcpy(&slice, p, sizeof(slice));
		sprintf(buf, "%u of %u:", slice.count, slice.wanted);
		if (slice.count <= n->count)
			hex(p + SLICE_HEAD, slice.count * (t->size / n->count), strchr(buf, '\0'));
	} else if (t->kind != V_INT && t->kind != V_PTR) {
		hex(p, t->size, buf);
	} else {
		memcpy(&v, p, t->size);
		if (t->kind == V_INT && t->is_signed)
			v = (uint64_t)((int64_t)(v << spare) >> spare);
		sprintf(buf, "%" PRIx64, v);
	}
}

void subject_say(const struct subject *s, const unsigned char *record, char *buf)
{
	const struct ks_field *f = &s->layout.fields[s->field];
	uint64_t nils;

	memcpy(&nils, record + offsetof(struct wire_header, nils), 8);
	spell(s->value, f->nil_bit < 0 || !(nils >> f->nil_bit & 1), record + f->offset, buf);
}

struct early {
	const struct subject *s;
	const struct eval *e;
	bool rejects;
};

static void ask_part(void *data, const struct node *n)
{
	struct early *x = data;
	struct lower l = {.btf = x->s->scope.btf, .scope = &x->s->scope, .target = &x->s->target};

	x->rejects = x->rejects || (!lower_can_fail(&l, n) && eval_test(x->e, n) == 0);
}

// Is there a part of the predicate that can't fail and rejects? It may be asked first.
static bool rejects_early(const struct subject *s, const struct eval *e)
{
	struct early x = {.s = s, .e = e};

	order_parts(s->where, ask_part, &x);
	return x.rejects;
}

static void differ(const struct subject *s, int picture, const char *what, const char *c,
		   const char *eval, const char *bpf, struct tally *t)
{
	t->differing++;
	printf("DIFFERS %s\n  picture %d, %s: C %.80s, eval %.80s, BPF %.80s\n", s->text, picture,
	       what, c, eval, bpf);
}

// answer: gcc's, "-", or "" where it was not asked.
static bool try_value(struct subject *s, const struct picture *pic, int index,
		      const struct machinery *m, const struct eval *e, const char *answer,
		      struct tally *t)
{
	static unsigned char bytes[MAX_RECORD];
	static char by_eval[2 * MAX_RECORD], by_bpf[2 * MAX_RECORD];
	char c[24] = "-";
	struct outcome out;
	bool known = eval_capture(e, s->value, bytes, sizeof(bytes));

	spell(s->value, known, bytes, by_eval);
	m->run(m->data, &s->as_value, &s->layout, pic, &out);
	if (out.verdict == MATCHED)
		subject_say(s, out.record, by_bpf);
	else
		sprintf(by_bpf, "no record (%d)", out.verdict);
	t->open += *answer == '-';
	if (*answer && *answer != '-') {
		uint64_t v = strtoull(answer, NULL, 16);

		sprintf(c, "%" PRIx64,
			s->value->type.kind == V_PTR ? moved(pic, v, pic->kernel_at) : v);
	}
	t->comparisons++;
	t->unknown += !known;
	t->with_c += *c != '-';
	if (!strcmp(by_eval, by_bpf) && (*c == '-' || !strcmp(c, by_eval)))
		return true;
	differ(s, index, "value", c, by_eval, by_bpf, t);
	return false;
}

static bool try_where(struct subject *s, const struct picture *pic, int index,
		      const struct machinery *m, const struct eval *e, struct tally *t)
{
	static const char *const words[] = {"1", "0", "?", "suppressed", "self", "broken"};
	struct outcome out;
	int truth = eval_test(e, s->where);
	const char *said = truth < 0 ? "?" : truth ? "1" : "0";

	m->run(m->data, &s->as_where, &s->empty, pic, &out);
	if (!strcmp(said, words[out.verdict]))
		return true;
	if (truth < 0 && out.verdict == FILTERED && rejects_early(s, e)) {
		t->early++;
		return true;
	}
	differ(s, index, "where", "-", said, words[out.verdict], t);
	return false;
}

static const char *next_answer(const char **answers)
{
	const char *answer = *answers;

	if (!answer || !*answer)
		return "";
	*answers += strcspn(answer, " \n");
	*answers += **answers == ' ';
	return answer;
}

bool subject_try(struct subject *s, const struct picture pics[ALL], const struct machinery *m,
		 const char *answers, struct tally *t)
{
	struct sight sight = {.scope = &s->scope};
	struct eval e = m->eval;
	bool same = true;

	e.data = &sight;
	e.btf = s->scope.btf;
	e.read = read_picture;
	e.arg = read_arg;
	t->expressions++;
	same = !m->load || m->load(m->data, &s->as_value, s->text);
	for (int i = 0; i < ALL && same; i++) {
		sight.picture = &pics[i];
		same = try_value(s, &pics[i], i, m, &e, i < PICTURES ? next_answer(&answers) : "",
				 t);
	}
	same = same && (!s->has_where || !m->load || m->load(m->data, &s->as_where, s->text));
	for (int i = 0; i < ALL && same && s->has_where; i++) {
		sight.picture = &pics[i];
		same = try_where(s, &pics[i], i, m, &e, t);
	}
	return same;
}

void tally_print(const struct tally *t)
{
	printf("%" PRIu64 " expressions, %" PRIu64 " comparisons, %" PRIu64 " with gcc, %" PRIu64
	       " undefined in C, %" PRIu64 " unknown, %" PRIu64 " rejected early, %" PRIu64
	       " differ\n",
	       t->expressions, t->comparisons, t->with_c, t->open, t->unknown, t->early,
	       t->differing);
}
