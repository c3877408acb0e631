// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Names in BTF, found fast: an index of one file's types by what they are called. It hashes the
// names themselves, not their offsets, for a string may be there several times (a module's and its
// base's), and in the middle of another one.
#ifndef CORE_BTF_NAMES_H
#define CORE_BTF_NAMES_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

#define NAME_HASHED 16 // bytes of a name that the hash knows

struct btf_names {
	uint32_t *last;	 // by hash: the highest id, or 0; owned
	uint32_t *next;	 // by type: the next id of its hash, and of the last one the first; owned
	uint32_t first;	 // the id whose `next` comes first
	uint32_t shift;	 // of a hash to an index of `last`
	uint32_t *enums; // ids of all enums, named or not, in order; owned
	uint32_t enum_count, enum_room;
};

// The first 8 bytes of a text, what is behind its end replaced by zeros; *ends: it ends in them.
static inline uint64_t name_word(const char *text, int *ends)
{
	const uint64_t ones = 0x0101010101010101;
	uint64_t word, zeros;

	memcpy(&word, text, sizeof(word));
	word = le64toh(word);
	zeros = (word - ones) & ~word & ones << 7; // its lowest bit is in the first byte that is 0
	*ends = zeros != 0;
	return zeros ? word & (zeros - 1) & ~zeros : word;
}

// Of a text with NAME_HASHED bytes behind it that may be read.
static inline uint64_t name_hash(const char *text)
{
	uint64_t a, b = 0;
	int ends;

	a = name_word(text, &ends);
	if (!ends)
		b = name_word(text + 8, &ends);
	return (a + b * 0x9e3779b97f4a7c15) * 0xd6e8feb86659fd93;
}

// The same, of a text with `left` bytes.
static inline uint64_t name_hash_short(const char *text, size_t left)
{
	char copy[NAME_HASHED] = {0};

	memcpy(copy, text, left < NAME_HASHED ? left : NAME_HASHED);
	return name_hash(copy);
}

// For at most `count` types from `first` on. -1: no memory.
int btf_names_init(struct btf_names *n, uint32_t first, uint32_t count);
void btf_names_fini(struct btf_names *n);

// Types are added in the order of their ids, and found in it.
static inline void btf_names_add(struct btf_names *n, uint32_t id, uint64_t hash)
{
	uint32_t *last = &n->last[hash >> n->shift], *next = &n->next[id - n->first];

	*next = id;
	if (*last) {
		uint32_t *before = &n->next[*last - n->first];

		*next = *before;
		*before = id;
	}
	*last = id;
}

// An enum, whether it has a name or not. -1: no memory.
int btf_names_add_enum(struct btf_names *n, uint32_t id);

#endif
