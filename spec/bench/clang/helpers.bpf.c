// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// What each helper costs that a program of ours calls: a program with nothing but the call.
#include "kernel.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 16 << 20);
} ring SEC(".maps");

#define HELPER(name, call)                                                                         \
	SEC("fentry/vfs_read") int name(__u64 *ctx)                                                \
	{                                                                                          \
		call;                                                                              \
		return 0;                                                                          \
	}

HELPER(helper_cpu, bpf_get_smp_processor_id())
HELPER(helper_pid_tgid, bpf_get_current_pid_tgid())
HELPER(helper_task, bpf_get_current_task())
HELPER(helper_boot_ns, bpf_ktime_get_boot_ns())
HELPER(helper_mono_ns, bpf_ktime_get_ns())

SEC("fentry/vfs_read") int helper_comm(__u64 *ctx)
{
	char comm[16];

	bpf_get_current_comm(comm, sizeof(comm));
	return 0;
}

SEC("fentry/vfs_read") int helper_read_8(__u64 *ctx)
{
	__u64 word;

	bpf_probe_read_kernel(&word, sizeof(word), (void *)ctx[0]);
	return 0;
}

SEC("fentry/vfs_read") int helper_discard(__u64 *ctx)
{
	void *e = bpf_ringbuf_reserve(&ring, 56, 0);

	if (e)
		bpf_ringbuf_discard(e, BPF_RB_NO_WAKEUP);
	return 0;
}

SEC("fentry/vfs_read") int helper_submit(__u64 *ctx)
{
	void *e = bpf_ringbuf_reserve(&ring, 56, 0);

	if (e)
		bpf_ringbuf_submit(e, 0);
	return 0;
}

SEC("fentry/vfs_read") int helper_output(__u64 *ctx)
{
	__u64 e[7] = {};

	bpf_ringbuf_output(&ring, e, sizeof(e), 0);
	return 0;
}
