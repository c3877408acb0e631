// Tasks that call lseek(2) with numbers of their own as offsets, of which each so-and-so-many'th fails.
//
//   recorder together|after TASKS CALLS EVERY
//
// Task t of 1 to TASKS makes CALLS calls, with the offsets t * 1000000 + 1 and so on; each EVERY'th has a
// whence that there is not. All tasks run at once, and none ends before all have made their calls; or one
// runs after the other. They take turns with each call and are not preempted in one by each other: a task
// that is, in a program of ours, keeps others' hits on that CPU from it.
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define BAD 99

static void calls(int fd, long task, long count, long every)
{
	for (long i = 1; i <= count; i++) {
		int whence = i % every ? SEEK_SET : BAD;
		off_t to = task * 1000000 + i, at = lseek(fd, to, whence);

		if (whence == BAD ? at >= 0 : at != to)
			exit(1);
		sched_yield();
	}
}

int main(int argc, char **argv)
{
	int fd = open("/tmp/recorder", O_RDWR | O_CREAT | O_TRUNC, 0600), ready[2], end[2], status,
	    r = 0;
	long tasks, count, every;
	bool together;
	char c = 0;

	if (argc != 5 || fd < 0 || pipe(ready) < 0 || pipe(end) < 0 ||
	    sched_setscheduler(0, SCHED_FIFO, &(struct sched_param){.sched_priority = 1}) < 0)
		return 2;
	together = !strcmp(argv[1], "together");
	tasks = atol(argv[2]);
	count = atol(argv[3]);
	every = atol(argv[4]);
	for (long t = 1; t <= tasks; t++) {
		pid_t pid = fork();

		if (pid == 0) {
			close(end[1]);
			calls(fd, t, count, every);
			if (together && (write(ready[1], &c, 1) != 1 || read(end[0], &c, 1) != 0))
				_exit(1);
			_exit(0);
		}
		if (pid < 0 || (!together && (waitpid(pid, &status, 0) != pid || status)))
			return 1;
	}
	for (long t = 1; together && t <= tasks; t++)
		if (read(ready[0], &c, 1) != 1)
			return 1;
	close(end[1]);
	while (wait(&status) > 0)
		r |= status;
	return r ? 1 : 0;
}
