// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "btf.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "cleanup.h"
#include "error.h"

#define MAX_FILE ((size_t)512 << 20) // a kernel's BTF has 3 to 6 MB

static int bad(struct ks_error *error, size_t at, const char *what)
{
	return error_set(error, KS_EOS, "corrupt BTF at byte %zu: %s", at, what);
}

static const char cut[] = "a type is cut off", unknown[] = "a type of unknown kind", nomem[] = "",
		  no_prototype[] = "a function without a prototype";

static const struct btf_type *own(const struct btf *b, uint32_t id)
{
	return (const void *)(b->data + b->at[id - b->first]);
}

static inline bool is_prototype(const struct btf *b, uint32_t id)
{
	const struct btf_type *t = id < b->first ? btf_type(b->base, id) : own(b, id);

	return btf_kind(t) == BTF_KIND_FUNC_PROTO;
}

// What the one walk over all types keeps in mind. Types may refer to later ones, so how far they do
// is only judged in the end.
struct walk {
	uint32_t id;		    // of the type at hand
	uint32_t strings;	    // the first offset behind them
	uint32_t hashable;	    // so many bytes of this file's strings have enough behind them
	uint32_t highest;	    // id that is referred to
	const struct btf_type *who; // refers to it
	bool later;		    // there are functions before their prototypes
};

static inline void refer(struct walk *w, const struct btf_type *t, uint32_t id)
{
	if (id > w->highest) {
		w->highest = id;
		w->who = t;
	}
}

static inline const char *walk_members(struct walk *w, const struct btf_type *t, uint32_t count)
{
	const struct btf_member *m = (const void *)(t + 1), *end = m + count;
	uint32_t mask = BTF_INFO_KFLAG(t->info) ? 0xffffff : 0xffffffff; // else a bit-field's size
	uint64_t bits = (uint64_t)t->size * 8;

	for (; m < end; m++) {
		refer(w, t, m->type);
		if (m->name_off >= w->strings)
			return "a member's name outside the strings";
		if ((m->offset & mask) > bits)
			return "a member outside its struct";
	}
	return NULL;
}

static inline const char *walk_enum(struct btf *b, struct walk *w, const struct btf_type *t,
				    uint32_t count, uint32_t words)
{
	const uint32_t *e = (const void *)(t + 1), *end = e + words * count;

	if (t->size != 1 && t->size != 2 && t->size != 4 && t->size != 8)
		return "an enum of impossible size";
	for (; e < end; e += words)
		if (*e >= w->strings)
			return "an enum constant's name outside the strings";
	return btf_names_add_enum(&b->names, w->id) < 0 ? nomem : NULL;
}

static inline const char *walk_parameters(struct walk *w, const struct btf_type *t, uint32_t count)
{
	const struct btf_param *p = (const void *)(t + 1), *end = p + count;

	refer(w, t, t->type);
	for (; p < end; p++) {
		refer(w, t, p->type);
		if (p->name_off >= w->strings)
			return "a parameter's name outside the strings";
	}
	return NULL;
}

static const char *check_int(const struct btf_type *t)
{
	uint32_t v = *(const uint32_t *)(t + 1);

	return t->size == 0 || t->size > 16 || BTF_INT_BITS(v) + BTF_INT_OFFSET(v) > t->size * 8
		       ? "an integer of impossible size"
		       : NULL;
}

// One type, of which there are `left` bytes, at least a struct btf_type: NULL and its size, or what
// is wrong with it.
static inline const char *walk_type(struct btf *b, struct walk *w, const struct btf_type *t,
				    size_t left, size_t *size)
{
	uint32_t vlen = btf_vlen(t), words;
	const struct btf_array *a = (const void *)(t + 1);

	*size = sizeof(*t);
	switch (btf_kind(t)) {
	case BTF_KIND_PTR:
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPE_TAG:
		refer(w, t, t->type);
		return NULL;
	case BTF_KIND_FWD:
	case BTF_KIND_FLOAT:
		return NULL;
	case BTF_KIND_FUNC:
		refer(w, t, t->type);
		if (t->type < w->id)
			return is_prototype(b, t->type) ? NULL : no_prototype;
		w->later = true;
		return NULL;
	case BTF_KIND_FUNC_PROTO:
		*size += vlen * sizeof(struct btf_param);
		return left < *size ? cut : walk_parameters(w, t, vlen);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		*size += vlen * sizeof(struct btf_member);
		return left < *size ? cut : walk_members(w, t, vlen);
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		words = btf_kind(t) == BTF_KIND_ENUM ? 2 : 3;
		*size += 4 * words * vlen;
		return left < *size ? cut : walk_enum(b, w, t, vlen, words);
	case BTF_KIND_ARRAY:
		*size += sizeof(*a);
		if (left < *size)
			return cut;
		refer(w, t, a->type);
		refer(w, t, a->index_type);
		return NULL;
	case BTF_KIND_INT:
		*size += 4;
		return left < *size ? cut : check_int(t);
	case BTF_KIND_VAR:
	case BTF_KIND_DECL_TAG:
		*size += 4;
		refer(w, t, t->type);
		return left < *size ? cut : NULL;
	case BTF_KIND_DATASEC:
		*size += vlen * sizeof(struct btf_var_secinfo);
		return left < *size ? cut : NULL;
	default:
		return unknown;
	}
}

// Of functions whose prototypes had not been seen.
static const char *check_functions(const struct btf *b, const struct btf_type **who)
{
	for (uint32_t id = b->first; id < b->end; id++) {
		const struct btf_type *t = own(b, id);

		if (btf_kind(t) != BTF_KIND_FUNC || is_prototype(b, t->type))
			continue;
		*who = t;
		return no_prototype;
	}
	return NULL;
}

