// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "wait.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "error.h"
#include "outfile.h"

void wait_init(struct wait *w)
{
	*w = (struct wait){.signal_fd = -1, .child_fd = -1, .gate = -1};
}

// What a handler can do: remember the signal, and wake poll through an eventfd. Handlers, not
// blocked signals: write(2) and a script's own programs are interrupted as anyone expects.
static volatile sig_atomic_t got;
static volatile int wake_fd = -1;

static void handle(int number)
{
	uint64_t one = 1;
	int saved = errno;

	if (got && number != SIGHUP) // the second one does not wait for anything
		_exit(130);
	got = number;
	if (write(wake_fd, &one, sizeof(one)) < 0) {
		// poll will be woken by the one that is there already
	}
	errno = saved;
}

static void ignore(int number)
{
	(void)number; // not SIG_IGN, which the programs that a script starts would inherit
}

bool wait_interrupted(void)
{
	return got != 0;
}

static const int signals[SIGNALS] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGXFSZ};

int wait_signals(struct wait *w, struct ks_error *error)
{
	w->signal_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (w->signal_fd < 0)
		return error_os(error, KS_EOS, errno, "can't wait for signals");
	got = 0;
	wake_fd = w->signal_fd;
	for (int i = 0; i < SIGNALS; i++) {
		bool ends = signals[i] != SIGPIPE && signals[i] != SIGXFSZ;
		struct sigaction action = {.sa_handler = ends ? handle : ignore};

		sigaction(signals[i], NULL, &w->before[i]);
		if (signals[i] != SIGHUP || w->before[i].sa_handler != SIG_IGN) // nohup
			sigaction(signals[i], &action, NULL);
	}
	w->handling = true;
	return 0;
}

static void child(int gate, const char *command)
{
	char byte;
	ssize_t n;

	while ((n = read(gate, &byte, 1)) < 0 && errno == EINTR)
		;
	if (outfile_before() >= 0)
		dup2(outfile_before(), STDOUT_FILENO);
	if (n == 1) // an end of file is ksnoop's end
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

int wait_spawn(struct wait *w, const char *command, struct ks_error *error)
{
	int gate[2];

	signal(SIGCHLD, SIG_DFL); // ignored, it would leave nothing to wait for
	if (pipe2(gate, O_CLOEXEC) < 0)
		return error_os(error, KS_EOS, errno, "can't make a pipe");
	w->child = fork();
	if (w->child == 0) {
		close(gate[1]);
		child(gate[0], command);
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
	if (w->gate >= 0 && write(w->gate, "", 1) < 0) {
		// the child is gone: its end is told like any other
	}
	cleanup_close(&w->gate);
	w->gate = -1;
}

static void take_signal(struct wait *w)
{
	uint64_t count;

	if (read(w->signal_fd, &count, sizeof(count)) == sizeof(count))
		w->signal = got;
}

static int look(struct wait *w, int ring_fd, int timeout_ms, struct ks_error *error)
{
	struct pollfd fds[3] = {
		{.fd = w->signal_fd, .events = POLLIN},
		{.fd = w->child_done ? -1 : w->child_fd, .events = POLLIN},
		{.fd = ring_fd, .events = POLLIN},
	};
	int n = poll(fds, 3, timeout_ms), wake = 0;

	if (n < 0 && errno == EINTR)
		return look(w, ring_fd, 0, error);
	if (n < 0)
		return error_os(error, KS_EOS, errno, "can't wait for records");
	if (n <= 0)
		return KS_WAKE_TIMEOUT;
	if (fds[0].revents) {
		take_signal(w);
		wake |= KS_WAKE_SIGNAL;
	}
	if (fds[1].revents) {
		pid_t pid = waitpid(w->child, &w->child_status, WNOHANG);

		if (pid == w->child || (pid < 0 && errno == ECHILD)) {
			w->child_done = true;
			wake |= KS_WAKE_CHILD;
		}
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

	if (r->failed)
		return error_os(error, KS_EOS, r->failed, "can't map the ring buffer");
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
		kill(w->child, SIGTERM);
		cleanup_close(&w->gate); // it never runs, if it has not yet
	}
	for (int i = 0; w->handling && i < SIGNALS; i++)
		sigaction(signals[i], &w->before[i], NULL);
	wake_fd = -1;
	cleanup_close(&w->signal_fd);
	cleanup_close(&w->child_fd);
	wait_init(w);
}
