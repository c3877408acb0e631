// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Runs compiled programs without a kernel: a BPF interpreter over a picture of memory, as strict as
// the verifier where it matters (nothing unset is read, every address is in bounds, the guard is
// held around helpers).
//
//   run BTF IMAGE [options] < expressions
//
// IMAGE: what spec/support/oracle.c wrote. A line has a place, an expression and, if known, gcc's
// answers in the pictures, with tabs between. The answers of BPF and of core/eval.c are held against
// each other and against gcc's; what differs is printed. The last line has the sums; exit 1: some
// differed.
//
//   -seed=N         of the pictures with broken pointers
//   -first          stop at the first difference
//   -cover=FILE     add up there which operators met which kinds
//   -table -missing print that as a table; print the empty cells
//   -print          instead: for each expression and picture what BPF says, "VALUE TRUTH": the value
//                   as a capture ("?" unreadable), and 1 matched, 0 filtered, ? fault
//   -direct -helper how memory is read: only so, and not by turns (direct loads with and without
//                   the kernel's check of addresses)
//   -null           the last argument is NULL
//   -no-hits -self -busy    under these conditions
#include <inttypes.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../bpf/isa.h"
#include "../../bpf/wire.h"
#include "../support/coverage.h"
#include "../support/engines.h"

#define KERNEL	0xffff888000000000ull
#define USER	0x10000000ull
#define STACK	0xffffc90000000000ull
#define CONTEXT 0xffffc90000010000ull
#define CELLS	0xffffc90000020000ull
#define RECORD	0xffffc90000030000ull
#define PID	4242
#define TID	4243
#define TASK	0xffff888012345000ull

struct region {
	uint64_t at;
	size_t size;
	unsigned char *bytes;
	bool *set; // which bytes hold a value; NULL: all
};

enum { R_STACK, R_CONTEXT, R_CELLS, R_RECORD, R_MEMORY, R_USER, R_COUNT };

struct machine {
	struct region regions[R_COUNT];
	uint64_t r[11];
	bool set[11];
	bool submitted;
	bool checked_loads;
};

static const char *text; // the expression at hand
static jmp_buf broken;

static void __attribute__((noreturn)) die(const char *why, unsigned at)
{
	printf("BROKEN at %u: %s: %s\n", at, why, text);
	longjmp(broken, 1);
}

static struct region *find(struct machine *m, uint64_t va, size_t size)
{
	for (int i = 0; i < R_COUNT; i++)
		if (va >= m->regions[i].at && size <= m->regions[i].size &&
		    va - m->regions[i].at <= m->regions[i].size - size)
			return &m->regions[i];
	return NULL;
}

static uint64_t load(struct machine *m, uint64_t va, size_t size, unsigned at)
{
	struct region *g = find(m, va, size);
	uint64_t v = 0;

	if (!m->checked_loads && (!g || g == &m->regions[R_USER]) && (int64_t)va >= -4095)
		die("a load that no pointer check stopped", at);
	if (!g || g == &m->regions[R_USER])
		return 0; // as a fault in the kernel does, and its check of the address
	for (size_t i = 0; g->set && i < size; i++)
		if (!g->set[va - g->at + i])
			die("a load of bytes that were never stored", at);
	if (g == &m->regions[R_STACK] && va % size)
		die("a load from the stack that is not aligned", at);
	memcpy(&v, g->bytes + (va - g->at), size);
	return v;
}

static void store(struct machine *m, uint64_t va, size_t size, uint64_t v, unsigned at)
{
	struct region *g = find(m, va, size);

	if (!g || g == &m->regions[R_MEMORY] || g == &m->regions[R_CONTEXT] ||
	    g == &m->regions[R_USER])
		die("a store outside of what is ours", at);
	if (g == &m->regions[R_STACK] && va % size)
		die("a store to the stack that is not aligned", at);
	memcpy(g->bytes + (va - g->at), &v, size);
	if (g->set)
		memset(g->set + (va - g->at), 1, size);
}