// Notes what a type is called.
static inline const char *walk_name(struct btf *b, const struct walk *w, const struct btf_type *t)
{
	uint32_t offset = t->name_off - b->first_string;
	const char *name;
	size_t left;

	if (offset < w->hashable) {
		btf_names_add(&b->names, w->id, name_hash(b->strings + offset));
		return NULL;
	}
	if (t->name_off >= w->strings)
		return "a name outside the strings";
	name = btf_string_left(b, t->name_off, &left);
	btf_names_add(&b->names, w->id, name_hash_short(name, left));
	return NULL;
}

// Finds where each type begins and what it is called; is everything in range? Afterwards b->at,
// b->end and b->names are right.
static int walk_types(struct btf *b, size_t from, size_t len, struct ks_error *error)
{
	const unsigned char *at = b->data + from, *data = b->data;
	struct walk w = {.strings = b->first_string + b->strings_len, .id = b->first};
	const struct btf_type *t = NULL;
	const char *wrong = NULL;
	uint32_t *offset;

	if (b->strings_len >= NAME_HASHED)
		w.hashable = b->strings_len - NAME_HASHED + 1;
	// What is not used of this is never touched.
	offset = b->at = malloc((len / sizeof(*t) + 1) * sizeof(*b->at));
	if (!offset || btf_names_init(&b->names, b->first, (uint32_t)(len / sizeof(*t))) < 0)
		return error_nomem(error);
	for (size_t left = len, size; left; at += size, left -= size) {
		t = (const void *)at;
		wrong = left < sizeof(*t) ? cut : walk_type(b, &w, t, left, &size);
		if (!wrong && t->name_off)
			wrong = walk_name(b, &w, t);
		if (wrong)
			break;
		*offset++ = (uint32_t)(at - data);
		w.id++;
	}
	b->end = w.id;
	if (!wrong && w.highest >= b->end) {
		wrong = "a type id out of range";
		t = w.who;
	}
	if (!wrong && w.later)
		wrong = check_functions(b, &t);
	if (wrong == nomem)
		return error_nomem(error);
	if (wrong == unknown)
		return error_set(error, KS_EOS, "BTF at byte %zu: type of unknown kind %u",
				 (size_t)((const unsigned char *)t - b->data), btf_kind(t));
	return wrong ? bad(error, (size_t)((const unsigned char *)t - b->data), wrong) : 0;
}

// Takes b->data, also when it fails.
static int parse(struct btf *b, const struct btf *base, struct ks_error *error)
{
	const struct btf_header *h = (const void *)b->data;
	const unsigned char *data = b->data;
	size_t size = b->size;
	int r;

	b->base = base;
	b->first = b->end = 1;
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
		r = walk_types(b, h->hdr_len + h->type_off, h->type_len, error);
	}
	if (r < 0)
		btf_fini(b);
	return r;
}

int btf_parse(struct btf *b, unsigned char *data, size_t size, const struct btf *base,
	      struct ks_error *error)
{
	*b = (struct btf){.data = data, .size = size};
	return parse(b, base, error);
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

// The kernel's own BTF without a copy, which is most of what opening costs, if the kernel lets it be
// mapped (btf_sysfs_vmlinux_mmap in kernel/bpf/sysfs_btf.c, newer than most). Not other files: those
// may become shorter under our hands. NULL: read it.
static unsigned char *map(int fd, size_t *size)
{
	struct statfs fs;
	struct stat st;
	void *data;

	if (fstatfs(fd, &fs) < 0 || fs.f_type != SYSFS_MAGIC || fstat(fd, &st) < 0 ||
	    st.st_size <= 0)
		return NULL;
	data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	*size = (size_t)st.st_size;
	return data == MAP_FAILED ? NULL : data;
}

int btf_open(struct btf *b, const char *path, const struct btf *base, struct ks_error *error)
{
	KS_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
	char message[sizeof(error->message)];
	char magic[4];

	*b = (struct btf){0};
	if (fd < 0)
		return error_os(error, KS_EABSENT, errno, "no BTF in %s", path);
	if (pread(fd, magic, 4, 0) == 4 && !memcmp(magic, "\177ELF", 4))
		b->data = elf_section(fd, &b->size, error);
	else if ((b->data = map(fd, &b->size)))
		b->is_mapped = true;
	else
		b->data = read_all(fd, &b->size, error);
	if (b->data && parse(b, base, error) == 0)
		return 0;
	memcpy(message, error->message, sizeof(message));
	error_set(error, error->kind, "%s: %.250s", path, message);
	return -1;
}

void btf_fini(struct btf *b)
{
	if (b->is_mapped)
		munmap(b->data, b->size);
	else
		free(b->data);
	free(b->at);
	btf_names_fini(&b->names);
	b->data = NULL;
	b->is_mapped = false;
	b->at = NULL;
	b->end = b->first = 1;
}

const struct btf_type *btf_type(const struct btf *b, uint32_t id)
{
	static const struct btf_type nothing;

	while (b && id < b->first)
		b = id ? b->base : NULL;
	return b && id < b->end ? (const void *)(b->data + b->at[id - b->first]) : &nothing;
}

const char *btf_string_left(const struct btf *b, uint32_t offset, size_t *left)
{
	while (b && offset < b->first_string)
		b = b->base;
	if (!b || offset - b->first_string >= b->strings_len) {
		*left = 1;
		return "";
	}
	*left = b->strings_len - (offset - b->first_string);
	return b->strings + (offset - b->first_string);
}

const char *btf_string(const struct btf *b, uint32_t offset)
{
	size_t left;

	return btf_string_left(b, offset, &left);
}
