// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// The places where something may have begun, each with a scope of its own: what all of them capture by
// one name is kept for those who ask later.
#ifndef CORE_BEGINNINGS_H
#define CORE_BEGINNINGS_H

#include "trace.h"

struct beginnings {
	const char *what;	      // they are, in messages: "open ends"
	const struct ks_probe *probe; // whose variants they are
	const struct scope **scopes;  // of each; NULL: some may still come
	uint32_t count;
	struct scope_capture *captures; // what all of them capture, as N_STASH
	struct stash stash;
};

// All of them are there, with their captures: gives each its number (pairs_from.end). Once; again it
// does nothing. from: others around these, whose captures are names here; NULL: none. -1 with error: they
// do not capture the same.
int beginnings_seal(struct beginnings *b, const struct beginnings *from, struct ks_error *error);
// Makes what they capture names in a scope. -1 with error.
int beginnings_know(const struct beginnings *b, struct arena *a, struct scope *scope,
		    struct ks_error *error);
// Is this one of their captures a name elsewhere? A built-in value's is always what it is there: what it
// was here, entry(comm) tells.
bool beginnings_names(const struct beginnings *b, const struct scope_capture *c);
// Puts away all that they capture. l: as stash_add wants it. -1 with error.
int beginnings_keep(struct beginnings *b, struct lower *l, struct ks_error *error);

#endif
