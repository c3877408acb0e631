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

#define WINDOW ((size_t)256 << 10)

// Moves the window to where these bytes of the data begin. NULL: r->failed.
static unsigned char *move(struct ring *r, size_t at, size_t bytes)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), from = at & ~(page - 1);
	size_t shown = (at + bytes - from + page - 1) & ~(page - 1), left = 2 * r->size - from;
	void *data;

	if (r->shown)
		munmap(r->data, r->shown);
	shown = shown < WINDOW ? WINDOW : shown;
	shown = shown < left ? shown : left;
	data = mmap(NULL, shown, PROT_READ, MAP_SHARED, r->fd, (off_t)(2 * page + from));
	r->failed = data == MAP_FAILED ? errno : 0;
	r->data = data;
	r->from = from;
	r->shown = r->failed ? 0 : shown;
	return r->failed ? NULL : r->data + (at - from);
}

// So many bytes of the data, through the window; NULL: r->failed.
static inline unsigned char *see(struct ring *r, size_t at, size_t bytes)
{
	if (at >= r->from && at + bytes <= r->from + r->shown)
		return r->data + (at - r->from);
	return move(r, at, bytes);
}

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
	producer = mmap(NULL, page, PROT_READ, MAP_SHARED, fd, (off_t)page);
	if (producer == MAP_FAILED) {
		munmap(consumer, page);
		return error_os(error, KS_EKERNEL, errno, "can't map the ring buffer");
	}
	*r = (struct ring){.consumer = consumer, .producer = producer, .size = bytes};
	r->fd = keep_fd(&fd);
	return 0;
}

void ring_close(struct ring *r)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	if (r->consumer) {
		munmap(r->consumer, page);
		munmap(r->producer, page);
		if (r->shown)
			munmap(r->data, r->shown);
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
		unsigned char *head = see(r, at & (r->size - 1), BPF_RINGBUF_HDR_SZ);
		uint32_t len, bytes;

		if (!head)
			return NULL;
		len = __atomic_load_n((uint32_t *)head, __ATOMIC_ACQUIRE);
		if (len &
		    BPF_RINGBUF_BUSY_BIT) // still being written: what is behind it has to wait
			return NULL;
		bytes = len & ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);
		if (!(len & BPF_RINGBUF_DISCARD_BIT)) {
			head = see(r, at & (r->size - 1), BPF_RINGBUF_HDR_SZ + bytes);
			if (!head)
				return NULL;
		}
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
