// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Which path a cgroup's id stands for: the number of its folder's inode in the cgroup2 file system
// (Documentation/admin-guide/cgroup-v2.rst; kernel: kernfs ids are inode numbers since 67c0496e87d1).
#ifndef CORE_CGROUPS_H
#define CORE_CGROUPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"

struct cgroup {
	uint64_t id;
	const char *path;
	struct cgroup *next;
};

struct cgroups {
	const char *mounts; // a file in the form of /proc/self/mountinfo
	struct arena arena;
	struct cgroup *list; // the newest reading
	uint64_t read_at;    // ns of the boot clock; 0: not yet
};

// mounts: NULL for this process's own. Borrowed.
void cgroups_init(struct cgroups *c, const char *mounts);
void cgroups_fini(struct cgroups *c);
// Its path as /proc/PID/cgroup has it, "/system.slice/ssh.service", borrowed until the next call; NULL:
// there is none of this id. Looks at the file system when it has not seen the id, once a second at
// most.
const char *cgroups_path(struct cgroups *c, uint64_t id);

#endif
