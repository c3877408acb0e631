// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// What this process may do, said before it tries.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "error.h"
#include "ksnoop.h"

// include/uapi/linux/capability.h
enum { SYS_ADMIN = 21, PERFMON = 38, BPF = 39 };

static bool read_file(const char *path, char *text, size_t cap)
{
	KS_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, cap - 1);

	text[n > 0 ? n : 0] = '\0';
	return n > 0;
}

// The capabilities that count, one bit each.
static bool effective(uint64_t *caps)
{
	char text[4096];
	const char *line = read_file("/proc/self/status", text, sizeof(text))
				   ? strstr(text, "CapEff:")
				   : NULL;

	if (line)
		*caps = strtoull(line + 7, NULL, 16);
	return line;
}

static bool has(uint64_t caps, int cap)
{
	return caps >> cap & 1;
}

int ks_capability(int number)
{
	uint64_t caps;

	return effective(&caps) ? has(caps, number) : -1;
}

int ks_privileges(struct ks_error *error)
{
	char text[4096];
	uint64_t caps;

	if (getauxval(AT_SECURE))
		return error_set(error, KS_EPERM,
				 "ksnoop does not run set-uid or with file capabilities: a script "
				 "is a program");
	if (!effective(&caps))
		return error_set(error, KS_EOS,
				 "can't read this process's capabilities from /proc/self/status");
	if (!has(caps, SYS_ADMIN) && !(has(caps, BPF) && has(caps, PERFMON))) {
		error_set(error, KS_EPERM, "tracing needs %s%s%s", has(caps, BPF) ? "" : "CAP_BPF",
			  has(caps, BPF) || has(caps, PERFMON) ? "" : " and ",
			  has(caps, PERFMON) ? "" : "CAP_PERFMON");
		error_hint(error,
			   "run it as root; without privileges `ksnoop info` and `--dump` work");
		return -1;
	}
	if (read_file("/sys/kernel/security/lockdown", text, sizeof(text)) &&
	    strstr(text, "[confidentiality]")) {
		error_set(error, KS_EPERM,
			  "this kernel is in lockdown (confidentiality): it lets nobody read its "
			  "memory");
		error_hint(error, "boot without lockdown=confidentiality, or with Secure Boot off");
		return -1;
	}
	// Linux 6.1 takes a program for a function all the same, and warns of itself when it goes.
	if (read_file("/proc/sys/kernel/ftrace_enabled", text, sizeof(text)) && text[0] == '0') {
		error_set(error, KS_EPERM,
			  "kernel.ftrace_enabled is 0: nothing can be attached to functions");
		error_hint(error, "sysctl kernel.ftrace_enabled=1");
		return -1;
	}
	return 0;
}

// A directory that others can write to could hold a module that then runs as us.
static int directory(const char *path, uid_t owner, struct ks_error *error)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return error_os(error, KS_EOS, errno, "can't look at %s", path);
	if (st.st_uid != 0 && st.st_uid != geteuid() && st.st_uid != owner)
		return error_set(error, KS_EPERM,
				 "modules are not loaded from %.200s: it belongs to another user",
				 path);
	if (st.st_mode & (S_IWGRP | S_IWOTH))
		return error_set(error, KS_EPERM,
				 "modules are not loaded from %.200s: others can write to it",
				 path);
	return 0;
}

int ks_trusted(const char *path, const char *script, struct ks_error *error)
{
	struct stat st = {.st_uid = geteuid()};

	if (script && stat(script, &st) < 0)
		return error_os(error, KS_EOS, errno, "can't look at %s", script);
	return directory(path, st.st_uid, error);
}
