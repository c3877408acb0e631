// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Values that are known, in every form, and types that no compiler makes.
//
//   show forms BTF     values of spec/fixtures/values.c, a line "NAME FORM TEXT" each
//   show cuts BTF      the same values by every number of bytes that may be there, and in buffers of
//                      every size: what differs from what should be
//   show hostile       types made by hand, a line each
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "../fixtures/values.c"
#include "show.h"
#include "type.h"

#define ROOM ((size_t)64 << 20)

static const struct show line = {.form = SHOW_LINE}, tree = {.form = SHOW_TREE},
			 full = {.form = SHOW_FULL}, hex = {.form = SHOW_LINE, .hex = true};

static void fill(void)
{
	static const char hidden[] = "a\"\\\x1b[2J\xff";

	scalars = (struct scalars){.c = 'x',
				   .sc = -1,
				   .uc = 255,
				   .b = 1,
				   .s = -32768,
				   .us = 65535,
				   .i = -2147483647 - 1,
				   .u = 4294967295,
				   .l = -9223372036854775807 - 1,
				   .ul = 18446744073709551615u,
				   .f = 0.1f,
				   .d = 1e100,
				   .ld = 0.5L,
				   .color = BLUE,
				   .sign = MINUS,
				   .small = LARGE,
				   .wide = WIDE,
				   .far = FAR,
				   .order = SECOND};
	scalars.i128 = -((__int128)1 << 100);
	scalars.u128 = ~(unsigned __int128)0;
	pointers = (struct pointers){.p = (void *)0xffff888012345678,
				     .text = (void *)-2l,
				     .function = (function_t)0x10};
	bits = (struct bits){.a = -1,
			     .b = 31,
			     .color = GREEN,
			     .flag = 1,
			     .big = 0x123456789a,
			     .neg = -5,
			     .sign = MINUS,
			     .more = 77,
			     .c = 'A' - 64};
	arrays = (struct arrays){.numbers = {1, 0, 3},
				 .bytes = {7, 7, 7, 7, 7, 0, 0, 1},
				 .pairs = {{1, 2}, {1, 2}, {1, 2}, {0, 0}, {0, 0}, {5, 0}},
				 .colors = {GREEN, RED, 9},
				 .flags = {1, 0, 1, 0},
				 .names = {"one", "two"},
				 .reals = {1.5, -0.0},
				 .either = {{.i = 3}}};
	arrays.many[15] = 1;
	memcpy(strings.name, hidden, 8);
	memcpy(strings.full, "abcd", 4);
	strings.after = 'a';
	strings.last = '\'';
	nested = (struct nested){
		.x = 1, .i = 0x0201, .named = {.z = 3}, .pair = {4, 0}, .unnamed = {.y = 6}};
}

static const struct {
	const char *name;
	const void *bytes;
	size_t used; // bytes without those at the end that no member has; 0: all
} values[] = {
	{"scalars", &scalars, 0}, {"pointers", &pointers, 0}, {"bits", &bits, 17},
	{"arrays", &arrays, 0},	  {"strings", &strings, 37},  {"nested", &nested, 0},
	{"empty", "", 0},	  {"flexible", &flexible, 0},
};

static struct buf out;

static void shown(const char *name, const char *form)
{
	buf_end(&out);
	printf("%s %s %s\n", name, form, out.p);
	out.len = 0;
}

