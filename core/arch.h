// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Where a machine's calling convention puts arguments: in which register, and where that register
// lies in the struct pt_regs of a kernel.
#ifndef CORE_ARCH_H
#define CORE_ARCH_H

#include "btf.h"

#define ARCH_MAX_REGS 8

// A register: a member of struct pt_regs, or an element of a member that is an array.
struct arch_reg {
	const char *member; // "di", "regs"
	uint32_t index;	    // of the element
	const char *name;   // as an assembler has it: "rdi", "x0"
};

struct arch {
	const char *name;	    // "x86_64"
	const char *syscall_prefix; // of a system call's function: "__x64_sys_"
	struct arch_reg args[ARCH_MAX_REGS];
	uint32_t arg_count;
	struct arch_reg syscall_args[6]; // in the struct pt_regs that a system call's function gets
	struct arch_reg syscall_number;
	struct arch_reg retval, ip, sp;
	uint32_t stack; // bytes from sp to the first argument there, at a function's entry
	// A struct of more than 16 bytes: a copy on the stack, or a pointer to one.
	bool large_by_pointer;
	// The address where a large struct is to be returned takes the first argument's register.
	bool result_takes_arg;
	bool even_pairs;      // what is aligned to 16 bytes begins in a register of even number
	bool stack_ends_regs; // once an argument is on the stack, so are all behind it
};

extern const struct arch arch_x86_64, arch_arm64;

// The machine that we run on; NULL: one that ksnoop does not know.
const struct arch *arch_here(void);
// The machine whose kernel this BTF describes, by its struct pt_regs; NULL as above.
const struct arch *arch_of_btf(const struct btf *b);

// The offset of a register in struct pt_regs. False when this kernel's has no such member.
bool arch_reg_offset(const struct btf *b, const struct arch_reg *r, uint32_t *offset);

enum arch_where {
	ARCH_NOWHERE, // not passed in general registers or memory that we can tell (floating point)
	ARCH_REGISTER, // `word` is the first register's number in arch->args
	ARCH_STACK,    // `word` counts 8 bytes each from arch->stack behind sp
	ARCH_POINTER   // a register, or the stack (on_stack), has the address of a copy
};

// Where one argument is.
struct arch_arg {
	enum arch_where where;
	uint32_t word;
	uint32_t words; // registers, or 8 bytes of stack
	bool on_stack;	// of ARCH_POINTER
};

// Places the arguments of a BTF_KIND_FUNC_PROTO, in order; `...` is left out. Fills in cap at most,
// returns how many the function has. hidden: NULL, or whether the address of the result is in the
// first argument's place.
uint32_t arch_args(const struct arch *a, const struct btf *b, uint32_t proto, struct arch_arg *args,
		   uint32_t cap, bool *hidden);

// Where the n-th word of arguments is, counted from 0, when each is a word: *offset is that of its
// register in struct pt_regs (ARCH_REGISTER), or that from sp at the function's entry (ARCH_STACK).
// ARCH_NOWHERE: this kernel's struct pt_regs lacks the member.
enum arch_where arch_arg(const struct arch *a, const struct btf *b, uint32_t n, uint32_t *offset);
// The same for the n-th argument of a system call, in the struct pt_regs that its function gets.
bool arch_syscall_arg(const struct arch *a, const struct btf *b, uint32_t n, uint32_t *offset);
// Words in which a struct of a size is passed by value; 0: in memory, or as a pointer to a copy.
uint32_t arch_struct_words(const struct arch *a, uint64_t size);

#endif
