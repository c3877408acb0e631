// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Where stdout leads to. With -o to a file: what was captured may be secret and the folder anybody's,
// so the file is always a new one, of its owner alone. A stream for machines is kept apart from what
// scripts and commands write.
#include "outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "error.h"
#include "ksnoop.h"

static int before = -1, own = STDOUT_FILENO;

int outfile_before(void)
{
	return before;
}

int outfile_own(void)
{
	return own;
}

int outfile_turn(int fd)
{
	int was = own;

	own = fd;
	return was;
}

// A file of root's, made on behalf of a user, belongs to that user.
static void hand_over(int fd)
{
	const char *uid = getenv("SUDO_UID"), *gid = getenv("SUDO_GID");

	if (geteuid() == 0 && uid && gid &&
	    fchown(fd, (uid_t)strtoul(uid, NULL, 10), (gid_t)strtoul(gid, NULL, 10)) < 0) {
		// then it stays root's, who can read it
	}
}

static int create(const char *path, bool force, struct ks_error *error)
{
	struct stat st;
	int flags = O_WRONLY | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY, fd;

	if (lstat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode)) {
		// A device or a FIFO: nothing is in there that could be lost.
		fd = open(path, flags);
		return fd < 0 ? error_os(error, KS_EOUTPUT, errno, "can't write to %.200s", path)
			      : fd;
	}
	if (force && unlink(path) < 0 && errno != ENOENT)
		return error_os(error, KS_EOUTPUT, errno, "can't replace %.200s", path);
	fd = open(path, flags | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR);
	if (fd < 0 && errno == EEXIST) {
		error_set(error, KS_EOUTPUT, "%.200s is there already", path);
		error_hint(error, "another name, or --force to replace it");
		return -1;
	}
	if (fd < 0)
		return error_os(error, KS_EOUTPUT, errno, "can't make the file %.200s", path);
	hand_over(fd);
	return fd;
}

int ks_output_to(const char *path, bool force, struct ks_error *error)
{
	KS_CLOSE int fd = create(path, force, error);

	if (fd < 0)
		return -1;
	before = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	if (before < 0 || dup2(fd, STDOUT_FILENO) < 0)
		return error_os(error, KS_EOUTPUT, errno, "can't write to %.200s", path);
	return 0;
}

int ks_output_apart(struct ks_error *error)
{
	int fd = own == STDOUT_FILENO ? fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3) : own;

	fflush(stdout);
	if (fd < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
		return error_os(error, KS_EOUTPUT, errno, "can't keep stdout apart");
	own = fd;
	return 0;
}

void ks_output_undo(const char *path)
{
	struct stat ours, there;

	if (fstat(own, &ours) == 0 && S_ISREG(ours.st_mode) && ours.st_size == 0 &&
	    lstat(path, &there) == 0 && there.st_dev == ours.st_dev && there.st_ino == ours.st_ino)
		unlink(path);
}
