// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Of libbpf the program needs the system calls (its bpf.c), which ask the rest of it two things: what the
// kernel can do, and to print. That rest, the loader of object files, would be a seventh of the program. So
// the linker finds the answers here; where a libbpf asks by other names, or is a shared object, its own are
// there and these are not used, for they are weak.
#include <bpf/libbpf.h>

bool kernel_supports(const void *object, int feature);
void libbpf_print(enum libbpf_print_level level, const char *format, ...);

// Of names of programs and maps (FEAT_PROG_NAME, the first of enum kern_feature_id): yes, since Linux 4.15,
// 067cae47771c. Of memory that cgroups count: not known, so that it raises RLIMIT_MEMLOCK, which does no harm.
__attribute__((weak)) bool kernel_supports(const void *object, int feature)
{
	(void)object;
	return feature == 0;
}

__attribute__((weak)) void libbpf_print(enum libbpf_print_level level, const char *format, ...)
{
	(void)level;
	(void)format;
}

__attribute__((weak)) libbpf_print_fn_t libbpf_set_print(libbpf_print_fn_t print)
{
	(void)print;
	return NULL;
}
