// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "btf_read.h"

#include <errno.h>
#include <gelf.h>
#include <linux/magic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "cleanup.h"
#include "error.h"

#define MAX_FILE ((size_t)512 << 20) // a kernel's BTF has 3 to 6 MB

// The .BTF section of an ELF file, copied; NULL with error.
static unsigned char *elf_section(int fd, size_t *size, struct ks_error *error)
{
	unsigned char *copy = NULL;
	Elf_Scn *scn = NULL;
	size_t names;
	Elf *elf;

	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	if (!elf || elf_getshdrstrndx(elf, &names) < 0) {
		error_set(error, KS_EOS, "broken ELF file: %s", elf_errmsg(-1));
		elf_end(elf);
		return NULL;
	}
	error_set(error, KS_EABSENT, "this ELF file has no .BTF section");
	while (!copy && (scn = elf_nextscn(elf, scn))) {
		GElf_Shdr header;
		const char *name;
		Elf_Data *d;

		if (!gelf_getshdr(scn, &header) || header.sh_type == SHT_NOBITS)
			continue;
		name = elf_strptr(elf, names, header.sh_name);
		if (!name || strcmp(name, ".BTF") != 0)
			continue;
		d = elf_rawdata(scn, NULL);
		copy = d && d->d_size ? malloc(d->d_size) : NULL;
		if (copy) {
			memcpy(copy, d->d_buf, d->d_size);
			*size = d->d_size;
		}
	}
	elf_end(elf);
	return copy;
}

// The whole file; sysfs files say a size, pipes do not. NULL with error.
static unsigned char *read_all(int fd, size_t *size, struct ks_error *error)
{
	size_t room = 1 << 20, n = 0;
	unsigned char *data = NULL;
	struct stat st;

	if (fstat(fd, &st) == 0 && st.st_size > 0 && (size_t)st.st_size < MAX_FILE)
		room = (size_t)st.st_size + 1;
	for (;;) {
		unsigned char *more = realloc(data, room);
		ssize_t r;

		if (!more) {
			free(data);
			error_nomem(error);
			return NULL;
		}
		data = more;
		while ((r = read(fd, data + n, room - n)) > 0)
			n += (size_t)r;
		if (r < 0 || n < room) {
			*size = n;
			if (r == 0)
				return data;
			error_os(error, KS_EOS, errno, "can't read BTF");
			free(data);
			return NULL;
		}
		if (room > MAX_FILE) {
			free(data);
			error_set(error, KS_ELIMIT, "a BTF file of more than %zu MB",
				  MAX_FILE >> 20);
			return NULL;
		}
		room *= 2;
	}
}

static bool is_sysfs(int fd, size_t *size)
{
	struct statfs fs;
	struct stat st;

	if (fstatfs(fd, &fs) < 0 || fs.f_type != SYSFS_MAGIC || fstat(fd, &st) < 0 ||
	    st.st_size <= 0)
		return false;
	*size = (size_t)st.st_size;
	return true;
}

bool btf_map(struct btf_bytes *b, int fd)
{
	void *data;

	*b = (struct btf_bytes){0};
	if (!is_sysfs(fd, &b->size))
		return false;
	data = mmap(NULL, b->size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (data == MAP_FAILED)
		return false;
	b->data = data;
	b->mapped = b->size;
	b->is_kernels = true;
	return true;
}

int btf_read(struct btf_bytes *b, int fd, struct ks_error *error)
{
	char magic[4];

	if (btf_map(b, fd))
		return 0;
	b->is_kernels = is_sysfs(fd, &b->size);
	if (pread(fd, magic, 4, 0) == 4 && !memcmp(magic, "\177ELF", 4))
		b->data = elf_section(fd, &b->size, error);
	else
		b->data = read_all(fd, &b->size, error);
	return b->data ? 0 : -1;
}

void btf_release(struct btf_bytes *b)
{
	if (b->mapped)
		munmap(b->data, b->mapped);
	else
		free(b->data);
	*b = (struct btf_bytes){0};
}
