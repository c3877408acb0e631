// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// What a program's or library's file says of itself: its build id, and which function a byte of it is
// in. The files are anybody's: nothing in them is trusted.
#ifndef CORE_ELF_SYMBOLS_H
#define CORE_ELF_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ELF_BUILD_ID 20 // bytes, of which a shorter one's last are 0

struct elf_symbol {
	uint64_t at, size; // bytes of the file
	uint32_t name;
};

struct elf_symbols {
	char *names;		 // owned, ends in a NUL
	struct elf_symbol *list; // owned, by `at`
	uint32_t count;
};

// Reads the build id of an open file. False: it has none, or is no ELF file of 64 bits.
bool elf_build_id(int fd, uint8_t id[ELF_BUILD_ID]);
// Reads the functions of one. False: it has none, or there is no memory.
bool elf_symbols_read(struct elf_symbols *s, int fd);
void elf_symbols_fini(struct elf_symbols *s);
// The function in which a byte of the file is, and how far behind its start; NULL: in none.
const char *elf_symbols_at(const struct elf_symbols *s, uint64_t at, uint64_t *offset);

#endif
