// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Structs and unions as annotations of the Lua language server, so that editors know their members.
#ifndef CORE_STUBS_H
#define CORE_STUBS_H

#include "btf.h"
#include "buf.h"

#define STUBS_MAX     2000 // classes
#define STUBS_BUCKETS 1024

struct stub {
	const struct btf *btf;
	uint32_t id;   // struct or union
	uint32_t hops; // pointers between it and a type that was asked for
	uint32_t next; // in the list of its bucket: index and 1, or 0
	char *name;    // of the class; owned
};

// Classes to write: those that were asked for, and then those that these lead to.
struct stubs {
	struct stub *list; // owned
	uint32_t count, room;
	uint32_t
		buckets[STUBS_BUCKETS]; // by a hash of the name: the latest one's index and 1, or 0
	bool is_full;
};

void stubs_fini(struct stubs *s);
// Adds a type: struct, union, or what is a typedef of one. 1: added, or there already; 0: it is none of
// these; -1: out of memory.
int stubs_add(struct stubs *s, const struct btf *b, uint32_t id);
// Writes all classes, with those that lie in one of them by value, and those that a member of one that
// was asked for points to. -1: out of memory.
int stubs_write(struct stubs *s, struct buf *out);

#endif
