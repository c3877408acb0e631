// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// From the limit to the twin, a check at a time: what each of the things costs that ksnoop's programs do
// besides what was asked. One body for each question; what a program has of it is known when it is
// compiled. twin.bpf.c says what the words mean.
#include "kernel.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 16 << 20);
} ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 10240);
	__type(key, __u32);
	__type(value, __u64);
} counts SEC(".maps");

#define CPUS 64
#define SELF 0x400000U

struct block {
	__u64 busy, cpu, guard_line[6];
	__u64 on, hits, suppressed, self, faults, matched, lost, nils;
};

struct block cells[CPUS] SEC(".data.cells") = {[0 ... CPUS - 1] = {.on = 1}};

// What a program has of it, one more each.
enum { ALONE, BLOCK, ON, GUARD, OURS, HEADER, TIME };

#define ADD(cell) __sync_fetch_and_add(&(cell), 1)
#define KEEP(p)	  asm volatile("" : "+r"(p))

// Counters that are one for all CPUs, or this CPU's, which has to be asked for.
static __always_inline struct block *block(int has)
{
	struct block *b = cells;

	if (has >= BLOCK) {
		b += bpf_get_smp_processor_id() & (CPUS - 1);
		KEEP(b);
	}
	return b;
}

// false: nothing more is done
static __always_inline int begin(struct block *b, int has)
{
	if (has >= ON && !b->on)
		return 0;
	if (has >= GUARD && b->busy) {
		ADD(b->suppressed);
		return 0;
	}
	if (has >= GUARD)
		b->busy = 1;
	return 1;
}

static __always_inline int is_ours(struct block *b, __u64 pid_tgid, int has)
{
	__u64 process;

	if (has < OURS)
		return 0;
	process = pid_tgid >> 32;
	KEEP(process);
	if ((__u32)process != SELF)
		return 0;
	ADD(b->self);
	return 1;
}

static __always_inline int end(struct block *b, int has)
{
	if (has >= GUARD)
		b->busy = 0;
	return 0;
}

static __always_inline int accept(__u64 *ctx, int has)
{
	int at = has >= HEADER ? 4 : 1;
	struct block *b;
	__u64 pid_tgid, *e;

	if (ctx[2] != 1)
		return 0;
	b = block(has);
	if (!begin(b, has))
		return 0;
	pid_tgid = bpf_get_current_pid_tgid();
	if (is_ours(b, pid_tgid, has))
		return end(b, has);
	ADD(b->matched);
	e = bpf_ringbuf_reserve(&ring, has >= HEADER ? 56 : 32, 0);
	if (!e) {
		ADD(b->lost);
		return end(b, has);
	}
	e[at > 1] = pid_tgid;
	if (has >= HEADER) {
		((__u32 *)e)[4] = b->cpu;
		((__u32 *)e)[5] = 0; // the probe
		e[3] = 0;	     // nils
		e[0] = has >= TIME ? bpf_ktime_get_boot_ns() : 0;
	}
	e[at] = ctx[0];
	e[at + 1] = ctx[2];
	e[at + 2] = ctx[4];
	bpf_ringbuf_submit(e, 0);
	return end(b, has);
}

static __always_inline int count(__u64 *ctx, int has)
{
	__u64 *cell, none = 0, pid_tgid;
	struct block *b;
	__u32 process;

	if (ctx[2] != 1)
		return 0;
	b = block(has);
	if (!begin(b, has))
		return 0;
	pid_tgid = bpf_get_current_pid_tgid();
	if (is_ours(b, pid_tgid, has))
		return end(b, has);
	ADD(b->matched);
	process = pid_tgid >> 32;
	cell = bpf_map_lookup_elem(&counts, &process);
	if (!cell) {
		bpf_map_update_elem(&counts, &process, &none, BPF_NOEXIST);
		cell = bpf_map_lookup_elem(&counts, &process);
	}
	if (cell)
		ADD(*cell);
	else
		ADD(b->lost);
	return end(b, has);
}

// A member by kprobe. HEADER: a read that failed is told from a 0.
static __always_inline int member(struct pt_regs *ctx, int has)
{
	struct file *file = (struct file *)ctx->di;
	unsigned int flags = 0;
	struct block *b = block(has);
	long failed;

	if (!begin(b, has))
		return 0;
	failed = bpf_probe_read_kernel(&flags, sizeof(flags), &file->f_flags);
	if (has >= HEADER && failed) {
		ADD(b->faults);
		return end(b, has);
	}
	if (flags == 0x7fffffff)
		ADD(b->matched);
	return end(b, has);
}

#define STEP(kind, context, body, has)                                                             \
	SEC(#kind "/vfs_read") int body##_##has(context *ctx)                                      \
	{                                                                                          \
		return body(ctx, has);                                                             \
	}

STEP(fexit, __u64, accept, ALONE)
STEP(fexit, __u64, accept, BLOCK)
STEP(fexit, __u64, accept, ON)
STEP(fexit, __u64, accept, GUARD)
STEP(fexit, __u64, accept, OURS)
STEP(fexit, __u64, accept, HEADER)
STEP(fexit, __u64, accept, TIME)
STEP(fentry, __u64, count, ALONE)
STEP(fentry, __u64, count, BLOCK)
STEP(fentry, __u64, count, ON)
STEP(fentry, __u64, count, GUARD)
STEP(fentry, __u64, count, OURS)
STEP(kprobe, struct pt_regs, member, ALONE)
STEP(kprobe, struct pt_regs, member, BLOCK)
STEP(kprobe, struct pt_regs, member, ON)
STEP(kprobe, struct pt_regs, member, GUARD)
STEP(kprobe, struct pt_regs, member, HEADER)
