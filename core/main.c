// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// The ksnoop program: reads the options, starts Lua, and leaves the rest to lua/ksnoop/cli.lua.
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "heap.h"
#include "help.h"
#include "ksnoop.h"
#include "watchdog.h"

#define VERSION "0.1.0"
#define WORD	1   // what getopt_long returns for what is no option,
#define LONG	256 // and for an option without a letter

// clang-format off
static const struct option options[] = {
	{"pid", required_argument, NULL, 'p'},
	{"tid", required_argument, NULL, 't'},
	{"command", required_argument, NULL, 'c'},
	{"eval", required_argument, NULL, 'e'},
	{"duration", required_argument, NULL, 'D'},
	{"count", required_argument, NULL, 'n'},
	{"format", required_argument, NULL, 'f'},
	{"output", required_argument, NULL, 'o'},
	{"pages", required_argument, NULL, 'P'},
	{"stack", no_argument, NULL, 's'},
	{"debug", no_argument, NULL, 'd'},
	{"verbose", no_argument, NULL, 'v'},
	{"quiet", no_argument, NULL, 'q'},
	{"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, 'V'},
	{"buffer", required_argument, NULL, LONG},
	{"max-probes", required_argument, NULL, LONG},
	{"sort", no_argument, NULL, LONG},
	{"unbuffered", no_argument, NULL, LONG},
	{"budget", required_argument, NULL, LONG},
	{"no-governor", no_argument, NULL, LONG},
	{"no-hits", no_argument, NULL, LONG},
	{"self", no_argument, NULL, LONG},
	{"max-errors", required_argument, NULL, LONG},
	{"where", required_argument, NULL, LONG},
	{"ready-fd", required_argument, NULL, LONG},
	{"force", no_argument, NULL, LONG},
	{"color", required_argument, NULL, LONG},
	{"fail-on-loss", no_argument, NULL, LONG},
	{"callback-timeout", required_argument, NULL, LONG},
	{"max-lua-mem", required_argument, NULL, LONG},
	{"helper-reads", no_argument, NULL, LONG},
	{"btf", required_argument, NULL, LONG},
	{"tracefs", required_argument, NULL, LONG},
	{"dump", required_argument, NULL, LONG},
	{NULL, 0, NULL, 0},
};
// clang-format on

// Puts option i into the table below the words, under its long name; what has a value also, name and
// value, at the end of its list: some are given more than once.
static void set(lua_State *L, int i)
{
	if (optarg) {
		int n = (int)lua_objlen(L, -2);

		lua_pushstring(L, options[i].name);
		lua_rawseti(L, -3, n + 1);
		lua_pushstring(L, optarg);
		lua_rawseti(L, -3, n + 2);
	}
	if (optarg)
		lua_pushstring(L, optarg);
	else
		lua_pushboolean(L, 1);
	lua_setfield(L, -3, options[i].name);
}

// A hint for a letter that is no option's: the same, large or small.
static void near_letter(struct ks_error *near)
{
	for (const struct option *o = options; o->name; o++)
		if (o->val < LONG && isalpha(optopt) && o->val == (optopt ^ ' '))
			snprintf(near->hint, sizeof(near->hint), "did you mean -%c, --%s?", o->val,
				 o->name);
}

// Says what is wrong with the option that getopt_long stopped at. word: where that stands.
static int bad_option(int c, const char *word)
{
	struct ks_error near = {0};
	char names[1024] = "";
	int n = (int)strcspn(word, "=");

	if (c == ':') {
		if (word[1] == '-')
			fprintf(stderr, "ksnoop: %s needs a value\n", word);
		else
			fprintf(stderr, "ksnoop: -%c needs a value\n", optopt);
	} else if (optopt && !(word[0] == '-' && word[1] == '-' && word[n])) {
		fprintf(stderr, "ksnoop: there is no option -%c\n", optopt);
		near_letter(&near);
	} else if (optopt) {
		fprintf(stderr, "ksnoop: %.*s takes no value\n", n, word);
	} else {
		char wrong[64];

		snprintf(wrong, sizeof(wrong), "%.*s", n, word);
		for (const struct option *o = options; o->name; o++) {
			strcat(names, "--");
			strcat(names, o->name);
			strcat(names, " ");
		}
		fprintf(stderr, "ksnoop: there is no option %.*s\n", n, word);
		ks_nearest(wrong, names, &near);
	}
	fprintf(stderr, "hint: %s\n",
		*near.hint ? near.hint : "ksnoop help options shows the options");
	return 2;
}

// Is the word the beginning of several options? getopt_long takes the first of those that take values
// alike. list: room for their names.
static bool is_ambiguous(const char *word, char *list, size_t size)
{
	size_t n = strcspn(word, "="), len = 0;
	int count = 0;

	for (const struct option *o = options; o->name && !strncmp(word, "--", 2) && n > 2; o++) {
		if (strncmp(o->name, word + 2, n - 2) != 0)
			continue;
		if (!o->name[n - 2])
			return false;
		count++;
		if (len < size)
			len += (size_t)snprintf(list + len, size - len, "%s--%s", len ? ", " : "",
						o->name);
	}
	return count > 1;
}

static int say(const char *text)
{
	return fputs(text, stdout) < 0 || fflush(stdout) != 0 ? 5 : 0;
}

// A script, or the command that runs one: has a --help of its own.
static bool is_script(const char *word)
{
	size_t n = strlen(word);

	return !strcmp(word, "run") || (n >= 4 && !strcmp(word + n - 4, ".lua"));
}

// "help", or a beginning of it.
static bool is_help(const char *word)
{
	return *word && !strncmp(word, "help", strlen(word));
}

// word: what stands behind `help`; NULL: nothing
static int help_on(const char *word)
{
	struct ks_error near = {0};

	if (!word)
		return say(help_screen);
	if (!strcmp(word, "options"))
		return say(help_options);
	ks_nearest(word, "options", &near);
	fprintf(stderr, "ksnoop: there is no help on this word alone\nhint: %s\n",
		*near.hint ? near.hint
			   : "ksnoop help options shows the options, man ksnoop all of it");
	return 2;
}

// Leaves the table of options and that of words on the stack: options may stand anywhere, but what
// follows -- is none, and a script is asked for its own --help. -1: go on; else the exit code.
static int read_options(lua_State *L, int argc, char **argv)
{
	char list[512];
	int c, i, words = 0;
	bool has_script = false;

	lua_newtable(L);
	lua_newtable(L);
	for (;;) {
		int at =
			optind; // the word that it reads now: it goes on in one with several letters

		i = 0;
		c = getopt_long(argc, argv, "-:p:t:c:e:D:n:f:o:P:sdvqhV", options, &i);
		if (c == -1)
			break;
		if (c != WORD && is_ambiguous(argv[at], list, sizeof(list))) {
			fprintf(stderr, "ksnoop: %s could be several options\nhint: %s\n", argv[at],
				list);
			return 2;
		}
		if (c == WORD || (c == 'h' && has_script)) {
			if (c == WORD && !words && is_help(optarg))
				return help_on(argv[optind]);
			has_script = has_script || (!words && is_script(optarg));
			lua_pushstring(L, c == WORD ? optarg : "--help");
			lua_rawseti(L, -2, ++words);
			continue;
		}
		if (c == 'h' || c == 'V')
			return say(c == 'h' ? help_screen : "ksnoop " VERSION "\n");
		if (c == '?' && has_script) { // which says what it takes
			lua_pushstring(L, argv[at]);
			lua_rawseti(L, -2, ++words);
			continue;
		}
		if (c == '?' || c == ':')
			return bad_option(c, argv[at]);
		for (; c != LONG && options[i].val != c; i++)
			;
		set(L, i);
	}
	for (; optind < argc; optind++) {
		lua_pushstring(L, argv[optind]);
		lua_rawseti(L, -2, ++words);
	}
	return -1;
}

// Where this program is installed: what is installed with it is found from there.
static void push_program(lua_State *L)
{
	char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path));

	lua_pushlstring(L, path, n > 0 && n < (ssize_t)sizeof(path) ? (size_t)n : 0);
}

