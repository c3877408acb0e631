// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "dentry.h"

#include <string.h>

#include "error.h"
#include "type.h"

struct wanted {
	const char *type, *member, *inner; // inner: a member of that member, or NULL
	size_t to;			   // offset in struct dentry_offsets
};

#define AT(field) offsetof(struct dentry_offsets, field)

// struct mount comes first: what is in it decides which of several structs of that name is meant.
static const struct wanted wanted[] = {
	{"mount", "mnt_parent", NULL, AT(mount.parent)},
	{"mount", "mnt_mountpoint", NULL, AT(mount.mountpoint)},
	{"mount", "mnt", "mnt_root", AT(mount.root)},
	{"mount", "mnt", NULL, AT(mount.vfs)},
	{"dentry", "d_hash", "pprev", AT(entry.pprev)},
	{"dentry", "d_parent", NULL, AT(entry.parent)},
	{"dentry", "d_name", "name", AT(entry.name)},
	{"dentry", "d_inode", NULL, AT(entry.inode)},
	{"dentry", "d_sb", NULL, AT(sb)},
	{"super_block", "s_root", NULL, AT(sb_root)},
	{"super_block", "s_type", NULL, AT(sb_type)},
	{"file_system_type", "name", NULL, AT(type_name)},
	{"inode", "i_ino", NULL, AT(number)},
};

// The offset in bytes of a member that has 8 of them, or of a struct; false: there is none.
static bool offset(const struct btf *b, uint32_t id, const struct wanted *w, uint32_t *ret)
{
	struct type_member m, inner = {.bit_offset = 0};

	if (!type_member(b, id, w->member, strlen(w->member), &m) || m.bits)
		return false;
	inner.type = m.type;
	if (w->inner &&
	    (!type_member(b, type_peel(b, m.type), w->inner, strlen(w->inner), &inner) ||
	     inner.bits))
		return false;
	if (type_size(b, inner.type) != 8 &&
	    btf_kind(type_peeled(b, inner.type)) != BTF_KIND_STRUCT)
		return false;
	*ret = (m.bit_offset + inner.bit_offset) / 8;
	return true;
}

// Of the structs with this name the first that has the member.
static bool find(const struct btf *b, const struct wanted *w, uint32_t *ret)
{
	uint32_t id = 0;

	while ((id = btf_find(b, BTF_KIND_STRUCT, w->type, id + 1)))
		if (offset(b, id, w, ret))
			return true;
	return false;
}

// Makes offsets count from the lowest. false when they are too far apart to be read at once.
static bool span(uint32_t *from, uint32_t *size, uint32_t *const *offsets, int count)
{
	uint32_t last = 0;

	*from = UINT32_MAX;
	for (int i = 0; i < count; i++) {
		*from = *offsets[i] < *from ? *offsets[i] : *from;
		last = *offsets[i] > last ? *offsets[i] : last;
	}
	*size = last + 8 - *from;
	for (int i = 0; i < count; i++) {
		*offsets[i] -= *from;
		if (*offsets[i] % 8)
			return false;
	}
	return *size <= DENTRY_SPAN;
}

int dentry_offsets(const struct btf *b, struct dentry_offsets *ret, struct ks_error *error)
{
	uint32_t *entry[] = {&ret->entry.pprev, &ret->entry.parent, &ret->entry.name,
			     &ret->entry.inode};
	uint32_t *mount[] = {&ret->mount.parent, &ret->mount.mountpoint, &ret->mount.root};

	while (b->base)
		b = b->base;
	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++) {
		const struct wanted *w = &wanted[i];

		if (!find(b, w, (void *)((char *)ret + w->to)))
			return error_set(error, KS_EABSENT,
					 "this kernel's BTF has no struct %s with %s%s%s", w->type,
					 w->member, w->inner ? "." : "", w->inner ? w->inner : "");
	}
	if (!span(&ret->entry.from, &ret->entry.size, entry, 4) ||
	    !span(&ret->mount.from, &ret->mount.size, mount, 3))
		return error_set(error, KS_EABSENT,
				 "this kernel's struct dentry or struct mount has an unknown form");
	return 0;
}
