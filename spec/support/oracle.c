// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// gcc's half of the differential tests: it evaluates the same expressions over the same pictures of
// memory. Built with EXPRESSIONS, a file with a line E(...) for each of them.
//
//   oracle IMAGE    writes the pictures there, and to stdout a line for each expression with its
//                   value in each picture, "-" where C does not define it
//
// IMAGE: for each picture 16 words of context, the two addresses where its bytes lay, how many there
// are, and the bytes. They lie twice so that there are pointers to user memory: those that lead to
// the second place.
#include "../fixtures/kernel.c"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define PICTURES 8
#define BASE	 0x10000000ul
#define ALIAS	 0x20000000ul
#define SIZE	 (3 * 4096ul) // the world lies in the middle page

struct world {
	struct file file;
	struct inode inode;
	struct super_block sb;
	struct dentry dentry;
	struct bits bits;
	struct odd odd;
	union {
		struct more more;
		char room[sizeof(struct more) + 4 * sizeof(s32)];
	};
	struct more other;
	char names[4][16];
	struct odd *odds[2];
	struct more *mores[2];
	struct dentry entries[4];
	struct mount mounts[2];
	struct file_system_type type;
};

static struct world *w;
static u64 words[16];
static bool undefined;

// --- pictures ---------------------------------------------------------------------------------

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

// A _Bool is 0 or 1.
static void make_bool(bool *b)
{
	*b = *(unsigned char *)b & 1;
}

static void *user(void *p)
{
	return (char *)p - BASE + ALIAS;
}

static void paint_more(struct more *m, int picture)
{
	static const char *const names[] = {"", "a", "passwd", "passwd-", "fifteen letters"};

	for (int i = 0; i < 3; i++) {
		make_bool(&m->flags[i]);
		m->strings[i] = w->names[(picture + i) % 4];
	}
	m->next = &w->other;
	m->list = w->mores;
	m->elements = m->pairs;
	m->halfs = m->shorts;
	m->user_file = user(&w->file);
	m->user_name = user(w->names[picture % 4]);
	m->failed = (void *)-(long)(next() % 133 + 1);
	m->result = picture == 0 ? 0 : -(long)(next() % 133 + 1);
	m->family = picture % 3 == 0 ? 2 : picture % 3 == 1 ? 10 : (u16)next();
	m->count = picture % 4;
	strcpy(w->names[picture % 4], names[picture % 5]);
	strncpy(m->name, picture == 5 ? "sixteen letters!" : names[picture % 5], 16);
}

// The file's entry lies in a tree, has no name there any more, lies in none, or in one that has no root:
//
//   dentry -> entry 0 -> entry 1, the root of mount 0, which is on entry 2 -> entry 3, the root of all
static void paint_tree(int picture)
{
	w->file.f_path.mnt = &w->mounts[0].mnt;
	for (int i = 0; i < 4; i++) {
		w->entries[i].d_parent = &w->entries[i | 1];
		w->entries[i].d_name.name = (unsigned char *)w->names[(picture + i) % 4];
		w->entries[i].d_inode = &w->inode;
		w->entries[i].d_sb = &w->sb;
	}
	w->mounts[0].mnt_parent = w->mounts[1].mnt_parent = &w->mounts[1];
	w->mounts[0].mnt_mountpoint = w->mounts[1].mnt_mountpoint = &w->entries[2];
	w->mounts[0].mnt.mnt_root = &w->entries[1];
	w->mounts[1].mnt.mnt_root = &w->entries[3];
	w->type.name = w->names[3];
	w->sb.s_type = &w->type;
	w->sb.s_root = picture == 6 ? &w->dentry : &w->entries[1];
	w->dentry.d_sb = &w->sb;
	w->dentry.d_parent = picture % 4 == 2 ? &w->dentry : &w->entries[0];
	w->dentry.d_hash.pprev = picture % 4 == 1 ? NULL : &w->dentry.d_hash.next;
	if (picture % 4 == 3)
		w->entries[1].d_parent = &w->entries[0];
	if (picture == 7 || picture == 5)
		w->mounts[0].mnt.mnt_root = &w->dentry;
}

static void paint(int picture)
{
	unsigned char *p = (void *)w;

	memset(w, 0, sizeof(*w));
	for (size_t i = 0; i < sizeof(*w); i++)
		p[i] = (unsigned char)(picture < 2 || picture > 5 ? some(picture) : next());
	for (int i = 0; i < 12; i++)
		words[i] = some(picture);
	words[8] = (words[8] & ~255ull) | (words[8] & 1);
	make_bool(&w->odd.yes);
	make_bool(&w->file.f_ready);
	for (int i = 0; i < 4; i++)
		w->names[i][15] = '\0';
	words[9] = (u64)&w->bits;
	words[10] = (u64)&w->odd;
	words[11] = (u64)&w->file;
	w->file.f_inode = &w->inode;
	w->file.f_next = &w->file;
	w->file.f_path.dentry = &w->dentry;
	w->file.f_label = w->names[0];
	w->file.f_more = &w->more;
	w->inode.i_sb = &w->sb;
	w->dentry.d_inode = &w->inode;
	w->dentry.d_name.name = (unsigned char *)w->names[1];
	w->odd.names = (char **)&w->odds;
	w->odds[0] = w->odds[1] = &w->odd;
	w->mores[0] = &w->more;
	w->mores[1] = &w->other;
	*(u64 **)(void *)&w->odd.clock = &w->inode.i_blocks;
	paint_tree(picture);
	paint_more(&w->more, picture);
	paint_more(&w->other, picture);
}

// --- what C leaves undefined, told instead of done -----------------------------------------------

