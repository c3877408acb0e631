// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// differential BTF IMAGE SEED < lines: what spec/core/run.c does, in the running kernel.
//
// The programs are those of ksnoop, unchanged, for a place whose context is plain words and whose
// memory is all read by helpers. They are loaded as raw tracepoints and run on the words of a picture;
// their pointers lead into the value of a map that holds the pictures' bytes, and into our own memory.
// What they did is read from their counters and from their ring.
#include <bpf/bpf.h>
#include <errno.h>
#include <inttypes.h>
#include <malloc.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../../../bpf/isa.h"
#include "../../../bpf/wire.h"
#include "../../support/engines.h"
#include "cells.h"
#include "ring.h"

#define LICENSE "Dual BSD/GPL"
#define USER_AT 0x10000000ul
#define WORDS	12 // of context: as many as BPF_PROG_TEST_RUN takes
#define LOG	(1 << 20)

struct kernel {
	struct cells cells;
	struct ring ring;
	int prog;
	int64_t before[8];
};

static int die(const char *what)
{
	printf("differential: %s: %s\n", what, strerror(errno));
	exit(2);
}

static int64_t since(struct kernel *k, int cell)
{
	return cells_sum(&k->cells, 0, cell) - k->before[cell];
}

static bool load(void *data, const struct program *p, const char *text)
{
	static char log[LOG];
	struct kernel *k = data;
	const int fds[MAP_OWN] = {[MAP_RING] = k->ring.fd, [MAP_CELLS] = k->cells.fd};
	struct bpf_insn *insns = malloc((p->count + 1) * sizeof(*insns));
	LIBBPF_OPTS(bpf_prog_load_opts, opts);

	if (!insns)
		die("memory");
	memcpy(insns, p->insns, p->count * sizeof(*insns));
	encode_maps(insns, p->count, fds);
	if (k->prog >= 0)
		close(k->prog);
	k->prog = bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, "ks_differential", LICENSE, insns,
				p->count, &opts);
	if (k->prog < 0) {
		opts.log_buf = log;
		opts.log_size = LOG;
		opts.log_level = 1;
		bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, "ks_differential", LICENSE, insns,
			      p->count, &opts);
		printf("REFUSED %s\n%.1500s\n", text,
		       strlen(log) > 1500 ? log + strlen(log) - 1500 : log);
	}
	free(insns);
	return k->prog >= 0;
}

static void run(void *data, const struct program *p, const struct layout *l,
		const struct picture *pic, struct outcome *out)
{
	struct kernel *k = data;
	const struct wire_header *h;
	uint32_t size;
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = pic->context, .ctx_size_in = WORDS * 8);

	(void)p;
	for (int i = 0; i < 8; i++)
		k->before[i] = cells_sum(&k->cells, 0, i);
	out->verdict = BROKEN;
	if (bpf_prog_test_run_opts(k->prog, &opts) < 0)
		die("running a program");
	h = ring_next(&k->ring, &size);
	out->record = (const void *)h;
	if (since(k, CELL_HITS) != 1 || since(k, CELL_LOST) ||
	    since(k, CELL_MATCHED) != (h != NULL))
		printf("counters: hits %" PRIi64 ", matched %" PRIi64 ", lost %" PRIi64 "\n",
		       since(k, CELL_HITS), since(k, CELL_MATCHED), since(k, CELL_LOST));
	else if (h && (size < l->size || h->point != 0 || h->pid_tgid >> 32 != (uint32_t)getpid()))
		printf("a wrong header\n");
	else
		out->verdict = h			   ? MATCHED
			       : since(k, CELL_FAULTS)	   ? FAULT
			       : since(k, CELL_SUPPRESSED) ? SUPPRESSED
			       : since(k, CELL_SELF)	   ? SELF
							   : FILTERED;
}

