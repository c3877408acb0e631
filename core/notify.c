// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Tells who started ksnoop that the probes are on: a line to a descriptor, as s6 wants it, or a
// datagram to a socket, as systemd does (sd_notify(3)).
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "cleanup.h"
#include "error.h"
#include "ksnoop.h"

#define READY "READY=1"

int ks_keep_fd(int fd, struct ks_error *error)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY)
		return error_set(error, KS_EOUTPUT, "descriptor %d is not open to be written to",
				 fd);
	return fcntl(fd, F_SETFD, FD_CLOEXEC) < 0
		       ? error_os(error, KS_EOUTPUT, errno, "can't keep descriptor %d", fd)
		       : 0;
}

int ks_notify_fd(int fd, struct ks_error *error)
{
	ssize_t n = write(fd, READY "\n", sizeof(READY));
	int os = errno;

	close(fd);
	return n == sizeof(READY)
		       ? 0
		       : error_os(error, KS_EOUTPUT, os,
				  "can't say to descriptor %d that the probes are on", fd);
}

int ks_notify_socket(const char *name, struct ks_error *error)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	KS_CLOSE int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	size_t n = strlen(name);

	if ((*name != '/' && *name != '@') || n < 2 || n >= sizeof(to.sun_path))
		return error_set(error, KS_EOUTPUT,
				 "NOTIFY_SOCKET is neither an absolute path nor @name: %.100s",
				 name);
	memcpy(to.sun_path, name, n);
	if (*name == '@')
		to.sun_path[0] = '\0';
	if (fd < 0 || sendto(fd, READY, strlen(READY), MSG_NOSIGNAL, (struct sockaddr *)&to,
			     (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)) < 0)
		return error_os(error, KS_EOUTPUT, errno,
				"can't say to NOTIFY_SOCKET %.100s that the probes are on", name);
	return 0;
}
