// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "tracefs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "error.h"
#include "file.h"

#define MAX_FILE  ((size_t)256 << 20)
#define BLACKLIST "/sys/kernel/debug/kprobes/blacklist"
#define SYSCALLS  "syscalls"
#define ENTER	  "sys_enter_"

// ftrace's name for a place whose function was left out by the linker (kernel: b39181f7c690).
#define INVALID "__ftrace_invalid_address__"

void tracefs_init(struct tracefs *t, const char *path, const char *blacklist)
{
	static const char *const usual[] = {"/sys/kernel/tracing", "/sys/kernel/debug/tracing"};

	*t = (struct tracefs){0};
	snprintf(t->blacklist_path, sizeof(t->blacklist_path), "%s",
		 blacklist ? blacklist : BLACKLIST);
	if (path) {
		snprintf(t->path, sizeof(t->path), "%s", path);
		return;
	}
	for (int i = 0; i < 2 && !*t->path; i++) {
		char file[64];

		snprintf(file, sizeof(file), "%s/README",
			 usual[i]); // an empty mount point has none
		if (access(file, F_OK) == 0)
			snprintf(t->path, sizeof(t->path), "%s", usual[i]);
	}
	// To those who may not look inside, the folder is all there is to see.
	for (int i = 0; i < 2 && !*t->path; i++)
		if (access(usual[i], F_OK) == 0 && access(usual[i], X_OK) != 0)
			snprintf(t->path, sizeof(t->path), "%s", usual[i]);
}

static void list_fini(struct tracefs_list *l)
{
	names_fini(&l->names);
	free(l->offset);
	free(l->text);
}

void tracefs_fini(struct tracefs *t)
{
	list_fini(&t->functions);
	list_fini(&t->blacklist);
	list_fini(&t->events);
	free(t->ranges);
	*t = (struct tracefs){0};
}

// Takes one line, which ends in NUL at `end`, to pieces. Returns its name, or NULL to leave it out.
typedef char *line_fn(struct tracefs *t, char *line, char *end);

static int split(struct tracefs *t, struct tracefs_list *l, size_t size, line_fn *line_of,
		 struct ks_error *error)
{
	char *end = l->text + size;
	uint32_t room = 0;

	for (char *line = l->text; line < end;) {
		char *stop = memchr(line, '\n', (size_t)(end - line)), *name;

		if (!stop)
			stop = end;
		*stop = '\0';
		if (l->count == room) {
			uint32_t *more;

			room = room ? room * 2 : (uint32_t)(size / 16) + 64;
			more = realloc(l->offset, room * sizeof(*more));
			if (!more)
				return error_nomem(error);
			l->offset = more;
		}
		name = line_of(t, line, stop);
		if (name)
			l->offset[l->count++] = (uint32_t)(name - l->text);
		line = stop + 1;
	}
	return names_init(&l->names, l->text, l->offset, sizeof(*l->offset), l->count, error);
}

static int read_list(struct tracefs *t, struct tracefs_list *l, const char *path, line_fn *line_of,
		     struct ks_error *error)
{
	size_t size;

	if (!l->tried) {
		l->tried = true;
		l->text = file_read(path, MAX_FILE, &size, &l->missing);
		if (l->text && split(t, l, size, line_of, &l->missing) < 0) {
			free(l->text);
			l->text = NULL;
		}
	}
	if (l->text)
		return 0;
	*error = l->missing;
	return -1;
}

const char *tracefs_folder(const struct tracefs *t, struct ks_error *error)
{
	if (*t->path)
		return t->path;
	error_set(error, KS_EABSENT, "tracefs is not mounted");
	error_hint(error, "mount -t tracefs tracefs /sys/kernel/tracing");
	return NULL;
}

static int read_from(struct tracefs *t, struct tracefs_list *l, const char *file, line_fn *line_of,
		     struct ks_error *error)
{
	char path[256];

	if (!tracefs_folder(t, error))
		return -1;
	snprintf(path, sizeof(path), "%s/%s", t->path, file);
	return read_list(t, l, path, line_of, error);
}

