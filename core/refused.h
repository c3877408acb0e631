// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// What the kernel's no means, in words: a reason and what to do about it, never a bare errno.
#ifndef CORE_REFUSED_H
#define CORE_REFUSED_H

#include "attach.h"

struct refusal {
	const struct attach_target *target;
	int os;
	char *log;	// of the verifier; NULL: none
	bool keep;	// put the log into a file
	bool opened;	// the event was there, it did not take the program
	uint32_t index; // multi: which function it was; UINT32_MAX: unknown
};

// All of these return -1, with error, and fill in the target's rejection where there is one.
int refused_load(const struct refusal *r, struct ks_error *error);
int refused_link(const struct refusal *r, struct ks_error *error);
int refused_module(const struct attach_target *t, int os, struct ks_error *error);
// what: "the counter map"
int refused_map(const char *what, int os, struct ks_error *error);
// Does this errno say that one of many functions was not to the kernel's taste?
bool refused_by_one(int os);

#endif
