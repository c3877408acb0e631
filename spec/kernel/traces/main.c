// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
//   traces random SEED COUNT       COUNT definitions at random, with all that the language has
//   traces functions SEED COUNT    default captures for COUNT functions; 0: for all
//   traces try OPTION PLACE LINE...  one: OPTION is 0 to 3 (enum variant), a LINE as "wcount > 1"
//   traces list SEED COUNT         names of COUNT functions that ksnoop takes
//
// Prints what the kernel rejected, with its words, then sums; exit 1 when it rejected anything.
#include "traces.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t state;

void seed(uint64_t n)
{
	state = n * 0x9e3779b97f4a7c15u + 1;
}

uint32_t draw(uint32_t below)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return below ? (uint32_t)(state >> 33) % below : 0;
}

// --- texts that are alike --------------------------------------------------------------------

#define KINDS 400

static struct {
	char text[200], example[200];
	uint32_t count;
} kinds[KINDS];
static uint32_t kind_count;

// Names in quotes, words with an underscore and numbers become one word each.
static void class_of(const char *s, char *ret, size_t cap)
{
	size_t n = 0;

	while (*s && n + 4 < cap) {
		size_t word = strspn(
			s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_.0123456789");
		const char *end = *s == '\'' && (n == 0 || !isalnum((unsigned char)ret[n - 1]))
					  ? strchr(s + 1, '\'')
					  : NULL;

		if (end) {
			n += (size_t)snprintf(ret + n, cap - n, "'X'");
			s = end + 1;
		} else if (word && memchr(s, '_', word)) {
			ret[n++] = 'F';
			s += word;
		} else if (isdigit((unsigned char)*s)) {
			ret[n++] = '#';
			s += strspn(s, "0123456789");
		} else {
			word = word && !isdigit((unsigned char)*s) && n + word < cap ? word : 1;
			memcpy(ret + n, s, word);
			n += word;
			s += word;
		}
	}
	ret[n] = '\0';
}

void tally_add(const char *text, const char *example)
{
	char class[200];
	uint32_t i;

	class_of(text, class, sizeof(class));
	for (i = 0; i < kind_count && strcmp(kinds[i].text, class) != 0; i++)
		;
	if (i == KINDS)
		return;
	if (i == kind_count) {
		kind_count++;
		snprintf(kinds[i].text, sizeof(kinds[i].text), "%s", class);
		snprintf(kinds[i].example, sizeof(kinds[i].example), "%s", example);
	}
	kinds[i].count++;
}

static int by_count(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (int)kinds[*y].count - (int)kinds[*x].count;
}

void tally_print(const char *title, uint32_t most)
{
	uint32_t order[KINDS];

	for (uint32_t i = 0; i < kind_count; i++)
		order[i] = i;
	qsort(order, kind_count, sizeof(*order), by_count);
	if (kind_count)
		printf("%s:\n", title);
	for (uint32_t i = 0; i < kind_count && i < most; i++)
		printf("%6u  %s (%.80s)\n", kinds[order[i]].count, kinds[order[i]].text,
		       kinds[order[i]].example);
}

static bool list(const struct btf *b, const struct functions *f, uint32_t count)
{
	while (count) {
		const char *name = btf_name(b, f->ids[draw(f->count)]);

		if (!load_takes(name, "pid"))
			continue;
		printf("%s\n", name);
		count--;
	}
	return true;
}

static const struct {
	const char *name;
	bool (*run)(const struct btf *b, const struct functions *f, uint32_t count);
	int variants;
} commands[] = {{"random", random_load, VARIANTS},
		{"functions", functions_load, 1},
		{"list", list, 1}};

#define COMMANDS (sizeof(commands) / sizeof(*commands))

static int try(int argc, char **argv)
{
	struct definition *d = load_room(1);
	static const char *const verdicts[] = {"pending", "LOADED", "REFUSED", "REJECTED",
					       "CRASHED"};

	d->variant = (uint8_t)(atoi(argv[2]) & 3);
	snprintf(d->place, sizeof(d->place), "%s", argv[3]);
	for (int i = 4; i < argc; i++)
		definition_add(d, argv[i][0], argv[i] + 1, 0);
	load_batch(d, 1);
	printf("%s %u instructions %s %s\n", verdicts[d->verdict], d->insns, d->words, d->refusal);
	definition_print(d);
	return d->verdict != LOADED;
}

int main(int argc, char **argv)
{
	struct functions functions;
	struct ks_error e;
	struct btf b;
	size_t command;
	bool good;

	if (argc > 3 && !strcmp(argv[1], "try")) {
		load_open(VARIANTS);
		return try(argc, argv);
	}
	for (command = 0; argc == 4 && command < COMMANDS; command++)
		if (!strcmp(argv[1], commands[command].name))
			break;
	if (argc != 4 || command == COMMANDS) {
		printf("usage: traces random|functions|list SEED COUNT, or traces try 0 vfs_read "
		       "'wcount > 1'\n");
		return 2;
	}
	if (btf_open(&b, "/sys/kernel/btf/vmlinux", NULL, &e) < 0) {
		printf("traces: %s\n", e.message);
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	seed(strtoull(argv[2], NULL, 10));
	load_open(commands[command].variants);
	functions_open(&functions, &b);
	good = commands[command].run(&b, &functions, (uint32_t)atoi(argv[3]));
	free(functions.ids);
	load_close();
	btf_fini(&b);
	return good ? 0 : 1;
}
