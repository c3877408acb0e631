// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// formatter BTF: answers lines of its input, one for each.
//   show TYPE HEX         "JSON text" as the type's formatter shows it, "none" when it has none
//   member OF NAME HEX    the same for a member of a struct
//   tick NS               jiffies take so long from here on; "" is the answer
//   parse TYPE TEXT       the bytes in hexadecimal, or the error
//   name GLOB TYPE HEX    the constant's name; TYPE "-" for none; "?" when it has none
// A TYPE is a typedef's name, or a struct's or an enum's with a colon: "struct:file".
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "formatter.h"
#include "naming.h"
#include "type.h"

static uint64_t tick_ns;

static uint32_t find(const struct btf *b, const char *name)
{
	if (!strncmp(name, "struct:", 7))
		return btf_find(b, BTF_KIND_STRUCT, name + 7, 0);
	if (!strncmp(name, "enum:", 5))
		return btf_find(b, BTF_KIND_ENUM, name + 5, 0);
	return btf_find(b, BTF_KIND_TYPEDEF, name, 0);
}

// At most 256 bytes; how many.
static size_t unhex(const char *hex, uint8_t *bytes)
{
	size_t n = 0;

	for (; n < 256 && hex[0] && hex[1]; hex += 2) {
		unsigned v;

		if (sscanf(hex, "%2x", &v) != 1)
			break;
		bytes[n++] = (uint8_t)v;
	}
	return n;
}

static void show(const struct btf *b, const struct formatter *f, uint32_t id, const char *hex)
{
	static const char *const json[] = {"plain", "text", "number"};
	struct formatter_context context = {.btf = b, .type_id = id};
	uint64_t size = type_size(b, id);
	uint8_t given[256] = {0}, *bytes;
	char text[8192];
	struct buf out = buf_over(text, sizeof(text) - 1);

	if (!f) {
		puts("none");
		return;
	}
	unhex(hex, given);
	context.detail = formatter_detail(f, b, tick_ns);
	bytes = malloc(size); // of its own size, so that the sanitizer sees what is read past it
	memcpy(bytes, given, size);
	f->show(bytes, size, &context, &out);
	free(bytes);
	buf_end(&out);
	printf("%s %s\n", json[f->json], text);
}

static void parse(const struct btf *b, uint32_t id, const char *text)
{
	const struct formatter *f = formatter_of(b, id);
	struct formatter_context context = {.btf = b, .type_id = id};
	struct ks_error error = {0};
	uint64_t size = type_size(b, id);
	uint8_t bytes[256] = {0};

	if (!f || !f->parse) {
		puts("none");
		return;
	}
	if (f->parse(text, strlen(text), &context, bytes, size, &error) < 0) {
		puts(error.message);
		return;
	}
	for (uint64_t i = 0; i < size; i++)
		printf("%02x", bytes[i]);
	puts("");
}

static void name(const struct btf *b, const char *glob, const char *type, const char *hex)
{
	struct arena a = {0};
	struct naming c;
	uint8_t bytes[256] = {0};
	char text[1024];
	struct buf out = buf_over(text, sizeof(text) - 1);
	size_t n = unhex(hex, bytes);
	uint64_t v;

	memcpy(&v, bytes, sizeof(v));
	if (naming_find(&a, b, *type == '-' ? 0 : find(b, type), (uint32_t)n, glob, &c) < 0)
		puts("error");
	else if (!naming_show(&c, v, &out))
		printf("? of %s\n", c.count ? "some" : "none");
	else
		printf("%.*s\n", (int)out.len, text);
	arena_fini(&a);
}

int main(int argc, char **argv)
{
	struct ks_error error;
	struct btf b;
	char line[2048], what[64], one[256], two[512], three[1024];

	if (argc != 2 || btf_open(&b, argv[1], NULL, &error) < 0)
		return 1;
	while (fgets(line, sizeof(line), stdin)) {
		struct type_member m;
		int n = sscanf(line, "%63s %255s %511s %1023s", what, one, two, three);

		if (n == 2 && !strcmp(what, "tick")) {
			tick_ns = strtoull(one, NULL, 10);
			puts("");
			continue;
		}
		if (n == 4 && !strcmp(what, "name"))
			name(&b, one, two, three);
		else if (n == 4 && type_member(&b, btf_find(&b, BTF_KIND_STRUCT, one, 0), two,
					       strlen(two), &m))
			show(&b, formatter_of_member(&b, m.type, one, two), m.type, three);
		else if (n == 3 && !strcmp(what, "show"))
			show(&b, formatter_of(&b, find(&b, one)), find(&b, one), two);
		else if (n == 3 && !strcmp(what, "parse"))
			parse(&b, find(&b, one), two);
		else
			puts("what?");
	}
	btf_fini(&b);
	return 0;
}
