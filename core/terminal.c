// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// What a live view needs to know and to do: how large the terminal is, and what was written to
// stdout, as a text.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cleanup.h"
#include "error.h"
#include "ksnoop.h"
#include "outfile.h"

struct ks_frame {
	int file;    // what stdout is between begin and end
	int own;     // what it is else
	int written; // what ksnoop itself writes to then
	bool begun;
};

bool ks_terminal(int fd, unsigned *columns, unsigned *rows)
{
	struct winsize size = {0};

	if (!isatty(fd))
		return false;
	if (ioctl(fd, TIOCGWINSZ, &size) < 0 || !size.ws_col || !size.ws_row)
		size = (struct winsize){.ws_col = 80, .ws_row = 24};
	*columns = size.ws_col;
	*rows = size.ws_row;
	return true;
}

size_t ks_unwritten(void)
{
	return __fpending(stdout);
}

struct ks_frame *ks_frame_open(struct ks_error *error)
{
	struct ks_frame *f = calloc(1, sizeof(*f));

	if (!f) {
		error_set(error, KS_ENOMEM, "out of memory");
		return NULL;
	}
	f->file = memfd_create("ksnoop", MFD_CLOEXEC);
	f->own = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	if (f->file < 0 || f->own < 0) {
		error_os(error, KS_EOS, errno, "can't prepare a live view");
		ks_frame_close(f);
		return NULL;
	}
	return f;
}

void ks_frame_close(struct ks_frame *f)
{
	if (!f)
		return;
	if (f->begun) {
		dup2(f->own, STDOUT_FILENO);
		outfile_turn(f->written);
	}
	if (f->file >= 0)
		close(f->file);
	if (f->own >= 0)
		close(f->own);
	free(f);
}

int ks_frame_begin(struct ks_frame *f, struct ks_error *error)
{
	if (ftruncate(f->file, 0) < 0 || lseek(f->file, 0, SEEK_SET) < 0 ||
	    dup2(f->file, STDOUT_FILENO) < 0)
		return error_os(error, KS_EOS, errno, "can't begin a live view");
	f->written = outfile_turn(STDOUT_FILENO);
	f->begun = true;
	return 0;
}

int ks_frame_end(struct ks_frame *f, struct ks_error *error)
{
	if (dup2(f->own, STDOUT_FILENO) < 0)
		return error_os(error, KS_EOS, errno, "can't end a live view");
	outfile_turn(f->written);
	f->begun = false;
	return 0;
}

size_t ks_frame_text(struct ks_frame *f, char *buf, size_t cap)
{
	off_t n = lseek(f->file, 0, SEEK_END);
	size_t done = 0;

	while (n > 0 && cap > 0 && done < (size_t)n && done < cap - 1) {
		size_t room = (size_t)n < cap - 1 ? (size_t)n : cap - 1;
		ssize_t got = pread(f->file, buf + done, room - done, (off_t)done);

		if (got <= 0)
			break;
		done += (size_t)got;
	}
	if (cap)
		buf[done] = '\0';
	return n > 0 ? (size_t)n : 0;
}
