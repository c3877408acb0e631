// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// The twins: the same questions as in limit.bpf.c with the checks and the counters that ksnoop's
// programs have (bpf/README.md), written by hand and compiled by clang -O2. What ksnoop generates
// must not cost more.
//
//   [on]     the word `on` of this probe: after the predicate where hits are not counted
//   [hits]   the exact counter of hits, in this CPU's own cache line, by an atomic add
//   [read]   a last value of 0 is read again by bpf_probe_read_kernel, which says if it failed.
//            Pointers on the way are not compared: the JIT checks the address of every such load.
//   [guard]  one word for each CPU, taken before the first helper
//   [self]   our own process is left out
//   [count]  matched, lost, suppressed, self, faults: one atomic add each
//   [header] 32 bytes: time, process and thread, CPU, probe, nils
#include "kernel.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 16 << 20);
} ring SEC(".maps");

#define CPUS 64	       // a power of two; ksnoop takes it from the machine
#define SELF 0x400000U // a process id that there never is

struct block {
	__u64 busy, cpu, guard_line[6];
	__u64 on, hits, suppressed, self, faults, matched, lost, nils;
	__u64 sampled, state, sampler_line[6];
};

struct block cells[CPUS] SEC(".data.cells") = {[0 ... CPUS - 1] = {.on = 1, .state = 1}};

struct header {
	__u64 time, pid_tgid;
	__u32 cpu, probe;
	__u64 nils;
};

struct event {
	struct header header;
	__u64 args[3];
};

// An address in a register, not worked out again for every use of it.
#define KEEP(p) asm volatile("" : "+r"(p))

#define ADD(cell) __sync_fetch_and_add(&(cell), 1)

static __always_inline struct block *this_cpu(void)
{
	struct block *b = cells;

	b += bpf_get_smp_processor_id() & (CPUS - 1);
	KEEP(b);
	return b;
}

// Begins a program that counts its hits: [on] [hits]; false: it is off.
#define BEGIN(b)                                                                                   \
	({                                                                                         \
		b = this_cpu();                                                                    \
		if (!b->on)                                                                        \
			return 0;                                                                  \
		ADD(b->hits);                                                                      \
	})

// A program that does not: [on] is read from the line of CPU 0.
#define OFF (!cells[0].on)

// All that follows the predicate. Three words of the context are captured.
static __always_inline int accept(struct block *b, __u64 *ctx, int first, int second, int third)
{
	struct event *e;
	__u64 pid_tgid, process;

	if (b->busy) { // [guard]
		ADD(b->suppressed);
		return 0;
	}
	b->busy = 1;
	pid_tgid = bpf_get_current_pid_tgid();
	process = pid_tgid >> 32;
	KEEP(process);
	if ((__u32)process == SELF) { // [self]
		ADD(b->self);
		goto out;
	}
	ADD(b->matched); // [count]
	e = bpf_ringbuf_reserve(&ring, sizeof(*e), 0);
	if (!e) {
		ADD(b->lost);
		goto out;
	}
	e->header.pid_tgid = pid_tgid; // [header]
	e->header.cpu = b->cpu;
	e->header.probe = 0;
	e->header.nils = 0;
	e->header.time = bpf_ktime_get_boot_ns();
	e->args[0] = ctx[first];
	e->args[1] = ctx[second];
	e->args[2] = ctx[third];
	bpf_ringbuf_submit(e, 0);
out:
	b->busy = 0;
	return 0;
}

// [read]: the value at an address once more, in a program that has its block, or goes to the label.
#define READ_AGAIN(b, value, address, suppressed)                                                  \
	({                                                                                         \
		typeof(value) again;                                                               \
		long failed;                                                                       \
		if (b->busy)                                                                       \
			goto suppressed;                                                           \
		b->busy = 1;                                                                       \
		failed = bpf_probe_read_kernel(&again, sizeof(again), address);                    \
		b->busy = 0;                                                                       \
		if (failed) {                                                                      \
			ADD(b->faults);                                                            \
			return 0;                                                                  \
		}                                                                                  \
		value = again;                                                                     \
	})

