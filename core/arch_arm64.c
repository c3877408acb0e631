// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Procedure Call Standard for the Arm 64-bit Architecture (AAPCS64), 6.8.2; struct pt_regs:
// arch/arm64/include/asm/ptrace.h; system calls: arch/arm64/include/asm/syscall_wrapper.h.
#include "arch.h"

#define X(n)                                                                                       \
	{                                                                                          \
		"regs", n, "x" #n                                                                  \
	}

const struct arch arch_arm64 = {
	.name = "arm64",
	.syscall_prefix = "__arm64_sys_",
	.args = {X(0), X(1), X(2), X(3), X(4), X(5), X(6), X(7)},
	.arg_count = 8,
	// x0 is overwritten by the result only when the function has returned.
	.syscall_args = {X(0), X(1), X(2), X(3), X(4), X(5)},
	.syscall_number = X(8),
	.retval = X(0),
	.ip = {"pc", 0, "pc"},
	.sp = {"sp", 0, "sp"},
	.stack = 0, // the return address is in x30
	.large_by_pointer = true,
	.even_pairs = true,
	.stack_ends_regs = true,
};
