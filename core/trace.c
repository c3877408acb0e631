// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Everything that runs together: opening, starting, reading and ending a trace.
#include "trace.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/membarrier.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "error.h"

#define DEFAULT_BUFFER (4u << 20)
#define DEFAULT_LINGER 10
#define VMLINUX	       "/sys/kernel/btf/vmlinux"

int ks_abi(void)
{
	return KS_ABI;
}

static uint64_t now(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

uint64_t ks_now(void)
{
	return now(CLOCK_BOOTTIME);
}

static int check_options(struct ks_options *o, struct ks_error *error)
{
	uint32_t page = (uint32_t)sysconf(_SC_PAGESIZE);

	if (!o->buffer)
		o->buffer = DEFAULT_BUFFER;
	if (!o->linger_ms)
		o->linger_ms = DEFAULT_LINGER;
	if (o->unbuffered)
		o->linger_ms = 0;
	if (o->buffer < page || (o->buffer & (o->buffer - 1))) {
		error_set(error, KS_ELIMIT, "a ring buffer of %u bytes", o->buffer);
		error_hint(error, "the size is a power of two, from %u bytes (one page) on", page);
		return -1;
	}
	return 0;
}

struct ks_trace *ks_open(const struct ks_options *options, struct ks_error *error)
{
	struct ks_trace *t = calloc(1, sizeof(*t));
	struct utsname u;

	if (!t) {
		error_nomem(error);
		return NULL;
	}
	t->cells.fd = t->ring.fd = -1;
	wait_init(&t->wait);
	if (options)
		t->options = *options;
	t->target.helper_reads = t->options.helper_reads;
	if (uname(&u) == 0)
		snprintf(t->kernel, sizeof(t->kernel), "%s", u.release);
	snprintf(t->btf_path, sizeof(t->btf_path), "%s", t->options.btf ? t->options.btf : VMLINUX);
	if (check_options(&t->options, error) < 0 ||
	    btf_open(&t->btf, t->btf_path, NULL, error) < 0) {
		if (error->kind == KS_EABSENT && !t->options.btf)
			error_hint(error, "the kernel must be built with CONFIG_DEBUG_INFO_BTF; "
					  "--btf FILE reads another's");
		ks_close(t);
		return NULL;
	}
	libbpf_set_print(NULL); // errors are values here
	return t;
}

static void detach(struct ks_trace *t)
{
	for (uint32_t i = 0; i < t->count; i++) {
		struct ks_probe *p = t->probes[i];

		if (p->attachment.prog_fd >= 0)
			p->recursion = attach_recursion(&p->attachment);
		attach_close(&p->attachment);
	}
}

void ks_close(struct ks_trace *t)
{
	if (!t)
		return;
	detach(t);
	cells_close(&t->cells);
	ring_close(&t->ring);
	wait_fini(&t->wait);
	for (uint32_t i = 0; i < t->module_count; i++)
		btf_fini(&t->modules[i]->btf);
	btf_fini(&t->btf);
	arena_fini(&t->work);
	arena_fini(&t->keep);
	free(t);
}

struct format trace_format(const struct ks_probe *p)
{
	const struct ks_trace *t = p->trace;

	return (struct format){.btf = &t->btf,
			       .place = p->name,
			       .func = p->func,
			       .start = t->start,
			       .start_wall = t->start_wall};
}

int ks_compile(struct ks_trace *t, struct ks_probe **at, struct ks_error *error)
{
	if (cells_geometry(t->count, &t->geometry, error) < 0)
		return -1;
	if (!t->own_pid && !t->options.self)
		t->own_pid = (uint32_t)getpid(); // for --dump; ks_start asks the kernel
	for (uint32_t i = 0; i < t->count; i++) {
		*at = t->probes[i];
		if (t->probes[i]->layout.size + 8 > t->options.buffer)
			return error_set(error, KS_ELIMIT,
					 "a record of %u bytes, and a ring buffer of %u",
					 t->probes[i]->layout.size, t->options.buffer);
		if (probe_compile(t->probes[i], error) < 0)
			return -1;
	}
	return 0;
}

int trace_maps(struct ks_trace *t, struct ks_error *error)
{
	if (t->has_maps)
		return 0;
	if (ks_privileges(error) < 0)
		return -1;
	if (t->options.btf) {
		error_set(error, KS_EABSENT,
			  "with --btf nothing is loaded: the types are another kernel's");
		return -1;
	}
	if (cells_geometry(t->count, &t->geometry, error) < 0 ||
	    cells_open(&t->cells, &t->geometry, error) < 0 ||
	    ring_open(&t->ring, t->options.buffer, error) < 0)
		return -1;
	if (!t->options.self)
		t->own_pid = attach_own_pid();
	t->has_maps = true;
	return 0;
}

static int load_all(struct ks_trace *t, struct ks_probe **at, struct ks_error *error)
{
	const int fds[MAP_COUNT] = {[MAP_RING] = t->ring.fd, [MAP_CELLS] = t->cells.fd};

	for (uint32_t i = 0; i < t->count; i++) {
		struct ks_probe *p = *at = t->probes[i];
		char name[16];
		struct attach_target target = probe_target(p, name);

		if (attach_load(&p->program, &target, fds, NULL, 0, &p->attachment, error) < 0)
			return -1;
	}
	for (uint32_t i = 0; i < t->count; i++) {
		struct ks_probe *p = *at = t->probes[i];
		char name[16];
		struct attach_target target = probe_target(p, name);

		if (attach_link(&p->attachment, &target, error) < 0)
			return -1;
	}
	return 0;
}

int ks_start(struct ks_trace *t, struct ks_probe **at, struct ks_error *error)
{
	*at = NULL;
	tzset(); // reads /etc/localtime: not while the probes are on
	if (wait_signals(&t->wait, error) < 0 || trace_maps(t, error) < 0 ||
	    ks_compile(t, at, error) < 0)
		return -1;
	if (load_all(t, at, error) < 0) {
		detach(t);
		return -1;
	}
	arena_fini(&t->work);
	for (uint32_t i = 0; i < t->count; i++)
		t->probes[i]->compiled = false; // what --dump shows is gone
	t->start = ks_now();
	t->start_wall = now(CLOCK_REALTIME);
	t->started = true;
	for (uint32_t i = 0; i < t->count; i++)
		cells_switch(&t->cells, i, true);
	wait_release(&t->wait);
	return 0;
}

int ks_spawn(struct ks_trace *t, const char *command, struct ks_error *error)
{
	return wait_spawn(&t->wait, command, error);
}

int ks_child_status(const struct ks_trace *t)
{
	return t->wait.child_status;
}

int ks_wait(struct ks_trace *t, int timeout_ms, struct ks_error *error)
{
	return wait_for(&t->wait, &t->ring, timeout_ms, (int)t->options.linger_ms, error);
}

int ks_signal(struct ks_trace *t)
{
	int number = t->wait.signal;

	t->wait.signal = 0;
	return number;
}

const struct ks_record *ks_next(struct ks_trace *t)
{
	const struct ks_record *r;
	uint32_t size;

	while ((r = ring_next(&t->ring, &size))) {
		if (size < sizeof(*r) || r->probe >= t->count)
			continue; // no program of ours writes such
		t->probes[r->probe]->delivered++;
		return r;
	}
	return NULL;
}

int ks_stop(struct ks_trace *t, struct ks_error *error)
{
	if (!t->started || t->stopped)
		return 0;
	t->stopped = true;
	for (uint32_t i = 0; i < t->count; i++)
		cells_switch(&t->cells, i, false);
	// A grace period: no program runs any more that saw its probe on.
	if (syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0) < 0)
		return error_os(error, KS_EOS, errno, "can't wait for the programs to end");
	return 0;
}

uint64_t ks_start_time(const struct ks_trace *t)
{
	return t->start;
}

uint64_t ks_start_wall(const struct ks_trace *t)
{
	return t->start_wall;
}

const char *ks_kernel(const struct ks_trace *t)
{
	return t->kernel;
}
