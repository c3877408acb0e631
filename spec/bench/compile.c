// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// compile BTF [TIMES]: compiles probes on the functions that a file with BTF describes, each from text
// to instructions, so often (1), and prints for each "NANOSECONDS PLACE WHERE": the median. All that a
// probe needs is in compile_probe, which callgrind can look at alone.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ksnoop.h"

struct definition {
	const char *place, *where, *captures[4];
};

// Names that spec/fixtures/kernel.c has and every kernel too.
static const struct definition definitions[] = {
	{"vfs_read", "1", {NULL}},
	{"vfs_read", "count >= 64K", {"count"}},
	{"vfs_read", "count > 1 && count < 4096", {"file", "count", "pos"}},
	{"vfs_read", "file->f_flags & 0100", {"file->f_flags|x", "count"}},
	{"vfs_read", "file->f_inode->i_size > 1M", {"file->f_inode->i_size|size"}},
	{"vfs_read", "comm == 'dd'", {"comm", "pid"}},
	{"vfs_read", "pid == 7 && tid != 7 && uid < 1000", {"pid", "uid=uid"}},
	{"return:vfs_read", "retval < 0", {"retval"}},
	{"return:vfs_read", "retval == -ENOENT || retval == -EINTR", {"count", "retval"}},
	{"vfs_open", "path->dentry->d_name.len > 8", {"length=path->dentry->d_name.len"}},
	{"vfs_open", "file->f_inode->i_size > 0 && file->f_flags", {"file->f_inode->i_size"}},
	{"vfs_read", "count > 1", {"path(file)", "count"}},
	{"vfs_write",
	 "comm == 'dd' || file->f_inode->i_size / 4K > count && !(file->f_flags & 3)",
	 {"file->f_flags|x", "file->f_inode->i_size", "text=str(user(buf), 16)", "count"}},
};

#define COUNT (int)(sizeof(definitions) / sizeof(*definitions))

int compile_probe(struct ks_trace *t, const struct definition *d, struct ks_error *error);

__attribute__((noinline)) int compile_probe(struct ks_trace *t, const struct definition *d,
					    struct ks_error *error)
{
	struct ks_probe *p = ks_probe(t, &d->place, 1, error), *at;

	if (!p || ks_where(p, d->where, error) < 0)
		return -1;
	for (int i = 0; i < 4 && d->captures[i]; i++)
		if (ks_capture(p, d->captures[i], error) < 0)
			return -1;
	return ks_compile(t, &at, error);
}

static long nanoseconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000 + t.tv_nsec;
}

// -1: it failed, and said why.
static long once(const char *btf, const struct definition *d)
{
	const struct ks_options options = {.btf = btf};
	struct ks_error error = {0};
	struct ks_trace *t = ks_open(&options, &error);
	long start = nanoseconds(), took = -1;

	if (t && compile_probe(t, d, &error) == 0)
		took = nanoseconds() - start;
	else
		fprintf(stderr, "compile: %s, %s: %s\n", d->place, d->where, error.message);
	ks_close(t);
	return took;
}

static int by_size(const void *a, const void *b)
{
	long x = *(const long *)a, y = *(const long *)b;

	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	int times = argc > 2 ? atoi(argv[2]) : 1;
	long *took = calloc((size_t)times + 1, sizeof(*took));

	if (argc < 2 || times < 1 || !took) {
		fprintf(stderr, "usage: compile BTF [TIMES]\n");
		return 2;
	}
	for (int i = 0; i < COUNT; i++) {
		for (int n = 0; n < times; n++)
			if ((took[n] = once(argv[1], &definitions[i])) < 0)
				return 1;
		qsort(took, (size_t)times, sizeof(*took), by_size);
		printf("%ld %s %s\n", took[times / 2], definitions[i].place, definitions[i].where);
	}
	free(took);
	return 0;
}
