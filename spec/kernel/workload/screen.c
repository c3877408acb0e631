// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// screen COLSxROWS [MS:COLSxROWS | MS:hangup]... -- COMMAND [ARG...]: runs a command on a terminal that
// is not there, and prints at the end what is on it. At a time, in ms from the start, it gets another
// size, as xterm does it: nothing is wrapped anew; or it is gone. It knows what ksnoop writes to a
// terminal and no more: anything else is an error (3). The exit status is the command's.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MOST 200

struct cell {
	char bytes[5]; // a character of UTF-8
};

static struct cell cells[MOST][MOST];
static int columns, rows, x, y, scrolled;

static void clear(int row, int from)
{
	for (int i = from; i < MOST; i++)
		strcpy(cells[row][i].bytes, "");
}

static void down(void)
{
	if (++y < rows)
		return;
	memmove(cells[0], cells[1], sizeof(cells) - sizeof(cells[0]));
	clear(MOST - 1, 0);
	y = rows - 1;
	scrolled++;
}

// A character: past the last column it goes to the next line.
static void put(const char *s, size_t n)
{
	if (x >= columns) {
		x = 0;
		down();
	}
	memcpy(cells[y][x].bytes, s, n);
	cells[y][x++].bytes[n] = '\0';
}

// What stands behind ESC [; returns how many bytes, 0 if it is not all there.
static size_t control(const char *s, size_t n)
{
	size_t len = strspn(s, "0123456789;");
	int number = atoi(s);

	if (len >= n)
		return 0;
	if (s[len] == 'A') {
		y = y - number < 0 ? 0 : y - number;
	} else if (s[len] == 'K' && number == 0) {
		clear(y, x);
	} else if (s[len] == 'J' && number == 0) {
		clear(y, x);
		for (int i = y + 1; i < rows; i++)
			clear(i, 0);
	} else if (s[len] == 'J' && number == 2) {
		for (int i = 0; i < rows; i++)
			clear(i, 0);
	} else if (s[len] == 'H' && len == 0) {
		x = y = 0;
	} else if (s[len] != 'm') {
		fprintf(stderr, "screen: what is ESC [ %.*s?\n", (int)len + 1, s);
		exit(3);
	}
	return len + 1;
}

// Shows bytes; returns how many of them are whole.
static size_t show(const char *s, size_t n)
{
	size_t at = 0, len;

	while (at < n) {
		unsigned char c = (unsigned char)s[at];

		len = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
		if (c == 27) {
			len = n - at > 2 && s[at + 1] == '[' ? control(s + at + 2, n - at - 2) : 0;
			if (!len)
				break;
			len += 2;
		} else if (at + len > n) {
			break;
		} else if (c == '\r') {
			x = 0;
		} else if (c == '\n') {
			down();
		} else if (c < 32) {
			fprintf(stderr, "screen: what is byte %d?\n", c);
			exit(3);
		} else {
			put(s + at, len);
		}
		at += len;
	}
	return at;
}

static void resize(int fd, const char *size)
{
	struct winsize w = {0};

	if (sscanf(size, "%dx%d", &columns, &rows) != 2 || columns >= MOST || rows >= MOST) {
		fprintf(stderr, "screen: '%s' is no size\n", size);
		exit(3);
	}
	w.ws_col = (unsigned short)columns;
	w.ws_row = (unsigned short)rows;
	ioctl(fd, TIOCSWINSZ, &w);
	while (y >= rows) { // the upper lines go
		y--;
		memmove(cells[0], cells[1], sizeof(cells) - sizeof(cells[0]));
	}
}

static void print(void)
{
	int last = 0;

	for (int i = 0; i < rows; i++)
		for (int k = 0; k < columns; k++)
			if (cells[i][k].bytes[0])
				last = i + 1;
	for (int i = 0; i < last; i++) {
		int end = columns;

		while (end > 0 &&
		       (!cells[i][end - 1].bytes[0] || cells[i][end - 1].bytes[0] == ' '))
			end--;
		for (int k = 0; k < end; k++)
			fputs(cells[i][k].bytes[0] ? cells[i][k].bytes : " ", stdout);
		putchar('\n');
	}
	fprintf(stderr, "scrolled %d\n", scrolled);
}

static pid_t start(int master, char **command)
{
	pid_t pid = fork();

	if (pid == 0) {
		int fd;

		setsid();
		fd = open(ptsname(master), O_RDWR); // becomes its controlling terminal
		for (int i = 0; i < 2; i++)
			dup2(fd, i); // stderr is not on it
		close(fd);
		close(master);
		execvp(command[0], command);
		perror(command[0]);
		_exit(127);
	}
	return pid;
}

static long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

// Takes what the command writes until it ends.
static void serve(int master, char **events, int count)
{
	static char buf[65536];
	size_t have = 0;
	long begun = now();

	for (int next = 0;;) {
		struct pollfd p = {.fd = master, .events = POLLIN};
		long due = next < count ? begun + atol(events[next]) - now() : -1;
		ssize_t n;

		if (next < count && due <= 0) {
			const char *what = strchr(events[next++], ':');

			if (what && strcmp(what, ":hangup") == 0)
				return;
			resize(master, what ? what + 1 : "");
			continue;
		}
		if (poll(&p, 1, (int)due) <= 0)
			continue;
		n = read(master, buf + have, sizeof(buf) - have);
		if (n <= 0) // EIO: nobody has the other end
			return;
		have += (size_t)n;
		n = (ssize_t)show(buf, have);
		have -= (size_t)n;
		memmove(buf, buf + n, have);
	}
}

int main(int argc, char **argv)
{
	int split = 1, master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), status = 0;
	pid_t pid;

	while (split < argc && strcmp(argv[split], "--") != 0)
		split++;
	if (split < 2 || split + 1 >= argc || master < 0 || grantpt(master) < 0 ||
	    unlockpt(master) < 0) {
		fprintf(stderr,
			"usage: screen COLSxROWS [MS:COLSxROWS | MS:hangup]... -- COMMAND\n");
		return 3;
	}
	resize(master, argv[1]);
	pid = start(master, argv + split + 1);
	serve(master, argv + 2, split - 2);
	close(master);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	print();
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
