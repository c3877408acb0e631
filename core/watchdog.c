// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// A timer of the thread's processor time: it does not run while a function waits, or while another
// process has the processor, and it costs nothing while none of the script's runs. Its signal looks
// whether the same function runs as last time.
//
// A function that has had too much is first asked: a hook raises an error in it, and the run ends in
// order. Compiled code and C functions run no hooks. Then the thread is stopped where it is, in its
// signal handler, and another one, which has waited for that since the start, tells what there is to
// tell and ends the process: the thread that hangs may hold the locks of malloc and stdio. So nothing
// here allocates, and stdout is flushed only if its lock is free.
#include "watchdog.h"

#include <errno.h>
#include <lauxlib.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "interrupt.h"
#include "limits.h"
#include "thread.h"
#include "trace.h"

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

#define SIGNAL	    (SIGRTMIN + 1)
#define LOOKS	    8	 // in the time that a function has, or more of them
#define RAREST	    0.25 // seconds between two looks at most
#define GRACE	    0.75 // seconds for the interpreter to run the hook
#define UNWINDING   10	 // seconds for its error to come to where it is caught
#define RAISED	    3	 // so often it is raised: the script catches it again and again
#define HOOK_EVERY  1000 // instructions of the interpreter
#define OURS	    (1. / 32) // of the time of our own functions counts: if they never end, it is seen too
#define PATIENCE_MS 1000 // with a reader of stderr that stands still

static struct {
	lua_State *L;
	timer_t timer;
	bool armed;
	double seconds; // that functions had when it was armed
	uint32_t turn;
	double every;	 // seconds between two looks
	double spent;	 // by the function of this turn
	double asked;	 // of these when it was asked to end; 0: it was not
	const char *why; // the process ends
	int status;
	int raised;	 // how often an error was, in it
	char place[256]; // "script.lua:12", where it was then; "": not known
	sem_t stuck;
} dog;

static void arm(bool on)
{
	struct itimerspec t = {0};

	dog.every = ks_limits()->seconds / LOOKS;
	if (dog.every > RAREST) // infinite too; then nothing is late
		dog.every = RAREST;
	t.it_interval.tv_nsec = on ? (long)(dog.every * 1e9) : 0;
	t.it_value = t.it_interval;
	timer_settime(dog.timer, 0, &t, NULL);
	dog.armed = on;
	dog.seconds = ks_limits()->seconds;
}

// Where the script is, past functions of ours that it called.
static void note_place(lua_State *L)
{
	lua_Debug at;

	for (int level = 0; !dog.place[0] && lua_getstack(L, level, &at); level++)
		if (lua_getinfo(L, "Sl", &at) && at.currentline > 0 && at.source[0] == '@' &&
		    strncmp(at.source, "@lua/ksnoop/", 12) != 0)
			snprintf(dog.place, sizeof(dog.place), "%s:%d", at.short_src,
				 at.currentline);
}

static void unhook(lua_State *L)
{
	interrupt_off(L, INTERRUPT_TIME);
	dog.asked = 0;
}

// Runs in the function that has taken too long, or in the next if it has ended meanwhile. Where
// it is caught by the script itself it is raised again.
static void hook(lua_State *L, lua_Debug *unused)
{
	struct ks_limits *limits = ks_limits();

	(void)unused;
	if (!limits->watched || limits->turn != dog.turn) {
		unhook(L);
	} else if (limits->ours <= 0) {
		note_place(L);
		limits->late = true;
		dog.raised++;
		limits->place = dog.place;
		lua_pushfstring(L, "this function has had %f seconds of processor time",
				limits->seconds);
		lua_error(L);
	}
}

void watchdog_end(const char *why, int status)
{
	dog.why = why;
	dog.status = status;
	sem_post(&dog.stuck);
	for (;;)
		pause();
}

