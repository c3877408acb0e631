// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// multi COUNT GLOB...: the least that attaching to many functions takes. Reads the kernel's list of
// functions, takes the first COUNT whose name fits a glob, and attaches an empty program to them by
// one kprobe.multi link. Prints "FUNCTIONS LINK": how many, and milliseconds that the link took.
#include <bpf/bpf.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define FUNCTIONS "/sys/kernel/tracing/available_filter_functions"

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

// "name\n" or "name [module]\n" -> name
static bool take(char *line, char **globs)
{
	line[strcspn(line, " \n")] = '\0';
	for (; *globs; globs++)
		if (fnmatch(*globs, line, 0) == 0)
			return true;
	return false;
}

static int find(const char **names, int count, char **globs)
{
	FILE *f = fopen(FUNCTIONS, "r");
	char *line = NULL;
	size_t size = 0;
	int found = 0;

	while (f && found < count && getline(&line, &size, f) > 0)
		if (take(line, globs) && (names[found] = strdup(line)))
			found++;
	free(line);
	if (f)
		fclose(f);
	return found;
}

static int load(void)
{
	const struct bpf_insn insns[] = {
		{.code = BPF_ALU | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0},
		{.code = BPF_JMP | BPF_EXIT},
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = BPF_TRACE_KPROBE_MULTI);

	return bpf_prog_load(BPF_PROG_TYPE_KPROBE, "multi", "GPL", insns, 2, &opts);
}

int main(int argc, char **argv)
{
	int count = argc > 1 ? atoi(argv[1]) : 0, found, program, link;
	const char **names = calloc((size_t)count, sizeof(*names));
	LIBBPF_OPTS(bpf_link_create_opts, opts);
	double start;

	if (argc < 3 || !names) {
		fprintf(stderr, "usage: multi COUNT GLOB...\n");
		return 2;
	}
	found = find(names, count, argv + 2);
	program = load();
	opts.kprobe_multi.cnt = (__u32)found;
	opts.kprobe_multi.syms = names;
	start = now();
	link = program < 0 ? program : bpf_link_create(program, 0, BPF_TRACE_KPROBE_MULTI, &opts);
	if (link < 0) {
		fprintf(stderr, "multi: can't attach to %d functions: %s\n", found,
			strerror(-link));
		return 1;
	}
	printf("%d %.2f\n", found, now() - start);
	return 0;
}
