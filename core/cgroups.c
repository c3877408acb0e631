// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "cgroups.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "clock.h"
#include "file.h"

#define MAX_DEPTH   64
#define MAX_CGROUPS 100000
#define MAX_MOUNTS  (16u << 20) // bytes of mountinfo
#define AGAIN	    1000000000	// ns

void cgroups_init(struct cgroups *c, const char *mounts)
{
	*c = (struct cgroups){.mounts = mounts ? mounts : "/proc/self/mountinfo"};
}

void cgroups_fini(struct cgroups *c)
{
	arena_fini(&c->arena);
	c->list = NULL;
}

// \040 and its like, as mountinfo has what would end a word; in place.
static void unescape(char *s)
{
	char *to = s;

	while (*s) {
		if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] && s[3]) {
			*to++ = (char)((s[1] - '0') * 64 + (s[2] - '0') * 8 + (s[3] - '0'));
			s += 4;
		} else {
			*to++ = *s++;
		}
	}
	*to = '\0';
}

// Where the cgroup2 file system is, malloc'ed; NULL: nowhere. A line of mountinfo (proc(5)): ids, the
// device, its root, where it is mounted, options, " - ", the file system's type.
static char *mount_point(const struct cgroups *c)
{
	struct ks_error ignored;
	size_t size;
	KS_FREE char *text = file_read(c->mounts, MAX_MOUNTS, &size, &ignored);
	char *rest = text;

	for (char *line; rest && (line = strsep(&rest, "\n"));) {
		const char *type = strstr(line, " - ");
		char *where = line;

		if (!type || strncmp(type, " - cgroup2 ", 11) != 0)
			continue;
		for (int word = 0; where && word < 4; word++) {
			where = strchr(where, ' ');
			where = where ? where + 1 : NULL;
		}
		if (!where)
			continue;
		where[strcspn(where, " ")] = '\0';
		unescape(where);
		return strdup(where);
	}
	return NULL;
}

struct walk {
	struct cgroups *cgroups;
	uint32_t count;
	char path[4096]; // from the mount point on
};

static void add(struct walk *w, int folder)
{
	struct cgroups *c = w->cgroups;
	struct cgroup *one = arena_alloc(&c->arena, sizeof(*one));
	struct stat st;

	if (!one || fstat(folder, &st) < 0)
		return;
	*one = (struct cgroup){.id = st.st_ino,
			       .path = arena_copy(&c->arena, *w->path ? w->path : "/",
						  *w->path ? strlen(w->path) : 1),
			       .next = c->list};
	if (one->path)
		c->list = one;
	w->count++;
}

// All that are in an open folder, and it; closes that.
static void look(struct walk *w, int folder, int depth)
{
	size_t length = strlen(w->path);
	DIR *dir = fdopendir(folder);

	if (!dir) {
		close(folder);
		return;
	}
	add(w, folder);
	for (struct dirent *e; depth < MAX_DEPTH && w->count < MAX_CGROUPS && (e = readdir(dir));) {
		int inner;

		if (e->d_type != DT_DIR || !strcmp(e->d_name, ".") || !strcmp(e->d_name, "..") ||
		    length + strlen(e->d_name) + 2 > sizeof(w->path))
			continue;
		inner = openat(folder, e->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (inner < 0)
			continue; // it is gone, or not for us to see
		snprintf(w->path + length, sizeof(w->path) - length, "/%s", e->d_name);
		look(w, inner, depth + 1);
		w->path[length] = '\0';
	}
	closedir(dir);
}

static void read_all(struct cgroups *c)
{
	KS_FREE char *where = mount_point(c);
	struct walk *w = calloc(1, sizeof(*w));
	int folder = where ? open(where, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	cgroups_fini(c);
	if (w && folder >= 0) {
		w->cgroups = c;
		look(w, folder, 0);
	} else if (folder >= 0) {
		close(folder);
	}
	free(w);
}

static const char *find(const struct cgroups *c, uint64_t id)
{
	for (const struct cgroup *one = c->list; one; one = one->next)
		if (one->id == id)
			return one->path;
	return NULL;
}

const char *cgroups_path(struct cgroups *c, uint64_t id)
{
	const char *path = find(c, id);

	if (path || (c->read_at && clock_ns(CLOCK_BOOTTIME) - c->read_at < AGAIN))
		return path;
	read_all(c);
	c->read_at = clock_ns(CLOCK_BOOTTIME);
	return find(c, id);
}
