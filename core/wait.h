// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Waiting for whatever comes first: records, a signal, the child's end.
#ifndef CORE_WAIT_H
#define CORE_WAIT_H

#include <signal.h>
#include <sys/types.h>

#include "ksnoop.h"
#include "ring.h"

#define SIGNALS 5

struct wait {
	int signal_fd, child_fd, gate; // gate: closing it lets the child go
	pid_t child;
	int child_status;
	bool child_done;
	int signal; // the last one, not yet asked for
	bool handling;
	struct sigaction before[SIGNALS];
};

void wait_init(struct wait *w);
// From now on SIGINT, SIGTERM and SIGHUP (unless it was ignored) are told, and SIGPIPE and SIGXFSZ do
// nothing: the write fails.
// A second SIGINT or SIGTERM ends the process at once, with 130.
int wait_signals(struct wait *w, struct ks_error *error);
// Did one of them come?
bool wait_interrupted(void);
// A child that stands still until wait_release.
int wait_spawn(struct wait *w, const char *command, struct ks_error *error);
void wait_release(struct wait *w);
// Bits of enum ks_wake. Once records come, lets more gather for linger_ms; not with timeout_ms 0.
int wait_for(struct wait *w, const struct ring *r, int timeout_ms, int linger_ms,
	     struct ks_error *error);
void wait_fini(struct wait *w);

#endif
