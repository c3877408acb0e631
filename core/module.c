// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// The types of the kernel's modules.
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "error.h"
#include "file.h"
#include "trace.h"

#define MODULES	 "/sys/kernel/btf"
#define LOADED	 "/proc/modules"
#define MAX_FILE ((size_t)64 << 20)

int module_read_all(struct ks_trace *t, struct ks_error *error)
{
	DIR *dir = t->modules_read ? NULL : opendir(MODULES);
	const struct dirent *entry;
	int r = 0;

	while (dir && r == 0 && t->module_count < MAX_MODULES && (entry = readdir(dir))) {
		char path[320];
		struct module *m = arena_alloc(&t->keep, sizeof(*m));
		struct ks_error ignored;

		if (entry->d_name[0] == '.' || !strcmp(entry->d_name, "vmlinux"))
			continue;
		snprintf(path, sizeof(path), MODULES "/%s", entry->d_name);
		if (!m || !(m->name = arena_copy(&t->keep, entry->d_name, strlen(entry->d_name))))
			r = error_nomem(error);
		else if (btf_open(&m->btf, path, &t->btf, &ignored) == 0) {
			trace_make_plans(t, &m->plans, &m->btf);
			t->modules[t->module_count++] = m;
		}
	}
	t->modules_read = true;
	if (dir)
		closedir(dir);
	return r;
}

// Are these bytes BTF that has the name among its strings?
static bool has_string(const char *data, size_t size, const char *name)
{
	const char *end = data + size;
	size_t len = strlen(name) + 1; // its NUL as well

	for (const char *at = data; (at = memmem(at, (size_t)(end - at), name, len)); at++)
		if (at > data && !at[-1])
			return true;
	return false;
}

bool module_may_have(const char *name)
{
	struct ks_error ignored;
	size_t size;
	KS_FREE char *loaded = file_read(LOADED, MAX_FILE, &size, &ignored);
	char *line = loaded;

	if (!loaded)
		return ignored.kind != KS_EABSENT; // a kernel without modules
	while (*line) {
		char *next = line + strcspn(line, "\n"), path[320];

		snprintf(path, sizeof(path), MODULES "/%.*s", (int)strcspn(line, " \n"), line);
		KS_FREE char *btf = file_read(path, MAX_FILE, &size, &ignored);

		if (!btf || has_string(btf, size, name))
			return true;
		line = *next ? next + 1 : next;
	}
	return false;
}
