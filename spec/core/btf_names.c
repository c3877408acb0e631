// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Does looking for a name in BTF find what looking at every type finds?
//
//   btf_names compare FILE [STEP]    each STEP-th named type and constant of a file, and names near it
//   btf_names made                   BTF made by hand, one line a case
//   btf_names find FILE NAME...      nothing but that, for functions: to measure it
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "btf.h"
#include "error.h"

static unsigned long compared, wrong;

static uint32_t slow_find(const struct btf *b, uint32_t kind, const char *name, uint32_t from)
{
	for (uint32_t id = from > b->first ? from : b->first; id < b->end; id++)
		if (btf_kind(btf_type(b, id)) == kind && !strcmp(btf_name(b, id), name))
			return id;
	return 0;
}

static uint32_t slow_constant(const struct btf *b, const char *name, uint32_t *nth)
{
	for (uint32_t id = 1; id < b->end; id++) {
		const struct btf_type *t = btf_type(b, id);
		uint32_t words = btf_kind(t) == BTF_KIND_ENUM64 ? 3 : 2;

		if (words == 2 && btf_kind(t) != BTF_KIND_ENUM)
			continue;
		for (*nth = 0; *nth < btf_vlen(t); ++*nth)
			if (!strcmp(btf_string(b, ((const uint32_t *)(t + 1))[words * *nth]), name))
				return id;
	}
	return 0;
}

static void compare_type(const struct btf *b, uint32_t kind, const char *name, uint32_t from)
{
	uint32_t id = btf_find(b, kind, name, from), slow = slow_find(b, kind, name, from);

	compared++;
	if (id == slow)
		return;
	wrong++;
	printf("kind %u '%s' from %u: %u, not %u\n", kind, name, from, id, slow);
}

static void compare_constant(const struct btf *b, const char *name)
{
	char longer[600];
	uint32_t nth = 0, slow_nth = 0, id, slow;
	size_t len = strlen(name);

	if (snprintf(longer, sizeof(longer), "%s == 1", name) >= (int)sizeof(longer))
		return;
	id = btf_find_constant(b, longer, len, 0, &nth); // as in an expression's text
	slow = slow_constant(b, name, &slow_nth);
	compared++;
	if (id == slow && (!id || nth == slow_nth))
		return;
	wrong++;
	printf("constant '%s': %u %u, not %u %u\n", name, id, nth, slow, slow_nth);
}

// A name, and what is like it: one byte shorter at either end, longer, another last byte.
static void near(const struct btf *b, uint32_t kind, const char *name)
{
	char text[600];
	size_t len = strlen(name);

	if (!len || len + 2 > sizeof(text))
		return;
	if (name[1]) {
		compare_type(b, kind, name + 1, 0);
		compare_constant(b, name + 1);
	}
	memcpy(text, name, len);
	memcpy(text + len, "_", 2);
	compare_type(b, kind, text, 0);
	compare_constant(b, text);
	memcpy(text + len - 1, "~", 2);
	compare_type(b, kind, text, 0);
	compare_constant(b, text);
	text[len - 1] = 0;
	if (len > 1) {
		compare_type(b, kind, text, 0);
		compare_constant(b, text);
	}
}

static void compare(const struct btf *b, uint32_t step)
{
	for (uint32_t id = b->first; id < b->end; id += step) {
		const struct btf_type *t = btf_type(b, id);
		uint32_t kind = btf_kind(t);
		uint32_t words = kind == BTF_KIND_ENUM64 ? 3 : 2;

		for (uint32_t i = 0; i < btf_vlen(t) && (kind == BTF_KIND_ENUM || words == 3); i++)
			compare_constant(b, btf_string(b, ((const uint32_t *)(t + 1))[words * i]));
		if (!t->name_off)
			continue;
		compare_type(b, kind, btf_name(b, id), 0);
		compare_type(b, kind, btf_name(b, id), id);
		compare_type(b, kind, btf_name(b, id), id + 1);
		compare_type(b, kind, btf_name(b, id), id - 1);
		compare_type(b, kind == BTF_KIND_FUNC ? BTF_KIND_STRUCT : BTF_KIND_FUNC,
			     btf_name(b, id), 0);
		near(b, kind, btf_name(b, id));
	}
	printf("compared %lu, wrong %lu\n", compared, wrong);
}

