// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// btf_dump__dump_type_data apart from core/btf.h, of which libbpf's header has some of the names.
#ifndef SPEC_LIBBPF_DUMP_H
#define SPEC_LIBBPF_DUMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct libbpf_dump {
	char *text; // owned
	size_t len, cap;
	void *btf, *dump;
};

bool libbpf_dump_open(struct libbpf_dump *d, const char *path, size_t cap);
void libbpf_dump_close(struct libbpf_dump *d);
// d->text and d->len are the text then.
void libbpf_dump_value(struct libbpf_dump *d, uint32_t id, const void *bytes, size_t size,
		       const char *indent_str, int indent_level, bool compact, bool skip_names,
		       bool emit_zeroes);

#endif
