// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "walk.h"

#include <linux/bpf.h>

#include "../bpf/wire.h"
#include "dentry.h"
#include "memory.h"

#define AREA(member) (int)offsetof(struct wire_path, member)

_Static_assert(sizeof(struct wire_path) == PATH_SIZE && AREA(names) + PATH_NAMES == PATH_SIZE, "");

struct walk {
	struct lower *l;
	struct dentry_offsets at;
	int base, off;	      // of the area in the record
	int dentry;	      // register: where the walk is
	bool mounts;	      // mounts are known
	int entry, mount;     // stack: what was read of that dentry, and of its mount
	int here;	      // stack: the address of that mount
	int unreadable, done; // labels
};

static int load(const struct walk *w, int slot, uint32_t off)
{
	return ir_load(w->l->ir, 8, IR_FP, slot + (int)off);
}

// How many bytes of names there are, in a register. It lies in the record alone: there the verifier
// knows nothing of it, and one round looks to it like every other. In a register it would have another
// range on each way through each round, and there are more ways than it looks at.
static int used(const struct walk *w)
{
	return ir_load(w->l->ir, 4, w->base, w->off + AREA(size));
}

static void set_used(const struct walk *w, int reg)
{
	ir_store(w->l->ir, 4, w->base, w->off + AREA(size), reg);
}

static void store(const struct walk *w, int member, int width, int32_t value)
{
	ir_store_imm(w->l->ir, width, w->base, w->off + member, value);
}

// Reads size bytes at from + off to a slot; goes to a label when that fails.
static void read(const struct walk *w, int slot, uint32_t size, int from, uint32_t off, int label)
{
	struct ir *ir = w->l->ir;
	int address = ir_copy(ir, from), r;

	if (off)
		ir_alu_imm(ir, 8, BPF_ADD, address, off);
	r = ir_call(ir, HELPER_probe_read_kernel, arg_frame(slot), arg_const(size),
		    arg_reg(address));
	ir_branch_imm(ir, 8, BPF_JNE, r, 0, label);
}

static void read_entry(const struct walk *w)
{
	read(w, w->entry, w->at.entry.size, w->dentry, w->at.entry.from, w->unreadable);
}

// Makes the mount in a register the one where the walk is.
static void enter(const struct walk *w, int mount)
{
	ir_store(w->l->ir, 8, IR_FP, w->here, mount);
	read(w, w->mount, w->at.mount.size, mount, w->at.mount.from, w->unreadable);
}

// A pointer behind a pointer, by way of a slot.
static int follow(const struct walk *w, int slot, int from, uint32_t off)
{
	read(w, slot, 8, from, off, w->unreadable);
	return load(w, slot, 0);
}

// Where a string in the kernel's memory goes: bytes behind the area's start, in a register.
static int place(const struct walk *w, int member)
{
	int to = ir_copy(w->l->ir, w->base);

	ir_alu_imm(w->l->ir, 8, BPF_ADD, to, w->off + member);
	return to;
}

static int string(const struct walk *w, int to, uint32_t size, int from)
{
	int r = ir_call(w->l->ir, HELPER_probe_read_kernel_str, arg_reg(to), arg_const(size),
			arg_reg(from));

	ir_branch_imm(w->l->ir, 8, BPF_JSLT, r, 0, w->unreadable);
	return r;
}

// What is its own parent and no mount's root: the root of a file system that is not mounted there
// (goes to `plain`), or a file outside of any tree, of which its number and file system tell.
static void loose(const struct walk *w, int plain)
{
	struct ir *ir = w->l->ir;
	int slot = memory_scratch(w->l), sb, inode;

	sb = follow(w, slot, w->dentry, w->at.sb);
	ir_branch(ir, 8, BPF_JEQ, follow(w, slot, sb, w->at.sb_root), w->dentry, plain);
	ir_note(ir, "in no tree: the type of its file system, its number, its name");
	store(w, AREA(leaf), 1, PATH_LOOSE);
	sb = follow(w, slot, w->dentry, w->at.sb);
	string(w, place(w, AREA(type)), sizeof(((struct wire_path *)0)->type),
	       follow(w, slot, follow(w, slot, sb, w->at.sb_type), w->at.type_name));
	inode = load(w, w->entry, w->at.entry.inode);
	ir_store(ir, 8, w->base, w->off + AREA(inode), follow(w, slot, inode, w->at.number));
	set_used(w,
		 string(w, place(w, AREA(names)), PATH_NAME, load(w, w->entry, w->at.entry.name)));
	ir_jump(ir, w->done);
}

