// Keeps the last CPU busy for so many milliseconds of its own time, in a function called spinning, or in
// read(2) of /dev/zero, and says how much of it that took: "cpu N ns on CPU C". Its name is spinner once
// it is there.
//
//   spin user|kernel MS
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

// The kernel finds a process's frames by its frame pointers.
#pragma GCC optimize("no-omit-frame-pointer")

static char zeros[1 << 20];

static unsigned long long used(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (unsigned long long)t.tv_sec * 1000000000 + (unsigned long long)t.tv_nsec;
}

// Takes some time and calls nothing.
__attribute__((noinline)) static unsigned spinning(unsigned n)
{
	for (volatile unsigned i = 0; i < 20000; i++)
		n = n * 5 + i;
	return n;
}

int main(int argc, char **argv)
{
	int zero = open("/dev/zero", O_RDONLY), cpu = (int)sysconf(_SC_NPROCESSORS_ONLN) - 1;
	unsigned long long begin, end;
	unsigned n = 1;
	cpu_set_t set;

	if (argc != 3 || zero < 0)
		return 2;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set) < 0)
		return 1;
	prctl(PR_SET_NAME, "spinner");
	begin = used();
	end = begin + strtoull(argv[2], NULL, 10) * 1000000;
	while (used() < end) {
		if (!strcmp(argv[1], "user"))
			n = spinning(n);
		else if (read(zero, zeros, sizeof(zeros)) != sizeof(zeros))
			return 1;
	}
	fprintf(stderr, "cpu %llu ns on CPU %d (%u)\n", used() - begin, cpu, n & 1);
	return 0;
}
