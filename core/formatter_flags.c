// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Numbers whose bits have names. A name is only given where it is sure: those of include/uapi are
// the same in every kernel; those of gfp_t are not, and BTF tells them since v6.10.
#include "formatter_rows.h"

#include <linux/fcntl.h>
#include <string.h>

#include "naming.h"

#define COUNT(table) (sizeof(table) / sizeof(*(table)))

// enum { ___GFP_DMA_BIT, ... } in include/linux/gfp_types.h
#define GFP_PREFIX "___GFP_"
#define GFP_SUFFIX "_BIT"

uint32_t formatter_gfp_enum(const struct btf *btf)
{
	uint32_t nth;

	return btf_find_constant(btf, "___GFP_DIRECT_RECLAIM_BIT",
				 strlen("___GFP_DIRECT_RECLAIM_BIT"), 0, &nth);
}

// The X of ___GFP_X_BIT; NULL: none of them.
static const char *gfp_word(const char *name, size_t *len)
{
	size_t n = strlen(name), around = strlen(GFP_PREFIX) + strlen(GFP_SUFFIX);

	if (n <= around || strncmp(name, GFP_PREFIX, strlen(GFP_PREFIX)) != 0 ||
	    strcmp(name + n - strlen(GFP_SUFFIX), GFP_SUFFIX) != 0)
		return NULL;
	*len = n - around;
	return name + strlen(GFP_PREFIX);
}

// What has a name together, alike since v4.4 but for its bits (include/linux/gfp_types.h).
static const char *const gfp_words[] = {"DIRECT_RECLAIM", "KSWAPD_RECLAIM", "IO",   "FS",
					"HARDWALL",	  "HIGHMEM",	    "HIGH", "ACCOUNT"};
static const struct {
	const char *name;
	uint8_t words; // bits, by index
} gfp_sets[] = {
	{"GFP_HIGHUSER", 0x3f}, {"GFP_USER", 0x1f}, {"GFP_KERNEL_ACCOUNT", 0x8f},
	{"GFP_KERNEL", 0x0f},	{"GFP_NOFS", 0x07}, {"GFP_NOIO", 0x03},
	{"GFP_ATOMIC", 0x42},
};

// The number's bits that one name stands for, which is written; 0: none.
static uint64_t gfp_set(const struct btf *btf, const struct btf_type *t, uint64_t v,
			struct buf *out)
{
	const struct btf_enum *e = (const void *)(t + 1);
	uint64_t bits[COUNT(gfp_words)] = {0}, set = 0;
	uint8_t has = 0;
	size_t len;

	for (uint32_t i = 0; i < btf_vlen(t); i++) {
		const char *word = e[i].val >= 0 && e[i].val < 64 && v >> e[i].val & 1
					   ? gfp_word(btf_string(btf, e[i].name_off), &len)
					   : NULL;

		for (size_t w = 0; word && w < COUNT(gfp_words); w++) {
			if (strlen(gfp_words[w]) != len || memcmp(gfp_words[w], word, len) != 0)
				continue;
			has |= (uint8_t)(1 << w);
			bits[w] = 1ull << e[i].val;
		}
	}
	for (size_t i = 0; i < COUNT(gfp_sets); i++) {
		if ((has & gfp_sets[i].words) != gfp_sets[i].words)
			continue;
		buf_str(out, gfp_sets[i].name);
		for (size_t w = 0; w < COUNT(gfp_words); w++)
			set |= gfp_sets[i].words >> w & 1 ? bits[w] : 0;
		return set;
	}
	return 0;
}

// Names of bits that mean nothing.
static bool no_flag(const char *word, size_t len)
{
	return (len == 6 && !memcmp(word, "UNUSED", 6)) || (len == 4 && !memcmp(word, "LAST", 4));
}

static void separate(struct buf *out, size_t start)
{
	if (out->len != start)
		buf_char(out, '|');
}

