// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "traces.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "type.h"

#define BATCH 64

static const char *const lists[] = {"/sys/kernel/tracing/available_filter_functions",
				    "/sys/kernel/debug/tracing/available_filter_functions"};

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

// The names of the kernel's own list, without those of modules, sorted.
static char **listed(uint32_t *count)
{
	FILE *f = fopen(lists[0], "r");
	char line[512], **names = NULL;
	uint32_t room = 0;

	*count = 0;
	f = f ? f : fopen(lists[1], "r");
	while (f && fgets(line, sizeof(line), f)) {
		if (strchr(line, '['))
			continue;
		line[strcspn(line, " \t\n")] = '\0';
		if (*count == room) {
			room = room * 2 + 1024;
			names = realloc(names, room * sizeof(*names));
		}
		if (!names || !(names[*count] = strdup(line)))
			exit(2);
		++*count;
	}
	if (f)
		fclose(f);
	if (names)
		qsort(names, *count, sizeof(*names), by_text);
	return names;
}

void functions_open(struct functions *f, const struct btf *b)
{
	uint32_t count, unique = 0;
	char **names = listed(&count);

	*f = (struct functions){.ids = calloc(b->end, sizeof(*f->ids))};
	if (!f->ids)
		exit(2);
	for (uint32_t id = 1; id < b->end; id++) {
		const char *name = btf_name(b, id);

		if (btf_kind(btf_type(b, id)) == BTF_KIND_FUNC && names &&
		    bsearch(&name, names, count, sizeof(*names), by_text))
			f->ids[f->count++] = id;
	}
	f->described = f->count;
	for (uint32_t i = 0; i < count; i++)
		unique += i == 0 || strcmp(names[i], names[i - 1]) != 0;
	f->listed = unique;
	for (uint32_t i = 0; i < count; i++)
		free(names[i]);
	free(names);
}

static bool returns(const struct btf *b, uint32_t func)
{
	const struct btf_type *proto = btf_type(b, btf_type(b, func)->type);

	return type_peel(b, proto->type) != 0;
}

struct sums {
	uint32_t functions, programs, loaded, refused, rejected;
};

static void judge(const struct definition *d, uint32_t n, struct sums *s)
{
	for (uint32_t i = 0; i < n; i++) {
		s->programs++;
		if (d[i].verdict == LOADED) {
			s->loaded++;
		} else if (d[i].verdict == REFUSED) {
			s->refused++;
			tally_add(d[i].words, d[i].place);
		} else {
			if (s->rejected++ >= 20) // enough to read
				continue;
			printf("%s\n%s\n", d[i].verdict == REJECTED ? "REJECTED" : "CRASHED",
			       d[i].words);
			definition_print(&d[i]);
		}
	}
}

bool functions_load(const struct btf *b, const struct functions *f, uint32_t n)
{
	struct definition *d = load_room(BATCH);
	struct sums s = {0};
	uint32_t left = f->count, wanted = n && n < f->count ? n : f->count, in = 0;

	for (uint32_t i = 0; i < f->count && wanted; i++, left--) {
		if (draw(left) >= wanted)
			continue;
		wanted--;
		s.functions++;
		for (int end = 0; end <= returns(b, f->ids[i]); end++) {
			if (in == BATCH) {
				load_batch(d, in);
				judge(d, in, &s);
				in = 0;
			}
			memset(&d[in], 0, sizeof(d[in]));
			snprintf(d[in].place, sizeof(d[in].place), "%s%s", end ? "return:" : "",
				 btf_name(b, f->ids[i]));
			definition_add(&d[in++], 'd', "", 0);
		}
	}
	load_batch(d, in);
	judge(d, in, &s);
	tally_print("refused by ksnoop", 40);
	printf("functions %u of %u in BTF and the kernel's list of %u; programs %u loaded %u "
	       "refused %u rejected %u\n",
	       s.functions, f->described, f->listed, s.programs, s.loaded, s.refused, s.rejected);
	return s.rejected == 0;
}