// What the file itself is; goes on where a walk begins.
static void leaf(const struct walk *w)
{
	struct ir *ir = w->l->ir;
	int plain = ir_label(ir), named = ir_label(ir);

	ir_note(ir, "is it in a tree, and has it a name there still?");
	ir_branch(ir, 8, BPF_JNE, load(w, w->entry, w->at.entry.parent), w->dentry, named);
	if (w->mounts)
		ir_branch(ir, 8, BPF_JEQ, load(w, w->mount, w->at.mount.root), w->dentry, plain);
	loose(w, plain);
	ir_place(ir, named);
	ir_branch_imm(ir, 8, BPF_JNE, load(w, w->entry, w->at.entry.pprev), 0, plain);
	store(w, AREA(leaf), 1, PATH_DELETED);
	ir_place(ir, plain);
}

// From the root of a mount to where it is mounted.
static void cross(const struct walk *w, int next)
{
	struct ir *ir = w->l->ir;
	int inside = ir_label(ir), up;

	ir_note(ir, "from a mount's root to where it is mounted");
	ir_branch(ir, 8, BPF_JNE, load(w, w->mount, w->at.mount.root), w->dentry, inside);
	up = load(w, w->mount, w->at.mount.parent);
	ir_branch(ir, 8, BPF_JEQ, load(w, w->here, 0), up, w->done); // the root of all
	ir_move(ir, w->dentry, load(w, w->mount, w->at.mount.mountpoint));
	enter(w, up);
	ir_jump(ir, next);
	ir_place(ir, inside);
}

// One round after the other: a name into the record, or a step over the edge of a mount.
static void climb(const struct walk *w)
{
	struct ir *ir = w->l->ir;
	int again = ir_label(ir), next = ir_label(ir), top = ir_label(ir), front = ir_label(ir);
	int left = ir_const(ir, 4, PATH_ROUNDS), at, to, name;

	ir_note(ir, "up to the root, in rounds");
	ir_place(ir, again);
	ir_alu_imm(ir, 8, BPF_SUB, left, 1);
	ir_branch_imm(ir, 8, BPF_JEQ, left, 0, front);
	if (w->mounts)
		cross(w, next);
	ir_branch(ir, 8, BPF_JEQ, load(w, w->entry, w->at.entry.parent), w->dentry, top);
	ir_note(ir, "a name, and on to its directory");
	at = used(w);
	ir_branch_imm(ir, 8, BPF_JGT, at, PATH_NAMES - PATH_NAME, front);
	to = place(w, AREA(names));
	ir_alu(ir, 8, BPF_ADD, to, at);
	name = string(w, to, PATH_NAME, load(w, w->entry, w->at.entry.name));
	ir_alu(ir, 8, BPF_ADD, name, used(w));
	set_used(w, name);
	ir_move(ir, w->dentry, load(w, w->entry, w->at.entry.parent));
	ir_place(ir, next);
	read_entry(w);
	ir_again(ir, again);
	ir_place(ir, top);
	if (!w->mounts)
		ir_jump(ir, w->done);
	ir_place(ir, front);
	store(w, AREA(end), 1, PATH_CUT);
	ir_jump(ir, w->done);
}

void walk_path(struct lower *l, const struct node *n, int base, int off)
{
	struct ir *ir = l->ir;
	struct walk w = {.l = l,
			 .base = base,
			 .off = off,
			 .mounts = n->b,
			 .unreadable = ir_label(ir),
			 .done = ir_label(ir)};
	struct ks_error ignored;
	int mount = 0;

	if (dentry_offsets(l->btf, &w.at, &ignored) < 0) { // check has asked before
		l->failed = true;
		return;
	}
	if (!l->walk_room)
		l->walk_room = ir_stack(ir, 2 * DENTRY_SPAN + 8);
	w.here = l->walk_room;
	w.entry = w.here + 8;
	w.mount = w.entry + DENTRY_SPAN;
	w.dentry = memory_plain(l, n->a);
	if (n->b) {
		mount = memory_plain(l, n->b);
		ir_alu_imm(ir, 8, BPF_SUB, mount, w.at.mount.vfs);
	}
	ir_store_imm(ir, 8, base, off, 0); // size, leaf, end
	ir_note(ir, "its entry, its mount");
	read_entry(&w);
	if (n->b)
		enter(&w, mount);
	leaf(&w);
	climb(&w);
	ir_place(ir, w.unreadable);
	ir_note(ir, "could not be read: all of it, or the front");
	lower_fault_if(l, 8, BPF_JEQ, used(&w), 0);
	store(&w, AREA(end), 1, PATH_UNREADABLE);
	ir_place(ir, w.done);
}