// --- at entry and return ----------------------------------------------------------------------

SEC("fentry/vfs_read") int a(__u64 *ctx)
{
	if (ctx[2] != 4097 || OFF)
		return 0;
	return accept(this_cpu(), ctx, 0, 2, 3);
}

SEC("fentry/vfs_read") int a_hits(__u64 *ctx)
{
	struct block *b;

	BEGIN(b);
	if (ctx[2] != 4097)
		return 0;
	return accept(b, ctx, 0, 2, 3);
}

// [share]: one in 2147483647 by a generator of this CPU's; the others are counted.
#define DRAWN(b)                                                                                   \
	({                                                                                         \
		__u64 state = b->state * 1812433253;                                               \
		b->state = state;                                                                  \
		if (state >= ~0ULL / 2147483647) {                                                 \
			ADD(b->sampled);                                                           \
			return 0;                                                                  \
		}                                                                                  \
	})

SEC("fentry/vfs_read") int a_sampled(__u64 *ctx)
{
	struct block *b;

	if (ctx[2] != 1 || OFF)
		return 0;
	b = this_cpu();
	DRAWN(b);
	return accept(b, ctx, 0, 2, 3);
}

SEC("fentry/vfs_read") int a_sampled_hits(__u64 *ctx)
{
	struct block *b;

	BEGIN(b);
	if (ctx[2] != 1)
		return 0;
	DRAWN(b);
	return accept(b, ctx, 0, 2, 3);
}

SEC("fexit/vfs_read") int a_return(__u64 *ctx)
{
	if ((long)ctx[4] >= 0 || OFF)
		return 0;
	return accept(this_cpu(), ctx, 0, 2, 4);
}

SEC("fexit/vfs_read") int a_return_hits(__u64 *ctx)
{
	struct block *b;

	BEGIN(b);
	if ((long)ctx[4] >= 0)
		return 0;
	return accept(b, ctx, 0, 2, 4);
}

// A predicate on a member. LOAD and ADDRESS are of the last value of the chain.
#define MEMBER(name, type, load, wanted)                                                           \
	SEC("fentry/vfs_read") int name(__u64 *ctx)                                                \
	{                                                                                          \
		struct file *file = (struct file *)ctx[0];                                         \
		type value = load;                                                                 \
                                                                                                   \
		if (!value) {                                                                      \
			struct block *b = this_cpu();                                              \
			READ_AGAIN(b, value, &load, suppressed);                                   \
		}                                                                                  \
		if (value != wanted || OFF)                                                        \
			return 0;                                                                  \
		return accept(this_cpu(), ctx, 0, 2, 3);                                           \
	suppressed:                                                                                \
		ADD(this_cpu()->suppressed);                                                       \
		return 0;                                                                          \
	}                                                                                          \
                                                                                                   \
	SEC("fentry/vfs_read") int name##_hits(__u64 *ctx)                                         \
	{                                                                                          \
		struct file *file = (struct file *)ctx[0];                                         \
		struct block *b;                                                                   \
		type value;                                                                        \
                                                                                                   \
		BEGIN(b);                                                                          \
		value = load;                                                                      \
		if (!value)                                                                        \
			READ_AGAIN(b, value, &load, suppressed);                                   \
		if (value != wanted)                                                               \
			return 0;                                                                  \
		return accept(b, ctx, 0, 2, 3);                                                    \
	suppressed:                                                                                \
		ADD(b->suppressed);                                                                \
		return 0;                                                                          \
	}

MEMBER(b1, unsigned int, file->f_flags, 0x7fffffff)
MEMBER(b2, unsigned long, file->f_inode->i_ino, 0x7fffffff)
MEMBER(b2_zero, unsigned int, file->f_inode->i_uid.val, 7) // root's: always 0

