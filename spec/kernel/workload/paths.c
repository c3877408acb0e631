// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// paths DIRECTORY: opens files of every kind, in a directory that is empty. For the n-th it calls
// fcntl(fd, F_GETFD, 4711000 + n) and fstat(2), and prints "n KIND LINK": what /proc says its path is.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MARK 4711000

static int count;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void show(const char *kind, int fd)
{
	char link[64], path[8192];
	struct stat st;
	ssize_t n;

	if (fd < 0)
		die(kind);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	if (n < 0)
		die(link);
	path[n] = '\0';
	fcntl(fd, F_GETFD, MARK + count);
	fstat(fd, &st);
	printf("%d %s %s\n", count++, kind, path);
	close(fd);
}

static int create(const char *name)
{
	int fd = open(name, O_RDWR | O_CREAT, 0644);

	if (fd < 0)
		die(name);
	return fd;
}

// Goes into directories of one name, so many.
static void down(const char *name, int times)
{
	for (int i = 0; i < times; i++)
		if (mkdir(name, 0755) < 0 || chdir(name) < 0)
			die(name);
}

static void back(const char *home)
{
	if (chdir(home) < 0)
		die(home);
}

static void names(const char *home)
{
	char longest[256] = "", name[200] = "";

	memset(longest, 'n', 255);
	memset(name, 'd', 199);
	show("plain", open("/etc/passwd", O_RDONLY));
	show("root", open("/", O_RDONLY));
	show("directory", open(".", O_RDONLY));
	show("plain", create("file"));
	show("plain", create(longest));
	show("plain", create("odd name\\with *"));
	show("plain", open("/proc/self/status", O_RDONLY));
	show("plain", open("/sys/kernel", O_RDONLY));
	show("plain", open("/dev/null", O_RDONLY));
	down("d", 50);
	show("plain", create("file"));
	back(home);
	down("e", 80);
	show("deep", create("file"));
	back(home);
	down(name, 3);
	show("plain", create("file"));
	down(longest, 1);
	down(longest, 1);
	show("long", create("file"));
	back(home);
}

static void mounts(const char *home)
{
	int fd;

	down("m", 1);
	if (mount("none", ".", "tmpfs", 0, "") < 0)
		die("mount");
	back(home);
	back("m");
	down("inner", 2);
	show("mount", create("file"));
	back(home);
	down("b", 1);
	back(home);
	if (mount("m/inner", "b", NULL, MS_BIND, NULL) < 0)
		die("bind");
	show("bind", open("b/inner/file", O_RDONLY));
	show("bind", open("b", O_RDONLY));
	close(create("target"));
	if (mount("m/inner/inner/file", "target", NULL, MS_BIND, NULL) < 0)
		die("bind a file");
	show("bind", open("target", O_RDONLY));
	if (mkdir("b/inner/top", 0755) < 0 || mount("none", "b/inner/top", "tmpfs", 0, "") < 0)
		die("mount in a mount");
	show("mounts", create("b/inner/top/file"));
	fd = create("b/inner/top/detached");
	if (umount2("b/inner/top", MNT_DETACH) < 0)
		die("umount");
	show("detached", fd);
	if (unlink("m/inner/inner/file") < 0)
		die("unlink");
	show("bind", open("target", O_RDONLY));
}

static void loose(void)
{
	int fds[2], fd;

	fd = create("gone");
	unlink("gone");
	show("deleted", fd);
	mkdir("gone", 0755);
	fd = open("gone", O_RDONLY);
	rmdir("gone");
	show("deleted", fd);
	fd = create("before");
	if (rename("before", "after") < 0)
		die("rename");
	show("renamed", fd);
	if (pipe(fds) < 0)
		die("pipe");
	show("pipe", fds[0]);
	show("socket", socket(AF_UNIX, SOCK_STREAM, 0));
	show("eventfd", eventfd(0, 0));
	show("epoll", epoll_create1(0));
	show("memfd", memfd_create("a name", 0));
	show("pidfd", (int)syscall(SYS_pidfd_open, getpid(), 0));
	show("namespace", open("/proc/self/ns/net", O_RDONLY));
}

int main(int argc, char **argv)
{
	if (argc < 2 || (mkdir(argv[1], 0755) < 0 && access(argv[1], W_OK) < 0))
		die("usage: paths DIRECTORY");
	back(argv[1]);
	names(argv[1]);
	loose();
	mounts(argv[1]);
	return 0;
}
