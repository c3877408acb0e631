// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "governor.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "../bpf/isa.h"
#include "../bpf/wire.h"
#include "attach.h"
#include "cleanup.h"
#include "clock.h"
#include "error.h"
#include "thread.h"

#define LOOK_NS	 250000000ull // between two looks
#define PATIENCE 3000000000ull
#define EACH_HIT                                                                                   \
	140 // instructions: the trampoline, the switch, the counter (spec/bench measures them)
#define UNMEASURED 1000 // ps, where the kernel runs no program for us

// Adds, stores, loads and now and then a locked add, as programs have them. The verifier takes 2,000
// instructions for each: four times as many took as long as all that a short trace loads.
#define PROBE_INSNS 128

#define LONG_PACKET 128 // with these bytes all of the program runs, with half of them nothing

// What one run takes, in ns; UINT32_MAX: it does not run. The least: what came between, another task or an
// interrupt, only makes it more.
static uint32_t least(int fd, uint32_t bytes)
{
	uint8_t packet[LONG_PACKET] = {0};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet, .data_size_in = bytes,
		    .repeat = 100);
	uint32_t ns = UINT32_MAX;

	for (int i = 0; fd >= 0 && i < 5; i++)
		if (bpf_prog_test_run_opts(fd, &opts) == 0 && opts.duration < ns)
			ns = opts.duration;
	return ns;
}

uint64_t governor_calibrate(void)
{
	struct bpf_insn insns[PROBE_INSNS + 5];
	uint32_t n = 0, all, nothing;
	KS_CLOSE int fd = -1;

	insns[n++] = isa_load(4, BPF_REG_2, BPF_REG_1, offsetof(struct __sk_buff, len));
	insns[n++] = isa_alu_imm(8, BPF_MOV, BPF_REG_0, 0);
	insns[n++] = isa_alu_imm(8, BPF_MOV, BPF_REG_1, 1);
	insns[n++] = isa_branch_imm(8, BPF_JLT, BPF_REG_2, LONG_PACKET / 2 + 1, PROBE_INSNS);
	for (; n < PROBE_INSNS + 4; n += 4) {
		insns[n] = isa_alu_imm(8, BPF_ADD, BPF_REG_0, 3);
		insns[n + 1] = isa_store(8, BPF_REG_10, -8, BPF_REG_0);
		insns[n + 2] = isa_alu_imm(8, BPF_ADD, BPF_REG_1, 5);
		insns[n + 3] = n % 64 < 4 ? isa_xadd(BPF_REG_10, -8, BPF_REG_1)
					  : isa_load(8, BPF_REG_2, BPF_REG_10, -8);
	}
	insns[n++] = isa_exit();
	fd = bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, "ks_calibrate", attach_license(), insns, n,
			   NULL);
	all = least(fd, LONG_PACKET);
	nothing = least(fd, LONG_PACKET / 2);
	if (all == UINT32_MAX || all <= nothing)
		return UNMEASURED;
	return (uint64_t)(all - nothing) * 1000 / PROBE_INSNS;
}

// --- looking ----------------------------------------------------------------------------------

static uint64_t now(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

enum { SEEN_HITS, SEEN_MATCHED, SEEN_OPENED };

static void count(const struct governor *g, const struct governor_row *r, uint64_t seen[3])
{
	const struct cells *c = g->cells;

	seen[SEEN_MATCHED] = (uint64_t)cells_sum(c, r->counters, CELL_MATCHED);
	seen[SEEN_OPENED] = r->paired ? (uint64_t)cells_sum(c, r->counters + 1, PAIR_OPENED) : 0;
	seen[SEEN_HITS] = r->no_hits ? seen[SEEN_MATCHED]
				     : (uint64_t)cells_sum(c, r->counters, CELL_HITS);
}

// Looks at all rows; what they cost since the last look, in ns. *most: the dearest; *hits: its hits.
static uint64_t look(struct governor *g, uint32_t *most, uint64_t *hits)
{
	uint64_t sum = 0, dearest = 0;

	for (uint32_t i = 0; i < g->count; i++) {
		const struct governor_row *r = &g->rows[i];
		uint64_t seen[3], more[3], insns;

		count(g, r, seen);
		for (int k = 0; k < 3; k++) {
			more[k] = seen[k] - g->seen[i][k];
			g->seen[i][k] = seen[k];
		}
		insns = (more[SEEN_HITS] + more[SEEN_OPENED]) * EACH_HIT +
			more[SEEN_MATCHED] * r->match + more[SEEN_OPENED] * r->opening;
		sum += insns;
		if (insns < dearest)
			continue;
		dearest = insns;
		*most = i;
		*hits = more[SEEN_HITS];
	}
	return sum * g->ps / 1000;
}

static void pause_all(struct governor *g)
{
	for (uint32_t i = 0; i < g->count; i++)
		cells_switch(g->cells, g->rows[i].counters, false);
}

// Waits for the next look; false: it is to end. By poll(2): what else a thread waits by is what people
// trace, and this one's calls would be among the hits.
static bool wait_for_look(const struct governor *g, uint64_t until)
{
	struct pollfd end = {.fd = g->end_fd, .events = POLLIN};
	uint64_t time;

	while ((time = now()) < until) {
		int n = poll(&end, 1, (int)((until - time) / 1000000) + 1);

		if (n > 0 || (n < 0 && errno != EINTR))
			return false;
	}
	return true;
}

static void *watch(void *data)
{
	struct governor *g = data;
	uint64_t last = now(), too_much = 0, hits = 0;
	uint32_t most = 0;

	while (!__atomic_load_n(&g->fired, __ATOMIC_RELAXED) && wait_for_look(g, last + LOOK_NS)) {
		uint64_t spent = look(g, &most, &hits), time = now(), elapsed = time - last;
		// Of what went on while this thread had to wait, too: it is divided by all of the time.
		uint64_t share = spent * 100 / (elapsed ? elapsed : 1);

		last = time;
		too_much = share >= g->budget ? too_much + elapsed : 0;
		if (too_much < PATIENCE)
			continue;
		g->share = share < 1000000 ? (uint32_t)share : 1000000;
		g->row = most;
		g->hits_per_second = hits * 1000 / (elapsed / 1000000 ? elapsed / 1000000 : 1);
		__atomic_store_n(&g->fired, true, __ATOMIC_RELEASE);
		__atomic_thread_fence(__ATOMIC_SEQ_CST); // who switches a probe on now, sees it
		pause_all(g);
	}
	return NULL;
}

int governor_start(struct governor *g, struct ks_error *error)
{
	uint32_t most;
	uint64_t hits;
	int os;

	if (!g->budget)
		return 0;
	g->ps = governor_calibrate();
	look(g, &most, &hits);
	g->end_fd = eventfd(0, EFD_CLOEXEC);
	if (g->end_fd < 0)
		return error_os(error, KS_EOS, errno, "can't start the governor");
	os = thread_start(&g->thread, watch, g);
	if (os) {
		close(g->end_fd);
		return error_os(error, KS_EOS, os, "can't start the governor");
	}
	g->runs = true;
	return 0;
}

void governor_stop(struct governor *g)
{
	uint64_t one = 1;

	if (!g->runs || write(g->end_fd, &one, sizeof(one)) != sizeof(one))
		return;
	pthread_join(g->thread, NULL);
	close(g->end_fd);
	g->runs = false;
}

bool governor_fired(const struct governor *g)
{
	return __atomic_load_n(&g->fired, __ATOMIC_ACQUIRE);
}
