// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "proginfo.h"

#include <ctype.h>
#include <linux/btf.h>
#include <stdlib.h>
#include <string.h>

#define NAME	  "ksnoop_"
#define NAME_MOST 64 // the kernel's own limit for a symbol is 128

enum { ID_INT = 1, ID_PROTO, ID_FUNC };

// int; int f() without parameters: with one, older verifiers complain that it is not the context's
// type (seen on 5.10 and 6.1); static f.
struct types {
	struct btf_type integer;
	uint32_t encoding;
	struct btf_type proto;
	struct btf_type func;
};

struct strings {
	char *p;
	uint32_t len;
};

// The name as a C identifier.
static uint32_t add_name(struct strings *s, const char *name)
{
	uint32_t at = s->len;
	size_t n = strlen(name);

	memcpy(s->p + s->len, NAME, strlen(NAME));
	s->len += (uint32_t)strlen(NAME);
	n = n > NAME_MOST ? NAME_MOST : n;
	for (size_t i = 0; i < n; i++)
		s->p[s->len++] = name[i];
	for (char *c = s->p + at; c < s->p + s->len; c++)
		if (!isascii(*c) || !(isalnum(*c) || *c == '_'))
			*c = '_';
	s->p[s->len++] = '\0';
	return at;
}

// One line, without what a terminal would obey; cut between characters.
static uint32_t add_text(struct strings *s, const char *text)
{
	uint32_t at = s->len;
	size_t n = strlen(text);
	bool cut = n > PROGINFO_TEXT;

	if (cut)
		for (n = PROGINFO_TEXT; n && (text[n] & 0xc0) == 0x80;)
			n--;
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)text[i];

		s->p[s->len++] = c < ' ' || c == 0x7f ? ' ' : (char)c;
	}
	if (cut) {
		memcpy(s->p + s->len, "...", 3);
		s->len += 3;
	}
	s->p[s->len++] = '\0';
	return at;
}

// The same text twice in a row is one string.
static uint32_t add_again(struct strings *s, const char *text, const char *last, uint32_t at)
{
	return last && !strcmp(text, last) ? at : add_text(s, text);
}

// Does a line may begin there? Not in the second half of a 64-bit constant.
static bool begins(const struct program *p, uint32_t insn)
{
	return insn < p->count && p->insns[insn].code != 0;
}

static void add_lines(const struct program *p, const struct program_lines *from, struct strings *s,
		      uint32_t name, struct proginfo *ret)
{
	const struct line *last = NULL;

	ret->count = 0;
	// The kernel wants one for the first instruction.
	if (!from->count || from->lines[0].insn)
		ret->lines[ret->count++] = (struct bpf_line_info){.file_name_off = name,
								  .line_off = name};
	for (uint32_t n = 0; n < from->count; n++) {
		const struct line *l = &from->lines[n];
		struct bpf_line_info *now = &ret->lines[ret->count],
				     *had = ret->count ? now - 1 : NULL;
		uint32_t line = l->line < 1u << 22 ? l->line : 0,
			 column = l->column < 1u << 10 ? l->column : 0;

		if (!begins(p, l->insn) || (had && l->insn <= had->insn_off))
			continue;
		now->insn_off = l->insn;
		// The verifier's log leaves out a text that has the line of the one before it in the
		// same file, which it knows by the string's offset (since v6.10).
		now->file_name_off = add_again(s, l->file,
					       last && last->line != l->line ? last->file : NULL,
					       last ? had->file_name_off : 0);
		now->line_off = add_again(s, l->text, last ? last->text : NULL,
					  last ? had->line_off : 0);
		now->line_col = line << 10 | column;
		ret->count++;
		last = l;
	}
}

static size_t room(const struct program_lines *from)
{
	size_t n = 1 + sizeof("int") + sizeof(NAME) + NAME_MOST;

	for (uint32_t i = 0; i < from->count; i++)
		n += strnlen(from->lines[i].text, PROGINFO_TEXT) + 4 +
		     strnlen(from->lines[i].file, PROGINFO_TEXT) + 4;
	return n;
}

int proginfo_make(const struct program *p, const struct program_lines *from, struct proginfo *ret)
{
	size_t fixed = sizeof(struct btf_header) + sizeof(struct types);
	struct btf_header *header;
	struct types *types;
	struct strings s;
	uint32_t name;

	*ret = (struct proginfo){
		.btf = calloc(1, fixed + room(from)),
		.lines = calloc(from->count + 1, sizeof(*ret->lines)),
		.func = {.type_id = ID_FUNC},
	};
	if (!ret->btf || !ret->lines) {
		proginfo_fini(ret);
		return -1;
	}
	header = (void *)ret->btf;
	types = (void *)(header + 1);
	s = (struct strings){.p = (char *)(types + 1), .len = 1};
	memcpy(s.p + s.len, "int", 4);
	*types = (struct types){
		.integer = {.name_off = s.len, .info = BTF_KIND_INT << 24, .size = 4},
		.encoding = BTF_INT_SIGNED << 24 | 32,
		.proto = {.info = BTF_KIND_FUNC_PROTO << 24, .type = ID_INT},
		.func = {.info = BTF_KIND_FUNC << 24, .type = ID_PROTO},
	};
	s.len += 4;
	types->func.name_off = name = add_name(&s, from->name);
	add_lines(p, from, &s, name, ret);
	*header = (struct btf_header){
		.magic = BTF_MAGIC,
		.version = BTF_VERSION,
		.hdr_len = sizeof(*header),
		.type_len = sizeof(*types),
		.str_off = sizeof(*types),
		.str_len = s.len,
	};
	ret->btf_size = fixed + s.len;
	return 0;
}

void proginfo_fini(struct proginfo *i)
{
	free(i->btf);
	free(i->lines);
	i->btf = NULL;
	i->lines = NULL;
}