// What bpf_probe_read_* does: 0, the length of a string, or -EFAULT with the room cleared.
static uint64_t probe_read(struct machine *m, bool user, bool string, unsigned at)
{
	uint64_t to = m->r[1], size = m->r[2], from = m->r[3];
	struct region *g;

	for (size_t i = 0; i < size; i++) {
		g = find(m, from + i, 1);
		if (!g || (g == &m->regions[R_USER]) != user) {
			for (i = 0; i < size; i++)
				store(m, to + i, 1, 0, at);
			return (uint64_t)-14;
		}
		store(m, to + i, 1, g->bytes[from + i - g->at], at);
		if (string && (g->bytes[from + i - g->at] == 0 || i + 1 == size)) {
			store(m, to + i, 1, 0, at);
			// Older kernels do not count the NUL of an empty string of the user's.
			return i || !user || m->checked_loads ? i + 1 : 0;
		}
	}
	return 0;
}

static uint64_t call(struct machine *m, int helper, unsigned at)
{
	uint64_t busy;

	memcpy(&busy, m->regions[R_CELLS].bytes, 8);
	if (helper != HELPER_get_smp_processor_id && busy != 1)
		die("a helper without the guard", at);
	switch (helper) {
	case HELPER_get_smp_processor_id:
		return 0;
	case HELPER_get_current_pid_tgid:
		return (uint64_t)PID << 32 | TID;
	case HELPER_get_current_uid_gid:
		return (uint64_t)7 << 32 | 1000;
	case HELPER_get_current_comm:
		for (size_t i = 0; i < m->r[2]; i++)
			store(m, m->r[1] + i, 1, i < 2 ? (uint64_t) "dd"[i] : 0, at);
		return 0;
	case HELPER_get_current_cgroup_id:
		return 77;
	case HELPER_get_current_task:
		return TASK;
	case HELPER_probe_read_user:
	case HELPER_probe_read_kernel:
		return probe_read(m, helper == HELPER_probe_read_user, false, at);
	case HELPER_probe_read_user_str:
	case HELPER_probe_read_kernel_str:
		return probe_read(m, helper == HELPER_probe_read_user_str, true, at);
	case HELPER_ktime_get_boot_ns:
		return 1000;
	case HELPER_ringbuf_reserve:
		m->regions[R_RECORD].size = m->r[2];
		return RECORD;
	case HELPER_ringbuf_submit:
		m->submitted = true;
		return 0;
	default:
		die("an unknown helper", at);
	}
}

static uint64_t alu(const struct bpf_insn *i, uint64_t a, uint64_t b, unsigned at)
{
	bool wide = BPF_CLASS(i->code) == BPF_ALU64;
	unsigned mask = wide ? 63 : 31;
	uint64_t v, original = a;

	if (!wide) {
		a = (uint32_t)a;
		b = (uint32_t)b;
	}
	switch (BPF_OP(i->code)) {
	case BPF_END: // only to the other byte order
		if (BPF_SRC(i->code) != BPF_TO_BE || wide)
			die("an unknown swap", at);
		return __builtin_bswap64(original) >> (64 - i->imm);
	case BPF_ADD:
		v = a + b;
		break;
	case BPF_SUB:
		v = a - b;
		break;
	case BPF_MUL:
		v = a * b;
		break;
	case BPF_DIV:
		v = b ? a / b : 0;
		break;
	case BPF_MOD:
		v = b ? a % b : a;
		break;
	case BPF_OR:
		v = a | b;
		break;
	case BPF_AND:
		v = a & b;
		break;
	case BPF_XOR:
		v = a ^ b;
		break;
	case BPF_MOV:
		v = b;
		break;
	case BPF_NEG:
		v = -a;
		break;
	case BPF_LSH:
		v = a << (b & mask);
		break;
	case BPF_RSH:
		v = a >> (b & mask);
		break;
	case BPF_ARSH:
		v = wide ? (uint64_t)((int64_t)a >> (b & mask))
			 : (uint64_t)((int32_t)a >> (b & mask));
		break;
	default:
		die("an unknown operation", at);
	}
	if (BPF_SRC(i->code) == BPF_K && i->imm < 0 && (unsigned)i->imm > mask &&
	    (BPF_OP(i->code) == BPF_LSH || BPF_OP(i->code) == BPF_RSH))
		die("a shift by a negative constant", at);
	return wide ? v : (uint32_t)v;
}

