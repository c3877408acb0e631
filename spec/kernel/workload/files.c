// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// files DIRECTORY ROUNDS: goes through what programs do with files, pipes and sockets, so that many
// kernel functions are called with live objects.
#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void file(void)
{
	char text[4096] = "some text";
	int fd = open("file", O_RDWR | O_CREAT | O_TRUNC, 0640);

	if (write(fd, text, sizeof(text)) < 0 || lseek(fd, 0, SEEK_SET) < 0 ||
	    read(fd, text, 100) < 0)
		exit(1);
	if (ftruncate(fd, 10) < 0 || fsync(fd) < 0 || fchmod(fd, 0600) < 0)
		exit(1);
	close(fd);
	if (link("file", "link") < 0 || rename("link", "other") < 0 || unlink("other") < 0)
		exit(1);
	if (symlink("file", "symlink") < 0 || readlink("symlink", text, sizeof(text)) < 0 ||
	    unlink("symlink") < 0)
		exit(1);
	unlink("file");
}

static void directory(void)
{
	DIR *d;

	if (mkdir("directory", 0755) < 0)
		exit(1);
	d = opendir("directory");
	while (d && readdir(d))
		;
	closedir(d);
	rmdir("directory");
}

static void processes(void)
{
	int fds[2], status;
	char byte = 'x';
	pid_t child;

	if (pipe(fds) < 0)
		exit(1);
	child = fork();
	if (child == 0)
		_exit(write(fds[1], &byte, 1) != 1);
	if (read(fds[0], &byte, 1) != 1)
		exit(1);
	waitpid(child, &status, 0);
	close(fds[0]);
	close(fds[1]);
}

static void sockets(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int server = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0),
	    peer;
	socklen_t len = sizeof(a);
	char text[16] = "hello";

	if (bind(server, (void *)&a, sizeof(a)) < 0 || listen(server, 5) < 0 ||
	    getsockname(server, (void *)&a, &len) < 0 || connect(client, (void *)&a, sizeof(a)) < 0)
		exit(1);
	peer = accept(server, NULL, NULL);
	if (send(client, text, 6, 0) != 6 || recv(peer, text, sizeof(text), 0) != 6)
		exit(1);
	close(client);
	close(peer);
	close(server);
}

int main(int argc, char **argv)
{
	if (argc < 3 || chdir(argv[1]) < 0)
		return 1;
	for (int n = atoi(argv[2]); n > 0; n--) {
		file();
		directory();
		processes();
		sockets();
	}
	return 0;
}
