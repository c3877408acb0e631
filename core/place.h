// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// The words for where a probe goes: ["!"] ["return:"] [kind ":"] name ["(" parameter ")"], or
// "profile:" frequency.
#ifndef CORE_PLACE_H
#define CORE_PLACE_H

#include "arena.h"
#include "ksnoop.h"

enum place_kind {
	PLACE_FUNCTION,	  // f, fentry:f, kprobe:f, mod:MODULE:f
	PLACE_TRACEPOINT, // tp:NAME, typed by BTF
	PLACE_RAW,	  // raw:NAME
	PLACE_EVENT,	  // tp:CATEGORY:NAME, the classic record
	PLACE_SYSCALL,	  // sys:NAME
	PLACE_PROFILE	  // profile:HZ
};

enum place_force { PLACE_ANY, PLACE_FENTRY, PLACE_KPROBE };

struct place {
	const char *text; // as written, without what is around it
	uint8_t kind;	  // enum place_kind
	uint8_t force;	  // enum place_force
	bool is_return;
	bool leaves_out;      // "!...": what other places of the probe match is left out
	bool is_glob;	      // name is a pattern, or there is a parameter
	const char *module;   // NULL: not said
	const char *category; // PLACE_EVENT
	uint32_t hz;	      // PLACE_PROFILE
	const char *name;
	uint32_t name_pos, name_len;
	// "(struct bio *b)": functions that take one; the argument is called b here.
	uint32_t type_pos, type_len; // in text; len 0: none
	const char *param;	     // "b"; "" when it is not named
};

// -1 with error: KS_ESYNTAX with a place in the text. Keeps its strings in the arena.
int place_parse(struct arena *a, const char *text, struct place *ret, struct ks_error *error);

#endif
