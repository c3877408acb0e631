// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Names in BTF, found fast. Which types have names is listed by kind while BTF is read; most runs ask for a
// few names and walk such a list for each. Who asks for many gets an index of all, made when the walks
// have come to cost as much. It hashes the names themselves, not their offsets, for a string may be there
// several times (a module's and its base's), and in the middle of another one.
#ifndef CORE_BTF_NAMES_H
#define CORE_BTF_NAMES_H

#include <linux/btf.h>
#include <stdbool.h>
#include <stdint.h>

struct btf;

// Ids of types, in order.
struct btf_ids {
	uint32_t *ids; // owned
	uint32_t count, room;
};

struct btf_names {
	struct btf_ids of_kind[BTF_INFO_KIND(UINT32_MAX) + 1]; // those with names, and all enums
	uint64_t walked;				       // ids that were looked at so far
	uint32_t *last; // the index. By hash: the highest id, or 0; NULL: there is none; owned
	uint32_t *next; // by type: the next id of its hash, and of the last one the first; owned
	uint32_t shift; // of a hash to an index of `last`
	bool refused;	// there was no memory for it
	struct {	// registers are looked up one after another, each in pt_regs
		char name[16];
		uint32_t kind, id;
	} before; // the last question from 0 on, and its answer
};

// 0, or -1: no memory.
int btf_ids_grow(struct btf_ids *list);
static inline int btf_ids_add(struct btf_ids *list, uint32_t id)
{
	if (list->count == list->room && btf_ids_grow(list) < 0)
		return -1;
	list->ids[list->count++] = id;
	return 0;
}

void btf_names_free(struct btf_names *n);

#endif
