// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// The real path to the kernel's verdict: ks_probe ... ks_start, in a child process for each batch,
// with its system calls watched on their way out of libbpf (ld --wrap). A program of a probe that
// the kernel rejects is written down and passes for loaded, so that the batch goes on; none is
// attached.
#include "traces.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

// Other programs are questions that ksnoop asks the kernel, and no business of ours.
static bool of_a_probe(const char *name)
{
	return name && !strncmp(name, "ks_", 3) && strcmp(name, "ks_ask") != 0;
}

#define LOG_SIZE (4u << 20)

static struct ks_trace *traces[VARIANTS];
static struct definition *now; // the batch, in the child
static struct ks_probe *at;    // whose program is loaded
static bool starting;

static void die(const char *what, const char *why)
{
	printf("traces: %s: %s\n", what, why);
	exit(2);
}

void load_open(int variants)
{
	struct ks_options options[VARIANTS] = {
		[NO_HITS] = {.no_hits = true},
		[HELPER_READS] = {.helper_reads = true},
		[WITH_SELF] = {.self = true},
	};
	static char text[65536];
	struct ks_error e;

	for (int i = 0; i < variants; i++) {
		options[i].buffer = 65536;
		traces[i] = ks_open(&options[i], &e);
		if (!traces[i])
			die("ks_open", e.message);
		// Reads the kernel's symbols and lists of functions, which each child has then: they
		// took it four fifths of its time.
		ks_explain(traces[i], "vfs_read", false, text, sizeof(text), &e);
	}
}

void load_close(void)
{
	for (int i = 0; i < VARIANTS; i++)
		ks_close(traces[i]);
}

