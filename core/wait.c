// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "wait.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "error.h"

void wait_init(struct wait *w)
{
	*w = (struct wait){.signal_fd = -1, .child_fd = -1, .gate = -1};
}

int wait_signals(struct wait *w, struct ks_error *error)
{
	struct sigaction hup;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaction(SIGHUP, NULL, &hup);
	if (hup.sa_handler != SIG_IGN) // nohup
		sigaddset(&set, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &set, &w->before) < 0)
		return error_os(error, KS_EOS, errno, "can't block signals");
	w->blocked = true;
	signal(SIGPIPE, SIG_IGN);
	w->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return w->signal_fd < 0 ? error_os(error, KS_EOS, errno, "can't wait for signals") : 0;
}

static void child(const struct wait *w, int gate, const char *command)
{
	char byte;

	signal(SIGPIPE, SIG_DFL);
	if (w->blocked)
		sigprocmask(SIG_SETMASK, &w->before, NULL);
	while (read(gate, &byte, 1) < 0 && errno == EINTR)
		;
	execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

int wait_spawn(struct wait *w, const char *command, struct ks_error *error)
{
	int gate[2];

	if (pipe2(gate, O_CLOEXEC) < 0)
		return error_os(error, KS_EOS, errno, "can't make a pipe");
	w->child = fork();
	if (w->child == 0) {
		close(gate[1]);
		child(w, gate[0], command);
	}
	close(gate[0]);
	w->gate = gate[1];
	if (w->child < 0)
		return error_os(error, KS_EOS, errno, "can't start the command");
	w->child_fd = (int)syscall(SYS_pidfd_open, w->child, 0);
	return w->child_fd < 0 ? error_os(error, KS_EOS, errno, "can't watch the command") : 0;
}

void wait_release(struct wait *w)
{
	cleanup_close(&w->gate);
	w->gate = -1;
}

// After the first signal a second one ends the process at once.
static void second(int number)
{
	(void)number;
	_exit(130);
}

static void take_signal(struct wait *w)
{
	struct signalfd_siginfo info;
	sigset_t set;

	if (read(w->signal_fd, &info, sizeof(info)) != sizeof(info))
		return;
	w->signal = (int)info.ssi_signo;
	signal(SIGINT, second);
	signal(SIGTERM, second);
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static int look(struct wait *w, int ring_fd, int timeout_ms, struct ks_error *error)
{
	struct pollfd fds[3] = {
		{.fd = w->signal_fd, .events = POLLIN},
		{.fd = w->child_done ? -1 : w->child_fd, .events = POLLIN},
		{.fd = ring_fd, .events = POLLIN},
	};
	int n = poll(fds, 3, timeout_ms), wake = 0;

	if (n < 0 && errno != EINTR)
		return error_os(error, KS_EOS, errno, "can't wait for records");
	if (n <= 0)
		return KS_WAKE_TIMEOUT;
	if (fds[0].revents) {
		take_signal(w);
		wake |= KS_WAKE_SIGNAL;
	}
	if (fds[1].revents && waitpid(w->child, &w->child_status, WNOHANG) == w->child) {
		w->child_done = true;
		wake |= KS_WAKE_CHILD;
	}
	if (fds[2].revents)
		wake |= KS_WAKE_RECORDS;
	return wake;
}

int wait_for(struct wait *w, const struct ring *r, int timeout_ms, int linger_ms,
	     struct ks_error *error)
{
	// What is in the ring already lies behind a record that is still being written; poll would
	// return at once, again and again, until it is done.
	bool held_up = ring_used(r) > 0;
	int wake = held_up ? KS_WAKE_RECORDS : look(w, r->fd, timeout_ms, error), more;

	if (wake < 0 || !(wake & KS_WAKE_RECORDS))
		return wake;
	if (ring_used(r) > r->size / 4)
		linger_ms = 0;
	if (timeout_ms == 0 || (linger_ms == 0 && !held_up))
		more = look(w, -1, 0, error);
	else
		more = look(w, -1, linger_ms ? linger_ms : 1, error);
	return more < 0 ? more : wake | (more & ~KS_WAKE_TIMEOUT);
}

void wait_fini(struct wait *w)
{
	if (w->child > 0 && !w->child_done) {
		kill(w->child, w->gate >= 0 ? SIGKILL : SIGTERM); // with a gate it never ran
		wait_release(w);
	}
	cleanup_close(&w->signal_fd);
	cleanup_close(&w->child_fd);
	if (w->blocked)
		sigprocmask(SIG_SETMASK, &w->before, NULL);
	wait_init(w);
}
