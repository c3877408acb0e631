// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// A ring of made-up records in a file, laid out as the kernel's is, read through core/ring.c's window.
//   ring SIZE RECORDS LEAST MOST   prints how many came, of them wrong ones, and the most that was mapped
#include "ring.h"

#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static struct ring ring;
static unsigned char *data; // the file's, twice in a row: writes go to both
static uint64_t *consumer, *producer;

static void put(uint64_t at, const void *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t to = (at + i) & (ring.size - 1);

		data[to] = data[ring.size + to] = ((const unsigned char *)bytes)[i];
	}
}

// Its bytes all say which it is; each fifth is thrown away by who wrote it.
static int write_record(uint32_t number, uint32_t bytes)
{
	uint32_t head[2] = {bytes | (number % 5 == 4 ? BPF_RINGBUF_DISCARD_BIT : 0), 0};
	uint64_t at = *producer, size = (8 + bytes + 7) & ~7ull;

	if (at + size - *consumer > ring.size)
		return -1;
	put(at, head, sizeof(head));
	for (uint32_t i = 0; i < bytes; i++)
		put(at + 8 + i, &(unsigned char){(unsigned char)number}, 1);
	*producer = at + size;
	return 0;
}

static int is(const unsigned char *record, uint32_t size, uint32_t number, uint32_t bytes)
{
	for (uint32_t i = 0; i < size; i++)
		if (record[i] != (unsigned char)number)
			return 0;
	return size == bytes;
}

int main(int argc, char **argv)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), mapped = 0;
	uint32_t count, least, most, read = 0, came = 0, wrong = 0, size;
	unsigned char *all;
	int fd = memfd_create("ring", 0);

	if (argc < 5)
		return 2;
	ring.size = strtoul(argv[1], NULL, 10);
	count = (uint32_t)strtoul(argv[2], NULL, 10);
	least = (uint32_t)strtoul(argv[3], NULL, 10);
	most = (uint32_t)strtoul(argv[4], NULL, 10);
	if (ftruncate(fd, (off_t)(2 * page + 2 * ring.size)) < 0)
		return 2;
	all = mmap(NULL, 2 * page + 2 * ring.size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (all == MAP_FAILED)
		return 2;
	consumer = (uint64_t *)all;
	producer = (uint64_t *)(all + page);
	data = all + 2 * page;
	ring = (struct ring){.fd = fd,
			     .consumer = consumer,
			     .producer = producer,
			     .size = ring.size};
	for (uint32_t number = 0; read < count;) {
		const unsigned char *record;

		while (number < count &&
		       write_record(number, least + number * 7919 % (most - least + 1)) == 0)
			number++;
		while ((record = ring_next(&ring, &size))) {
			read += read % 5 == 4;
			wrong += !is(record, size, read, least + read * 7919 % (most - least + 1));
			came++;
			read++;
			mapped = ring.shown > mapped ? ring.shown : mapped;
		}
		ring_release(&ring);
		read += read % 5 == 4 && read + 1 == number;
	}
	printf("%u came, %u wrong, %zu KiB mapped, failed %d\n", came, wrong, mapped >> 10,
	       ring.failed);
	return 0;
}
