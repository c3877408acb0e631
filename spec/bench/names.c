// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// names ours|libbpf FILE NAME...: reads a file with BTF and looks up functions by name, with our reader
// or with libbpf's, and prints the sum of their ids, then the nanoseconds that it took. All of it is in
// read_and_find, which callgrind can look at alone.
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "btf.h"

// Of bpf/btf.h, which calls something else struct btf.
void *btf__parse(const char *path, void *btf_ext);
int btf__find_by_name_kind(const void *btf, const char *name, unsigned kind);
void btf__free(void *btf);

long read_and_find(bool ours, const char *file, char **names, int count);

static long by_libbpf(const char *file, char **names, int count)
{
	void *b = btf__parse(file, NULL);
	long sum = 0;

	for (int i = 0; b && i < count; i++)
		sum += btf__find_by_name_kind(b, names[i], BTF_KIND_FUNC);
	btf__free(b);
	return sum;
}

__attribute__((noinline)) long read_and_find(bool ours, const char *file, char **names, int count)
{
	struct ks_error error;
	struct btf b;
	long sum = 0;

	if (!ours)
		return by_libbpf(file, names, count);
	if (btf_open(&b, file, NULL, &error) < 0)
		return -1;
	for (int i = 0; i < count; i++)
		sum += btf_find(&b, BTF_KIND_FUNC, names[i], 0);
	btf_fini(&b);
	return sum;
}

int main(int argc, char **argv)
{
	struct timespec from, to;
	long sum;

	if (argc < 4) {
		fprintf(stderr, "usage: names ours|libbpf FILE NAME...\n");
		return 2;
	}
	clock_gettime(CLOCK_MONOTONIC, &from);
	sum = read_and_find(!strcmp(argv[1], "ours"), argv[2], argv + 3, argc - 3);
	clock_gettime(CLOCK_MONOTONIC, &to);
	printf("%ld %ld\n", sum,
	       (to.tv_sec - from.tv_sec) * 1000000000 + to.tv_nsec - from.tv_nsec);
	return 0;
}