// --- by hand ----------------------------------------------------------------------------------

static struct {
	uint32_t types[1 << 20];
	uint32_t n;
	char strings[1024];
	uint32_t strings_len;
} made;

static void start(bool split)
{
	made.n = 0;
	made.strings[0] = 0;
	made.strings_len = split ? 0 : 1;
}

static uint32_t string(const char *s)
{
	uint32_t at = made.strings_len;

	memcpy(made.strings + at, s, strlen(s) + 1);
	made.strings_len += (uint32_t)strlen(s) + 1;
	return at;
}

static void type(uint32_t name, uint32_t kind, uint32_t vlen, uint32_t size_or_type)
{
	made.types[made.n++] = name;
	made.types[made.n++] = kind << 24 | vlen;
	made.types[made.n++] = size_or_type;
}

static void constant(uint32_t name, uint32_t value)
{
	made.types[made.n++] = name;
	made.types[made.n++] = value;
}

// What is made, read; false: refused, with its message printed.
static bool finish(struct btf *b, const struct btf *base)
{
	struct btf_header h = {.magic = BTF_MAGIC, .version = BTF_VERSION, .hdr_len = sizeof(h)};
	size_t size = sizeof(h) + made.n * 4 + made.strings_len;
	unsigned char *data = malloc(size); // to the byte, for a sanitizer to see who reads on
	struct ks_error error;

	h.type_len = h.str_off = made.n * 4;
	h.str_len = made.strings_len;
	memcpy(data, &h, sizeof(h));
	memcpy(data + sizeof(h), made.types, made.n * 4);
	memcpy(data + sizeof(h) + made.n * 4, made.strings, made.strings_len);
	if (btf_parse(b, data, size, base, &error) == 0)
		return true;
	printf("%s\n", error.message);
	return false;
}

static void show(const char *what, const struct btf *b, uint32_t kind, const char *name)
{
	printf("%s:", what);
	for (uint32_t id = btf_find(b, kind, name, 0); id; id = btf_find(b, kind, name, id + 1))
		printf(" %u", id);
	printf("\n");
}