SEC("fexit/vfs_read") int c(__u64 *ctx)
{
	if (ctx[2] != 1 || OFF)
		return 0;
	return accept(this_cpu(), ctx, 0, 2, 4);
}

SEC("fexit/vfs_read") int c_hits(__u64 *ctx)
{
	struct block *b;

	BEGIN(b);
	if (ctx[2] != 1)
		return 0;
	return accept(b, ctx, 0, 2, 4);
}

// --- kprobe: arguments from the registers, every member by a helper under the guard ------------

enum { DX = 12, DI = 14 }; // words of struct pt_regs

SEC("kprobe/vfs_read") int a_kprobe(struct pt_regs *ctx)
{
	if (ctx->dx != 4097 || OFF)
		return 0;
	return accept(this_cpu(), (__u64 *)ctx, DI, DX, DX);
}

SEC("kprobe/vfs_read") int a_kprobe_hits(struct pt_regs *ctx)
{
	struct block *b;

	BEGIN(b);
	if (ctx->dx != 4097)
		return 0;
	return accept(b, (__u64 *)ctx, DI, DX, DX);
}

SEC("kprobe/vfs_read") int b1_kprobe(struct pt_regs *ctx)
{
	struct file *file = (struct file *)ctx->di;
	struct block *b;
	unsigned int flags;

	if (OFF)
		return 0;
	b = this_cpu();
	READ_AGAIN(b, flags, &file->f_flags, suppressed);
	if (flags != 0x7fffffff)
		return 0;
	return accept(b, (__u64 *)ctx, DI, DX, DX);
suppressed:
	ADD(b->suppressed);
	return 0;
}

SEC("kprobe/vfs_read") int b2_kprobe(struct pt_regs *ctx)
{
	struct file *file = (struct file *)ctx->di;
	struct inode *inode;
	struct block *b;
	unsigned long number;

	if (OFF)
		return 0;
	b = this_cpu();
	READ_AGAIN(b, inode, &file->f_inode, suppressed);
	READ_AGAIN(b, number, &inode->i_ino, suppressed);
	if (number != 0x7fffffff)
		return 0;
	return accept(b, (__u64 *)ctx, DI, DX, DX);
suppressed:
	ADD(b->suppressed);
	return 0;
}

// --- counted by key: no event leaves the kernel ------------------------------------------------

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 10240);
	__type(key, __u32);
	__type(value, __u64);
} counts SEC(".maps");

// [full]: what finds no room is counted, too. A cell is added to atomically, as a task may be preempted
// in the middle of it.
SEC("fentry/vfs_read") int f(__u64 *ctx)
{
	__u64 *count, none = 0;
	struct block *b;
	__u32 process;

	if (ctx[2] != 1 || OFF)
		return 0;
	b = this_cpu();
	if (b->busy) { // [guard]
		ADD(b->suppressed);
		return 0;
	}
	b->busy = 1;
	process = bpf_get_current_pid_tgid() >> 32;
	if (process == SELF) { // [self]
		ADD(b->self);
		goto out;
	}
	ADD(b->matched); // [count]
	count = bpf_map_lookup_elem(&counts, &process);
	if (!count) {
		bpf_map_update_elem(&counts, &process, &none, BPF_NOEXIST);
		count = bpf_map_lookup_elem(&counts, &process);
	}
	if (count)
		ADD(*count);
	else
		ADD(b->lost); // [full]
out:
	b->busy = 0;
	return 0;
}

// --- counted by stack --------------------------------------------------------------------------
//
//   [other]  a stack whose place in the map is another's is counted

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, 16384);
	__type(key, __u32);
	__uint(value_size, 127 * sizeof(__u64));
} stacks SEC(".maps");

