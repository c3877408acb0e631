// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// The kernel's symbols, as /proc/kallsyms has them: addresses to names and names to addresses.
#ifndef CORE_KSYMS_H
#define CORE_KSYMS_H

#include "names.h"

struct ksym {
	uint64_t address; // 0 when addresses are hidden
	uint32_t name;	  // offset in the text
	char type;	  // as nm has it: 'T', 't', 'D', ...
	bool in_module;
};

// What stands in place of a return address where the kernel sees a function return, by its names.
#define KSYMS_TRAMPOLINES 4
extern const char *const ksyms_trampoline[KSYMS_TRAMPOLINES];

struct ksyms {
	char *text;	   // owned
	struct ksym *syms; // by address; aliases in the kernel's order of preference; owned
	uint32_t count;
	bool hidden; // the kernel shows no addresses to us: names can be found, addresses can't
	struct names names;
};

// Reads the file (NULL: /proc/kallsyms). KS_EABSENT, KS_EPERM, KS_EOS, KS_ENOMEM.
int ksyms_open(struct ksyms *k, const char *path, struct ks_error *error);
void ksyms_fini(struct ksyms *k);

const char *ksyms_name(const struct ksyms *k, const struct ksym *s);
// "" for the kernel itself.
const char *ksyms_module(const struct ksyms *k, const struct ksym *s);
// How many functions are called so, modules' among them.
uint32_t ksyms_count(const struct ksyms *k, const char *name);
// The n-th of them, from 0; NULL when there are not so many.
const struct ksym *ksyms_find(const struct ksyms *k, const char *name, uint32_t nth);
// The n-th function that a compiler made of this one: "f.isra.0", "f.constprop.0", "f.part.0",
// "f.cold", "f.llvm.123"; NULL when there are not so many.
const struct ksym *ksyms_variant(const struct ksyms *k, const char *name, uint32_t nth);
// The symbol in which an address lies, and how far behind its start; NULL when hidden, or when the
// address is not in the kernel's half or nowhere near one: of the heap, say.
const struct ksym *ksyms_at(const struct ksyms *k, uint64_t address, uint64_t *offset);
// Any symbol, also data, by its exact name; NULL when there is none.
const struct ksym *ksyms_symbol(const struct ksyms *k, const char *name);

#endif
