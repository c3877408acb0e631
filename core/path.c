// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "path.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "../bpf/wire.h"

typedef void put_fn(struct buf *out, const char *text, size_t n);

static void put_str(put_fn *put, const char *text, struct buf *out)
{
	put(out, text, strlen(text));
}

// A name is at most as long as the kernel lets it be; one byte more says that there was more.
static void put_name(put_fn *put, const char *name, size_t n, struct buf *out)
{
	bool cut = n > PATH_NAME - 2;

	put(out, name, cut ? PATH_NAME - 2 : n);
	if (cut)
		put_str(put, "...", out);
}

static void put_number(put_fn *put, const char *kind, uint64_t inode, struct buf *out)
{
	char text[64];

	snprintf(text, sizeof(text), "%s:[%" PRIu64 "]", kind, inode);
	put_str(put, text, out);
}

// Files that the kernel makes without a place for them. Of most it says what lies in the dentry; of
// some it knows more, such as what kind of namespace it is: these have their file system's name.
static void loose(put_fn *put, const struct wire_path *p, struct buf *out)
{
	static const char *const numbered[][2] = {{"pipefs", "pipe"}, {"sockfs", "socket"}};
	static const char *const own[] = {"nsfs", "dmabuf"}; // with names of their own
	char type[sizeof(p->type) + 1] = "";
	size_t n = strnlen(p->names, p->size);
	bool is_own = n == 0 || (n == 1 && p->names[0] == '/');

	memcpy(type, p->type, sizeof(p->type));
	for (size_t i = 0; i < sizeof(numbered) / sizeof(*numbered); i++) {
		if (!strcmp(type, numbered[i][0])) {
			put_number(put, numbered[i][1], p->inode, out);
			return;
		}
	}
	for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++)
		is_own = is_own || !strcmp(type, own[i]);
	if (!strcmp(type, "pidfs")) {
		put_str(put, "anon_inode:[pidfd]", out);
	} else if (!strcmp(type, "anon_inodefs")) {
		put_str(put, "anon_inode:", out);
		put_name(put, p->names, n, out);
	} else if (is_own) {
		put_number(put, type, p->inode, out);
	} else { // memfd_create(2), shared memory
		put_str(put, "/", out);
		put_name(put, p->names, n, out);
		put_str(put, " (deleted)", out);
	}
}

// From the last name, which is the outermost, to the first.
static void tree(put_fn *put, const struct wire_path *p, struct buf *out)
{
	uint32_t end = p->size;

	if (p->end == PATH_CUT)
		put_str(put, "...", out);
	else if (p->end != PATH_ROOT)
		put_str(put, "?EFAULT", out);
	else if (!end)
		put_str(put, "/", out);
	while (end) {
		uint32_t from = end - 1, last = from; // the name's NUL

		if (p->names[last])
			last = end;
		while (from && p->names[from - 1])
			from--;
		put_str(put, "/", out);
		put_name(put, p->names + from, last - from, out);
		end = from;
	}
	if (p->leaf == PATH_DELETED)
		put_str(put, " (deleted)", out);
}

void path_text(const void *bytes, size_t there, put_fn *put, struct buf *out)
{
	struct wire_path p = {.size = 0};

	memcpy(&p, bytes, there < sizeof(p) ? there : sizeof(p));
	if (p.size > PATH_NAMES)
		p.size = PATH_NAMES;
	if (p.leaf == PATH_LOOSE)
		loose(put, &p, out);
	else
		tree(put, &p, out);
}