// "name" or "name [module]"; the module's name then stands behind the NUL and the bracket.
static char *function_line(struct tracefs *t, char *line, char *end)
{
	char *space;

	(void)t;
	if (line == end || (*line == '_' && !strncmp(line, INVALID, strlen(INVALID))))
		return NULL;
	space = end[-1] == ']' ? strstr(line, " [") : NULL;
	if (space) {
		*space = '\0';
		end[-1] = '\0';
		space[1] = '\1'; // a name that no text file has: this line has a module
	}
	return line;
}

int tracefs_functions(struct tracefs *t, struct ks_error *error)
{
	return read_from(t, &t->functions, "available_filter_functions", function_line, error);
}

uint32_t tracefs_function_count(const struct tracefs *t, const char *name)
{
	uint32_t i = NAMES_NONE, n = 0;

	while ((i = tracefs_function_find(t, name, i)) != NAMES_NONE)
		n++;
	return n;
}

const char *tracefs_function(const struct tracefs *t, uint32_t i, const char **module)
{
	const char *name = t->functions.text + t->functions.offset[i], *behind;

	behind = name + strlen(name) + 1;
	*module = *behind == '\1' ? behind + 1 : "";
	return name;
}

// "0xffffffff81a00930-0xffffffff81a00950\tname", maybe with " [module]".
static char *blacklist_line(struct tracefs *t, char *line, char *end)
{
	char *name = memchr(line, '\t', (size_t)(end - line));

	(void)t;
	if (!name || strncmp(line, "0x", 2) != 0)
		return NULL;
	*name++ = '\0';
	name[strcspn(name, " ")] = '\0';
	return name;
}

// Where each line begins with its two addresses is found again from the name.
static int read_ranges(struct tracefs *t, struct ks_error *error)
{
	const struct tracefs_list *l = &t->blacklist;

	t->ranges = calloc(l->count + 1u, sizeof(*t->ranges));
	if (!t->ranges)
		return error_nomem(error);
	for (uint32_t i = 0; i < l->count; i++) {
		const char *at = l->text + l->offset[i] - 1;
		char *next;

		while (at > l->text && at[-1] != '\0')
			at--;
		t->ranges[i].name = l->offset[i];
		t->ranges[i].start = strtoull(at, &next, 16);
		if (*next == '-')
			t->ranges[i].end = strtoull(next + 1, NULL, 16);
	}
	return 0;
}

int tracefs_blacklist(struct tracefs *t, struct ks_error *error)
{
	if (read_list(t, &t->blacklist, t->blacklist_path, blacklist_line, error) < 0)
		return -1;
	return t->ranges ? 0 : read_ranges(t, error);
}

bool tracefs_blacklisted(const struct tracefs *t, const char *name, uint64_t address)
{
	if (names_find(&t->blacklist.names, name, NAMES_NONE) != NAMES_NONE)
		return true;
	for (uint32_t i = 0; address && i < t->blacklist.count; i++)
		if (t->ranges[i].start <= address && address < t->ranges[i].end)
			return true;
	return false;
}

// "category:name"
static char *event_line(struct tracefs *t, char *line, char *end)
{
	char *colon = memchr(line, ':', (size_t)(end - line));

	(void)t;
	if (!colon)
		return NULL;
	*colon = '\0';
	return colon + 1;
}

int tracefs_events(struct tracefs *t, struct ks_error *error)
{
	return read_from(t, &t->events, "available_events", event_line, error);
}

const char *tracefs_event_name(const struct tracefs *t, uint32_t i, const char **category)
{
	const char *name = t->events.text + t->events.offset[i], *at = name - 1;

	while (at > t->events.text && at[-1] != '\0')
		at--;
	*category = at;
	return name;
}

const char *tracefs_syscall_name(const struct tracefs *t, uint32_t i)
{
	const char *category, *name = tracefs_event_name(t, i, &category);
	size_t len = strlen(ENTER);

	return !strcmp(category, SYSCALLS) && !strncmp(name, ENTER, len) ? name + len : NULL;
}

bool tracefs_syscall(const struct tracefs *t, const char *name)
{
	char event[128];
	uint32_t i = NAMES_NONE;

	if (snprintf(event, sizeof(event), ENTER "%s", name) >= (int)sizeof(event))
		return false;
	while ((i = tracefs_event_find(t, event, i)) != NAMES_NONE)
		if (tracefs_syscall_name(t, i))
			return true;
	return false;
}
