// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Any text, the whole way from lex to list, through the public facade: one call a text. libFuzzer
// has its own main (make fuzz); with replay.c it is a program that tries files.
//
// A text is: a byte that chooses the function, a byte that chooses options, then lines. A line's
// first letter says what becomes of the rest: w predicate, c capture, t template, D a word "f(x)=x+1",
// $ a constant "name=1", k a constant to compute, h a question; anything else: the default captures.
// So a seed can be read and written by hand:
//
//   A@
//   wcount > 4K
//   cfile->f_inode->i_size
//
// What stands behind the two bytes in the first line are places, instead of the function.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ksnoop.h"
#include "program.h"
#include "sources.h"

// Functions of spec/fixtures/kernel.c; what is committed chooses by place, so new ones go behind.
static const char *const functions[] = {
	"vfs_read",	"vfs_write",	"vfs_open",  "do_filp_open", "nothing",	      "sink_void",
	"bit_user",	"odd_user",	"scalars",   "enums",	     "wide_enum",     "pointers",
	"callbacks",	"arrays",	"qualified", "by_value",     "returns_large", "twelve",
	"const_string", "long_names",	"shadows",   "everything",   "find_handler",  "huge",
	"floating",	"returns_small"};

enum option { RETURN = 1, NO_HITS = 2, HELPER_READS = 4, SELF = 8, SECOND = 16, CALL = 32 };

static void fail(const char *what, const char *text)
{
	fprintf(stderr, "FLAW: %s: %s\n", what, text);
	abort();
}

// The program of each probe on its way out of the encoder (ld --wrap).
int __real_encode(const struct ir *ir, const int8_t *regs, struct program *ret,
		  struct ks_error *error);
int __wrap_encode(const struct ir *ir, const int8_t *regs, struct program *ret,
		  struct ks_error *error);
int __wrap_encode(const struct ir *ir, const int8_t *regs, struct program *ret,
		  struct ks_error *error)
{
	static char text[1 << 16];
	struct buf out = buf_over(text, sizeof(text));
	const char *what, *title;
	uint32_t at = 0;

	if (__real_encode(ir, regs, ret, error) < 0)
		return -1;
	what = program_flaw(ret, &at);
	title = what ? "a program that no verifier takes" : "a program without its texts";
	what = what ? what : sources_flaw(ret, &at);
	if (what) {
		encode_list(ret, &out);
		buf_end(&out);
		fprintf(stderr, "%s\nat %u: ", text, at);
		fail(title, what);
	}
	return 0;
}

// A refusal says why, and where in the text if anywhere.
static void refused(const struct ks_error *e, const char *text)
{
	if (e->kind <= KS_OK || e->kind > KS_ENOMEM)
		fail("a refusal of no kind", text);
	if (!*e->message || strlen(e->message) >= sizeof(e->message) ||
	    strlen(e->hint) >= sizeof(e->hint))
		fail("a refusal without words", text);
	if (e->len && (size_t)e->pos + e->len > strlen(text) + 1) {
		fprintf(stderr, "%u + %u of %zu: %s\n", e->pos, e->len, strlen(text), e->message);
		fail("a caret outside of the text", text);
	}
}

static void show_variant(struct ks_variant *v)
{
	static char text[1 << 16];
	struct ks_error e = {0};

	for (int stage = KS_TOKENS; stage <= KS_BPF; stage++)
		if (ks_dump(v, stage, text, sizeof(text), &e) == (size_t)-1)
			refused(&e, text);
	for (int i = 0; i < ks_field_count(v); i++)
		if (ks_field_index(v, ks_field(v, i)->name, &e) < 0)
			fail("a field that its name does not find", ks_field(v, i)->name);
}

// Bytes of a record, as far as its fields reach.
static size_t record_size(struct ks_variant *v)
{
	size_t size = sizeof(struct ks_record);

	for (int i = 0; i < ks_field_count(v); i++) {
		size_t end = (size_t)ks_field(v, i)->offset + ks_field(v, i)->size;

		size = end > size ? end : size;
	}
	return size;
}

// Records that nothing was written to: all fields are 0, or all could not be read.
static void show_records(struct ks_trace *trace, const struct ks_template *t)
{
	static char text[1 << 16];
	struct ks_record head = {0}, *r;
	const struct ks_variant *v = ks_record_variant(trace, &head);

	r = v ? calloc(1, record_size((struct ks_variant *)v)) : NULL;
	for (int nil = 0; r && nil <= 1; nil++) {
		r->nils = nil ? UINT64_MAX : 0;
		ks_json(trace, r, text, sizeof(text));
		if (t) {
			ks_template_text(t, r, text, sizeof(text));
			ks_template_header(t, text, sizeof(text));
		}
	}
	free(r);
}