static bool jumps(const struct bpf_insn *i, uint64_t a, uint64_t b, unsigned at)
{
	int64_t x = (int64_t)a, y = (int64_t)b;

	if (BPF_CLASS(i->code) == BPF_JMP32) {
		a = (uint32_t)a;
		b = (uint32_t)b;
		x = (int32_t)a;
		y = (int32_t)b;
	}
	switch (BPF_OP(i->code)) {
	case BPF_JA:
		return true;
	case BPF_JEQ:
		return a == b;
	case BPF_JNE:
		return a != b;
	case BPF_JGT:
		return a > b;
	case BPF_JGE:
		return a >= b;
	case BPF_JLT:
		return a < b;
	case BPF_JLE:
		return a <= b;
	case BPF_JSGT:
		return x > y;
	case BPF_JSGE:
		return x >= y;
	case BPF_JSLT:
		return x < y;
	case BPF_JSLE:
		return x <= y;
	case BPF_JSET:
		return a & b;
	default:
		die("an unknown jump", at);
	}
}

static uint64_t use(struct machine *m, int reg, unsigned at)
{
	if (!m->set[reg])
		die("a register is read that was never set", at);
	return m->r[reg];
}

static void run(struct machine *m, const struct program *p)
{
	static const size_t sizes[4] = {4, 2, 1, 8};
	unsigned at = 0, steps = 0;

	for (;;) {
		const struct bpf_insn *i = &p->insns[at];
		uint8_t class = BPF_CLASS(i->code);
		size_t size = sizes[BPF_SIZE(i->code) >> 3];
		uint64_t b = (uint64_t)(int64_t)i->imm, v;

		if (at >= p->count)
			die("past the end", at);
		if (class == BPF_LD) { // the 64-bit constant
			v = (uint32_t)i->imm | (uint64_t)(uint32_t)i[1].imm << 32;
			m->r[i->dst_reg] = i->src_reg == BPF_PSEUDO_MAP_VALUE
						   ? CELLS + (uint32_t)i[1].imm
						   : v;
			m->set[i->dst_reg] = true;
			at += 2;
			continue;
		}
		if (class == BPF_LDX) {
			v = use(m, i->src_reg, at) + (uint64_t)(int64_t)i->off;
			m->r[i->dst_reg] = load(m, v, size, at);
			m->set[i->dst_reg] = true;
		} else if (class == BPF_ST) {
			v = use(m, i->dst_reg, at) + (uint64_t)(int64_t)i->off;
			store(m, v, size, b, at);
		} else if (class == BPF_STX) {
			v = use(m, i->dst_reg, at) + (uint64_t)(int64_t)i->off;
			b = use(m, i->src_reg, at);
			if (BPF_MODE(i->code) == BPF_XADD)
				b += load(m, v, size, at);
			store(m, v, size, b, at);
		} else if (class == BPF_ALU || class == BPF_ALU64) {
			if (BPF_SRC(i->code) == BPF_X && BPF_OP(i->code) != BPF_END)
				b = use(m, i->src_reg, at);
			v = BPF_OP(i->code) == BPF_MOV ? 0 : use(m, i->dst_reg, at);
			m->r[i->dst_reg] = alu(i, v, b, at);
			m->set[i->dst_reg] = true;
		} else if (BPF_OP(i->code) == BPF_EXIT && class == BPF_JMP) {
			use(m, 0, at);
			return;
		} else if (BPF_OP(i->code) == BPF_CALL && class == BPF_JMP) {
			m->r[0] = call(m, i->imm, at);
			m->set[0] = true;
			memset(m->set + 1, 0, 5);
		} else {
			if (BPF_OP(i->code) != BPF_JA) {
				if (BPF_SRC(i->code) == BPF_X)
					b = use(m, i->src_reg, at);
				v = use(m, i->dst_reg, at);
			} else {
				v = 0;
			}
			if (jumps(i, v, b, at)) {
				if (i->off < 0 && ++steps > 10000)
					die("no end", at);
				at += (unsigned)(int)i->off;
			}
		}
		at++;
	}
}

