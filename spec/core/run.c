// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Runs compiled programs without a kernel: a BPF interpreter over a picture of memory, as strict as
// the verifier where it matters (nothing unset is read, every address is in bounds, the guard is
// held around helpers).
//
//   run BTF FUNCTION IMAGE < expressions
//
// IMAGE: pictures, each of 16 words of context, the address it was taken at, its length, its bytes;
// words that point into the picture are moved to a kernel address. For each expression and picture
// one line: its value as a capture (hex, or "?" unreadable), and what it does as a predicate: 1
// matched, 0 filtered, ? fault. "-" behind an option: "-null" sets the last argument to NULL first,
// "-no-hits", "-self" and "-busy" run under these conditions.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace.h"

#define KERNEL	0xffff888000000000ull
#define STACK	0xffffc90000000000ull
#define CONTEXT 0xffffc90000010000ull
#define CELLS	0xffffc90000020000ull
#define RECORD	0xffffc90000030000ull
#define PID	4242
#define TID	4243

struct region {
	uint64_t at;
	size_t size;
	unsigned char *bytes;
	bool *set; // which bytes hold a value; NULL: all
};

enum { R_STACK, R_CONTEXT, R_CELLS, R_RECORD, R_MEMORY, R_COUNT };

struct machine {
	struct region regions[R_COUNT];
	uint64_t r[11];
	bool set[11];
	bool submitted;
};

static const char *text; // the expression at hand

static void die(const char *why, unsigned at)
{
	printf("BROKEN at %u: %s: %s\n", at, why, text);
	exit(1);
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

	if (!g)
		return 0; // as a fault in the kernel does, and its check of the address
	for (size_t i = 0; g->set && i < size; i++)
		if (!g->set[va - g->at + i])
			die("a load of bytes that were never stored", at);
	memcpy(&v, g->bytes + (va - g->at), size);
	return v;
}

static void store(struct machine *m, uint64_t va, size_t size, uint64_t v, unsigned at)
{
	struct region *g = find(m, va, size);

	if (!g || g == &m->regions[R_MEMORY] || g == &m->regions[R_CONTEXT])
		die("a store outside of what is ours", at);
	memcpy(g->bytes + (va - g->at), &v, size);
	if (g->set)
		memset(g->set + (va - g->at), 1, size);
}

// What bpf_probe_read_* does: 0, the length of a string, or -EFAULT with the room cleared.
static uint64_t probe_read(struct machine *m, bool string, unsigned at)
{
	uint64_t to = m->r[1], size = m->r[2], from = m->r[3];
	struct region *g;

	for (size_t i = 0; i < size; i++) {
		g = find(m, from + i, 1);
		if (!g) {
			for (i = 0; i < size; i++)
				store(m, to + i, 1, 0, at);
			return (uint64_t)-14;
		}
		store(m, to + i, 1, g->bytes[from + i - g->at], at);
		if (string && (g->bytes[from + i - g->at] == 0 || i + 1 == size)) {
			store(m, to + i, 1, 0, at);
			return i + 1;
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
	case HELPER_probe_read_user:
	case HELPER_probe_read_kernel:
		return probe_read(m, false, at);
	case HELPER_probe_read_user_str:
	case HELPER_probe_read_kernel_str:
		return probe_read(m, true, at);
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
		return 0;
	}
}

static uint64_t alu(const struct bpf_insn *i, uint64_t a, uint64_t b, unsigned at)
{
	bool wide = BPF_CLASS(i->code) == BPF_ALU64;
	unsigned mask = wide ? 63 : 31;
	uint64_t v;

	if (!wide) {
		a = (uint32_t)a;
		b = (uint32_t)b;
	}
	switch (BPF_OP(i->code)) {
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
		v = 0;
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
		return false;
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
	unsigned at = 0;

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
			if (BPF_SRC(i->code) == BPF_X)
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
				if (i->off < 0)
					die("a jump backwards", at);
				at += (unsigned)i->off;
			}
		}
		at++;
	}
}

struct picture {
	uint64_t context[16];
	uint64_t base, size;
	unsigned char *bytes;
};