static void show(struct ks_trace *trace, struct ks_probe *p, const struct ks_template *t)
{
	for (int i = 0; i < ks_variant_count(p); i++)
		if (ks_variant(p, i))
			show_variant(ks_variant(p, i));
	show_records(trace, t);
	while (ks_note(trace))
		;
}

// "a=b" as two texts; b is "" without a =.
static char *split(char *text)
{
	char *equal = strchr(text, '=');

	if (!equal)
		return text + strlen(text);
	*equal = '\0';
	return equal + 1;
}

static void word(struct ks_trace *trace, struct ks_probe *p, char what, char *text)
{
	char whole[8192];
	struct ks_error e = {0};
	char *value = split(text);
	int64_t n;
	bool is_unsigned;
	int r;

	if (what == 'k' || what == 'h') {
		r = what == 'k' ? ks_const(trace, text, &n, &is_unsigned, &e)
				: ks_has(trace, text, &e);
		snprintf(whole, sizeof(whole), "%s", text);
	} else if (what == '$') {
		r = ks_with(p, text, value, &e);
		snprintf(whole, sizeof(whole), "%s", value);
	} else {
		r = ks_define(trace, text, value, &e);
		snprintf(whole, sizeof(whole), "%s %s", text, value);
	}
	if (r < 0)
		refused(&e, whole);
}

static const struct ks_template *line(struct ks_trace *trace, struct ks_probe *p, char what,
				      char *text)
{
	struct ks_error e = {0};
	const struct ks_template *t = NULL;
	int r = 0;

	switch (what) {
	case 'w':
		r = ks_where(p, text, &e);
		break;
	case 'c':
		r = ks_capture(p, text, &e);
		break;
	case 't':
		t = ks_template(p, text, &e);
		r = t ? 0 : -1;
		break;
	case 'D':
	case '$':
	case 'k':
	case 'h':
		word(trace, p, what, text);
		break;
	default:
		r = ks_capture_default(p, &e);
		break;
	}
	if (r < 0)
		refused(&e, text);
	return t;
}

// At the function that the first byte chooses, or at the places behind the two: "vfs_*,!vfs_open".
static struct ks_probe *probe(struct ks_trace *trace, const char *data)
{
	char text[512] = "", whole[512];
	const char *places[8];
	int count = 0;
	struct ks_error e = {0};
	struct ks_probe *p;

	snprintf(text, sizeof(text), "%s%s", data[1] & RETURN ? "return:" : "",
		 functions[(unsigned char)(data[0] - 'A') %
			   (sizeof(functions) / sizeof(*functions))]);
	if (data[2] != '\n')
		snprintf(text, sizeof(text), "%.*s", (int)strcspn(data + 2, "\n"), data + 2);
	memcpy(whole, text, sizeof(text));
	for (char *at = strtok(text, ","); at && count < 8; at = strtok(NULL, ","))
		places[count++] = at;
	p = data[1] & CALL ? ks_call(trace, places, count, &e) : ks_probe(trace, places, count, &e);
	if (!p)
		refused(&e, whole);
	return p;
}

static void compile(struct ks_trace *trace, char *data)
{
	const struct ks_template *t = NULL, *made;
	struct ks_probe *p = probe(trace, data), *at;
	struct ks_error e = {0};
	char *text = strchr(data, '\n');

	if (p && data[1] & SECOND)
		probe(trace, data);
	while (p && text && text[1]) {
		char what = *++text, *end = strchr(text, '\n');

		if (end)
			*end = '\0';
		if (what) {
			made = line(trace, p, what, text + 1);
			t = made ? made : t;
		}
		text = end;
	}
	if (!p)
		return;
	if (ks_compile(trace, &at, &e) == 0)
		show(trace, p, t);
	else
		refused(&e, "");
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size);
int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size)
{
	const char *btf = getenv("FUZZ_BTF");
	struct ks_options options = {.btf = btf ? btf : "build/fixtures/kernel.btf",
				     .buffer = 1 << 20};
	struct ks_error e = {0};
	struct ks_trace *trace;
	char *data = malloc(size + 1);

	if (!data)
		abort();
	memcpy(data, bytes, size);
	data[size] = '\0';
	if (size >= 3 && memchr(data, '\n', size) >= (void *)(data + 2)) {
		options.no_hits = data[1] & NO_HITS;
		options.helper_reads = data[1] & HELPER_READS;
		options.self = data[1] & SELF;
		trace = ks_open(&options, &e);
		if (!trace)
			fail(e.message, options.btf);
		compile(trace, data);
		ks_close(trace);
	}
	free(data);
	return 0;
}
