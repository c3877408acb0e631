// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "userfiles.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../bpf/wire.h"
#include "cleanup.h"
#include "clock.h"
#include "elf_symbols.h"

#define MAX_FILES 4096
#define AGAIN	  1000000000ull // ns until processes are looked through anew

struct userfile {
	uint8_t build_id[ELF_BUILD_ID];
	char *path; // owned
	bool is_read;
	struct elf_symbols symbols; // none: the file has none, or is not there any more
};

// A file that was looked at, whatever it was.
struct userfile_seen {
	dev_t device;
	ino_t inode;
};

static bool is_seen(struct userfiles *u, const struct stat *st)
{
	for (uint32_t i = 0; i < u->seen_count; i++)
		if (u->seen[i].inode == st->st_ino && u->seen[i].device == st->st_dev)
			return true;
	if (u->seen_count == u->seen_room) {
		uint32_t room = u->seen_room ? u->seen_room * 2 : 64;
		struct userfile_seen *more = realloc(u->seen, room * sizeof(*more));

		if (!more || room > MAX_FILES) {
			u->seen = more ? more : u->seen;
			return true;
		}
		u->seen = more;
		u->seen_room = room;
	}
	u->seen[u->seen_count++] = (struct userfile_seen){st->st_dev, st->st_ino};
	return false;
}

// A file of bytes, opened; -1: it is none. A path is what others say: of what is a device, opening it may
// act, and of what has no size, reading it (/proc/kmsg).
static int open_file(const char *path, struct stat *st)
{
	KS_CLOSE int there = open(path, O_PATH | O_CLOEXEC);
	char self[32];

	if (there < 0 || fstat(there, st) < 0 || !S_ISREG(st->st_mode) || !st->st_size)
		return -1;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", there);
	return open(self, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
}

// Notes which build id a file has, once.
static void look_at(struct userfiles *u, const char *path)
{
	struct stat st;
	KS_CLOSE int fd = open_file(path, &st);
	struct userfile file = {.is_read = false};

	if (fd < 0 || is_seen(u, &st) || !elf_build_id(fd, file.build_id))
		return;
	if (u->count == u->room) {
		uint32_t room = u->room ? u->room * 2 : 64;
		struct userfile *more = realloc(u->files, room * sizeof(*more));

		if (!more)
			return;
		u->files = more;
		u->room = room;
	}
	file.path = strdup(path);
	if (file.path)
		u->files[u->count++] = file;
}

// The files that a process runs code of: "7f00-7f01 r-xp 00000000 08:01 1234   /usr/lib/x.so"
static void look_through(struct userfiles *u, const char *pid)
{
	char path[64], line[4352];
	FILE *maps;

	snprintf(path, sizeof(path), "/proc/%.20s/maps", pid);
	maps = fopen(path, "re");
	if (!maps)
		return;
	while (fgets(line, sizeof(line), maps)) {
		char *flags = strchr(line, ' '), *file = strchr(line, '/'), *end;

		if (!flags || !file || flags[3] != 'x' || !(end = strchr(file, '\n')))
			continue;
		*end = '\0';
		look_at(u, file);
	}
	fclose(maps);
}

static void look_through_all(struct userfiles *u)
{
	DIR *proc = opendir("/proc");
	const struct dirent *d;

	if (!proc)
		return;
	while ((d = readdir(proc)))
		if (isdigit((unsigned char)*d->d_name))
			look_through(u, d->d_name);
	closedir(proc);
}

// A word of a command that may be a program: a path, or the name of one in PATH.
static void look_at_word(struct userfiles *u, const char *word, size_t len)
{
	const char *folders = getenv("PATH");
	char path[4096];

	if (memchr(word, '/', len)) {
		snprintf(path, sizeof(path), "%.*s", (int)len, word);
		look_at(u, path);
		return;
	}
	while (folders && *folders) {
		size_t n = strcspn(folders, ":");

		snprintf(path, sizeof(path), "%.*s/%.*s", (int)n, folders, (int)len, word);
		look_at(u, path);
		folders += n + (folders[n] == ':');
	}
}

static void look_at_command(struct userfiles *u)
{
	static const char between[] = " \t\n;&|()<>\"'`$={}";

	for (const char *p = u->command; p && *p;) {
		size_t n = strcspn(p, between);

		if (n && n < 1024)
			look_at_word(u, p, n);
		p += n;
		p += strspn(p, between);
	}
	u->command = NULL; // once
}

static struct userfile *find(struct userfiles *u, const uint8_t id[ELF_BUILD_ID])
{
	for (uint32_t i = 0; i < u->count; i++)
		if (!memcmp(u->files[i].build_id, id, ELF_BUILD_ID))
			return &u->files[i];
	return NULL;
}

static void read_symbols(struct userfile *f)
{
	struct stat st;
	KS_CLOSE int fd = open_file(f->path, &st);
	uint8_t id[ELF_BUILD_ID];

	f->is_read = true;
	// Another may be there by now.
	if (fd >= 0 && elf_build_id(fd, id) && !memcmp(id, f->build_id, sizeof(id)))
		elf_symbols_read(&f->symbols, fd);
}

bool userfiles_name(void *data, const struct wire_user_frame *f, const char **name,
		    uint64_t *offset)
{
	struct userfiles *u = data;
	struct userfile *file = find(u, f->build_id);

	if (!file && (!u->looked || clock_ns(CLOCK_BOOTTIME) - u->looked > AGAIN)) {
		look_at_command(u);
		look_through_all(u);
		u->looked = clock_ns(CLOCK_BOOTTIME);
		file = find(u, f->build_id);
	}
	if (!file)
		return false;
	if (!file->is_read)
		read_symbols(file);
	*name = elf_symbols_at(&file->symbols, f->at, offset);
	return *name;
}

void userfiles_fini(struct userfiles *u)
{
	for (uint32_t i = 0; i < u->count; i++) {
		free(u->files[i].path);
		elf_symbols_fini(&u->files[i].symbols);
	}
	free(u->files);
	free(u->seen);
	*u = (struct userfiles){0};
}