static void show_constant(const char *what, const struct btf *b, const char *name)
{
	uint32_t nth, id = btf_find_constant(b, name, strlen(name), 0, &nth);

	printf("%s:", what);
	if (id)
		printf(" %u %u", id, nth);
	printf("\n");
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

// Ids: 1 to 3 structs list_head, head, ead by one string; 4 head again, its own string; 5 union head;
// 6, 7 long names, the same for 16 bytes; 8 enum color; 9 an enum without a name; 10 is the last string.
static void one_file(struct btf *b)
{
	uint32_t list;
	char name[300];

	start(false);
	list = string("list_head");
	type(list, BTF_KIND_STRUCT, 0, 8);
	type(list + 5, BTF_KIND_STRUCT, 0, 8);
	type(list + 6, BTF_KIND_STRUCT, 0, 8);
	type(string("head"), BTF_KIND_STRUCT, 0, 8);
	type(list + 5, BTF_KIND_UNION, 0, 8);
	type(string("trace_event_raw_one"), BTF_KIND_STRUCT, 0, 8);
	type(string("trace_event_raw_two"), BTF_KIND_STRUCT, 0, 8);
	type(string("color"), BTF_KIND_ENUM, 3, 4);
	constant(string("CONST_6"), 1);
	constant(string("CONST_67"), 2);
	constant(string("CONST_678"), 3);
	type(0, BTF_KIND_ENUM, 2, 4);
	constant(list + 5, 4);
	constant(string("CONST_67"), 5);
	type(string("z"), BTF_KIND_STRUCT, 0, 8);
	if (!finish(b, NULL))
		return;
	memset(name, 'z', sizeof(name));
	name[sizeof(name) - 1] = 0;
	show("the whole string", b, BTF_KIND_STRUCT, "list_head");
	show("the end of a string, and a string", b, BTF_KIND_STRUCT, "head");
	show("of another kind", b, BTF_KIND_UNION, "head");
	show("the end of that", b, BTF_KIND_STRUCT, "ead");
	show("16 bytes the same", b, BTF_KIND_STRUCT, "trace_event_raw_two");
	show("16 bytes of it", b, BTF_KIND_STRUCT, "trace_event_raw_");
	show("the last string", b, BTF_KIND_STRUCT, "z");
	show("longer than all strings", b, BTF_KIND_STRUCT, name);
	show("no name", b, BTF_KIND_ENUM, "");
	show("nothing", b, BTF_KIND_STRUCT, "nothing");
	show_constant("constant of 7", b, "CONST_6");
	show_constant("constant of 8, the first of two", b, "CONST_67");
	show_constant("constant of 9", b, "CONST_678");
	show_constant("constant, the end of a string", b, "head");
	show_constant("constant that is a struct", b, "list_head");
	show_constant("constant that begins one", b, "CONST");
}

// A module's: 11 struct head and 12 struct own, named by the base's strings and its own; 13 an enum.
static void two_files(const struct btf *base)
{
	struct btf b;
	uint32_t own;

	start(true);
	own = base->strings_len + string("own");
	type(6, BTF_KIND_STRUCT, 0, 8);
	type(own, BTF_KIND_STRUCT, 0, 8);
	type(0, BTF_KIND_ENUM, 3, 4);
	constant(own, 1);
	constant(base->strings_len + string("CONST_678"), 2);
	constant(1, 3);
	if (!finish(&b, base))
		return;
	show("named by the base", &b, BTF_KIND_STRUCT, "head");
	show("named by itself", &b, BTF_KIND_STRUCT, "own");
	show("only in the base", &b, BTF_KIND_STRUCT, "list_head");
	show_constant("constant of a module", &b, "own");
	show_constant("constant of both", &b, "CONST_678");
	show_constant("constant of a module, named by the base", &b, "list_head");
	show_constant("constant of the base", &b, "CONST_6");
	compare(&b, 1);
	btf_fini(&b);
}

// Whoever counts those of a name must not wait for the square of their number.
static void many(void)
{
	uint32_t name, count = 300000, found = 0;
	struct btf b;
	double begin = now();

	start(false);
	name = string("f");
	type(0, BTF_KIND_FUNC_PROTO, 0, 0);
	for (uint32_t i = 0; i < count; i++)
		type(name, BTF_KIND_FUNC, 0, 1);
	if (!finish(&b, NULL))
		return;
	for (uint32_t id = 0; (id = btf_find(&b, BTF_KIND_FUNC, "f", id + 1));)
		found += id == found + 2;
	printf("%u of one name, in order: %s\n", found, now() - begin < 1000 ? "fast" : "slow");
	btf_fini(&b);
}

static void order(const char *what, uint32_t first_kind, uint32_t first_type, uint32_t second_kind)
{
	struct btf b;

	start(false);
	type(first_kind == BTF_KIND_FUNC ? string("f") : 0, first_kind, 0, first_type);
	type(0, second_kind, 0, 0);
	printf("%s: ", what);
	if (finish(&b, NULL)) {
		printf("read\n");
		btf_fini(&b);
	}
}

static int by_hand(void)
{
	struct btf b;

	one_file(&b);
	compare(&b, 1);
	two_files(&b);
	btf_fini(&b);
	many();
	order("a function before its prototype", BTF_KIND_FUNC, 2, BTF_KIND_FUNC_PROTO);
	order("a function before a pointer", BTF_KIND_FUNC, 2, BTF_KIND_PTR);
	order("a function of none", BTF_KIND_FUNC, 0, BTF_KIND_FUNC_PROTO);
	order("a pointer to the last type", BTF_KIND_PTR, 2, BTF_KIND_PTR);
	order("a pointer behind it", BTF_KIND_PTR, 3, BTF_KIND_PTR);
	return wrong != 0;
}

int main(int argc, char **argv)
{
	struct ks_error error;
	struct btf b;

	if (argc == 2)
		return by_hand();
	if (argc < 3)
		return 2;
	if (btf_open(&b, argv[2], NULL, &error) < 0) {
		printf("%s\n", error.message);
		return 1;
	}
	if (!strcmp(argv[1], "compare"))
		compare(&b, argc > 3 ? (uint32_t)atoi(argv[3]) : 1);
	for (int i = 3; i < argc && !strcmp(argv[1], "find"); i++)
		printf("%u\n", btf_find(&b, BTF_KIND_FUNC, argv[i], 0));
	btf_fini(&b);
	return wrong != 0;
}
