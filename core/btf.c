// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "btf.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "error.h"

#define MAX_FILE ((size_t)512 << 20) // a kernel's BTF has 3 to 6 MB

static int bad(struct ks_error *error, size_t at, const char *what)
{
	return error_set(error, KS_EOS, "corrupt BTF at byte %zu: %s", at, what);
}

// Bytes behind struct btf_type for a kind, or -1 for a kind that we do not know.
static int64_t tail_size(uint32_t kind, uint32_t vlen)
{
	switch (kind) {
	case BTF_KIND_INT:
	case BTF_KIND_VAR:
	case BTF_KIND_DECL_TAG:
		return 4;
	case BTF_KIND_PTR:
	case BTF_KIND_FWD:
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_FUNC:
	case BTF_KIND_FLOAT:
	case BTF_KIND_TYPE_TAG:
		return 0;
	case BTF_KIND_ARRAY:
		return sizeof(struct btf_array);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return (int64_t)sizeof(struct btf_member) * vlen;
	case BTF_KIND_ENUM:
		return (int64_t)sizeof(struct btf_enum) * vlen;
	case BTF_KIND_ENUM64:
		return (int64_t)sizeof(struct btf_enum64) * vlen;
	case BTF_KIND_FUNC_PROTO:
		return (int64_t)sizeof(struct btf_param) * vlen;
	case BTF_KIND_DATASEC:
		return (int64_t)sizeof(struct btf_var_secinfo) * vlen;
	default:
		return -1;
	}
}

static bool refers(uint32_t kind)
{
	return kind == BTF_KIND_PTR || kind == BTF_KIND_TYPEDEF || kind == BTF_KIND_VOLATILE ||
	       kind == BTF_KIND_CONST || kind == BTF_KIND_RESTRICT || kind == BTF_KIND_FUNC ||
	       kind == BTF_KIND_FUNC_PROTO || kind == BTF_KIND_VAR || kind == BTF_KIND_DECL_TAG ||
	       kind == BTF_KIND_TYPE_TAG;
}

// Are all ids and names of one type in range? Needs: the type's bytes lie inside the file.
static const char *check_type(const struct btf *b, const struct btf_type *t)
{
	uint32_t kind = btf_kind(t), vlen = btf_vlen(t);
	uint32_t strings = b->first_string + b->strings_len;

	if (t->name_off >= strings)
		return "a name outside the strings";
	if (refers(kind) && t->type >= b->end)
		return "a type id out of range";
	switch (kind) {
	case BTF_KIND_INT: {
		uint32_t v = *(const uint32_t *)(t + 1);

		if (t->size == 0 || t->size > 16 ||
		    BTF_INT_BITS(v) + BTF_INT_OFFSET(v) > t->size * 8)
			return "an integer of impossible size";
		return NULL;
	}
	case BTF_KIND_ARRAY: {
		const struct btf_array *a = (const void *)(t + 1);

		return a->type >= b->end || a->index_type >= b->end
			       ? "an array's type id out of range"
			       : NULL;
	}
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION: {
		const struct btf_member *m = (const void *)(t + 1);

		for (uint32_t i = 0; i < vlen; i++) {
			uint32_t bits = BTF_INFO_KFLAG(t->info) ? BTF_MEMBER_BIT_OFFSET(m[i].offset)
								: m[i].offset;

			if (m[i].name_off >= strings || m[i].type >= b->end)
				return "a member's name or type id out of range";
			if (bits > (uint64_t)t->size * 8)
				return "a member outside its struct";
		}
		return NULL;
	}
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64: {
		size_t step = kind == BTF_KIND_ENUM ? sizeof(struct btf_enum)
						    : sizeof(struct btf_enum64);
		const unsigned char *e = (const void *)(t + 1);

		if (t->size != 1 && t->size != 2 && t->size != 4 && t->size != 8)
			return "an enum of impossible size";
		for (uint32_t i = 0; i < vlen; i++)
			if (*(const uint32_t *)(e + i * step) >= strings)
				return "an enum constant's name outside the strings";
		return NULL;
	}
	case BTF_KIND_FUNC:
		return btf_kind(btf_type(b, t->type)) != BTF_KIND_FUNC_PROTO
			       ? "a function without a prototype"
			       : NULL;
	case BTF_KIND_FUNC_PROTO: {
		const struct btf_param *p = (const void *)(t + 1);

		for (uint32_t i = 0; i < vlen; i++)
			if (p[i].name_off >= strings || p[i].type >= b->end)
				return "a parameter's name or type id out of range";
		return NULL;
	}
	default:
		return NULL;
	}
}