SEC("fentry/vfs_read") int h(__u64 *ctx)
{
	__u64 *count, none = 0;
	struct block *b;
	long stack;
	__u32 key;

	if (ctx[2] != 1 || OFF)
		return 0;
	b = this_cpu();
	if (b->busy) { // [guard]
		ADD(b->suppressed);
		return 0;
	}
	b->busy = 1;
	if ((__u32)(bpf_get_current_pid_tgid() >> 32) == SELF) { // [self]
		ADD(b->self);
		goto out;
	}
	ADD(b->matched); // [count]
	stack = bpf_get_stackid(ctx, &stacks, 0);
	if (stack < 0) { // [other]
		ADD(b->lost);
		goto out;
	}
	key = stack;
	count = bpf_map_lookup_elem(&counts, &key);
	if (!count) {
		bpf_map_update_elem(&counts, &key, &none, BPF_NOEXIST);
		count = bpf_map_lookup_elem(&counts, &key);
	}
	if (count)
		ADD(*count);
	else
		ADD(b->lost); // [full]
out:
	b->busy = 0;
	return 0;
}

// --- how long it took, by powers of two --------------------------------------------------------
//
//   [frame]  which entry a return belongs to is told by the trampoline's frame, of which a task has
//            four at most; what is deeper, or has no other half, is counted
//   [sum]    of all that was counted

struct slot {
	__u64 frame, time;
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct slot[4]);
} calls SEC(".maps");

struct pairs {
	__u64 opened, closed, reopened, full, unmatched, spare[3];
	__u64 sum, buckets[127];
};

struct pairs pairs[CPUS] SEC(".data.pairs");

SEC("fentry/vfs_read") int g_entry(__u64 *ctx)
{
	struct block *b;
	struct pairs *p;
	struct slot *slots;

	if (ctx[2] != 1)
		return 0;
	b = this_cpu();
	p = &pairs[b->cpu & (CPUS - 1)];
	if (!b->on) // [on]
		return 0;
	if (b->busy) { // [guard]
		ADD(b->suppressed);
		return 0;
	}
	b->busy = 1;
	if ((__u32)(bpf_get_current_pid_tgid() >> 32) == SELF) // [self]
		goto out;
	slots = bpf_task_storage_get(&calls, bpf_get_current_task_btf(), 0,
				     BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!slots) {
		ADD(p->full);
		goto out;
	}
	for (int i = 0; i < 4; i++) { // [frame]
		if (slots[i].frame)
			continue;
		slots[i].frame = (__u64)ctx;
		ADD(p->opened);
		slots[i].time = bpf_ktime_get_boot_ns();
		goto out;
	}
	ADD(p->full);
out:
	b->busy = 0;
	return 0;
}

SEC("fexit/vfs_read") int g_return(__u64 *ctx)
{
	struct block *b;
	struct pairs *p;
	struct slot *slots;
	__u64 took;

	if (ctx[2] != 1 || OFF)
		return 0;
	b = this_cpu();
	p = &pairs[b->cpu & (CPUS - 1)];
	if (b->busy) { // [guard]
		ADD(b->suppressed);
		return 0;
	}
	b->busy = 1;
	if ((__u32)(bpf_get_current_pid_tgid() >> 32) == SELF) { // [self]
		ADD(b->self);
		goto out;
	}
	slots = bpf_task_storage_get(&calls, bpf_get_current_task_btf(), 0, 0);
	if (!slots)
		goto unmatched;
	for (int i = 0; i < 4; i++) { // [frame]
		if (slots[i].frame != (__u64)ctx)
			continue;
		if (i < 3 && slots[i + 1].frame) {
			slots[i + 1].frame = 0;
			ADD(p->reopened);
		}
		slots[i].frame = 0;
		ADD(p->closed);
		took = bpf_ktime_get_boot_ns() - slots[i].time;
		ADD(b->matched);
		ADD(p->buckets[bucket_of(took) & 127]);
		__sync_fetch_and_add(&p->sum, took); // [sum]
		goto out;
	}
unmatched:
	ADD(p->unmatched);
out:
	b->busy = 0;
	return 0;
}
