/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
// What the programs here need to know of a kernel: written by hand, no vmlinux.h. The members are
// found in the running kernel's BTF when libbpf loads the program.
#ifndef BENCH_KERNEL_H
#define BENCH_KERNEL_H

typedef signed char __s8;
typedef unsigned char __u8;
typedef short __s16;
typedef unsigned short __u16, __be16;
typedef int __s32;
typedef unsigned int __u32, __be32, __wsum;
typedef long long __s64;
typedef unsigned long long __u64, __be64;

#include <bpf/bpf_helpers.h>

enum { BPF_MAP_TYPE_PERCPU_HASH = 5, BPF_MAP_TYPE_STACK_TRACE = 7 };
enum { BPF_MAP_TYPE_RINGBUF = 27, BPF_MAP_TYPE_TASK_STORAGE = 29 };
enum { BPF_F_NO_PREALLOC = 1, BPF_LOCAL_STORAGE_GET_F_CREATE = 1 };
enum { BPF_NOEXIST = 1 };
enum { BPF_RB_NO_WAKEUP = 1 };

#define KERNEL struct __attribute__((preserve_access_index))

typedef KERNEL
{
	unsigned int val;
}
kuid_t;

KERNEL inode
{
	kuid_t i_uid;
	unsigned long i_ino;
};

KERNEL file
{
	unsigned int f_flags;
	struct inode *f_inode;
};

KERNEL sighand_struct
{
	int count;
};

KERNEL task_struct
{
	struct sighand_struct *sighand;
};

// How large a type is in the running kernel.
#define SIZE_IN_KERNEL(type) __builtin_preserve_type_info(*(type *)0, 1)

// The registers that hold the first three arguments on x86_64.
KERNEL pt_regs
{
	unsigned long di, si, dx;
};

// The highest bit's number and one; of 0: 0.
static __always_inline int bucket_of(__u64 v)
{
	int bucket = v != 0;

	for (int bits = 32; bits; bits /= 2) {
		if (v >> bits) {
			v >>= bits;
			bucket += bits;
		}
	}
	return bucket;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#endif