// Finds where each type begins; afterwards b->at and b->end are right.
static int index_types(struct btf *b, size_t from, size_t len, struct ks_error *error)
{
	uint32_t room = 0;

	b->end = b->first;
	for (size_t at = from; at < from + len;) {
		const struct btf_type *t = (const void *)(b->data + at);
		int64_t tail;

		if (from + len - at < sizeof(*t))
			return bad(error, at, "a type is cut off");
		tail = tail_size(btf_kind(t), btf_vlen(t));
		if (tail < 0)
			return error_set(error, KS_EOS, "BTF at byte %zu: type of unknown kind %u",
					 at, btf_kind(t));
		if (from + len - at < sizeof(*t) + (size_t)tail)
			return bad(error, at, "a type is cut off");
		if (b->end - b->first == room) {
			room = room ? room * 2 : 65536;
			uint32_t *more = realloc(b->at, room * sizeof(*more));

			if (!more)
				return error_nomem(error);
			b->at = more;
		}
		b->at[b->end++ - b->first] = (uint32_t)at;
		at += sizeof(*t) + (size_t)tail;
	}
	return 0;
}

static bool is_enum(const struct btf_type *t)
{
	return btf_kind(t) == BTF_KIND_ENUM || btf_kind(t) == BTF_KIND_ENUM64;
}

// Constants are looked up by name, and one type in sixty is an enum.
static int index_enums(struct btf *b, struct ks_error *error)
{
	uint32_t count = 0;

	for (uint32_t id = b->first; id < b->end; id++)
		count += is_enum(btf_type(b, id));
	b->enums = malloc((count + 1) * sizeof(*b->enums));
	if (!b->enums)
		return error_nomem(error);
	for (uint32_t id = b->first; id < b->end; id++)
		if (is_enum(btf_type(b, id)))
			b->enums[b->enum_count++] = id;
	return 0;
}

int btf_parse(struct btf *b, unsigned char *data, size_t size, const struct btf *base,
	      struct ks_error *error)
{
	const struct btf_header *h = (const void *)data;
	int r;

	*b = (struct btf){.data = data, .size = size, .base = base, .first = 1};
	if (base) {
		b->first = base->end;
		b->first_string = base->first_string + base->strings_len;
	}
	if (size < sizeof(*h) || h->magic != BTF_MAGIC)
		r = error_set(error, KS_EOS, "this is no BTF");
	else if (h->version != BTF_VERSION)
		r = error_set(error, KS_EOS, "BTF of version %u, only 1 is known", h->version);
	else if (h->hdr_len < sizeof(*h) || h->hdr_len > size || h->type_off > size - h->hdr_len ||
		 h->type_len > size - h->hdr_len - h->type_off || h->str_off > size - h->hdr_len ||
		 h->str_len > size - h->hdr_len - h->str_off || (h->hdr_len + h->type_off) % 4)
		r = bad(error, 0, "a section outside the file");
	else if (!h->str_len || data[h->hdr_len + h->str_off + h->str_len - 1] ||
		 (!base && data[h->hdr_len + h->str_off]))
		r = bad(error, h->hdr_len + h->str_off, "strings without an end");
	else {
		b->strings = (const char *)data + h->hdr_len + h->str_off;
		b->strings_len = h->str_len;
		r = index_types(b, h->hdr_len + h->type_off, h->type_len, error);
	}
	for (uint32_t id = b->first; r == 0 && id < b->end; id++) {
		const char *what = check_type(b, btf_type(b, id));

		if (what)
			r = bad(error, b->at[id - b->first], what);
	}
	if (r == 0)
		r = index_enums(b, error);
	if (r < 0)
		btf_fini(b);
	return r;
}

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

int btf_open(struct btf *b, const char *path, const struct btf *base, struct ks_error *error)
{
	KS_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
	char message[sizeof(error->message)];
	unsigned char *data;
	char magic[4];
	size_t size;

	if (fd < 0)
		return error_os(error, KS_EABSENT, errno, "no BTF in %s", path);
	if (pread(fd, magic, 4, 0) == 4 && !memcmp(magic, "\177ELF", 4))
		data = elf_section(fd, &size, error);
	else
		data = read_all(fd, &size, error);
	if (data && btf_parse(b, data, size, base, error) == 0)
		return 0;
	memcpy(message, error->message, sizeof(message));
	error_set(error, error->kind, "%s: %.250s", path, message);
	return -1;
}

void btf_fini(struct btf *b)
{
	free(b->data);
	free(b->at);
	free(b->enums);
	b->data = NULL;
	b->at = NULL;
	b->enums = NULL;
	b->enum_count = 0;
	b->end = b->first = 1;
}

const struct btf_type *btf_type(const struct btf *b, uint32_t id)
{
	static const struct btf_type nothing;

	while (b && id < b->first)
		b = id ? b->base : NULL;
	return b && id < b->end ? (const void *)(b->data + b->at[id - b->first]) : &nothing;
}

const char *btf_string(const struct btf *b, uint32_t offset)
{
	while (b && offset < b->first_string)
		b = b->base;
	return b && offset - b->first_string < b->strings_len
		       ? b->strings + (offset - b->first_string)
		       : "";
}

uint32_t btf_find(const struct btf *b, uint32_t kind, const char *name, uint32_t from)
{
	for (uint32_t id = from > b->first ? from : b->first; id < b->end; id++) {
		const struct btf_type *t = (const void *)(b->data + b->at[id - b->first]);

		if (btf_kind(t) == kind && !strcmp(btf_string(b, t->name_off), name))
			return id;
	}
	return 0;
}
