// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// The limit: what a person writes by hand for the same question, and clang -O2 makes of it. No test
// of a pointer, no counter of hits, no switch: a failed read gives 0 and nobody is told.
//
// vfs_read(struct file *file, char *buf, size_t count, loff_t *pos): a tracing program finds its
// arguments as words of its context, at a return with the return value behind them.
#include "kernel.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 16 << 20);
} ring SEC(".maps");

__u64 matched, lost;

struct event {
	__u64 pid_tgid;
	__u64 args[3];
};

static __always_inline int accept(__u64 a, __u64 b, __u64 c, __u64 flags)
{
	struct event *e;

	__sync_fetch_and_add(&matched, 1);
	e = bpf_ringbuf_reserve(&ring, sizeof(*e), 0);
	if (!e) {
		__sync_fetch_and_add(&lost, 1);
		return 0;
	}
	e->pid_tgid = bpf_get_current_pid_tgid();
	e->args[0] = a;
	e->args[1] = b;
	e->args[2] = c;
	bpf_ringbuf_submit(e, flags);
	return 0;
}

// --- nothing: what calling a program costs, the kernel's own clock reads included ---------------

SEC("fentry/vfs_read") int empty_fentry(__u64 *ctx)
{
	return 0;
}

SEC("fexit/vfs_read") int empty_fexit(__u64 *ctx)
{
	return 0;
}

SEC("kprobe/vfs_read") int empty_kprobe(struct pt_regs *ctx)
{
	return 0;
}

// --- at entry and return ----------------------------------------------------------------------

SEC("fentry/vfs_read") int a(__u64 *ctx)
{
	if (ctx[2] != 4097)
		return 0;
	return accept(ctx[0], ctx[2], ctx[3], 0);
}

SEC("fentry/vfs_read") int a_sampled(__u64 *ctx)
{
	if (ctx[2] != 1 || bpf_get_prandom_u32() > 1)
		return 0;
	return accept(ctx[0], ctx[2], ctx[3], 0);
}

SEC("fexit/vfs_read") int a_return(__u64 *ctx)
{
	if ((long)ctx[4] >= 0)
		return 0;
	return accept(ctx[0], ctx[2], ctx[4], 0);
}

SEC("fentry/vfs_read") int b1(__u64 *ctx)
{
	struct file *file = (struct file *)ctx[0];

	if (file->f_flags != 0x7fffffff)
		return 0;
	return accept(ctx[0], ctx[2], ctx[3], 0);
}

SEC("fentry/vfs_read") int b2(__u64 *ctx)
{
	struct file *file = (struct file *)ctx[0];

	if (file->f_inode->i_ino != 0x7fffffff)
		return 0;
	return accept(ctx[0], ctx[2], ctx[3], 0);
}

SEC("fentry/vfs_read") int b2_zero(__u64 *ctx)
{
	struct file *file = (struct file *)ctx[0];

	if (file->f_inode->i_uid.val != 7)
		return 0;
	return accept(ctx[0], ctx[2], ctx[3], 0);
}

SEC("fexit/vfs_read") int c(__u64 *ctx)
{
	if (ctx[2] != 1)
		return 0;
	return accept(ctx[0], ctx[2], ctx[4], 0);
}

SEC("fexit/vfs_read") int c_no_wakeup(__u64 *ctx)
{
	if (ctx[2] != 1)
		return 0;
	return accept(ctx[0], ctx[2], ctx[4], BPF_RB_NO_WAKEUP);
}

// --- a whole struct, as it lies in memory ------------------------------------------------------

static __always_inline int whole(const void *from, unsigned int size)
{
	__u64 *e;

	__sync_fetch_and_add(&matched, 1);
	e = bpf_ringbuf_reserve(&ring, sizeof(*e) + size, 0);
	if (!e) {
		__sync_fetch_and_add(&lost, 1);
		return 0;
	}
	e[0] = bpf_get_current_pid_tgid();
	bpf_probe_read_kernel(e + 1, size, from);
	bpf_ringbuf_submit(e, 0);
	return 0;
}

SEC("fentry/vfs_read") int d(__u64 *ctx)
{
	return ctx[2] == 1 ? whole((void *)ctx[0], SIZE_IN_KERNEL(struct file)) : 0;
}

