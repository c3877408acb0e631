// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// The files that processes run, by build id: for names of what ustack captured.
#ifndef CORE_USERFILES_H
#define CORE_USERFILES_H

#include <stdbool.h>
#include <stdint.h>

#include "backtrace.h"

struct userfile;

struct userfiles {
	struct userfile *files;	    // owned; those whose build id is known
	struct userfile_seen *seen; // owned; those that were looked at
	uint32_t count, room, seen_count, seen_room;
	uint64_t looked;     // ns of the boot clock when processes were last looked through
	const char *command; // of -c, whose words may be programs; NULL: none. Borrowed
};

// The function in which a frame is: a backtrace_user for backtrace_show, data: a struct userfiles. An
// unknown build id is looked for among the files that processes have mapped now, at most once a second,
// and among those that the command names.
bool userfiles_name(void *data, const struct wire_user_frame *f, const char **name,
		    uint64_t *offset);
void userfiles_fini(struct userfiles *u);

#endif
