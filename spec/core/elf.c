// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// elf FILE PLACE...: its build id, and for each place in the file, in hexadecimal, the function in which it
// lies.
// elf FILE spoil N: the same of N copies of its first 64 KiB with some bytes changed, of which nothing is
// told: what counts is that it ends.
#include "elf_symbols.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void spoil(int fd, long rounds)
{
	static unsigned char bytes[65536];
	size_t n = (size_t)pread(fd, bytes, sizeof(bytes), 0);
	uint32_t random = 1;

	for (long i = 0; i < rounds; i++) {
		int copy = memfd_create("copy", MFD_CLOEXEC);
		struct elf_symbols s;
		uint8_t id[ELF_BUILD_ID];
		uint64_t offset;

		if (copy < 0 || write(copy, bytes, n) != (ssize_t)n)
			exit(1);
		for (int k = 0; k < 8; k++) {
			unsigned char byte;
			// Half of them in the heads of the file and of its segments.
			uint32_t most = k % 2 ? 1024 : (uint32_t)n;

			random = random * 1103515245 + 12345;
			byte = (unsigned char)(random >> 24);
			if (pwrite(copy, &byte, 1, (random >> 8) % most) != 1)
				exit(1);
		}
		elf_build_id(copy, id);
		if (elf_symbols_read(&s, copy)) {
			for (uint64_t at = 0; at < n; at += 97)
				elf_symbols_at(&s, at, &offset);
			elf_symbols_fini(&s);
		}
		close(copy);
	}
}

int main(int argc, char **argv)
{
	int fd = argc > 1 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;
	uint8_t id[ELF_BUILD_ID];
	struct elf_symbols s;

	if (fd < 0)
		return 2;
	if (argc == 4 && !strcmp(argv[2], "spoil")) {
		spoil(fd, atol(argv[3]));
		return 0;
	}
	if (!elf_build_id(fd, id)) {
		puts("no build id");
		return 0;
	}
	for (size_t i = 0; i < sizeof(id); i++)
		printf("%02x", id[i]);
	puts("");
	if (!elf_symbols_read(&s, fd)) {
		puts("no symbols");
		return 0;
	}
	for (int i = 2; i < argc; i++) {
		uint64_t offset = 0;
		const char *name = elf_symbols_at(&s, strtoull(argv[i], NULL, 16), &offset);

		printf("%s+0x%" PRIx64 "\n", name ? name : "?", offset);
	}
	elf_symbols_fini(&s);
	close(fd);
	return 0;
}