struct flags {
	bool null, no_hits, self, busy, first, print, table, missing, direct, helper;
	bool checked_loads; // by turns, as is direct
	uint64_t seed;
	const char *cover;
};

// The value of a cell of the only probe.
static uint64_t cell(const struct machine *m, int which)
{
	uint64_t v;

	memcpy(&v, m->regions[R_CELLS].bytes + WIRE_LINE + 8 * which, 8);
	return v;
}

// Every hit must be accounted for, and the guard given back.
static void check_end(const struct machine *m, const struct flags *f)
{
	uint64_t busy, hits = cell(m, CELL_HITS), matched = cell(m, CELL_MATCHED);
	uint64_t others = cell(m, CELL_SUPPRESSED) + cell(m, CELL_SELF) + cell(m, CELL_FAULTS);

	memcpy(&busy, m->regions[R_CELLS].bytes, 8);
	if (busy != f->busy)
		die("the guard is not as it was", 0);
	if (hits != !f->no_hits || matched + others > 1 || matched != m->submitted)
		die("the counters do not add up", 0);
}

static void check_header(const unsigned char *record)
{
	const struct wire_header *h = (const void *)record;

	if (h->pid_tgid != ((uint64_t)PID << 32 | TID) || h->time != 1000 || h->point != 0)
		die("a wrong header", 0);
}

static void execute(void *data, const struct program *p, const struct layout *l,
		    const struct picture *pic, struct outcome *out)
{
	static unsigned char stack[512], cells[256], record[MAX_RECORD + 8];
	static bool set[512];
	static uint64_t context[16];
	const struct flags *f = data;
	struct machine m = {0};
	uint64_t one = 1;

	memcpy(context, pic->context, sizeof(context));
	if (f->null)
		context[11] = 0;
	memset(cells, 0, sizeof(cells));
	memset(record, 0xaa, l->size);
	memset(set, 0, sizeof(set));
	memcpy(cells + WIRE_LINE + 8 * CELL_ON, &one, 8);
	if (f->busy)
		memcpy(cells, &one, 8);
	m = (struct machine){
		.regions = {[R_STACK] = {STACK, 512, stack, set},
			    [R_CONTEXT] = {CONTEXT, sizeof(context), (void *)context, NULL},
			    [R_CELLS] = {CELLS, sizeof(cells), cells, NULL},
			    [R_RECORD] = {RECORD, 0, record, NULL},
			    [R_MEMORY] = {pic->kernel_at, pic->size, pic->kernel, NULL},
			    [R_USER] = {pic->user_at, pic->size, pic->user, NULL}}};
	m.checked_loads = f->checked_loads;
	m.r[1] = CONTEXT;
	m.r[10] = STACK + 512;
	m.set[1] = m.set[10] = true;
	out->verdict = BROKEN;
	if (setjmp(broken))
		return;
	run(&m, p);
	check_end(&m, f);
	if (m.submitted)
		check_header(record);
	out->record = record;
	out->verdict = m.submitted		   ? MATCHED
		       : cell(&m, CELL_FAULTS)	   ? FAULT
		       : cell(&m, CELL_SUPPRESSED) ? SUPPRESSED
		       : cell(&m, CELL_SELF)	   ? SELF
						   : FILTERED;
}

static void print(struct subject *s, const struct picture *pics, const struct machinery *m)
{
	static const char *const words[] = {"1", "0", "?", "suppressed", "self", "broken"};
	static char value[2 * MAX_RECORD];
	struct outcome out;

	for (int i = 0; i < PICTURES; i++) {
		strcpy(value, "-");
		m->run(m->data, &s->as_value, &s->layout, &pics[i], &out);
		if (out.verdict == MATCHED)
			subject_say(s, out.record, value);
		printf("%s", value);
		if (s->has_where)
			m->run(m->data, &s->as_where, &s->empty, &pics[i], &out);
		printf(" %s\n", s->has_where ? words[out.verdict] : "-");
	}
}

