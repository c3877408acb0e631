// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// What core/ksyms, tracefs, event and arch make of files, for facts_spec.lua:
//   facts ksyms FILE count NAME | find NAME | at ADDRESS | variants NAME
//   facts tracefs FOLDER BLACKLIST function NAME | blacklisted NAME ADDRESS | event NAME | syscalls
//   facts event FILE
//   facts arch BTF          the offset of each register in struct pt_regs
//   facts args BTF FUNC     where the arguments are
//   facts open KALLSYMS FUNCTIONS   reads both, says how long it took beyond reading
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "arch.h"
#include "event.h"
#include "file.h"
#include "ksyms.h"
#include "tracefs.h"

static int failed(const struct ks_error *e)
{
	printf("error %d: %s\n", e->kind, e->message);
	return 1;
}

static void show(const struct ksyms *k, const struct ksym *s)
{
	printf("%016" PRIx64 " %c %s [%s]", s->address, s->type, ksyms_name(k, s),
	       ksyms_module(k, s));
}

static int ksyms(char **argv)
{
	const struct ksym *s;
	struct ks_error e;
	struct ksyms k;
	uint64_t offset;

	if (ksyms_open(&k, argv[0], &e) < 0)
		return failed(&e);
	if (k.hidden)
		printf("hidden\n");
	for (char **what = argv + 1; what[0] && what[1]; what += 2) {
		if (!strcmp(what[0], "count")) {
			printf("%u\n", ksyms_count(&k, what[1]));
		} else if (!strcmp(what[0], "at")) {
			s = ksyms_at(&k, strtoull(what[1], NULL, 16), &offset);
			if (s)
				show(&k, s);
			printf(s ? " +%" PRIu64 "\n" : "nothing\n", s ? offset : 0);
		} else {
			for (uint32_t n = 0;; n++) {
				s = what[0][0] == 'f' ? ksyms_find(&k, what[1], n)
						      : ksyms_variant(&k, what[1], n);
				if (!s)
					break;
				show(&k, s);
				printf("\n");
			}
		}
	}
	ksyms_fini(&k);
	return 0;
}

static void functions(const struct tracefs *t, const char *name)
{
	uint32_t i = NAMES_NONE;
	const char *module;

	printf("%u\n", tracefs_function_count(t, name));
	while ((i = tracefs_function_find(t, name, i)) != NAMES_NONE) {
		const char *has = tracefs_function(t, i, &module);

		printf("%s [%s]\n", has, module);
	}
}

static void events(const struct tracefs *t, const char *name)
{
	uint32_t i = NAMES_NONE;
	const char *category;

	while ((i = tracefs_event_find(t, name, i)) != NAMES_NONE) {
		const char *has = tracefs_event_name(t, i, &category);

		printf("%s:%s\n", category, has);
	}
}

static int tracefs(char **argv)
{
	struct tracefs t;
	struct ks_error e;
	int r = 0;

	tracefs_init(&t, argv[0], argv[1]);
	if (!strcmp(argv[2], "function")) {
		r = tracefs_functions(&t, &e);
		if (r == 0)
			functions(&t, argv[3]);
	} else if (!strcmp(argv[2], "blacklisted")) {
		r = tracefs_blacklist(&t, &e);
		if (r == 0)
			printf("%d\n",
			       tracefs_blacklisted(&t, argv[3], strtoull(argv[4], NULL, 16)));
	} else if (!strcmp(argv[2], "event")) {
		r = tracefs_events(&t, &e);
		if (r == 0)
			events(&t, argv[3]);
	} else {
		r = tracefs_events(&t, &e);
		for (uint32_t i = 0; r == 0 && i < t.events.count; i++) {
			const char *name = tracefs_syscall_name(&t, i);

			if (name)
				printf("%s %d\n", name, tracefs_syscall(&t, name));
		}
	}
	tracefs_fini(&t);
	return r < 0 ? failed(&e) : 0;
}

static int event(const char *path)
{
	static const char *const locations[] = {"", " data_loc", " rel_loc"};
	struct event_format f;
	struct arena a = {0};
	struct ks_error e;
	size_t size;
	char *text = file_read(path, (size_t)1 << 24, &size, &e);
	int r = text ? event_parse(&f, &a, text, size, &e) : -1;

	free(text);
	if (r == 0)
		printf("%s %u\n", f.name, f.id);
	for (uint32_t i = 0; r == 0 && i < f.count; i++) {
		const struct event_field *field = &f.fields[i];

		printf("%s: %s", field->name, field->type);
		if (field->is_array)
			printf("[%u]", field->length);
		printf(" at %u size %u%s%s%s\n", field->offset, field->size,
		       field->is_signed ? " signed" : "", locations[field->location],
		       field->is_common ? " common" : "");
		if (event_field(&f, field->name)->name != field->name &&
		    strcmp(event_field(&f, field->name)->name, field->name) != 0)
			abort();
	}
	arena_fini(&a);
	return r < 0 ? failed(&e) : 0;
}