struct flags {
	bool null, no_hits, self, busy;
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

static void execute(struct machine *m, const struct program *p, const struct picture *pic,
		    const struct flags *f)
{
	static unsigned char stack[512], cells[256], record[MAX_RECORD], context[128];
	static bool set[512];
	static unsigned char *memory;
	uint64_t one = 1;

	memory = realloc(memory, pic->size); // kept for the next run
	memcpy(memory, pic->bytes, pic->size);
	for (size_t i = 0; i + 8 <= pic->size; i += 8) {
		uint64_t v;

		memcpy(&v, memory + i, 8);
		if (v >= pic->base && v < pic->base + pic->size) {
			v += KERNEL - pic->base;
			memcpy(memory + i, &v, 8);
		}
	}
	for (int i = 0; i < 16; i++) {
		uint64_t v = pic->context[i];

		v += v >= pic->base && v < pic->base + pic->size ? KERNEL - pic->base : 0;
		v = i == 11 && f->null ? 0 : v;
		memcpy(context + 8 * i, &v, 8);
	}
	memset(cells, 0, sizeof(cells));
	memset(record, 0xaa, sizeof(record));
	memset(set, 0, sizeof(set));
	memcpy(cells + WIRE_LINE + 8 * CELL_ON, &one, 8);
	if (f->busy)
		memcpy(cells, &one, 8);
	*m = (struct machine){.regions = {[R_STACK] = {STACK, 512, stack, set},
					  [R_CONTEXT] = {CONTEXT, sizeof(context), context, NULL},
					  [R_CELLS] = {CELLS, sizeof(cells), cells, NULL},
					  [R_RECORD] = {RECORD, 0, record, NULL},
					  [R_MEMORY] = {KERNEL, pic->size, memory, NULL}}};
	m->r[1] = CONTEXT;
	m->r[10] = STACK + 512;
	m->set[1] = m->set[10] = true;
	run(m, p);
	check_end(m, f);
}

static struct ks_variant *compile(struct ks_trace *t, const char *func, const char *where,
				  const char *capture, bool self)
{
	struct ks_error error;
	struct ks_probe *p, *at;

	p = ks_probe(t, &func, 1, &error);
	if (p && (!where || ks_where(p, where, &error) == 0) &&
	    (!capture || ks_capture(p, capture, &error) >= 0)) {
		if (self)
			t->own_pid = PID;
		if (ks_compile(t, &at, &error) == 0)
			return ks_variant(p, 0);
	}
	printf("error %u+%u: %s\n", error.pos, error.len, error.message);
	return NULL;
}

static void one(const char *btf, const char *func, const char *expr, const struct picture *pics,
		size_t count, const struct flags *f)
{
	struct ks_options options = {.btf = btf, .no_hits = f->no_hits};
	struct ks_error error;
	struct ks_trace *a = ks_open(&options, &error), *b = ks_open(&options, &error);
	char capture[8192];
	struct ks_variant *as_value, *as_where;

	if (!a || !b) {
		printf("%s\n", error.message);
		exit(1);
	}
	snprintf(capture, sizeof(capture), "value=%s", expr);
	as_value = compile(a, func, NULL, capture, f->self);
	as_where = as_value ? compile(b, func, expr, NULL, f->self) : NULL;
	for (size_t i = 0; as_where && i < count; i++) {
		struct machine m;
		char value[4200] = "-";

		execute(&m, &as_value->program, &pics[i], f);
		if (m.submitted) {
			const struct ks_record *r = (const void *)m.regions[R_RECORD].bytes;
			int n = ks_field_count(as_value) - 1;
			const struct ks_field *field = ks_field(as_value, n);

			if (r->pid != PID || r->tid != TID || r->time != 1000 || r->point != 0)
				die("a wrong header", 0);
			if (*ks_why(a, r, n)) {
				strcpy(value, "?");
			} else if (field->kind == KS_STR || field->kind == KS_CHARS) {
				ks_text(a, r, n, NULL, value, sizeof(value));
			} else {
				uint64_t v = 0;
				unsigned spare = 64 - 8 * field->size;

				memcpy(&v, m.regions[R_RECORD].bytes + field->offset, field->size);
				if (field->is_signed)
					v = (uint64_t)((int64_t)(v << spare) >> spare);
				snprintf(value, sizeof(value), "%" PRIx64, v);
			}
		}
		printf("%s", value);
		execute(&m, &as_where->program, &pics[i], f);
		printf(" %s\n", m.submitted		    ? "1"
				: cell(&m, CELL_FAULTS)	    ? "?"
				: cell(&m, CELL_SUPPRESSED) ? "suppressed"
				: cell(&m, CELL_SELF)	    ? "self"
							    : "0");
	}
	ks_close(a);
	ks_close(b);
}

int main(int argc, char **argv)
{
	struct picture pics[64];
	struct flags flags = {0};
	size_t count = 0;
	char line[8000];
	FILE *image;

	if (argc < 4 || !(image = fopen(argv[3], "rb")))
		return 2;
	while (count < 64 && fread(&pics[count], 144, 1, image) == 1) {
		struct picture *p = &pics[count++];

		p->bytes = malloc(p->size);
		if (!p->bytes || fread(p->bytes, p->size, 1, image) != 1)
			return 2;
	}
	for (int i = 4; i < argc; i++) {
		flags.null |= !strcmp(argv[i], "-null");
		flags.no_hits |= !strcmp(argv[i], "-no-hits");
		flags.self |= !strcmp(argv[i], "-self");
		flags.busy |= !strcmp(argv[i], "-busy");
	}
	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		text = line;
		one(argv[1], argv[2], line, pics, count, &flags);
	}
	for (size_t i = 0; i < count; i++)
		free(pics[i].bytes);
	fclose(image);
	return 0;
}
