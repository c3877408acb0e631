// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Any bytes as BTF: read, and all that is written of its types. The first byte says what the rest is:
//
//   r   a file
//   t   the types of one, with the strings below
//   s   the same, of a module whose base is the fixture
//   n   what a person calls a type, for ksnoop type and ksnoop stubs, of the fixture
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "btf.h"
#include "plan.h"
#include "stubs.h"
#include "trace.h"
#include "type.h"
#include "type_text.h"

#define MAX_TEXT ((size_t)96 << 20)

// Offsets that small numbers hit: 0 is no name, 1 "a", 3 "list_head", ...
static const char strings[] =
	"\0a\0list_head\0next\0int\0char\0_Bool\0end\0\xff\x1b[31m\0vfs_read\0"
	"in6_addr\0sockaddr\0family\0\"\\\n\0long_name_of_a_member_that_has_no_end";

static void fail(const char *what, const char *text)
{
	fprintf(stderr, "FLAW: %s: %s\n", what, text);
	abort();
}

static const char *fixture(void)
{
	const char *btf = getenv("FUZZ_BTF");

	return btf ? btf : "build/fixtures/kernel.btf";
}

static void refused(const struct ks_error *e)
{
	if (e->kind <= KS_OK || e->kind > KS_ENOMEM || !*e->message)
		fail("a refusal of no kind, or without words", e->message);
}

// Nothing that drives a terminal comes out, and no more than a limit.
static void look_at(const struct buf *out)
{
	if (out->len > MAX_TEXT)
		fail("more text than anybody reads", "");
	for (size_t i = 0; i < out->len && i < out->cap; i++)
		if (((unsigned char)out->p[i] < 0x20 && out->p[i] != '\n') || out->p[i] == 0x7f)
			fail("a control byte in the text of a type", "");
}

static void show_type(const struct btf *b, uint32_t id, char *text, size_t cap)
{
	int steps = TYPE_STEPS;
	struct type_shown s = {
		.btf = b, .id = id, .module = "", .title = btf_name(b, id), .steps = &steps};
	void (*const writers[])(const struct type_shown *, struct buf *) = {type_text, type_line,
									    type_json};

	for (size_t i = 0; i < sizeof(writers) / sizeof(*writers); i++) {
		struct buf out = buf_over(text, cap);

		writers[i](&s, &out);
		look_at(&out);
	}
}

static void show_types(const struct btf *b)
{
	static char text[1 << 20];
	struct stubs stubs = {0};
	struct plans plans;
	struct buf out = buf_over(text, sizeof(text));

	plans_init(&plans, b);
	// Each may be as large as 2^16 members: many of those are another matter than one.
	for (uint32_t id = b->first; id < b->end && id < b->first + 100; id++) {
		const struct btf_type *t = btf_type(b, id);

		if (t->name_off && !btf_find(b, btf_kind(t), btf_name(b, id), 0) &&
		    *btf_name(b, id))
			fail("a type that its name does not find", btf_name(b, id));
		type_tagged(b, id, "user");
		show_type(b, id, text, sizeof(text));
		plan_of(&plans, id);
		if (stubs_add(&stubs, b, id) < 0)
			abort();
	}
	if (stubs_write(&stubs, &out) < 0)
		abort();
	look_at(&out);
	stubs_fini(&stubs);
	plans_fini(&plans);
}

// Takes data.
static void read_file(unsigned char *data, size_t size, const struct btf *base)
{
	struct ks_error e = {0};
	struct btf b;

	if (btf_parse(&b, data, size, base, &e) < 0) {
		refused(&e);
		return;
	}
	show_types(&b);
	btf_fini(&b);
}

static void read_types(const unsigned char *types, size_t size, const struct btf *base)
{
	struct btf_header h = {.magic = BTF_MAGIC, .version = BTF_VERSION, .hdr_len = sizeof(h)};
	unsigned char *data = malloc(sizeof(h) + size + sizeof(strings));

	h.type_len = h.str_off = (uint32_t)size;
	h.str_len = sizeof(strings);
	memcpy(data, &h, sizeof(h));
	memcpy(data + sizeof(h), types, size);
	memcpy(data + sizeof(h) + size, strings, sizeof(strings));
	read_file(data, sizeof(h) + size + sizeof(strings), base);
}

static void ask(const char *name)
{
	static char text[1 << 20];
	static struct ks_trace *trace; // reading the fixture takes longer than the question
	struct ks_options options = {.btf = fixture()};
	struct ks_error e = {0};
	size_t n;

	if (!trace)
		trace = ks_open(&options, &e);
	if (!trace)
		fail(e.message, options.btf);
	for (int json = 0; json < 2; json++) {
		n = ks_type(trace, name, json, text, sizeof(text), &e);
		if (n == (size_t)-1)
			refused(&e);
		else
			look_at(&(struct buf){.p = text, .cap = sizeof(text), .len = n});
	}
	if (ks_stubs(trace, &name, 1, text, sizeof(text), &e) == (size_t)-1)
		refused(&e);
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size);
int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size)
{
	static struct btf base;
	struct ks_error e = {0};
	char *copy;

	if (!base.bytes.data && btf_open(&base, fixture(), NULL, &e) < 0)
		fail(e.message, "");
	if (!size)
		return 0;
	copy = malloc(size); // to the byte
	memcpy(copy, bytes + 1, size - 1);
	copy[size - 1] = '\0';
	switch (bytes[0]) {
	case 'r':
		read_file((unsigned char *)copy, size - 1, NULL);
		return 0;
	case 't':
		read_types((unsigned char *)copy, (size - 1) & ~(size_t)3, NULL);
		break;
	case 's':
		read_types((unsigned char *)copy, (size - 1) & ~(size_t)3, &base);
		break;
	case 'n':
		ask(copy);
		break;
	default:
		break;
	}
	free(copy);
	return 0;
}
