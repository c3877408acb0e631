// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// A struct or union from its first bit to its last: members, those of anonymous ones among them, and
// the bits that belong to nobody.
#ifndef CORE_MEMBERS_H
#define CORE_MEMBERS_H

#include "btf.h"

enum row_kind {
	ROW_MEMBER,
	ROW_OPEN, // a struct or union of which it or the member has no name: its own follow, then ROW_CLOSE
	ROW_CLOSE,   // the same member again
	ROW_HOLE,    // between two members
	ROW_PADDING, // behind the last one
	ROW_CUT	     // hostile BTF has more than anybody wants to see; nothing follows
};

struct row {
	enum row_kind kind;
	uint32_t depth;	   // in how many anonymous ones it is
	const char *name;  // of the member; "": none
	uint32_t type;	   // BTF id, as declared
	uint32_t inside;   // ROW_OPEN and ROW_CLOSE: the struct or union
	uint64_t offset;   // bits from the start of the outermost
	uint64_t size;	   // bits
	bool is_bit_field; // size is its width, not its type's
};

// Calls each with every row, in the order of BTF. id: struct or union, peeled.
void members_walk(const struct btf *b, uint32_t id, void (*each)(void *user, const struct row *row),
		  void *user);
// The struct or union without a name that a member's type is, or is an array of; 0: it is none, or
// has a name, also by a typedef.
uint32_t members_inside(const struct btf *b, uint32_t type);

#endif