#define LET(x, v) __auto_type x = +(v)
// The usual arithmetic conversions on both, then the smallest number by -1 is left out as well.
#define DIVIDE(op, a, b)                                                                           \
	({                                                                                         \
		LET(l_, a);                                                                        \
		LET(r_, b);                                                                        \
		__typeof__(l_ + r_) x_ = l_, y_ = r_;                                              \
		if (y_ == 0 || ((__typeof__(x_))-1 < 0 && y_ + 1 == 0 && x_ == -x_ && x_)) {       \
			undefined = true;                                                          \
			y_ = 1;                                                                    \
		}                                                                                  \
		x_ op y_;                                                                          \
	})
#define SHIFT(op, a, b)                                                                            \
	({                                                                                         \
		LET(l_, a);                                                                        \
		LET(r_, b);                                                                        \
		undefined |= r_ < 0 || (u64)r_ >= sizeof(l_) * 8;                                  \
		l_ op(r_ &(sizeof(l_) * 8 - 1));                                                   \
	})
#define DIV(a, b) DIVIDE(/, a, b)
#define REM(a, b) DIVIDE(%, a, b)
#define SHL(a, b) SHIFT(<<, a, b)
#define SHR(a, b) SHIFT(>>, a, b)
// Element i of an array of n.
#define AT(array, n, i)                                                                            \
	(*({                                                                                       \
		LET(i_, i);                                                                        \
		undefined |= (u64)i_ >= (n);                                                       \
		&(array)[(u64)i_ >= (n) ? 0 : i_];                                                 \
	}))
#define SAME(text, literal) (!strcmp((const char *)(text), literal))
#define SAME_ADDRESS(family, other, v4, other4, v6, other6)                                        \
	((family) == (other) && ((family) != 2 || !memcmp(&(v4), &(other4), 4)) &&                 \
	 ((family) != 10 || !memcmp(&(v6), &(other6), 16)))
#define SAMEN(text, n, literal)                                                                    \
	(strnlen(text, n) == sizeof(literal) - 1 && !memcmp(text, literal, sizeof(literal) - 1))

#define GLOB(text, n, pattern) glob((const char *)(text), strnlen((const char *)(text), n), pattern)

static bool glob(const char *s, size_t n, const char *pattern)
{
	if (!*pattern)
		return n == 0;
	if (*pattern == '*')
		return glob(s, n, pattern + 1) || (n > 0 && glob(s + 1, n - 1, pattern));
	return n > 0 && (*pattern == '?' || *pattern == *s) && glob(s + 1, n - 1, pattern + 1);
}

// --- expressions --------------------------------------------------------------------------------

// What they see, at each of the two places.
static s8 a, v;
static u8 b;
static s16 c;
static u16 d;
static s32 e, n;
static u32 f;
static s64 g;
static u64 h, u;
static bool i, yes;
static struct pair8 small;
static struct pair16 large;
static struct mixed mixed;
static struct bits *bits;
static struct odd *odd;
static struct file *file, *retval;

static void set_arguments(const u64 *x)
{
	a = (s8)x[0];
	b = (u8)x[1];
	c = (s16)x[2];
	d = (u16)x[3];
	e = (s32)x[4];
	f = (u32)x[5];
	g = (s64)x[6];
	h = x[7];
	i = yes = x[8] & 1;
	bits = (void *)x[9];
	odd = (void *)x[10];
	file = retval = (void *)x[11];
	memcpy(&small, &x[0], sizeof(small));
	n = (s32)x[1];
	memcpy(&large, &x[2], sizeof(large));
	memcpy(&mixed, &x[4], sizeof(mixed));
	u = x[6];
	v = (s8)x[7];
}

#define GLUE(x, y)  x##y
#define PASTE(x, y) GLUE(x, y)
#define LINE	    PASTE(value, __LINE__)

#define E(...)                                                                                     \
	static u64 LINE(void)                                                                      \
	{                                                                                          \
		return (u64)(__VA_ARGS__);                                                         \
	}
#include EXPRESSIONS
#undef E

static u64 (*const expressions[])(void) = {
#define E(...) LINE,
#include EXPRESSIONS
};

static void answer(u64 (*expression)(void), const struct world *pictures, u64 (*contexts)[16])
{
	for (int k = 0; k < PICTURES; k++) {
		u64 value;

		memcpy(w, &pictures[k], sizeof(*w));
		set_arguments(contexts[k]);
		undefined = false;
		value = expression();
		if (undefined)
			printf("-");
		else
			printf("%llx", (unsigned long long)value);
		putchar(k + 1 < PICTURES ? ' ' : '\n');
	}
}

int main(int argc, char **argv)
{
	static struct world pictures[PICTURES];
	static u64 contexts[PICTURES][16];
	u64 head[3] = {BASE, ALIAS, SIZE};
	FILE *image = argc > 1 ? fopen(argv[1], "wb") : NULL;
	int fd = memfd_create("world", 0);
	char *base;

	if (!image || fd < 0 || ftruncate(fd, SIZE) < 0)
		return 2;
	base = mmap((void *)BASE, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0);
	if (base == MAP_FAILED || mmap((void *)ALIAS, SIZE, PROT_READ | PROT_WRITE,
				       MAP_SHARED | MAP_FIXED, fd, 0) == MAP_FAILED)
		return 2;
	w = (void *)(base + 4096);
	for (int k = 0; k < PICTURES; k++) {
		paint(k);
		memcpy(&pictures[k], w, sizeof(*w));
		memcpy(contexts[k], words, sizeof(words));
		fwrite(words, sizeof(words), 1, image);
		fwrite(head, sizeof(head), 1, image);
		fwrite(base, SIZE, 1, image);
	}
	fclose(image);
	for (size_t k = 0; k < sizeof(expressions) / sizeof(*expressions); k++)
		answer(expressions[k], pictures, contexts);
	return 0;
}