SHOW(formatter_show_gfp)
{
	uint64_t left = formatter_integer(bytes, size);
	const struct btf_type *t = btf_type(context->btf, context->detail);
	const struct btf_enum *e = (const void *)(t + 1);
	size_t start = out->len, len;

	if (btf_kind(t) != BTF_KIND_ENUM || !left) {
		buf_hex(out, left);
		return;
	}
	left &= ~gfp_set(context->btf, t, left, out);
	for (uint32_t i = 0; i < btf_vlen(t) && left; i++) {
		const char *word;

		if (e[i].val < 0 || e[i].val >= 64 || !(left >> e[i].val & 1))
			continue;
		word = gfp_word(btf_string(context->btf, e[i].name_off), &len);
		if (!word || no_flag(word, len))
			continue;
		separate(out, start);
		buf_str(out, "__GFP_");
		buf_add(out, word, len);
		left &= ~(1ull << e[i].val);
	}
	if (left) {
		separate(out, start);
		buf_hex(out, left);
	}
}

static void rest(const struct named *bits, uint32_t count, uint64_t v, struct buf *out)
{
	if (!v)
		return;
	buf_char(out, '|');
	if (!naming_join(bits, count, v, out))
		buf_hex(out, v);
}

// __O_SYNC and __O_TMPFILE never come without what their public names add.
SHOW(formatter_show_open)
{
	static const char *const access[] = {"O_RDONLY", "O_WRONLY", "O_RDWR", "O_ACCMODE"};
	static const struct named bits[] = {
		{"O_TMPFILE", O_TMPFILE},     {"O_SYNC", O_SYNC},
		{"O_CREAT", O_CREAT},	      {"O_EXCL", O_EXCL},
		{"O_NOCTTY", O_NOCTTY},	      {"O_TRUNC", O_TRUNC},
		{"O_APPEND", O_APPEND},	      {"O_NONBLOCK", O_NONBLOCK},
		{"O_DSYNC", O_DSYNC},	      {"O_DIRECT", O_DIRECT},
		{"O_LARGEFILE", O_LARGEFILE}, {"O_DIRECTORY", O_DIRECTORY},
		{"O_NOFOLLOW", O_NOFOLLOW},   {"O_NOATIME", O_NOATIME},
		{"O_CLOEXEC", O_CLOEXEC},     {"O_PATH", O_PATH},
	};
	uint64_t v = formatter_integer(bytes, size);

	(void)context;
	buf_str(out, access[v & O_ACCMODE]);
	rest(bits, COUNT(bits), v & ~(uint64_t)O_ACCMODE, out);
}

// include/linux/fs.h; higher bits mean different things in different kernels.
SHOW(formatter_show_fmode)
{
	static const struct named bits[] = {
		{"FMODE_READ", 1},  {"FMODE_WRITE", 2},	  {"FMODE_LSEEK", 4},
		{"FMODE_PREAD", 8}, {"FMODE_PWRITE", 16}, {"FMODE_EXEC", 32},
	};
	uint64_t v = formatter_integer(bytes, size);

	(void)context;
	if (!naming_join(bits, COUNT(bits), v, out))
		buf_hex(out, v);
}

// A file's type by name and its permissions in octal, as they are written: S_IFREG|0644.
SHOW(formatter_show_mode)
{
	static const char *const types[16] = {
		[1] = "S_IFIFO", [2] = "S_IFCHR",  [4] = "S_IFDIR",   [6] = "S_IFBLK",
		[8] = "S_IFREG", [10] = "S_IFLNK", [12] = "S_IFSOCK",
	};
	unsigned v = (unsigned)formatter_integer(bytes, size);
	const char *type = v >> 12 < 16 ? types[v >> 12] : NULL;

	(void)context;
	if (!type) {
		buf_printf(out, "0%o", v);
		return;
	}
	buf_printf(out, "%s|0%03o", type, v & 07777);
}