static void look(int number)
{
	struct ks_limits *limits = ks_limits();
	int saved = errno;

	(void)number;
	if (!limits->watched) {
		arm(false);
	} else if (limits->turn != dog.turn) {
		dog.turn = limits->turn;
		dog.spent = 0;
		if (dog.asked > 0) // the one before has come to its end
			unhook(dog.L);
	} else {
		double grace = dog.raised > 0 && dog.raised < RAISED ? UNWINDING : GRACE;

		// However late the signal comes: the guest of a busy host takes for its own what that
		// took away.
		dog.spent += dog.every * (limits->ours > 0 ? OURS : 1);
		if (dog.asked > 0 && dog.spent >= dog.asked + grace) {
			watchdog_end(NULL, WATCHDOG_EXIT);
		} else if (!(dog.asked > 0) && dog.spent >= limits->seconds) {
			dog.asked = dog.spent;
			dog.raised = 0;
			dog.place[0] = '\0';
			interrupt_on(dog.L, INTERRUPT_TIME, hook, HOOK_EVERY);
		}
	}
	errno = saved;
}

static void watch(bool on)
{
	if (dog.asked > 0)
		unhook(dog.L);
	if (on && (!dog.armed || ks_limits()->seconds < dog.seconds ||
		   ks_limits()->seconds > dog.seconds))
		arm(true);
}

static bool writable(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLOUT};

	return poll(&p, 1, PATIENCE_MS) > 0;
}

static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void say(const char *format, ...)
{
	char text[512];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (n > (int)sizeof(text) - 1)
		n = sizeof(text) - 1;
	for (int done = 0; done < n && writable(STDERR_FILENO);) {
		ssize_t more = write(STDERR_FILENO, text + done, (size_t)(n - done));

		if (more < 0)
			return;
		done += (int)more;
	}
}

// What -c runs ends with its trace.
static void end_command(const struct ks_trace *t)
{
	if (t && t->wait.child > 0 && !t->wait.child_done)
		kill(t->wait.child, SIGTERM);
}

static void tell_sums(struct ks_trace *t)
{
	int64_t hits = 0, read = 0, lost = 0, rest = 0;
	struct ks_error error;
	char counted[32] = "";

	ks_stop(t, &error);
	for (uint32_t i = 0; i < t->count; i++) {
		struct ks_counters c;

		ks_counters(t->probes[i], &c);
		hits = c.hits < 0 || hits < 0 ? -1 : hits + c.hits;
		read += c.delivered;
		lost += c.lost;
		rest += t->probes[i]->no_record ? 0 : c.matched - c.lost - c.delivered;
		rest -= c.overwritten > 0 ? c.overwritten : 0;
		rest -= c.kept > 0 ? c.kept : 0;
	}
	if (hits >= 0)
		snprintf(counted, sizeof(counted), "%lld hits, ", (long long)hits);
	say("ksnoop: %s%lld read, %lld lost, %lld cut by the end\n", counted, (long long)read,
	    (long long)lost, (long long)rest);
}

// Signals end the process as they always do: if this blocks, the second one.
static void *rescue(void *unused)
{
	struct ks_limits *limits = ks_limits();

	(void)unused;
	while (sem_wait(&dog.stuck) < 0)
		;
	if (ftrylockfile(stdout) == 0 && writable(STDOUT_FILENO))
		fflush(stdout);
	if (dog.why)
		say("ksnoop: %s\n", dog.why);
	else
		say("ksnoop: this function has had %g seconds of processor time, and can't be "
		    "interrupted\n",
		    limits->seconds);
	if (!dog.why && dog.place[0])
		say("    at %s\n", dog.place);
	if (limits->caller)
		say("    in a function of %s\n", limits->caller);
	if (limits->trace && !limits->quiet)
		tell_sums((struct ks_trace *)limits->trace);
	end_command(limits->trace);
	_exit(dog.status);
}

int watchdog_start(lua_State *L)
{
	struct sigaction action = {.sa_handler = look, .sa_flags = SA_RESTART};
	struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGNAL};
	pthread_t thread;
	int failed;

	event.sigev_notify_thread_id = (pid_t)syscall(SYS_gettid);
	dog.L = L;
	sem_init(&dog.stuck, 0, 0);
	if (timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &dog.timer) < 0 ||
	    sigaction(SIGNAL, &action, NULL) < 0)
		return -1;
	failed = thread_start(&thread, rescue, NULL);
	if (failed) {
		errno = failed;
		return -1;
	}
	pthread_detach(thread);
	limits_keep(watch);
	return 0;
}