// What cli.lua did not catch: it has a bug, or memory is at its end.
static int failed(lua_State *L, int status)
{
	fprintf(stderr, "ksnoop: %s\n", lua_tostring(L, -1));
	return status == LUA_ERRMEM ? 71 : 70;
}

static int run(lua_State *L, int argc, char **argv)
{
	int code = read_options(L, argc, argv), status;

	if (code >= 0)
		return code;
	lua_getglobal(L, "require");
	lua_pushstring(L, "ksnoop.cli");
	status = lua_pcall(L, 1, 1, 0);
	if (status)
		return failed(L, status);
	lua_getfield(L, -1, "main");
	lua_pushvalue(L, -3);
	lua_pushvalue(L, -5);
	push_program(L);
	status = lua_pcall(L, 3, 1, 0);
	if (status)
		return failed(L, status);
	return (int)lua_tointeger(L, -1);
}

static int start(int argc, char **argv)
{
	lua_State *L;
	int code;

	// A script is a program: with privileges that its user has not, it could do anything.
	if (getauxval(AT_SECURE)) {
		fprintf(stderr,
			"ksnoop: this program does not run set-uid or with file capabilities\n"
			"hint: a script is a program; let sudo run ksnoop with one script\n");
		return 4;
	}
	L = luaL_newstate();
	if (!L) {
		fprintf(stderr, "ksnoop: out of memory\n");
		return 71;
	}
	// A tracer runs as root: nothing of Lua's may be loaded because an environment variable says so.
	lua_pushboolean(L, 1);
	lua_setfield(L, LUA_REGISTRYINDEX, "LUA_NOENV");
	luaL_openlibs(L);
	heap_limit(L);
	if (watchdog_start(L) < 0) {
		fprintf(stderr, "ksnoop: can't watch the script's functions: %s\n",
			strerror(errno));
		return 71;
	}
	code = run(L, argc, argv);
	heap_release(L);
	lua_close(L);
	return code;
}

// A file that has grown to RLIMIT_FSIZE: the write fails, which is told as a full disk is. Not SIG_IGN,
// which the programs that a script starts would inherit.
static void limit_met(int number)
{
	(void)number;
}

int main(int argc, char **argv)
{
	struct sigaction limit = {.sa_handler = limit_met};

	// What is opened next must not become somebody's output.
	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) < 0)
			return 5;
	sigaction(SIGXFSZ, &limit, NULL);
	return start(argc, argv);
}
