// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// What corrupt and hostile BTF does to us: nothing.
//
//   btf_mutate FILE FROM COUNT    small mutations of FILE, numbered: each is made from its number
//   btf_mutate hostile            BTF made by hand, one line a case
//
// A crash ends the program; the number of the case at hand is in the message.
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "access.h"
#include "check.h"
#include "plan.h"
#include "show.h"
#include "trace.h"
#include "type.h"
#include "type_text.h"

#define HANG 5 // seconds

static volatile sig_atomic_t number;

static void failed(int signal)
{
	char line[80];
	int n = snprintf(line, sizeof(line), "case %d: %s\n", (int)number,
			 signal == SIGALRM ? "hangs" : "crashes");

	if (write(1, line, (size_t)n) < 0)
		_exit(3);
	_exit(1);
}

static uint64_t state;

static uint32_t pick(uint32_t n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 32) % n;
}

static void mutate(unsigned char *data, size_t *size)
{
	static const uint32_t words[] = {0,	     1,		 2,	     3,
					 12,	     0x7fffffff, 0xffffffff, 0x80000000,
					 0x10000,    0xffff,	 0x04000001, 0x84000002,
					 0x0d00ffff, 0x01000010, 0x0400ffff};
	uint32_t edits = 1 + pick(4);

	for (uint32_t i = 0; i < edits; i++) {
		uint32_t at = pick((uint32_t)*size), v;

		if (pick(3) == 0)
			at = pick(24); // the header
		switch (pick(6)) {
		case 0:
			data[at] ^= (unsigned char)(1 << pick(8));
			break;
		case 1:
			data[at] = (unsigned char)pick(256);
			break;
		case 2: // a word, where words lie
			at &= ~3u;
			v = words[pick(sizeof(words) / sizeof(*words))];
			memcpy(data + at, &v, 4);
			break;
		case 3: // a small number: another type's id, a length
			at &= ~3u;
			v = pick(300);
			memcpy(data + at, &v, 4);
			break;
		case 4: // a word from elsewhere
			v = pick((uint32_t)*size) & ~3u;
			memmove(data + (at & ~3u), data + v, 4);
			break;
		default:
			if (pick(8) == 0)
				*size = 8 + pick((uint32_t)*size - 8);
			break;
		}
		if (*size < 32)
			return;
	}
}

// Its layout as text and JSON, and values of it.
static void show_type(const struct btf *b, struct plans *plans, uint32_t id)
{
	static const unsigned char bytes[512] = {1, 2, 0x80, 0xff};
	static char text[8192];
	int steps = TYPE_STEPS;
	struct type_shown s = {
		.btf = b, .id = id, .module = "", .title = btf_name(b, id), .steps = &steps};
	struct show how = {.form = SHOW_TREE};
	struct buf out = buf_over(text, sizeof(text));
	const struct plan *plan = plan_of(plans, id);

	type_text(&s, &out);
	type_json(&s, &out);
	if (plan) {
		show_text(&how, plan, bytes, plan->size < 512 ? plan->size : 512, &out);
		show_json(&how, plan, bytes, plan->size < 512 ? plan->size : 512, &out);
	}
	buf_end(&out);
}

// Everything that reads types, for every type.
static void look(struct btf *b)
{
	static char text[8192];
	struct plans plans;
	uint32_t id, next;

	plans_init(&plans, b);
	for (id = b->first; id < b->end; id++) {
		const struct btf_type *t = btf_type(b, id);
		struct buf out = buf_over(text, sizeof(text));
		struct type_member m;
		struct value_type v;
		struct scope s;
		struct arena arena = {0};
		struct ks_error error;
		struct nearest near;

		scope_value_type(b, id, &v);
		access_arg(b, id, false, &next);
		type_tagged(b, id, "user");
		show_type(b, &plans, id);
		switch (btf_kind(t)) {
		case BTF_KIND_FUNC:
			type_prototype(b, id, &out);
			buf_end(&out);
			scope_init(&s, &arena, b, id, CONTEXT_TRACING, true, 0, &error);
			arena_fini(&arena);
			break;
		case BTF_KIND_STRUCT:
		case BTF_KIND_UNION:
			type_declare(b, id, "name", &out);
			type_size(b, id);
			type_member(b, id, "i_size", 6, &m);
			type_member(b, id, "no such", 7, &m);
			nearest_init(&near, "i_siz", 5);
			type_offer_members(b, id, &near);
			for (uint32_t off = 0; off < 64; off += 4)
				access_load(b, id, off, 4, &next);
			break;
		default:
			break;
		}
	}
	plans_fini(&plans);
}

