// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// many N: attaches a program to N functions at once, by name and by address, through core/attach.c and
// by as little as one can do, and prints the nanoseconds of each.
#include <bpf/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../bpf/isa.h"
#include "attach.h"

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static bool wanted(const char *name)
{
	return !strchr(name, '.') && (!strncmp(name, "tcp_", 4) || !strncmp(name, "ext4_", 5) ||
				      !strncmp(name, "vfs_", 4));
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

// So many names that stand in available_filter_functions, sorted.
static uint32_t names(const char **out, uint32_t most)
{
	FILE *f = fopen("/sys/kernel/tracing/available_filter_functions", "r");
	char text[200], last[200] = "";
	uint32_t n = 0;

	while (f && n < most && fscanf(f, "%199s%*[^\n]", text) == 1) {
		if (strcmp(text, last) != 0 && wanted(text))
			out[n++] = strdup(text);
		strcpy(last, text);
	}
	if (f)
		fclose(f);
	qsort(out, n, sizeof(*out), by_name);
	return n;
}

static void addresses_of(const char **symbols, uint32_t n, uint64_t *out)
{
	FILE *f = fopen("/proc/kallsyms", "r");
	char name[512];
	unsigned long long at;

	while (f && fscanf(f, "%llx %*c %511s%*[^\n]", &at, name) == 2) {
		const char *key = name,
			   **found = bsearch(&key, symbols, n, sizeof(*symbols), by_name);

		if (found)
			out[found - symbols] = at;
	}
	if (f)
		fclose(f);
}

static bool on(const struct program *p, const struct attach_target *t, struct attachment *a)
{
	const int fds[MAP_OWN] = {-1, -1};
	struct ks_error e;

	if (attach_load(p, t, fds, NULL, 0, a, &e) == 0 && attach_link(a, t, &e) == 0)
		return true;
	fprintf(stderr, "%s\n", e.message);
	return false;
}

// As little as one can do.
static int raw(const struct attach_target *t, const struct program *p, struct attachment *a)
{
	LIBBPF_OPTS(bpf_prog_load_opts, load_opts, .expected_attach_type = BPF_TRACE_KPROBE_MULTI);
	LIBBPF_OPTS(bpf_link_create_opts, link_opts);

	a->prog_fd = bpf_prog_load(BPF_PROG_TYPE_KPROBE, "raw", "GPL", p->insns, p->count,
				   &load_opts);
	link_opts.kprobe_multi.cnt = t->count;
	link_opts.kprobe_multi.syms = (const char **)t->symbols;
	link_opts.kprobe_multi.addrs = (const unsigned long *)t->addresses;
	a->link_fd = bpf_link_create(a->prog_fd, 0, BPF_TRACE_KPROBE_MULTI, &link_opts);
	return a->link_fd < 0 ? a->link_fd : 0;
}

int main(int argc, char **argv)
{
	uint32_t n = argc > 1 ? (uint32_t)atoi(argv[1]) : 1000;
	const char **symbols = calloc(n, sizeof(*symbols));
	uint64_t *addresses = calloc(n, sizeof(*addresses));
	struct bpf_insn insns[] = {isa_alu_imm(4, BPF_MOV, BPF_REG_0, 0), isa_exit()};
	const struct program p = {.insns = insns, .count = 2};
	struct attach_target t = {.kind = ATTACH_MULTI, .name = "ks_places", .func = "many"};

	t.count = names(symbols, n);
	addresses_of(symbols, t.count, addresses);
	for (int round = 0; round < 32; round++) {
		struct attachment a = {.prog_fd = -1, .link_fd = -1};
		bool bare = round & 1, by_address = round & 2;
		uint64_t start, attached;

		t.symbols = by_address ? NULL : symbols;
		t.addresses = by_address ? addresses : NULL;
		start = now();
		if (bare ? raw(&t, &p, &a) != 0 : !on(&p, &t, &a))
			return 1;
		attached = now();
		attach_close(&a);
		printf("many: %u functions by %s, %s: attach %llu ns, close %llu ns\n", t.count,
		       by_address ? "address" : "name", bare ? "raw" : "core",
		       (unsigned long long)(attached - start),
		       (unsigned long long)(now() - attached));
	}
	return 0;
}
