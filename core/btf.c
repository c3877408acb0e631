// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "btf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "btf_check.h"
#include "cleanup.h"
#include "error.h"

#define PLAIN sizeof(struct btf_type)

// So many bytes a type of a kind has, and so many more by btf_vlen; 0: nobody knows.
static const struct {
	unsigned char fixed, each;
} shapes[BTF_INFO_KIND(UINT32_MAX) + 1] = {
	[BTF_KIND_INT] = {PLAIN + 4, 0},
	[BTF_KIND_PTR] = {PLAIN, 0},
	[BTF_KIND_ARRAY] = {PLAIN + sizeof(struct btf_array), 0},
	[BTF_KIND_STRUCT] = {PLAIN, sizeof(struct btf_member)},
	[BTF_KIND_UNION] = {PLAIN, sizeof(struct btf_member)},
	[BTF_KIND_ENUM] = {PLAIN, sizeof(struct btf_enum)},
	[BTF_KIND_FWD] = {PLAIN, 0},
	[BTF_KIND_TYPEDEF] = {PLAIN, 0},
	[BTF_KIND_VOLATILE] = {PLAIN, 0},
	[BTF_KIND_CONST] = {PLAIN, 0},
	[BTF_KIND_RESTRICT] = {PLAIN, 0},
	[BTF_KIND_FUNC] = {PLAIN, 0}, // its vlen is its linkage
	[BTF_KIND_FUNC_PROTO] = {PLAIN, sizeof(struct btf_param)},
	[BTF_KIND_VAR] = {PLAIN + 4, 0},
	[BTF_KIND_DATASEC] = {PLAIN, sizeof(struct btf_var_secinfo)},
	[BTF_KIND_FLOAT] = {PLAIN, 0},
	[BTF_KIND_DECL_TAG] = {PLAIN + 4, 0},
	[BTF_KIND_TYPE_TAG] = {PLAIN, 0},
	[BTF_KIND_ENUM64] = {PLAIN, sizeof(struct btf_enum64)},
};

static int bad(struct ks_error *error, size_t at, const char *what)
{
	return error_set(error, KS_EOS, "corrupt BTF at byte %zu: %s", at, what);
}

// Memory of which the end may never be touched: a huge page would be all of it, and 2 MB. NULL: none.
static void *sparse(size_t size)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	unsigned char *p = malloc(size);
	size_t skip = p ? -(uintptr_t)p % page : 0;

	if (p && size >= skip + page)
		madvise(p + skip, (size - skip) / page * page, MADV_NOHUGEPAGE);
	return p;
}

// Finds where each type begins, and lists those with names: b->at, b->end and b->names are right then.
static int walk_types(struct btf *b, size_t from, size_t len, struct ks_error *error)
{
	const unsigned char *data = b->bytes.data, *at = data + from, *end = at + len, *last = at;
	struct btf_names *names = calloc(1, sizeof(*names));
	uint32_t id = b->first, *offset, *function;
	struct btf_ids *functions;

	b->names = names;
	offset = b->at = sparse((len / PLAIN + 1) * sizeof(*b->at));
	if (!offset || !names)
		return error_nomem(error);
	// Functions are nearly half of all types, and most of what has a name.
	functions = &names->of_kind[BTF_KIND_FUNC];
	functions->room = (uint32_t)(len / PLAIN);
	function = functions->ids = sparse((len / PLAIN + 1) * sizeof(*function));
	if (!function)
		return error_nomem(error);
	while (at + PLAIN <= end) {
		const struct btf_type *t = (const void *)at;
		uint32_t kind = btf_kind(t);

		*offset++ = (uint32_t)(at - data);
		last = at;
		if (kind == BTF_KIND_FUNC) {
			if (t->name_off)
				*function++ = id;
			at += PLAIN;
			id++;
			continue;
		}
		if ((t->name_off || kind == BTF_KIND_ENUM || kind == BTF_KIND_ENUM64) &&
		    btf_ids_add(&names->of_kind[kind], id) < 0)
			return error_nomem(error);
		at += shapes[kind].fixed + (size_t)shapes[kind].each * btf_vlen(t);
		if (at == last)
			return error_set(error, KS_EOS, "BTF at byte %zu: type of unknown kind %u",
					 (size_t)(at - data), kind);
		id++;
	}
	functions->count = (uint32_t)(function - functions->ids);
	b->end = id;
	return at == end ? 0
			 : bad(error, (size_t)((at < end ? at : last) - data), "a type is cut off");
}

// Takes b->bytes, also when it fails.
static int parse(struct btf *b, const struct btf *base, struct ks_error *error)
{
	const struct btf_header *h = (const void *)b->bytes.data;
	const unsigned char *data = b->bytes.data;
	size_t size = b->bytes.size;
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
		if (r == 0 && !b->bytes.is_kernels)
			r = btf_check(b, error);
	}
	if (r < 0)
		btf_fini(b);
	return r;
}

int btf_take(struct btf *b, const struct btf_bytes *bytes, const struct btf *base,
	     struct ks_error *error)
{
	*b = (struct btf){.bytes = *bytes};
	return parse(b, base, error);
}

int btf_parse(struct btf *b, unsigned char *data, size_t size, const struct btf *base,
	      struct ks_error *error)
{
	return btf_take(b, &(struct btf_bytes){.data = data, .size = size}, base, error);
}

int btf_open(struct btf *b, const char *path, const struct btf *base, struct ks_error *error)
{
	KS_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
	char message[sizeof(error->message)];

	*b = (struct btf){0};
	if (fd < 0)
		return error_os(error, KS_EABSENT, errno, "no BTF in %s", path);
	if (btf_read(&b->bytes, fd, error) == 0 && parse(b, base, error) == 0)
		return 0;
	memcpy(message, error->message, sizeof(message));
	error_set(error, error->kind, "%s: %.250s", path, message);
	return -1;
}

void btf_fini(struct btf *b)
{
	btf_release(&b->bytes);
	free(b->at);
	btf_names_free(b->names);
	b->names = NULL;
	b->at = NULL;
	b->end = b->first = 1;
}

const struct btf_type *btf_type(const struct btf *b, uint32_t id)
{
	static const struct btf_type nothing;

	while (b && id < b->first)
		b = id ? b->base : NULL;
	return b && id < b->end ? (const void *)(b->bytes.data + b->at[id - b->first]) : &nothing;
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