// The whole way, from a file to instructions.
static bool whole(const unsigned char *data, size_t size)
{
	static const char *const captures[] = {"file->f_inode->i_size",
					       "f=file->f_flags",
					       "bits->middle",
					       "odd->color",
					       "odd->text",
					       "count"};
	static const char *const places[] = {"vfs_read", "everything", "return:vfs_open"};
	static const char *const all = "*";
	int fd = memfd_create("btf", 0);
	char path[64], text[16384];
	struct ks_options options = {.btf = path};
	struct ks_error error;
	struct ks_trace *t;
	struct ks_probe *at;
	int count;
	bool opened;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (write(fd, data, size) != (ssize_t)size)
		exit(3);
	t = ks_open(&options, &error);
	opened = t != NULL;
	for (size_t i = 0; t && i < sizeof(places) / sizeof(*places); i++) {
		struct ks_probe *p = ks_probe(t, &places[i], 1, &error);

		if (!p)
			continue;
		ks_where(p, "RED || file->f_path.dentry->d_name.len == BLUE", &error);
		for (size_t k = 0; k < sizeof(captures) / sizeof(*captures); k++)
			ks_capture(p, captures[k], &error);
		ks_capture_default(p, &error);
	}
	if (t && ks_compile(t, &at, &error) == 0)
		for (uint32_t i = 0; i < t->count; i++)
			ks_dump(ks_variant(t->probes[i], 0), KS_BPF, text, sizeof(text), &error);
	if (t) {
		ks_info(t, "*", KS_PROTOTYPES, text, sizeof(text), &count, &error);
		ks_type(t, "*", false, text, sizeof(text), &error);
		ks_type(t, "*", true, text, sizeof(text), &error);
		ks_type(t, "file.f_inode->i_sb", false, text, sizeof(text), &error);
		ks_stubs(t, &all, 1, text, sizeof(text), &error);
	}
	ks_close(t);
	close(fd);
	return opened;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t); // the machine may have other things to do
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static double slowest;
static int slowest_number;

static bool try_one(const unsigned char *data, size_t size, bool all)
{
	unsigned char *copy = malloc(size);
	struct btf b;
	struct ks_error error;
	double begin = now(), took;
	bool good;

	memcpy(copy, data, size);
	alarm(HANG);
	good = btf_parse(&b, copy, size, NULL, &error) == 0;
	if (good) {
		look(&b);
		btf_fini(&b);
	} else if (!*error.message) {
		printf("case %d: refused without a word\n", (int)number);
		exit(1);
	}
	if (all && whole(data, size) != good) {
		printf("case %d: judged differently\n", (int)number);
		exit(1);
	}
	alarm(0);
	took = now() - begin;
	if (took > slowest) {
		slowest = took;
		slowest_number = number;
	}
	return good;
}

// --- by hand ----------------------------------------------------------------------------------

static struct {
	uint32_t types[1 << 19];
	uint32_t n;
	char strings[256];
	uint32_t strings_len;
} made;

static uint32_t string(const char *s)
{
	uint32_t at = made.strings_len;

	memcpy(made.strings + at, s, strlen(s) + 1);
	made.strings_len += (uint32_t)strlen(s) + 1;
	return at;
}

static void word(uint32_t v)
{
	made.types[made.n++] = v;
}