// Where the value of an array map lies in the kernel.
static uint64_t address_of(int map)
{
	int to = bpf_map_create(BPF_MAP_TYPE_ARRAY, "address", 4, 8, 1, NULL), prog;
	struct bpf_insn insns[] = {
		{.code = BPF_LD | BPF_DW | BPF_IMM,
		 .dst_reg = BPF_REG_1,
		 .src_reg = BPF_PSEUDO_MAP_VALUE,
		 .imm = map},
		{0},
		{.code = BPF_LD | BPF_DW | BPF_IMM,
		 .dst_reg = BPF_REG_2,
		 .src_reg = BPF_PSEUDO_MAP_VALUE,
		 .imm = to},
		{0},
		{.code = BPF_STX | BPF_DW | BPF_MEM, .dst_reg = BPF_REG_2, .src_reg = BPF_REG_1},
		isa_alu_imm(8, BPF_MOV, BPF_REG_0, 0),
		isa_exit(),
	};
	LIBBPF_OPTS(bpf_test_run_opts, opts);
	uint32_t key = 0;
	uint64_t v = 0;

	prog = bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, "address", LICENSE, insns,
			     sizeof(insns) / sizeof(*insns), NULL);
	if (to < 0 || prog < 0 || bpf_prog_test_run_opts(prog, &opts) < 0 ||
	    bpf_map_lookup_elem(to, &key, &v) < 0 || !v)
		die("asking for the address of a map's value");
	close(prog);
	close(to);
	return v;
}

// Brings the pictures into the kernel and to user addresses, both in a row.
static void place(struct picture pics[ALL], const char *path, uint64_t seed)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_MMAPABLE);
	size_t size;
	unsigned char *kernel, *user;
	int map;

	if (pictures_load(pics, path, 0, 0, seed) < 0)
		die(path);
	size = ALL * pics[0].size;
	pictures_free(pics);
	map = bpf_map_create(BPF_MAP_TYPE_ARRAY, "pictures", 4, (uint32_t)size, 1, &opts);
	if (map < 0)
		die("a map for the pictures");
	kernel = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);
	user = mmap((void *)USER_AT, size, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_POPULATE, -1, 0);
	if (kernel == MAP_FAILED || user == MAP_FAILED ||
	    pictures_load(pics, path, address_of(map), USER_AT, seed) < 0)
		die("memory for the pictures");
	for (int i = 0; i < ALL; i++) {
		memcpy(kernel + (size_t)i * pics[i].size, pics[i].kernel, pics[i].size);
		memcpy(user + (size_t)i * pics[i].size, pics[i].user, pics[i].size);
	}
}

int main(int argc, char **argv)
{
	static struct picture pics[ALL];
	static char line[16000];
	struct kernel k = {.prog = -1};
	struct machinery m = {.data = &k, .load = load, .run = run};
	struct conditions c = {.context = CONTEXT_WORDS, .target = {.helper_reads = true}};
	struct tally t = {0};
	struct ks_error error;
	struct btf btf;
	cpu_set_t one;

	if (argc < 4)
		return 2;
	mallopt(M_MMAP_THRESHOLD, 64 << 20); // fresh pages are slow in an emulated machine
	mallopt(M_TRIM_THRESHOLD, 64 << 20);
	CPU_ZERO(&one);
	CPU_SET(0, &one);
	if (sched_setaffinity(0, sizeof(one), &one) < 0)
		die("one CPU");
	place(pics, argv[2], strtoull(argv[3], NULL, 10));
	if (btf_open(&btf, argv[1], NULL, &error) < 0 ||
	    cells_geometry(1, &c.geometry, &error) < 0 ||
	    cells_open(&k.cells, &c.geometry, &error) < 0 ||
	    ring_open(&k.ring, 1 << 16, &error) < 0) {
		printf("differential: %s\n", error.message);
		return 2;
	}
	cells_switch(&k.cells, 0, true);
	m.eval.pid_tgid = (uint64_t)getpid() << 32 | (uint32_t)syscall(SYS_gettid);
	m.eval.uid_gid = (uint64_t)getgid() << 32 | getuid();
	prctl(PR_GET_NAME, m.eval.comm);
	while (fgets(line, sizeof(line), stdin)) {
		char *save, *where = strtok_r(line, "\t\n", &save),
			    *expr = strtok_r(NULL, "\t\n", &save),
			    *answers = strtok_r(NULL, "\n", &save);
		struct subject s;

		if (!expr)
			continue;
		if (subject_init(&s, &btf, where, expr, &c, &error) < 0) {
			printf("DIFFERS %s: %u+%u: %s\n", expr, error.pos, error.len,
			       error.message);
			t.differing++;
		} else if (!subject_try(&s, pics, &m, answers, &t)) {
			t.differing += k.prog < 0;
		}
		subject_fini(&s);
	}
	tally_print(&t);
	return t.differing > 0;
}
