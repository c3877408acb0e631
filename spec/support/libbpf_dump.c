// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "libbpf_dump.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <stdio.h>
#include <stdlib.h>

static void print(void *ctx, const char *format, va_list ap)
{
	struct libbpf_dump *d = ctx;
	size_t left = d->cap - d->len;
	int n = vsnprintf(d->text + d->len, left, format, ap);

	d->len += n > 0 ? ((size_t)n < left ? (size_t)n : left - 1) : 0;
}

static int quiet(enum libbpf_print_level level, const char *format, va_list ap)
{
	(void)level;
	(void)format;
	(void)ap;
	return 0;
}

bool libbpf_dump_open(struct libbpf_dump *d, const char *path, size_t cap)
{
	libbpf_set_print(quiet);
	*d = (struct libbpf_dump){.text = malloc(cap), .cap = cap};
	d->btf = btf__parse(path, NULL);
	d->dump = d->btf ? btf_dump__new(d->btf, print, d, NULL) : NULL;
	return d->text && d->dump;
}

void libbpf_dump_value(struct libbpf_dump *d, uint32_t id, const void *bytes, size_t size,
		       const char *indent_str, int indent_level, bool compact, bool skip_names,
		       bool emit_zeroes)
{
	LIBBPF_OPTS(btf_dump_type_data_opts, opts, .indent_str = indent_str,
		    .indent_level = indent_level, .compact = compact, .skip_names = skip_names,
		    .emit_zeroes = emit_zeroes);

	d->len = 0;
	btf_dump__dump_type_data(d->dump, id, bytes, size, &opts);
}

void libbpf_dump_close(struct libbpf_dump *d)
{
	btf_dump__free(d->dump);
	btf__free(d->btf);
	free(d->text);
}
