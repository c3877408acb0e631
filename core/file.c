// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "cleanup.h"
#include "error.h"

#define FIRST ((size_t)256 << 10)

static char *no_file(const char *path, struct ks_error *error)
{
	int os = errno;
	enum ks_kind kind = KS_EOS;

	if (os == ENOENT || os == ENOTDIR)
		kind = KS_EABSENT;
	else if (os == EACCES || os == EPERM)
		kind = KS_EPERM;
	error_os(error, kind, os, "can't read %.200s", path);
	return NULL;
}

char *file_read(const char *path, size_t limit, size_t *size, struct ks_error *error)
{
	KS_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
	KS_FREE char *text = NULL;
	size_t room = 0, n = 0;
	char *kept;

	if (fd < 0)
		return no_file(path, error);
	for (;;) {
		ssize_t got;

		if (n + 1 >= room) { // one byte is the NUL's
			if (room > limit) {
				error_set(error, KS_ELIMIT, "%.200s has more than %zu MB", path,
					  limit >> 20);
				return NULL;
			}
			room = room ? room * 2 : FIRST;
			kept = realloc(text, room);
			if (!kept) {
				error_nomem(error);
				return NULL;
			}
			text = kept;
		}
		got = read(fd, text + n, room - n - 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return no_file(path, error);
		if (got == 0)
			break;
		n += (size_t)got;
	}
	text[n] = '\0';
	*size = n;
	kept = text;
	text = NULL;
	return kept;
}
