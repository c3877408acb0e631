// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// LD_PRELOAD: of each program of a probe (ks_...) that ksnoop loads, the instruction with the number in
// $BROKEN reads what is outside of the stack, so that the kernel's verifier refuses it there.
#include <dlfcn.h>
#include <linux/bpf.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

typedef long syscall_fn(long number, ...);

static long pass(long number, const long a[6])
{
	syscall_fn *real = (syscall_fn *)dlsym(RTLD_NEXT, "syscall");

	return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

static long load(const union bpf_attr *attr, size_t at, long a[6])
{
	size_t size = attr->insn_cnt * sizeof(struct bpf_insn);
	union bpf_attr other = *attr;
	struct bpf_insn *changed = malloc(size);
	long fd;

	if (!changed)
		return -1;
	memcpy(changed, (const void *)(uintptr_t)attr->insns, size);
	changed[at] = (struct bpf_insn){.code = BPF_LDX | BPF_MEM | BPF_DW,
					.dst_reg = BPF_REG_0,
					.src_reg = BPF_REG_10,
					.off = 8};
	other.insns = (uintptr_t)changed;
	a[1] = (long)&other;
	fd = pass(SYS_bpf, a);
	free(changed);
	return fd;
}

__attribute__((visibility("default"))) long syscall(long number, ...)
{
	const char *broken = getenv("BROKEN");
	const union bpf_attr *attr;
	long a[6];
	va_list list;

	va_start(list, number);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(list, long);
	va_end(list);
	attr = (const void *)a[1];
	if (number == SYS_bpf && a[0] == BPF_PROG_LOAD && broken &&
	    strncmp(attr->prog_name, "ks_", 3) == 0 && strcmp(attr->prog_name, "ks_ask") != 0 &&
	    strtoul(broken, NULL, 10) < attr->insn_cnt)
		return load(attr, strtoul(broken, NULL, 10), a);
	return pass(number, a);
}
