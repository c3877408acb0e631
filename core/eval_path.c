// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// The walk that path(x) is, over bytes that were captured or made up: what core/walk.c writes as BPF.
#include <string.h>

#include "../bpf/wire.h"
#include "dentry.h"
#include "eval.h"

struct walk {
	const struct eval *e;
	struct dentry_offsets at;
	struct wire_path *path;
	uint64_t dentry, mount; // of a mount: 0: not known
	unsigned char entry[DENTRY_SPAN], here[DENTRY_SPAN];
};

static uint64_t word(const unsigned char *from, uint32_t off)
{
	uint64_t v;

	memcpy(&v, from + off, sizeof(v));
	return v;
}

static bool read_kernel(const struct walk *w, uint64_t address, void *to, size_t n)
{
	return w->e->read(w->e->data, false, address, to, n);
}

static bool follow(const struct walk *w, uint64_t address, uint64_t *ret)
{
	return read_kernel(w, address, ret, sizeof(*ret));
}

static bool read_entry(struct walk *w)
{
	return read_kernel(w, w->dentry + w->at.entry.from, w->entry, w->at.entry.size);
}

static bool read_mount(struct walk *w)
{
	return read_kernel(w, w->mount + w->at.mount.from, w->here, w->at.mount.size);
}

// At most size - 1 bytes and a NUL. Returns the length with it, 0 when it can't be read.
static uint32_t string(const struct walk *w, uint64_t from, char *to, uint32_t size)
{
	for (uint32_t n = 0; n < size; n++) {
		if (!read_kernel(w, from + n, to + n, 1))
			return 0;
		if (n == size - 1)
			to[n] = '\0';
		if (!to[n])
			return n + 1;
	}
	return 0;
}

// false: it can't be read. *plain: it is the root of its file system.
static bool loose(struct walk *w, bool *plain)
{
	struct wire_path *p = w->path;
	uint64_t sb, root, type, name;

	if (!follow(w, w->dentry + w->at.sb, &sb) || !follow(w, sb + w->at.sb_root, &root))
		return false;
	*plain = root == w->dentry;
	if (*plain)
		return true;
	p->leaf = PATH_LOOSE;
	if (!follow(w, sb + w->at.sb_type, &type) || !follow(w, type + w->at.type_name, &name) ||
	    !string(w, name, p->type, sizeof(p->type)) ||
	    !follow(w, word(w->entry, w->at.entry.inode) + w->at.number, &p->inode))
		return false;
	p->size = string(w, word(w->entry, w->at.entry.name), p->names, PATH_NAME);
	return p->size;
}

static bool is_mount_root(const struct walk *w)
{
	return w->mount && word(w->here, w->at.mount.root) == w->dentry;
}

enum step { ON, STOP, FAULT };

static enum step step(struct walk *w)
{
	struct wire_path *p = w->path;
	uint64_t parent = word(w->entry, w->at.entry.parent);
	uint32_t n;

	if (is_mount_root(w)) {
		uint64_t up = word(w->here, w->at.mount.parent);

		if (up == w->mount)
			return STOP;
		w->dentry = word(w->here, w->at.mount.mountpoint);
		w->mount = up;
		return read_mount(w) && read_entry(w) ? ON : FAULT;
	}
	if (parent == w->dentry) {
		p->end = w->mount ? PATH_CUT : PATH_ROOT;
		return STOP;
	}
	if (p->size > PATH_NAMES - PATH_NAME) {
		p->end = PATH_CUT;
		return STOP;
	}
	n = string(w, word(w->entry, w->at.entry.name), p->names + p->size, PATH_NAME);
	if (!n)
		return FAULT;
	p->size += n;
	w->dentry = parent;
	return read_entry(w) ? ON : FAULT;
}

static bool climb(struct walk *w)
{
	for (int left = PATH_ROUNDS - 1; left; left--) {
		enum step s = step(w);

		if (s == STOP)
			return true;
		if (s == FAULT) {
			w->path->end = PATH_UNREADABLE;
			return w->path->size;
		}
	}
	w->path->end = PATH_CUT;
	return true;
}

bool eval_path(const struct eval *e, const struct node *n, void *to)
{
	struct walk w = {.e = e, .path = to};
	struct ks_error ignored;
	uint64_t mount = 0;
	bool plain = true;

	if (dentry_offsets(e->btf, &w.at, &ignored) < 0 || !eval_value(e, n->a, &w.dentry) ||
	    (n->b && !eval_value(e, n->b, &mount)) || !read_entry(&w))
		return false;
	w.mount = n->b ? mount - w.at.mount.vfs : 0;
	if (n->b && !read_mount(&w))
		return false;
	if (word(w.entry, w.at.entry.parent) != w.dentry) {
		if (!word(w.entry, w.at.entry.pprev))
			w.path->leaf = PATH_DELETED;
	} else if (!is_mount_root(&w) && !loose(&w, &plain)) {
		return false;
	}
	return !plain || climb(&w);
}
