// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Which processes work because we print: those that we descend from (a terminal, sshd) and those at
// the other end of our output's pipe. Traced, each of our lines makes them do what we trace.
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "ksnoop.h"
#include "outfile.h"

static int parent_of(int pid)
{
	char path[32], text[512];
	const char *end;
	KS_CLOSE int fd = -1;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = '\0';
	end = strrchr(text, ')'); // a task's name may have anything in it
	return end && strlen(end) > 4 ? atoi(end + 4) : 0;
}

static bool holds(int pid, const struct stat *pipe)
{
	char path[64];
	DIR *dir;
	const struct dirent *entry;
	struct stat st;
	bool found = false;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	dir = opendir(path);
	while (dir && !found && (entry = readdir(dir)))
		found = fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
			(st.st_mode & S_IRUSR) && // open for reading
			fstatat(dirfd(dir), entry->d_name, &st, 0) == 0 &&
			st.st_dev == pipe->st_dev && st.st_ino == pipe->st_ino;
	if (dir)
		closedir(dir);
	return found;
}

static int add(int *pids, int count, int cap, int pid)
{
	for (int i = 0; i < count; i++)
		if (pids[i] == pid)
			return count;
	if (count < cap)
		pids[count++] = pid;
	return count;
}

int ks_peers(int *pids, int cap)
{
	struct stat out;
	int count = 0;

	for (int pid = parent_of(getpid()), depth = 0; pid > 1 && depth < 64; depth++) {
		count = add(pids, count, cap, pid);
		pid = parent_of(pid);
	}
	if (fstat(outfile_own(), &out) == 0 && S_ISFIFO(out.st_mode)) {
		DIR *dir = opendir("/proc");
		const struct dirent *entry;

		while (dir && (entry = readdir(dir))) {
			int pid = atoi(entry->d_name);

			if (pid > 1 && pid != getpid() && holds(pid, &out))
				count = add(pids, count, cap, pid);
		}
		if (dir)
			closedir(dir);
	}
	return count;
}
