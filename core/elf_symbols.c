// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "elf_symbols.h"

#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"

#define MAX_TABLE   ((uint64_t)64 << 20) // bytes of symbols, or of their names
#define MAX_UNSIZED 4096		 // some functions that are written in assembler say no size
#define MAX_NOTES   ((uint64_t)64 << 10)

// So many bytes from a place in the file, malloc'ed; NULL: they are not there, or too many.
static void *read_at(int fd, uint64_t at, uint64_t size, uint64_t most)
{
	KS_FREE char *bytes = size && size <= most && at <= INT64_MAX - size ? malloc(size + 1)
									     : NULL;
	char *kept = bytes;

	for (uint64_t done = 0; bytes && done < size;) {
		ssize_t n = pread(fd, bytes + done, size - done, (off_t)(at + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return NULL;
		done += (uint64_t)n;
	}
	if (bytes)
		bytes[size] = '\0';
	bytes = NULL;
	return kept;
}

// The file's head, if it is for this machine.
static bool head_of(int fd, Elf64_Ehdr *head)
{
	const uint16_t one = 1;
	int order = *(const uint8_t *)&one ? ELFDATA2LSB : ELFDATA2MSB;

	return pread(fd, head, sizeof(*head), 0) == sizeof(*head) &&
	       !memcmp(head->e_ident, ELFMAG, SELFMAG) && head->e_ident[EI_CLASS] == ELFCLASS64 &&
	       head->e_ident[EI_DATA] == order && head->e_phentsize == sizeof(Elf64_Phdr) &&
	       (!head->e_shnum || head->e_shentsize == sizeof(Elf64_Shdr));
}

static Elf64_Phdr *segments_of(int fd, const Elf64_Ehdr *head)
{
	return read_at(fd, head->e_phoff, head->e_phnum * sizeof(Elf64_Phdr), MAX_TABLE);
}

// Looks for it among notes: each is a head, a name and a description, padded to 4 bytes.
static bool in_notes(const char *p, uint64_t size, uint8_t id[ELF_BUILD_ID])
{
	Elf64_Nhdr note;

	while (size >= sizeof(note)) {
		uint64_t name, description;

		memcpy(&note, p, sizeof(note));
		p += sizeof(note);
		size -= sizeof(note);
		name = ((uint64_t)note.n_namesz + 3) & ~3ull;
		description = ((uint64_t)note.n_descsz + 3) & ~3ull;
		if (name > size || description > size - name)
			return false;
		if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 && !memcmp(p, "GNU", 4) &&
		    note.n_descsz && note.n_descsz <= ELF_BUILD_ID) {
			memset(id, 0, ELF_BUILD_ID);
			memcpy(id, p + name, note.n_descsz);
			return true;
		}
		p += name + description;
		size -= name + description;
	}
	return false;
}

bool elf_build_id(int fd, uint8_t id[ELF_BUILD_ID])
{
	KS_FREE Elf64_Phdr *segments = NULL;
	Elf64_Ehdr head;
	bool found = false;

	if (!head_of(fd, &head) || !(segments = segments_of(fd, &head)))
		return false;
	for (uint32_t i = 0; i < head.e_phnum && !found; i++) {
		KS_FREE char *notes = NULL;

		if (segments[i].p_type != PT_NOTE)
			continue;
		notes = read_at(fd, segments[i].p_offset, segments[i].p_filesz, MAX_NOTES);
		found = notes && in_notes(notes, segments[i].p_filesz, id);
	}
	return found;
}

// Where an address of the program lies in the file.
static bool in_file(const Elf64_Phdr *segments, uint32_t count, uint64_t address, uint64_t *at)
{
	for (uint32_t i = 0; i < count; i++) {
		const Elf64_Phdr *s = &segments[i];

		if (s->p_type == PT_LOAD && address >= s->p_vaddr &&
		    address - s->p_vaddr < s->p_filesz) {
			*at = s->p_offset + (address - s->p_vaddr);
			return true;
		}
	}
	return false;
}

static int by_place(const void *a, const void *b)
{
	const struct elf_symbol *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return x->name < y->name ? -1 : x->name > y->name;
}

// Of all symbols the functions.
static bool take(struct elf_symbols *s, const Elf64_Sym *symbols, uint64_t count,
		 uint64_t names_size, const Elf64_Phdr *segments, uint32_t segment_count)
{
	s->list = malloc((count + 1) * sizeof(*s->list));
	for (uint64_t i = 0; s->list && i < count; i++) {
		const Elf64_Sym *y = &symbols[i];
		uint8_t type = ELF64_ST_TYPE(y->st_info);
		struct elf_symbol *to = &s->list[s->count];

		if ((type != STT_FUNC && type != STT_GNU_IFUNC) || y->st_shndx == SHN_UNDEF ||
		    y->st_name >= names_size || !s->names[y->st_name] ||
		    !in_file(segments, segment_count, y->st_value, &to->at))
			continue;
		to->size = y->st_size;
		to->name = y->st_name;
		s->count++;
	}
	if (s->list)
		qsort(s->list, s->count, sizeof(*s->list), by_place);
	return s->count > 0;
}

// The table of symbols that has the most: that of all, else that for the linker.
static const Elf64_Shdr *table_of(const Elf64_Shdr *sections, uint32_t count)
{
	const Elf64_Shdr *found = NULL;

	for (uint32_t i = 0; i < count; i++) {
		bool all = sections[i].sh_type == SHT_SYMTAB;

		if ((all || (sections[i].sh_type == SHT_DYNSYM && !found)) &&
		    sections[i].sh_link < count && sections[i].sh_entsize == sizeof(Elf64_Sym))
			found = &sections[i];
		if (all && found == &sections[i])
			break;
	}
	return found;
}

bool elf_symbols_read(struct elf_symbols *s, int fd)
{
	KS_FREE Elf64_Phdr *segments = NULL;
	KS_FREE Elf64_Shdr *sections = NULL;
	KS_FREE Elf64_Sym *symbols = NULL;
	const Elf64_Shdr *table, *names;
	Elf64_Ehdr head;

	*s = (struct elf_symbols){0};
	if (!head_of(fd, &head) || !(segments = segments_of(fd, &head)))
		return false;
	sections = read_at(fd, head.e_shoff, head.e_shnum * sizeof(*sections), MAX_TABLE);
	table = sections ? table_of(sections, head.e_shnum) : NULL;
	if (!table)
		return false;
	names = &sections[table->sh_link];
	symbols = read_at(fd, table->sh_offset, table->sh_size, MAX_TABLE);
	s->names = read_at(fd, names->sh_offset, names->sh_size, MAX_TABLE);
	if (symbols && s->names &&
	    take(s, symbols, table->sh_size / sizeof(*symbols), names->sh_size, segments,
		 head.e_phnum))
		return true;
	elf_symbols_fini(s);
	return false;
}

void elf_symbols_fini(struct elf_symbols *s)
{
	free(s->names);
	free(s->list);
	*s = (struct elf_symbols){0};
}

const char *elf_symbols_at(const struct elf_symbols *s, uint64_t at, uint64_t *offset)
{
	uint32_t low = 0, high = s->count;
	const struct elf_symbol *found;

	while (low < high) { // the first behind it
		uint32_t middle = low + (high - low) / 2;

		if (s->list[middle].at <= at)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low)
		return NULL;
	found = &s->list[low - 1];
	*offset = at - found->at;
	return *offset < (found->size ? found->size : MAX_UNSIZED) ? s->names + found->name : NULL;
}
