// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// The running kernel's own BTF, mapped or in one piece, where sysfs would hand it out page by page, each
// copied twice (kernfs_file_read_iter).
#ifndef CORE_OWN_TYPES_H
#define CORE_OWN_TYPES_H

#include <stdbool.h>

struct btf_bytes;

#define VMLINUX_BTF "/sys/kernel/btf/vmlinux"

// false: the kernel does not let it be mapped, and does not hand it out, or not to us; read the file.
bool own_types(struct btf_bytes *b);

#endif