struct definition *load_room(uint32_t n)
{
	void *room = mmap(NULL, n * sizeof(struct definition), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (room == MAP_FAILED)
		die("mmap", "no memory");
	return room;
}

void definition_add(struct definition *d, char letter, const char *text, features of)
{
	uint32_t size = (uint32_t)strlen(text) + 2;

	if (d->count == MAX_TEXTS || d->used + size > TEXT_ROOM)
		return;
	d->features[d->count] = of;
	d->at[d->count++] = d->used;
	d->text[d->used] = letter;
	memcpy(d->text + d->used + 1, text, size - 1);
	d->used += size;
}

void definition_print(const struct definition *d)
{
	static const char *const variants[] = {"", " no_hits", " helper_reads", " self"};

	printf("  %s%s\n", d->place, variants[d->variant]);
	for (uint32_t i = 0; i < d->count; i++)
		printf("    %c %s%s\n", d->text[d->at[i]], d->text + d->at[i] + 1,
		       d->taken[i] ? "" : "  [not taken]");
}

// --- in the child ----------------------------------------------------------------------------

// The last lines of the verifier's log, its summary left out.
static void last_lines(const char *log, char *ret, size_t cap)
{
	const char *end = strstr(log, "\nprocessed "), *from;

	end = end ? end : log + strlen(log);
	from = end;
	for (int lines = 0; from > log && lines < 6 && (size_t)(end - from) < cap - 1; from--)
		lines += from[-1] == '\n' && from != end;
	snprintf(ret, cap, "%.*s", (int)(end - from), from);
}

int __real_bpf_prog_load(enum bpf_prog_type type, const char *name, const char *license,
			 const struct bpf_insn *insns, size_t count,
			 const struct bpf_prog_load_opts *opts);
int __wrap_bpf_prog_load(enum bpf_prog_type type, const char *name, const char *license,
			 const struct bpf_insn *insns, size_t count,
			 const struct bpf_prog_load_opts *opts);
int __wrap_bpf_prog_load(enum bpf_prog_type type, const char *name, const char *license,
			 const struct bpf_insn *insns, size_t count,
			 const struct bpf_prog_load_opts *opts)
{
	struct bpf_prog_load_opts again;
	struct definition *d = at ? &now[ks_probe_index(at)] : NULL;
	static char log[LOG_SIZE];
	int fd = __real_bpf_prog_load(type, name, license, insns, count, opts), again_fd;

	if (!starting || !of_a_probe(name) || !d || !opts)
		return fd;
	if (fd < 0) {
		log[0] = '\0';
		again = *opts;
		again.log_level = 1;
		again.log_buf = log;
		again.log_size = LOG_SIZE;
		again_fd = __real_bpf_prog_load(type, name, license, insns, count, &again);
		if (again_fd >= 0)
			close(again_fd);
		// A kernel that looks at no instruction does not take the place, whatever the program.
		if (!strstr(log, "0: ("))
			return fd;
	}
	d->programs++;
	d->insns += (uint32_t)count;
	if (fd >= 0)
		return fd;
	if (d->verdict != REJECTED)
		snprintf(d->words, sizeof(d->words), "errno %d, %zu instructions: ", -fd, count);
	if (d->verdict != REJECTED)
		last_lines(log, d->words + strlen(d->words), sizeof(d->words) - strlen(d->words));
	d->verdict = REJECTED;
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

int __real_bpf_link_create(int prog_fd, int target, enum bpf_attach_type type,
			   const struct bpf_link_create_opts *opts);
int __wrap_bpf_link_create(int prog_fd, int target, enum bpf_attach_type type,
			   const struct bpf_link_create_opts *opts);
int __wrap_bpf_link_create(int prog_fd, int target, enum bpf_attach_type type,
			   const struct bpf_link_create_opts *opts)
{
	if (!starting || !at)
		return __real_bpf_link_create(prog_fd, target, type, opts);
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

int __real_bpf_raw_tracepoint_open(const char *name, int prog_fd);
int __wrap_bpf_raw_tracepoint_open(const char *name, int prog_fd);
int __wrap_bpf_raw_tracepoint_open(const char *name, int prog_fd)
{
	if (!starting || !at)
		return __real_bpf_raw_tracepoint_open(name, prog_fd);
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

// "PLACE,PLACE"
static struct ks_probe *probe(struct ks_trace *t, const char *text, struct ks_error *e)
{
	char copy[256];
	const char *places[8];
	int count = 0;

	snprintf(copy, sizeof(copy), "%s", text);
	for (char *place = strtok(copy, ","); place && count < 8; place = strtok(NULL, ","))
		places[count++] = place;
	return ks_probe(t, places, count, e);
}

// "COUNT EMIT"
static int keep(struct ks_probe *p, const char *text, struct ks_error *e)
{
	char *emit;
	unsigned long count = strtoul(text, &emit, 10);

	return ks_keep(p, (uint32_t)count, e) < 0 ? -1 : ks_emit(p, emit, e);
}

static int add_line(struct ks_probe *p, char letter, const char *text, struct ks_error *e)
{
	unsigned long long one_in, interval, burst;

	switch (letter) {
	case 's':
		if (sscanf(text, "%llu %llu %llu", &one_in, &interval, &burst) != 3)
			return -1;
		return ks_sample(p, (uint32_t)one_in, interval, burst, e);
	case 'w':
		return ks_where(p, text, e);
	case 'c':
		return ks_capture(p, text, e);
	case 'k':
		return keep(p, text, e);
	case 't':
		return ks_template(p, text, e) ? 0 : -1;
	default:
		return ks_capture_default(p, e);
	}
}

static void child(struct definition *d, uint32_t n)
{
	struct ks_trace *t = traces[d->variant];
	struct definition *order[256];
	struct ks_probe *p;
	struct ks_error e = {0};
	uint32_t count = 0;

	for (uint32_t i = 0; i < n; i++) {
		if (d[i].verdict != PENDING)
			continue;
		d[i].programs = d[i].insns = d[i].refusals = 0;
		d[i].verdict = CRASHED; // unless we come past it
		p = probe(t, d[i].place, &e);
		for (uint32_t k = 0; p && k < d[i].count; k++) {
			const char *text = d[i].text + d[i].at[k];

			d[i].taken[k] = add_line(p, *text, text + 1, &e) == 0;
			if (d[i].taken[k])
				continue;
			d[i].refusals++;
			snprintf(d[i].refusal, sizeof(d[i].refusal), "%.200s", e.message);
			snprintf(d[i].refused, sizeof(d[i].refused), "%s: %.140s", d[i].place,
				 text);
		}
		d[i].verdict = p ? PENDING : REFUSED;
		if (p)
			order[count++] = &d[i];
		else
			snprintf(d[i].words, sizeof(d[i].words), "%s", e.message);
	}
	// Index of a probe -> its definition: those that were refused have none.
	for (uint32_t i = 0; i < count; i++)
		order[i]->verdict = CRASHED;
	now = count ? malloc(count * sizeof(*now)) : NULL;
	if (!now)
		_exit(0);
	for (uint32_t i = 0; i < count; i++)
		now[i] = *order[i];
	starting = true;
	int r = ks_start(t, &at, &e);

	starting = false;
	for (uint32_t i = 0; i < count; i++) {
		struct definition *to = order[i], *from = &now[i];

		if (from->verdict == REJECTED) {
			*to = *from;
		} else if (r == 0) {
			*to = *from;
			to->verdict = from->programs ? LOADED : REFUSED;
			if (!from->programs)
				snprintf(to->words, sizeof(to->words), "no program was loaded");
		} else if (at && ks_probe_index(at) == (int)i) {
			to->verdict = REFUSED;
			snprintf(to->words, sizeof(to->words), "%s; %s", e.message, e.hint);
		} else {
			to->verdict = PENDING; // once more, without that one
		}
	}
	if (r < 0 && !at) {
		printf("traces: ks_start: %s\n", e.message);
		fflush(stdout);
		_exit(2);
	}
	_exit(0);
}

// --- in the parent ---------------------------------------------------------------------------

void load_batch(struct definition *d, uint32_t n)
{
	for (bool more = true; more;) {
		int status;
		pid_t pid;

		fflush(stdout);
		pid = fork();
		if (pid == 0)
			child(d, n);
		if (pid < 0 || waitpid(pid, &status, 0) != pid)
			die("fork", "failed");
		if (WIFEXITED(status) && WEXITSTATUS(status))
			exit(2);
		if (WIFSIGNALED(status) && n > 1) { // whose fault? one by one
			for (uint32_t i = 0; i < n; i++) {
				if (d[i].verdict == CRASHED)
					d[i].verdict = PENDING;
				if (d[i].verdict == PENDING)
					load_batch(&d[i], 1);
			}
			return;
		}
		if (WIFSIGNALED(status))
			snprintf(d->words, sizeof(d->words), "signal %d", WTERMSIG(status));
		more = false;
		for (uint32_t i = 0; i < n; i++)
			more = more || d[i].verdict == PENDING;
	}
}

bool load_takes(const char *place, const char *capture)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		struct ks_error e = {0};
		struct ks_probe *p = probe(traces[PLAIN], place, &e), *failed;
		bool taken = p && ks_capture(p, capture, &e) >= 0 &&
			     ks_compile(traces[PLAIN], &failed, &e) == 0;

		_exit(taken ? 0 : 1);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
	       WEXITSTATUS(status) == 0;
}
