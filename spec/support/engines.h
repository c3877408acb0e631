// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// What spec/core/run.c and spec/kernel/workload/differential.c share: an expression is compiled as a
// capture and as a predicate, tried in pictures of memory by BPF and by core/eval.c, and their
// answers are held against each other and against gcc's.
#ifndef SPEC_ENGINES_H
#define SPEC_ENGINES_H

#include "arena.h"
#include "encode.h"
#include "eval.h"
#include "layout.h"
#include "scope.h"
#include "shape.h"

#define PICTURES 8  // in which gcc has answered
#define HOSTILE	 4  // with broken pointers: only our engines answer
#define ALL	 12 // of both

// A state of the world. What gcc saw at `base` lies twice here, as kernel and as user memory, with
// pointers into it moved along. Pointers to `alias` and behind it are pointers to user memory.
struct picture {
	uint64_t context[16]; // words
	uint64_t base, alias, size;
	uint64_t kernel_at, user_at;
	unsigned char *kernel, *user;
};

enum verdict { MATCHED, FILTERED, FAULT, SUPPRESSED, SELF, BROKEN };

struct outcome {
	enum verdict verdict;
	const unsigned char *record; // of a MATCHED one
};

struct conditions {
	bool no_hits;
	struct lower_target target;
	enum scope_context context;
	uint32_t self;
	struct shape_geometry geometry;
};

// One expression, compiled both ways.
struct subject {
	struct arena arena;
	struct scope scope;
	struct layout layout, empty;
	struct lower_target target;
	const char *text;
	const struct node *value, *where; // as check made them: what eval gets
	int field;			  // of the capture; -1: it is in the header already
	struct program as_value, as_where;
	bool has_where; // it is a number or a pointer
};

// What runs BPF: fills in the outcome of a program in a picture.
struct machinery {
	void *data;
	// NULL: always ready. False, and said why: this program can't be run.
	bool (*load)(void *data, const struct program *p, const char *text);
	void (*run)(void *data, const struct program *p, const struct layout *l,
		    const struct picture *pic, struct outcome *out);
	struct eval eval; // the task and the moment, as the programs see them
};

// Reads the file that oracle.c writes, and makes HOSTILE more by a seed. They lie in a row, each
// `size` bytes, from kernel_at and user_at on. 0 or -1.
int pictures_load(struct picture pics[ALL], const char *path, uint64_t kernel_at, uint64_t user_at,
		  uint64_t seed);
void pictures_free(struct picture pics[ALL]);

// place: "function" or "return:function". -1 with error.
int subject_init(struct subject *s, const struct btf *b, const char *place, const char *text,
		 const struct conditions *c, struct ks_error *error);
void subject_fini(struct subject *s);
// The value as a line says it: hex, text, or "?". buf has room for 9000 bytes.
void subject_say(const struct subject *s, const unsigned char *record, char *buf);

struct tally {
	uint64_t expressions, comparisons, with_c, unknown, open, differing;
	uint64_t early; // rejected by what can't fail, though another part failed
};

void tally_print(const struct tally *t);
// Tries the subject in all pictures. answers: gcc's, PICTURES words of hex or "-", or NULL. Prints
// each difference. False: there was one.
bool subject_try(struct subject *s, const struct picture pics[ALL], const struct machinery *m,
		 const char *answers, struct tally *t);

#endif
