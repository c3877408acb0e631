// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Is BTF of unknown origin what it says? A running kernel's own needs no such question: it asked itself
// when it read it (btf_check_all_metas in kernel/bpf/btf.c: names, sizes, where members lie).
#ifndef CORE_BTF_CHECK_H
#define CORE_BTF_CHECK_H

struct btf;
struct ks_error;

// Of types whose lengths are right: are all names, members, sizes and type ids in them in range, and has
// each function a prototype? KS_EOS with error.
int btf_check(const struct btf *b, struct ks_error *error);

#endif
