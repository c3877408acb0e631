// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// LD_PRELOAD: of each program of a probe (ks_...) that ksnoop loads, the instruction with the number in
// $BROKEN reads what is outside of the stack, so that the kernel's verifier refuses it there.
#include <bpf/bpf.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

typedef int load_fn(enum bpf_prog_type type, const char *name, const char *license,
		    const struct bpf_insn *insns, size_t count,
		    const struct bpf_prog_load_opts *opts);

int bpf_prog_load(enum bpf_prog_type type, const char *name, const char *license,
		  const struct bpf_insn *insns, size_t count, const struct bpf_prog_load_opts *opts)
{
	load_fn *load = (load_fn *)dlsym(RTLD_NEXT, "bpf_prog_load");
	const char *number = getenv("BROKEN");
	size_t at = number ? strtoul(number, NULL, 10) : count;
	struct bpf_insn *changed;
	int fd;

	if (!name || strncmp(name, "ks_", 3) != 0 || !strcmp(name, "ks_ask") || at >= count)
		return load(type, name, license, insns, count, opts);
	changed = malloc(count * sizeof(*changed));
	if (!changed)
		return -12;
	memcpy(changed, insns, count * sizeof(*changed));
	changed[at] = (struct bpf_insn){.code = BPF_LDX | BPF_MEM | BPF_DW,
					.dst_reg = BPF_REG_0,
					.src_reg = BPF_REG_10,
					.off = 8};
	fd = load(type, name, license, changed, count, opts);
	free(changed);
	return fd;
}
