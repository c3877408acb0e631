// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// The other half of spec/core/differential_spec.lua: gcc evaluates the same expressions over the
// same pictures of memory. Built with EXPRESSIONS, a file of one E(...) a line.
//
//   oracle IMAGE    writes the pictures there and "value truth" lines to stdout
#include "../fixtures/kernel.c"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define PICTURES 8
#define BASE	 ((void *)0x10000000)

struct world {
	struct file file;
	struct inode inode;
	struct super_block sb;
	struct dentry dentry;
	struct bits bits;
	struct odd odd;
	char name[16];
	struct odd *odds[2];
	int number;
};

static struct world *w;
static u64 words[16];

static u64 next(void)
{
	static u64 x = 88172645463325252ull;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return x;
}

// Zeros, ones, then numbers of every length.
static u64 some(int picture)
{
	u64 v = next();

	return picture == 0 ? 0 : picture == 1 ? ~0ull : v >> next() % 64;
}

static void paint(int picture)
{
	unsigned char *p = (void *)w;

	memset(w, 0, sizeof(*w));
	for (size_t i = 0; i < sizeof(*w); i++)
		p[i] = (unsigned char)(picture < 2 || picture > 5 ? some(picture) : next());
	for (int i = 0; i < 12; i++)
		words[i] = some(picture);
	words[8] = (words[8] & ~255ull) | (words[8] & 1); // a _Bool is 0 or 1
	w->odd.yes = *(unsigned char *)&w->odd.yes & 1;
	w->file.f_ready = *(unsigned char *)&w->file.f_ready & 1;
	words[9] = (u64)&w->bits;
	words[10] = (u64)&w->odd;
	words[11] = (u64)&w->file;
	w->file.f_inode = &w->inode;
	w->file.f_next = &w->file;
	w->file.f_path.dentry = &w->dentry;
	w->file.f_label = w->name;
	w->inode.i_sb = &w->sb;
	w->dentry.d_inode = &w->inode;
	w->dentry.d_parent = &w->dentry;
	w->dentry.d_name.name = (unsigned char *)w->name;
	w->odd.names = (char **)&w->odds;
	w->odds[0] = &w->odd;
	*(u64 **)(void *)&w->odd.clock = &w->inode.i_blocks;
}

#define ARGUMENTS                                                                                  \
	s8 a, u8 b, s16 c, u16 d, s32 e, u32 f, s64 g, u64 h, bool i, struct bits *bits,           \
		struct odd *odd, struct file *file

#define E(...)                                                                                     \
	static u64 LINE(value)(ARGUMENTS)                                                          \
	{                                                                                          \
		return (u64)(__VA_ARGS__);                                                         \
	}                                                                                          \
	static int LINE(truth)(ARGUMENTS)                                                          \
	{                                                                                          \
		return !!(__VA_ARGS__);                                                            \
	}
#define GLUE(x, y)  x##y
#define PASTE(x, y) GLUE(x, y)
#define LINE(x)	    PASTE(x, __LINE__)
#include EXPRESSIONS
#undef E

static const struct {
	u64 (*value)(ARGUMENTS);
	int (*truth)(ARGUMENTS);
} expressions[] = {
#define E(...) {LINE(value), LINE(truth)},
#include EXPRESSIONS
};

#define PASSED                                                                                     \
	(s8) x[0], (u8)x[1], (s16)x[2], (u16)x[3], (s32)x[4], (u32)x[5], (s64)x[6], x[7],          \
		(bool)(x[8] & 255), (void *)x[9], (void *)x[10], (void *)x[11]

int main(int argc, char **argv)
{
	static struct world pictures[PICTURES];
	static u64 contexts[PICTURES][16];
	FILE *image = argc > 1 ? fopen(argv[1], "wb") : NULL;

	w = mmap(BASE, sizeof(*w), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
		 -1, 0);
	if (w == MAP_FAILED || !image)
		return 2;
	for (int n = 0; n < PICTURES; n++) {
		u64 head[2] = {(u64)w, sizeof(*w)};

		paint(n);
		memcpy(&pictures[n], w, sizeof(*w));
		memcpy(contexts[n], words, sizeof(words));
		fwrite(words, sizeof(words), 1, image);
		fwrite(head, sizeof(head), 1, image);
		fwrite(w, sizeof(*w), 1, image);
	}
	fclose(image);
	for (size_t k = 0; k < sizeof(expressions) / sizeof(*expressions); k++) {
		for (int n = 0; n < PICTURES; n++) {
			const u64 *x = contexts[n];

			memcpy(w, &pictures[n], sizeof(*w));
			printf("%llx %d\n", (unsigned long long)expressions[k].value(PASSED),
			       expressions[k].truth(PASSED));
		}
	}
	return 0;
}
