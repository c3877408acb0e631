// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// The types of the kernel's modules.
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "error.h"
#include "trace.h"

#define MODULES "/sys/kernel/btf"

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
			plans_init(&m->plans, &m->btf);
			m->plans.tick_ns = t->tick_ns;
			t->modules[t->module_count++] = m;
		}
	}
	t->modules_read = true;
	if (dir)
		closedir(dir);
	return r;
}
