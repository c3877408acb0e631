// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Where this kernel keeps the names of files: offsets in its structs, from BTF.
#ifndef CORE_DENTRY_H
#define CORE_DENTRY_H

#include "btf.h"

// All in bytes. A directory entry and a mount are read by one call each: `size` bytes from `from` on,
// in which the members are at the other offsets.
struct dentry_offsets {
	struct {
		uint32_t from, size;
		uint32_t pprev, parent, name, inode; // of d_hash, d_parent, d_name, d_inode
	} entry;
	struct {
		uint32_t from, size;
		uint32_t parent, mountpoint, root;
		uint32_t vfs; // of struct vfsmount in struct mount
	} mount;
	uint32_t sb, sb_root, sb_type; // dentry->d_sb, ->s_root, ->s_type
	uint32_t type_name, number;    // file_system_type.name, inode.i_ino
};

#define DENTRY_SPAN 64 // what entry.size and mount.size are at most

// Needs: nothing of b but its types (a module's BTF will do: its base has them). -1 with error
// (KS_EABSENT, and no place in a text) when a struct is not there or not of the form that we know.
int dentry_offsets(const struct btf *b, struct dentry_offsets *ret, struct ks_error *error);

#endif
