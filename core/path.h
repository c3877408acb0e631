// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// What path(x) captured, as text.
#ifndef CORE_PATH_H
#define CORE_PATH_H

#include "buf.h"

// Writes the path in a struct wire_path (bpf/wire.h), of which `there` bytes are there; each piece of
// text goes through `put`, which makes it safe for where it goes. The bytes may be anything.
//
//   /etc/passwd              a file in a tree
//   /tmp/file (deleted)      one whose name was taken away
//   .../d/e/f                the front is missing: too many names, too long, or they lead to no root
//   ?EFAULT/e/f              the front could not be read
//   pipe:[4711]              a file in no tree, as the kernel calls it or, where it has a name of its
//                            own for the kind, by file system and number
void path_text(const void *bytes, size_t there,
	       void (*put)(struct buf *out, const char *text, size_t n), struct buf *out);

#endif