static void forms(struct plans *plans)
{
	static const unsigned char none[1024];
	static const int elements[5] = {1, 2, 2, 2, 2};
	struct show wanted = {.form = SHOW_LINE, .size = 100};

	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		uint32_t id = btf_find(plans->btf, BTF_KIND_STRUCT, values[i].name, 1);
		const struct plan *p = plan_of(plans, id);

		show_text(&line, p, values[i].bytes, p->size, &out);
		shown(values[i].name, "line");
		show_text(&hex, p, values[i].bytes, p->size, &out);
		shown(values[i].name, "hex");
		show_json(&line, p, values[i].bytes, p->size, &out);
		shown(values[i].name, "json");
		show_text(&tree, p, values[i].bytes, p->size, &out);
		shown(values[i].name, "tree");
		show_text(&full, p, none, p->size, &out);
		shown(values[i].name, "zero");
	}
	const struct plan *ints = plan_of_elements(plans,
						   btf_find(plans->btf, BTF_KIND_INT, "int", 1));
	const struct plan *chars = plan_of_elements(plans,
						    btf_find(plans->btf, BTF_KIND_INT, "char", 1));

	show_text(&line, ints, elements, sizeof(elements), &out);
	shown("elements", "line");
	show_text(&wanted, ints, elements, sizeof(elements) - 1, &out);
	shown("elements", "cut");
	show_json(&wanted, ints, elements, sizeof(elements) - 1, &out);
	shown("elements", "json");
	show_text(&line, ints, elements, 0, &out);
	shown("elements", "none");
	show_text(&line, chars, "text", 4, &out);
	shown("chars", "line");
	show_text(&line, plan_of(plans, 0), "", 0, &out);
	shown("void", "line");
	show_json(&line, plan_of(plans, 0), "", 0, &out);
	shown("void", "json");
}

// A buffer that is too small gets the beginning and the same length; bytes that are not there are
// never read: `make asan` sees that.
static unsigned long cut(struct plans *plans, const char *name, const void *bytes, size_t used,
			 uint8_t form)
{
	const struct plan *p = plan_of(plans, btf_find(plans->btf, BTF_KIND_STRUCT, name, 1));
	const struct show how = {.form = form};
	unsigned long wrong = 0;
	size_t whole;

	for (size_t there = 0; there <= p->size; there++) {
		unsigned char *copy = malloc(there ? there : 1);

		memcpy(copy, bytes, there);
		out.len = 0;
		show_text(&how, p, copy, there, &out);
		buf_end(&out);
		whole = out.len;
		if ((strstr(out.p, " bytes)") != NULL) != (there < (used ? used : p->size))) {
			printf("%s of %zu: %s\n", name, there, out.p);
			wrong++;
		}
		for (size_t cap = 0; cap < whole + 2; cap += 1 + cap / 8) {
			char *small = malloc(cap + 1);
			struct buf b = buf_over(small, cap);

			small[cap] = 'G';
			show_text(&how, p, copy, there, &b);
			if (b.len != whole || small[cap] != 'G' ||
			    memcmp(small, out.p, cap < whole ? cap : whole) != 0) {
				printf("%s of %zu in %zu: %zu\n", name, there, cap, b.len);
				wrong++;
			}
			free(small);
		}
		free(copy);
	}
	return wrong;
}

// --- by hand ----------------------------------------------------------------------------------

static struct {
	uint32_t types[1 << 21];
	uint32_t n, id;
	char strings[1 << 20];
	uint32_t strings_len;
} made;

static uint32_t string(const char *s)
{
	uint32_t at = made.strings_len;

	strcpy(made.strings + at, s);
	made.strings_len += (uint32_t)strlen(s) + 1;
	return at;
}

static void word(uint32_t w)
{
	made.types[made.n++] = w;
}

static uint32_t type(uint32_t name, uint32_t kind, uint32_t vlen, bool flag, uint32_t size)
{
	word(name);
	word((uint32_t)flag << 31 | kind << 24 | vlen);
	word(size);
	return ++made.id;
}

static uint32_t integer(const char *name, uint32_t size, uint32_t encoding)
{
	uint32_t id = type(string(name), BTF_KIND_INT, 0, false, size);

	word(encoding << 24 | size * 8);
	return id;
}

static uint32_t array(uint32_t of, uint32_t count)
{
	uint32_t id = type(0, BTF_KIND_ARRAY, 0, false, 0);

	word(of);
	word(1);
	word(count);
	return id;
}

static void member(const char *name, uint32_t of, uint32_t offset)
{
	word(*name ? string(name) : 0);
	word(of);
	word(offset);
}