static void type(uint32_t name, uint32_t kind, uint32_t vlen, uint32_t size_or_type)
{
	word(name);
	word(kind << 24 | vlen);
	word(size_or_type);
}

static void start(void)
{
	made.n = 0;
	made.strings_len = 1;
}

static void report(const char *name)
{
	struct btf_header h = {.magic = BTF_MAGIC, .version = BTF_VERSION, .hdr_len = sizeof(h)};
	size_t size = sizeof(h) + made.n * 4 + made.strings_len;
	unsigned char *data = malloc(size);
	bool good;

	h.type_len = h.str_off = made.n * 4;
	h.str_len = made.strings_len;
	memcpy(data, &h, sizeof(h));
	memcpy(data + sizeof(h), made.types, made.n * 4);
	memcpy(data + sizeof(h) + made.n * 4, made.strings, made.strings_len);
	number++;
	good = try_one(data, size, true);
	printf("%s: %s\n", name, good ? "read" : "refused");
	free(data);
}

// A function with one argument of a type, so that info and probes meet it.
static void function(const char *name, uint32_t arg)
{
	uint32_t id = 0;

	// Ids count types; all made here are counted by walking.
	for (uint32_t at = 0; at < made.n; id++) {
		uint32_t kind = made.types[at + 1] >> 24, vlen = made.types[at + 1] & 0xffff;

		at += 3 + (kind == BTF_KIND_INT		 ? 1
			   : kind == BTF_KIND_ARRAY	 ? 3
			   : kind == BTF_KIND_STRUCT	 ? 3 * vlen
			   : kind == BTF_KIND_FUNC_PROTO ? 2 * vlen
							 : 0);
	}
	type(0, BTF_KIND_FUNC_PROTO, 1, 0);
	word(string("file"));
	word(arg);
	type(string(name), BTF_KIND_FUNC, 0, id + 1);
}

