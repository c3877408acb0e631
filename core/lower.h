// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Checked trees -> IR. A value of up to 32 bits lies in a register's low half, the high half clear;
// C's promotions have made everything that is computed 32 or 64 bits wide.
#ifndef CORE_LOWER_H
#define CORE_LOWER_H

#include "ir.h"
#include "scope.h"
#include "tree.h"

#define MAX_SEEN 64 // values that are kept for another use, at most

// What the kernel at hand lets programs do; all of it is asked, never concluded from a version.
struct lower_target {
	bool checked_loads; // a load through a BTF pointer that leads to no kernel memory gives 0
	bool any_pointer;   // an argument that is a pointer to a number may be loaded
	bool task_btf;	    // bpf_get_current_task_btf is there
	bool helper_reads;  // no direct loads through pointers: to compare
	uint32_t comm;	    // bytes into struct task_struct, where task_btf is
	// Bytes into struct pt_regs (arch.h).
	uint32_t arg_regs[8], arg_reg_count;
	uint32_t stack_reg, stack_skip; // the stack pointer; bytes from there to the first argument
	uint32_t retval_reg;
	uint32_t syscall_regs[6];
	bool trampoline_jumps; // functions may jump to a trampoline that calls them, not call it
	// What stands in place of a return address where the kernel sees a function return.
	uint64_t trampolines[4];
	uint32_t trampoline_count;
};

// Memory that one read fetches for several members.
struct lower_range {
	const struct node *pointer;
	int64_t from, to; // bytes behind it
	bool user;
	int slot;   // on the stack; 0: none yet
	int status; // of captures: slot that says whether the read failed
	uint32_t members;
};

#define MAX_RANGES 16

// What was read already on every path to here. A branch that is not always taken forgets at its
// end what it learnt.
struct lower_known {
	struct {
		const struct node *node;
		int place; // register, or slot on the stack (negative)
	} seen[MAX_SEEN];
	uint32_t count;
	uint64_t final;	  // bit n: of seen n a 0 is believed
	uint64_t checked; // bit n: the pointer seen n was compared with the bounds of memory
	uint32_t ranges;  // bit n: range n is read
};

struct stash;

struct lower {
	struct ir *ir;
	const struct btf *btf;
	const struct scope *scope;
	const struct lower_target *target;
	int ctx;			// register of the context
	int block;			// register of the CPU's block of counters
	bool has_block;			// it is computed at this point
	bool guarded;			// this CPU's guard is ours at this point
	int pid_tgid;			// register, or 0
	int process;			// register: its upper half, or 0
	int scratch;			// stack slot of 8 bytes, used up at once; 0: none yet
	uint32_t cpu_mask, block_shift; // where a CPU's block is (bpf/wire.h)
	// where to go
	int fault;	// a read failed: the value is unknown
	int suppressed; // the guard was taken
	bool failed;	// more offset than an instruction holds
	int text_slot;	// stack for texts that are used up at once, text_room bytes
	uint32_t text_room;
	int walk_room;	   // stack for a path's walk; 0: none yet
	bool trusted_args; // the verifier calls the arguments trusted: tp_btf
	struct lower_known known;
	bool may_fault;		 // a branch to fault was emitted since this was last cleared,
	struct lower_known then; // and known when the first of them was
	bool captures;		 // what is lowered are captures, which fail one by one
	struct lower_range ranges[MAX_RANGES];
	uint32_t range_count;
	// Where something ends, see stash.h:
	const struct stash *stash; // what its beginning left here; NULL: nothing
	int stash_at;		   // register: where it lies
	const struct stash *outer; // what a call around it left, see frames_inside
	int outer_at;
	int now, elapsed; // registers; 0: not asked for
	// For how many hits this one stands, see sampler.h: a register or, where that is 0, this many; 0: one.
	int weight;
	uint32_t weighs;
};

// Does evaluating this call a helper that may be traced itself, so that the guard comes first?
bool lower_needs_guard(const struct lower *l, const struct node *n);
// Can it be that its value is not known: memory that can't be read, a division by 0?
bool lower_can_fail(const struct lower *l, const struct node *n);
bool lower_uses_task(const struct node *n);
// Adds 1 to a word of the CPU's block, which is l->block.
void lower_count(struct lower *l, int byte);
// Goes to the label when a probe's word `on`, at this byte of the block, is 0.
void lower_is_on(struct lower *l, int byte, int label);
// Reads which task this is, once.
void lower_task(struct lower *l);
// Makes l->block good from here on.
void lower_block(struct lower *l);
// Takes the guard, or goes to l->suppressed; release gives it back, unless it was ours before.
void lower_guard(struct lower *l);
void lower_release(struct lower *l);
// Jumps to the label when the truth of n is `when`; else goes on behind.
void lower_branch(struct lower *l, const struct node *n, bool when, int label);
// Jumps to l->fault if reg compares so.
void lower_fault_if(struct lower *l, int width, int code, int reg, int64_t imm);
// Of what is known, keeps what is known too when the code since may_fault was cleared has failed.
void lower_forget(struct lower *l);
// A number or an address in a register that is the caller's to change, or not to change.
int lower_value(struct lower *l, const struct node *n);
int lower_read(struct lower *l, const struct node *n);
// A register of `loaded` bytes, unsigned, that hold n from bit on -> n's value.
void lower_extend(struct lower *l, const struct node *n, int reg, uint32_t bit, uint32_t loaded);
// Stores a capture of any kind at base + off; failed reads go to l->fault.
void lower_capture(struct lower *l, const struct node *n, int base, int off);
// Where fields lie: at base + off + what the layout says; and their nils.
struct lower_place {
	int base, off;
	int nils, nils_size; // bytes from base
	int nils_cell;	     // in the block: counts them
	int frames; // bytes from base where those of a stack are put, whose number is stored; 0: they are
};
struct layout;
// Stores field i of a layout; when its read fails, zeros, and its bit in nils.
void lower_field(struct lower *l, const struct layout *layout, uint32_t i,
		 const struct lower_place *to);
// Are these the same expression?
bool lower_same(const struct node *a, const struct node *b);

#endif