static void start(void)
{
	made.n = made.id = 0;
	made.strings_len = 0;
	string("");
	integer("int", 4, BTF_INT_SIGNED);
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

// Plans the type with an id, and shows it in all forms with 64 KiB of bytes.
static void hostile(const char *what, uint32_t id)
{
	struct btf_header h = {.magic = BTF_MAGIC, .version = BTF_VERSION, .hdr_len = sizeof(h)};
	static unsigned char bytes[65536];
	double from = seconds();
	struct ks_error error;
	struct plans plans;
	struct btf btf;
	char *data;

	h.type_len = made.n * 4;
	h.str_off = h.type_len;
	h.str_len = made.strings_len;
	data = malloc(sizeof(h) + h.type_len + h.str_len);
	memcpy(data, &h, sizeof(h));
	memcpy(data + sizeof(h), made.types, h.type_len);
	memcpy(data + sizeof(h) + h.type_len, made.strings, h.str_len);
	if (btf_parse(&btf, (unsigned char *)data, sizeof(h) + h.type_len + h.str_len, NULL,
		      &error) < 0) {
		printf("%s: %s\n", what, error.message);
		return;
	}
	plans_init(&plans, &btf);
	const struct plan *p = plan_of(&plans, id), *e = plan_of_elements(&plans, id);
	printf("%s: %s", what, p ? "a plan" : "no plan");
	for (int form = SHOW_LINE; form <= SHOW_DUMP + 1; form++) {
		const struct show how = {.form = (uint8_t)form, .dump = {.emit_zeroes = true}};

		memset(bytes, form, sizeof(bytes));
		for (int k = 0; k < 2; k++) {
			const struct plan *which = k ? e : p;

			out.len = 0;
			if (which && form <= SHOW_DUMP)
				show_text(&how, which, bytes, sizeof(bytes), &out);
			else if (which)
				show_json(&how, which, bytes, sizeof(bytes), &out);
			for (size_t i = 0; i < out.len && i < out.cap; i++)
				if ((unsigned char)out.p[i] < ' ' && out.p[i] != '\n' &&
				    out.p[i] != '\t') {
					printf(", a control character");
					break;
				}
		}
	}
	plans_fini(&plans);
	btf_fini(&btf);
	printf("%s\n", seconds() - from > 10 ? ", and that took its time" : "");
}

static void all_hostile(void)
{
	uint32_t id;

	start();
	id = type(string("a"), BTF_KIND_STRUCT, 1, false, 8);
	member("a", id, 0);
	hostile("a struct in itself", id);

	start();
	id = type(string("a"), BTF_KIND_STRUCT, 1, false, 8);
	member("b", id + 1, 0);
	array(id, 1);
	hostile("a struct in itself, by an array", id);

	start();
	id = array(made.id + 1, 1);
	hostile("an array of itself", id);

	start();
	id = type(string("a"), BTF_KIND_TYPEDEF, 0, false, made.id + 1);
	hostile("a typedef of itself", id);

	start();
	id = array(1, 0xffffffff);
	hostile("an array of 4294967295 numbers", id);

	start();
	id = array(1, 1 << 20);
	hostile("an array of 1048576 numbers", id);

	start();
	id = 1;
	for (int i = 0; i < 5; i++)
		id = array(id, 0xffff);
	hostile("arrays of arrays, 2^80 numbers", id);

	start();
	type(string("e"), BTF_KIND_STRUCT, 0, false, 0);
	id = array(2, 0xffffffff);
	hostile("an array of 4294967295 structs without members", id);

	start();
	type(string("e"), BTF_KIND_STRUCT, 0, false, 0);
	id = array(2, 100000);
	hostile("an array of 100000 structs without members", id);

	start();
	id = 1;
	for (int i = 0; i < 30; i++) {
		uint32_t of = id;

		id = type(string("n"), BTF_KIND_STRUCT, 2, false, 0x40000000);
		member("left", of, 0);
		member("right", of, 0);
	}
	hostile("structs of two structs each, 2^30 numbers", id);

	start();
	id = 1;
	for (int i = 0; i < 31; i++) {
		uint32_t of = id;

		id = type(string("n"), BTF_KIND_STRUCT, 1, false, 4);
		member("deeper", of, 0);
	}
	hostile("31 structs in each other", id);

	start();
	id = type(string("many"), BTF_KIND_STRUCT, 65535, false, 65536 * 4);
	for (uint32_t i = 0; i < 65535; i++)
		member("m", 1, i * 32);
	hostile("65535 members", id);

	start();
	integer("char", 1, 0);
	array(2, 65536);
	id = type(string("over"), BTF_KIND_UNION, 500, false, 65536);
	for (uint32_t i = 0; i < 500; i++)
		member("m", 3, 0);
	hostile("500 texts of 64 KiB in one place", id);

	start();
	id = type(string("out"), BTF_KIND_STRUCT, 1, false, 6);
	member("m", 1, 32);
	hostile("a member that sticks out", id);

	start();
	id = type(string("bits"), BTF_KIND_STRUCT, 1, true, 64);
	member("m", 1, 40 << 24 | 3);
	hostile("a bit-field of 40 bits in an int", id);

	start();
	integer("huge", 16, 0);
	id = type(string("bits"), BTF_KIND_STRUCT, 1, true, 17);
	member("m", 2, 125u << 24 | 7);
	hostile("a bit-field of 125 bits", id);

	start();
	id = type(string("bits"), BTF_KIND_STRUCT, 2, true, 8);
	member("m", 3, 3u << 24 | 3);
	member("p", 3, 3);
	type(0, BTF_KIND_PTR, 0, false, 1);
	hostile("a pointer of 3 bits", id);

	start();
	integer("three", 3, 0);
	id = type(string("odd"), BTF_KIND_STRUCT, 1, false, 8);
	member("m", 2, 16);
	hostile("an integer of 3 bytes", id);

	start();
	id = type(string("f"), BTF_KIND_FLOAT, 0, false, 3);
	hostile("floating point of 3 bytes", id);

	start();
	id = type(string("f"), BTF_KIND_FLOAT, 0, false, 0xffffffff);
	hostile("floating point of 4 GiB", id);

	start();
	id = type(string("\x1b[2J\"\\\xff\n"), BTF_KIND_STRUCT, 2, false, 4);
	member("\x1b]0;x\a\"\\\xff\n", 1, 0);
	member("e", 3, 0);
	type(string("e"), BTF_KIND_ENUM, 2, false, 4);
	word(string("\x1b[31m\n"));
	word(0x01010101);
	word(string("\x9b"));
	word(0x02020202);
	hostile("names with control characters", id);

	start();
	static char name[100000];
	memset(name, 'n', sizeof(name) - 1);
	id = type(string(name), BTF_KIND_STRUCT, 3, false, 8);
	member(name, 1, 0);
	member(name, id, 0);
	member("e", id + 1, 0);
	type(string(name), BTF_KIND_ENUM, 1, false, 4);
	word(string(name));
	word(0);
	made.types[made.n - 2 - 3 - 9 + 4] = 1; // the second member is an int as well
	hostile("names of 100000 bytes", id);

	start();
	id = type(0, BTF_KIND_PTR, 0, false, made.id + 2);
	type(0, BTF_KIND_FUNC_PROTO, 100, false, 2);
	for (int i = 0; i < 100; i++) {
		word(0);
		word(2);
	}
	hostile("a function of a hundred such functions each", id);

	start();
	id = type(string("anonymous"), BTF_KIND_STRUCT, 2, false, 8);
	member("", 1, 0);
	member("", 3, 32);
	type(0, BTF_KIND_FWD, 0, false, 0);
	hostile("members without names", id);
}

int main(int argc, char **argv)
{
	unsigned long wrong = 0, tried = 0;
	struct ks_error error;
	struct plans plans;
	struct btf btf;

	out = buf_over(malloc(ROOM), ROOM);
	if (argc > 1 && !strcmp(argv[1], "hostile")) {
		all_hostile();
		free(out.p);
		return 0;
	}
	if (argc < 3 || btf_open(&btf, argv[2], NULL, &error) < 0)
		return 2;
	fill();
	plans_init(&plans, &btf);
	if (!strcmp(argv[1], "forms")) {
		forms(&plans);
	} else {
		for (size_t i = 0; i < sizeof(values) / sizeof(*values) - 2; i++)
			for (uint8_t form = SHOW_LINE; form <= SHOW_DUMP; form++, tried++)
				wrong += cut(&plans, values[i].name, values[i].bytes,
					     values[i].used, form);
		printf("values %lu, wrong %lu\n", tried, wrong);
	}
	plans_fini(&plans);
	btf_fini(&btf);
	free(out.p);
	return wrong != 0;
}