static void hostile(void)
{
	start();
	type(string("t"), BTF_KIND_TYPEDEF, 0, 2);
	type(string("u"), BTF_KIND_TYPEDEF, 0, 1);
	function("vfs_read", 1);
	report("a typedef of itself");

	start();
	type(string("s"), BTF_KIND_STRUCT, 1, 8);
	word(string("inner"));
	word(1);
	word(0);
	type(0, BTF_KIND_PTR, 0, 1);
	function("vfs_read", 2);
	report("a struct in itself");

	start();
	type(0, BTF_KIND_STRUCT, 1, 8);
	word(0);
	word(1);
	word(0);
	type(0, BTF_KIND_PTR, 0, 1);
	function("vfs_read", 2);
	report("an anonymous struct in itself");

	start();
	type(0, BTF_KIND_ARRAY, 0, 0);
	word(1);
	word(1);
	word(2);
	function("vfs_read", 1);
	report("an array of itself");

	start();
	type(string("int"), BTF_KIND_INT, 0, 4);
	word(32);
	for (uint32_t i = 0; i < 40; i++) {
		type(0, BTF_KIND_ARRAY, 0, 0);
		word(i + 1);
		word(1);
		word(0xffffffff);
	}
	function("vfs_read", 41);
	report("an array of arrays of 2^32");

	start();
	type(string("char"), BTF_KIND_INT, 0, 1);
	word(1 << 24 | 8);
	type(0, BTF_KIND_ARRAY, 0, 0);
	word(1);
	word(1);
	word(0xffffffff);
	type(string("s"), BTF_KIND_STRUCT, 2, 0xffffffff);
	word(string("f_flags"));
	word(2);
	word(0);
	word(string("text"));
	word(2);
	word(0xfffffff8);
	type(0, BTF_KIND_PTR, 0, 3);
	function("vfs_read", 4);
	report("4 GB of text");

	start();
	for (uint32_t i = 0; i < 30; i++) { // each holds the next one twice
		type(0, BTF_KIND_STRUCT, 2, 8);
		for (int k = 0; k < 2; k++) {
			word(0);
			word(i + 2);
			word(0);
		}
	}
	type(string("int"), BTF_KIND_INT, 0, 4);
	word(32);
	type(0, BTF_KIND_PTR, 0, 1);
	function("vfs_read", 32);
	report("2^30 anonymous structs");

	start();
	for (uint32_t i = 0; i < 40; i++) { // function pointers that take two function pointers
		type(0, BTF_KIND_PTR, 0, 2 * i + 2);
		type(0, BTF_KIND_FUNC_PROTO, 2, 0);
		for (int k = 0; k < 2; k++) {
			word(0);
			word(2 * i + 3);
		}
	}
	type(string("int"), BTF_KIND_INT, 0, 4);
	word(32);
	function("vfs_read", 1);
	report("2^40 function pointers");

	start();
	type(0, BTF_KIND_PTR, 0, 2);
	type(0, BTF_KIND_FUNC_PROTO, 2, 1);
	for (int k = 0; k < 2; k++) {
		word(0);
		word(1);
	}
	function("vfs_read", 1);
	report("a prototype of itself");

	start();
	type(string("int"), BTF_KIND_INT, 0xffff, 4);
	word(32);
	type(string("vfs_read"), BTF_KIND_FUNC, 0, 1);
	report("a function that is an int");

	start();
	type(string("vfs_read"), BTF_KIND_FUNC, 0, 1);
	report("a function of itself");

	start();
	type(string("int"), BTF_KIND_INT, 0, 4);
	word(32);
	type(0, BTF_KIND_FUNC_PROTO, 0xffff, 0);
	for (uint32_t i = 0; i < 0xffff; i++) {
		word(1);
		word(1);
	}
	type(string("vfs_read"), BTF_KIND_FUNC, 0, 2);
	report("65,535 arguments");

	start();
	type(string("s"), BTF_KIND_STRUCT, 1, 8);
	made.types[1] |= 1u << 31;
	word(string("f_flags"));
	word(2);
	word(255u << 24 | 7); // 255 bits of a type of 32
	type(string("int"), BTF_KIND_INT, 0, 4);
	word(32);
	type(0, BTF_KIND_PTR, 0, 1);
	function("vfs_read", 3);
	report("a bit-field of 255 bits");
}

int main(int argc, char **argv)
{
	static unsigned char original[1 << 20], data[1 << 20];
	struct rusage usage;
	size_t size = 0, good = 0, from, count;
	FILE *f;

	signal(SIGALRM, failed);
#ifndef __SANITIZE_ADDRESS__
	signal(SIGSEGV, failed);
	signal(SIGBUS, failed);
	signal(SIGFPE, failed);
	signal(SIGABRT, failed);
#endif
	if (argc == 2) {
		hostile();
		printf("slowest: case %d, %.1f ms\n", slowest_number, slowest);
		return 0;
	}
	if (argc != 4 || !(f = fopen(argv[1], "rb")))
		return 2;
	size = fread(original, 1, sizeof(original), f);
	fclose(f);
	from = strtoul(argv[2], NULL, 10);
	count = strtoul(argv[3], NULL, 10);
	if (size < 32 || !try_one(original, size, true)) {
		printf("the original is refused\n");
		return 1;
	}
	slowest = 0;
	for (size_t n = from; n < from + count; n++) {
		size_t length = size;

		number = (sig_atomic_t)n;
		state = n * 0x9e3779b97f4a7c15 + 1;
		pick(2);
		memcpy(data, original, size);
		mutate(data, &length);
		good += try_one(data, length, n % 8 == 0);
	}
	getrusage(RUSAGE_SELF, &usage);
	printf("%zu cases, %zu read, %zu refused\n", count, good, count - good);
	printf("slowest: case %d, %.1f ms\n", slowest_number, slowest);
	printf("memory: %ld KiB\n", usage.ru_maxrss);
	return 0;
}
