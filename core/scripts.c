// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// The scripts that lie in a directory: what a library of recipes has.
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "error.h"
#include "ksnoop.h"

static int is_script(const struct dirent *entry)
{
	size_t n = strlen(entry->d_name);

	return n > 4 && entry->d_name[0] != '.' && !strcmp(entry->d_name + n - 4, ".lua") &&
	       !strchr(entry->d_name, '\n');
}

size_t ks_scripts(const char *directory, char *buf, size_t cap, struct ks_error *error)
{
	struct buf out = buf_over(buf, cap);
	struct dirent **entries;
	int n = scandir(directory, &entries, is_script, alphasort);

	if (n < 0) {
		error_os(error, KS_EOS, errno, "can't look into %s", directory);
		return (size_t)-1;
	}
	for (int i = 0; i < n; i++) {
		buf_add(&out, entries[i]->d_name, strlen(entries[i]->d_name) - 4);
		buf_char(&out, '\n');
		free(entries[i]);
	}
	free(entries);
	return buf_end(&out);
}
