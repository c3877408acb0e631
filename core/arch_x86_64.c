// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// System V ABI, AMD64 supplement, 3.2.3; struct pt_regs: arch/x86/include/asm/ptrace.h;
// a system call's registers: entry_SYSCALL_64 in arch/x86/entry/entry_64.S.
#include "arch.h"

const struct arch arch_x86_64 = {
	.name = "x86_64",
	.syscall_prefix = "__x64_sys_",
	.args = {{"di", 0, "rdi"},
		 {"si", 0, "rsi"},
		 {"dx", 0, "rdx"},
		 {"cx", 0, "rcx"},
		 {"r8", 0, "r8"},
		 {"r9", 0, "r9"}},
	.arg_count = 6,
	// The instruction `syscall` overwrites rcx: r10 takes its place.
	.syscall_args = {{"di", 0, "rdi"},
			 {"si", 0, "rsi"},
			 {"dx", 0, "rdx"},
			 {"r10", 0, "r10"},
			 {"r8", 0, "r8"},
			 {"r9", 0, "r9"}},
	.syscall_number = {"orig_ax", 0, "rax"},
	.retval = {"ax", 0, "rax"},
	.ip = {"ip", 0, "rip"},
	.sp = {"sp", 0, "rsp"},
	.stack = 8, // behind the return address
	.result_takes_arg = true,
};
