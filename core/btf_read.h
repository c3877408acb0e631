// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Where the bytes of BTF come from: a raw file, an ELF file's .BTF section, the running kernel.
#ifndef CORE_BTF_READ_H
#define CORE_BTF_READ_H

#include <stdbool.h>
#include <stddef.h>

struct ks_error;

struct btf_bytes {
	unsigned char *data; // owned
	size_t size;
	size_t mapped;	 // data: of so many bytes that are not malloc'ed; 0: it is
	bool is_kernels; // the running kernel gave them, and uses them itself
};

// All of an open file. KS_EABSENT when there is no BTF in it, KS_EOS when it can't be read.
int btf_read(struct btf_bytes *b, int fd, struct ks_error *error);
// A file of sysfs without a copy, which is most of what opening costs, if the kernel lets it be mapped
// (btf_sysfs_vmlinux_mmap in kernel/bpf/sysfs_btf.c, newer than most). Not other files: those may become
// shorter under our hands. false: read it.
bool btf_map(struct btf_bytes *b, int fd);
void btf_release(struct btf_bytes *b);

#endif
