// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Layout: kernel/bpf/ringbuf.c, described in Documentation/bpf/ringbuf.rst.
#include "ring.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cleanup.h"
#include "error.h"
#include "refused.h"

int ring_open(struct ring *r, uint32_t bytes, struct ks_error *error)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	KS_CLOSE int fd = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "ksnoop_ring", 0, 0, bytes, NULL);
	void *consumer, *producer;

	if (fd < 0)
		return refused_map("a ring buffer", errno, error);
	consumer = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (consumer == MAP_FAILED)
		return error_os(error, KS_EKERNEL, errno, "can't map the ring buffer");
	producer = mmap(NULL, page + 2 * (size_t)bytes, PROT_READ, MAP_SHARED, fd, (off_t)page);
	if (producer == MAP_FAILED) {
		munmap(consumer, page);
		return error_os(error, KS_EKERNEL, errno, "can't map the ring buffer");
	}
	*r = (struct ring){.consumer = consumer,
			   .producer = producer,
			   .data = (unsigned char *)producer + page,
			   .size = bytes};
	r->fd = keep_fd(&fd);
	return 0;
}

void ring_close(struct ring *r)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	if (r->consumer) {
		munmap(r->consumer, page);
		munmap(r->producer, page + 2 * r->size);
	}
	cleanup_close(&r->fd);
	*r = (struct ring){.fd = -1};
}

uint64_t ring_end(const struct ring *r)
{
	return r->consumer ? __atomic_load_n(r->producer, __ATOMIC_ACQUIRE) : 0;
}

size_t ring_used(const struct ring *r)
{
	return r->consumer ? ring_end(r) - *r->consumer : 0;
}

void ring_release(struct ring *r)
{
	if (r->pending)
		__atomic_store_n(r->consumer, *r->consumer + r->pending, __ATOMIC_RELEASE);
	r->pending = 0;
}

const void *ring_next(struct ring *r, uint32_t *size)
{
	uint64_t at;

	if (!r->consumer)
		return NULL;
	ring_release(r);
	for (at = *r->consumer; at < __atomic_load_n(r->producer, __ATOMIC_ACQUIRE);) {
		unsigned char *head = r->data + (at & (r->size - 1));
		uint32_t len = __atomic_load_n((uint32_t *)head, __ATOMIC_ACQUIRE), bytes;

		if (len &
		    BPF_RINGBUF_BUSY_BIT) // still being written: what is behind it has to wait
			return NULL;
		bytes = len & ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);
		r->pending = (BPF_RINGBUF_HDR_SZ + bytes + 7) & ~(size_t)7;
		if (!(len & BPF_RINGBUF_DISCARD_BIT)) {
			*size = bytes;
			return head + BPF_RINGBUF_HDR_SZ;
		}
		at += r->pending;
		__atomic_store_n(r->consumer, at, __ATOMIC_RELEASE);
		r->pending = 0;
	}
	return NULL;
}