static const struct option {
	const char *name;
	size_t off;
} options[] = {
	{"-null", offsetof(struct flags, null)},     {"-no-hits", offsetof(struct flags, no_hits)},
	{"-self", offsetof(struct flags, self)},     {"-busy", offsetof(struct flags, busy)},
	{"-first", offsetof(struct flags, first)},   {"-print", offsetof(struct flags, print)},
	{"-table", offsetof(struct flags, table)},   {"-missing", offsetof(struct flags, missing)},
	{"-direct", offsetof(struct flags, direct)}, {"-helper", offsetof(struct flags, helper)},
};

static void parse_options(struct flags *f, char **words)
{
	for (; *words; words++) {
		for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++)
			if (!strcmp(*words, options[i].name))
				*((bool *)f + options[i].off) = true;
		if (!strncmp(*words, "-cover=", 7))
			f->cover = *words + 7;
		if (!strncmp(*words, "-seed=", 6))
			f->seed = strtoull(*words + 6, NULL, 10);
	}
}

// One line of input. False: the answers differ.
static bool line(const struct btf *btf, char *p, const struct picture *pics, struct flags *f,
		 struct tally *t, struct coverage *cover)
{
	char *save, *place = strtok_r(p, "\t\n", &save), *expr = strtok_r(NULL, "\t\n", &save),
		    *answers = strtok_r(NULL, "\n", &save);
	struct conditions c = {.no_hits = f->no_hits,
			       .self = f->self ? PID : 0,
			       .context = CONTEXT_TRACING,
			       .geometry = {.cpu_mask = 0, .block_shift = 7}};
	struct machinery m = {.data = f,
			      .run = execute,
			      .eval = {.pid_tgid = (uint64_t)PID << 32 | TID,
				       .uid_gid = (uint64_t)7 << 32 | 1000,
				       .cgroup = 77,
				       .time = 1000,
				       .current = TASK,
				       .comm = "dd"}};
	struct subject s;
	struct ks_error error;
	bool same = true;

	if (!expr)
		return true;
	text = expr;
	f->checked_loads = t->expressions % 3 == 2;
	c.target = (struct lower_target){.checked_loads = f->checked_loads,
					 .any_pointer = f->checked_loads,
					 .helper_reads = f->helper ||
							 (!f->direct && t->expressions % 3 == 1)};
	if (subject_init(&s, btf, place, expr, &c, &error) < 0) {
		printf("%s %s: %u+%u: %s\n", f->print ? "error" : "DIFFERS", expr, error.pos,
		       error.len, error.message);
		t->differing++;
		same = false;
	} else if (f->print) {
		print(&s, pics, &m);
	} else {
		same = subject_try(&s, pics, &m, answers, t);
		coverage_count(cover, s.value);
	}
	subject_fini(&s);
	return same;
}

int main(int argc, char **argv)
{
	static struct picture pics[ALL];
	static struct coverage cover;
	static char buf[16000];
	struct flags flags = {.seed = 1};
	struct tally t = {0};
	struct ks_error error;
	struct btf btf;

	if (argc < 3)
		return 2;
	parse_options(&flags, argv + 3);
	if (btf_open(&btf, argv[1], NULL, &error) < 0 ||
	    pictures_load(pics, argv[2], KERNEL, USER, flags.seed) < 0 ||
	    (flags.cover && coverage_read(&cover, flags.cover) < 0)) {
		printf("can't read %s or %s\n", argv[1], argv[2]);
		return 2;
	}
	while (fgets(buf, sizeof(buf), stdin))
		if (!line(&btf, buf, pics, &flags, &t, &cover) && flags.first)
			break;
	if (flags.cover && coverage_write(&cover, flags.cover) < 0)
		return 2;
	if (flags.table)
		coverage_table(&cover, stdout);
	if (flags.missing)
		coverage_missing(&cover, stdout);
	if (!flags.print)
		tally_print(&t);
	pictures_free(pics);
	btf_fini(&btf);
	return t.differing && !flags.print;
}