static void reg(const struct btf *b, const char *what, const struct arch_reg *r)
{
	uint32_t offset;

	if (arch_reg_offset(b, r, &offset))
		printf("%s %s %u\n", what, r->name, offset);
	else
		printf("%s %s nowhere\n", what, r->name);
}

static int registers(const char *path)
{
	const struct arch *a;
	struct ks_error e;
	struct btf b;
	uint32_t offset;

	if (btf_open(&b, path, NULL, &e) < 0)
		return failed(&e);
	a = arch_of_btf(&b);
	printf("%s%s\n", a ? a->name : "unknown", a == arch_here() ? " here" : "");
	for (uint32_t n = 0; a && n < a->arg_count + 2; n++) {
		enum arch_where where = arch_arg(a, &b, n, &offset);

		printf("arg%u %s %u\n", n, where == ARCH_REGISTER ? a->args[n].name : "stack",
		       offset);
	}
	for (uint32_t n = 0; a && n < 7; n++)
		if (arch_syscall_arg(a, &b, n, &offset))
			printf("syscall%u %s %u\n", n, a->syscall_args[n].name, offset);
	if (a) {
		reg(&b, "number", &a->syscall_number);
		reg(&b, "retval", &a->retval);
		reg(&b, "ip", &a->ip);
		reg(&b, "sp", &a->sp);
		printf("prefix %s\n", a->syscall_prefix);
	}
	btf_fini(&b);
	return 0;
}

// Each argument on a line. What the specs compare with is gcc's own answer.
static int args(const char *path, const char *func, const char *machine)
{
	const struct arch *a = !strcmp(machine, "arm64") ? &arch_arm64 : &arch_x86_64;
	struct arch_arg found[32];
	struct ks_error e;
	struct btf b;
	uint32_t id, n;
	bool hidden;

	if (btf_open(&b, path, NULL, &e) < 0)
		return failed(&e);
	id = btf_find(&b, BTF_KIND_FUNC, func, 0);
	if (id) {
		n = arch_args(a, &b, btf_type(&b, id)->type, found, 32, &hidden);
		if (hidden)
			printf("hidden\n");
		for (uint32_t i = 0; i < n; i++) {
			const struct arch_arg *arg = &found[i];
			bool on_stack = arg->where == ARCH_STACK || arg->on_stack;

			if (arg->where == ARCH_NOWHERE) {
				printf("nowhere\n");
				continue;
			}
			printf("%s", arg->where == ARCH_POINTER ? "pointer in " : "");
			if (on_stack)
				printf("sp+%u", a->stack + 8 * arg->word);
			else
				printf("%s", arg->words ? a->args[arg->word].name : "nothing");
			printf(" %u\n", arg->words);
		}
	}
	btf_fini(&b);
	return 0;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int both(const char *kallsyms, const char *folder)
{
	char path[256];
	struct ksyms k;
	struct tracefs t;
	struct ks_error e;
	double at[4];
	size_t size;
	int r;

	snprintf(path, sizeof(path), "%s/available_filter_functions", folder);
	at[0] = now();
	free(file_read(kallsyms, SIZE_MAX / 4, &size, &e));
	free(file_read(path, SIZE_MAX / 4, &size, &e));
	at[1] = now();
	r = ksyms_open(&k, kallsyms, &e);
	at[2] = now();
	tracefs_init(&t, folder, NULL);
	if (r == 0)
		r = tracefs_functions(&t, &e);
	at[3] = now();
	if (r < 0)
		return failed(&e);
	printf("%u symbols, %u functions; read %.2f ms, ksyms %.2f ms, tracefs %.2f ms\n", k.count,
	       t.functions.count, at[1] - at[0], at[2] - at[1], at[3] - at[2]);
	ksyms_fini(&k);
	tracefs_fini(&t);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc > 3 && !strcmp(argv[1], "ksyms"))
		return ksyms(argv + 2);
	if (argc > 4 && !strcmp(argv[1], "tracefs"))
		return tracefs(argv + 2);
	if (argc == 3 && !strcmp(argv[1], "event"))
		return event(argv[2]);
	if (argc == 3 && !strcmp(argv[1], "arch"))
		return registers(argv[2]);
	if (argc == 5 && !strcmp(argv[1], "args"))
		return args(argv[2], argv[3], argv[4]);
	if (argc == 4 && !strcmp(argv[1], "open"))
		return both(argv[2], argv[3]);
	return 2;
}
