// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Any text, the whole way from lex to list, through the public facade: one call a text. libFuzzer
// has its own main (make fuzz); with replay.c it is a program that tries files.
//
// A text is: a byte that chooses the function, a byte that chooses options, then lines. A line's
// first letter says what becomes of the rest: w predicate, c capture, t template, D a word "f(x)=x+1",
// $ a constant "name=1", k a constant to compute, h a question, f a type that the script shows and
// reads, F one that it shows, a an aggregation "value;key;key", S which hits are looked at, "1/100 1000000";
// anything else: the default captures.
// So a seed can be read and written by hand:
//
//   A@
//   wcount > 4K
//   cfile->f_inode->i_size
//
// What stands behind the two bytes in the first line are places, instead of the function. "span" is
// none but a span, of which a line o is an end where it opens and x one where it closes, "places;key". A
// line n has places of calls that hits shall lie in. W and C are what such an end, or call, tests and
// captures.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ksnoop.h"
#include "program.h"
#include "sources.h"

// Functions of spec/fixtures/kernel.c; what is committed chooses by place, so new ones go behind.
static const char *const functions[] = {
	"vfs_read",	 "vfs_write",	  "vfs_open",	  "do_filp_open", "nothing",
	"sink_void",	 "bit_user",	  "odd_user",	  "scalars",	  "enums",
	"wide_enum",	 "pointers",	  "callbacks",	  "arrays",	  "qualified",
	"by_value",	 "returns_large", "twelve",	  "const_string", "long_names",
	"shadows",	 "everything",	  "find_handler", "huge",	  "floating",
	"returns_small", "connected",	  "values",	  "hurry",	  "attach_mount",
	"huge_user"};

enum option { RETURN = 1, NO_HITS = 2, HELPER_READS = 4, SELF = 8, SECOND = 16, CALL = 32 };

// What the lines so far have made.
struct made {
	struct ks_trace *trace;
	struct ks_probe *probe;
	struct ks_end *end; // of a span, or calls that hits lie in: the latest
	const struct ks_template *template;
	bool is_span, is_ready;	    // all ends of the span are there
	bool is_within, is_settled; // all calls are there that hits lie in
};

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
static char *split(char *text, char at)
{
	char *found = strchr(text, at);

	if (!found)
		return text + strlen(text);
	*found = '\0';
	return found + 1;
}

static int words(char *text, const char *between, const char **ret, int most)
{
	int count = 0;

	for (char *at = strtok(text, between); at && count < most; at = strtok(NULL, between))
		ret[count++] = at;
	return count;
}

// As a function of a script's would: of a literal that begins with ! nothing can be made, of another
// its own bytes.
static bool tell(struct ks_trace *trace, struct ks_error *e)
{
	struct ks_literal l;
	uint8_t bytes[64];

	if (e->kind != KS_ELITERAL)
		return false;
	if (ks_literal(trace, &l) < 0 || !l.size || l.size > sizeof(bytes))
		fail("a literal that has to be told, and not which", e->message);
	for (uint32_t i = 0; i < l.size; i++)
		bytes[i] = l.len ? (uint8_t)l.text[i % l.len] : 0;
	if (ks_literal_bytes(trace, l.len && *l.text == '!' ? NULL : bytes, e) < 0)
		fail("a literal that can't be told", e->message);
	return true;
}

static void word(struct made *m, char what, char *text)
{
	char whole[8192];
	struct ks_error e = {0};
	char *value = split(text, '=');
	int64_t n;
	bool is_unsigned;
	int r;

	if (what == 'k' || what == 'h') {
		r = what == 'k' ? ks_const(m->trace, text, &n, &is_unsigned, &e)
				: ks_has(m->trace, text, &e);
		snprintf(whole, sizeof(whole), "%s", text);
	} else if (what == '$') {
		r = ks_with(m->probe, text, value, &e);
		snprintf(whole, sizeof(whole), "%s", value);
	} else {
		r = ks_define(m->trace, text, value, &e);
		snprintf(whole, sizeof(whole), "%s %s", text, value);
	}
	if (r < 0)
		refused(&e, whole);
}

// Its kind is told by how long the text is.
static void add(struct made *m, char *text)
{
	struct ks_agg_options options = {.kind = (int)(strlen(text) % 4)};
	const char *keys[8], *at = NULL;
	char *list = split(text, ';');
	int count = words(list, ";", keys, 8);
	struct ks_error e = {0};
	struct ks_agg *agg;
	int r;

	if (options.kind == KS_HIST)
		options.step = strlen(list) % 3;
	agg = ks_agg(m->trace, &options, &e);
	if (!agg)
		fail("no aggregation", e.message);
	do
		r = ks_agg_use(m->probe, agg, keys, count, options.kind == KS_COUNT ? NULL : text,
			       &at, &e);
	while (r < 0 && tell(m->trace, &e));
	if (r < 0)
		refused(&e, at ? at : "");
}

// Calls that hits shall lie in, which are all there before any other text.
static void within(struct made *m, char *text)
{
	const char *places[8];
	char whole[8192];
	struct ks_error e = {0};
	int count;

	if (m->is_settled)
		return;
	snprintf(whole, sizeof(whole), "%s", text);
	count = words(text, ",", places, 8);
	m->is_within = true;
	m->end = ks_within(m->probe, places, count, &e);
	if (!m->end) {
		refused(&e, whole);
		m->probe = NULL; // as after an error in a script, nothing can follow
	}
}

