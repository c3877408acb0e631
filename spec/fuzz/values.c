// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Any bytes as a value of any type, shown in every way. An input is:
//
//   mode      one byte: x a type of the fixture, t one of the types that follow
//   how       one byte: form, hexadecimal, options of the form that libbpf has
//   id        two bytes: the type
//   types     mode t: two bytes, how many bytes of types follow; then these
//   value     the rest: so much was captured
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "btf.h"
#include "json.h"
#include "plan.h"
#include "show.h"

static const char strings[] =
	"\0a\0list_head\0next\0int\0char\0_Bool\0in6_addr\0sockaddr\0uuid_t\0"
	"kuid_t\0path\0dentry\0ktime_t\0cpumask\0gfp_t\0dev_t\0\xff\x1b[31m\0\"\\";

static void fail(const char *what, const char *text)
{
	fprintf(stderr, "FLAW: %s: %s\n", what, text);
	abort();
}

static struct btf *fixture(struct plans **plans)
{
	static struct btf b;
	static struct plans made;
	const char *path = getenv("FUZZ_BTF");
	struct ks_error e = {0};

	if (!b.bytes.data) {
		if (btf_open(&b, path ? path : "build/fixtures/kernel.btf", NULL, &e) < 0)
			fail(e.message, "");
		plans_init(&made, &b);
	}
	*plans = &made;
	return &b;
}

static void look_at_text(const struct buf *out)
{
	for (size_t i = 0; i < out->len && i < out->cap; i++)
		if (((unsigned char)out->p[i] < 0x20 && out->p[i] != '\n' && out->p[i] != '\t') ||
		    out->p[i] == 0x7f)
			fail("a control byte in a value's text", out->p);
}

static void show(const struct plan *plan, unsigned char how, const void *bytes, size_t there)
{
	static char text[1 << 18];
	struct show s = {.form = how & 3,
			 .hex = how & 4,
			 .level = how >> 6,
			 .dump = {.compact = how & 8,
				  .skip_names = how & 16,
				  .emit_zeroes = how & 32,
				  .indent_level = how & 4 ? 3 : 0}};
	struct buf out = buf_over(text, sizeof(text));
	const char *wrong;
	size_t at;

	show_text(&s, plan, bytes, there, &out);
	if (buf_end(&out) < sizeof(text))
		look_at_text(&out);
	out = buf_over(text, sizeof(text));
	show_json(&s, plan, bytes, there, &out);
	if (buf_end(&out) < sizeof(text) && (wrong = json_flaw(text, out.len, &at))) {
		fprintf(stderr, "at %zu: %s\n", at, wrong);
		fail("this is no JSON", text);
	}
}

// What differs between a value and another one.
static void show_differences(const struct plan *plan, unsigned char how, const unsigned char *bytes)
{
	static char text[1 << 18];
	const struct show s = {.form = SHOW_LINE, .plain = how & 8};
	unsigned char *other = malloc(plan->size + 1);
	const struct show_pair pair = {.was = bytes, .is = other, .path = "x->"};
	struct buf out = buf_over(text, sizeof(text));
	const char *wrong;
	size_t at;

	for (uint32_t i = 0; other && i < plan->size; i++)
		other[i] = bytes[i] ^ (unsigned char)(i % 3 ? 0 : how * i);
	if (other)
		show_changes(&s, plan, &pair, &out);
	if (buf_end(&out) < sizeof(text))
		look_at_text(&out);
	out = buf_over(text, sizeof(text));
	if (other)
		show_changes_json(&s, plan, &pair, &out);
	if (other && buf_end(&out) < sizeof(text) && (wrong = json_flaw(text, out.len, &at))) {
		fprintf(stderr, "at %zu: %s\n", at, wrong);
		fail("this is no JSON", text);
	}
	free(other);
}

// Both of a type's plans over bytes; there: how many they are.
static void show_type(struct plans *plans, uint32_t id, unsigned char how, const void *bytes,
		      size_t there)
{
	const struct plan *plan = plan_of(plans, id), *elements = plan_of_elements(plans, id);

	if (plan)
		show(plan, how, bytes, there < plan->size ? there : plan->size);
	if (plan && there >= plan->size)
		show_differences(plan, how, bytes);
	if (elements)
		show(elements, how, bytes, there);
}

// Types of the input's. The value's bytes are behind them.
static void show_made(uint32_t id, unsigned char how, const unsigned char *at, size_t size)
{
	struct btf_header h = {.magic = BTF_MAGIC, .version = BTF_VERSION, .hdr_len = sizeof(h)};
	size_t len = at[0] | at[1] << 8;
	unsigned char *data, *value;
	struct ks_error e = {0};
	struct plans plans;
	struct btf b;

	at += 2;
	size -= 2;
	len = (len < size ? len : size) & ~(size_t)3;
	data = malloc(sizeof(h) + len + sizeof(strings));
	value = malloc(size - len + 1);
	if (!data || !value)
		abort();
	h.type_len = h.str_off = (uint32_t)len;
	h.str_len = sizeof(strings);
	memcpy(data, &h, sizeof(h));
	memcpy(data + sizeof(h), at, len);
	memcpy(data + sizeof(h) + len, strings, sizeof(strings));
	memcpy(value, at + len, size - len);
	if (btf_parse(&b, data, sizeof(h) + len + sizeof(strings), NULL, &e) == 0) {
		plans_init(&plans, &b);
		show_type(&plans, id % b.end, how, value, size - len);
		plans_fini(&plans);
		btf_fini(&b);
	}
	free(value);
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size);
int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size)
{
	struct plans *plans;
	const struct btf *b = fixture(&plans);
	unsigned char *copy;
	uint32_t id;

	if (size < 6)
		return 0;
	id = bytes[2] | (uint32_t)bytes[3] << 8;
	if (bytes[0] == 't') {
		show_made(id, bytes[1], bytes + 4, size - 4);
	} else {
		copy = malloc(size - 4); // to the byte
		memcpy(copy, bytes + 4, size - 4);
		show_type(plans, id % b->end, bytes[1], copy, size - 4);
		free(copy);
	}
	return 0;
}
