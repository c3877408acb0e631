// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "ksyms.h"

#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "file.h"

#define PATH	    "/proc/kallsyms"
#define MAX_FILE    ((size_t)512 << 20)
#define REACH	    ((uint64_t)1 << 20) // nothing that has a symbol is larger
#define KERNEL_HALF (1ull << 63)	// of the address space

const char *const ksyms_trampoline[] = {"kretprobe_trampoline", "__kretprobe_trampoline",
					"arch_rethook_trampoline", "return_to_handler"};

static bool is_function(const struct ksym *s)
{
	return s->type == 'T' || s->type == 't' || s->type == 'W' || s->type == 'w';
}

// Values of hexadecimal digits, plus one: 0 is no digit.
static const unsigned char digits[256] = {
	['0'] = 1,  ['1'] = 2,	['2'] = 3,  ['3'] = 4,	['4'] = 5,  ['5'] = 6,
	['6'] = 7,  ['7'] = 8,	['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12,
	['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
};

// "ffffffff81000000 T _text" or, of a module, "ffffffffc0000000 t f\t[module]". end: of the line.
// Ends the name in NUL. False for what is no such line.
static bool parse(const char *text, char *line, char *end, struct ksym *ret)
{
	uint64_t address = 0;
	char *p = line, *tab;

	for (; p < end && digits[(unsigned char)*p]; p++)
		address = address << 4 | (uint64_t)(digits[(unsigned char)*p] - 1);
	if (p == line || p - line > 16 || end - p < 4 || p[0] != ' ' || p[2] != ' ')
		return false;
	*end = '\0';
	tab = memchr(p + 3, '\t', (size_t)(end - p - 3));
	*ret = (struct ksym){
		.address = address,
		.name = (uint32_t)(p + 3 - text),
		.type = p[1],
		.in_module = tab && tab[1] == '[' && end[-1] == ']',
	};
	if (tab)
		*tab = '\0';
	if (ret->in_module)
		end[-1] = '\0';
	return true;
}

static int parse_all(struct ksyms *k, size_t size, struct ks_error *error)
{
	char *end = k->text + size;
	size_t room = 0;

	for (char *line = k->text; line < end;) {
		char *stop = memchr(line, '\n', (size_t)(end - line));

		if (!stop)
			stop = end;
		if (k->count == room) {
			struct ksym *more;

			// A guess from the first lines, or from nothing.
			room = room ? room * 2 : size / 44 + 64;
			more = realloc(k->syms, room * sizeof(*more));
			if (!more)
				return error_nomem(error);
			k->syms = more;
		}
		// Absolute symbols are per-CPU offsets and constants, no addresses.
		if (parse(k->text, line, stop, &k->syms[k->count]) &&
		    (k->syms[k->count].type | 0x20) != 'a')
			k->count++;
		line = stop + 1;
	}
	return 0;
}

static int by_address(const void *a, const void *b)
{
	const struct ksym *x = a, *y = b;

	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	return x->name < y->name ? -1 : x->name > y->name; // the text's order
}

// The kernel's own symbols come sorted, then those of modules, each for itself.
static void sort(struct ksyms *k)
{
	uint32_t sorted = 1;

	while (sorted < k->count && k->syms[sorted - 1].address <= k->syms[sorted].address)
		sorted++;
	if (sorted >= k->count)
		return;
	// On x86-64 modules lie behind the kernel: what is sorted already stays where it is.
	qsort(k->syms + sorted, k->count - sorted, sizeof(*k->syms), by_address);
	if (k->syms[sorted].address < k->syms[sorted - 1].address)
		qsort(k->syms, k->count, sizeof(*k->syms), by_address);
}

static int read_all(struct ksyms *k, const char *path, struct ks_error *error)
{
	size_t size;

	k->text = file_read(path, MAX_FILE, &size, error);
	if (!k->text || parse_all(k, size, error) < 0)
		return -1;
	if (!k->count)
		return error_set(error, KS_EABSENT, "there are no symbols in %.200s", path);
	for (uint32_t i = 0; k->hidden && i < k->count; i++)
		k->hidden = k->syms[i].address == 0;
	sort(k);
	return names_init(&k->names, k->text, &k->syms->name, sizeof(*k->syms), k->count, error);
}

int ksyms_open(struct ksyms *k, const char *path, struct ks_error *error)
{
	int r;

	*k = (struct ksyms){.hidden = true};
	r = read_all(k, path ? path : PATH, error);
	if (r < 0)
		ksyms_fini(k);
	return r;
}

void ksyms_fini(struct ksyms *k)
{
	names_fini(&k->names);
	free(k->syms);
	free(k->text);
	*k = (struct ksyms){.hidden = true};
}

const char *ksyms_name(const struct ksyms *k, const struct ksym *s)
{
	return k->text + s->name;
}

const char *ksyms_module(const struct ksyms *k, const struct ksym *s)
{
	const char *name = k->text + s->name;

	return s->in_module ? name + strlen(name) + 2 : ""; // behind the NUL, the '['
}

uint32_t ksyms_count(const struct ksyms *k, const char *name)
{
	uint32_t i = NAMES_NONE, n = 0;

	while ((i = names_find(&k->names, name, i)) != NAMES_NONE)
		n += is_function(&k->syms[i]);
	return n;
}

const struct ksym *ksyms_find(const struct ksyms *k, const char *name, uint32_t nth)
{
	uint32_t i = NAMES_NONE;

	while ((i = names_find(&k->names, name, i)) != NAMES_NONE)
		if (is_function(&k->syms[i]) && nth-- == 0)
			return &k->syms[i];
	return NULL;
}

const struct ksym *ksyms_variant(const struct ksyms *k, const char *name, uint32_t nth)
{
	uint32_t i = NAMES_NONE;

	while ((i = names_variant(&k->names, name, i)) != NAMES_NONE)
		if (is_function(&k->syms[i]) && nth-- == 0)
			return &k->syms[i];
	return NULL;
}

const struct ksym *ksyms_symbol(const struct ksyms *k, const char *name)
{
	uint32_t i = names_find(&k->names, name, NAMES_NONE);

	return i == NAMES_NONE ? NULL : &k->syms[i];
}

const struct ksym *ksyms_at(const struct ksyms *k, uint64_t address, uint64_t *offset)
{
	uint32_t low = 0, high = k->count;

	if (k->hidden || address < KERNEL_HALF)
		return NULL;
	while (low < high) { // the first symbol behind the address
		uint32_t middle = low + (high - low) / 2;

		if (k->syms[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0)
		return NULL;
	// Of several symbols at one address the first is the name that the kernel itself prints.
	for (low--; low > 0 && k->syms[low - 1].address == k->syms[low].address; low--)
		;
	*offset = address - k->syms[low].address;
	return *offset < REACH ? &k->syms[low] : NULL;
}