SEC("fentry/vfs_read") int e(__u64 *ctx)
{
	struct task_struct *task;

	if (ctx[2] != 1)
		return 0;
	task = bpf_get_current_task_btf();
	return whole(task->sighand, SIZE_IN_KERNEL(struct sighand_struct));
}

// --- an event at entry and one at the return ---------------------------------------------------

SEC("fentry/vfs_read") int both_entry(__u64 *ctx)
{
	return ctx[2] == 1 ? accept(ctx[0], ctx[2], 0, 0) : 0;
}

SEC("fexit/vfs_read") int both_return(__u64 *ctx)
{
	return ctx[2] == 1 ? accept(ctx[4], 0, 0, 0) : 0;
}

// --- kprobe: arguments from the registers, members by a helper ---------------------------------

SEC("kprobe/vfs_read") int a_kprobe(struct pt_regs *ctx)
{
	if (ctx->dx != 4097)
		return 0;
	return accept(ctx->di, ctx->dx, 0, 0);
}

SEC("kprobe/vfs_read") int b1_kprobe(struct pt_regs *ctx)
{
	struct file *file = (struct file *)ctx->di;
	unsigned int flags;

	bpf_probe_read_kernel(&flags, sizeof(flags), &file->f_flags);
	if (flags != 0x7fffffff)
		return 0;
	return accept(ctx->di, ctx->dx, 0, 0);
}

SEC("kprobe/vfs_read") int b2_kprobe(struct pt_regs *ctx)
{
	struct file *file = (struct file *)ctx->di;
	struct inode *inode;
	unsigned long number;

	bpf_probe_read_kernel(&inode, sizeof(inode), &file->f_inode);
	bpf_probe_read_kernel(&number, sizeof(number), &inode->i_ino);
	if (number != 0x7fffffff)
		return 0;
	return accept(ctx->di, ctx->dx, 0, 0);
}

// --- counted by key: no event leaves the kernel ------------------------------------------------

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 10240);
	__type(key, __u32);
	__type(value, __u64);
} counts SEC(".maps");

SEC("fentry/vfs_read") int f(__u64 *ctx)
{
	__u32 pid;
	__u64 *count, one = 1;

	if (ctx[2] != 1)
		return 0;
	pid = bpf_get_current_pid_tgid() >> 32;
	count = bpf_map_lookup_elem(&counts, &pid);
	if (count)
		++*count;
	else
		bpf_map_update_elem(&counts, &pid, &one, BPF_NOEXIST);
	return 0;
}

// --- how long it took, by powers of two --------------------------------------------------------

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, __u64);
} began SEC(".maps");

__u64 latency[64][128] SEC(".data.latency");

SEC("fentry/vfs_read") int g_entry(__u64 *ctx)
{
	__u64 *time;

	if (ctx[2] != 1)
		return 0;
	time = bpf_task_storage_get(&began, bpf_get_current_task_btf(), 0,
				    BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (time)
		*time = bpf_ktime_get_boot_ns();
	return 0;
}

SEC("fexit/vfs_read") int g_return(__u64 *ctx)
{
	__u64 *time;

	if (ctx[2] != 1)
		return 0;
	time = bpf_task_storage_get(&began, bpf_get_current_task_btf(), 0, 0);
	if (time)
		latency[bpf_get_smp_processor_id() & 63]
		       [bucket_of(bpf_ktime_get_boot_ns() - *time) & 127]++;
	return 0;
}

// --- counted by stack --------------------------------------------------------------------------

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, 16384);
	__type(key, __u32);
	__uint(value_size, 127 * sizeof(__u64));
} stacks SEC(".maps");

SEC("fentry/vfs_read") int h(__u64 *ctx)
{
	__u32 stack;
	__u64 *count, one = 1;

	if (ctx[2] != 1)
		return 0;
	stack = bpf_get_stackid(ctx, &stacks, 0);
	count = bpf_map_lookup_elem(&counts, &stack);
	if (count)
		++*count;
	else
		bpf_map_update_elem(&counts, &stack, &one, BPF_NOEXIST);
	return 0;
}
