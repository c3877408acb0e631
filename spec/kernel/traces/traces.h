// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// traces: makes programs by the hundred, from this kernel's own types, and has the kernel load them
// all. Nothing is attached.
#ifndef TRACES_H
#define TRACES_H

#include "btf.h"
#include "ksnoop.h"

typedef unsigned __int128 features; // a set of enum feature, features.h

// --- load.c: definitions into the kernel -----------------------------------------------------

#define MAX_TEXTS 40
#define TEXT_ROOM 12000

enum variant { PLAIN, NO_HITS, HELPER_READS, WITH_SELF, VARIANTS };

// One trace definition: a place, then lines, each with a letter in front: w predicate, c capture,
// t template, d the default captures, k how many are kept and when they go out, s which hits are looked at
// ("ONE_IN INTERVAL BURST", the first). What became of it is filled in.
struct definition {
	char place[128];
	uint8_t variant; // enum variant
	uint32_t count;
	uint32_t at[MAX_TEXTS]; // where each line begins in text
	uint32_t used;
	features features[MAX_TEXTS]; // what each line is made of
	features more;		      // what the whole is made of
	char text[TEXT_ROOM];

	uint8_t verdict; // enum verdict
	bool taken[MAX_TEXTS];
	uint32_t programs, insns;
	char words[1200]; // of whoever refused it
	uint32_t refusals;
	char refusal[240]; // of a line, the last
	char refused[280]; // which one
};

enum verdict {
	PENDING,
	LOADED,
	REFUSED,  // by us, with a reason
	REJECTED, // by the kernel
	CRASHED	  // we did not survive it
};

// Opens the traces that all batches begin from: of the first so many variants, as each takes seconds. Exits when that
// fails.
void load_open(int variants);
void load_close(void);
// n definitions that the caller may reuse, in memory that children can write to.
struct definition *load_room(uint32_t n);
void definition_add(struct definition *d, char letter, const char *text, features of);
// Makes all of a batch, which have one variant, up to the kernel's verdict.
void load_batch(struct definition *d, uint32_t n);
// Is this text taken as a capture of a function?
bool load_takes(const char *place, const char *capture);
void definition_print(const struct definition *d);

// --- functions.c: what can be traced here ----------------------------------------------------

struct functions {
	uint32_t *ids; // BTF_KIND_FUNC
	uint32_t count;
	uint32_t listed, described; // by the kernel's list; of those, in vmlinux BTF
};

void functions_open(struct functions *f, const struct btf *b);
// One program with the default captures at the entry of each of n functions and, unless it returns
// nothing, at its return. n 0: of all. False: the kernel rejected one.
bool functions_load(const struct btf *b, const struct functions *f, uint32_t n);

// --- random.c: definitions at random ---------------------------------------------------------

// count definitions; prints what each feature's share was. False: the kernel rejected one.
bool random_load(const struct btf *b, const struct functions *f, uint32_t count);

// --- main.c ----------------------------------------------------------------------------------

void seed(uint64_t n);
uint32_t draw(uint32_t below);
// Counts texts that are alike; the numbers and names in them taken out.
void tally_add(const char *text, const char *example);
void tally_print(const char *title, uint32_t most);

#endif