static bool settled(struct made *m)
{
	struct ks_error e = {0};

	if (m->is_within && !m->is_settled) {
		m->end = NULL;
		if (ks_within_ready(m->probe, &e) < 0) {
			refused(&e, "");
			m->probe = NULL;
		}
	}
	m->is_settled = true;
	return m->probe;
}

// One of a span's ends, which are all there before its own texts.
static void end(struct made *m, char what, char *text)
{
	const char *places[8];
	char *key = split(text, ';'), whole[8192];
	struct ks_error e = {0};
	int count;

	if (!m->is_span || m->is_ready || !settled(m))
		return;
	snprintf(whole, sizeof(whole), "%s%s", text, key);
	count = words(text, ",", places, 8);
	m->end = ks_span_end(m->probe, what == 'o', places, count, *key ? key : NULL, &e);
	if (!m->end)
		refused(&e, whole);
	if (!m->end)
		m->probe = NULL;
}

static bool ready(struct made *m)
{
	struct ks_error e = {0};

	if (!settled(m))
		return false;
	if (m->is_span && !m->is_ready && ks_span_ready(m->probe, &e) < 0) {
		refused(&e, "");
		m->probe = NULL;
	}
	m->is_ready = true;
	return m->probe;
}

// "1/ONE_IN INTERVAL BURST", each of which may be missing.
static int sample(struct ks_probe *p, const char *text, struct ks_error *e)
{
	unsigned long long one_in = 0, interval = 0, burst = 0;

	sscanf(text, "1/%llu %llu %llu", &one_in, &interval, &burst);
	return ks_sample(p, (uint32_t)one_in, interval, burst, e);
}

static int try(struct made *m, char what, const char *text, struct ks_error *e)
{
	switch (what) {
	case 'w':
		return ks_where(m->probe, text, e);
	case 'c':
		return ks_capture(m->probe, text, e);
	case 't':
		m->template = ks_template(m->probe, text, e);
		return m->template ? 0 : -1;
	case 'W':
		return m->end ? ks_end_where(m->end, text, e) : 0;
	case 'C':
		return m->end ? ks_end_capture(m->end, text, e) : 0;
	case 'S':
		return sample(m->probe, text, e);
	default:
		return ks_capture_default(m->probe, e);
	}
}

static void line(struct made *m, char what, char *text)
{
	struct ks_error e = {0};
	int r;

	switch (what) {
	case 'f':
	case 'F':
		return; // was there before
	case 'o':
	case 'x':
		end(m, what, text);
		return;
	case 'n':
		within(m, text);
		return;
	case 'D':
	case '$':
	case 'k':
	case 'h':
		word(m, what, text);
		return;
	case 'a':
		if (ready(m))
			add(m, text);
		return;
	default:
		break;
	}
	if (what != 'W' && what != 'C' && !ready(m))
		return;
	do
		r = try(m, what, text, &e);
	while (r < 0 && tell(m->trace, &e));
	if (r < 0)
		refused(&e, text);
}

// Types come before all texts.
static void format(struct ks_trace *trace, const char *data)
{
	char name[256];
	struct ks_error e = {0};

	for (const char *at = data; (at = strchr(at, '\n')); at++) {
		if (at[1] != 'f' && at[1] != 'F')
			continue;
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(at + 2, "\n"), at + 2);
		if (ks_format(trace, name, at[1] == 'f', &e) < 0)
			refused(&e, name);
	}
}

// At the function that the first byte chooses, or at the places behind the two: "vfs_*,!vfs_open".
static struct ks_probe *probe(struct ks_trace *trace, const char *data)
{
	char text[512] = "", whole[512];
	const char *places[8];
	int count;
	struct ks_error e = {0};
	struct ks_probe *p;

	snprintf(text, sizeof(text), "%s%s", data[1] & RETURN ? "return:" : "",
		 functions[(unsigned char)(data[0] - 'A') %
			   (sizeof(functions) / sizeof(*functions))]);
	if (data[2] != '\n')
		snprintf(text, sizeof(text), "%.*s", (int)strcspn(data + 2, "\n"), data + 2);
	memcpy(whole, text, sizeof(text));
	count = words(text, ",", places, 8);
	if (!strcmp(whole, "span"))
		p = ks_span(trace, 0, &e);
	else if (data[1] & CALL)
		p = ks_call(trace, places, count, &e);
	else
		p = ks_probe(trace, places, count, &e);
	if (!p)
		refused(&e, whole);
	return p;
}

static void compile(struct ks_trace *trace, char *data)
{
	struct made m = {.trace = trace, .is_span = !strncmp(data + 2, "span\n", 5)};
	struct ks_probe *at;
	struct ks_error e = {0};
	char *text = strchr(data, '\n');

	format(trace, data);
	m.probe = probe(trace, data);
	if (m.probe && data[1] & SECOND && !m.is_span)
		probe(trace, data);
	while (m.probe && text && text[1]) {
		char what = *++text, *end = strchr(text, '\n');

		if (end)
			*end = '\0';
		if (what)
			line(&m, what, text + 1);
		text = end;
	}
	if (!m.probe)
		return;
	if (ks_compile(trace, &at, &e) == 0)
		show(trace, m.probe, m.template);
	else
		refused(&e, ks_refused_text(trace) ? ks_refused_text(trace) : "");
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size);
int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size)
{
	const char *btf = getenv("FUZZ_BTF");
	struct ks_options options = {.btf = btf ? btf : "build/fixtures/kernel.btf",
				     .tracefs = "spec/fixtures/tracefs",
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
