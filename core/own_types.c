// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "own_types.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "btf_read.h"
#include "cleanup.h"

// The object that the kernel's own BTF is: the first that there is, for the kernel reads it before any
// other; *size: of its BTF. -1: it has no id (before Linux 5.11, 53297220538c), or we may not ask (CAP_SYS_ADMIN).
static int vmlinux_fd(uint32_t *size)
{
	struct bpf_btf_info info = {0};
	uint32_t id, len = sizeof(info);
	char name[16] = "";
	int fd;

	info.name = (uint64_t)(uintptr_t)name;
	info.name_len = sizeof(name);
	if (bpf_btf_get_next_id(0, &id) < 0 || (fd = bpf_btf_get_fd_by_id(id)) < 0)
		return -1;
	if (bpf_obj_get_info_by_fd(fd, &info, &len) == 0 && info.kernel_btf &&
	    !strcmp(name, "vmlinux")) {
		*size = info.btf_size;
		return fd;
	}
	close(fd);
	return -1;
}

// Memory that begins with huge pages, as many as are full to seven eighths: what the faults of small ones
// take is more than reading. *len: of all of it.
static unsigned char *room_for(size_t size, size_t *len)
{
	const size_t huge = (size_t)2 << 20, page = (size_t)sysconf(_SC_PAGESIZE);
	size_t whole = (size + huge / 8) / huge * huge, before;
	unsigned char *all;

	*len = (whole > size ? whole : size) + page - 1;
	*len -= *len % page;
	all = mmap(NULL, *len + huge, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (all == MAP_FAILED)
		return NULL;
	before = -(uintptr_t)all & (huge - 1);
	if (before)
		munmap(all, before);
	*len += huge - before;			     // the rest behind it is never touched
	madvise(all + before, whole, MADV_HUGEPAGE); // or it has small ones
	return all + before;
}

bool own_types(struct btf_bytes *b)
{
	KS_CLOSE int file = open(VMLINUX_BTF, O_RDONLY | O_CLOEXEC);
	KS_CLOSE int fd = -1;
	struct bpf_btf_info info = {0};
	uint32_t len = sizeof(info);

	if (btf_map(b, file))
		return true;
	fd = vmlinux_fd(&info.btf_size);
	if (fd < 0 || !(b->data = room_for(info.btf_size, &b->mapped)))
		return false;
	b->size = info.btf_size;
	b->is_kernels = true;
	info.btf = (uint64_t)(uintptr_t)b->data;
	if (bpf_obj_get_info_by_fd(fd, &info, &len) == 0 && info.btf_size == b->size)
		return true;
	btf_release(b);
	return false;
}
